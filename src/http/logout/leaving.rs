//! A sign-out on its way: who asks for it, what it ends, and where it leads.

use std::sync::Arc;

use actix_web::HttpResponse;

use super::farewell::Farewell;
use super::telling::Telling;
use crate::dice;
use crate::http::app::App;
use crate::http::audit::by;
use crate::http::browser::Browser;
use crate::http::client_keys;
use crate::http::error::{Error, Result};
use crate::http::hint;
use crate::http::html::see_other;
use crate::oidc::client::Client;
use crate::oidc::end_session::{EndSession, Params, Proof, Rules};
use crate::oidc::error::{Code, Refusal};
use crate::oidc::id_token_hint::{self, Hint};
use crate::oidc::jose::is_encrypted;
use crate::oidc::time::UnixTime;
use crate::store::audit::{self, Event};
use crate::store::sessions::{self, Ended, SignedIn};
use crate::store::{Db, Error as StoreError};

/// What seals a request while its person decides.
const CONTEXT: &str = "sign-out request";

const STALE: Error = Error::Stale("this form is not ours, or belongs to another server; load the page again");

#[derive(Clone)]
pub struct Leaving {
    /// The parameters as they came.
    pub query: String,
    pub request: EndSession,
    /// The app that asks.
    pub client: Option<Arc<Client>>,
}

impl Leaving {
    /// Checks a request; one without parameters is the person's own.
    pub async fn read(app: &App, query: &str) -> Result<Self> {
        let own = &app.config.logout;
        let now = (!own.expired_hints).then(|| app.now());
        Self::check(app, query, Rules { now, is_strict: own.strict_redirect_uris }).await
    }

    async fn check(app: &App, query: &str, rules: Rules) -> Result<Self> {
        let mut params = Params::parse(query.as_bytes());
        let named = match params.client_id.as_ref().filter(|_| params.id_token_hint.is_some()) {
            Some(id) => app.store.client(id).await?,
            None => None,
        };
        hint::open(app, named.as_deref(), &mut params.id_token_hint)?;
        let hint = match &params.id_token_hint {
            Some(token) => Some(read_hint(app, token).await?),
            None => None,
        };
        let client = match EndSession::client_id(&params, hint.as_ref()) {
            Some(id) => app.store.client(id).await?,
            None => None,
        };
        let request = EndSession::check(&params, hint, client.as_deref(), rules)?;
        Ok(Self { query: params.to_query(), request, client })
    }

    /// What the form carries, so that nobody can change it.
    pub fn seal(&self, app: &App) -> String {
        if self.query.is_empty() {
            return String::new();
        }
        app.store.vault().seal(dice::bytes(), CONTEXT, self.query.as_bytes())
    }

    /// The request that waited for a decision.
    pub async fn resume(app: &App, sealed: &str) -> Result<Self> {
        if sealed.is_empty() {
            return Self::read(app, "").await;
        }
        let query = app.store.vault().open(CONTEXT, sealed).map_err(|_| STALE)?;
        let query = String::from_utf8(query).map_err(|_| STALE)?;
        // A hint that was good when the app asked is not too late because its person took a while.
        let rules = Rules { now: None, is_strict: app.config.logout.strict_redirect_uris };
        Self::check(app, &query, rules).await
    }

    /// RP-Initiated Logout 1.0, 2: nobody is asked where the hint is about whoever goes on here. One about somebody else
    /// who is signed in here too proves nothing: that person is not the only one who would be signed out.
    pub async fn is_proved_by(&self, app: &App, here: &[SignedIn]) -> Result<bool> {
        let (Some(hint), Some(client), Some(own)) = (&self.request.hint, &self.client, here.first()) else {
            return Ok(false);
        };
        if app.config.logout.always_ask {
            return Ok(false);
        }
        let is_session = hint.sid.as_ref() == Some(&own.session.sid);
        let is_person = app.subject(&own.user, client) == hint.sub;
        if !hint.is_by_secret {
            return Ok(is_session || is_person);
        }
        // The client could have written it itself: it ends no more than what it could have got an ID token for, a
        // session that is signed in to it.
        if !is_person || (hint.sid.is_some() && !is_session) {
            return Ok(false);
        }
        let (sids, client_id) = (vec![own.session.sid.clone()], client.id.clone());
        Ok(app.store.read(move |db| sessions::is_any_at(db, &sids, &client_id)).await?)
    }

