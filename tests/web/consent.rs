//! `/consent`: what people are asked, and what their answer is worth.

use crate::support::*;

const DAY: i64 = 24 * 3600;

fn is_silent(shop: &RelyingParty, browser: &Browser, scope: &str) -> bool {
    let visit = shop.visit(browser, &[("prompt", "none"), ("scope", scope)]);
    if visit.response.find("code").is_some() {
        return true;
    }
    assert_eq!(visit.response.error(), "consent_required");
    false
}

on_both! {
    // Conformance: H-3, H-7
    fn the_page_says_who_asks_for_what(setup) {
        let server = setup.start();
        let shop = server.relying_party_with(
            "shop",
            serde_json::json!({
                "policy_uri": "https://shop.example/privacy", "tos_uri": "https://shop.example/terms",
            }),
        );
        let browser = server.browser();
        let login = browser.open(&shop.request(&[]));
        assert!(login.text().contains("Sign in to The shop"));
        for page in [login.clone(), browser.sign_in_on(&login, "alice")] {
            for part in
                ["The shop", "https://shop.example/privacy", "https://shop.example/terms", "shop.example"]
            {
                assert!(page.answer.body.contains(part), "{part} is missing on {}", page.path);
            }
        }
        let page = browser.open(&shop.request(&[]));
        assert!(page.text().contains("alice@example.org"));
        let form = page.form_with("authorize");
        let buttons: Vec<_> =
            form.buttons.iter().map(|(id, name, value)| (&**id, &**name, &**value)).collect();
        assert_eq!(buttons, [("authorize", "decision", "authorize"), ("decline", "decision", "decline")]);
    }

    // Conformance: H-3
    fn declining_is_told_to_the_client_and_not_remembered(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = server.browser();
        let page = browser.sign_in_on(&browser.open(&shop.request(&[])), "alice");
        let page = browser.press(&page, "decline", &[]);
        let response = shop.response(&browser, &page);
        assert_eq!(response.error(), "access_denied");
        assert_eq!(response.find("state"), Some("state-1"));
        assert!(browser.open(&shop.request(&[])).is_at("/consent"), "it is asked again");
        assert!(!is_silent(&shop, &browser, "openid"));
    }

    fn what_was_agreed_to_is_not_asked_again(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = shop.sign_in("alice").browser;
        assert!(is_silent(&shop, &browser, "openid email"));
        assert!(is_silent(&shop, &browser, "openid"));
        // In another browser neither.
        let other = server.browser();
        let page = other.sign_in_on(&other.open(&shop.request(&[])), "alice");
        assert!(page.left_to.is_some());
        // Another client has to ask for itself.
        assert!(!is_silent(&server.relying_party("other"), &browser, "openid"));
    }

    fn something_new_is_asked_for_and_marked(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = shop.sign_in("alice").browser;
        assert!(!is_silent(&shop, &browser, "openid email phone"));
        let page = browser.open(&shop.request(&[("scope", "openid email phone")]));
        let text = page.text();
        assert!(text.contains("New since you agreed on 20 November 2026"), "{text}");
        assert!(text.contains("What it can see already"));
        browser.press(&page, "authorize", &[]);
        assert!(is_silent(&shop, &browser, "openid email phone"));
    }

    fn the_latest_answer_replaces_the_one_before(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = shop.sign_in_with("alice", &[("scope", "openid email phone")]).browser;
        assert!(is_silent(&shop, &browser, "openid phone"));
        shop.visit(&browser, &[("scope", "openid email"), ("prompt", "consent")]);
        assert!(is_silent(&shop, &browser, "openid email"));
        assert!(!is_silent(&shop, &browser, "openid phone"));
    }

    fn consent_ends_after_ninety_days(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        shop.sign_in("alice");
        server.advance(90 * DAY - 1);
        let browser = server.browser();
        browser.sign_in("alice");
        assert!(is_silent(&shop, &browser, "openid email"));
        server.advance(1);
        assert!(!is_silent(&shop, &browser, "openid email"));
    }

    fn a_client_may_have_a_shorter_consent(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        server.change_client("shop", |client| client.lifetimes.consent = Some(60));
        let browser = shop.sign_in("alice").browser;
        assert!(is_silent(&shop, &browser, "openid"));
        server.advance(60);
        assert!(!is_silent(&shop, &browser, "openid"));
    }

    fn the_first_decision_counts(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = server.browser();
        let page = browser.sign_in_on(&browser.open(&shop.request(&[])), "alice");
        let post = |button: &str| {
            let form = page.form_with(button).press(button);
            let fields: Vec<_> = form.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
            browser.send(server.request("POST", "/consent").form(&fields))
        };
        // Both are clicked before the browser has gone on.
        assert_eq!(post("decline").status, 303);
        assert_eq!(post("authorize").status, 303);
        let flow = page.parameter("flow").unwrap();
        let end = browser.open(&format!("/authorize/{flow}"));
        assert_eq!(shop.response(&browser, &end).error(), "access_denied");
        assert!(!is_silent(&shop, &browser, "openid"));
    }

    fn a_request_that_is_answered_cannot_be_decided_again(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = server.browser();
        let page = browser.sign_in_on(&browser.open(&shop.request(&[])), "alice");
        browser.press(&page, "decline", &[]);
        let late = browser.press(&page, "authorize", &[]);
        assert!(late.is_at("/account") && late.text().contains("Start again from the app"), "{}", late.text());
        assert!(!is_silent(&shop, &browser, "openid"));
    }

    /// The client has forgotten its `state` by then: a second answer would only be an error of its own.
    fn declining_is_told_to_the_client_once(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        for mode in ["query", "form_post"] {
            let browser = server.browser();
            let page = browser.open(&shop.request(&[("response_mode", mode)]));
            let page = browser.sign_in_on(&page, "alice");
            let flow = page.parameter("flow").unwrap();
            let told = shop.response(&browser, &browser.press(&page, "decline", &[]));
            assert_eq!(told.error(), "access_denied");

            let reloaded = browser.open(&format!("/authorize/{flow}"));
            assert_eq!((reloaded.status(), &reloaded.left_to), (400, &None));
            let text = reloaded.text();
            for words in ["This sign-in is over", "cannot continue", "Start again from the app"] {
                assert!(text.contains(words), "{text}");
            }
            assert!(reloaded.forms().is_empty());
            // By the back button to the page, and by the one before it.
            let back = browser.open(&format!("/consent?flow={flow}"));
            assert!(back.is_at("/account") && back.text().contains("Start again from the app"));
            let back = browser.open(&format!("/login?flow={flow}"));
            assert!(browser.sign_in_on(&back, "alice").is_at("/account"));

            assert!(!is_silent(&shop, &browser, "openid"));
            let changed_their_mind = shop.visit(&browser, &[]);
            assert!(shop.redeem(&changed_their_mind.code()).is_granted());
            server.write(|db| cardea::store::consents::revoke(db, "sub-of-alice", "shop", NOW).map(|_| ()));
        }
    }

    fn another_browser_cannot_decide(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let (browser, stranger) = (server.browser(), server.browser());
        let page = browser.sign_in_on(&browser.open(&shop.request(&[])), "alice");
        let flow = page.parameter("flow").unwrap();
        stranger.sign_in("alice");
        let seen = stranger.open(&format!("/consent?flow={flow}"));
        assert!(!seen.is_at("/consent"));
        // With a form token of its own, and the other's flow.
        let own =
            stranger.open(&shop.request(&[("prompt", "consent")])).form_with("authorize").with("flow", &flow);
        let end = stranger.submit(&own.press("authorize"));
        assert_eq!(end.left_to, None);
        assert!(browser.open(&format!("/authorize/{flow}")).is_at("/consent"), "the request still waits");
    }

    fn one_persons_decision_does_not_bind_another(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = server.browser();
        let page = browser.sign_in_on(&browser.open(&shop.request(&[])), "alice");
        let flow = page.parameter("flow").unwrap();
        let form = page.form_with("authorize").press("authorize");
        let fields: Vec<_> = form.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        // Alice agrees, but before the browser goes on Bob signs in.
        browser.send(server.request("POST", "/consent").form(&fields));
        browser.sign_in_on(&browser.open("/login"), "bob");
        let page = browser.open(&format!("/authorize/{flow}"));
        assert!(page.is_at("/consent"));
        assert!(page.text().contains("bob@example.org"));
    }

    fn a_decision_needs_somebody_who_is_signed_in(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = server.browser();
        let page = browser.sign_in_on(&browser.open(&shop.request(&[])), "alice");
        server.advance(12 * 3600 - 1);
        server.write(|db| cardea::store::users::end_everything(db, "sub-of-alice", NOW));
        // The request waits for an hour; a new one is sent to the sign-in.
        let end = browser.press(&page, "authorize", &[]);
        assert_eq!(end.left_to, None);
        assert!(browser.open(&shop.request(&[])).is_at("/login"));
    }

    fn what_is_no_decision_decides_nothing(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = server.browser();
        let page = browser.sign_in_on(&browser.open(&shop.request(&[])), "alice");
        for decision in ["", "maybe", "AUTHORIZE"] {
            let end = browser.submit(&page.form_with("authorize").with("decision", decision));
            assert_eq!((end.status(), end.left_to), (400, None));
        }
        assert!(!is_silent(&shop, &browser, "openid"));
    }
}
