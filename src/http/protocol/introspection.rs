//! `/introspect` (RFC 7662): what a token is worth, for resource servers.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use super::bearer::{self, Bearer};
use super::{body, client_auth};
use crate::hooks::Introspected;
use crate::http::app::AppData;
use crate::http::cors;
use crate::http::error::{Error, Result};
use crate::oidc::audience::Audience;
use crate::oidc::client::Client;
use crate::oidc::error::{Code, Refusal};
use crate::oidc::grant::{Grant, RefreshToken};
use crate::oidc::introspection::may_see;
use crate::oidc::scope::Scope;
use crate::oidc::secret;
use crate::oidc::token::Form;
use crate::oidc::user::User;
use crate::store::{tokens, users};

/// What is known of a live token.
type Known = Map<String, Value>;

/// `POST /introspect`
pub async fn create(app: AppData, request: HttpRequest, body: Bytes) -> Result<HttpResponse> {
    let form = body::form(&request, &body)?;
    let caller = caller(&app, &request, &form).await?;
    cors::allow_for(&caller, &request);
    let token = form.require("token")?;
    let content = match describe(&app, &caller, &token).await? {
        Some(known) if app.hooks.wants_introspection() => through_hooks(&app, &caller, known).await?,
        known => known,
    };
    let content = content.map_or_else(|| json!({ "active": false }), Value::Object);
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::PRAGMA, "no-cache"))
        .json(content))
}

/// A client that proves itself, or one that shows a token for this (RFC 7662 2.1).
async fn caller(app: &AppData, request: &HttpRequest, form: &Form<'_>) -> Result<Arc<Client>> {
    if let Some(token) = bearer::in_header(request)? {
        let unknown = || Refusal::new(Code::InvalidToken, "the access token is unknown, expired or revoked");
        let bearer = bearer::find(app, &token).await?.ok_or_else(unknown)?;
        bearer.check_is_for(app, "/introspect")?;
        if !bearer.scope().contains(Scope::TOKEN_INTROSPECTION) {
            let text = "the access token lacks the scope token_introspection";
            return Err(Refusal::new(Code::InsufficientScope, text).into());
        }
        return Ok(app.store.client(bearer.client_id()).await?.ok_or_else(unknown)?);
    }
    let caller = client_auth::authenticate(app, request, form).await?;
    if caller.client.is_public() {
        // Anybody could say that they are this client.
        return Err(Refusal::new(Code::UnauthorizedClient, "public clients may not ask about tokens").into());
    }
    client_auth::admit(app, &caller).await?;
    Ok(caller.client)
}

/// What `caller` may know of a live token; nothing of any other.
async fn describe(app: &AppData, caller: &Client, token: &str) -> Result<Option<Known>> {
    if let Some(bearer) = bearer::find(app, token).await? {
        return describe_access(app, caller, (token, &bearer)).await;
    }
    let (token_hash, now) = (secret::hash(token), app.now());
    let found = app.store.read(move |db| {
        let Some((grant, token)) = tokens::find_refresh(db, &token_hash)? else { return Ok(None) };
        let user = users::find(db, &grant.user_id)?.filter(|user| !user.is_disabled());
        Ok::<_, crate::store::Error>(user.map(|user| (grant, token, user)))
    });
    let Some((grant, token, user)) = found.await? else { return Ok(None) };
    if token.spent_at.is_some() || token.expires_at <= now {
        return Ok(None);
    }
    describe_refresh(app, caller, (&grant, &token, &user)).await
}

async fn describe_access(
    app: &AppData,
    caller: &Client,
    (token, bearer): (&str, &Bearer),
) -> Result<Option<Known>> {
    let Some(owner) = owner(app, bearer.client_id()).await? else { return Ok(None) };
    if !may_see(caller, &owner, bearer.resources()) {
        return Ok(None);
    }
    let (sub, username, created_at, expires_at) = match bearer {
        Bearer::Person(access) => (
            app.subject(&access.user, &owner),
            Some(&access.user.username),
            access.created_at,
            access.expires_at,
        ),
        Bearer::Client(token) => (token.client_id.clone(), None, token.created_at, token.expires_at),
    };
    let aud = match bearer.resources() {
        [] => Audience::One(app.issuer().to_owned()),
        resources => Audience::of(resources.iter().cloned()),
    };
    let mut content = members(json!({
        "active": true,
        "scope": bearer.scope(),
        "client_id": owner.id,
        "token_type": "Bearer",
        "exp": expires_at,
        "iat": created_at,
        "sub": sub,
        "aud": aud,
        "iss": app.issuer(),
        "jti": bearer::token_hash(app, token),
    }));
    if let Some(username) = username {
        content.insert("username".to_owned(), json!(username));
    }
    Ok(Some(content))
}

/// Refresh tokens go to nobody but their client.
async fn describe_refresh(
    app: &AppData,
    caller: &Client,
    (grant, token, user): (&Grant, &RefreshToken, &User),
) -> Result<Option<Known>> {
    let Some(owner) = owner(app, &grant.client_id).await? else { return Ok(None) };
    if owner.id != caller.id && !caller.options.may_introspect {
        return Ok(None);
    }
    Ok(Some(members(json!({
        "active": true,
        "scope": token.scope,
        "client_id": owner.id,
        "username": user.username,
        "exp": token.expires_at,
        "iat": token.created_at,
        "sub": app.subject(user, &owner),
        "aud": app.issuer(),
        "iss": app.issuer(),
        "jti": token.token_hash,
    }))))
}

fn members(object: Value) -> Known {
    match object {
        Value::Object(members) => members,
        _ => Known::new(),
    }
}

/// What the operator's hooks make of it. One that fails lets nothing through.
async fn through_hooks(app: &AppData, caller: &Client, answer: Known) -> Result<Option<Known>> {
    let client_id = answer["client_id"].as_str().unwrap_or_default().to_owned();
    let token = Introspected { caller: &caller.id, client_id: &client_id, answer };
    let answer = app.hooks.introspection(token, app.now()).await;
    answer.map_err(|error| Error::Unanswered(error.to_string()))
}

/// Whose the token is, unless it may do nothing any more.
async fn owner(app: &AppData, client_id: &str) -> Result<Option<Arc<Client>>, Error> {
    Ok(app.store.client(client_id).await?.filter(|client| !client.is_disabled()))
}
