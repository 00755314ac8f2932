//! What a signature costs: RS256 is made once in every code flow.

use std::hint::black_box;

use cardea::oidc::jose::{Alg, PrivateKey, PublicKey, sign, verify};
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};

/// An id_token of usual size.
fn claims() -> Value {
    json!({
        "iss": "https://id.example.com",
        "sub": "9f2c7d0e4b8a4c7f8e1d3b5a7c9e0f12",
        "aud": "shop",
        "exp": 1_795_191_556, "iat": 1_795_190_956, "auth_time": 1_795_190_950,
        "nonce": "n-0S6_WzA2Mj-n-0S6_WzA2Mj",
        "at_hash": "77QmUPtjPfzWtF2AnpK9RQ",
        "acr": "0", "amr": ["pwd"], "sid": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    })
}

fn bench(c: &mut Criterion) {
    let claims = claims();
    for alg in [Alg::RS256, Alg::ES256, Alg::EdDSA] {
        let key = PrivateKey::generate(alg, None).expect("a key of the default size can be made");
        let kid = key.thumbprint();
        c.bench_function(&format!("sign {alg}"), |b| {
            b.iter(|| sign(&key, black_box(&kid), Some("JWT"), black_box(&claims)));
        });
        let token = sign(&key, &kid, Some("JWT"), &claims).expect("the key fits its algorithm");
        let keys = [PublicKey::from_jwk(&key.public_jwk(&kid)).expect("our own keys are good")];
        c.bench_function(&format!("verify {alg}"), |b| {
            b.iter(|| verify(black_box(&token), &keys, &[alg]));
        });
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
