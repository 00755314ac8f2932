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
}
