//! `/healthz`, `/readyz` and `/metrics`.

use crate::support::*;

on_both! {
    fn the_server_says_that_it_lives_and_is_ready(setup) {
        let server = setup.start();
        for path in ["/healthz", "/readyz"] {
            let answer = server.get(path);
            assert_eq!((answer.status, answer.json()["status"].as_str()), (200, Some("ok")), "{path}");
        }
    }

    fn without_a_signing_key_it_is_not_ready(setup) {
        let server = setup.start();
        let jwks = server.get("/jwks").json();
        let kid = jwks["keys"][0]["kid"].as_str().unwrap().to_owned();
        server.write(move |db| cardea::store::keys::retire(db, &kid, NOW, NOW).map(|_| ()));
        server.refresh();
        assert_eq!(server.get("/readyz").status, 503);
        assert_eq!(server.get("/healthz").status, 200);
    }

    fn whatever_fails_in_the_database_it_is_not_ready(setup) {
        let server = setup.start();
        server.database().execute("ALTER TABLE settings RENAME TO elsewhere");
        let answer = server.get("/readyz");
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("2")));
        assert!(!answer.body.contains("settings"), "{}", answer.body);
        assert_eq!(server.get("/healthz").status, 200);
        server.database().execute("ALTER TABLE elsewhere RENAME TO settings");
        assert_eq!(server.get("/readyz").status, 200);
    }

    fn metrics_count_what_happens_and_name_nobody(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        assert!(shop.redeem(&shop.sign_in("alice").code()).is_granted());
        let answer = server.get("/metrics");
        assert!(answer.header("content-type").unwrap().starts_with("application/openmetrics-text"));
        for line in [
            "cardea_tokens_issued_total{grant_type=\"authorization_code\"} 1",
            "cardea_sign_ins_total{outcome=\"succeeded\"} 1",
            "cardea_requests_total{path=\"/token\",status=\"200\"} 1",
            "# EOF",
        ] {
            assert!(answer.body.contains(line), "{line} is missing in {}", answer.body);
        }
        for secret in ["alice", "shop", "127.0.0.1"] {
            assert!(!answer.body.contains(secret), "{secret}");
        }
    }

    fn metrics_are_for_this_machine_and_for_whoever_has_the_token(setup) {
        let server = setup
            .with("trusted_proxies", "127.0.0.1/32")
            .with("metrics_token", "let-me-see-the-metrics")
            .start();
        let from = |address: &str| server.request("GET", "/metrics").header("X-Forwarded-For", address);
        assert_eq!(from("127.0.0.1").send().status, 200);
        assert_eq!(from("192.0.2.1").send().status, 404);
        assert_eq!(from("192.0.2.1, 10.0.0.1").send().status, 404);
        // What the visitor claims stands left of what the proxy saw.
        assert_eq!(from("127.0.0.1, 192.0.2.1").send().status, 404);
        assert_eq!(from("192.0.2.1").bearer("let-me-see-the-metrics").send().status, 200);
        assert_eq!(from("192.0.2.1").bearer("let-me-sea-the-metrics").send().status, 404);
    }

    fn whoever_comes_from_nowhere_is_not_taken_for_the_proxy(setup) {
        let server = setup.with("trusted_proxies", "127.0.0.1").start();
        let from = |address: &str| server.request("GET", "/metrics").header("X-Forwarded-For", address);
        for far in [
            "\u{ff}, 203.0.113.9",
            "203.0.113.9:4711",
            "[2001:db8::1]:443",
            "203.0.113.9,",
            "\u{ff}",
            "127.0.0.1, \u{ff}",
            "unknown",
        ] {
            assert_eq!(from(far).send().status, 404, "{far}");
        }
        let two = from("127.0.0.1").header("X-Forwarded-For", "\u{ff}, 203.0.113.9");
        assert_eq!(two.send().status, 404);
        assert_eq!(from("127.0.0.1:4711").send().status, 200);
        assert_eq!(server.get("/metrics").status, 200, "the proxy itself asks");
    }

    fn metrics_can_be_switched_off(setup) {
        assert_eq!(setup.with("metrics", "false").start().get("/metrics").status, 404);
    }

    fn without_a_trusted_proxy_nobody_is_believed(setup) {
        let server = setup.start();
        let request = server.request("GET", "/metrics").header("X-Forwarded-For", "192.0.2.1");
        assert_eq!(request.send().status, 200);
    }
}
