//! `/account/sessions`: where a person is signed in, and ending it from here.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::Deserialize;

use super::{ago, event};
use crate::http::app::AppData;
use crate::http::audit::noted;
use crate::http::browser::Browser;
use crate::http::error::Result;
use crate::http::form::Posted;
use crate::http::guard::Me;
use crate::http::html::{View, see_other};
use crate::http::pages::Tone;
use crate::http::pages::account::{Sessions, SignedInDevice};
use crate::http::pages::device::Device;
use crate::store::{audit, sessions};

/// `GET /account/sessions`
pub async fn show(app: AppData, browser: Browser, me: Me) -> Result<HttpResponse> {
    let (id, now) = (me.user.id.clone(), app.now());
    let listed = app.store.read(move |db| sessions::list_of_user(db, &id, now)).await?;
    let device = |one: sessions::Listed| {
        let is_current = one.sid == me.session.sid;
        let seen =
            if is_current { "active now".to_owned() } else { format!("active {}", ago(one.seen_at, now)) };
        SignedInDevice {
            device: Device::of(&one.user_agent),
            detail: if one.address.is_empty() { seen } else { format!("{} · {seen}", one.address) },
            apps: one.clients.into_iter().map(|(_, name)| name).collect(),
            is_current,
            end_url: app.path(&format!("/account/sessions/{}/end", one.sid)),
        }
    };
    let devices: Vec<_> = listed.into_iter().map(device).collect();
    let page = Sessions { has_others: devices.iter().any(|one| !one.is_current), sessions: devices };
    View::new().of(&me.user).show(&app, &browser, &page)
}

#[derive(Deserialize)]
pub struct End {}

/// `POST /account/sessions/{sid}/end`
pub async fn end(
    app: AppData,
    browser: Browser,
    me: Me,
    place: (Path<String>, Posted<End>),
) -> Result<HttpResponse> {
    let (sid, user_id) = (place.0.into_inner(), me.user.id.clone());
    let event = event(&app, &browser, &me, ("session_ended", "Ended one of their own sessions".into()));
    if noted(&app, event, move |db| sessions::end_of_user(db, &sid, &user_id)).await? {
        browser.flash(Tone::Ok, "That device is signed out.");
    }
    Ok(see_other(&app.path("/account/sessions")))
}

/// `POST /account/sessions/end`: all but this one.
pub async fn end_others(app: AppData, browser: Browser, me: Me, _: Posted<End>) -> Result<HttpResponse> {
    let (user_id, kept) = (me.user.id.clone(), me.session.sid.clone());
    let event = event(&app, &browser, &me, ("session_ended", "Ended all their other sessions".into()));
    app.store
        .write(move |db| {
            sessions::end_others(db, &user_id, &kept)?;
            audit::add(db, &event)
        })
        .await?;
    browser.flash(Tone::Ok, "All your other devices are signed out.");
    Ok(see_other(&app.path("/account/sessions")))
}
