//! `/account/apps`: what a person let apps have, and taking it back.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::Deserialize;

use super::{ago, event};
use crate::http::app::{App, AppData};
use crate::http::audit::noted;
use crate::http::browser::Browser;
use crate::http::error::Result;
use crate::http::form::Posted;
use crate::http::guard::Me;
use crate::http::html::{View, see_other};
use crate::http::pages::account::{Apps, ConnectedApp};
use crate::http::pages::parts::day;
use crate::http::pages::{self, Tone};
use crate::oidc::client::Client;
use crate::oidc::initiate_login;
use crate::store::consents;
use crate::store::consents::Listed;

/// `GET /account/apps`
pub async fn show(app: AppData, browser: Browser, me: Me) -> Result<HttpResponse> {
    let id = me.user.id.clone();
    let listed = app.store.read(move |db| consents::list_of_user(db, &id)).await?;
    let mut apps = Vec::with_capacity(listed.len());
    for one in listed {
        let client = app.store.client(&one.client_id).await?;
        apps.push(connected(&app, one, client.as_deref()));
    }
    View::new().of(&me.user).show(&app, &browser, &Apps { apps })
}

#[derive(Deserialize)]
pub struct Removal {}

/// `POST /account/apps/{client_id}/removal`: takes the consent back and ends every token under it.
pub async fn remove(
    app: AppData,
    browser: Browser,
    me: Me,
    place: (Path<String>, Posted<Removal>),
) -> Result<HttpResponse> {
    let client_id = place.0.into_inner();
    let name =
        app.store.client(&client_id).await?.map_or_else(|| client_id.clone(), |client| client.name.clone());
    let (user_id, now) = (me.user.id.clone(), app.now());
    let mut event = event(&app, &browser, &me, ("consent_revoked", format!("Took back access for {name}")));
    event.client_id = Some(client_id.clone());
    if noted(&app, event, move |db| consents::revoke(db, &user_id, &client_id, now)).await? {
        browser.flash(Tone::Ok, format!("{name} no longer has access to your account."));
    }
    Ok(see_other(&app.path("/account/apps")))
}

fn connected(app: &App, listed: Listed, client: Option<&Client>) -> ConnectedApp {
    let catalogue = app.store.catalogue();
    let title =
        |value: &str| catalogue.scopes.iter().find(|entry| entry.name == value).map(|e| e.title.clone());
    let since = format!("Since {}", day(listed.consent.granted_at));
    let client_id: String = form_urlencoded::byte_serialize(listed.client_id.as_bytes()).collect();
    ConnectedApp {
        start_url: client.and_then(|client| start_url(app, client, &listed)),
        app: pages::App::new(listed.client_name, client.and_then(|client| app.logo_url(client))),
        detail: match listed.used_at {
            Some(used_at) => format!("{since}, last used {}", ago(used_at, app.now())),
            None => since,
        },
        scopes: listed
            .consent
            .scope
            .iter()
            .map(|value| title(value).unwrap_or_else(|| value.to_owned()))
            .collect(),
        removal_url: app.path(&format!("/account/apps/{client_id}/removal")),
    }
}

/// Where a sign-in at the app begins (OpenID Connect Core 4). It is told nothing that it may not know already.
fn start_url(app: &App, client: &Client, listed: &Listed) -> Option<String> {
    let uri = client.options.initiate_login_uri.as_ref()?;
    let email = listed.user.profile.email.as_deref().filter(|_| listed.consent.scope.contains("email"));
    initiate_login::url(uri, app.issuer(), email)
}
