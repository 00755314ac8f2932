//! OpenID Connect RP-Initiated Logout 1.0.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use cardea::oidc::jose::{self, Alg, PrivateKey};
use serde_json::json;

use super::*;

/// Every printable character of ASCII.
fn every_character() -> String {
    (b' '..=b'~').map(char::from).collect()
}

on_both! {
    // Conformance: L-1, L-3, L-4
    // Seed: E14, S04, S05
    fn an_app_with_a_hint_signs_out_and_gets_its_state_back(setup) {
        let server = setup.start();
        let shop = leaving_shop(&server, &json!({}));
        for state in ["xyz", &every_character(), "üml%41äut &+="] {
            let guest = guest(&shop);
            let (hint, uri) = (("id_token_hint", &*guest.hint), ("post_logout_redirect_uri", GOODBYE));
            let page = guest.leave(&[hint, uri, ("state", state)]);
            let left_to = page.left_to.unwrap();
            let query = left_to.strip_prefix("https://shop.example/bye?").unwrap();
            assert_eq!(decode(query), [("state".to_owned(), state.to_owned())]);
            let none = shop.visit(&guest.browser, &[("prompt", "none")]);
            assert_eq!(none.response.error(), "login_required");
            assert!(!guest.is_signed_in());
        }
    }

    // Conformance: L-2
    fn without_state_the_address_is_left_as_it_is(setup) {
        let server = setup.start();
        let shop = leaving_shop(&server, &json!({}));
        let guest = guest(&shop);
        let page = guest.leave(&[("id_token_hint", &guest.hint), ("post_logout_redirect_uri", GOODBYE)]);
        assert_eq!(page.left_to.as_deref(), Some(GOODBYE));
        assert!(!guest.is_signed_in());
    }

    // Conformance: L-5, H-5
    // Seed: S06
    fn an_address_that_is_not_registered_is_refused(setup) {
        let server = setup.start();
        let shop = leaving_shop(&server, &json!({}));
        let guest = guest(&shop);
        let with_query = format!("{GOODBYE}?foo=bar");
        for uri in ["https://evil.example/bye", &with_query, "https://shop.example/bye/", "javascript:alert(1)"] {
            for named in [("id_token_hint", &*guest.hint), ("client_id", "shop")] {
                let page = guest.leave(&[named, ("post_logout_redirect_uri", uri), ("state", "x")]);
                assert_refused(&guest, &page, "post_logout_redirect_uri is not registered");
            }
        }
    }

    // Conformance: L-6, L-7, H-5
    fn a_hint_that_is_not_ours_is_refused(setup) {
        let server = setup.start();
        let shop = leaving_shop(&server, &json!({}));
        let guest = guest(&shop);
        let [_, claims, signature] = guest.hint.split('.').collect::<Vec<_>>()[..] else { panic!() };
        let none = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        let key = PrivateKey::generate(Alg::ES256, None).unwrap();
        let signed = |claims| jose::sign(&key, "k", None, &claims).unwrap();
        let own = signed(json!({ "iss": "shop", "sub": "shop", "aud": server.issuer(), "exp": 4_000_000_000_u64 }));
        let posing = signed(json!({ "iss": server.issuer(), "sub": "sub-of-alice", "aud": "shop" }));
        for hint in [
            format!("{none}.{claims}."), format!("{none}.{claims}.{signature}"), own, posing, "rubbish".into(),
        ] {
            for uri in [Some(GOODBYE), None] {
                let mut parameters = vec![("id_token_hint", hint.as_str()), ("state", "x")];
                parameters.extend(uri.map(|uri| ("post_logout_redirect_uri", uri)));
                assert_refused(&guest, &guest.leave(&parameters), "id_token_hint is invalid");
            }
        }
    }

    // Conformance: L-8
    fn without_a_hint_people_are_asked_and_nobody_is_redirected(setup) {
        let server = setup.start();
        let shop = leaving_shop(&server, &json!({}));
        let guest = guest(&shop);
        let page = guest.leave(&[("post_logout_redirect_uri", GOODBYE), ("state", "x")]);
        assert!(page.text().contains("Sign out of") && guest.is_signed_in());
        let page = guest.browser.press(&page, "sign-out", &[]);
        assert!(page.is_at("/logout/done") && page.text().contains("You are signed out"), "{}", page.text());
        assert!(!page.answer.body.contains(GOODBYE));
        assert!(!guest.is_signed_in());
    }

    // Conformance: L-9, H-4
    fn without_an_address_the_last_page_is_ours(setup) {
        let server = setup.start();
        let shop = leaving_shop(&server, &json!({}));
        for (is_hinted, state) in [(false, None), (false, Some("x")), (true, None), (true, Some("x"))] {
            let guest = guest(&shop);
            let mut parameters = Vec::new();
            parameters.extend(is_hinted.then_some(("id_token_hint", &*guest.hint)));
            parameters.extend(state.map(|state| ("state", state)));
            let mut page = guest.leave(&parameters);
            if !is_hinted {
                assert!(page.is_at("/logout") && page.form_with("stay").buttons.len() == 2);
                page = guest.browser.press(&page, "sign-out", &[]);
            }
            assert!(page.is_at("/logout/done") && page.text().contains("You are signed out"), "{}", page.text());
            assert!(!guest.is_signed_in());
        }
    }

    // Conformance: L-10
    fn an_expired_hint_counts(setup) {
        let server = setup.start();
        let shop = leaving_shop(&server, &json!({}));
        let guest = guest(&shop);
        server.advance(7200);
        let page = guest.leave(&[("id_token_hint", &guest.hint), ("post_logout_redirect_uri", GOODBYE)]);
        assert_eq!(page.left_to.as_deref(), Some(GOODBYE));
        assert!(!guest.is_signed_in());
    }

    fn a_post_of_an_app_is_the_same_request(setup) {
        let server = setup.start();
        let shop = leaving_shop(&server, &json!({}));
        let guest = guest(&shop);
        let fields = [("id_token_hint", &*guest.hint), ("post_logout_redirect_uri", GOODBYE), ("state", "a b")];
        // As from another site: no cookie comes along.
        let post = server.request("POST", "/logout").header("Origin", "https://shop.example");
        let answer = post.header("Sec-Fetch-Site", "cross-site").form(&fields).send();
        assert_eq!(answer.status, 303);
        assert!(guest.is_signed_in());
        let page = guest.browser.go(answer.location());
        assert_eq!(page.left_to.as_deref(), Some("https://shop.example/bye?state=a%20b"));
        assert!(!guest.is_signed_in());
    }

    fn a_form_of_another_site_signs_nobody_out(setup) {
        let server = setup.start();
        let shop = leaving_shop(&server, &json!({}));
        let guest = guest(&shop);
        let post = |fields: &[(&str, &str)]| guest.browser.send(server.request("POST", "/logout").form(fields));
        assert_eq!(post(&[("decision", "sign-out")]).location(), "/logout");
        assert_eq!(post(&[("decision", "sign-out"), ("csrf", "guessed")]).status, 400);
        assert!(guest.is_signed_in());
    }

    /// The request that waits is sealed: nobody puts another address into the form.
    fn the_form_cannot_be_led_elsewhere(setup) {
        let server = setup.start();
        let shop = leaving_shop(&server, &json!({}));
        let guest = guest(&shop);
        let page = guest.leave(&[("client_id", "shop"), ("post_logout_redirect_uri", GOODBYE)]);
        let form = page.form_with("sign-out").press("sign-out");
        for flow in ["post_logout_redirect_uri=https://evil.example", "AAAA"] {
            let page = guest.browser.submit(&form.clone().with("flow", flow));
            assert_eq!((page.status(), page.left_to), (400, None));
        }
        assert!(guest.is_signed_in());
        assert_eq!(guest.browser.submit(&form).left_to.as_deref(), Some(GOODBYE));
        assert_eq!(guest.browser.open("/logout/done?about=AAAA").status(), 404);
    }

    // Seed: S07
    fn an_app_that_only_gives_its_name_is_believed_where_the_session_knows_it(setup) {
        let server = setup.start();
        let shop = leaving_shop(&server, &json!({}));
        let guest = guest(&shop);
        let named = [("client_id", "shop"), ("post_logout_redirect_uri", GOODBYE), ("state", "s")];
        let page = guest.leave(&named);
        assert!(page.text().contains("The shop asked to sign you out"), "{}", page.text());
        assert!(page.answer.header("content-security-policy").unwrap().contains("form-action 'self' https://shop.example;"));
        let page = guest.browser.press(&page, "sign-out", &[]);
        assert_eq!(page.left_to.as_deref(), Some("https://shop.example/bye?state=s"));

        // Nobody is signed in any more: the way back is shown, and not taken.
        let page = guest.leave(&named);
        assert!(page.is_at("/logout/done") && !page.answer.body.contains("http-equiv"));
        assert!(page.answer.body.contains("https://shop.example/bye?state=s"));
        let stranger = server.browser();
        stranger.sign_in("bob");
        let page = stranger.open(&format!("/logout?{}", encode(&named)));
        let page = stranger.press(&page, "sign-out", &[]);
        assert!(page.is_at("/logout/done") && !page.answer.body.contains("http-equiv"));
    }

    fn a_name_must_fit_the_hint_and_nothing_comes_twice(setup) {
        let server = setup.start();
        let shop = leaving_shop(&server, &json!({}));
        server.relying_party("bank");
        let guest = guest(&shop);
        let hint = ("id_token_hint", &*guest.hint);
        for (parameters, word) in [
            (vec![hint, ("client_id", "bank")], "client_id is not the one"),
            (vec![hint, ("client_id", "nobody")], "client_id is not the one"),
            (vec![("client_id", "nobody")], "client_id does not name"),
            (vec![hint, ("state", "a"), ("state", "b")], "state was sent twice"),
        ] {
            assert_refused(&guest, &guest.leave(&parameters), word);
        }
        let page = guest.leave(&[hint, ("client_id", "shop"), ("post_logout_redirect_uri", GOODBYE)]);
        assert_eq!(page.left_to.as_deref(), Some(GOODBYE));
    }

    fn a_hint_about_somebody_else_is_asked_about(setup) {
        let server = setup.start();
        let shop = leaving_shop(&server, &json!({}));
        let (alice, bob) = (guest(&shop), server.browser());
        bob.sign_in("bob");
        let query = [("id_token_hint", &*alice.hint), ("post_logout_redirect_uri", GOODBYE)];
        let page = bob.open(&format!("/logout?{}", encode(&query)));
        assert!(page.is_at("/logout") && page.text().contains("bob@example.org"), "{}", page.text());
        assert!(bob.open("/account").is_at("/account"));
        assert!(alice.is_signed_in());
        let page = bob.press(&bob.open(&format!("/logout?{}", encode(&query))), "stay", &[]);
        assert!(page.is_at("/account"));
        // A session of the same person that came after: nobody needs to ask.
        let other = shop.sign_in("alice").browser;
        assert_eq!(other.open(&format!("/logout?{}", encode(&query))).left_to.as_deref(), Some(GOODBYE));
        assert!(other.open("/account").is_at("/login"));
        assert!(alice.is_signed_in(), "another browser is left alone");
    }

    fn a_hint_about_another_than_the_current_person_is_asked_about(setup) {
        let server = setup.start();
        let shop = leaving_shop(&server, &json!({}));
        let alice = guest(&shop);
        let browser = &alice.browser;
        browser.sign_in_on(&browser.open("/login"), "bob");
        let bob = shop.redeem(&shop.visit(browser, &[]).code());
        let page = alice.leave(&[("id_token_hint", &alice.hint), ("post_logout_redirect_uri", GOODBYE)]);
        assert!(page.is_at("/logout") && page.text().contains("bob@example.org"), "{}", page.text());
        for tokens in [&alice.tokens, &bob] {
            assert!(shop.is_live(&tokens.access_token()), "nothing has ended");
        }
        assert_eq!(browser.press(&page, "sign-out", &[]).left_to.as_deref(), Some(GOODBYE));
        for tokens in [&alice.tokens, &bob] {
            assert!(!shop.is_live(&tokens.access_token()));
        }
    }

    fn where_nobody_is_signed_in_an_app_with_a_hint_gets_its_visitor_back(setup) {
        let server = setup.start();
        let shop = leaving_shop(&server, &json!({}));
        let guest = guest(&shop);
        let query = [("id_token_hint", &*guest.hint), ("post_logout_redirect_uri", GOODBYE)];
        let page = server.browser().open(&format!("/logout?{}", encode(&query)));
        assert_eq!(page.left_to.as_deref(), Some(GOODBYE));
        assert!(guest.is_signed_in());
    }

    // Seed: S09
    fn a_sign_out_may_be_of_one_app_alone(setup) {
        let server = setup.start();
        let shop = leaving_shop(&server, &json!({ "logout_is_own_only": true }));
        let bank = server.relying_party("bank");
        let guest = guest(&shop);
        let elsewhere = bank.redeem(&bank.visit(&guest.browser, &[]).code());
        let page = guest.leave(&[("id_token_hint", &guest.hint), ("post_logout_redirect_uri", GOODBYE)]);
        assert_eq!(page.left_to.as_deref(), Some(GOODBYE));
        assert!(guest.is_signed_in());
        assert!(!shop.is_live(&guest.tokens.access_token()));
        assert!(bank.is_live(&elsewhere.access_token()));
        let text = guest.browser.open("/account/sessions").text();
        assert!(text.contains("The bank") && !text.contains("The shop"), "{text}");
    }
}
