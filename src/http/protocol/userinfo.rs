//! `/userinfo` (OpenID Connect Core 5.3, RFC 6750 2).

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value};

use super::bearer::{self, Bearer};
use super::body;
use crate::http::app::{App, AppData};
use crate::http::client_keys;
use crate::http::error::{Error, Result};
use crate::oidc::claims::{Target, Telling};
use crate::oidc::client::Client;
use crate::oidc::client_claims::registry_for;
use crate::oidc::error::{Code, Refusal};
use crate::oidc::scope::Scope;
use crate::oidc::token::Form;
use crate::store::tokens::Access;

/// `GET /userinfo`
pub async fn show(app: AppData, request: HttpRequest) -> Result<HttpResponse> {
    answer(app, bearer::in_header(&request)).await
}

/// `POST /userinfo`: the token in the header, or else in a form body (RFC 6750 2.2).
pub async fn create(app: AppData, request: HttpRequest, body: Bytes) -> Result<HttpResponse> {
    // RFC 6750 2.2: only where the body says that it is a form.
    let body = if body::is_form(&request) { body } else { Bytes::new() };
    let in_body = Form::parse(&body)?.find("access_token").map(str::to_owned);
    let token = match (bearer::in_header(&request), in_body) {
        (Some(_), Some(_)) => {
            return Err(Refusal::new(Code::InvalidRequest, "the access token was sent twice").into());
        }
        (header, body) => header.or(body),
    };
    answer(app, token).await
}

async fn answer(app: AppData, token: Option<String>) -> Result<HttpResponse> {
    let token = token.ok_or(Error::TokenMissing)?;
    let invalid = |text| Refusal::new(Code::InvalidToken, text);
    let bearer = bearer::find(&app, &token).await?;
    let bearer = bearer.ok_or_else(|| invalid("the access token is unknown, expired or revoked"))?;
    // RFC 8707 3: whoever such a token was for shall not learn more with it here.
    if !bearer.resources().is_empty() && !is_for_us(&app, bearer.resources()) {
        return Err(invalid("the access token is for another resource").into());
    }
    let lacking = || Refusal::new(Code::InsufficientScope, "the access token lacks the scope openid");
    let Bearer::Person(access) = &bearer else { return Err(lacking().into()) };
    if !access.scope.contains(Scope::OPENID) {
        return Err(lacking().into());
    }
    let client = app.store.client(&access.grant.client_id).await?.ok_or(Error::TokenMissing)?;
    let members = members(&app, &client, access);
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    match sealed(&app, &client, &members).await? {
        Some(jwt) => Ok(answer.insert_header((header::CONTENT_TYPE, "application/jwt")).body(jwt)),
        None => Ok(answer.json(members)),
    }
}

/// Whether one of `resources` is this endpoint or the whole provider.
fn is_for_us(app: &App, resources: &[String]) -> bool {
    let userinfo = format!("{}/userinfo", app.issuer());
    resources.iter().any(|own| *own == userinfo || own == app.issuer())
}

fn members(app: &App, client: &Client, access: &Access) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("sub".into(), Value::from(app.subject(&access.user, client)));
    let catalogue = app.store.catalogue();
    let telling = Telling {
        user: &access.user,
        scope: &access.scope,
        registry: &registry_for(&catalogue.scopes, &client.options.extra_claims),
        requested: &access.grant.claims,
        is_with_scope: true,
    };
    members.extend(telling.claims(Target::Userinfo));
    members
}

/// The answer as the client registered it: signed, encrypted, both, or neither (OpenID Connect Core 5.3.2).
async fn sealed(app: &App, client: &Client, members: &Map<String, Value>) -> Result<Option<String>> {
    let own = &client.options;
    let signed = match own.userinfo_signed_response_alg {
        Some(alg) => {
            let mut claims = members.clone();
            claims.insert("iss".into(), Value::from(app.issuer()));
            claims.insert("aud".into(), Value::from(client.id.as_str()));
            Some(client_keys::sign(app, client, (alg, None), claims).await?)
        }
        None => None,
    };
    let sealing = client_keys::sealing(app, client, own.userinfo_encryption).await??;
    let Some(sealing) = sealing else { return Ok(signed) };
    let sealed = match signed {
        Some(jwt) => sealing.seal(Some("JWT"), jwt.as_bytes()),
        None => {
            let json = serde_json::to_vec(members).map_err(|error| Error::Fault(error.to_string()))?;
            sealing.seal(None, &json)
        }
    };
    sealed.map(Some)
}
