//! The endpoints that programs talk to.

pub mod authorize;
pub mod discovery;
pub mod health;
mod issue;
pub mod logo;
pub mod registration;
pub mod token;
pub mod userinfo;

use actix_web::HttpRequest;
use actix_web::http::header;

/// The `Authorization` header, as far as it is text.
fn authorization(request: &HttpRequest) -> Option<&str> {
    request.headers().get(header::AUTHORIZATION)?.to_str().ok()
}
