//! Any text as a token, against keys whose private halves nobody kept: it must never be accepted.
#![no_main]

use std::sync::LazyLock;

use cardea::oidc::jose::{Alg, JwtError, PrivateKey, PublicKey, verify};
use libfuzzer_sys::fuzz_target;

/// One key of each kind; the second half has neither `kid` nor `alg`, and so fits more tokens.
static KEYS: LazyLock<Vec<PublicKey>> = LazyLock::new(|| {
    let jwks = [Alg::RS256, Alg::ES256, Alg::ES384, Alg::ES512, Alg::EdDSA].map(|alg| {
        let key = PrivateKey::generate(alg, None).expect("a key of the default size can be made");
        key.public_jwk("k1")
    });
    let open = jwks.clone().map(|mut jwk| {
        let members = jwk.as_object_mut().expect("a JWK is an object");
        members.retain(|name, _| name != "kid" && name != "alg");
        jwk
    });
    let read = |jwk| PublicKey::from_jwk(&jwk).expect("our own keys are good");
    jwks.into_iter().chain(open).map(read).collect()
});

fuzz_target!(|token: &str| {
    let Err(error) = verify(token, &KEYS, &Alg::ALL) else { panic!("accepted: {token}") };
    // Claims are read only after a good signature, which nobody can make.
    assert!(!matches!(error, JwtError::Claims | JwtError::Time(_)), "{error}");
});
