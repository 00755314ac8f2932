//! Any JSON as a key set, as clients publish it, and a forged token against whatever keys it yields.
#![no_main]

use cardea::oidc::jose::{Alg, PublicKey, verify};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// Headers `{"alg":"RS256"}`, `{"alg":"ES256"}` and `{"alg":"EdDSA"}`, claims `{}`, and no signature.
const FORGED: [&str; 3] =
    ["eyJhbGciOiJSUzI1NiJ9.e30.", "eyJhbGciOiJFUzI1NiJ9.e30.", "eyJhbGciOiJFZERTQSJ9.e30."];

fuzz_target!(|jwks: &[u8]| {
    let Ok(jwks) = serde_json::from_slice::<Value>(jwks) else { return };
    let keys = PublicKey::set_from_jwks(&jwks);
    for token in FORGED {
        assert!(verify(token, &keys, &Alg::ALL).is_err(), "{keys:?}");
    }
});
