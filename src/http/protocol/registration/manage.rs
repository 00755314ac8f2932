//! `/register/{client_id}`: a client reads, replaces and removes its own registration (RFC 7592 2).

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Bytes, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::{Fresh, answer, bearer, credentials, event, fetch, read, take_ration, with_offer};
use crate::http::app::{App, AppData};
use crate::http::error::{Abort, Error, Result};
use crate::http::remote::{self, Picture};
use crate::oidc::client::{Client, StoredSecret};
use crate::oidc::error::{Code, Refusal};
use crate::oidc::secret;
use crate::store::{audit as store_audit, client_secrets, clients, logos};

/// `GET /register/{client_id}`
pub async fn show(app: AppData, request: HttpRequest, id: Path<String>) -> Result<HttpResponse> {
    let (client, token) = own(&app, &request, id.into_inner()).await?;
    let credentials = credentials(&app, &client, (None, token));
    Ok(answer(StatusCode::OK, &client, credentials))
}

/// `PUT /register/{client_id}`
pub async fn replace(
    app: AppData,
    request: HttpRequest,
    (id, body): (Path<String>, Bytes),
) -> Result<HttpResponse> {
    let (before, token) = own(&app, &request, id.into_inner()).await?;
    let sent = read(&request, &body)?;
    let hash = |text: &str| app.store.vault().secret_hash(text);
    let is_secret = |text: &str| live(&app, &before).any(|own| secret::same(&own.secret_hash, &hash(text)));
    let mut client = with_offer(&app, |offer| sent.replace(&before, offer, is_secret))?;
    if remote::is_fetched(&client, Some(&before)) {
        take_ration(&app, &request).await?;
    }
    let picture = fetch(&app, &client, Some(&before)).await?;
    if picture.is_change() {
        client.logo_hash = picture.hash();
    }
    let fresh = needs_secret(&app, &client).then(|| Fresh::new(&app, &client));
    let stored = fresh.as_ref().map(|fresh| fresh.stored.clone());
    let event = event(&app, &request, &client, ("client_changed", picture.trouble()));
    let saved = client.clone();
    let write = app.store.write(move |db| {
        if !clients::save(db, &saved)? {
            return Err(Abort::NotFound);
        }
        match &picture {
            Picture::New(logo) => logos::save(db, &saved.id, logo)?,
            Picture::Gone | Picture::Unreachable(_) => logos::remove(db, &saved.id)?,
            Picture::AsBefore => {}
        }
        if stored.is_some() || !saved.has_secret() {
            client_secrets::remove_all(db, &saved.id)?;
        }
        if let Some(stored) = &stored {
            client_secrets::add(db, &saved.id, stored, saved.updated_at)?;
        }
        Ok(store_audit::add(db, &event)?)
    });
    // Removed meanwhile: its token opens nothing any more.
    write.await.map_err(|abort| match abort {
        Abort::NotFound => bad_token().into(),
        abort => Error::from(abort),
    })?;
    app.store.refresh().await?;
    let credentials = credentials(&app, &client, (fresh.map(|fresh| fresh.text), token));
    Ok(answer(StatusCode::OK, &client, credentials))
}

/// `DELETE /register/{client_id}`
pub async fn remove(app: AppData, request: HttpRequest, id: Path<String>) -> Result<HttpResponse> {
    let (client, _) = own(&app, &request, id.into_inner()).await?;
    let event = event(&app, &request, &client, ("client_removed", None));
    let write = app.store.write(move |db| {
        if !clients::remove(db, &client.id)? {
            return Err(Abort::Refusal(bad_token()));
        }
        // The client is gone: nothing of the log can hang on it.
        Ok(store_audit::add(db, &event)?)
    });
    write.await?;
    app.store.refresh().await?;
    Ok(HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "no-store")).finish())
}

/// The client whose registration token came, and the token. Nobody learns whether there is such a client.
async fn own(app: &App, request: &HttpRequest, id: String) -> Result<(Client, String)> {
    let token = bearer(request)?.ok_or(Error::TokenMissing)?;
    let found = app.store.read(move |db| clients::find(db, &id)).await?;
    let hash = secret::hash(&token);
    let own = found.filter(|client| {
        client.registration_token_hash.as_ref().is_some_and(|kept| secret::same(kept, &hash))
    });
    Ok((own.ok_or_else(bad_token)?, token))
}

fn bad_token() -> Refusal {
    Refusal::new(Code::InvalidToken, "the registration access token is not one of this client")
}

fn live<'a>(app: &App, client: &'a Client) -> impl Iterator<Item = &'a StoredSecret> {
    let now = app.now();
    client.secrets.iter().filter(move |own| own.expires_at.is_none_or(|end| now < end))
}

/// Whether what is kept cannot be used with what the client has chosen now.
fn needs_secret(app: &App, client: &Client) -> bool {
    let must_be_clear = client.needs_clear_secret();
    client.has_secret() && !live(app, client).any(|own| !must_be_clear || own.sealed.is_some())
}