    /// Signs out, tells the apps, and leads on.
    pub async fn end(self, app: &App, browser: &Browser, here: Vec<SignedIn>) -> Result<HttpResponse> {
        let is_own_only = self.client.as_ref().filter(|client| client.options.logout.is_own_only);
        let ended = match is_own_only {
            Some(client) if !here.is_empty() => self.end_at(app, browser, (client, here)).await?,
            _ => self.end_all(app, browser, here).await?,
        };
        app.wake.notify_one();
        let farewell = Farewell::of(&self, &ended, app.now());
        let page = farewell.page(app).await?;
        match self.onward(&ended) {
            Some(uri) if page.frames.is_empty() => Ok(see_other(uri)),
            _ => farewell.lead_to(app, browser, &page),
        }
    }

    /// Where the browser is sent without being asked: only for an app that has proved itself by a hint, or one that
    /// was signed in to in a session that has ended here.
    pub fn onward(&self, ended: &[Ended]) -> Option<&str> {
        let is_known = match (self.request.proof, &self.client) {
            (Proof::Hint, _) => true,
            (Proof::Name, Some(client)) => ended.iter().any(|one| one.clients.contains(&client.id)),
            _ => false,
        };
        self.request.return_to.as_deref().filter(|_| is_known)
    }

    /// Ends every session of this browser.
    async fn end_all(&self, app: &App, browser: &Browser, here: Vec<SignedIn>) -> Result<Vec<Ended>> {
        if here.is_empty() {
            browser.sids().iter().for_each(|sid| browser.forget(sid));
            return Ok(Vec::new());
        }
        let (event, now) = (self.event(app, browser, ""), app.now());
        let telling = Telling::of(app, self, now);
        let ended = app.store.write(move |db| {
            note(db, &event, &here)?;
            let sids: Vec<_> = here.iter().map(|own| own.session.sid.clone()).collect();
            let ended = sessions::end(db, &sids, now)?;
            telling.note(db, (&here, &ended), false)?;
            Ok::<_, StoreError>(ended)
        });
        let ended = ended.await?;
        browser.sign_out();
        Ok(ended)
    }

    /// Ends what one client has, in the sessions of this browser.
    async fn end_at(
        &self,
        app: &App,
        browser: &Browser,
        (client, here): (&Client, Vec<SignedIn>),
    ) -> Result<Vec<Ended>> {
        let (event, now) = (self.event(app, browser, "Of this app only"), app.now());
        let client_id = client.id.clone();
        let telling = Telling::of(app, self, now);
        let ended = app.store.write(move |db| {
            let ended = end_at(db, (&here, &client_id), &event, now)?;
            telling.note(db, (&here, &ended), true)?;
            Ok::<_, StoreError>(ended)
        });
        Ok(ended.await?)
    }

    fn event(&self, app: &App, browser: &Browser, detail: &str) -> Event {
        let event = browser.event(app, "sign_out", detail);
        Event { client_id: self.client.as_ref().map(|client| client.id.clone()), ..event }
    }
}

/// Before it is believed a hint says whose secret may have signed it.
async fn read_hint(app: &App, token: &str) -> Result<Hint> {
    let client = match id_token_hint::claimed_client(token) {
        Some(id) => app.store.client(&id).await?,
        None => None,
    };
    let catalogue = app.store.catalogue();
    let ground = id_token_hint::Ground {
        keys: &catalogue.keys,
        issuer: app.issuer(),
        client: client.as_deref(),
        secrets: &client_keys::id_token_secrets(app, client.as_deref())?,
    };
    Hint::read(token, &ground).ok_or_else(|| {
        let text = if is_encrypted(token) {
            "id_token_hint is invalid: neither a key of this issuer nor the secret of client_id opens it"
        } else {
            "id_token_hint is invalid: it is not an ID token of this issuer"
        };
        Refusal::new(Code::InvalidRequest, text).into()
    })
}

fn end_at(
    db: &mut Db,
    (here, client_id): (&[SignedIn], &str),
    event: &Event,
    now: UnixTime,
) -> Result<Vec<Ended>, StoreError> {
    note(db, event, here)?;
    let mut ended = Vec::new();
    for own in here {
        let sid = own.session.sid.clone();
        if sessions::end_at(db, &sid, client_id, now)? {
            ended.push(Ended { sid, clients: vec![client_id.to_owned()] });
        }
    }
    Ok(ended)
}

/// An entry of the audit log for everybody who leaves.
fn note(db: &mut Db, event: &Event, here: &[SignedIn]) -> Result<(), StoreError> {
    here.iter().try_for_each(|own| {
        let id = format!("{}{}", event.id, &own.session.sid[..8]);
        let user_id = Some(own.user.id.clone());
        audit::add(db, &Event { id, user_id, ..by(&own.user, event.clone()) })
    })
}
