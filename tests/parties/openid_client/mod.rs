//! npm `openid-client`.

mod flows;
mod jose;
mod logout;
mod registration;

use serde_json::{Value, json};

use crate::party::Party;
use crate::provider::Provider;
use crate::support::{Kind, on_both};
use crate::tour::{Tour, left_to};

const CALLBACK: &str = "https://shop.example/cb";
const GOODBYE: &str = "https://shop.example/goodbye";
const NOTHING: Value = Value::Null;

fn party(provider: &Provider) -> Party {
    Party::node(include_str!("party.mjs"), &provider.certificate)
}

/// An object with further members, or with other values of its members.
fn with(mut object: Value, members: Value) -> Value {
    let (Value::Object(whole), Value::Object(members)) = (&mut object, members) else {
        panic!("both are objects");
    };
    whole.extend(members);
    object
}

/// A client that may refresh.
fn metadata(members: Value) -> Value {
    let usual = json!({
        "client_id": "shop",
        "client_name": "The shop",
        "redirect_uris": [CALLBACK],
        "post_logout_redirect_uris": [GOODBYE],
        "grant_types": ["authorization_code", "refresh_token"],
    });
    with(usual, members)
}

/// What begins a sign-in.
fn parameters(members: Value) -> Value {
    with(json!({ "redirect_uri": CALLBACK, "scope": "openid email offline_access" }), members)
}

/// Signs alice in; gives what the party was granted.
fn sign_in(party: &mut Party, tour: &Tour, members: Value) -> Value {
    let parameters = parameters(members);
    let url = party.ask("authorization_url", &parameters);
    let page = tour.sign_in(url.as_str().unwrap(), "alice");
    let is_posted = parameters["response_mode"] == "form_post";
    party.ask("callback", &json!({ "url": left_to(&page), "is_posted": is_posted }))
}

/// Claims and tokens, then UserInfo, then new tokens for the refresh token, which is good for nothing then.
fn prove(party: &mut Party, granted: &Value) {
    assert_eq!(granted["claims"]["sub"], "sub-of-alice");
    assert_eq!(party.ask("userinfo", &NOTHING)["email"], "alice@example.org");
    let renewed = party.ask("refresh", &NOTHING);
    assert_eq!(renewed["claims"]["sub"], "sub-of-alice");
    assert_ne!(renewed["access_token"], granted["access_token"]);
    assert_eq!(party.ask("userinfo", &NOTHING)["sub"], "sub-of-alice");
    assert_eq!(party.refusal("refresh_with", &granted["refresh_token"]), "invalid_grant");
    assert_eq!(party.refusal("refresh", &NOTHING), "invalid_grant", "the family has ended");
}

on_both! {
    fn signs_in_and_refreshes(setup) {
        let provider = Provider::start(setup.kind());
        let mut party = party(&provider);
        let discovered = party.ask("discover", &provider.add_client(&metadata(json!({}))));
        assert_eq!(discovered["issuer"], provider.issuer());
        let granted = sign_in(&mut party, &Tour::new(&provider), json!({}));
        prove(&mut party, &granted);
    }
}

#[test]
fn proves_itself_by_secret_or_by_pkce_alone() {
    let provider = Provider::start(Kind::Sqlite);
    let mut party = party(&provider);
    for method in ["client_secret_post", "none"] {
        let members = json!({ "client_id": method, "token_endpoint_auth_method": method });
        party.ask("discover", &provider.add_client(&metadata(members)));
        let granted = sign_in(&mut party, &Tour::new(&provider), json!({}));
        prove(&mut party, &granted);
    }
}
