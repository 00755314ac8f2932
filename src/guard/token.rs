//! What is known of an access token (RFC 7662 2.2, RFC 9068 2.2).

use serde_json::{Map, Value};

use crate::oidc::jose::numeric_date;
use crate::oidc::scope::Scope;
use crate::oidc::time::UnixTime;

/// Seconds by which the issuer's clock may be ahead of ours.
const SKEW: i64 = 30;

/// A good token.
#[derive(Clone, Debug)]
pub struct Token {
    scope: Scope,
    audiences: Vec<String>,
    expires_at: Option<UnixTime>,
    not_before: Option<UnixTime>,
    claims: Map<String, Value>,
}

/// A claim that is not what it should be; such a token counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the claim {0} of the access token is not of its form")]
pub struct TokenError(pub &'static str);

impl Token {
    /// Reads claims that somebody has verified, or what introspection told.
    pub fn from_claims(claims: Map<String, Value>) -> Result<Self, TokenError> {
        let scope = match claims.get("scope") {
            None => Scope::default(),
            Some(scope) => scope.as_str().and_then(Scope::parse).ok_or(TokenError("scope"))?,
        };
        let audiences = audiences(claims.get("aud")).ok_or(TokenError("aud"))?;
        let time = |name| numeric_date(&claims, name).map_err(|_| TokenError(name));
        let (expires_at, not_before) = (time("exp")?, time("nbf")?);
        for name in ["sub", "client_id"] {
            if claims.get(name).is_some_and(|value| !value.is_string()) {
                return Err(TokenError(name));
            }
        }
        Ok(Self { scope, audiences, expires_at, not_before, claims })
    }

    /// The `sub` of the person who let the app act for them; `None` where a client acts for itself
    /// (`client_credentials`).
    ///
    /// RFC 9068, 5: such a client is the `sub` of its token. It shall not pass for a person, even where it was given
    /// somebody's `sub` as its ID; hence nothing here gives the `sub` without looking.
    pub fn person(&self) -> Option<&str> {
        self.text("sub").filter(|sub| Some(*sub) != self.client_id())
    }

    /// The app that shows it.
    pub fn client_id(&self) -> Option<&str> {
        self.text("client_id")
    }

    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// For whom it is meant.
    pub fn audiences(&self) -> &[String] {
        &self.audiences
    }

    pub const fn expires_at(&self) -> Option<UnixTime> {
        self.expires_at
    }

    /// Everything that was told, such as `username` or `auth_time`.
    pub const fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    pub(super) fn is_live(&self, now: UnixTime) -> bool {
        self.expires_at.is_none_or(|at| now < at) && self.not_before.is_none_or(|at| at <= now.plus(SKEW))
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }
}

/// RFC 7519, 4.1.3: one, or a list.
fn audiences(aud: Option<&Value>) -> Option<Vec<String>> {
    match aud {
        None => Some(Vec::new()),
        Some(Value::String(one)) => Some(vec![one.clone()]),
        Some(Value::Array(list)) => list.iter().map(|aud| aud.as_str().map(str::to_owned)).collect(),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn token(claims: &Value) -> Result<Token, TokenError> {
        Token::from_claims(claims.as_object().unwrap().clone())
    }

    #[test]
    fn a_client_never_passes_for_a_person() {
        let person = token(&json!({"sub": "alice", "client_id": "shop"})).unwrap();
        assert_eq!((person.person(), person.client_id()), (Some("alice"), Some("shop")));
        for claims in [json!({"sub": "alice", "client_id": "alice"}), json!({"client_id": "shop"})] {
            assert_eq!(token(&claims).unwrap().person(), None, "{claims}");
        }
    }

    #[test]
    fn what_cannot_be_read_counts_for_nothing() {
        for (name, value) in [
            ("scope", json!(["read"])),
            ("scope", json!("re\"ad")),
            ("aud", json!({"a": 1})),
            ("aud", json!(["a", 1])),
            ("exp", json!("1795176000")),
            ("nbf", json!(null)),
            ("sub", json!(1)),
            ("client_id", json!(null)),
        ] {
            let mut claims = json!({});
            claims[name] = value;
            assert_eq!(token(&claims).unwrap_err(), TokenError(name));
        }
    }

    #[test]
    fn a_token_lives_from_nbf_to_exp() {
        let token = token(&json!({"nbf": 100, "exp": 200})).unwrap();
        let lives = |now| token.is_live(UnixTime(now));
        assert!(!lives(69) && lives(70) && lives(199) && !lives(200));
    }
}
