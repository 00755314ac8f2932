use serde_json::json;

use super::*;

const NOW: UnixTime = UnixTime(1_795_190_400);

fn metadata(json: Value) -> Metadata {
    serde_json::from_value(json).unwrap()
}

fn problems(json: Value) -> Vec<(&'static str, Option<usize>)> {
    let found = metadata(json).check("shop".into(), NOW).unwrap_err();
    found.into_iter().map(|problem| (problem.member, problem.index)).collect()
}

#[test]
fn defaults_are_those_of_registration() {
    let client =
        metadata(json!({"redirect_uris": ["https://shop.example/cb"]})).check("shop".into(), NOW).unwrap();
    let described = describe(&client);
    assert_eq!(described["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(described["id_token_signed_response_alg"], "RS256");
    assert_eq!(described["response_types"], json!(["code"]));
    assert_eq!(described["grant_types"], json!(["authorization_code"]));
    assert_eq!(described["application_type"], "web");
    assert_eq!(described["require_pkce"], false);
}

#[test]
fn a_public_client_must_use_pkce() {
    let json = json!({
        "redirect_uris": ["https://spa.example/cb"],
        "token_endpoint_auth_method": "none",
        "require_pkce": false,
    });
    assert!(metadata(json).check("spa".into(), NOW).unwrap().requires_pkce);
}

#[test]
fn every_problem_is_named_at_once() {
    let found = problems(json!({
        "client_name": " ",
        "redirect_uris": ["https://shop.example/cb", "/cb", "https://shop.example/cb"],
        "post_logout_redirect_uris": ["https://shop.example/bye#x"],
        "grant_types": ["telepathy"],
        "id_token_signed_response_alg": "none",
        "tos_uri": "javascript:alert(1)",
        "contacts": ["nobody"],
    }));
    for expected in [
        ("client_name", None),
        ("redirect_uris", Some(1)),
        ("redirect_uris", Some(2)),
        ("post_logout_redirect_uris", Some(0)),
        ("grant_types", None),
        ("id_token_signed_response_alg", None),
        ("tos_uri", None),
        ("contacts", None),
    ] {
        assert!(found.contains(&expected), "{expected:?} is missing in {found:?}");
    }
}

#[test]
fn response_types_and_grant_types_agree() {
    let uris = json!(["https://shop.example/cb"]);
    assert_eq!(
        problems(
            json!({"redirect_uris": uris, "response_types": ["code"], "grant_types": ["refresh_token"]})
        ),
        [("grant_types", None)]
    );
    assert_eq!(problems(json!({"redirect_uris": uris, "response_types": []})), [("response_types", None)]);
}

#[test]
fn a_client_without_redirect_uri_is_refused() {
    assert_eq!(problems(json!({})), [("redirect_uris", None)]);
}
