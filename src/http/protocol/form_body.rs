//! The form in which clients send their parameters (RFC 6749 appendix B).

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};

use crate::http::error::Error;
use crate::oidc::error::{Code, Refusal};

/// A body of the type `application/x-www-form-urlencoded`, or none at all.
pub struct FormBody(pub Bytes);

impl FromRequest for FormBody {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = actix_web::Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = Bytes::from_request(request, payload);
        let is_form = is_form(request);
        Box::pin(async move {
            let body = body.await?;
            if !is_form && !body.is_empty() {
                let text = "send the parameters as application/x-www-form-urlencoded";
                return Err(Error::from(Refusal::new(Code::InvalidRequest, text)).into());
            }
            Ok(Self(body))
        })
    }
}

/// Whether the body of `request` says that it is a form.
pub fn is_form(request: &HttpRequest) -> bool {
    let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
