//! Any JSON as the claims of a client's signed assertion, whole or within a token: it proves that client only, for us
//! only, and for an hour at most.
#![no_main]

mod shared;

use std::sync::LazyLock;

use cardea::oidc::client::Client;
use cardea::oidc::client_assertion::{Audiences, check, claimed_client};
use cardea::oidc::metadata::Metadata;
use cardea::oidc::time::UnixTime;
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};
use shared::told_safely;

const ISSUER: &str = "https://op.example";
const NOW: UnixTime = UnixTime(1_795_190_400);

/// The second knows the issuer as its only audience.
static CLIENTS: LazyLock<[Client; 2]> = LazyLock::new(|| {
    [None, Some(true)].map(|strict_audience| {
        let redirect_uris = vec!["https://a.example/cb".into()];
        let metadata = Metadata { redirect_uris, strict_audience, ..Metadata::default() };
        metadata.check("a".into(), NOW).expect("this client keeps the rules")
    })
});

fuzz_target!(|text: &str| {
    let _ = claimed_client(text);
    let Ok(claims) = serde_json::from_str::<Map<String, Value>>(text) else { return };
    let endpoints = ["https://op.example/token".to_owned()];
    let audiences = Audiences { issuer: ISSUER, endpoints: &endpoints };
    let is_for_us = |aud: &Value| *aud == ISSUER || *aud == endpoints[0];
    let [plain, strict] = CLIENTS.each_ref().map(|client| check(&claims, client, &audiences, NOW));
    match &plain {
        Ok(assertion) => {
            assert_eq!((&claims["iss"], &claims["sub"]), (&Value::from("a"), &Value::from("a")));
            assert!(
                claims["aud"]
                    .as_array()
                    .map_or_else(|| is_for_us(&claims["aud"]), |all| all.iter().any(is_for_us))
            );
            assert!(NOW < assertion.expires_at && assertion.expires_at <= NOW.plus(3_630));
            assert!(claims["jti"].as_str().is_some_and(|jti| !jti.is_empty()));
            assert_eq!(strict.is_ok(), claims["aud"] == ISSUER);
        }
        Err(refusal) => {
            told_safely(refusal, ISSUER, |_| false);
            assert!(strict.is_err());
        }
    }
});
