//! `/logout/done`: the last page, which also tells apps that the person has left (OpenID Connect Front-Channel
//! Logout 1.0).
//!
//! What it shows travels in its address, sealed: by then this browser has no session in which to keep it.

use actix_web::HttpResponse;
use actix_web::web::Query;
use serde::{Deserialize, Serialize};

use super::leaving::Leaving;
use crate::dice;
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::{Error, Result};
use crate::http::html::{View, see_other};
use crate::http::pages::gate::SignedOut;
use crate::http::pages::{self, Link};
use crate::oidc::response::with_query;
use crate::store::sessions::Ended;

const CONTEXT: &str = "signed-out page";

/// Longer addresses than this are not for every proxy.
const LONGEST: usize = 4096;

/// What is left to do and to tell.
#[derive(Default, Serialize, Deserialize)]
pub struct Farewell {
    /// Names and addresses of pages that sign the person out there.
    pub frames: Vec<(String, String)>,
    back: Option<(String, String)>,
    /// Whether the browser goes back by itself.
    goes_on: bool,
    /// Names of apps that nobody tells.
    apps: Vec<String>,
}

impl Farewell {
    pub async fn of(app: &App, leaving: &Leaving, ended: &[Ended]) -> Result<Self> {
        let mut farewell = Self { goes_on: leaving.onward(ended).is_some(), ..Self::default() };
        for one in ended {
            for id in &one.clients {
                let Some(client) = app.store.client(id).await? else { continue };
                let logout = &client.options.logout;
                if let Some(uri) = &logout.frontchannel_logout_uri {
                    let url = with_query(uri, &[("iss", app.issuer()), ("sid", one.sid.as_str())]);
                    farewell.frames.push((client.name.clone(), url));
                } else if logout.backchannel_logout_uri.is_none() {
                    farewell.apps.push(client.name.clone());
                }
            }
        }
        let (back, client) = (&leaving.request.return_to, &leaving.client);
        farewell.back = client.as_ref().zip(back.clone()).map(|(client, url)| (client.name.clone(), url));
        if let Some((name, _)) = &farewell.back {
            farewell.apps.retain(|app| app != name);
        }
        farewell.apps.sort_unstable();
        farewell.apps.dedup();
        Ok(farewell)
    }

    /// Whether there is nothing to say but that it is done.
    pub fn is_plain(&self) -> bool {
        self.frames.is_empty() && self.back.is_none() && self.apps.is_empty()
    }

    /// Leads to the page; shows it where its address would be too long.
    pub fn lead_to(self, app: &App, browser: &Browser) -> Result<HttpResponse> {
        let text = serde_json::to_vec(&self).expect("texts have a JSON form");
        let about = app.store.vault().seal(dice::bytes(), CONTEXT, &text);
        if about.len() > LONGEST {
            return self.answer(app, browser);
        }
        Ok(see_other(&with_query(&app.path("/logout/done"), &[("about", about)])))
    }

    fn answer(self, app: &App, browser: &Browser) -> Result<HttpResponse> {
        let link = |(name, url)| Link { name, url };
        let page = SignedOut {
            back: self.back.map(link),
            goes_on: self.goes_on,
            frames: self.frames.into_iter().map(link).collect(),
            apps: self.apps.into_iter().map(|name| pages::App::new(name, None)).collect(),
        };
        let urls = page.frames.iter().map(|frame| frame.url.as_str());
        View::new().with_frames(urls).show(app, browser, &page)
    }
}

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    about: String,
}

/// `GET /logout/done`
pub async fn show(app: AppData, browser: Browser, asked: Query<Asked>) -> Result<HttpResponse> {
    if asked.about.is_empty() {
        return Farewell::default().answer(&app, &browser);
    }
    let text = app.store.vault().open(CONTEXT, &asked.about).map_err(|_| Error::NotFound)?;
    let farewell: Farewell = serde_json::from_slice(&text).map_err(|_| Error::NotFound)?;
    farewell.answer(&app, &browser)
}
