//! Which redirect URIs get an answer.

use serde_json::json;

use crate::support::*;

/// Asserts that nobody was redirected and nobody was asked to sign in.
fn assert_error_page(answer: &Answer, word: &str) {
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert_eq!(answer.header("location"), None);
    assert!(answer.header("content-type").unwrap().starts_with("text/html"));
    assert!(!answer.body.to_ascii_lowercase().contains("http-equiv"), "{}", answer.body);
    let text = text(&answer.body);
    for expected in ["cannot continue", "invalid_request", word] {
        assert!(text.contains(expected), "{expected} is missing in {text}");
    }
    assert_eq!(text.matches("we stopped before sharing anything").count(), 1, "{text}");
    assert!(forms(&answer.body).is_empty());
}

on_both! {
    // Conformance: U-1, U-2, U-3, U-6, H-5, H-6
    fn only_the_registered_text_itself_counts(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let stranger = server.browser();
        stranger.open("/login");
        for wrong in [
            "https://shop.example/cb/",
            "https://shop.example/cb/more",
            "https://shop.example/cb?foo=bar",
            "https://shop.example/cb#",
            "https://shop.example/CB",
            "https://SHOP.example/cb",
            "HTTPS://shop.example/cb",
            "https://shop.example:443/cb",
            "https://shop.example/./cb",
            "https://shop.example/x/../cb",
            "https://shop.example/%63b",
            "https://shop.example.evil.example/cb",
            "https://shop.example@evil.example/cb",
            "https://evil.example/https://shop.example/cb",
            "http://shop.example/cb",
            "//shop.example/cb",
            "/cb",
            "javascript:alert(1)//https://shop.example/cb",
            " https://shop.example/cb",
            "https://shop.example/cb\u{0}",
            "https://shop.example/cb\r\nLocation: https://evil.example",
        ] {
            let query = shop.query(&[("redirect_uri", wrong)]);
            let by_get = server.get(&format!("/authorize?{query}"));
            assert_error_page(&by_get, "redirect_uri is not registered");
            let by_post = stranger.send(server.request("POST", "/authorize").raw_form(query.into_bytes()));
            assert_error_page(&by_post, "redirect_uri is not registered");
        }
    }

    // Conformance: U-5, H-6, H-5
    fn without_a_redirect_uri_there_is_an_error_page(setup) {
        let server = setup.start();
        let one = server.relying_party("one");
        let two = server.relying_party_with(
            "two",
            json!({ "redirect_uris": ["https://two.example/a", "https://two.example/b"] }),
        );
        for client in [one, two] {
            assert_error_page(
                &server.get(&client.request(&[("redirect_uri", "")])),
                "redirect_uri is missing",
            );
        }
    }

    fn in_plain_oauth_the_only_one_goes_without_saying(setup) {
        let server = setup.start();
        let one = server.relying_party("one");
        let plain = [("redirect_uri", ""), ("scope", "email")];
        let visit = one.sign_in_with("alice", &plain);
        assert!(visit.response.location.starts_with("https://one.example/cb?"), "{}", visit.response.location);
        let elsewhere = one.redeem_with(&visit.code(), &[("redirect_uri", "https://one.example/other")]);
        assert_eq!(elsewhere.error(), "invalid_grant");
        assert!(one.redeem_with(&visit.code(), &[("redirect_uri", "")]).is_granted(), "nothing was used up");
        let unsaid = one.visit(&visit.browser, &plain);
        assert!(one.redeem(&unsaid.code()).is_granted(), "it may be said");

        // RFC 6749 4.1.3: what the authorization request said must be said again.
        let said = one.visit(&visit.browser, &[("scope", "email")]);
        assert_eq!(one.redeem_with(&said.code(), &[("redirect_uri", "")]).error(), "invalid_grant");
        assert!(one.redeem(&said.code()).is_granted(), "nothing was used up");

        let openid = one.visit(&visit.browser, &[]);
        assert_eq!(one.redeem_with(&openid.code(), &[("redirect_uri", "")]).error(), "invalid_grant");
        assert!(one.redeem(&openid.code()).is_granted(), "nothing was used up");

        let two = server.relying_party_with(
            "two",
            json!({ "redirect_uris": ["https://two.example/a", "https://two.example/b"] }),
        );
        assert_error_page(&server.get(&two.request(&plain)), "redirect_uri is missing");
    }

    fn each_of_several_registered_ones_is_answered(setup) {
        let server = setup.start();
        let mut shop = server.relying_party_with(
            "shop",
            json!({ "redirect_uris": ["https://shop.example/a", "https://shop.example/b"] }),
        );
        assert!(shop.sign_in("alice").response.location.starts_with("https://shop.example/a?"));
        shop.redirect_uri = "https://shop.example/b".into();
        let visit = shop.sign_in("alice");
        assert!(visit.response.location.starts_with("https://shop.example/b?"));
        assert!(shop.redeem(&visit.code()).is_granted());
    }

    // Conformance: U-4
    fn a_registered_query_stays_and_the_answer_follows_it(setup) {
        let server = setup.start();
        let shop = server.relying_party_with(
            "shop",
            json!({ "redirect_uris": ["https://shop.example/cb?bar=foo&a=%20b"] }),
        );
        let visit = shop.sign_in("alice");
        assert!(
            visit.response.location.starts_with("https://shop.example/cb?bar=foo&a=%20b&code="),
            "{}",
            visit.response.location
        );
        assert!(shop.redeem(&visit.code()).is_granted());

        let posted = shop.sign_in_with("alice", &[("response_mode", "form_post")]);
        assert!(posted.response.location.starts_with("https://shop.example/cb?bar=foo&a=%20b"));

        for wrong in [
            "https://shop.example/cb?foo=bar",
            "https://shop.example/cb",
            "https://shop.example/cb?bar=foo&a=+b",
        ] {
            assert_error_page(
                &server.get(&shop.request(&[("redirect_uri", wrong)])),
                "redirect_uri is not registered",
            );
        }
    }

    fn nobody_is_redirected_for_an_unknown_or_disabled_client(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let long = "x".repeat(5000);
        for unknown in ["nobody", "SHOP", "shop ", "\u{e9}", "sh%70p", &long] {
            assert_error_page(
                &server.get(&shop.request(&[("client_id", unknown)])),
                "client_id does not name",
            );
        }
        assert_error_page(&server.get(&shop.request(&[("client_id", "")])), "client_id is missing");
        assert_error_page(&server.get("/authorize"), "client_id is missing");

        server.change_client("shop", |client| client.disabled_at = Some(NOW));
        assert_error_page(&server.get(&shop.request(&[])), "client_id does not name");
    }

    fn nobody_is_redirected_when_client_or_redirect_uri_come_twice(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        for (again, word) in [
            ("redirect_uri=https%3A%2F%2Fshop.example%2Fcb", "redirect_uri was sent twice"),
            ("redirect_uri=https%3A%2F%2Fevil.example%2Fcb", "redirect_uri was sent twice"),
            ("client_id=shop", "client_id was sent twice"),
        ] {
            assert_error_page(&server.get(&format!("{}&{again}", shop.request(&[]))), word);
            assert_error_page(&server.get(&format!("/authorize?{again}&{}", shop.query(&[]))), word);
        }
    }

    fn what_was_sent_is_shown_as_text_only(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let script = "https://shop.example/\"><script>alert(1)</script>";
        let answer = server.get(&shop.request(&[("redirect_uri", script)]));
        assert!(!answer.body.contains("<script>alert"));
        assert!(answer.body.contains("&lt;script&gt;alert"));
        let answer = server.get(&shop.request(&[("client_id", "<img src=x onerror=alert(1)>")]));
        assert!(!answer.body.contains("<img src=x"));
    }

    fn a_native_app_on_a_loopback_address_picks_its_port(setup) {
        let server = setup.start();
        let members = |kind: &str| {
            json!({
                "application_type": kind,
                "token_endpoint_auth_method": "none",
                "redirect_uris": ["http://127.0.0.1/cb", "http://[::1]:1/cb", "com.example.app:/cb"],
            })
        };
        let mut app = server.relying_party_with("app", members("native"));
        for uri in ["http://127.0.0.1:51004/cb", "http://[::1]:51004/cb", "com.example.app:/cb"] {
            app.redirect_uri = uri.into();
            let visit = app.sign_in("alice");
            assert!(app.redeem(&visit.code()).is_granted(), "{uri}");
        }
        for wrong in [
            "http://127.0.0.1:51004/other",
            "http://127.0.0.2:51004/cb",
            "http://localhost:51004/cb",
            "com.example.app:/cb/x",
        ] {
            assert_error_page(
                &server.get(&app.request(&[("redirect_uri", wrong)])),
                "redirect_uri is not registered",
            );
        }
        let web = server.relying_party_with("web", members("web"));
        let wrong = web.request(&[("redirect_uri", "http://127.0.0.1:51004/cb")]);
        assert_error_page(&server.get(&wrong), "redirect_uri is not registered");
    }

    fn the_port_of_the_request_is_the_port_of_the_redemption(setup) {
        let server = setup.start();
        let mut app = server.relying_party_with(
            "app",
            json!({
                "application_type": "native",
                "token_endpoint_auth_method": "none",
                "redirect_uris": ["http://127.0.0.1/cb"],
            }),
        );
        app.redirect_uri = "http://127.0.0.1:51004/cb".into();
        let code = app.sign_in("alice").code();
        assert_eq!(
            app.redeem_with(&code, &[("redirect_uri", "http://127.0.0.1:51005/cb")]).error(),
            "invalid_grant"
        );
        assert!(app.redeem(&code).is_granted());
    }
}
