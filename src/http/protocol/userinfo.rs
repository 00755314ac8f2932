//! `/userinfo` (OpenID Connect Core 5.3, RFC 6750 2).

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use super::authorization;
use crate::http::app::AppData;
use crate::http::error::{Error, Result};
use crate::oidc::claims;
use crate::oidc::client_claims::registry_for;
use crate::oidc::error::{Code, Refusal};
use crate::oidc::scope::Scope;
use crate::oidc::secret;
use crate::oidc::token::Form;
use crate::store::tokens;

/// `GET /userinfo`
pub async fn show(app: AppData, request: HttpRequest) -> Result<HttpResponse> {
    answer(app, bearer(&request)).await
}

/// `POST /userinfo`: the token in the header, or else in a form body (RFC 6750 2.2).
pub async fn create(app: AppData, request: HttpRequest, body: Bytes) -> Result<HttpResponse> {
    let in_body = Form::parse(&body)?.find("access_token").map(str::to_owned);
    let token = match (bearer(&request), in_body) {
        (Some(_), Some(_)) => {
            return Err(Refusal::new(Code::InvalidRequest, "the access token was sent twice").into());
        }
        (header, body) => header.or(body),
    };
    answer(app, token).await
}

async fn answer(app: AppData, token: Option<String>) -> Result<HttpResponse> {
    let token = token.ok_or(Error::TokenMissing)?;
    let (token_hash, now) = (secret::hash(&token), app.now());
    let access = app.store.read(move |db| tokens::find_access(db, &token_hash, now)).await?;
    let access = access
        .ok_or_else(|| Refusal::new(Code::InvalidToken, "the access token is unknown, expired or revoked"))?;
    if !access.scope.contains(Scope::OPENID) {
        return Err(Refusal::new(Code::InsufficientScope, "the access token lacks the scope openid").into());
    }
    let client = app.store.client(&access.grant.client_id).await?.ok_or(Error::TokenMissing)?;
    let mut members = serde_json::Map::new();
    members.insert("sub".into(), Value::from(app.subject(&access.user, &client)));
    let catalogue = app.store.catalogue();
    let registry = registry_for(&catalogue.scopes, &client.options.extra_claims);
    members.extend(claims::released(&access.user, &access.scope, &registry));
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(members))
}

/// RFC 6750 2.1; the scheme's name in any case (RFC 9110 11.1).
pub(super) fn bearer(request: &HttpRequest) -> Option<String> {
    let (scheme, token) = authorization(request)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}
