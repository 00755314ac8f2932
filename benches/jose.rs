//! What signatures and encryption cost: RS256 is made once in every code flow.

use std::hint::black_box;

use cardea::oidc::jose::{
    Accept, Accepted, Alg, ClientKeys, ContentEncryption, DecryptionKey, Envelope, KeyManagementAlg, Openers,
    PrivateKey, PublicKey, Recipient, SharedSecret, Signers, Typ, decrypt, encrypt, jwks, sign,
    sign_with_secret, verify, verify_jwt,
};
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

/// What a client with a secret sends, and how it is known by its keys.
fn clients(c: &mut Criterion) {
    let claims = claims();
    let secret = [SharedSecret::new("gX1fBat3bV-gX1fBat3bV-gX1fBat3bV-gX1fBat3bV")];
    c.bench_function("sign HS256", |b| {
        b.iter(|| sign_with_secret(&secret[0], Alg::HS256, None, black_box(&claims)));
    });
    let token = sign_with_secret(&secret[0], Alg::HS256, None, &claims).expect("the secret is long enough");
    let accept = Accept { algs: &[Alg::HS256], typ: Typ::Any };
    c.bench_function("verify HS256", |b| {
        b.iter(|| verify_jwt(black_box(&token), &Signers { keys: &[], secrets: &secret }, &accept));
    });
    let keys = [Alg::RS256, Alg::ES256].map(|alg| {
        let key = PrivateKey::generate(alg, None).expect("a key of the default size can be made");
        key.public_jwk(&key.thumbprint())
    });
    let set = jwks(keys).to_string();
    c.bench_function("read a JWK set of two keys", |b| {
        b.iter(|| ClientKeys::parse(black_box(set.as_bytes())));
    });
}

/// An ID token within an encrypted one, as long as it usually is.
fn encryption(c: &mut Criterion) {
    let message = vec![b'a'; 900];
    let enc = ContentEncryption::A256Gcm;
    for alg in [KeyManagementAlg::RsaOaep256, KeyManagementAlg::EcdhEs, KeyManagementAlg::EcdhEsA128Kw] {
        let key = DecryptionKey::generate(alg, None).expect("a key of the default size can be made");
        let keys = [("k1".to_owned(), key)];
        let set = ClientKeys::from_jwks(&jwks([keys[0].1.public_jwk("k1")])).expect("our own keys are good");
        let to = Recipient::Key(set.encrypting(alg).expect("the key fits its algorithm"));
        let envelope = Envelope { alg, enc, cty: Some("JWT") };
        c.bench_function(&format!("encrypt {alg} {enc}"), |b| {
            b.iter(|| encrypt(black_box(&message), &envelope, &to, &[7; 80]));
        });
        let token = encrypt(&message, &envelope, &to, &[7; 80]).expect("the key fits its algorithm");
        let openers = Openers { keys: &keys, secrets: &[] };
        c.bench_function(&format!("decrypt {alg} {enc}"), |b| {
            b.iter(|| decrypt(black_box(&token), &openers, &Accepted { algs: &[alg], encs: &[enc] }));
        });
    }
}

criterion_group!(benches, bench, clients, encryption);
criterion_main!(benches);
