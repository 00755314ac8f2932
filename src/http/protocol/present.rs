//! Which of the people who are signed in in one browser a request is about (OpenID Connect Core 3.1.2.1, 5.5.1).
//!
//! The browser's current session stays what it is: apps that keep to different people would otherwise take it from each
//! other with every silent request, and each would see the other's sign-in as a change of its own (Session Management
//! 1.0, 3.1).

use crate::http::app::App;
use crate::http::browser::Browser;
use crate::oidc::authorize::{Met, Request};
use crate::oidc::client::Client;
use crate::oidc::time::UnixTime;
use crate::store::{Db, Error, sessions};

/// The sessions of one browser.
#[derive(Clone)]
pub struct Present {
    /// Of whoever goes on there.
    current: Option<String>,
    all: Vec<String>,
}

/// A request, and what has been done for it.
pub struct Asked<'a> {
    pub app: &'a App,
    pub client: &'a Client,
    pub request: &'a Request,
    pub met: &'a Met,
    pub now: UnixTime,
}

impl Present {
    pub fn of(browser: &Browser) -> Self {
        Self { current: browser.sid(), all: browser.sids() }
    }

    /// The session with which the request goes on: that of whom it names, if that person is signed in here, otherwise
    /// the current one. Who has signed in or was chosen for this very request goes on whomever it names, and is
    /// refused where it is somebody else.
    pub fn sid_for(&self, db: &mut Db, asked: &Asked) -> Result<Option<String>, Error> {
        let Asked { app, client, request, met, now } = *asked;
        if met.has_somebody() || !request.names_somebody() {
            return Ok(self.current.clone());
        }
        for sid in self.current.iter().chain(&self.all) {
            let own = sessions::find(db, sid, now)?;
            if own.is_some_and(|own| request.is_about(&app.subject(&own.user, client))) {
                return Ok(Some(sid.clone()));
            }
        }
        Ok(self.current.clone())
    }
}
