//! Any query as an authorization request: nobody is redirected but to a registered URI, and what is granted needs a
//! session and consent.
#![no_main]

mod shared;

use std::sync::LazyLock;

use cardea::oidc::authorize::{Ground, Met, Params, Request, Standing, Step};
use cardea::oidc::claims::standard_scopes;
use cardea::oidc::client::Client;
use cardea::oidc::error::Refusal;
use cardea::oidc::features::Features;
use cardea::oidc::keys::KeyRing;
use cardea::oidc::metadata::Metadata;
use cardea::oidc::scope::Scope;
use cardea::oidc::session::{Consent, Session};
use cardea::oidc::time::UnixTime;
use libfuzzer_sys::fuzz_target;

const ISSUER: &str = "https://op.example";
const NOW: UnixTime = UnixTime(1_795_190_400);

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let metadata = Metadata {
        redirect_uris: ["https://a.example/cb", "https://a.example/q?x=1", "com.example.a:/cb"]
            .map(Into::into)
            .into(),
        grant_types: Some(vec!["authorization_code".into(), "refresh_token".into()]),
        ..Metadata::default()
    };
    metadata.check("a".into(), NOW).expect("this client keeps the rules")
});

fuzz_target!(|query: &[u8]| {
    let params = Params::parse(query);
    let keys = KeyRing::default();
    let scopes = standard_scopes();
    let is_named = params.client_id.as_deref() == Some("a");
    let ground = Ground {
        client: is_named.then_some(&*CLIENT),
        scopes: &scopes,
        keys: &keys,
        secrets: &[],
        issuer: ISSUER,
        features: Features::default(),
    };
    match Request::check(&params, &ground) {
        Ok(request) => {
            assert!(CLIENT.redirect_uris.contains(&request.reply_to.redirect_uri));
            assert!(!request.scope.is_empty());
            step(&request);
        }
        Err(refusal) => told_safely(&refusal),
    }
});

fn step(request: &Request) {
    let nobody = Standing { session: None, sub: "", consent: None, met: &Met::default(), now: NOW };
    assert_ne!(request.next(&CLIENT, &nobody).ok(), Some(Step::Grant));
    let session = Session { sid: "s".into(), user_id: "u".into(), auth_time: NOW };
    let consent =
        Consent { scope: Scope::parse("openid").expect("a scope"), granted_at: NOW, expires_at: NOW.plus(1) };
    let standing = Standing {
        session: Some(&session),
        sub: "u",
        consent: Some(&consent),
        met: &Met::default(),
        now: NOW,
    };
    match request.next(&CLIENT, &standing) {
        Ok(Step::Grant) => assert!(request.scope.is_within(&consent.scope) && !request.prompt.consent),
        Ok(_) => assert!(!request.prompt.none),
        Err(refusal) => told_safely(&refusal),
    }
}

fn told_safely(refusal: &Refusal) {
    shared::told_safely(refusal, ISSUER, |reply_to| CLIENT.redirect_uris.contains(&reply_to.redirect_uri));
}
