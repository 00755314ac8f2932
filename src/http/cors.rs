//! What scripts of other origins may read (the Fetch standard's CORS protocol).

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};

use super::app::AppData;

use crate::oidc::client::Client;
use crate::oidc::redirect_uri;

/// For everybody, as public documents are.
pub async fn open(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> actix_web::Result<ServiceResponse<impl MessageBody>> {
    let mut response = next.call(request).await?;
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    Ok(response)
}

/// UserInfo: any origin that holds a token, in errors too. No cookie counts here, so none is let in.
pub async fn echo(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> actix_web::Result<ServiceResponse<impl MessageBody>> {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mut response = next.call(request).await?;
    if let Some(origin) = origin {
        allow(response.headers_mut(), origin);
    }
    Ok(response)
}

/// `OPTIONS`: what a script may send. It carries no token (the browser asks before it sends one).
pub async fn preflight(request: HttpRequest) -> HttpResponse {
    let mut answer = HttpResponse::NoContent();
    answer
        .insert_header((header::ALLOW, "GET, HEAD, POST, OPTIONS"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, "600"));
    if let Some(headers) = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        answer.insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, headers.clone()));
    }
    answer.finish()
}

/// An origin that may read the answer to this request.
#[derive(Clone)]
struct Allowed(HeaderValue);

/// Lets scripts of the client's own origins read the answer to `request`, be it a refusal: those of its redirect URIs,
/// and those that it names.
pub fn allow_for(client: &Client, request: &HttpRequest) {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return };
    let is_same = |own: &str| own.as_bytes() == origin.as_bytes();
    let is_own = |uri: &String| redirect_uri::form_action(uri).is_some_and(|own| is_same(&own));
    let is_named = |own: &String| is_same(own);
    if client.redirect_uris.iter().any(is_own) || client.options.cors_origins.iter().any(is_named) {
        request.extensions_mut().insert(Allowed(origin.clone()));
    }
}

/// The endpoints at which clients prove themselves: for whom the handler said so with [`allow_for`]; for everybody
/// where the operator says so. Who asks beforehand has not said yet which client it is, and learns nothing.
pub async fn own(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> actix_web::Result<ServiceResponse<impl MessageBody>> {
    let is_for_all = request.method() == Method::OPTIONS
        || request.app_data::<AppData>().is_some_and(|app| app.config.features.cors);
    let origin = request.headers().get(header::ORIGIN).cloned().filter(|_| is_for_all);
    let mut response = next.call(request).await?;
    let allowed = response.request().extensions().get::<Allowed>().map(|allowed| allowed.0.clone());
    if let Some(origin) = allowed.or(origin) {
        allow(response.headers_mut(), origin);
    }
    Ok(response)
}

fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("WWW-Authenticate"));
}
