//! `hooks.introspection`.

use std::time::{Duration, Instant};

use serde_json::{Map, json};

use super::*;

const CHAIN: (&str, &[&str]) = ("hooks.introspection", &["/one", "/two"]);

/// Has `path` answer with the answer so far and these members.
fn extend(remote: &Remote, path: &str, members: Value) {
    remote.handle(path, move |call| {
        let event: Value = serde_json::from_slice(&call.body).unwrap();
        let mut answer = event["data"]["answer"].as_object().unwrap().clone();
        answer.extend(serde_json::from_value::<Map<_, _>>(members.clone()).unwrap());
        Reply::new(200, "application/json; charset=utf-8", Value::Object(answer).to_string())
    });
}

fn paths(remote: &Remote) -> Vec<String> {
    remote.requests().into_iter().map(|call| call.path).collect()
}

on_both! {
    // Seed: R03
    fn each_hook_of_the_chain_goes_on_from_the_answer_of_the_one_before(setup) {
        let remote = Remote::start();
        let server = with_hooks(setup, &remote, CHAIN).start();
        let (shop, api) = (
            server.relying_party_with("shop", json!({ "audiences": ["api"] })),
            server.relying_party("api"),
        );
        extend(&remote, "/one", json!({ "tenant": "north", "step": 1 }));
        extend(&remote, "/two", json!({ "step": 2 }));
        let token = shop.redeem(&shop.sign_in("alice").code()).access_token();
        let known = api.introspect(&token);
        assert_eq!((&known["tenant"], &known["step"]), (&json!("north"), &json!(2)));
        assert_eq!((&known["active"], &known["sub"]), (&json!(true), &json!("sub-of-alice")));

        assert_eq!(paths(&remote), ["/one", "/two"]);
        let calls = remote.requests();
        let [first, second] = [0, 1].map(|index: usize| event_of(&calls[index], NOW.0));
        assert_eq!((&first["type"], &first["timestamp"]), (&json!("introspection"), &json!("2026-11-20T12:00:00Z")));
        assert_eq!((&first["data"]["caller"], &first["data"]["client_id"]), (&json!("api"), &json!("shop")));
        assert_eq!(first["data"]["answer"]["scope"], "openid email");
        assert_eq!(first["data"]["answer"].get("tenant"), None);
        assert_eq!(second["data"]["answer"]["step"], 1);
        assert_ne!(calls[0].header("webhook-id"), calls[1].header("webhook-id"));
        for call in &calls {
            assert!(!String::from_utf8_lossy(&call.body).contains(&token), "the token stays here");
        }

        remote.answer("/two", 204, "text/plain", "");
        let known = api.introspect(&token);
        assert_eq!((&known["tenant"], &known["step"]), (&json!("north"), &json!(1)));
    }

    // Seed: R03
    fn a_hook_lets_a_token_do_less_and_never_more(setup) {
        let remote = Remote::start();
        let server = with_hooks(setup, &remote, CHAIN).start();
        let shop = server.relying_party("shop");
        let token = shop.redeem(&shop.sign_in("alice").code()).access_token();
        remote.answer("/one", 204, "text/plain", "");
        remote.answer("/two", 204, "text/plain", "");
        let untouched = shop.introspect(&token);
        extend(&remote, "/one", json!({
            "iss": "https://evil.example", "sub": "sub-of-carol", "client_id": "bank", "aud": "all", "jti": "x",
            "username": "carol", "exp": NOW.0 + 999_999, "iat": 0, "token_type": "x", "scope": "openid email admin",
        }));
        assert_eq!(shop.introspect(&token), untouched);
        extend(&remote, "/two", json!({ "scope": "email", "exp": NOW.0 + 1 }));
        let less = shop.introspect(&token);
        assert_eq!((&less["scope"], &less["exp"]), (&json!("email"), &json!(NOW.0 + 1)));

        let asked = remote.requests().len();
        extend(&remote, "/one", json!({ "active": false, "reason": "lost" }));
        assert_eq!(shop.introspect(&token), json!({ "active": false }));
        assert_eq!(remote.requests().len(), asked + 1, "nobody is asked after that");
        assert!(shop.is_live(&token), "it speaks for introspection only");
    }

    fn only_active_tokens_are_asked_about(setup) {
        let remote = Remote::start();
        let server = with_hooks(setup, &remote, CHAIN).start();
        let (shop, stranger) = (server.relying_party("shop"), server.relying_party("stranger"));
        extend(&remote, "/one", json!({ "active": true }));
        let token = shop.redeem(&shop.sign_in("alice").code()).access_token();
        let dead = json!({ "active": false });
        assert_eq!(shop.introspect("unheard-of"), dead);
        assert_eq!(stranger.introspect(&token), dead);
        assert_eq!(shop.revoke(&token).status, 200);
        assert_eq!(shop.introspect(&token), dead);
        assert!(remote.requests().is_empty());
    }

    // Seed: R03
    fn a_hook_that_fails_lets_nothing_through(setup) {
        let remote = Remote::start();
        let server = with_hooks(setup, &remote, CHAIN).with("outbound_timeout", "2s").start();
        let shop = server.relying_party("shop");
        let token = shop.redeem(&shop.sign_in("alice").code()).access_token();
        remote.answer("/one", 204, "text/plain", "");
        let json = |body: &str| Reply::new(200, "application/json", body);
        for reply in [
            Reply::new(500, "application/json", "{\"active\":true}"),
            Reply::new(302, "text/plain", "").header("Location", "/one"),
            Reply::new(201, "application/json", "{\"active\":true}"),
            Reply::new(200, "text/html", "{\"active\":true}"),
            json(""),
            json("[]"),
            json("{}"),
            json("{\"active\":\"true\"}"),
            json(&format!("{{\"active\":true,\"x\":\"{}\"}}", "x".repeat(65_536))),
            json(&format!("{{\"active\":true,\"x\":{}", "[".repeat(10_000))),
            json("{\"active\":true}").stalled(),
            json("{\"active\":true}").after(Duration::from_secs(60)),
        ] {
            remote.reply("/two", reply.clone());
            let begun = Instant::now();
            let answer = shop.post("/introspect", &[("token", &token)]);
            assert_eq!((answer.status, answer.header("retry-after")), (503, Some("2")), "{reply:?}");
            assert_eq!(answer.error(), "temporarily_unavailable");
            assert!(answer.json().get("active").is_none() && !answer.body.contains(Remote::HOST), "{}", answer.body);
            assert!(begun.elapsed() < Duration::from_secs(20));
        }
        remote.answer("/two", 204, "text/plain", "");
        assert_eq!(shop.introspect(&token)["active"], true);
    }

    fn a_hook_at_a_private_address_is_not_asked(setup) {
        let remote = Remote::start();
        let server = with_hooks(setup, &remote, CHAIN).with("outbound_exempt_hosts", "").start();
        let shop = server.relying_party("shop");
        let token = shop.redeem(&shop.sign_in("alice").code()).access_token();
        assert_eq!(shop.post("/introspect", &[("token", &token)]).status, 503);
        assert!(remote.requests().is_empty());
    }
}
