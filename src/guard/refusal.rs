//! How a request is turned away (RFC 6750 3, RFC 9728 5.1).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::json;

use super::verifier::Fault;
use crate::oidc::error::Code;
use crate::oidc::scope::Scope;

/// Why a request is turned away.
#[derive(Debug)]
pub(super) enum Refusal {
    /// RFC 6750, 3.1: who sent no token is told what is wanted, not that something was wrong.
    Missing,
    Unreadable(&'static str),
    Invalid(&'static str),
    Lacking,
    /// Nobody could tell what the token is worth.
    Fault(Fault),
}

/// What a refused client is told of the resource.
pub(super) struct Challenge<'a> {
    pub realm: &'a str,
    pub scope: Option<&'a Scope>,
    pub metadata_url: &'a str,
}

impl Refusal {
    pub fn answer(&self, challenge: &Challenge) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status());
        answer.insert_header((CACHE_CONTROL, "no-store"));
        if let Self::Fault(fault) = self {
            tracing::error!(%fault, "nobody could tell what an access token is worth");
            return answer.insert_header((RETRY_AFTER, "5")).finish();
        }
        answer.insert_header((WWW_AUTHENTICATE, self.header(challenge)));
        match self.told() {
            Some((code, text)) => answer.json(json!({ "error": code.as_str(), "error_description": text })),
            None => answer.finish(),
        }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::Missing | Self::Invalid(_) => StatusCode::UNAUTHORIZED,
            Self::Unreadable(_) => StatusCode::BAD_REQUEST,
            Self::Lacking => StatusCode::FORBIDDEN,
            Self::Fault(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// RFC 6750, 3.1.
    const fn told(&self) -> Option<(Code, &'static str)> {
        match self {
            Self::Missing | Self::Fault(_) => None,
            Self::Unreadable(text) => Some((Code::InvalidRequest, text)),
            Self::Invalid(text) => Some((Code::InvalidToken, text)),
            Self::Lacking => Some((Code::InsufficientScope, "the access token lacks a scope")),
        }
    }

    fn header(&self, challenge: &Challenge) -> HeaderValue {
        let mut parts = vec![format!("realm={}", quoted(challenge.realm))];
        if let Some((code, text)) = self.told() {
            parts.push(format!("error=\"{}\", error_description=\"{text}\"", code.as_str()));
        }
        parts.extend(challenge.scope.map(|scope| format!("scope=\"{scope}\"")));
        parts.push(format!("resource_metadata={}", quoted(challenge.metadata_url)));
        let text = format!("Bearer {}", parts.join(", "));
        HeaderValue::from_str(&text).unwrap_or(const { HeaderValue::from_static("Bearer") })
    }
}

/// RFC 9110, 5.6.4. What a header cannot carry is left out.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars().filter(|c| matches!(c, ' '..='~')) {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_realm_cannot_leave_its_quotes() {
        assert_eq!(quoted("a\"b\\c\r\nd é"), r#""a\"b\\cd ""#);
    }
}
