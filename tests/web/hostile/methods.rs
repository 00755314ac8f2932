//! Every path of the protocol, asked in every way.

use crate::support::*;

const PATHS: &[&str] = &[
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource/userinfo",
    "/authorize",
    "/authorize/x",
    "/token",
    "/userinfo",
    "/jwks",
    "/introspect",
    "/revoke",
    "/register",
    "/register/shop",
    "/logout",
    "/logout/done",
    "/check-session-iframe",
    "/logos/shop",
    "/healthz",
    "/readyz",
    "/metrics",
    "/",
];

const METHODS: &[&str] =
    &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "X-ODD"];

on_both! {
    fn no_method_and_no_content_type_is_a_fault_or_grants(setup) {
        let server = setup.with("registration.mode", "token").start();
        let shop = server.relying_party("shop");
        let code = shop.sign_in("alice").code();
        let verifier = shop.verifier();
        let good = encode(&[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &shop.redirect_uri),
            ("code_verifier", &verifier),
        ]);
        let kinds = [
            "",
            "application/json",
            "text/plain",
            "text/xml",
            "multipart/form-data",
            "multipart/form-data; boundary=b",
            "application/x-www-form-urlencodedx",
            ";;;",
        ];
        for path in PATHS {
            for method in METHODS {
                // Only these bring a body.
                let kinds = if matches!(*method, "POST" | "PUT" | "PATCH") { &kinds[..] } else { &kinds[..1] };
                for kind in kinds {
                    let request = server.request(method, path).header("Authorization", &shop.basic(&shop.secret));
                    let request = match *kind {
                        "" => request,
                        kind => request.content(kind, good.clone().into_bytes()),
                    };
                    let answer = request.send();
                    let about = format!("{method} {path} {kind}: {} {}", answer.status, answer.body);
                    assert!(answer.status < 500, "{about}");
                    for word in ["access_token\":", "id_token\":", "client_secret\":", &shop.secret] {
                        assert!(!answer.body.contains(word), "{about}");
                    }
                }
            }
        }
        assert!(shop.redeem(&code).is_granted(), "nothing has used the code up");
        assert!(server.get(&shop.request(&[])).status < 400, "the client is still there");
    }

    fn parameters_that_are_no_form_do_not_count(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let token = shop.redeem(&shop.sign_in("alice").code()).access_token();
        let ask = |path: &str, kind: &str| {
            let request = server.request("POST", path).header("Authorization", &shop.basic(&shop.secret));
            request.content(kind, encode(&[("token", &token)]).into_bytes()).send()
        };
        for path in ["/introspect", "/revoke"] {
            for kind in ["application/json", "text/plain", "multipart/form-data; boundary=b"] {
                let answer = ask(path, kind);
                assert_eq!((answer.status, &*answer.error()), (400, "invalid_request"), "{path} {kind}");
            }
        }
        let body = encode(&[("access_token", &token)]).into_bytes();
        assert_eq!(server.request("POST", "/userinfo").content("text/plain", body).send().status, 401);
        assert!(shop.is_live(&token), "nothing is revoked");
        let form = ask("/introspect", "Application/X-WWW-Form-URLEncoded; charset=UTF-8");
        assert_eq!(form.json()["active"], true, "its own type is taken in any spelling");
    }

    /// RFC 9110, 9.1.
    fn whatever_answers_get_answers_head(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        for path in [
            "/",
            "/healthz",
            "/readyz",
            "/metrics",
            "/login",
            "/logout",
            "/setup",
            "/account",
            "/admin/clients",
            "/userinfo",
            &shop.request(&[]),
        ] {
            let (get, head) = (server.get(path), server.request("HEAD", path).send());
            assert_eq!((head.status, &*head.body), (get.status, ""), "{path}");
            for name in ["content-type", "cache-control"] {
                assert_eq!(head.header(name), get.header(name), "{path}");
            }
            assert_eq!(head.header("location").is_some(), get.header("location").is_some(), "{path}");
        }
        assert_eq!(server.request("HEAD", "/token").send().status, 405);
        assert_eq!(server.request("HEAD", "/account").send().location(), server.get("/account").location());
    }

    fn a_slash_at_the_end_does_not_matter(setup) {
        let server = setup.with("registration.mode", "open").start();
        for path in ["/healthz", "/readyz", "/metrics", "/register/shop"] {
            let (without, with) = (server.get(path), server.get(&format!("{path}/")));
            assert_eq!(with.status, without.status, "{path}");
            assert_eq!(with.header("content-type"), without.header("content-type"), "{path}");
        }
        assert_eq!(server.get("/register/shop/").error(), server.get("/register/shop").error());
        for path in ["/login", "/login/account", "/consent", "/setup", "/logout/done", "/authorize/x"] {
            let answer = server.get(&format!("{path}/?a=b%20c"));
            assert_eq!((answer.status, answer.location()), (308, &*format!("{path}?a=b%20c")), "{path}");
        }
        let carol = server.browser();
        carol.sign_in("carol");
        for path in ["/account", "/account/apps", "/admin", "/admin/clients"] {
            let answer = server.get(&format!("{path}/"));
            assert!(answer.status == 303 && answer.location().starts_with("/login?"), "{path}");
            assert_eq!(carol.open(&format!("{path}/")).status(), carol.open(path).status(), "{path}");
        }
        // None of these leads to another host.
        for path in ["//", "//evil.example/", "/\\evil.example/", "//evil.example//", "/login//", "///evil.example/"] {
            let answer = server.raw_request("GET", path).send();
            assert!(answer.status >= 400 && answer.header("location").is_none(), "{path}: {}", answer.status);
        }
    }

    fn the_front_door_leads_to_the_account(setup) {
        let server = setup.start();
        let answer = server.get("/");
        assert_eq!((answer.status, answer.location()), (303, "/account"));
    }
}
