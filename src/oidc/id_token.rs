//! The ID token (OpenID Connect Core 2, 3.1.3.6).

use serde::Serialize;
use serde_json::{Map, Value};

use super::audience::Audience;
use super::grant::Grant;
use super::jose::{self, Alg};
use super::time::UnixTime;

/// How a password sign-in is described: the class of SAML 2.0's registry, and RFC 8176's method.
pub const ACR_PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
pub(super) const AMR_PASSWORD: [&str; 1] = ["pwd"];

#[derive(Debug, Serialize)]
pub struct IdToken {
    iss: String,
    sub: String,
    aud: Audience,
    /// Told where there are several audiences (OpenID Connect Core 2).
    #[serde(skip_serializing_if = "Option::is_none")]
    azp: Option<String>,
    exp: UnixTime,
    iat: UnixTime,
    auth_time: UnixTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    acr: String,
    amr: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    at_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c_hash: Option<String>,
    jti: String,
    /// Empty where nobody signed in in a browser.
    #[serde(skip_serializing_if = "String::is_empty")]
    sid: String,
    #[serde(flatten, skip_serializing_if = "Map::is_empty")]
    claims: Map<String, Value>,
}

/// What an ID token is made for.
pub struct Occasion<'a> {
    pub issuer: &'a str,
    pub sub: String,
    /// Audiences beside the client.
    pub audiences: &'a [String],
    /// Random.
    pub jti: String,
    pub alg: Alg,
    pub now: UnixTime,
    /// Seconds.
    pub lifetime: i64,
    pub nonce: Option<String>,
    /// The token that it comes with.
    pub access_token: Option<&'a str>,
    /// The code that it comes with, where both come from the authorization endpoint.
    pub code: Option<&'a str>,
    /// Claims about the person that belong in it.
    pub claims: Map<String, Value>,
}

impl IdToken {
    pub fn new(grant: &Grant, occasion: Occasion) -> Self {
        Self {
            iss: occasion.issuer.to_owned(),
            sub: occasion.sub,
            azp: (!occasion.audiences.is_empty()).then(|| grant.client_id.clone()),
            aud: Audience::of(std::iter::once(&grant.client_id).chain(occasion.audiences).cloned()),
            exp: occasion.now.plus(occasion.lifetime),
            iat: occasion.now,
            auth_time: grant.auth_time,
            nonce: occasion.nonce,
            acr: grant.acr.clone(),
            amr: AMR_PASSWORD,
            at_hash: occasion.access_token.map(|token| jose::hash_half(occasion.alg, token)),
            c_hash: occasion.code.map(|code| jose::hash_half(occasion.alg, code)),
            jti: occasion.jti,
            sid: grant.sid.clone(),
            claims: occasion.claims,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::scope::Scope;
    use serde_json::json;

    #[test]
    fn the_claims_are_those_of_the_specification_and_no_others() {
        let grant = Grant {
            id: "g".into(),
            client_id: "shop".into(),
            user_id: "u".into(),
            sid: "s".into(),
            scope: Scope::parse("openid").unwrap(),
            auth_time: UnixTime(900),
            acr: ACR_PASSWORD.into(),
            claims: String::new(),
            resources: Vec::new(),
            is_offline: false,
            created_at: UnixTime(1_000),
        };
        let occasion = Occasion {
            issuer: "https://op.example",
            sub: "u".into(),
            audiences: &[],
            jti: "j".into(),
            alg: Alg::RS256,
            now: UnixTime(1_000),
            lifetime: 600,
            nonce: Some("n".into()),
            // OpenID Connect Core, A.3 and A.4: this token has this hash.
            access_token: Some("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
            code: Some("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"),
            claims: Map::new(),
        };
        assert_eq!(
            json!(IdToken::new(&grant, occasion)),
            json!({
                "iss": "https://op.example", "sub": "u", "aud": "shop", "exp": 1_600, "iat": 1_000,
                "auth_time": 900, "nonce": "n", "acr": ACR_PASSWORD, "amr": ["pwd"],
                "at_hash": "77QmUPtjPfzWtF2AnpK9RQ", "c_hash": "LDktKdoQak3Pk0cnXxCltA", "jti": "j", "sid": "s",
            })
        );
    }
}
