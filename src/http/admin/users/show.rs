//! `/admin/users/{id}`: what there is about one person.

use actix_web::HttpResponse;
use actix_web::web::Path;

use super::{Paused, Subject, url, when};
use crate::http::account::ago;
use crate::http::admin::{client_named, dashboard};
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::{Error, Result};
use crate::http::guard::Me;
use crate::http::html::View;
use crate::http::pages::Device;
use crate::http::pages::admin::{Fact, Pause, UserConsent, UserSession, UserShow, segment};
use crate::http::pages::parts::day;
use crate::oidc::scope::Scope;
use crate::oidc::time::UnixTime;
use crate::store::audit::{Event, Filter};
use crate::store::{Db, Search, audit, consents, sessions, users};

/// Entries of the audit log that the page shows.
const ACTIVITY: usize = 8;

/// What the database knows about somebody.
struct Known {
    subject: Subject,
    signed_in_at: Option<UnixTime>,
    /// When the password was last changed, if there is one.
    password_changed_at: Option<UnixTime>,
    consents: Vec<consents::Listed>,
    sessions: Vec<sessions::Listed>,
    events: Vec<Event>,
}

impl Known {
    fn read(db: &mut Db, id: &str, now: UnixTime) -> Result<Option<Self>, crate::store::Error> {
        let Some(subject) = Subject::find(db, id, now)? else { return Ok(None) };
        let about = Filter { user_id: Some(id.to_owned()), ..Filter::default() };
        Ok(Some(Self {
            subject,
            signed_in_at: users::signed_in_at(db, id)?,
            password_changed_at: users::password_changed_at(db, id)?,
            consents: consents::list_of_user(db, id)?,
            sessions: sessions::list_of_user(db, id, now)?,
            events: audit::list(db, &Search::default(), &about)?.rows,
        }))
    }
}

/// `GET /admin/users/{id}`
pub async fn show(app: AppData, browser: Browser, me: Me, id: Path<String>) -> Result<HttpResponse> {
    let (id, now) = (id.into_inner(), app.now());
    let known = app.store.read(move |db| Known::read(db, &id, now)).await?.ok_or(Error::NotFound)?;
    let url = url(&app, &known.subject.user.id);
    let page = UserShow {
        user: known.subject.head(&app, &me),
        pause: known.subject.pause.as_ref().map(|paused| pause(paused, &url)),
        profile: facts(&known, now),
        has_password: known.password_changed_at.is_some(),
        password: known.password_changed_at.map(|at| format!("Changed {}", day(at))).unwrap_or_default(),
        consents: known.consents.iter().map(|listed| consent(&app, listed, &url)).collect(),
        sessions: known.sessions.iter().map(|listed| session(&me, listed, &url, now)).collect(),
        activity: known.events.iter().take(ACTIVITY).map(|event| dashboard::activity(event, now)).collect(),
    };
    View::new().of(&me.user).show(&app, &browser, &page)
}

fn pause(paused: &Paused, url: &str) -> Pause {
    Pause {
        until: format!("{} UTC", &paused.until.to_string()[11..16]),
        failures: paused.failures,
        delete_url: format!("{url}/pause/delete"),
    }
}

fn facts(known: &Known, now: UnixTime) -> Vec<Fact> {
    let user = &known.subject.user;
    let profile = &user.profile;
    let fact = |name: &str, value: Option<&String>| Fact {
        name: name.to_owned(),
        value: value.cloned(),
        is_verified: None,
    };
    let proven = |name: &str, value: Option<&String>, is_verified| Fact {
        is_verified: value.map(|_| is_verified),
        ..fact(name, value)
    };
    let signed_in = known.signed_in_at.map_or_else(|| "Never".to_owned(), |at| when(at, now));
    vec![
        fact("Name", profile.name.as_ref()),
        fact("Username", Some(&user.username)),
        proven("Email", profile.email.as_ref(), profile.email_verified),
        proven("Phone", profile.phone_number.as_ref(), profile.phone_number_verified),
        fact("Language", profile.locale.as_ref()),
        fact("Time zone", profile.zoneinfo.as_ref()),
        fact("Added", Some(&day(user.created_at))),
        fact("Last sign-in", Some(&signed_in)),
    ]
}

fn consent(app: &App, listed: &consents::Listed, url: &str) -> UserConsent {
    let scopes: Vec<&str> = listed.consent.scope.iter().filter(|value| *value != Scope::OPENID).collect();
    let scopes = if scopes.is_empty() { "Sign-in only".to_owned() } else { scopes.join(", ") };
    UserConsent {
        app: client_named(app, &listed.client_id, &listed.client_name),
        detail: format!("{scopes}. {}", day(listed.consent.granted_at)),
        delete_url: format!("{url}/consents/{}/delete", segment(&listed.client_id)),
    }
}

fn session(me: &Me, listed: &sessions::Listed, url: &str, now: UnixTime) -> UserSession {
    let is_current = listed.sid == me.session.sid;
    let seen =
        if is_current { "Active now".to_owned() } else { format!("Active {}", ago(listed.seen_at, now)) };
    UserSession {
        device: Device::of(&listed.user_agent),
        detail: if listed.address.is_empty() { seen } else { format!("{}. {seen}", listed.address) },
        is_current,
        delete_url: format!("{url}/sessions/{}/delete", listed.sid),
    }
}
