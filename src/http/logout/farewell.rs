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
use crate::oidc::end_session::Params;
use crate::oidc::response::with_query;
use crate::oidc::time::UnixTime;
use crate::store::sessions::Ended;

const CONTEXT: &str = "signed-out page";

/// Longer addresses than this are not for every proxy.
const LONGEST: usize = 4096;

/// Seconds for which the page says more than that it is done.
const PATIENCE: i64 = 120;

/// What has ended. What there is to tell of it follows from how the apps are registered when the page is shown.
#[derive(Serialize, Deserialize)]
pub struct Farewell {
    /// The IDs of sessions, with those of the apps that were signed in to in each.
    ended: Vec<(String, Vec<String>)>,
    back: Option<Back>,
    /// Whether the browser goes back by itself.
    goes_on: bool,
    until: UnixTime,
}

/// The app that asked, and where it wants its visitor.
#[derive(Serialize, Deserialize)]
struct Back {
    client_id: String,
    /// As it is registered.
    registered: String,
    url: String,
}

impl Farewell {
    pub fn of(leaving: &Leaving, ended: &[Ended], now: UnixTime) -> Self {
        let registered = Params::parse(leaving.query.as_bytes()).post_logout_redirect_uri;
        let back = leaving.client.as_ref().zip(leaving.request.return_to.clone()).zip(registered);
        let back =
            back.map(|((client, url), registered)| Back { client_id: client.id.clone(), registered, url });
        Self {
            ended: ended.iter().map(|one| (one.sid.clone(), one.clients.clone())).collect(),
            goes_on: leaving.onward(ended).is_some(),
            back,
            until: now.plus(PATIENCE),
        }
    }

    /// The page by what is registered now: an app that is gone or disabled is not told, and gets nobody back.
    pub async fn page(&self, app: &App) -> Result<SignedOut> {
        let mut page = SignedOut::default();
        let mut untold = Vec::new();
        for (sid, clients) in &self.ended {
            for id in clients {
                let Some(client) = app.store.client(id).await?.filter(|client| !client.is_disabled()) else {
                    continue;
                };
                let logout = &client.options.logout;
                if let Some(uri) = &logout.frontchannel_logout_uri {
                    let url = with_query(uri, &[("iss", app.issuer()), ("sid", sid.as_str())]);
                    page.frames.push(Link { name: client.name.clone(), url });
                } else if logout.backchannel_logout_uri.is_none() {
                    untold.push(client.name.clone());
                }
            }
        }
        page.back = self.back(app).await?;
        page.goes_on = self.goes_on && page.back.is_some();
        untold.retain(|name| page.back.as_ref().is_none_or(|back| back.name != *name));
        untold.sort_unstable();
        untold.dedup();
        page.apps = untold.into_iter().map(|name| pages::App::new(name, None)).collect();
        Ok(page)
    }

    async fn back(&self, app: &App) -> Result<Option<Link>> {
        let Some(back) = &self.back else { return Ok(None) };
        let client = app.store.client(&back.client_id).await?.filter(|client| {
            !client.is_disabled() && client.post_logout_redirect_uris.contains(&back.registered)
        });
        Ok(client.map(|client| Link { name: client.name.clone(), url: back.url.clone() }))
    }

    /// Leads to the page; shows it where its address would be too long.
    pub fn lead_to(&self, app: &App, browser: &Browser, page: &SignedOut) -> Result<HttpResponse> {
        if page.frames.is_empty() && page.back.is_none() && page.apps.is_empty() {
            return Ok(see_other(&app.path("/logout/done")));
        }
        let text = serde_json::to_vec(self).expect("texts have a JSON form");
        let about = app.store.vault().seal(dice::bytes(), CONTEXT, &text);
        if about.len() > LONGEST {
            return answer(app, browser, page);
        }
        Ok(see_other(&with_query(&app.path("/logout/done"), &[("about", about)])))
    }
}

fn answer(app: &App, browser: &Browser, page: &SignedOut) -> Result<HttpResponse> {
    let urls = page.frames.iter().map(|frame| frame.url.as_str());
    View::new().with_frames(urls).show(app, browser, page)
}

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    about: String,
}

/// `GET /logout/done`
pub async fn show(app: AppData, browser: Browser, asked: Query<Asked>) -> Result<HttpResponse> {
    if asked.about.is_empty() {
        return answer(&app, &browser, &SignedOut::default());
    }
    let text = app.store.vault().open(CONTEXT, &asked.about).map_err(|_| Error::NotFound)?;
    let farewell: Farewell = serde_json::from_slice(&text).map_err(|_| Error::NotFound)?;
    let page = if app.now() < farewell.until { farewell.page(&app).await? } else { SignedOut::default() };
    answer(&app, &browser, &page)
}
