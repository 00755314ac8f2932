//! `/authorize` (RFC 6749 3.1, OpenID Connect Core 3.1.2).
//!
//! One way through: the request is checked, the next step is found, and that is a page or the answer. When a page is
//! needed the request waits as a *flow*, and each page returns the browser to `/authorize/{flow}`, which is the same
//! request again with what the person has done for it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path};
use actix_web::{HttpRequest, HttpResponse};

use crate::dice;
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::{Abort, Error, Result};
use crate::http::html::{self, View, see_other};
use crate::http::pages;
use crate::http::pages::gate::{ErrorPage, FormPost, Hidden, Trouble};
use crate::http::refused;
use crate::oidc::authorize::{Ground, Met, Params, Request, Standing, Step};
use crate::oidc::client::{Client, GrantType};
use crate::oidc::error::Refusal;
use crate::oidc::grant::{AuthorizationCode, Grant};
use crate::oidc::id_token::ACR_PASSWORD;
use crate::oidc::policy::{self, Ask};
use crate::oidc::response::Delivery;
use crate::oidc::scope::Scope;
use crate::oidc::secret;
use crate::oidc::time::UnixTime;
use crate::store::sessions::SignedIn;
use crate::store::{Db, clients, consents, flows, grants, sessions};

/// Seconds that a person has for all pages of one request.
const PATIENCE: i64 = 3600;

/// `GET /authorize`
pub async fn show(app: AppData, browser: Browser, request: HttpRequest) -> Result<HttpResponse> {
    answer(&app, &browser, Asked::now(request.query_string().as_bytes())).await
}

/// `POST /authorize`: the same from a form body (OpenID Connect Core 3.1.2.1).
pub async fn create(app: AppData, browser: Browser, body: Bytes) -> Result<HttpResponse> {
    answer(&app, &browser, Asked::now(&body)).await
}

/// `GET /authorize/{flow}`: the browser comes back from one of our pages.
pub async fn resume(app: AppData, browser: Browser, flow: Path<String>) -> Result<HttpResponse> {
    let key = flow_key(&app, &browser, flow.into_inner())?;
    let found = {
        let key = key.clone();
        app.store.read(move |db| flows::find(db, &key)).await?
    };
    let flow = found.ok_or(OVER)?;
    let asked = Asked {
        params: Params::parse(flow.params.as_bytes()),
        text: flow.params,
        met: flow.met,
        flow: Some(key),
    };
    answer(&app, &browser, asked).await
}

const OVER: Error =
    Error::Over("this sign-in took too long or was finished already; start again from the app");

/// The key of a waiting request, as far as this browser could have one.
pub fn flow_key(app: &App, browser: &Browser, id: String) -> Result<flows::Key> {
    let browser_hash = browser.known_id_hash().ok_or(OVER)?;
    Ok(flows::Key { id, browser_hash, now: app.now() })
}

/// A waiting request with its client, for the pages on its way. `None` where it no longer waits in this browser.
pub async fn find_flow(app: &App, browser: &Browser, id: &str) -> Result<Option<Waiting>> {
    let Some(browser_hash) = browser.known_id_hash() else { return Ok(None) };
    let key = flows::Key { id: id.to_owned(), browser_hash, now: app.now() };
    let found = {
        let key = key.clone();
        app.store.read(move |db| flows::find(db, &key)).await?
    };
    let Some(flow) = found else { return Ok(None) };
    let params = Params::parse(flow.params.as_bytes());
    let client = client_of(app, &params).await?;
    // It was checked when it began to wait; what has become wrong since is told by `/authorize`.
    let Ok(request) = check(app, &params, client.as_deref()) else { return Ok(None) };
    Ok(client.map(|client| Waiting { key, client, request }))
}

pub struct Waiting {
    pub key: flows::Key,
    pub client: Arc<Client>,
    pub request: Request,
}

/// A request as it stands.
struct Asked {
    params: Params,
    /// As it came, to be kept while it waits.
    text: String,
    met: Met,
    /// Set where it has waited already.
    flow: Option<flows::Key>,
}

impl Asked {
    fn now(encoded: &[u8]) -> Self {
        Self {
            params: Params::parse(encoded),
            text: String::from_utf8_lossy(encoded).into_owned(),
            met: Met::default(),
            flow: None,
        }
    }
}

