//! The endpoints that programs talk to.

mod attempt;
pub mod authorize;
mod bearer;
mod body;
pub mod check_session;
mod client_auth;
pub mod discovery;
pub mod health;
pub mod introspection;
mod issue;
pub mod logo;
pub mod posted;
pub mod present;
pub mod registration;
mod request_object;
pub mod revocation;
pub mod token;
pub mod userinfo;

use actix_web::HttpRequest;
use actix_web::http::header;

/// The `Authorization` header, as far as it is text.
fn authorization(request: &HttpRequest) -> Option<&str> {
    request.headers().get(header::AUTHORIZATION)?.to_str().ok()
}
