//! The visitor's browser: its cookie, form tokens and flash messages. No extractor here queries the database; what
//! the cookie stands for was loaded by the session middleware.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_session::{Session, SessionExt};
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use serde::{Deserialize, Serialize};

use super::app::{App, AppData};
use super::error::{Error, Result};
use super::pages::{Flash, Tone};
use super::{audit, client_address, request_id};
use crate::dice;
use crate::oidc::secret;
use crate::store::audit::Event;

/// The names in the map behind the cookie.
const ID: &str = "id";
const CSRF: &str = "csrf";
const FLASH: &str = "flash";
const SID: &str = "sid";
const SIDS: &str = "sids";

/// How many people may be signed in at a time in one browser.
const ACCOUNTS: usize = 5;

pub struct Browser {
    session: Session,
    request: HttpRequest,
}

#[derive(Serialize, Deserialize)]
struct KeptFlash {
    is_bad: bool,
    text: String,
}

impl FromRequest for Browser {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

impl Browser {
    /// The browser that made a request, or is being answered.
    pub fn of(request: &HttpRequest) -> Self {
        Self { session: request.get_session(), request: request.clone() }
    }

    pub const fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// What binds a waiting request to this browser; stays the same over sign-ins.
    pub fn id_hash(&self) -> String {
        secret::hash(&self.value_or_new(ID))
    }

    /// The same, without making one: a browser that never had a waiting request has none.
    pub fn known_id_hash(&self) -> Option<String> {
        self.text(ID).map(|id| secret::hash(&id))
    }

    /// The token that every form of this browser carries.
    pub fn csrf(&self) -> String {
        self.value_or_new(CSRF)
    }

    /// Whether a form was sent from one of our own pages in this browser.
    pub fn check_csrf(&self, given: Option<&str>, app: &App) -> Result<()> {
        let is_ours = self.text(CSRF).zip(given).is_some_and(|(own, given)| secret::same(&own, given));
        if !is_ours || self.is_from_elsewhere(app) {
            return Err(Error::Stale(
                "the form token is missing or not the one of this browser; load the page again",
            ));
        }
        Ok(())
    }

    /// Whether the session's cookie came along.
    pub fn has_cookie(&self, app: &App) -> bool {
        self.request.cookie(&app.config.cookies.session).is_some()
    }

    /// Whether browsers leave the session's cookie, which is `Lax`, out of such a request, so that its absence says
    /// nothing: where another site has them post something, or load a frame or a picture. `None` where this one does
    /// not say which it is.
    pub fn withholds_cookie(&self) -> Option<bool> {
        let is_safe = self.request.method().is_safe();
        match self.header("sec-fetch-site") {
            Some("cross-site") => Some(!is_safe || self.header("sec-fetch-dest") != Some("document")),
            Some(_) => Some(false),
            None => (!is_safe).then_some(true),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// What browsers themselves say about where a request was made.
    fn is_from_elsewhere(&self, app: &App) -> bool {
        if self.header("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
            return true;
        }
        self.header(header::ORIGIN.as_str())
            .is_some_and(|origin| origin != "null" && origin != app.config.origin())
    }

    /// The session of whoever goes on in this browser.
    pub fn sid(&self) -> Option<String> {
        self.text(SID)
    }

    /// The sessions of all who are signed in in this browser.
    pub fn sids(&self) -> Vec<String> {
        self.session.get(SIDS).ok().flatten().unwrap_or_default()
    }

    /// Lets the session `sid` go on here. The cookie changes, so that nobody who knew the old one is signed in.
    pub fn sign_in(&self, sid: &str) {
        let mut sids = self.sids();
        sids.retain(|own| own != sid);
        sids.insert(0, sid.to_owned());
        sids.truncate(ACCOUNTS);
        self.put(SIDS, &sids);
        self.put(SID, &sid);
        self.session.remove(CSRF);
        self.session.renew();
    }

    /// Lets go of a session that has ended.
    pub fn forget(&self, sid: &str) {
        let mut sids = self.sids();
        sids.retain(|own| own != sid);
        self.put(SIDS, &sids);
        if self.sid().is_some_and(|own| own == sid) {
            self.session.remove(SID);
        }
    }

    /// Forgets everything: the cookie and what it stood for.
    pub fn sign_out(&self) {
        self.session.purge();
    }

    pub fn flash(&self, tone: Tone, text: impl Into<String>) {
        self.put(FLASH, &KeptFlash { is_bad: tone == Tone::Bad, text: text.into() });
    }

    /// What the last action did; told once.
    pub fn take_flash(&self) -> Option<Flash> {
        let kept: KeptFlash = self.session.get(FLASH).ok().flatten()?;
        self.session.remove(FLASH);
        Some(Flash { tone: if kept.is_bad { Tone::Bad } else { Tone::Ok }, text: kept.text })
    }

    pub fn address(&self) -> Option<IpAddr> {
        let app = self.request.app_data::<AppData>()?;
        client_address::of(app, &self.request)
    }

    pub fn user_agent(&self) -> String {
        self.header(header::USER_AGENT.as_str()).unwrap_or_default().chars().take(300).collect()
    }

    pub fn request_id(&self) -> String {
        request_id::of(&self.request)
    }

    /// An entry of the audit log about what happens in this request.
    pub fn event(&self, app: &App, event: &str, detail: impl Into<String>) -> Event {
        audit::event(app, &self.request, event, detail)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.session.get(name).ok().flatten()
    }

    fn value_or_new(&self, name: &str) -> String {
        self.text(name).unwrap_or_else(|| {
            let value = secret::opaque(dice::bytes());
            self.put(name, &value);
            value
        })
    }

    fn put(&self, name: &str, value: &impl Serialize) {
        self.session.insert(name, value).expect("plain data has a JSON form");
    }
}