async fn answer(app: &AppData, browser: &Browser, asked: Asked) -> Result<HttpResponse> {
    let client = client_of(app, &asked.params).await?;
    let request = match check(app, &asked.params, client.as_deref()) {
        Ok(request) => request,
        Err(refusal) => {
            let refused = Refused { refusal, asked: &asked.params, client: client.as_deref() };
            return refuse(app, browser, &refused).await;
        }
    };
    let client = client.expect("a checked request has a client");
    let outcome = take_step(app, browser, (client.clone(), request.clone()), &asked).await;
    match outcome {
        Ok(Outcome::Code(code)) => {
            deliver(app, browser, &client, request.reply_to.deliver(vec![("code", code)], app.issuer()))
        }
        Ok(Outcome::Page(step, flow)) => Ok(see_other(&page_for(app, &step, &flow))),
        Err(Error::Refusal(refusal)) => {
            refuse(app, browser, &Refused { refusal, asked: &asked.params, client: Some(&client) }).await
        }
        Err(error) => Err(error),
    }
}

async fn client_of(app: &App, params: &Params) -> Result<Option<Arc<Client>>> {
    match &params.client_id {
        Some(id) => Ok(app.store.client(id).await?),
        None => Ok(None),
    }
}

fn check(app: &App, params: &Params, client: Option<&Client>) -> Result<Request, Refusal> {
    let catalogue = app.store.catalogue();
    let ground = Ground { client, scopes: &catalogue.scopes, keys: &catalogue.keys, issuer: app.issuer() };
    Request::check(params, &ground)
}

enum Outcome {
    /// The code to hand out.
    Code(String),
    /// The page that comes next, and the flow that waits meanwhile.
    Page(Step, String),
}

/// Finds the next step and, if that is the answer, grants it: all in one transaction.
async fn take_step(
    app: &AppData,
    browser: &Browser,
    (client, request): (Arc<Client>, Request),
    asked: &Asked,
) -> Result<Outcome> {
    let now = app.now();
    let attempt = Attempt {
        app: app.clone(),
        client,
        request,
        met: asked.met.clone(),
        waited: asked.flow.clone(),
        sid: browser.sid(),
        code: secret::opaque(dice::bytes()),
        // Sorts by time, so that new rows lie beside each other.
        grant_id: format!("{:010x}{}", now.0, secret::opaque(dice::bytes())),
        now,
    };
    let code = attempt.code.clone();
    let step = app.store.write(move |db| attempt.run(db)).await.map_err(|abort| match abort {
        Abort::NotFound => OVER,
        abort => abort.into(),
    })?;
    if step == Step::Grant {
        return Ok(Outcome::Code(code));
    }
    let flow = match &asked.flow {
        Some(flow) => flow.id.clone(),
        None => wait(app, browser, asked).await?,
    };
    Ok(Outcome::Page(step, flow))
}

/// Everything that the transaction needs.
struct Attempt {
    app: AppData,
    client: Arc<Client>,
    request: Request,
    met: Met,
    waited: Option<flows::Key>,
    sid: Option<String>,
    code: String,
    grant_id: String,
    now: UnixTime,
}

impl Attempt {
    fn run(&self, db: &mut Db) -> Result<Step, Abort> {
        let signed_in = match &self.sid {
            Some(sid) => sessions::find(db, sid, self.now)?,
            None => None,
        };
        let consent = match &signed_in {
            Some(own) => consents::find(db, &own.session.user_id, &self.client.id)?,
            None => None,
        };
        let session = signed_in.as_ref().map(|own| &own.session);
        let standing = Standing { session, consent: consent.as_ref(), met: &self.met, now: self.now };
        let step = match self.request.next(&self.client, &standing) {
            Ok(step) => step,
            Err(refusal) => {
                self.spend(db)?;
                return Err(refusal.into());
            }
        };
        if let (Step::Grant, Some(own)) = (&step, &signed_in) {
            self.spend(db)?;
            self.grant(db, own)?;
        }
        Ok(step)
    }

    /// A request that waited is answered once, with a code or a refusal, however often the browser comes back with
    /// it: the client has forgotten its `state` by then.
    fn spend(&self, db: &mut Db) -> Result<(), Abort> {
        match &self.waited {
            Some(flow) if !flows::spend(db, flow)? => Err(Abort::NotFound),
            _ => Ok(()),
        }
    }

