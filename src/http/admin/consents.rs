//! `/admin/consents`: what people let apps have.

use actix_web::HttpResponse;
use actix_web::web::{Path, Query};

use super::{Asked, Confirmed, change, client_named, event, person};
use crate::http::account::ago;
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::Result;
use crate::http::form::Posted;
use crate::http::guard::Me;
use crate::http::html::{View, see_other};
use crate::http::pages::Tone;
use crate::http::pages::admin::{ConsentRow, Consents, segment};
use crate::http::pages::parts::day;
use crate::store::audit::Event;
use crate::store::consents;
use crate::store::consents::Listed;

/// `GET /admin/consents?q=…`
pub async fn index(app: AppData, browser: Browser, me: Me, asked: Query<Asked>) -> Result<HttpResponse> {
    let search = asked.search("");
    let list = app.store.read(move |db| consents::list(db, &search)).await?;
    let pager = asked.pager(&app, "/admin/consents", &list);
    let rows = list.rows.iter().map(|listed| row(&app, listed)).collect();
    let page = Consents { q: asked.q.clone(), consents: rows, pager };
    View::new().of(&me.user).show(&app, &browser, &page)
}

/// `POST /admin/consents/{user_id}/{client_id}/delete`: ends every token under it, too.
pub async fn delete(
    app: AppData,
    browser: Browser,
    me: Me,
    place: (Path<(String, String)>, Posted<Confirmed>),
) -> Result<HttpResponse> {
    revoke(&app, &browser, &me, place.0.into_inner()).await?;
    Ok(see_other(&app.path("/admin/consents")))
}

/// Takes the consent of a person for a client back, wherever in the console it was asked for.
pub async fn revoke(
    app: &App,
    browser: &Browser,
    me: &Me,
    (user_id, client_id): (String, String),
) -> Result<()> {
    let name =
        app.store.client(&client_id).await?.map_or_else(|| client_id.clone(), |client| client.name.clone());
    let event = event(app, browser, me, ("consent_revoked", format!("For {name}")));
    let event = Event { user_id: Some(user_id.clone()), client_id: Some(client_id.clone()), ..event };
    let now = app.now();
    change(app, event, move |db| consents::revoke(db, &user_id, &client_id, now)).await?;
    browser.flash(Tone::Ok, format!("The consent for {name} is revoked, with every token under it."));
    Ok(())
}

fn row(app: &App, listed: &Listed) -> ConsentRow {
    let (user, client) = (segment(&listed.user.id), segment(&listed.client_id));
    ConsentRow {
        person: person(app, &listed.user),
        app: client_named(app, &listed.client_id, &listed.client_name),
        scopes: listed.consent.scope.iter().map(str::to_owned).collect(),
        given: day(listed.consent.granted_at),
        ends: day(listed.consent.expires_at),
        used: listed.used_at.map(|used_at| ago(used_at, app.now())),
        delete_url: app.path(&format!("/admin/consents/{user}/{client}/delete")),
    }
}
