//! `/logout`: the way out, asked for by the person.

use actix_web::HttpResponse;
use serde::Deserialize;

use super::app::AppData;
use super::audit::by;
use super::browser::Browser;
use super::error::Result;
use super::form::Posted;
use super::html::{View, see_other};
use super::pages::gate::{AppInUse, Logout, SignedOut};
use super::pages::{self};
use crate::store::audit::Event;
use crate::store::{audit, sessions};

/// `GET /logout`
pub async fn show(app: AppData, browser: Browser) -> Result<HttpResponse> {
    let (sid, now) = (browser.sid(), app.now());
    let own = app.store.read(move |db| {
        let Some(sid) = sid else { return Ok(None) };
        let Some(own) = sessions::find(db, &sid, now)? else { return Ok(None) };
        let clients = sessions::clients_of(db, &sid)?;
        Ok::<_, crate::store::Error>(Some((own, clients)))
    });
    let Some((own, clients)) = own.await? else { return Ok(see_other(&app.path("/logout/done"))) };
    let in_use =
        |(_, name): (String, String)| AppInUse { app: pages::App::new(name, None), detail: String::new() };
    let page = Logout {
        action: app.path("/logout"),
        flow: String::new(),
        asker: None,
        username: own.user.profile.email.clone().unwrap_or(own.user.username),
        apps: clients.into_iter().map(in_use).collect(),
    };
    View::new().show(&app, &browser, &page)
}

#[derive(Deserialize)]
pub struct Decided {
    #[serde(default)]
    decision: String,
}

/// `POST /logout`: ends every session of this browser.
pub async fn create(
    app: AppData,
    browser: Browser,
    Posted(decided): Posted<Decided>,
) -> Result<HttpResponse> {
    if decided.decision != "sign-out" {
        return Ok(see_other(&app.path("/account")));
    }
    let (sids, now) = (browser.sids(), app.now());
    let event = browser.event(&app, "sign_out", "");
    app.store
        .write(move |db| {
            for sid in &sids {
                let Some(own) = sessions::find(db, sid, now)? else { continue };
                let user_id = Some(own.user.id.clone());
                let event = Event {
                    id: format!("{}{}", event.id, &sid[..8]),
                    user_id,
                    ..by(&own.user, event.clone())
                };
                audit::add(db, &event)?;
            }
            sessions::end(db, &sids)
        })
        .await?;
    browser.sign_out();
    Ok(see_other(&app.path("/logout/done")))
}

/// `GET /logout/done`
pub async fn done(app: AppData, browser: Browser) -> Result<HttpResponse> {
    View::new().show(&app, &browser, &SignedOut { back: None, apps: Vec::new() })
}
