//! What programs post: parameters, in the one media type that the specifications name (RFC 6749 3.2, RFC 7009 2.1,
//! RFC 7662 2.1), or as JSON where the operator lets old apps do so.

use actix_web::HttpRequest;
use actix_web::http::header;

use crate::http::app::App;
use crate::http::error::Result;
use crate::oidc::error::{Code, Refusal};
use crate::oidc::token::Form;

const FORM: &str = "application/x-www-form-urlencoded";
pub const JSON: &str = "application/json";

/// The media type of what was sent, in small letters and without its parameters.
pub fn media_type(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase())
}

/// Whether the body says that it is a form.
pub fn is_form(request: &HttpRequest) -> bool {
    media_type(request).as_deref() == Some(FORM)
}

/// The parameters of a form. Who names no media type means one.
pub fn form<'a>(request: &HttpRequest, body: &'a [u8]) -> Result<Form<'a>> {
    match media_type(request).as_deref() {
        None | Some(FORM) => Ok(Form::parse(body)?),
        Some(_) => Err(invalid("send the parameters as application/x-www-form-urlencoded")),
    }
}

/// The parameters of a form, or of a JSON object where `features.json_token_request` is on.
pub fn form_or_json<'a>(app: &App, request: &HttpRequest, body: &'a [u8]) -> Result<Form<'a>> {
    match (media_type(request).as_deref(), app.config.features.json_token_request) {
        (Some(JSON), true) => Ok(Form::parse_json(body)?),
        (Some(JSON), false) => Err(invalid(
            "JSON is not taken here; send the parameters as application/x-www-form-urlencoded, or let the provider \
             switch features.json_token_request on",
        )),
        _ => form(request, body),
    }
}

fn invalid(text: &'static str) -> crate::http::error::Error {
    Refusal::new(Code::InvalidRequest, text).into()
}
