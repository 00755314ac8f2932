//! What the provider says about itself (OpenID Connect Discovery 3, RFC 8414 2).

use serde_json::{Map, Value, json};

use super::claims::ScopeEntry;
use super::client::{AuthMethod, GrantType};
use super::id_token::ACR_PASSWORD;
use super::keys::KeyRing;
use super::options::SubjectType;
use super::response::{ResponseMode, ResponseType};

/// Claims that are not about the person's profile.
const TOKEN_CLAIMS: [&str; 9] = ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr"];

/// The metadata document of `issuer`, the same for OpenID Connect and OAuth 2.0 (RFC 8414 5).
pub fn document(issuer: &str, keys: &KeyRing, scopes: &[ScopeEntry]) -> Value {
    let at = |path: &str| json!(format!("{issuer}{path}"));
    let methods: Vec<_> = AuthMethod::ALL.iter().map(|method| method.as_str()).collect();
    let algs: Vec<_> = keys.algs().iter().map(|alg| alg.as_str()).collect();
    let mut claims: Vec<&str> = TOKEN_CLAIMS.to_vec();
    for claim in scopes.iter().flat_map(|entry| &entry.claims) {
        if !claims.contains(&claim.as_str()) {
            claims.push(claim);
        }
    }
    let members: Map<String, Value> = [
        ("issuer", json!(issuer)),
        ("authorization_endpoint", at("/authorize")),
        ("token_endpoint", at("/token")),
        ("userinfo_endpoint", at("/userinfo")),
        ("jwks_uri", at("/jwks")),
        ("scopes_supported", json!(scopes.iter().map(|entry| &entry.name).collect::<Vec<_>>())),
        ("response_types_supported", json!(ResponseType::ALL.map(ResponseType::as_str))),
        ("response_modes_supported", json!(ResponseMode::ALL.map(ResponseMode::as_str))),
        (
            "grant_types_supported",
            json!(GrantType::ALL.iter().map(|grant| grant.as_str()).collect::<Vec<_>>()),
        ),
        ("acr_values_supported", json!([ACR_PASSWORD])),
        (
            "subject_types_supported",
            json!(SubjectType::ALL.iter().map(|own| own.as_str()).collect::<Vec<_>>()),
        ),
        ("id_token_signing_alg_values_supported", json!(algs)),
        ("token_endpoint_auth_methods_supported", json!(methods)),
        ("display_values_supported", json!(["page"])),
        ("claim_types_supported", json!(["normal"])),
        ("claims_supported", json!(claims)),
        ("ui_locales_supported", json!(["en"])),
        ("prompt_values_supported", json!(["none", "login", "consent", "select_account"])),
        ("claims_parameter_supported", json!(false)),
        ("request_parameter_supported", json!(false)),
        // OpenID Connect Discovery 3: true unless it is said otherwise.
        ("request_uri_parameter_supported", json!(false)),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("authorization_response_iss_parameter_supported", json!(true)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    Value::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::claims::standard_scopes;

    #[test]
    fn every_endpoint_stands_below_the_issuer() {
        let document = document("https://op.example/id", &KeyRing::default(), &standard_scopes());
        for (name, value) in document.as_object().unwrap() {
            assert!(!value.is_null(), "{name}");
            if name.ends_with("_endpoint") || name == "jwks_uri" {
                assert!(value.as_str().unwrap().starts_with("https://op.example/id/"), "{name}");
            }
        }
        assert_eq!(document["request_uri_parameter_supported"], false);
    }
}
