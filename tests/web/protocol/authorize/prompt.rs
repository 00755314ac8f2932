//! `prompt`, `max_age`, and how long a session counts.

use serde_json::Value;

use crate::support::*;

fn auth_time(server: &Server, tokens: &Tokens) -> i64 {
    claims_of(server, &tokens.id_token()).1["auth_time"].as_i64().unwrap()
}

fn sub(server: &Server, tokens: &Tokens) -> Value {
    claims_of(server, &tokens.id_token()).1["sub"].clone()
}

on_both! {
    // Conformance: R-3
    fn none_without_a_session_is_answered_at_once(setup) {
        let server = setup.start();
        let (shop, browser) = (server.relying_party("shop"), server.browser());
        let answer = browser.send(server.request("GET", &shop.request(&[("prompt", "none")])));
        assert_eq!(answer.status, 303);
        assert!(
            answer.location().starts_with("https://shop.example/cb?error=login_required&"),
            "{}",
            answer.location()
        );
    }

    // Conformance: R-3
    fn none_without_consent_is_answered_at_once(setup) {
        let server = setup.start();
        let (shop, browser) = (server.relying_party("shop"), server.browser());
        browser.sign_in("alice");
        let visit = shop.visit(&browser, &[("prompt", "none")]);
        assert_eq!(visit.response.error(), "consent_required");
        assert_eq!(visit.response.find("state"), Some("state-1"));
    }

    // Conformance
    fn none_with_session_and_consent_is_silent(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let visit = shop.sign_in("alice");
        let first = shop.redeem(&visit.code());
        server.advance(600);

        let answer = visit.browser.send(server.request("GET", &shop.request(&[("prompt", "none")])));
        assert!(answer.location().starts_with("https://shop.example/cb?code="), "{}", answer.location());
        let second = shop.redeem(&shop.visit(&visit.browser, &[("prompt", "none")]).code());
        assert_eq!(sub(&server, &first), sub(&server, &second));
        assert_eq!(auth_time(&server, &first), auth_time(&server, &second));
    }

    // Conformance: R-5
    fn login_asks_although_somebody_is_signed_in(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let visit = shop.sign_in("alice");
        let first = shop.redeem(&visit.code());
        server.advance(1);

        let page = visit.browser.open(&shop.request(&[("prompt", "login")]));
        assert!(page.is_at("/login"));
        // Coming back without having signed in does not skip it.
        let flow = page.parameter("flow").unwrap();
        let skipped = visit.browser.open(&format!("/authorize/{flow}"));
        assert!(skipped.is_at("/login"));
        assert_eq!(skipped.parameter("flow"), Some(flow));

        let page = visit.browser.sign_in_on(&page, "alice");
        let second = shop.redeem(&shop.response(&visit.browser, &page).code());
        assert_eq!(sub(&server, &first), sub(&server, &second));
        assert_eq!(auth_time(&server, &second), auth_time(&server, &first) + 1);
    }

    fn a_sign_in_for_one_request_does_not_count_for_another(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = shop.sign_in("alice").browser;
        let one = browser.open(&shop.request(&[("prompt", "login")]));
        let two = browser.open(&shop.request(&[("prompt", "login"), ("state", "two")]));
        browser.sign_in_on(&one, "alice");
        let flow = two.parameter("flow").unwrap();
        assert!(browser.open(&format!("/authorize/{flow}")).is_at("/login"));
    }

    fn a_wrong_password_does_not_meet_prompt_login(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = shop.sign_in("alice").browser;
        let page = browser.open(&shop.request(&[("prompt", "login")]));
        let wrong =
            browser.press(&page, "sign-in", &[("username", "alice"), ("password", "wrong password 1")]);
        assert_eq!(wrong.status(), 422);
        let flow = page.parameter("flow").unwrap();
        assert!(browser.open(&format!("/authorize/{flow}")).is_at("/login"));
    }

    fn another_person_may_answer_prompt_login(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = shop.sign_in("alice").browser;
        let page = browser.sign_in_on(&browser.open(&shop.request(&[("prompt", "login")])), "bob");
        assert!(page.is_at("/consent"), "what Alice agreed to does not bind Bob");
        let page = browser.press(&page, "authorize", &[]);
        let tokens = shop.redeem(&shop.response(&browser, &page).code());
        assert_eq!(sub(&server, &tokens), "sub-of-bob");
    }

    // Conformance: R-12
    fn consent_asks_again(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = shop.sign_in("alice").browser;
        let page = browser.open(&shop.request(&[("prompt", "consent")]));
        assert!(page.is_at("/consent"));
        let flow = page.parameter("flow").unwrap();
        assert!(browser.open(&format!("/authorize/{flow}")).is_at("/consent"));
        let page = browser.press(&page, "authorize", &[]);
        assert!(shop.redeem(&shop.response(&browser, &page).code()).is_granted());
    }

    fn select_account_lets_the_person_choose(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = shop.sign_in("alice").browser;
        let page = browser.open(&shop.request(&[("prompt", "select_account")]));
        assert!(page.is_at("/login/account"));
        assert!(page.text().contains("Alice Example"));
        let flow = page.parameter("flow").unwrap();
        assert!(browser.open(&format!("/authorize/{flow}")).is_at("/login/account"));

        let chosen = browser.press(&page, "account-1", &[]);
        let tokens = shop.redeem(&shop.response(&browser, &chosen).code());
        assert_eq!(sub(&server, &tokens), "sub-of-alice");
    }

    fn select_account_offers_everybody_who_is_signed_in_here(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = shop.sign_in("alice").browser;
        let page = browser.open(&shop.request(&[("prompt", "select_account")]));
        let page = browser.press(&page, "another-account", &[]);
        assert!(page.is_at("/login"));
        let page = browser.press(&browser.sign_in_on(&page, "bob"), "authorize", &[]);
        let tokens = shop.redeem(&shop.response(&browser, &page).code());
        assert_eq!(sub(&server, &tokens), "sub-of-bob");

        let page = browser.open(&shop.request(&[("prompt", "select_account")]));
        let text = page.text();
        assert!(text.contains("Alice Example") && text.contains("Bob Example"), "{text}");
        // Whoever went on last stands first.
        let page = browser.press(&page, "account-2", &[]);
        let tokens = shop.redeem(&shop.response(&browser, &page).code());
        assert_eq!(sub(&server, &tokens), "sub-of-alice");
        // Nobody can choose what is not offered.
        let page = browser.open(&shop.request(&[("prompt", "select_account")]));
        let form = page.form_with("account-1").with("account", "7");
        assert!(browser.submit(&form).is_at("/login"));
    }

    fn every_combination_ends(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        for prompt in [
            "login consent",
            "consent login",
            "select_account consent",
            "login select_account",
            "login consent select_account",
        ] {
            for has_session in [false, true] {
                let browser = server.browser();
                if has_session {
                    shop.visit(
                        &{
                            browser.sign_in("alice");
                            browser.clone()
                        },
                        &[],
                    );
                    browser.sign_in("alice");
                }
                server.advance(1);
                let mut page = browser.open(&shop.request(&[("prompt", prompt)]));
                let mut pages = Vec::new();
                while page.left_to.is_none() {
                    pages.push(page.path.split('?').next().unwrap().to_owned());
                    assert!(pages.len() < 4, "{prompt} goes in circles: {pages:?}");
                    page = match pages.last().unwrap().as_str() {
                        "/login" => browser.sign_in_on(&page, "alice"),
                        "/login/account" => browser.press(&page, "account-1", &[]),
                        "/consent" => browser.press(&page, "authorize", &[]),
                        other => panic!("{prompt} leads to {other}: {}", page.text()),
                    };
                }
                assert!(shop.redeem(&shop.response(&browser, &page).code()).is_granted());
                if prompt.contains("login") {
                    assert!(pages.contains(&"/login".into()), "{prompt}: {pages:?}");
                }
                if prompt.contains("consent") {
                    assert!(pages.contains(&"/consent".into()), "{prompt}: {pages:?}");
                }
            }
        }
    }

    // Conformance
    fn max_age_asks_again_once_it_has_passed(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let visit = shop.sign_in_with("alice", &[("max_age", "15000")]);
        let first = auth_time(&server, &shop.redeem(&visit.code()));
        server.advance(2);
        let browser = visit.browser;
        let silent = shop.redeem(&shop.visit(&browser, &[("max_age", "10000")]).code());
        assert_eq!(auth_time(&server, &silent), first);
        let silent = shop.redeem(&shop.visit(&browser, &[("max_age", "2")]).code());
        assert_eq!(auth_time(&server, &silent), first, "exactly as old as allowed");

        let none = shop.visit(&browser, &[("max_age", "1"), ("prompt", "none")]);
        assert_eq!(none.response.error(), "login_required");
        let page = browser.open(&shop.request(&[("max_age", "1")]));
        assert!(page.is_at("/login"));
        let page = browser.sign_in_on(&page, "alice");
        let again = shop.redeem(&shop.response(&browser, &page).code());
        assert_eq!(auth_time(&server, &again), first + 2);
    }

    fn max_age_zero_asks_each_time_and_does_not_loop(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = shop.sign_in("alice").browser;
        for _ in 0..2 {
            server.advance(1);
            let page = browser.open(&shop.request(&[("max_age", "0")]));
            assert!(page.is_at("/login"));
            let page = browser.sign_in_on(&page, "alice");
            assert!(shop.redeem(&shop.response(&browser, &page).code()).is_granted());
        }
    }

    fn a_slow_person_is_not_asked_twice_for_max_age(setup) {
        let server = setup.start();
        let (shop, browser) = (server.relying_party("shop"), server.browser());
        let page = browser.sign_in_on(&browser.open(&shop.request(&[("max_age", "10")])), "alice");
        assert!(page.is_at("/consent"));
        server.advance(60);
        let page = browser.press(&page, "authorize", &[]);
        assert!(shop.redeem(&shop.response(&browser, &page).code()).is_granted());
    }

    fn a_session_ends_when_it_is_not_used(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let error = |browser: &Browser| {
            let page = browser.open(&shop.request(&[("prompt", "none")]));
            shop.response(browser, &page).find("error").map(str::to_owned)
        };
        let browser = shop.sign_in("alice").browser;
        // Each use starts the twelve hours anew.
        for _ in 0..3 {
            server.advance(11 * 3600);
            assert_eq!(error(&browser), None);
        }
        server.advance(12 * 3600);
        assert_eq!(error(&browser).as_deref(), Some("login_required"));
    }

    fn a_remembered_session_lasts_longer_and_not_for_ever(setup) {
        const DAY: i64 = 24 * 3600;
        let server = setup.start();
        let (shop, browser) = (server.relying_party("shop"), server.browser());
        let page = browser.open("/login");
        browser.press(&page, "sign-in", &[("username", "alice"), ("password", PASSWORD), ("remember", "on")]);
        shop.visit(&browser, &[]);
        for _ in 0..2 {
            server.advance(13 * DAY);
            assert!(shop.visit(&browser, &[("prompt", "none")]).response.find("code").is_some());
        }
        // Thirty days after the sign-in it is over, however often it was used.
        server.advance(3 * DAY);
        assert!(shop.visit(&browser, &[("prompt", "none")]).response.find("code").is_some());
        server.advance(DAY);
        assert_eq!(shop.visit(&browser, &[("prompt", "none")]).response.error(), "login_required");
    }
}
