//! `/admin/clients/{client_id}/secret`: a new secret, shown once, and the end of old ones.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::Deserialize;

use super::{find, head};
use crate::dice;
use crate::http::admin::{Confirmed, change, event};
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::{Error, Result};
use crate::http::form::Posted;
use crate::http::guard::Me;
use crate::http::html::{View, see_other};
use crate::http::pages::Tone;
use crate::http::pages::admin::{
    ClientRotate, ClientSecret, OldSecret, SecretRow, SecretState, segment, span,
};
use crate::http::pages::parts::day;
use crate::oidc::client::{Client, StoredSecret};
use crate::oidc::secret;
use crate::oidc::time::UnixTime;
use crate::store::audit::Event;
use crate::store::vault::NewSecret;
use crate::store::{audit, client_secrets};

/// Seconds for which the old secret goes on working, unless it leaked.
const OVERLAP: i64 = 24 * 3600;

/// A secret that nobody has seen yet.
pub struct Fresh {
    pub secret: String,
    pub stored: StoredSecret,
}

impl Fresh {
    pub fn new(app: &App, client: &Client) -> Self {
        let secret = client.new_secret([dice::bytes(), dice::bytes()]);
        let id = secret::opaque(dice::bytes());
        let new = NewSecret { id, text: &secret, nonce: dice::bytes(), now: app.now() };
        let stored = app.store.vault().keep_secret(client, new);
        Self { secret, stored }
    }
}

/// Secrets that work now.
fn live<'a>(app: &App, client: &'a Client) -> impl Iterator<Item = &'a StoredSecret> {
    let now = app.now();
    client.secrets.iter().filter(move |secret| secret.expires_at.is_none_or(|end| now < end))
}

/// Whether the client needs its secret as a key, and every secret that works is kept as a hash alone.
pub fn is_missing_clear(app: &App, client: &Client) -> bool {
    client.needs_clear_secret() && !live(app, client).any(|secret| secret.sealed.is_some())
}

/// The list of secrets on the client's page.
pub fn rows(app: &App, client: &Client) -> Vec<SecretRow> {
    let row = |secret: &StoredSecret| SecretRow {
        id: secret.id.clone(),
        hint: secret.hint.clone(),
        detail: match secret.expires_at {
            None => format!("Made {}", day(secret.created_at)),
            Some(end) => format!("Works until {}", minute(end)),
        },
        state: if secret.expires_at.is_none() { SecretState::Current } else { SecretState::Retiring },
        delete_url: delete_url(app, &client.id, &secret.id),
    };
    live(app, client).map(row).collect()
}

fn delete_url(app: &App, client_id: &str, secret_id: &str) -> String {
    app.path(&format!("/admin/clients/{}/secrets/{}/delete", segment(client_id), segment(secret_id)))
}

/// `21 November 2026, 15:58 UTC`.
fn minute(time: UnixTime) -> String {
    format!("{}, {} UTC", day(time), &time.to_string()[11..16])
}

/// `GET /admin/clients/{client_id}/secret`
pub async fn ask(app: AppData, browser: Browser, me: Me, id: Path<String>) -> Result<HttpResponse> {
    let client = find(&app, &id).await?;
    if client.is_public() {
        browser.flash(Tone::Bad, "A public client has no secret. Make it confidential first.");
        return Ok(see_other(&head(&app, &client).await?.url));
    }
    let hints = live(&app, &client).map(|secret| secret.hint.clone()).collect();
    let page = ClientRotate { client: head(&app, &client).await?, hints };
    View::new().of(&me.user).show(&app, &browser, &page)
}

#[derive(Deserialize)]
pub struct Rotation {
    /// `keep`, or `revoke` if it leaked.
    old: Option<String>,
}

/// `POST /admin/clients/{client_id}/secret`
pub async fn create(
    app: AppData,
    browser: Browser,
    me: Me,
    (id, Posted(rotation)): (Path<String>, Posted<Rotation>),
) -> Result<HttpResponse> {
    let client = find(&app, &id).await?;
    if client.is_public() {
        return Err(Error::Unreadable("a public client has no secret".into()));
    }
    let (fresh, now) = (Fresh::new(&app, &client), app.now());
    let is_leaked = rotation.old.as_deref() == Some("revoke");
    let event = event(&app, &browser, &me, ("secret_rotated", client.name.clone()));
    let event = Event { client_id: Some(client.id.clone()), ..event };
    let (id, stored) = (client.id.clone(), fresh.stored.clone());
    app.store
        .write(move |db| {
            if is_leaked {
                client_secrets::remove_all(db, &id)?;
            }
            client_secrets::add(db, &id, &stored, now.plus(OVERLAP))?;
            audit::add(db, &event)
        })
        .await?;
    app.store.refresh().await?;
    show_once(&app, &browser, &me, (&client.id, fresh.secret, false)).await
}

/// The only page that ever shows a secret: the answer to the form itself, since nothing of it is kept.
pub async fn show_once(
    app: &App,
    browser: &Browser,
    me: &Me,
    (id, secret, is_first): (&str, String, bool),
) -> Result<HttpResponse> {
    let client = find(app, id).await?;
    let now = app.now();
    let old = |kept: &StoredSecret| {
        kept.expires_at.map(|end| OldSecret {
            hint: kept.hint.clone(),
            until: minute(end),
            left: span(end.since(now)),
            delete_url: delete_url(app, &client.id, &kept.id),
        })
    };
    let page = ClientSecret {
        client: head(app, &client).await?,
        is_first,
        is_kept: client.needs_clear_secret(),
        secret,
        token_endpoint: format!("{}/token", app.issuer()),
        token_endpoint_auth_method: client.auth_method.to_string(),
        old: live(app, &client).filter_map(old).collect(),
    };
    View::new().of(&me.user).show(app, browser, &page)
}

/// `POST /admin/clients/{client_id}/secrets/{id}/delete`
pub async fn delete(
    app: AppData,
    browser: Browser,
    me: Me,
    place: (Path<(String, String)>, Posted<Confirmed>),
) -> Result<HttpResponse> {
    let (id, secret_id) = place.0.into_inner();
    let client = find(&app, &id).await?;
    let event = event(&app, &browser, &me, ("secret_revoked", client.name.clone()));
    let event = Event { client_id: Some(client.id.clone()), ..event };
    change(&app, event, move |db| client_secrets::remove(db, &id, &secret_id)).await?;
    app.store.refresh().await?;
    browser.flash(Tone::Ok, "That secret no longer works.");
    Ok(see_other(&head(&app, &client).await?.url))
}
