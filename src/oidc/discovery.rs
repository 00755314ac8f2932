//! What the provider says about itself (OpenID Connect Discovery 3, RFC 8414 2).

use serde_json::{Map, Value, json};

use super::claims::ScopeEntry;
use super::client::{AuthMethod, GrantType};
use super::features::Features;
use super::id_token::ACR_PASSWORD;
use super::jose::Alg;
use super::keys::KeyRing;
use super::options::SubjectType;
use super::options::{ContentEncryption, KeyManagement};
use super::response::{ResponseMode, ResponseType};

/// Claims that are not about the person's profile.
const TOKEN_CLAIMS: [&str; 10] =
    ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid"];

/// The metadata document of `issuer`, the same for OpenID Connect and OAuth 2.0 (RFC 8414 5).
pub fn document(issuer: &str, keys: &KeyRing, scopes: &[ScopeEntry], features: Features) -> Value {
    let at = |path: &str| json!(format!("{issuer}{path}"));
    let methods: Vec<_> = AuthMethod::ALL.iter().map(|method| method.as_str()).collect();
    let confidential: Vec<_> = methods.iter().filter(|method| **method != "none").collect();
    // With keys of ours, and with the secrets of clients.
    let client_algs: Vec<_> = keys.algs().into_iter().chain(Alg::SYMMETRIC).map(Alg::as_str).collect();
    let assertion_algs: Vec<_> = Alg::ALL.into_iter().chain(Alg::SYMMETRIC).map(Alg::as_str).collect();
    let key_management = json!(KeyManagement::ALL);
    let content_encryption = json!(ContentEncryption::ALL);
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
        ("end_session_endpoint", at("/logout")),
        ("frontchannel_logout_supported", json!(true)),
        ("frontchannel_logout_session_supported", json!(true)),
        ("backchannel_logout_supported", json!(true)),
        ("backchannel_logout_session_supported", json!(true)),
        ("scopes_supported", json!(scopes.iter().map(|entry| &entry.name).collect::<Vec<_>>())),
        ("response_types_supported", json!(response_types(features))),
        ("response_modes_supported", json!(ResponseMode::ALL.map(ResponseMode::as_str))),
        ("grant_types_supported", json!(grant_types(features))),
        ("acr_values_supported", json!([ACR_PASSWORD])),
        (
            "subject_types_supported",
            json!(SubjectType::ALL.iter().map(|own| own.as_str()).collect::<Vec<_>>()),
        ),
        ("id_token_signing_alg_values_supported", json!(client_algs)),
        ("token_endpoint_auth_methods_supported", json!(methods)),
        ("token_endpoint_auth_signing_alg_values_supported", json!(assertion_algs)),
        ("introspection_endpoint", at("/introspect")),
        ("introspection_endpoint_auth_methods_supported", json!(confidential)),
        ("introspection_endpoint_auth_signing_alg_values_supported", json!(assertion_algs)),
        ("revocation_endpoint", at("/revoke")),
        ("revocation_endpoint_auth_methods_supported", json!(methods)),
        ("revocation_endpoint_auth_signing_alg_values_supported", json!(assertion_algs)),
        ("userinfo_signing_alg_values_supported", json!(client_algs)),
        ("userinfo_encryption_alg_values_supported", key_management.clone()),
        ("userinfo_encryption_enc_values_supported", content_encryption.clone()),
        ("id_token_encryption_alg_values_supported", key_management),
        ("id_token_encryption_enc_values_supported", content_encryption),
        ("protected_resources", json!([format!("{issuer}/userinfo")])),
        ("display_values_supported", json!(["page"])),
        ("claim_types_supported", json!(["normal"])),
        ("claims_supported", json!(claims)),
        ("ui_locales_supported", json!(["en"])),
        ("prompt_values_supported", json!(["none", "login", "consent", "select_account"])),
        ("claims_parameter_supported", json!(true)),
        ("request_parameter_supported", json!(true)),
        ("request_uri_parameter_supported", json!(true)),
        ("require_request_uri_registration", json!(true)),
        ("require_signed_request_object", json!(features.require_signed_request_object)),
        (
            "request_object_signing_alg_values_supported",
            json!(Alg::ALL.iter().chain(&Alg::SYMMETRIC).map(|alg| alg.as_str()).collect::<Vec<_>>()),
        ),
        ("request_object_encryption_alg_values_supported", words(KeyManagement::ALL, KeyManagement::as_str)),
        (
            "request_object_encryption_enc_values_supported",
            words(ContentEncryption::ALL, ContentEncryption::as_str),
        ),
        ("code_challenge_methods_supported", challenge_methods(features)),
        ("authorization_response_iss_parameter_supported", json!(true)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    Value::Object(members)
}

/// The metadata of UserInfo as a protected resource (RFC 9728 2).
pub fn protected_resource(issuer: &str, scopes: &[ScopeEntry], features: Features) -> Value {
    let bearer_methods: &[_] =
        if features.query_token { &["header", "body", "query"] } else { &["header", "body"] };
    json!({
        "resource": format!("{issuer}/userinfo"),
        "authorization_servers": [issuer],
        "scopes_supported": scopes.iter().map(|entry| &entry.name).collect::<Vec<_>>(),
        "bearer_methods_supported": bearer_methods,
    })
}

fn words<T: Copy>(values: &[T], word: impl Fn(T) -> &'static str) -> Value {
    values.iter().map(|value| word(*value)).collect()
}

fn response_types(features: Features) -> Vec<&'static str> {
    let offered = ResponseType::ALL.into_iter().filter(|own| features.implicit || !own.is_front_channel());
    offered.map(ResponseType::as_str).collect()
}

fn grant_types(features: Features) -> Vec<&'static str> {
    let is_offered = |own: &GrantType| match own {
        GrantType::Implicit => features.implicit,
        GrantType::Password => features.password_grant,
        _ => true,
    };
    GrantType::ALL.iter().copied().filter(is_offered).map(GrantType::as_str).collect()
}

fn challenge_methods(features: Features) -> Value {
    if features.plain_pkce { json!(["S256", "plain"]) } else { json!(["S256"]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::claims::standard_scopes;

    // Conformance: D-1, D-2, D-21
    #[test]
    fn every_endpoint_stands_below_the_issuer() {
        let document =
            document("https://op.example/id", &KeyRing::default(), &standard_scopes(), Features::default());
        for (name, value) in document.as_object().unwrap() {
            assert!(!value.is_null(), "{name}");
            if name.ends_with("_endpoint") || name == "jwks_uri" {
                assert!(value.as_str().unwrap().starts_with("https://op.example/id/"), "{name}");
            }
        }
        assert_eq!(document["request_uri_parameter_supported"], true);
    }

    #[test]
    fn what_is_switched_off_is_absent() {
        let off = Features { implicit: false, plain_pkce: true, ..Features::default() };
        let document = document("https://op.example", &KeyRing::default(), &standard_scopes(), off);
        assert_eq!(document["response_types_supported"], json!(["code"]));
        assert!(!document["grant_types_supported"].as_array().unwrap().contains(&json!("implicit")));
        assert_eq!(document["code_challenge_methods_supported"], json!(["S256", "plain"]));
    }
}
