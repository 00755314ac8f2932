//! Parameters that would become headers, come twice, or never end.

use crate::support::*;

/// Everything that could be read as a line of its own.
const BREAKS: &[&str] =
    &["x\r\nX-Evil: 1\r\n\r\nevil", "x\nX-Evil: 1", "x\rX-Evil: 1", "\u{85}X-Evil: 1", "\u{2028}X-Evil: 1"];

fn assert_is_one_answer(answer: &Answer, about: &str) {
    assert!(answer.status < 500, "{about}: {}", answer.status);
    assert_eq!(answer.header("x-evil"), None, "{about}");
    let location = answer.header("location").unwrap_or_default();
    assert!(!location.contains(['\r', '\n']), "{about}: {location}");
}

on_both! {
    fn a_line_break_in_a_parameter_makes_no_header(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let (browser, stranger) = (shop.sign_in("alice").browser, server.browser());
        let names: Vec<String> = shop.parameters().into_iter().map(|(name, _)| name).collect();
        let others = ["response_mode", "prompt", "login_hint", "ui_locales", "claims", "request_uri", "request"];
        for evil in BREAKS {
            for name in names.iter().map(String::as_str).chain(others) {
                for browser in [&browser, &stranger] {
                    let answer = browser.send(server.request("GET", &shop.request(&[(name, evil)])));
                    assert_is_one_answer(&answer, &format!("{name}={evil:?}"));
                    let location = answer.header("location").unwrap_or_default();
                    let is_own = location.is_empty() || location.starts_with('/');
                    assert!(is_own || location.starts_with("https://shop.example/cb?"), "{name}: {location}");
                }
            }
            for (path, name) in [
                ("/login", "next"),
                ("/login", "flow"),
                ("/consent", "flow"),
                ("/setup", "token"),
                ("/logout", "state"),
                ("/logout", "post_logout_redirect_uri"),
                ("/logout", "id_token_hint"),
                ("/logout", "client_id"),
                ("/logout/done", "client_id"),
            ] {
                let target = format!("{path}?{}", encode(&[(name, evil)]));
                assert_is_one_answer(&browser.send(server.request("GET", &target)), &target);
            }
        }
        // What may hold them comes back as it was, encoded.
        let response = shop.visit(&browser, &[("prompt", "none"), ("state", BREAKS[0])]).response;
        assert!(matches!(response.find("state"), None | Some("x\r\nX-Evil: 1\r\n\r\nevil")), "{}", response.location);
        assert!(browser.open("/account").is_at("/account"), "the session goes on");
    }

    fn a_parameter_of_a_clients_request_that_comes_twice_is_refused(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let offline = shop.sign_in_with("alice", &[("scope", "openid offline_access"), ("prompt", "consent")]);
        let tokens = shop.redeem(&offline.code());
        let (code, verifier) = (shop.visit(&offline.browser, &[]).code(), shop.verifier());
        let (access_token, refresh_token) = (tokens.access_token(), tokens.refresh_token());
        let asked: [(&str, Vec<(&str, &str)>); 4] = [
            ("/token", vec![
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("redirect_uri", &shop.redirect_uri),
                ("code_verifier", &verifier),
            ]),
            ("/token", vec![
                ("grant_type", "refresh_token"), ("refresh_token", &refresh_token), ("scope", "openid"),
            ]),
            ("/introspect", vec![("token", &access_token), ("token_type_hint", "access_token")]),
            ("/revoke", vec![("token", &access_token), ("token_type_hint", "access_token")]),
        ];
        for (path, fields) in &asked {
            for (name, value) in fields {
                for again in [*value, "other"] {
                    let twice = [fields.as_slice(), &[(*name, again)]].concat();
                    let answer = shop.post(path, &twice);
                    assert_eq!((answer.status, &*answer.error()), (400, "invalid_request"), "{path} {name}");
                    assert!(!answer.body.contains("active"), "{path} {name}");
                }
            }
        }
        assert!(shop.is_live(&access_token), "nothing is revoked");
        assert!(shop.redeem(&code).is_granted(), "the code is not used up");
        assert!(shop.refresh(&refresh_token).is_granted(), "nor is the refresh token");
    }

    fn what_is_nested_deeply_or_is_no_json_grants_nothing(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = shop.sign_in("alice").browser;
        let deep = |open: &str, close: &str| format!("{}{}", open.repeat(5_000), close.repeat(5_000));
        for claims in [
            deep("[", "]"),
            deep("{\"id_token\":", "}"),
            format!("{{\"userinfo\":{{\"email\":{}}}}}", deep("[", "]")),
            "[".repeat(10_000),
            "{\"userinfo\":".to_owned(),
        ] {
            let body = shop.query(&[("prompt", "none"), ("claims", &claims)]).into_bytes();
            let answer = browser.send(server.request("POST", "/authorize").raw_form(body));
            assert!((300..500).contains(&answer.status), "{}", answer.status);
            let location = answer.header("location").unwrap_or_default();
            assert!(!location.contains("code="), "{location}");
        }
        assert!(shop.visit(&browser, &[("prompt", "none")]).response.find("code").is_some());
    }
}
