//! Any bytes as a client's JWK set, and with whatever keys it yields: forged tokens are refused, and what is
//! encrypted to a key says so.
#![no_main]

use cardea::oidc::jose::{
    Accept, Alg, ClientKeys, ContentEncryption, Envelope, KeyManagementAlg, Recipient, Signers, Typ, encrypt,
    is_encrypted, verify_jwt,
};
use libfuzzer_sys::fuzz_target;

/// Headers `{"alg":"RS256"}`, `{"alg":"ES256","kid":"k1"}` and `{"alg":"EdDSA"}`, claims `{}`, and no signature.
const FORGED: [&str; 3] =
    ["eyJhbGciOiJSUzI1NiJ9.e30.", "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIn0.e30.", "eyJhbGciOiJFZERTQSJ9.e30."];

fuzz_target!(|jwks: &[u8]| {
    let Ok(keys) = ClientKeys::parse(jwks) else { return };
    let signers = Signers { keys: keys.verifying(), secrets: &[] };
    for token in FORGED {
        let accept = Accept { algs: &Alg::ALL, typ: Typ::Any };
        assert!(verify_jwt(token, &signers, &accept).is_err(), "{keys:?}");
    }
    for alg in KeyManagementAlg::ALL {
        let Some(key) = keys.encrypting(alg) else { continue };
        let envelope = Envelope { alg, enc: ContentEncryption::A128CbcHs256, cty: Some("JWT") };
        // OpenSSL may refuse a point of small order, or a modulus that is none.
        if let Ok(token) = encrypt(b"the message", &envelope, &Recipient::Key(key), &[7; 80]) {
            assert!(is_encrypted(&token), "{token}");
        }
    }
});
