//! What each client may choose about its refresh tokens.

use std::sync::Barrier;

use serde_json::{Value, json};

use crate::support::*;

const OFFLINE: &[(&str, &str)] = &[("scope", "openid email offline_access")];

fn shop_with(server: &Server, refresh: &Value) -> RelyingParty {
    server.relying_party_with("shop", json!({ "refresh": refresh }))
}

fn sign_in(shop: &RelyingParty) -> Tokens {
    shop.redeem(&shop.sign_in_with("alice", OFFLINE).code())
}

/// Whether a token opens anything, wherever that is.
fn is_active(shop: &RelyingParty, token: &str) -> bool {
    shop.introspect(token)["active"] == true
}

on_both! {
    // Seed: F21
    fn within_the_grace_time_the_old_token_gives_the_same_pair(setup) {
        let server = setup.start();
        let shop = shop_with(&server, &json!({ "grace": 30 }));
        let old = sign_in(&shop).refresh_token();
        let first = shop.refresh(&old);
        server.advance(29);
        let again = shop.refresh(&old);
        assert_eq!(again.access_token(), first.access_token());
        assert_eq!(again.refresh_token(), first.refresh_token());
        assert_eq!(again.0.json()["expires_in"], 3600 - 29);
        assert!(shop.is_live(&first.access_token()));
        // Only its own client gets it.
        let thief = server.relying_party("thief");
        assert_eq!(thief.refresh(&old).error(), "invalid_grant");
        assert!(shop.is_live(&first.access_token()));

        server.advance(1);
        assert_eq!(shop.refresh(&old).error(), "invalid_grant");
        assert!(!shop.is_live(&first.access_token()), "reuse ends the family");
        assert_eq!(shop.refresh(&first.refresh_token()).error(), "invalid_grant");
        assert_eq!(server.audit("refresh_token_reused").len(), 1);
    }

    // Seed: F21
    // RFC 9700, 4.14.2: whoever uses the new token has had it.
    fn the_grace_time_ends_as_the_new_token_is_used(setup) {
        let server = setup.start();
        let shop = shop_with(&server, &json!({ "grace": 300 }));
        let first = sign_in(&shop).refresh_token();
        let second = shop.refresh(&first);
        let third = shop.refresh(&second.refresh_token());
        assert!(shop.is_live(&third.access_token()));

        let again = shop.refresh(&first);
        assert_eq!((again.0.status, &*again.error()), (400, "invalid_grant"));
        for dead in [&second, &third] {
            assert!(!shop.is_live(&dead.access_token()));
            assert_eq!(shop.refresh(&dead.refresh_token()).error(), "invalid_grant");
        }
        assert_eq!(server.audit("refresh_token_reused").len(), 1);
    }

    // Seed: F21
    fn a_repeat_gives_what_it_asks_for_and_no_more(setup) {
        let server = setup.start();
        let (berths, cranes) = ("https://berths.example/", "https://cranes.example/");
        let shop = server.relying_party_with("shop", json!({ "refresh": { "grace": 300 }, "resources": [berths, cranes] }));
        let visit = shop.sign_in_with("alice", &[OFFLINE[0], ("resource", berths)]);
        let old = shop.redeem(&visit.code()).refresh_token();
        let first = shop.refresh(&old);
        let fields = [("grant_type", "refresh_token"), ("refresh_token", &*old)];
        let repeat = |more| shop.ask(&[&fields[..], &[more]].concat());
        for (more, error) in [
            (("scope", "openid email phone"), "invalid_scope"),
            (("scope", "\"x\""), "invalid_scope"),
            (("resource", cranes), "invalid_target"),
        ] {
            let refused = repeat(more);
            assert_eq!((refused.0.status, &*refused.error()), (400, error), "{more:?}");
        }
        assert!(is_active(&shop, &first.access_token()), "a refusal ends nothing");
        for same in [("scope", "offline_access email openid"), ("resource", berths)] {
            assert_eq!(repeat(same).access_token(), first.access_token(), "{same:?}");
        }

        let narrow = repeat(("scope", "email"));
        assert_eq!(narrow.member("scope").as_deref(), Some("email"));
        assert_eq!(shop.introspect(&narrow.access_token())["scope"], "email");
        assert_eq!(narrow.refresh_token(), first.refresh_token());
        assert!(!is_active(&shop, &first.access_token()), "the access token before ends");
        let next = shop.refresh(&first.refresh_token());
        assert_eq!(next.member("scope").as_deref(), Some("openid email offline_access"));
    }

    // Seed: F21
    fn a_repeat_gives_an_access_token_that_works(setup) {
        let server = setup.with("lifetimes.access_token", "60s").with("lifetimes.refresh_token", "200s").start();
        for format in ["opaque", "jwt"] {
            let members = json!({ "refresh": { "grace": 300 }, "access_token_format": format });
            let shop = server.relying_party_with(format, members);
            let old = sign_in(&shop).refresh_token();
            let first = shop.refresh(&old);
            server.advance(61);
            let again = shop.refresh(&old);
            assert_eq!(again.0.json()["expires_in"], 60, "{format}");
            assert_eq!(again.refresh_token(), first.refresh_token());
            assert!(shop.is_live(&again.access_token()) && !shop.is_live(&first.access_token()));

            server.advance(139);
            assert_eq!(shop.refresh(&old).error(), "invalid_grant", "what it gave has expired");
            assert!(!shop.is_live(&again.access_token()));
        }
        assert!(server.audit("refresh_token_reused").is_empty());
    }

    // Seed: F21
    fn the_grace_time_brings_back_nothing_that_was_revoked(setup) {
        let server = setup.start();
        let shop = shop_with(&server, &json!({ "grace": 30 }));
        let old = sign_in(&shop).refresh_token();
        let first = shop.refresh(&old);
        assert_eq!(shop.revoke(&first.refresh_token()).status, 200);
        assert_eq!(shop.refresh(&old).error(), "invalid_grant");
        assert!(!shop.is_live(&first.access_token()));
        assert_eq!(shop.refresh(&first.refresh_token()).error(), "invalid_grant");
    }

    // Seed: F21
    fn of_many_refreshes_at_once_within_the_grace_time_all_get_one_pair(setup) {
        let server = setup.start();
        let shop = shop_with(&server, &json!({ "grace": 30 }));
        let old = sign_in(&shop).refresh_token();
        let start = Barrier::new(20);
        let pairs: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..20)
                .map(|_| scope.spawn(|| {
                    start.wait();
                    let tokens = shop.refresh(&old);
                    (tokens.access_token(), tokens.refresh_token())
                }))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(pairs.iter().all(|pair| *pair == pairs[0]));
        assert!(shop.is_live(&pairs[0].0));
    }

    // Conformance: F-5
    // Seed: F20
    fn without_rotation_the_token_stays_and_the_old_access_token_ends(setup) {
        let server = setup.start();
        let shop = shop_with(&server, &json!({ "rotates": false }));
        let first = sign_in(&shop);
        for _ in 0..3 {
            let tokens = shop.refresh(&first.refresh_token());
            assert!(tokens.member("refresh_token").is_none());
            assert!(shop.is_live(&tokens.access_token()) && !shop.is_live(&first.access_token()));
        }
    }

    // Seed: F20
    // RFC 8707, 2.2: an app has a token for each API that it speaks to.
    fn a_refresh_for_one_resource_leaves_the_tokens_for_others(setup) {
        let server = setup.start();
        let (berths, cranes) = ("https://berths.example/", "https://cranes.example/");
        for rotates in [true, false] {
            let id = if rotates { "rotating" } else { "staying" };
            let members = json!({ "refresh": { "rotates": rotates }, "resources": [berths, cranes] });
            let shop = server.relying_party_with(id, members);
            let both = shop.request(&[OFFLINE[0], ("resource", berths)]) + "&resource=https%3A%2F%2Fcranes.example%2F";
            let browser = server.browser();
            let page = browser.sign_in_on(&browser.open(&both), "alice");
            let visit = shop.finish(&browser, &page);
            let first = shop.redeem(&visit.code());
            let mut token = first.refresh_token();
            let mut ask = |resources: &[&str]| {
                let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", &*token)];
                fields.extend(resources.iter().map(|resource| ("resource", *resource)));
                let tokens = shop.ask(&fields);
                token = tokens.member("refresh_token").unwrap_or(token.clone());
                tokens.access_token()
            };
            let [one, two] = [ask(&[berths]), ask(&[cranes])];
            assert!(is_active(&shop, &one) && is_active(&shop, &two), "{id}");
            let three = ask(&[berths]);
            assert!(is_active(&shop, &three) && is_active(&shop, &two) && !is_active(&shop, &one), "{id}");
            assert!(is_active(&shop, &first.access_token()));
            ask(&[cranes, berths]);
            assert!(!is_active(&shop, &first.access_token()), "for both, in whatever order");
            assert_eq!(shop.revoke(&token).status, 200);
            assert!(!is_active(&shop, &two) && !is_active(&shop, &three), "they are one family still");
        }
    }

    // RFC 9700, 2.2.2.
    fn a_public_client_rotates_whatever_it_chose(setup) {
        let server = setup.start();
        let spa = server.relying_party_with(
            "spa",
            json!({ "token_endpoint_auth_method": "none", "refresh": { "rotates": false } }),
        );
        let old = sign_in(&spa).refresh_token();
        assert_ne!(spa.refresh(&old).refresh_token(), old);
        assert_eq!(spa.refresh(&old).error(), "invalid_grant");
    }

    // Seed: F22
    fn a_family_ends_after_its_uses(setup) {
        let server = setup.start();
        for rotates in [true, false] {
            let id = if rotates { "rotating" } else { "staying" };
            let refresh = json!({ "rotates": rotates, "max_uses": 2 });
            let shop = server.relying_party_with(id, json!({ "refresh": refresh }));
            let mut token = sign_in(&shop).refresh_token();
            for _ in 0..2 {
                let tokens = shop.refresh(&token);
                token = tokens.member("refresh_token").unwrap_or(token);
            }
            assert_eq!(shop.refresh(&token).error(), "invalid_grant", "{id}");
        }
    }

    // Seed: F22
    fn a_family_ends_with_its_time_and_when_it_is_not_used(setup) {
        let server = setup.with("lifetimes.refresh_token", "100s").start();
        let shop = shop_with(&server, &json!({ "absolute_lifetime": 250 }));
        let mut token = sign_in(&shop).refresh_token();
        for _ in 0..2 {
            server.advance(99);
            token = shop.refresh(&token).refresh_token();
        }
        server.advance(52);
        assert_eq!(shop.refresh(&token).error(), "invalid_grant", "250 seconds are over");
        let idle = sign_in(&shop).refresh_token();
        server.advance(100);
        assert_eq!(shop.refresh(&idle).error(), "invalid_grant");
    }

    // Conformance: F-6
    fn another_client_learns_nothing_from_a_refresh_token_and_uses_nothing_up(setup) {
        let server = setup.start();
        let (shop, thief) = (server.relying_party("shop"), server.relying_party("thief"));
        let tokens = sign_in(&shop);
        let refused = thief.refresh_to(&tokens.refresh_token(), "openid email");
        assert_eq!((refused.0.status, &*refused.error()), (400, "invalid_grant"));
        assert_eq!(thief.refresh_to(&tokens.refresh_token(), "more").error(), "invalid_grant");
        assert!(shop.is_live(&tokens.access_token()));
        assert!(shop.refresh(&tokens.refresh_token()).is_granted());
    }
}
