//! What the rules of a code flow cost, apart from its signature, the database and the network.

#![expect(clippy::unwrap_used, reason = "what is measured is known to be good")]

use std::hint::black_box;

use cardea::oidc::authorize::{Ground, Params, Request};
use cardea::oidc::claims::standard_scopes;
use cardea::oidc::client::Client;
use cardea::oidc::client_auth::Credentials;
use cardea::oidc::discovery;
use cardea::oidc::features::Features;
use cardea::oidc::keys::KeyRing;
use cardea::oidc::metadata::Metadata;
use cardea::oidc::secret;
use cardea::oidc::time::UnixTime;
use cardea::oidc::token::{Form, TokenRequest};
use criterion::{Criterion, criterion_group, criterion_main};

const ISSUER: &str = "https://id.example.com";
const AUTHORIZE: &str = "response_type=code&client_id=shop&redirect_uri=https%3A%2F%2Fshop.example%2Fcb\
    &scope=openid%20profile%20email&state=af0ifjsldkjaf0ifjsldkj&nonce=n-0S6_WzA2Mj-n-0S6_WzA2Mj\
    &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
const TOKEN: &str = "grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIASplxlOBeZQQYbYS6WxSbIA\
    &redirect_uri=https%3A%2F%2Fshop.example%2Fcb&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const BASIC: &str = "Basic c2hvcDpzZWNyZXQ=";

fn shop() -> Client {
    let metadata = Metadata { redirect_uris: vec!["https://shop.example/cb".into()], ..Metadata::default() };
    metadata.check("shop".into(), UnixTime(0)).unwrap()
}

fn bench(c: &mut Criterion) {
    let (client, scopes, keys) = (shop(), standard_scopes(), KeyRing::default());
    c.bench_function("check an authorization request", |b| {
        b.iter(|| {
            let ground = Ground {
                client: Some(&client),
                scopes: &scopes,
                keys: &keys,
                secrets: &[],
                issuer: ISSUER,
                features: Features::default(),
            };
            Request::check(&Params::parse(black_box(AUTHORIZE.as_bytes())), &ground).unwrap()
        });
    });
    let reply_to = {
        let ground = Ground {
            client: Some(&client),
            scopes: &scopes,
            keys: &keys,
            secrets: &[],
            issuer: ISSUER,
            features: Features::default(),
        };
        Request::check(&Params::parse(AUTHORIZE.as_bytes()), &ground).unwrap().reply_to
    };
    c.bench_function("write an authorization response", |b| {
        b.iter(|| reply_to.deliver(vec![("code", black_box("SplxlOBeZQQYbYS6WxSbIA").into())], ISSUER));
    });
    c.bench_function("read a token request and its client", |b| {
        b.iter(|| {
            let form = Form::parse(black_box(TOKEN.as_bytes())).unwrap();
            (Credentials::parse(Some(BASIC), &form).unwrap(), TokenRequest::parse(&form).unwrap())
        });
    });
    c.bench_function("hash a token", |b| b.iter(|| secret::hash(black_box(TOKEN))));
    c.bench_function("write the discovery document", |b| {
        b.iter(|| discovery::document(black_box(ISSUER), &keys, &scopes, Features::default()));
    });
}

criterion_group!(benches, bench);
criterion_main!(benches);
