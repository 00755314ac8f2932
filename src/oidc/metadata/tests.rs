use serde_json::json;

use super::*;
use crate::oidc::jose::{DecryptionKey, KeyManagementAlg, PrivateKey};

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
fn of_a_public_client_is_kept_whether_it_asked_for_pkce() {
    for (asked, is_asked) in [(json!(null), false), (json!(false), false), (json!(true), true)] {
        let json = json!({
            "redirect_uris": ["https://spa.example/cb"],
            "token_endpoint_auth_method": "none",
            "require_pkce": asked,
        });
        assert_eq!(metadata(json).check("spa".into(), NOW).unwrap().requires_pkce, is_asked, "{asked}");
    }
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

#[test]
fn a_public_client_has_no_secret_that_could_be_a_key() {
    // Seed: T05
    let public = |name: &str, value: &str| {
        problems(json!({
            "redirect_uris": ["https://spa.example/cb"], "token_endpoint_auth_method": "none", name: value,
        }))
    };
    for member in [
        "id_token_encrypted_response_alg",
        "userinfo_encrypted_response_alg",
        "request_object_encryption_alg",
    ] {
        assert_eq!(public(member, "dir"), [(member, None)]);
    }
    let machine = json!({"token_endpoint_auth_method": "none", "grant_types": ["client_credentials"]});
    assert_eq!(problems(machine), [("grant_types", None)]);
}

#[test]
fn a_native_app_keeps_to_its_device() {
    let native = |uri: &str| metadata(json!({"redirect_uris": [uri], "application_type": "native"}));
    for uri in
        ["com.example.app:/cb", "http://127.0.0.1/cb", "http://localhost:1234/cb", "https://app.example/cb"]
    {
        assert!(native(uri).check("app".into(), NOW).is_ok(), "{uri}");
    }
    let found = native("http://app.example/cb").check("app".into(), NOW).unwrap_err();
    assert_eq!((found[0].member, found[0].index), ("redirect_uris", Some(0)));
}

#[test]
fn a_key_set_has_public_keys_only() {
    let with_keys = |jwks: Value| json!({"redirect_uris": ["https://shop.example/cb"], "jwks": jwks});
    let rsa = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "use": "sig"});
    for keys in [json!([rsa]), json!([{"kty": "AKP", "pub": "x"}]), json!([])] {
        assert!(metadata(with_keys(json!({"keys": keys}))).check("shop".into(), NOW).is_ok());
    }
    let private = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "d": "AQAB"});
    let many = vec![rsa.clone(); 33];
    let large = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "x5c": ["A".repeat(64 * 1024)]});
    for jwks in [
        json!({}),
        json!([]),
        json!({"keys": {}}),
        json!({"keys": [1]}),
        json!({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}),
        json!({"keys": [private]}),
        json!({"keys": many}),
        json!({"keys": [large]}),
    ] {
        assert_eq!(problems(with_keys(jwks.clone())), [("jwks", None)], "{jwks}");
    }
    assert!(metadata(with_keys(json!({"keys": vec![rsa; 32]}))).check("shop".into(), NOW).is_ok());
}

#[test]
fn a_key_set_has_a_key_for_what_it_is_needed_for() {
    let signing = PrivateKey::generate(Alg::ES256, None).unwrap().public_jwk("s1");
    let encryption = DecryptionKey::generate(KeyManagementAlg::RsaOaep, None).unwrap().public_jwk("e1");
    let with = |keys: Value, members: Value| {
        let mut all = json!({"redirect_uris": ["https://shop.example/cb"], "jwks": {"keys": keys}});
        all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        all
    };
    for (member, members, fitting) in [
        ("jwks", json!({"token_endpoint_auth_method": "private_key_jwt"}), &signing),
        (
            "jwks",
            json!({
                "token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "ES256",
            }),
            &signing,
        ),
        (
            "id_token_encrypted_response_alg",
            json!({"id_token_encrypted_response_alg": "RSA-OAEP"}),
            &encryption,
        ),
        (
            "userinfo_encrypted_response_alg",
            json!({"userinfo_encrypted_response_alg": "RSA-OAEP-256"}),
            &encryption,
        ),
    ] {
        let other = if fitting == &signing { &encryption } else { &signing };
        for keys in [json!([]), json!([other]), json!([{"kty": "AKP", "pub": "x"}])] {
            assert_eq!(problems(with(keys, members.clone())), [(member, None)], "{members}");
        }
        let both = metadata(with(json!([other, fitting]), members.clone()));
        assert!(both.check("shop".into(), NOW).is_ok(), "{members}");
    }
    let other_alg = json!({
        "token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "RS256",
    });
    assert_eq!(problems(with(json!([signing]), other_alg)), [("jwks", None)]);
}

#[test]
fn a_name_cannot_pose_as_another() {
    for name in ["Bank\u{202e}knaB", "a\u{0}b", "\u{200f}", &"x".repeat(101)] {
        let found = problems(json!({"redirect_uris": ["https://shop.example/cb"], "client_name": name}));
        assert_eq!(found, [("client_name", None)], "{name:?}");
    }
}

#[test]
fn a_client_id_takes_no_place_of_the_console() {
    let with_id =
        |id: &str| metadata(json!({"redirect_uris": ["https://shop.example/cb"]})).check(id.into(), NOW);
    for id in ["new", "registration-tokens", ".", "..", "", "two words"] {
        let found = with_id(id).unwrap_err();
        assert_eq!(found[0].member, "client_id", "{id}");
    }
    for id in ["New", "new-shop", "a.b", "..."] {
        assert!(with_id(id).is_ok(), "{id}");
    }
}

#[test]
fn lists_are_bounded() {
    let uris: Vec<_> = (0..300).map(|number| format!("https://shop.example/{number}")).collect();
    assert_eq!(problems(json!({"redirect_uris": uris})), [("redirect_uris", None)]);
    let contacts = vec!["a@b.example"; 30];
    let one = json!(["https://shop.example/cb"]);
    assert_eq!(problems(json!({"redirect_uris": one, "contacts": contacts})), [("contacts", None)]);
}

#[test]
fn a_logout_token_is_sent_over_tls_alone() {
    let with =
        |uri: &str| json!({"redirect_uris": ["https://shop.example/cb"], "backchannel_logout_uri": uri});
    assert!(metadata(with("https://shop.example/logout?a=1")).check("shop".into(), NOW).is_ok());
    for uri in [
        "http://shop.example/logout",
        "http://localhost:8080/logout",
        "https://shop.example/logout#x",
        "https://a:b@shop.example/logout",
        "shop",
    ] {
        let found = metadata(with(uri)).check("shop".into(), NOW).unwrap_err();
        assert_eq!((found.len(), found[0].member), (1, "backchannel_logout_uri"), "{uri}");
        assert!(found[0].message.contains("https"), "{}", found[0].message);
    }
}
