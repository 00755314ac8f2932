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

use crate::oidc::error::{Code, Refusal};

/// The `Authorization` header, as far as it is text. It comes once (RFC 9110 5.3): of two, nobody can tell which one
/// counted for those who saw the request before.
fn authorization(request: &HttpRequest) -> Result<Option<&str>, Refusal> {
    let mut all = request.headers().get_all(header::AUTHORIZATION);
    let header = all.next().and_then(|header| header.to_str().ok());
    if all.next().is_some() {
        let text = "the Authorization header was sent twice; a request has one";
        return Err(Refusal::new(Code::InvalidRequest, text));
    }
    Ok(header)
}
