//! Refresh tokens: rotation, narrowing, and the end of a family.

use serde_json::json;

use crate::support::*;

fn family(shop: &RelyingParty, username: &str) -> Tokens {
    shop.redeem(&shop.sign_in_with(username, &[("scope", "openid email offline_access")]).code())
}

on_both! {
    // Conformance: F-3, T-7
    fn a_refresh_replaces_both_tokens(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let first = family(&shop, "alice");
        server.advance(1);
        let second = shop.refresh(&first.refresh_token());
        assert_ne!(first.access_token(), second.access_token());
        assert_ne!(first.refresh_token(), second.refresh_token());
        assert_eq!(second.0.header("cache-control"), Some("no-store"));
        assert_eq!(second.0.json()["expires_in"], 3600);
        assert_eq!(second.member("scope").as_deref(), Some("openid email offline_access"));
        assert!(shop.is_live(&second.access_token()));
        assert!(!shop.is_live(&first.access_token()), "the old access token ends as the new one begins");
    }

    // Conformance: F-4
    fn the_refreshed_id_token_tells_of_the_same_sign_in(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let first = family(&shop, "alice");
        server.advance(100);
        let second = shop.refresh(&first.refresh_token());
        let (one, two) = (claims_of(&server, &first.id_token()).1, claims_of(&server, &second.id_token()).1);
        for same in ["iss", "sub", "aud", "auth_time", "sid"] {
            assert_eq!(one[same], two[same], "{same}");
        }
        assert_eq!(two["iat"].as_i64().unwrap(), one["iat"].as_i64().unwrap() + 100);
        assert!(!two.contains_key("nonce"));
        assert_eq!(one.get("azp"), two.get("azp"));
    }

    // Conformance: A-8, F-1, F-3
    fn whoever_agrees_to_offline_access_is_refreshed_with_and_without_its_scope(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        const SCOPE: &str = "openid email offline_access";
        let code = shop.sign_in_with("alice", &[("scope", SCOPE), ("prompt", "consent")]).code();
        let first = shop.redeem(&code);
        let second = shop.refresh(&first.refresh_token());
        let third = shop.refresh_to(&second.refresh_token(), SCOPE);
        for tokens in [&first, &second, &third] {
            let json = tokens.0.json();
            assert_eq!((&json["token_type"], &json["expires_in"]), (&json!("Bearer"), &json!(3600)));
            assert_eq!(tokens.member("scope").as_deref(), Some(SCOPE));
            assert_eq!(tokens.0.header("cache-control"), Some("no-store"));
        }
        assert!(shop.is_live(&third.access_token()));
    }

    fn a_refresh_token_that_comes_twice_ends_the_family(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let (first, bystander) = (family(&shop, "alice"), family(&shop, "alice"));
        let second = shop.refresh(&first.refresh_token());
        let third = shop.refresh(&second.refresh_token());
        let again = shop.refresh(&first.refresh_token());
        assert_eq!((again.0.status, &*again.error()), (400, "invalid_grant"));
        assert!(!shop.is_live(&third.access_token()));
        assert_eq!(shop.refresh(&third.refresh_token()).error(), "invalid_grant");
        assert!(shop.is_live(&bystander.access_token()), "another sign-in of the same person stays");
        let [event] = &server.audit("refresh_token_reused")[..] else { panic!("it is not in the audit log") };
        assert_eq!(
            (event.client_id.as_deref(), event.user_id.as_deref()),
            (Some("shop"), Some("sub-of-alice"))
        );
        assert!(shop.refresh(&bystander.refresh_token()).is_granted());
    }

    fn a_refresh_may_narrow_and_never_widen(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let first = family(&shop, "alice");
        for wider in ["openid profile", "openid email offline_access phone", "admin", "openid \"x\""] {
            assert_eq!(shop.refresh_to(&first.refresh_token(), wider).error(), "invalid_scope", "{wider}");
        }
        let same = shop.refresh_to(&first.refresh_token(), "offline_access email openid");
        assert!(same.is_granted(), "a refused scope does not use the token up");
        let narrow = shop.refresh_to(&same.refresh_token(), "openid");
        assert_eq!(narrow.member("scope").as_deref(), Some("openid"));
        let claims = shop.userinfo(&narrow.access_token()).json();
        assert_eq!(claims, json!({ "sub": "sub-of-alice" }));
    }

    /// RFC 6749, 6: the new refresh token has the scope of the old one, not that of this access token.
    fn a_narrowed_refresh_does_not_narrow_the_next(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let narrow = shop.refresh_to(&family(&shop, "alice").refresh_token(), "openid");
        let whole = shop.refresh(&narrow.refresh_token());
        assert_eq!(whole.member("scope").as_deref(), Some("openid email offline_access"));
    }

    fn another_client_can_neither_use_a_refresh_token_nor_spoil_it(setup) {
        let server = setup.start();
        let (shop, thief) = (server.relying_party("shop"), server.relying_party("thief"));
        let tokens = family(&shop, "alice");
        for scope in ["openid email", "admin"] {
            let answer = thief.refresh_to(&tokens.refresh_token(), scope);
            assert_eq!((answer.0.status, &*answer.error()), (400, "invalid_grant"));
        }
        let second = shop.refresh(&tokens.refresh_token());
        assert!(second.is_granted());
        // A spent one of another client ends nothing either.
        assert_eq!(thief.refresh(&tokens.refresh_token()).error(), "invalid_grant");
        assert!(shop.is_live(&second.access_token()));
    }

    // Conformance: F-1
    fn a_refresh_token_needs_offline_access_and_a_client_that_may_refresh(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let plain = shop.redeem(&shop.sign_in("alice").code());
        assert_eq!(plain.member("refresh_token"), None);
        let once = server.relying_party_with("once", json!({ "grant_types": ["authorization_code"] }));
        let tokens = family(&once, "alice");
        assert_eq!(tokens.member("refresh_token"), None);
        assert_eq!(tokens.member("scope").as_deref(), Some("openid email"));
        assert_eq!(once.refresh("anything").error(), "invalid_grant");
    }

    fn a_client_that_may_no_longer_refresh_is_refused(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let tokens = family(&shop, "alice");
        server.change_client("shop", |client| {
            client.grant_types.retain(|grant| grant.as_str() != "refresh_token");
        });
        assert_eq!(shop.refresh(&tokens.refresh_token()).error(), "unauthorized_client");
        server.change_client("shop", |client| client.grant_types.push("refresh_token".parse().unwrap()));
        assert!(shop.refresh(&tokens.refresh_token()).is_granted());
    }

    fn each_refresh_starts_the_thirty_days_anew(setup) {
        const DAY: i64 = 24 * 3600;
        let server = setup.start();
        let shop = server.relying_party("shop");
        let mut tokens = family(&shop, "alice");
        for _ in 0..3 {
            server.advance(30 * DAY - 1);
            tokens = shop.refresh(&tokens.refresh_token());
            assert!(tokens.is_granted());
        }
        server.advance(30 * DAY);
        assert_eq!(shop.refresh(&tokens.refresh_token()).error(), "invalid_grant");
    }

    fn a_refresh_outlives_the_browser_session(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let visit = shop.sign_in_with("alice", &[("scope", "openid offline_access")]);
        let tokens = shop.redeem(&visit.code());
        visit.browser.press(&visit.browser.open("/logout"), "sign-out", &[]);
        assert!(shop.refresh(&tokens.refresh_token()).is_granted());
    }

    fn tokens_and_codes_are_not_interchangeable(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let code = shop.sign_in("alice").code();
        let tokens = family(&shop, "alice");
        assert_eq!(shop.refresh(&code).error(), "invalid_grant");
        assert_eq!(shop.refresh(&tokens.access_token()).error(), "invalid_grant");
        assert_eq!(shop.redeem(&tokens.refresh_token()).error(), "invalid_grant");
        assert!(!shop.is_live(&tokens.refresh_token()));
        assert!(!shop.is_live(&code));
        assert!(!shop.is_live(&tokens.id_token()));
        assert!(shop.redeem(&code).is_granted());
    }
}
