//! `/admin/logout-deliveries`: what apps (OpenID Connect Back-Channel Logout 1.0) and hooks were told of sessions that
//! ended.

use actix_web::HttpResponse;
use actix_web::web::{Path, Query};

use super::{Asked, Confirmed, client_named, event, person};
use crate::http::account::ago;
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::{Error, Result};
use crate::http::form::Posted;
use crate::http::guard::Me;
use crate::http::html::{View, see_other};
use crate::http::pages::Tone;
use crate::http::pages::admin::{Deliveries, DeliveryRow, segment};
use crate::store::logout_deliveries::Listed;
use crate::store::{audit, logout_deliveries};

/// `GET /admin/logout-deliveries?q=…&status=…`
pub async fn index(app: AppData, browser: Browser, me: Me, asked: Query<Asked>) -> Result<HttpResponse> {
    let search = asked.search(&asked.status);
    let list = app.store.read(move |db| logout_deliveries::list(db, &search)).await?;
    let pager = asked.pager(&app, "/admin/logout-deliveries", &list);
    let deliveries = list.rows.iter().map(|listed| row(&app, listed)).collect();
    let page = Deliveries { q: asked.q.clone(), deliveries, pager };
    View::new().of(&me.user).show(&app, &browser, &page)
}

/// `POST /admin/logout-deliveries/{id}/retry`
pub async fn retry(
    app: AppData,
    browser: Browser,
    me: Me,
    place: (Path<String>, Posted<Confirmed>),
) -> Result<HttpResponse> {
    let (id, now) = (place.0.into_inner(), app.now());
    let event = event(&app, &browser, &me, ("logout_delivery_retried", String::new()));
    let is_there = app.store.write(move |db| {
        let is_there = logout_deliveries::retry(db, &id, now)?;
        if is_there {
            audit::add(db, &event)?;
        }
        Ok::<_, crate::store::Error>(is_there)
    });
    if !is_there.await? {
        return Err(Error::NotFound);
    }
    app.wake.notify_one();
    browser.flash(Tone::Ok, "It is being told again.");
    Ok(see_other(&app.path("/admin/logout-deliveries")))
}

fn row(app: &App, listed: &Listed) -> DeliveryRow {
    let (state, tone) = match (listed.state.as_str(), listed.last_error.is_empty()) {
        ("delivered", _) => ("Delivered", "ok"),
        ("waiting", true) => ("On its way", "line"),
        ("waiting", false) => ("Tried again soon", "warn"),
        _ => ("Given up", "bad"),
    };
    let retry = app.path(&format!("/admin/logout-deliveries/{}/retry", segment(&listed.id)));
    let client = listed.client.as_ref();
    DeliveryRow {
        app: client.map(|(id, name)| client_named(app, id, name)),
        person: person(app, &listed.user),
        uri: listed.uri.clone(),
        since: ago(listed.created_at, app.now()),
        state: state.to_owned(),
        tone: tone.to_owned(),
        error: listed.last_error.clone(),
        retry_url: (listed.state != "delivered").then_some(retry),
    }
}
