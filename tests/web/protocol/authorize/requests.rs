//! How a request is read, and what comes back for a good one.

use serde_json::json;

use crate::support::*;

on_both! {
    fn the_answer_carries_code_state_and_issuer(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let response = shop.sign_in("alice").response;
        let names: Vec<_> = response.parameters.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["code", "state", "iss", "session_state"]);
        assert!(response.location.starts_with("https://shop.example/cb?"));
        assert_eq!(response.find("state"), Some("state-1"));
        assert_eq!(response.find("iss"), Some(server.issuer()));
        // 256 bits in base64url.
        assert_eq!(response.code().len(), 43);
    }

    fn the_answer_comes_in_the_mode_that_was_asked_for(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        for (mode, start) in
            [("query", "https://shop.example/cb?code="), ("fragment", "https://shop.example/cb#code=")]
        {
            let visit = shop.sign_in_with("alice", &[("response_mode", mode)]);
            assert!(visit.response.location.starts_with(start), "{}", visit.response.location);
            assert!(shop.redeem(&visit.code()).is_granted());
        }
        let visit = shop.sign_in_with("alice", &[("response_mode", "form_post")]);
        assert!(shop.redeem(&visit.code()).is_granted());
    }

    // Conformance: A-7
    fn state_and_nonce_come_back_byte_for_byte(setup) {
        let server = setup.start();
        let (shop, browser) = (server.relying_party("shop"), server.browser());
        browser.sign_in("alice");
        shop.visit(&browser, &[]);
        let unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".repeat(3);
        for odd in [
            unreserved.as_str(),
            "a b+c%25&d=e#f?g",
            "\"quoted\" 'single' <tag> & &amp; \\ {braces} |",
            "é€😀",
            "%41%00%zz",
            "https://evil.example/?code=stolen",
            " leading and trailing ",
            "line\r\nbreak\ttab",
        ] {
            for mode in ["query", "fragment"] {
                let visit = shop.visit(&browser, &[("state", odd), ("nonce", odd), ("response_mode", mode)]);
                assert_eq!(visit.response.find("state"), Some(odd));
                let id_token = shop.redeem(&visit.code()).id_token();
                assert_eq!(claims_of(&server, &id_token).1["nonce"], odd);
            }
            // Browsers turn line breaks in form fields into CR LF, which ours does not.
            let posted = shop.visit(&browser, &[("state", odd), ("response_mode", "form_post")]);
            assert_eq!(posted.response.find("state"), Some(odd));
        }
    }

    fn without_state_or_nonce_none_comes_back(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let visit = shop.sign_in_with("alice", &[("state", ""), ("nonce", "")]);
        assert_eq!(visit.response.find("state"), None);
        let id_token = shop.redeem(&visit.code()).id_token();
        assert!(!claims_of(&server, &id_token).1.contains_key("nonce"));
    }

    // Conformance: A-1
    fn a_posted_request_is_the_same_as_one_in_the_query(setup) {
        let server = setup.start();
        let (shop, browser) = (server.relying_party("shop"), server.browser());
        browser.sign_in("alice");
        let post = |changed: &[(&str, &str)]| {
            let request = server.request("POST", "/authorize").raw_form(shop.query(changed).into_bytes());
            browser
                .send(request.header("Origin", "https://shop.example").header("Sec-Fetch-Site", "same-site"))
        };
        let answer = post(&[]);
        assert!(answer.location().starts_with("/consent?flow="));
        let page = browser.press(&browser.go(answer.location()), "authorize", &[]);
        assert!(shop.redeem(&shop.response(&browser, &page).code()).is_granted());

        assert!(post(&[]).location().starts_with("https://shop.example/cb?code="));
        assert!(post(&[("scope", "")]).location().starts_with("https://shop.example/cb?error=invalid_scope"));
    }

    fn a_request_that_is_too_long_to_be_kept_is_refused(setup) {
        let server = setup.start();
        let (shop, browser) = (server.relying_party("shop"), server.browser());
        browser.sign_in("alice");
        let state = "x".repeat(100_000);
        let body = shop.query(&[("state", &state)]).into_bytes();
        let post = || server.request("POST", "/authorize").raw_form(body.clone());
        for answer in [post().send(), browser.send(post())] {
            assert_eq!((answer.status, answer.header("location")), (400, None), "nothing waits");
            assert!(text(&answer.body).contains("the request has more than 65536 bytes"), "{}", answer.body);
        }
        // Each of these bytes takes nine once it is written anew.
        let swelling = server.request("POST", "/authorize").raw_form(vec![0xff; 60_000]).send();
        assert_eq!((swelling.status, swelling.header("location")), (400, None));
        assert!(shop.visit(&browser, &[]).response.location.contains("code="));
    }

    // Conformance: A-1
    fn a_request_posted_from_another_site_finds_whoever_is_signed_in(setup) {
        let server = setup.start();
        let (shop, browser) = (server.relying_party("shop"), server.browser());
        browser.sign_in("alice");
        shop.visit(&browser, &[]);
        let before = browser.cookies();
        // As from another site: no cookie comes along.
        let post = |changed: &[(&str, &str)]| {
            let request = server.request("POST", "/authorize").raw_form(shop.query(changed).into_bytes());
            let request = request.header("Origin", "https://shop.example").header("Sec-Fetch-Site", "cross-site");
            let answer = request.header("Sec-Fetch-Dest", "document").send();
            assert_eq!((answer.status, answer.headers("set-cookie").count()), (303, 0));
            answer.location().to_owned()
        };
        let long = "é+&=%41 ".repeat(400);
        for state in ["a b+c%25&d=e", &long] {
            let page = browser.go(&post(&[("prompt", "none"), ("state", state)]));
            let response = shop.response(&browser, &page);
            assert_eq!(response.find("state"), Some(state));
            assert!(shop.redeem(&response.code()).is_granted());
        }
        assert_eq!(browser.cookies(), before);

        // What is too long for an address is kept for a minute, for one answer.
        let address = post(&[("prompt", "none"), ("state", &long)]);
        assert!(address.starts_with("/authorize/posted/"), "{address}");
        assert!(browser.go(&address).left_to.is_some());
        let late = post(&[("state", &long)]);
        server.advance(60);
        for address in [&address, &late, "/authorize/posted/guessed"] {
            let page = browser.go(address);
            assert_eq!((page.status(), page.left_to), (400, None), "{address}");
        }
        for state in ["short", &long] {
            let stranger = server.browser();
            let page = stranger.sign_in_on(&stranger.go(&post(&[("state", state)])), "alice");
            assert!(shop.redeem(&shop.response(&stranger, &page).code()).is_granted());
        }
    }

    // Conformance
    fn order_case_of_words_and_unknown_parameters_do_not_matter(setup) {
        let server = setup.start();
        let (shop, browser) = (server.relying_party("shop"), server.browser());
        browser.sign_in("alice");
        shop.visit(&browser, &[]);
        let mut pairs = shop.parameters();
        pairs.reverse();
        pairs.push(("extra".into(), "foobar".into()));
        pairs.push(("extra".into(), "twice".into()));
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
        for path in ["/authorize", "/authorize/"] {
            let page = browser.open(&format!("{path}?{}", encode(&pairs)));
            assert!(shop.redeem(&shop.response(&browser, &page).code()).is_granted());
        }
        let swapped = shop.visit(&browser, &[("scope", "  email   openid ")]);
        assert!(shop.redeem(&swapped.code()).is_granted());
    }

    // Conformance: A-4
    fn what_cannot_be_served_is_accepted_and_passed_over(setup) {
        let server = setup.start();
        let (shop, browser) = (server.relying_party("shop"), server.browser());
        browser.sign_in("alice");
        shop.visit(&browser, &[]);
        for (name, value) in [
            ("display", "page"),
            ("display", "popup"),
            ("ui_locales", "se"),
            ("claims_locales", "se"),
            ("claims", "{\"userinfo\":{\"name\":{\"essential\":true}}}"),
            ("acr_values", "1 2"),
            ("login_hint", "nobody@nowhere.example"),
            ("max_age", "15000"),
            ("prompt", ""),
        ] {
            let visit = shop.visit(&browser, &[(name, value)]);
            assert!(shop.redeem(&visit.code()).is_granted(), "{name}={value}");
        }
    }

    fn unknown_scopes_are_left_out(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let code = shop.sign_in_with("alice", &[("scope", "openid berths email")]).code();
        assert_eq!(shop.redeem(&code).member("scope").as_deref(), Some("openid email"));
    }

    fn a_client_without_consent_never_asks(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        server.change_client("shop", |client| client.consent = "never".parse().unwrap());
        let browser = server.browser();
        let page = browser.sign_in_on(&browser.open(&shop.request(&[])), "alice");
        assert!(shop.redeem(&shop.response(&browser, &page).code()).is_granted());
    }

    fn a_client_that_always_asks_asks_again(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        server.change_client("shop", |client| client.consent = "always".parse().unwrap());
        let visit = shop.sign_in("alice");
        let page = visit.browser.open(&shop.request(&[]));
        assert!(page.is_at("/consent"));
        let none = visit.browser.open(&shop.request(&[("prompt", "none")]));
        assert_eq!(shop.response(&visit.browser, &none).error(), "consent_required");
    }

    /// RFC 8252, 8.6: whoever waits on a private scheme or a local port is not known to be this app.
    fn a_public_native_client_always_asks(setup) {
        let server = setup.start();
        for (id, uri) in [("local", "http://127.0.0.1/cb"), ("private", "com.example.app:/cb")] {
            let app = server.relying_party_with(
                id,
                json!({
                    "application_type": "native",
                    "token_endpoint_auth_method": "none",
                    "redirect_uris": [uri],
                }),
            );
            let visit = app.sign_in("alice");
            assert!(visit.browser.open(&app.request(&[])).is_at("/consent"), "{uri}");
            let none = visit.browser.open(&app.request(&[("prompt", "none")]));
            assert_eq!(app.response(&visit.browser, &none).error(), "consent_required");
        }
    }

    fn a_disabled_client_gets_no_answer_for_a_request_that_waits(setup) {
        let server = setup.start();
        let (shop, browser) = (server.relying_party("shop"), server.browser());
        let page = browser.sign_in_on(&browser.open(&shop.request(&[])), "alice");
        assert!(page.is_at("/consent"));
        server.change_client("shop", |client| client.disabled_at = Some(NOW));
        let page = browser.press(&page, "authorize", &[]);
        assert_eq!(page.left_to, None);
    }

    fn a_request_waits_for_an_hour_and_no_longer(setup) {
        let server = setup.start();
        let (shop, browser) = (server.relying_party("shop"), server.browser());
        let page = browser.open(&shop.request(&[]));
        let flow = page.parameter("flow").unwrap();
        server.advance(3600);
        let page = browser.sign_in_on(&page, "alice");
        assert_eq!(page.left_to, None);
        let page = browser.open(&format!("/authorize/{flow}"));
        assert_eq!(page.status(), 400);
        assert!(page.text().contains("took too long"), "{}", page.text());
    }

    fn a_waiting_request_belongs_to_one_browser_and_is_answered_once(setup) {
        let server = setup.start();
        let (shop, browser, stranger) = (server.relying_party("shop"), server.browser(), server.browser());
        let page = browser.open(&shop.request(&[]));
        let resumed = format!("/authorize/{}", page.parameter("flow").unwrap());
        stranger.sign_in("bob");
        for path in [resumed.as_str(), "/authorize/no-such-flow", "/authorize/%00"] {
            let page = stranger.open(path);
            assert_eq!((page.status(), page.left_to), (400, None), "{path}");
        }
        let page = browser.press(&browser.sign_in_on(&page, "alice"), "authorize", &[]);
        assert!(shop.redeem(&shop.response(&browser, &page).code()).is_granted());
        let again = browser.open(&resumed);
        assert_eq!((again.status(), again.left_to), (400, None));
    }

    /// PostgreSQL cannot hold a NUL character, SQLite can: neither answers with a fault.
    fn bytes_that_are_no_text_are_no_fault(setup) {
        let server = setup.start();
        let (shop, browser) = (server.relying_party("shop"), server.browser());
        browser.sign_in("alice");
        for junk in [&b"\0"[..], b"\xff\xfe", b"%ff", b"%00", b"&&&=&=="] {
            let mut body = shop.query(&[]).into_bytes();
            body.extend(b"&login_hint=");
            body.extend(junk);
            let answer = browser.send(server.request("POST", "/authorize").raw_form(body));
            assert!(matches!(answer.status, 303 | 400), "{junk:?}: {}", answer.body);
        }
        for name in ["nonce", "state", "login_hint"] {
            let page = browser.open(&shop.request(&[(name, "a\u{0}b")]));
            let page = if page.is_at("/consent") { browser.press(&page, "authorize", &[]) } else { page };
            assert!(page.left_to.is_some() || page.status() == 400, "{name}: {}", page.text());
        }
        for path in [
            "/authorize?client_id=%00&redirect_uri=x",
            "/authorize/%00",
            "/consent?flow=%00",
            "/login?flow=%00",
            "/login/account?flow=%00",
            "/logos/%00",
        ] {
            let page = browser.open(path);
            assert!(page.status() < 500, "{path}: {}", page.text());
        }
    }
}
