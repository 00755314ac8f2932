//! Redeeming a code.

use std::collections::BTreeMap;

use serde_json::json;

use crate::support::*;

const OFFLINE: &[(&str, &str)] = &[("scope", "openid email offline_access")];

/// Shannon's entropy of the characters, in bits.
fn entropy(text: &str) -> f64 {
    let mut counts = BTreeMap::<char, u32>::new();
    for character in text.chars() {
        *counts.entry(character).or_default() += 1;
    }
    let length = f64::from(counts.values().sum::<u32>());
    counts.values().map(|count| -f64::from(*count) * (f64::from(*count) / length).log2()).sum()
}

on_both! {
    // Conformance: G-3
    fn a_code_is_good_only_once(setup) {
        let shop = setup.start().relying_party("shop");
        let code = shop.sign_in("alice").code();

        assert!(shop.redeem(&code).is_granted());
        let again = shop.redeem(&code);
        assert_eq!((again.0.status, &*again.error()), (400, "invalid_grant"));
    }

    // Conformance: P-6, F-2
    fn nothing_that_is_handed_out_can_be_guessed(setup) {
        let server = setup.start();
        let shop = server.relying_party_with("shop", json!({
            "response_types": ["code", "code token"],
            "grant_types": ["authorization_code", "implicit", "refresh_token"],
        }));
        let both = [("scope", "openid email offline_access"), ("response_type", "code token")];
        let response = shop.sign_in_with("alice", &both).response;
        let first = shop.redeem(&response.code());
        let second = shop.refresh(&first.refresh_token());
        let mut seen = vec![response.code(), response.find("access_token").unwrap().to_owned()];
        for tokens in [first, second] {
            seen.extend([tokens.access_token(), tokens.refresh_token()]);
        }
        for text in &seen {
            assert_eq!(text.len(), 43, "{text}");
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{text}");
            assert!(entropy(text) > 96.0, "{text}");
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 6);
    }

    // Conformance: G-1, G-2, T-6, T-7
    fn the_answer_has_its_members_and_is_not_kept(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let tokens = shop.redeem(&shop.sign_in_with("alice", OFFLINE).code());
        assert_eq!(tokens.0.header("cache-control"), Some("no-store"));
        assert_eq!(tokens.0.header("pragma"), Some("no-cache"));
        let json = tokens.0.json();
        assert_eq!(json["token_type"], "Bearer");
        assert_eq!(json["expires_in"], 3600);
        assert_eq!(json["scope"], "openid email offline_access");
        assert_eq!(tokens.access_token().len(), 43);
        assert_eq!(tokens.refresh_token().len(), 43);
        assert_ne!(tokens.access_token(), tokens.refresh_token());
        assert!(tokens.id_token().split('.').count() == 3);
        let mut members: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(
            members,
            ["access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"]
        );
    }

    // Conformance: G-3, G-4
    fn a_code_that_comes_twice_revokes_what_came_of_it(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let (code, other) = (shop.sign_in_with("alice", OFFLINE).code(), shop.sign_in("alice").code());
        let tokens = shop.redeem(&code);
        let bystander = shop.redeem(&other);
        server.advance(30);
        assert!(shop.is_live(&tokens.access_token()));

        let again = shop.redeem(&code);
        assert_eq!((again.0.status, &*again.error()), (400, "invalid_grant"));
        assert!(!shop.is_live(&tokens.access_token()));
        assert_eq!(shop.refresh(&tokens.refresh_token()).error(), "invalid_grant");
        assert!(shop.is_live(&bystander.access_token()), "another sign-in stays");
        assert_eq!(server.audit("code_reused").len(), 1);
    }

    /// RFC 6749, 4.1.2: a used code is in wrong hands, however wrong the rest of the request is.
    fn a_used_code_revokes_even_when_the_rest_of_the_request_is_wrong(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        for changed in [("code_verifier", ""), ("redirect_uri", "https://shop.example/other")] {
            let code = shop.sign_in("alice").code();
            let tokens = shop.redeem(&code);
            assert_eq!(shop.redeem_with(&code, &[changed]).error(), "invalid_grant");
            assert!(!shop.is_live(&tokens.access_token()), "{changed:?}");
        }
    }

    fn a_code_expires_after_a_minute(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let (early, late) = (shop.sign_in("alice").code(), shop.sign_in("alice").code());
        server.advance(59);
        assert!(shop.redeem(&early).is_granted());
        server.advance(1);
        assert_eq!(shop.redeem(&late).error(), "invalid_grant");
    }

    // Conformance: G-5
    fn the_proof_key_must_fit(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let code = shop.sign_in("alice").code();
        let (challenge, almost) = (shop.challenge(), shop.verifier().to_uppercase());
        for wrong in ["", "short", &challenge, &almost, &"x".repeat(129)] {
            assert_eq!(
                shop.redeem_with(&code, &[("code_verifier", wrong)]).error(),
                "invalid_grant",
                "{wrong}"
            );
        }
        assert!(shop.redeem(&code).is_granted(), "a wrong proof does not use the code up");
    }

    // Conformance: G-5
    fn a_confidential_client_may_go_without_a_proof_key(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let without = [("code_challenge", ""), ("code_challenge_method", "")];
        let code = shop.sign_in_with("alice", &without).code();
        // RFC 9700, 2.1.1: a verifier for a code without a challenge is a sign of a downgrade.
        assert_eq!(shop.redeem(&code).error(), "invalid_grant");
        assert!(shop.redeem_with(&code, &[("code_verifier", "")]).is_granted());
    }

    // Conformance: G-6
    fn the_redirect_uri_must_be_that_of_the_request(setup) {
        let server = setup.start();
        let uris = ["https://shop.example/a", "https://shop.example/b"];
        let shop = server.relying_party_with("shop", json!({ "redirect_uris": uris }));
        let code = shop.sign_in("alice").code();
        for wrong in ["", uris[1], "https://shop.example/a/", "https://evil.example/"] {
            assert_eq!(
                shop.redeem_with(&code, &[("redirect_uri", wrong)]).error(),
                "invalid_grant",
                "{wrong}"
            );
        }
        assert!(shop.redeem(&code).is_granted());
    }

    fn another_client_can_neither_redeem_a_code_nor_use_it_up(setup) {
        let server = setup.start();
        let (shop, thief) = (server.relying_party("shop"), server.relying_party("thief"));
        let (code, verifier) = (shop.sign_in("alice").code(), shop.verifier());
        let stolen = [("redirect_uri", shop.redirect_uri.as_str()), ("code_verifier", &verifier)];
        assert_eq!(thief.redeem_with(&code, &stolen).error(), "invalid_grant");
        let tokens = shop.redeem(&code);
        assert!(tokens.is_granted());
        // Nor can it end what came of it.
        assert_eq!(thief.redeem_with(&code, &stolen).error(), "invalid_grant");
        assert!(shop.is_live(&tokens.access_token()));
    }

    // Conformance: G-7, T-6, T-7
    fn what_is_missing_or_unknown_is_named(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let code = shop.sign_in("alice").code();
        for (fields, error) in [
            (vec![], "invalid_request"),
            (vec![("grant_type", "")], "invalid_request"),
            (vec![("grant_type", "authorization_code")], "invalid_request"),
            (vec![("grant_type", "refresh_token")], "invalid_request"),
            (
                vec![("grant_type", "password"), ("username", "alice"), ("password", PASSWORD)],
                "unsupported_grant_type",
            ),
            (vec![("grant_type", "client_credentials")], "unauthorized_client"),
            (vec![("grant_type", "implicit")], "unsupported_grant_type"),
            (vec![("grant_type", "authorization_code"), ("code", &code), ("code", &code)], "invalid_request"),
            (
                vec![
                    ("grant_type", "authorization_code"),
                    ("grant_type", "authorization_code"),
                    ("code", &code),
                ],
                "invalid_request",
            ),
            (vec![("grant_type", "authorization_code"), ("code", "no such code")], "invalid_grant"),
            (vec![("grant_type", "authorization_code"), ("code", "\u{0}")], "invalid_grant"),
        ] {
            let answer = shop.ask(&fields);
            assert_eq!((answer.0.status, &*answer.error()), (400, error), "{fields:?}");
            assert_eq!(answer.0.header("cache-control"), Some("no-store"));
            assert_eq!(answer.0.json().get("error_uri"), None);
            let description = answer.0.json()["error_description"].as_str().unwrap().to_owned();
            assert!(
                description.bytes().all(|b| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)),
                "{description}"
            );
        }
        assert!(shop.redeem(&code).is_granted());
    }

    fn a_scope_or_another_grants_parameter_does_not_count(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let code = shop.sign_in("alice").code();
        let more = [("scope", "openid email phone offline_access"), ("refresh_token", "x"), ("username", "bob")];
        let tokens = shop.redeem_with(&code, &more);
        assert!(tokens.is_granted());
        assert_eq!(shop.introspect(&tokens.access_token())["scope"], "openid email");
        assert_eq!(claims_of(&server, &tokens.id_token()).1["sub"], "sub-of-alice");
        assert_eq!(tokens.member("refresh_token"), None);
    }

    fn parameters_in_the_query_do_not_count(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let (code, verifier) = (shop.sign_in("alice").code(), shop.verifier());
        let query = encode(&[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &shop.redirect_uri),
            ("code_verifier", &verifier),
        ]);
        let request = server
            .request("POST", &format!("/token?{query}"))
            .header("Authorization", &shop.basic(&shop.secret));
        assert_eq!(request.form(&[]).send().error(), "invalid_request");
        assert!(shop.redeem(&code).is_granted());
    }

    fn nothing_for_somebody_who_was_disabled_meanwhile(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let tokens = shop.redeem(&shop.sign_in_with("alice", OFFLINE).code());
        let code = shop.sign_in("alice").code();
        server.change_user("sub-of-alice", |user| user.disabled_at = Some(NOW));
        assert_eq!(shop.redeem(&code).error(), "invalid_grant");
        assert_eq!(shop.refresh(&tokens.refresh_token()).error(), "invalid_grant");
        assert!(!shop.is_live(&tokens.access_token()));
    }

    fn a_token_request_may_end_in_a_slash(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let (code, verifier) = (shop.sign_in("alice").code(), shop.verifier());
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &shop.redirect_uri),
            ("code_verifier", &verifier),
        ];
        let request = server.request("POST", "/token/").header("Authorization", &shop.basic(&shop.secret));
        assert_eq!(request.form(&fields).send().status, 200);
    }

    fn a_client_may_have_lifetimes_of_its_own(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        server.change_client("shop", |client| {
            client.lifetimes.code = Some(10);
            client.lifetimes.access_token = Some(20);
            client.lifetimes.id_token = Some(30);
            client.lifetimes.refresh_token = Some(40);
        });
        let (late, code) = (shop.sign_in("alice").code(), shop.sign_in_with("alice", OFFLINE).code());
        let tokens = shop.redeem(&code);
        assert_eq!(tokens.0.json()["expires_in"], 20);
        let claims = claims_of(&server, &tokens.id_token()).1;
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 30);
        server.advance(10);
        assert_eq!(shop.redeem(&late).error(), "invalid_grant");
        server.advance(10);
        assert!(!shop.is_live(&tokens.access_token()));
        server.advance(20);
        assert_eq!(shop.refresh(&tokens.refresh_token()).error(), "invalid_grant");
    }
}
