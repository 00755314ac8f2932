//! `/token` (RFC 6749 3.2, OpenID Connect Core 3.1.3).

mod exchange;
mod password;
mod refresh;

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

use self::exchange::{Bearer, Exchange, Issued};
use super::issue::{self, Along, Issue};
use super::{body, client_auth};
use crate::http::app::AppData;
use crate::http::client_keys::{self, Sealing};
use crate::http::error::Result;
use crate::http::{audit, cors};
use crate::oidc::access_token;
use crate::oidc::client::GrantType;
use crate::oidc::error::{Code, Refusal};
use crate::oidc::scope::Scope;
use crate::oidc::secret;
use crate::oidc::token::{TokenRequest, TokenResponse};

/// `POST /token`
pub async fn create(app: AppData, request: HttpRequest, body: Bytes) -> Result<HttpResponse> {
    let form = body::form_or_json(&app, &request, &body)?;
    let caller = client_auth::authenticate(&app, &request, &form).await?;
    cors::allow_for(&caller.client, &request);
    let asked = TokenRequest::parse(&form)?;
    let event = audit::event(&app, &request, "", caller.client.name.clone());
    let resources = form.all("resource").map(str::to_owned).collect();
    let mut exchange = Exchange::new(&app, (caller, event), asked, resources);
    if let TokenRequest::Password { username, password, .. } = &exchange.request {
        let (username, password) = (username.clone(), password.clone());
        exchange.proved = Some(password::prove(&exchange, &request, (&username, password)).await?);
    }
    let sealing = sealing(&exchange).await?;
    exchange.hindrance = sealing.as_ref().err().cloned();
    let response = answer(&exchange.clone(), exchange.run().await?, sealing).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .insert_header((header::PRAGMA, HeaderValue::from_static("no-cache")))
        .json(response))
}

/// How an ID token is encrypted for the client, if one will be.
async fn sealing(exchange: &Exchange) -> Result<Result<Option<Sealing>, Refusal>> {
    let client = &exchange.caller.client;
    let is_own = exchange.request.grant_type() == GrantType::ClientCredentials;
    let how = client.options.id_token_encryption.filter(|_| !is_own);
    client_keys::sealing(&exchange.app, client, how).await
}

/// Signs what was granted.
async fn answer(
    exchange: &Exchange,
    issued: Issued,
    sealing: Result<Option<Sealing>, Refusal>,
) -> Result<TokenResponse> {
    let (app, client) = (&exchange.app, &exchange.caller.client);
    let lifetime = issue::access_lifetime(app, client);
    let Bearer::Person { grant, user } = &issued.bearer else {
        let occasion = access_token::Occasion {
            issuer: app.issuer(),
            client_id: &client.id,
            sub: &client.id,
            jti: &secret::hash(&issued.handle),
            scope: &issued.scope,
            resources: &issued.resources,
            grant: None,
            now: issued.issued_at,
            lifetime,
        };
        let access_token = issue::access_token(app, client, &issued.handle, &occasion).await?;
        return Ok(response(&issued, access_token, (lifetime, None)));
    };
    let (scope, resources) = (&issued.scope, issued.resources.as_slice());
    let issue = Issue { app, client, grant, user, scope, resources, now: issued.issued_at };
    let access_token = issue.access_token(&issued.handle).await?;
    let id_token = match scope.contains(Scope::OPENID) {
        true => {
            let (nonce, access_token) = (issued.nonce.clone(), Some(access_token.as_str()));
            let issue = Issue { now: exchange.now, ..issue };
            Some(issue.id_token(Along { nonce, access_token, code: None }, sealing?.as_ref()).await?)
        }
        false => None,
    };
    let expires_in = lifetime - exchange.now.since(issued.issued_at);
    Ok(response(&issued, access_token, (expires_in, id_token)))
}

fn response(
    issued: &Issued,
    access_token: String,
    (expires_in, id_token): (i64, Option<String>),
) -> TokenResponse {
    TokenResponse {
        access_token,
        token_type: "Bearer",
        expires_in,
        refresh_token: issued.refresh_token.clone(),
        id_token,
        scope: issued.scope.to_string(),
    }
}

fn invalid_grant(text: &'static str) -> Refusal {
    Refusal::new(Code::InvalidGrant, text)
}
