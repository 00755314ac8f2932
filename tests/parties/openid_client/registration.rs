//! Clients that register themselves (OpenID Connect Registration 3).

use serde_json::{Value, json};

use super::{CALLBACK, party, prove, sign_in};
use crate::party::Party;
use crate::provider::Provider;
use crate::support::{Kind, on_both};
use crate::tour::Tour;

fn metadata() -> Value {
    json!({
        "client_name": "The shop",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "client_secret_post",
    })
}

/// Signs somebody in, with what was registered.
fn use_it(party: &mut Party, provider: &Provider, registered: &Value) {
    assert_eq!(registered["client_name"], "The shop");
    assert!(registered["client_secret"].as_str().unwrap().len() >= 32);
    assert_eq!(registered["client_secret_expires_at"], 0);
    let granted = sign_in(party, &Tour::new(provider), json!({}));
    assert_eq!(granted["claims"]["aud"], registered["client_id"]);
    prove(party, &granted);
}

on_both! {
    fn registers_and_signs_in(setup) {
        let provider = Provider::start_with(setup.kind(), &[("registration.mode", "open")]);
        let mut party = party(&provider);
        let registered =
            party.ask("register", &json!({ "issuer": provider.issuer(), "metadata": metadata() }));
        use_it(&mut party, &provider, &registered);
    }
}

#[test]
fn registers_with_an_initial_access_token_and_not_without() {
    let provider = Provider::start_with(Kind::Sqlite, &[("registration.mode", "token")]);
    let mut party = party(&provider);
    let mut request = json!({ "issuer": provider.issuer(), "metadata": metadata() });
    // RFC 6750 3.1: who shows no token is told no more than that one is wanted.
    assert_eq!(party.refusal("register", &request), "OAUTH_WWW_AUTHENTICATE_CHALLENGE");
    request["initial_access_token"] = "guessed".into();
    assert_eq!(party.refusal("register", &request), "invalid_token");
    request["initial_access_token"] = provider.initial_access_token().into();
    let registered = party.ask("register", &request);
    use_it(&mut party, &provider, &registered);
}