    fn grant(&self, db: &mut Db, own: &SignedIn) -> Result<(), Abort> {
        let ask = Ask {
            client: &self.client,
            user: Some(&own.user),
            grant_type: GrantType::AuthorizationCode,
            scope: &self.request.scope,
            scopes: &self.app.store.catalogue().scopes,
        };
        let scope = policy::decide(&ask).map_err(|refusal| refusal.told_to(&self.request.reply_to))?;
        let grant = Grant {
            id: self.grant_id.clone(),
            client_id: self.client.id.clone(),
            user_id: own.user.id.clone(),
            sid: own.session.sid.clone(),
            auth_time: own.session.auth_time,
            acr: ACR_PASSWORD.to_owned(),
            claims: String::new(),
            resources: Vec::new(),
            is_offline: scope.contains(Scope::OFFLINE_ACCESS),
            scope,
            created_at: self.now,
        };
        let lifetime = self.client.lifetimes.code.unwrap_or(self.app.config.lifetimes.code);
        let code = AuthorizationCode {
            code_hash: secret::hash(&self.code),
            redirect_uri: self.request.reply_to.redirect_uri.clone(),
            nonce: self.request.nonce.clone(),
            challenge: self.request.challenge.clone(),
            expires_at: self.now.plus(lifetime),
            is_spent: false,
        };
        grants::add(db, &grant, &code)?;
        clients::note_use(db, &self.client)?;
        sessions::note_use(db, own, self.now)?;
        sessions::note_client(db, &own.session.sid, &self.client.id, self.now)?;
        Ok(())
    }
}

/// Keeps the request until its person has done what is needed; gives the flow's id.
async fn wait(app: &AppData, browser: &Browser, asked: &Asked) -> Result<String> {
    let now = app.now();
    let id = secret::opaque(dice::bytes());
    let key = flows::Key { id: id.clone(), browser_hash: browser.id_hash(), now };
    let text = asked.text.clone();
    app.store.write(move |db| flows::add(db, &key, &text, now.plus(PATIENCE))).await?;
    Ok(id)
}

fn page_for(app: &App, step: &Step, flow: &str) -> String {
    let page = match step {
        Step::Login => "/login",
        Step::ChooseAccount => "/login/account",
        Step::Consent | Step::Grant => "/consent",
    };
    format!("{}?flow={flow}", app.path(page))
}

fn deliver(app: &App, browser: &Browser, client: &Client, delivery: Delivery) -> Result<HttpResponse> {
    match delivery {
        Delivery::Redirect(location) => Ok(see_other(&location)),
        Delivery::FormPost { action, fields } => {
            let page = FormPost {
                app: pages::App::new(&client.name, app.logo_url(client)),
                host: host_of(&action),
                fields: fields.into_iter().map(|(name, value)| Hidden { name: name.into(), value }).collect(),
                action: action.clone(),
            };
            View::new().form_may_reach(Some(&action)).show(app, browser, &page)
        }
    }
}

/// The part of a redirect URI that people know: its host, or the scheme of an app on their device.
pub fn host_of(uri: &str) -> String {
    let url = url::Url::parse(uri).ok();
    let host = url.as_ref().and_then(|url| url.host_str().or(Some(url.scheme())));
    host.unwrap_or_default().to_owned()
}

/// A refusal with what is known about where it came from.
struct Refused<'a> {
    refusal: Refusal,
    asked: &'a Params,
    client: Option<&'a Client>,
}

/// Tells the client where that is safe, and the person where it is not.
async fn refuse(app: &App, browser: &Browser, refused: &Refused<'_>) -> Result<HttpResponse> {
    let refusal = &refused.refusal;
    tracing::info!(
        request = %browser.request_id(), client = refused.asked.client_id.as_deref().unwrap_or_default(),
        error = refusal.code.as_str(), reason = %refusal.description, "an authorization request was refused"
    );
    if let (Some(reply_to), Some(client)) = (&refusal.reply_to, refused.client) {
        return deliver(app, browser, client, reply_to.refuse(refusal, app.issuer()));
    }
    let event = refused::Refused {
        client: refused.client,
        client_id: refused.asked.client_id.as_deref(),
        redirect_uri: refused.asked.redirect_uri.as_deref(),
        reason: &refusal.description,
    };
    let event = event.event(browser.event(app, "", ""));
    app.store.write(move |db| refused::note(db, &event)).await?;
    let name = refused.client.map(|client| client.name.as_str());
    let page = ErrorPage {
        trouble: Trouble::Refused,
        app: refused.client.and_then(|client| {
            client.client_uri.as_ref().map(|url| pages::Link { name: client.name.clone(), url: url.clone() })
        }),
        message: format!("{} sent a request that cannot be trusted.", name.unwrap_or("The app")),
        request_id: browser.request_id(),
        error: refusal.code.as_str().to_owned(),
        description: refusal.description.clone().into_owned(),
        client_id: refused.asked.client_id.clone(),
        received: refused.asked.redirect_uri.clone(),
        endpoint: format!("{} /authorize", browser.request().method()),
        time: app.now().to_string(),
    };
    Ok(html::bare(app, html::theme(app, browser.request()), &page, StatusCode::BAD_REQUEST))
}
