//! npm `openid-client`.

use serde_json::{Value, json};

use crate::party::Party;
use crate::provider::Provider;
use crate::support::{Kind, on_both};
use crate::tour::{Tour, left_to};

const CALLBACK: &str = "https://shop.example/cb";
const SCOPE: &str = "openid email offline_access";

fn party(provider: &Provider) -> Party {
    Party::node(include_str!("openid_client.mjs"), &provider.certificate)
}

/// A client that may refresh, with further members of metadata.
fn metadata(members: Value) -> Value {
    let mut metadata = json!({
        "client_id": "shop",
        "client_name": "The shop",
        "redirect_uris": [CALLBACK],
        "post_logout_redirect_uris": ["https://shop.example/goodbye"],
        "grant_types": ["authorization_code", "refresh_token"],
    });
    let Value::Object(members) = members else { panic!("metadata is an object") };
    metadata.as_object_mut().unwrap().extend(members);
    metadata
}

/// Signs alice in; gives what the party was granted.
fn sign_in(party: &mut Party, tour: &Tour, parameters: Value) -> Value {
    let mut request = json!({ "redirect_uri": CALLBACK, "scope": SCOPE });
    let Value::Object(parameters) = parameters else { panic!("parameters are an object") };
    request.as_object_mut().unwrap().extend(parameters);
    let is_posted = request["response_mode"] == "form_post";
    let url = party.ask("authorization_url", &request);
    let page = tour.sign_in(url.as_str().unwrap(), "alice");
    party.ask("callback", &json!({ "url": left_to(&page), "is_posted": is_posted }))
}

/// Claims and tokens, then UserInfo, then new tokens for the refresh token, whose old one is good for nothing then.
fn prove(party: &mut Party, granted: &Value) {
    assert_eq!(granted["claims"]["sub"], "sub-of-alice");
    assert_eq!(party.ask("userinfo", &json!(null))["email"], "alice@example.org");
    let renewed = party.ask("refresh", &json!(null));
    assert_eq!(renewed["claims"]["sub"], "sub-of-alice");
    assert_ne!(renewed["access_token"], granted["access_token"]);
    assert_eq!(party.ask("userinfo", &json!(null))["sub"], "sub-of-alice");
    assert_eq!(party.refusal("refresh_with", &granted["refresh_token"]), "invalid_grant");
    assert_eq!(party.refusal("refresh", &json!(null)), "invalid_grant", "the family has ended");
}

on_both! {
    fn signs_in_and_refreshes(setup) {
        let provider = Provider::start(setup.kind());
        let mut party = party(&provider);
        let client = provider.add_client(&metadata(json!({})));
        let discovered = party.ask("discover", &client);
        assert_eq!(discovered["issuer"], provider.issuer());
        let granted = sign_in(&mut party, &Tour::new(&provider), json!({}));
        prove(&mut party, &granted);
    }
}

#[test]
fn proves_itself_by_secret_or_by_pkce_alone() {
    let provider = Provider::start(Kind::Sqlite);
    for method in ["client_secret_post", "none"] {
        let mut party = party(&provider);
        let members = json!({ "client_id": method, "token_endpoint_auth_method": method });
        party.ask("discover", &provider.add_client(&metadata(members)));
        let granted = sign_in(&mut party, &Tour::new(&provider), json!({}));
        prove(&mut party, &granted);
    }
}

#[test]
fn takes_a_form_post_answer() {
    let provider = Provider::start(Kind::Sqlite);
    let mut party = party(&provider);
    party.ask("discover", &provider.add_client(&metadata(json!({}))));
    let granted = sign_in(&mut party, &Tour::new(&provider), json!({ "response_mode": "form_post" }));
    prove(&mut party, &granted);
}
