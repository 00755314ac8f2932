//! `login_hint`, `id_token_hint` and `acr_values`.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use cardea::oidc::jose::{Alg, PrivateKey, SharedSecret, sign, sign_with_secret};
use serde_json::{Value, json};

use crate::support::*;

on_both! {
    // Conformance: R-11
    fn a_login_hint_fills_in_the_name_and_binds_nobody(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        for hint in ["bob@example.org", "nobody at all", "\"><script>alert(1)</script>"] {
            let browser = server.browser();
            let page = browser.open(&shop.request(&[("login_hint", hint)]));
            assert_eq!(page.form_with("sign-in").field("username"), Some(hint));
            assert!(!page.answer.body.contains("<script>alert"));
            let visit = shop.finish(&browser, &browser.sign_in_on(&page, "alice"));
            assert!(shop.redeem(&visit.code()).is_granted());
        }
    }

    // Conformance: R-8
    fn the_hinted_person_goes_on_silently_even_when_the_hint_has_expired(setup) {
        let server = setup.start();
        let (shop, other) = (server.relying_party("shop"), server.relying_party("other"));
        let visit = shop.sign_in("alice");
        let hint = shop.redeem(&visit.code()).id_token();
        for wait in [0, 3600, 10 * 3600] {
            server.advance(wait);
            let silent = shop.visit(&visit.browser, &[("prompt", "none"), ("id_token_hint", &hint)]);
            assert!(shop.redeem(&silent.code()).is_granted());
        }
        // Also one that another client of ours was given.
        other.visit(&visit.browser, &[]);
        let silent = other.visit(&visit.browser, &[("prompt", "none"), ("id_token_hint", &hint)]);
        assert!(other.redeem(&silent.code()).is_granted());
    }

    fn somebody_else_than_the_hinted_person_gets_no_code(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let hint = shop.redeem(&shop.sign_in("alice").code()).id_token();
        let browser = shop.sign_in("bob").browser;
        let none = shop.visit(&browser, &[("prompt", "none"), ("id_token_hint", &hint)]);
        assert_eq!(none.response.error(), "login_required");

        let page = browser.open(&shop.request(&[("id_token_hint", &hint)]));
        assert!(page.is_at("/login"));
        let flow = page.parameter("flow").unwrap();
        let page = browser.sign_in_on(&page, "bob");
        assert_eq!(shop.response(&browser, &page).error(), "login_required");
        let again = browser.open(&format!("/authorize/{flow}"));
        assert_eq!((again.status(), again.left_to), (400, None), "it is answered once");

        let page = browser.open(&shop.request(&[("id_token_hint", &hint)]));
        let page = browser.sign_in_on(&page, "alice");
        let tokens = shop.redeem(&shop.response(&browser, &page).code());
        assert_eq!(claims_of(&server, &tokens.id_token()).1["sub"], "sub-of-alice");
    }

    fn a_hint_that_is_not_ours_is_refused(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let visit = shop.sign_in("alice");
        let hint = shop.redeem(&visit.code()).id_token();
        let parts: Vec<&str> = hint.split('.').collect();
        let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let (header, claims) = claims_of(&server, &hint);
        let kid = header["kid"].as_str().unwrap().to_owned();
        let foreign = PrivateKey::generate(Alg::ES256, None).unwrap();
        let (claims, mut elsewhere) = (Value::from(claims.clone()), Value::from(claims));
        elsewhere["iss"] = json!("https://elsewhere.example");
        let bob = json!({ "iss": server.issuer(), "sub": "sub-of-bob", "aud": "shop" });
        let own = PrivateKey::from_pem(Some(Alg::RS256), include_str!("../../support/rsa.pem")).unwrap();
        let none = encode(&json!({ "alg": "none" }));
        let hmac = encode(&json!({ "alg": "HS256", "kid": kid }));
        for wrong in [
            format!("{none}.{}.", parts[1]),
            format!("{none}.{}.{}", parts[1], parts[2]),
            format!("{hmac}.{}.{}", parts[1], parts[2]),
            format!("{}.{}.{}", parts[0], encode(&bob), parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{hint}x"),
            format!("{hint}.{}", parts[2]),
            sign(&foreign, &kid, None, &claims).unwrap(),
            sign(&own, &kid, None, &elsewhere).unwrap(),
            sign(&own, &kid, None, &json!({ "iss": server.issuer() })).unwrap(),
            "{}".into(),
        ] {
            let response = shop.visit(&visit.browser, &[("id_token_hint", &wrong)]).response;
            assert_eq!(response.error(), "invalid_request", "{wrong}");
        }
    }

    fn a_hint_may_be_signed_with_the_secret_of_the_client_that_shows_it(setup) {
        let server = setup.start();
        for alg in Alg::SYMMETRIC {
            let members = json!({ "id_token_signed_response_alg": alg });
            let shop = server.relying_party_with(&format!("shop-{alg}"), members.clone());
            let other = server.relying_party_with(&format!("other-{alg}"), members);
            let visit = shop.sign_in("alice");
            let hint = shop.redeem(&visit.code()).id_token();
            server.advance(3600);
            let silent = |client: &RelyingParty, hint: &str| {
                client.visit(&visit.browser, &[("prompt", "none"), ("id_token_hint", hint)]).response
            };
            assert!(shop.redeem(&silent(&shop, &hint).code()).is_granted());
            other.visit(&visit.browser, &[]);
            assert_eq!(silent(&other, &hint).error(), "invalid_request", "it is not signed for the other client");

            let signed = |secret: &str, alg: Alg, aud: &str, sub: &str| {
                let claims = json!({ "iss": server.issuer(), "sub": sub, "aud": aud });
                sign_with_secret(&SharedSecret::new(secret), alg, None, &claims).unwrap()
            };
            // What the client could ask for by name as well: nobody answers for Bob here.
            let bob = signed(&shop.secret, alg, shop.id(), "sub-of-bob");
            assert_eq!(silent(&shop, &bob).error(), "login_required");
            let another = if alg == Alg::HS256 { Alg::HS384 } else { Alg::HS256 };
            for wrong in [
                signed(&shop.secret, alg, other.id(), "sub-of-alice"),
                signed(&shop.secret, another, shop.id(), "sub-of-alice"),
                signed(&other.secret, alg, shop.id(), "sub-of-alice"),
            ] {
                assert_eq!(silent(&shop, &wrong).error(), "invalid_request");
            }
        }
    }

    /// RFC 8725, 2.1: algorithm confusion.
    fn a_secret_signs_no_hint_for_a_client_with_an_asymmetric_algorithm(setup) {
        let server = setup.start();
        // Its secret is kept in clear, for something else.
        let shop = server.relying_party_with("shop", json!({ "userinfo_signed_response_alg": "HS256" }));
        let browser = shop.sign_in("alice").browser;
        let own = openssl::pkey::PKey::private_key_from_pem(include_bytes!("../../support/rsa.pem")).unwrap();
        let public = String::from_utf8(own.public_key_to_pem().unwrap()).unwrap();
        let claims = json!({ "iss": server.issuer(), "sub": "sub-of-alice", "aud": "shop" });
        for secret in [&shop.secret, &public, public.trim_end()] {
            let hint = sign_with_secret(&SharedSecret::new(secret), Alg::HS256, None, &claims).unwrap();
            let response = shop.visit(&browser, &[("prompt", "none"), ("id_token_hint", &hint)]).response;
            assert_eq!(response.error(), "invalid_request");
        }
    }

    // Conformance: R-9, D-15
    fn the_acr_is_one_of_those_that_discovery_names(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let document = server.get("/.well-known/openid-configuration").json();
        let offered: Vec<&str> = document["acr_values_supported"]
            .as_array()
            .unwrap()
            .iter()
            .map(|acr| acr.as_str().unwrap())
            .collect();
        let code = shop.sign_in_with("alice", &[("acr_values", &offered.join(" "))]).code();
        let acr = claims_of(&server, &shop.redeem(&code).id_token()).1["acr"].clone();
        assert!(offered.contains(&acr.as_str().unwrap()));
    }
}
