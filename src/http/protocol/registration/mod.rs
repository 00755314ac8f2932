//! `/register`: strangers register their clients (OpenID Connect Registration 3, RFC 7591 3).

pub mod manage;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

use super::bearer::in_header as bearer;
use super::body::{JSON, media_type};
use crate::config::RegistrationMode;
use crate::dice;
use crate::http::app::{App, AppData};
use crate::http::error::{Abort, Error, Result};
use crate::http::pages::admin::segment;
use crate::http::remote::{self, Picture};
use crate::http::{audit, client_address};
use crate::oidc::client::{Client, StoredSecret};
use crate::oidc::error::{Code, Refusal};
use crate::oidc::registration::{self, Credentials, Offer, Sent};
use crate::oidc::secret;
use crate::store::audit::Event;
use crate::store::initial_access_tokens::{self, InitialAccessToken};
use crate::store::vault::NewSecret;
use crate::store::{audit as store_audit, clients, logos, throttles};

/// Seconds in which `registration.per_hour` counts.
const HOUR: i64 = 3600;

/// Who the audit log says it was.
const ACTOR: &str = "The app itself";

/// `POST /register`
pub async fn create(app: AppData, request: HttpRequest, body: Bytes) -> Result<HttpResponse> {
    let admission = admit(&app, &request).await?;
    let sent = read(&request, &body)?;
    let id = format!("{:032x}", u128::from_be_bytes(dice::bytes()));
    let mut client = with_offer(&app, |offer| sent.register(id, offer))?;
    if admission.is_none() {
        take_ration(&app, &request).await?;
    }
    let picture = fetch(&app, &client, None).await?;
    let token = secret::opaque(dice::bytes());
    client.registration_token_hash = Some(secret::hash(&token));
    client.registered_with = admission.as_ref().map(|admission| admission.name.clone());
    client.unused_until = Some(client.created_at.plus(app.config.registration.unused));
    let fresh = client.has_secret().then(|| Fresh::new(&app, &client));
    client.secrets.extend(fresh.as_ref().map(|fresh| fresh.stored.clone()));
    let event = event(&app, &request, &client, ("client_registered", picture.trouble()));
    save(&app, client.clone(), (admission, picture, event)).await?;
    let credentials = credentials(&app, &client, (fresh.map(|fresh| fresh.text), token));
    Ok(answer(StatusCode::CREATED, &client, credentials))
}

/// Who may register: in the mode `token` whoever has one, in the mode `open` everybody, though a token must be good.
async fn admit(app: &App, request: &HttpRequest) -> Result<Option<InitialAccessToken>> {
    let Some(token) = bearer(request)? else {
        let is_open = app.config.registration.mode == RegistrationMode::Open;
        return if is_open { Ok(None) } else { Err(Error::TokenMissing) };
    };
    let (hash, now) = (secret::hash(&token), app.now());
    let found = app.store.read(move |db| initial_access_tokens::find_live(db, &hash, now)).await?;
    found.map(Some).ok_or_else(|| bad_admission().into())
}

fn bad_admission() -> Refusal {
    Refusal::new(Code::InvalidToken, "the initial access token is unknown, used up or expired")
}

/// RFC 7591 3.1: a JSON document, and nothing that a form of some page could send.
fn read(request: &HttpRequest, body: &[u8]) -> Result<Sent> {
    if media_type(request).as_deref() != Some(JSON) {
        let text = "send the metadata as application/json";
        return Err(Refusal::new(Code::InvalidClientMetadata, text).into());
    }
    Ok(Sent::parse(body)?)
}

fn with_offer<T>(app: &App, work: impl FnOnce(&Offer) -> T) -> T {
    let catalogue = app.store.catalogue();
    work(&Offer {
        implicit: app.config.features.implicit,
        keys: &catalogue.keys,
        scopes: &catalogue.scopes,
        now: app.now(),
    })
}

/// Before anything is fetched for a stranger: each registration of an address counts, good or bad, and each change for
/// which something is fetched.
async fn take_ration(app: &App, request: &HttpRequest) -> Result<()> {
    if !app.config.throttle.enabled {
        return Ok(());
    }
    let name = format!("registration:{}", client_address::network(client_address::of(app, request)));
    let (most, now) = (app.config.registration.per_hour.into(), app.now());
    let taken = app.store.write(move |db| throttles::ration(db, &name, (most, HOUR), now)).await?;
    taken.map_err(|until| Error::TooMany { retry_after: until.since(now) })
}

/// What the client keeps elsewhere. A picture that cannot be had is no reason to refuse a client.
async fn fetch(app: &App, client: &Client, before: Option<&Client>) -> Result<Picture> {
    remote::check(&app.outbound, client).await?.map_err(|problem| registration::told(&[problem]))?;
    remote::picture(&app.outbound, client, before).await
}

/// A secret that its client has not seen yet.
struct Fresh {
    text: String,
    stored: StoredSecret,
}

impl Fresh {
    fn new(app: &App, client: &Client) -> Self {
        let text = client.new_secret([dice::bytes(), dice::bytes()]);
        let id = secret::opaque(dice::bytes());
        let new = NewSecret { id, text: &text, nonce: dice::bytes(), now: app.now() };
        let stored = app.store.vault().keep_secret(client, new);
        Self { text, stored }
    }
}

/// `trouble` is what became of the logo.
fn event(app: &App, request: &HttpRequest, client: &Client, (what, trouble): (&str, Option<&str>)) -> Event {
    let detail = match trouble {
        None => client.name.clone(),
        Some(trouble) => format!("{}; its logo could not be fetched: {trouble}", client.name),
    };
    let event = audit::event(app, request, what, detail);
    Event { actor: ACTOR.to_owned(), client_id: Some(client.id.clone()), ..event }
}

/// Spends the use of the token and adds the client, both or neither.
async fn save(
    app: &App,
    client: Client,
    (admission, picture, event): (Option<InitialAccessToken>, Picture, Event),
) -> Result<()> {
    let now = app.now();
    let saved = app.store.write(move |db| {
        if let Some(admission) = &admission
            && !initial_access_tokens::spend(db, &admission.token_hash, now)?
        {
            return Err(Abort::Refusal(bad_admission()));
        }
        clients::add(db, &client)?;
        if let Picture::New(logo) = &picture {
            logos::save(db, &client.id, logo)?;
        }
        Ok(store_audit::add(db, &event)?)
    });
    Ok(saved.await?)
}

fn credentials(app: &App, client: &Client, (client_secret, token): (Option<String>, String)) -> Credentials {
    Credentials {
        client_secret,
        registration_client_uri: format!("{}/register/{}", app.issuer(), segment(&client.id)),
        registration_access_token: token,
    }
}

fn answer(status: StatusCode, client: &Client, credentials: Credentials) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .insert_header((header::PRAGMA, HeaderValue::from_static("no-cache")))
        .json(registration::answer(client, credentials))
}
