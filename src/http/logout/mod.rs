//! `/logout`: the way out, asked for by the person or by an app (OpenID Connect RP-Initiated Logout 1.0).

mod farewell;
mod leaving;
mod telling;

use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::app::{App, AppData};
use super::browser::Browser;
use super::error::Result;
use super::form::FromAnybody;
use super::html::{View, see_other};
use super::pages;
use super::pages::gate::{AppInUse, Logout};
use crate::oidc::end_session::Params;
use crate::store::sessions;
use crate::store::sessions::SignedIn;

pub use farewell::show as done;
use leaving::Leaving;

/// `GET /logout`, the `end_session_endpoint`
pub async fn show(app: AppData, browser: Browser, request: HttpRequest) -> Result<HttpResponse> {
    let leaving = Leaving::read(&app, request.query_string()).await?;
    let here = signed_in_here(&app, &browser).await?;
    if here.is_empty() || leaving.is_proved_by(&app, &here).await? {
        return leaving.end(&app, &browser, here).await;
    }
    ask(&app, &browser, &leaving, &here).await
}

#[derive(Deserialize)]
pub struct Decided {
    #[serde(default)]
    decision: String,
    /// The request of an app that waits for the decision.
    #[serde(default)]
    flow: String,
}

/// `POST /logout`: somebody has decided; or an app asks, as with `GET` (2).
pub async fn create(app: AppData, browser: Browser, posted: FromAnybody<Decided>) -> Result<HttpResponse> {
    match posted {
        FromAnybody::Ours(Decided { decision, flow }) if decision == "sign-out" => {
            let leaving = Leaving::resume(&app, &flow).await?;
            let here = signed_in_here(&app, &browser).await?;
            leaving.end(&app, &browser, here).await
        }
        FromAnybody::Ours(_) => Ok(see_other(&app.path("/account"))),
        // The session's cookie does not come along when another site posts, but when the browser asks after that.
        FromAnybody::Theirs(body) => {
            let query = Params::parse(&body).to_query();
            let (path, joint) = (app.path("/logout"), if query.is_empty() { "" } else { "?" });
            Ok(see_other(&format!("{path}{joint}{query}")))
        }
    }
}

/// Everybody who is signed in in this browser, whoever goes on first.
async fn signed_in_here(app: &App, browser: &Browser) -> Result<Vec<SignedIn>> {
    let (current, now) = (browser.sid(), app.now());
    let mut sids = browser.sids();
    sids.sort_by_key(|sid| Some(sid) != current.as_ref());
    let found = app.store.read(move |db| {
        let found = sids.iter().map(|sid| sessions::find(db, sid, now));
        found.filter_map(Result::transpose).collect::<Result<Vec<_>, crate::store::Error>>()
    });
    Ok(found.await?)
}

/// The question, as whoever goes on here.
async fn ask(app: &App, browser: &Browser, leaving: &Leaving, here: &[SignedIn]) -> Result<HttpResponse> {
    let own = &here[0];
    let sid = own.session.sid.clone();
    let clients = app.store.read(move |db| sessions::clients_of(db, &sid)).await?;
    let in_use =
        |(_, name): (String, String)| AppInUse { app: pages::App::new(name, None), detail: String::new() };
    let asker = leaving.client.as_ref();
    let others = clients.into_iter().filter(|(id, _)| asker.is_none_or(|client| client.id != *id));
    let page = Logout {
        action: app.path("/logout"),
        flow: leaving.seal(app),
        asker: asker.map(|client| pages::App::new(&client.name, app.logo_url(client))),
        username: own.user.profile.email.clone().unwrap_or_else(|| own.user.username.clone()),
        apps: others.map(in_use).collect(),
    };
    View::new().form_may_reach(leaving.request.return_to.as_deref()).show(app, browser, &page)
}
