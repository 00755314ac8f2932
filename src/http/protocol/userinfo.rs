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

/// `GET /userinfo`: the token in the header, or else in the query where that is switched on (RFC 6750 2.3).
pub async fn show(app: AppData, request: HttpRequest) -> Result<HttpResponse> {
    let in_query = match app.features().query_token {
        true => Form::parse(request.query_string().as_bytes())?.find("access_token").map(str::to_owned),
        false => None,
    };
    answer(app, only(bearer::in_header(&request)?, in_query)?).await
}

/// `POST /userinfo`: the token in the header, or else in a form body (RFC 6750 2.2).
pub async fn create(app: AppData, request: HttpRequest, body: Bytes) -> Result<HttpResponse> {
    // RFC 6750 2.2: only where the body says that it is a form.
    let body = if body::is_form(&request) { body } else { Bytes::new() };
    let in_body = Form::parse(&body)?.find("access_token").map(str::to_owned);
    answer(app, only(bearer::in_header(&request)?, in_body)?).await
}

/// RFC 6750 2: a request has one way to send its token.
fn only(in_header: Option<String>, elsewhere: Option<String>) -> Result<Option<String>, Refusal> {
    if in_header.is_some() && elsewhere.is_some() {
        return Err(Refusal::new(Code::InvalidRequest, "the access token was sent twice; a request has one"));
    }
    Ok(in_header.or(elsewhere))
}

async fn answer(app: AppData, token: Option<String>) -> Result<HttpResponse> {
    let token = token.ok_or(Error::TokenMissing)?;
    let invalid = |text| Refusal::new(Code::InvalidToken, text);
    let bearer = bearer::find(&app, &token).await?;
    let bearer = bearer.ok_or_else(|| invalid("the access token is unknown, expired or revoked"))?;
    bearer.check_is_for(&app, "/userinfo")?;
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
