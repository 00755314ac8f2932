//! `/admin/clients/{client_id}/delete`: the end of a client, after its ID has been typed.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::Deserialize;

use super::{find, head};
use crate::http::admin::{change, event};
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::Result;
use crate::http::form::Posted;
use crate::http::guard::Me;
use crate::http::html::{View, see_other};
use crate::http::pages::admin::{ClientDelete, grouped};
use crate::http::pages::{Errors, Tone};
use crate::oidc::client::Client;
use crate::store::audit::Event;
use crate::store::clients;

/// `GET /admin/clients/{client_id}/delete`
pub async fn ask(app: AppData, browser: Browser, me: Me, id: Path<String>) -> Result<HttpResponse> {
    let client = find(&app, &id).await?;
    let page = page(&app, &client, (String::new(), Errors::default())).await?;
    View::new().of(&me.user).show(&app, &browser, &page)
}

#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    confirm: String,
}

/// `POST /admin/clients/{client_id}/delete`
pub async fn delete(
    app: AppData,
    browser: Browser,
    me: Me,
    (id, Posted(typed)): (Path<String>, Posted<Typed>),
) -> Result<HttpResponse> {
    let client = find(&app, &id).await?;
    if typed.confirm.trim() != client.id {
        let errors = Errors::from_iter([("confirm", format!("Type {} to delete it.", client.id))]);
        let page = page(&app, &client, (typed.confirm, errors)).await?;
        return View::unprocessable().of(&me.user).show(&app, &browser, &page);
    }
    let event = event(&app, &browser, &me, ("client_removed", format!("{} ({})", client.name, client.id)));
    let event = Event { client_id: Some(client.id.clone()), ..event };
    change(&app, event, move |db| clients::remove(db, &client.id)).await?;
    app.store.refresh().await?;
    browser.flash(Tone::Ok, "The client is deleted, with every token and consent that it had.");
    Ok(see_other(&app.path("/admin/clients")))
}

async fn page(app: &App, client: &Client, (confirm, errors): (String, Errors)) -> Result<ClientDelete> {
    let (id, now) = (client.id.clone(), app.now());
    let footprint = app.store.read(move |db| clients::footprint(db, &id, now)).await?;
    Ok(ClientDelete {
        client: head(app, client).await?,
        sessions: grouped(footprint.sessions),
        grants: grouped(footprint.grants),
        confirm,
        errors,
    })
}
