//! The token that a request brings, and what a handler learns of it.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{FromRequest, HttpMessage, HttpRequest, error};

use super::refusal::Refusal;
use super::token::Token;

/// Longer ones are refused unread, as the issuer would.
const LONGEST: usize = 16 * 1024;

/// The token of this request, for handlers behind a [`Guard`](super::Guard). Elsewhere the request fails with 500.
#[derive(Clone, Debug)]
pub struct Bearer(pub(super) Arc<Token>);

impl std::ops::Deref for Bearer {
    type Target = Token;

    fn deref(&self) -> &Token {
        &self.0
    }
}

impl FromRequest for Bearer {
    type Error = actix_web::Error;
    type Future = Ready<actix_web::Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let bearer = request.extensions().get::<Self>().cloned();
        ready(bearer.ok_or_else(|| {
            tracing::error!(path = request.path(), "a handler asks for a Bearer and stands behind no Guard");
            error::ErrorInternalServerError("")
        }))
    }
}

/// RFC 6750, 2.1. Tokens in a form or a query (2.2, 2.3) are not taken: they end up in logs.
pub(super) fn in_header(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut all = headers.get_all(AUTHORIZATION);
    let Some(header) = all.next() else { return Err(Refusal::Missing) };
    if all.next().is_some() {
        return Err(Refusal::Unreadable("Authorization was sent twice"));
    }
    let Some((scheme, token)) = header.to_str().ok().and_then(|header| header.split_once(' ')) else {
        return Err(Refusal::Missing);
    };
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::Missing);
    }
    let token = token.trim();
    if token.len() > LONGEST || !is_b64token(token) {
        return Err(Refusal::Invalid("the access token is malformed"));
    }
    Ok(token)
}

/// RFC 6750, 2.1: `b64token`.
fn is_b64token(text: &str) -> bool {
    let token = text.trim_end_matches('=');
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn read(values: &[&'static str]) -> Result<String, Refusal> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_static(value));
        }
        in_header(&headers).map(str::to_owned)
    }

    #[test]
    fn a_token_comes_in_one_header() {
        assert_eq!(read(&["Bearer a.b-c_d~e+f/g=="]).unwrap(), "a.b-c_d~e+f/g==");
        assert_eq!(read(&["bEARER  abc "]).unwrap(), "abc");
        for values in [&[][..], &["Basic YTpi"], &["Bearer"], &["abc"]] {
            assert!(matches!(read(values), Err(Refusal::Missing)), "{values:?}");
        }
        for value in ["Bearer a b", "Bearer a\"b", "Bearer =", "Bearer a=b", "Bearer a,b"] {
            assert!(matches!(read(&[value]), Err(Refusal::Invalid(_))), "{value}");
        }
        assert!(matches!(read(&["Bearer a", "Bearer b"]), Err(Refusal::Unreadable(_))));
    }
}
