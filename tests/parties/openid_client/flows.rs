//! Response types and modes, and tokens without a person.

use serde_json::{Value, json};

use super::{NOTHING, metadata, party, prove, sign_in, with};
use crate::provider::Provider;
use crate::support::{Kind, on_both};
use crate::tour::Tour;

#[test]
fn takes_a_form_post_answer() {
    let provider = Provider::start(Kind::Sqlite);
    let mut party = party(&provider);
    party.ask("discover", &provider.add_client(&metadata(json!({}))));
    let granted = sign_in(&mut party, &Tour::new(&provider), json!({ "response_mode": "form_post" }));
    prove(&mut party, &granted);
}

/// A client whose tokens come through the browser.
fn connect(provider: &Provider, response_type: &str, grant_types: &[&str]) -> Value {
    let client = provider.add_client(&metadata(json!({
        "response_types": [response_type],
        "grant_types": grant_types,
    })));
    with(client, json!({ "response_type": response_type }))
}

on_both! {
    fn signs_in_by_the_hybrid_flow(setup) {
        let provider = Provider::start(setup.kind());
        let mut party = party(&provider);
        let grant_types = ["authorization_code", "implicit", "refresh_token"];
        party.ask("discover", &connect(&provider, "code id_token", &grant_types));
        for response_mode in ["fragment", "form_post"] {
            let tour = Tour::new(&provider);
            let granted = sign_in(&mut party, &tour, json!({ "response_mode": response_mode }));
            prove(&mut party, &granted);
        }
    }
}

#[test]
fn signs_in_by_an_id_token_alone() {
    let provider = Provider::start(Kind::Sqlite);
    let mut party = party(&provider);
    party.ask("discover", &connect(&provider, "id_token", &["implicit"]));
    for response_mode in ["fragment", "form_post"] {
        let members = json!({ "scope": "openid email", "response_mode": response_mode });
        let granted = sign_in(&mut party, &Tour::new(&provider), members);
        assert_eq!(granted["claims"]["sub"], "sub-of-alice");
        // OpenID Connect Core 5.4: without an access token the claims stand in the ID token.
        assert_eq!(granted["claims"]["email"], "alice@example.org");
    }
}

#[test]
fn has_tokens_of_its_own_introspected_and_revoked() {
    let provider = Provider::start(Kind::Sqlite);
    let mut party = party(&provider);
    let members = json!({
        "grant_types": ["client_credentials"],
        "response_types": [],
        "redirect_uris": [],
        "scope": "email",
    });
    party.ask("discover", &provider.add_client(&metadata(members)));
    let token = party.ask("client_credentials", &NOTHING)["access_token"].take();
    let before = party.ask("introspect", &token);
    assert_eq!((&before["active"], &before["client_id"]), (&json!(true), &json!("shop")));
    assert_eq!(before["scope"], "email");
    party.ask("revoke", &token);
    assert_eq!(party.ask("introspect", &token), json!({ "active": false }));
}
