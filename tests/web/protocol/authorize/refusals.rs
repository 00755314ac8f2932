//! What the client is told, and how.

use serde_json::json;

use crate::support::*;

/// Asserts that a refusal came back at once, with nothing in it that must not be there.
fn refused(shop: &RelyingParty, browser: &Browser, changed: &[(&str, &str)]) -> Response {
    let page = browser.open(&shop.request(changed));
    let response = shop.response(browser, &page);
    for (name, _) in &response.parameters {
        assert!(
            ["error", "error_description", "state", "iss", "session_state"].contains(&name.as_str()),
            "{name}"
        );
    }
    let description = response.find("error_description").unwrap();
    assert!(
        description.bytes().all(|b| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)),
        "{description}"
    );
    response
}

/// Requests that are wrong in one thing, and the code that says so.
const WRONG: &[(&[(&str, &str)], &str)] = &[
    (&[("response_type", "")], "invalid_request"),
    (&[("response_type", "lottery")], "unsupported_response_type"),
    (&[("response_type", "code code")], "unsupported_response_type"),
    (&[("response_type", "none")], "unsupported_response_type"),
    (&[("scope", "")], "invalid_scope"),
    (&[("scope", "openid \"email\"")], "invalid_scope"),
    (&[("scope", "openid \u{e9}")], "invalid_scope"),
    (&[("scope", "berths")], "invalid_scope"),
    (&[("code_challenge_method", "plain")], "invalid_request"),
    (&[("code_challenge_method", "")], "invalid_request"),
    (&[("code_challenge_method", "s256")], "invalid_request"),
    (&[("code_challenge", "")], "invalid_request"),
    (&[("code_challenge", "short")], "invalid_request"),
    (&[("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=")], "invalid_request"),
    (&[("prompt", "none login")], "invalid_request"),
    (&[("prompt", "sometimes")], "invalid_request"),
    (&[("max_age", "-1")], "invalid_request"),
    (&[("max_age", "soon")], "invalid_request"),
    (&[("max_age", "99999999999999999999")], "invalid_request"),
    (&[("id_token_hint", "not.a.token")], "invalid_request"),
    (&[("request", "e30.e30.")], "invalid_request_object"),
    (&[("request_uri", "https://shop.example/r")], "invalid_request_uri"),
    (&[("registration", "{}")], "registration_not_supported"),
    (&[("claims", "[]")], "invalid_request"),
];

on_both! {
    // Conformance: A-6, E-1, E-2, E-3, E-5, E-4, D-19
    fn the_client_is_told_in_the_query(setup) {
        let server = setup.start();
        let (shop, browser) = (server.relying_party("shop"), server.browser());
        for (changed, error) in WRONG {
            let response = refused(&shop, &browser, changed);
            assert_eq!(response.error(), *error, "{changed:?}");
            assert!(response.location.starts_with("https://shop.example/cb?error="), "{}", response.location);
            assert_eq!(response.find("state"), Some("state-1"));
            assert_eq!(response.find("iss"), Some(server.issuer()));
        }
    }

    // Conformance: A-6, E-1
    fn the_client_is_told_in_the_mode_that_it_asked_for(setup) {
        let server = setup.start();
        let (shop, browser) = (server.relying_party("shop"), server.browser());
        for (changed, error) in WRONG {
            let mut changed = changed.to_vec();
            changed.push(("response_mode", "fragment"));
            let response = refused(&shop, &browser, &changed);
            assert_eq!(response.error(), *error);
            assert!(response.location.starts_with("https://shop.example/cb#error="), "{}", response.location);

            changed.retain(|(name, _)| *name != "response_mode");
            changed.push(("response_mode", "form_post"));
            let page = browser.open(&shop.request(&changed));
            assert_eq!(page.status(), 200);
            assert_eq!(page.form_with("continue").action, shop.redirect_uri);
            assert_eq!(shop.response(&browser, &page).error(), *error);
        }
    }

    fn an_unknown_mode_is_told_in_the_query(setup) {
        let server = setup.start();
        let response =
            refused(&server.relying_party("shop"), &server.browser(), &[("response_mode", "web_message")]);
        assert_eq!(response.error(), "invalid_request");
        assert!(response.location.starts_with("https://shop.example/cb?"));
    }

    fn a_repeated_parameter_is_refused(setup) {
        let server = setup.start();
        let (shop, browser) = (server.relying_party("shop"), server.browser());
        for again in [
            "nonce=nonce-1",
            "scope=openid",
            "response_type=code",
            "prompt=login",
            "max_age=1",
            "code_challenge_method=S256",
        ] {
            let first = shop.request(&[("prompt", "none"), ("max_age", "5")]);
            let page = browser.open(&format!("{first}&{again}"));
            let response = shop.response(&browser, &page);
            assert_eq!(response.error(), "invalid_request", "{again}");
            let name = again.split('=').next().unwrap();
            assert_eq!(response.find("error_description"), Some(&*format!("{name} was sent twice")));
        }
    }

    fn a_client_keeps_to_what_it_is_registered_for(setup) {
        let server = setup.start();
        let browser = server.browser();
        let codeless = server.relying_party_with(
            "codeless",
            json!({ "grant_types": ["refresh_token"], "response_types": [] }),
        );
        assert_eq!(refused(&codeless, &browser, &[]).error(), "unauthorized_client");

        let narrow = server.relying_party_with("narrow", json!({ "scope": "openid email" }));
        assert_eq!(refused(&narrow, &browser, &[("scope", "openid phone")]).error(), "invalid_scope");
        assert!(narrow.redeem(&narrow.sign_in("alice").code()).is_granted());
    }

    fn a_client_that_must_use_pkce_is_refused_without(setup) {
        let server = setup.start();
        let browser = server.browser();
        let without = [("code_challenge", ""), ("code_challenge_method", "")];
        let strict = server.relying_party_with("strict", json!({ "require_pkce": true }));
        let public = server.relying_party_with("public", json!({ "token_endpoint_auth_method": "none" }));
        for client in [strict, public] {
            assert_eq!(refused(&client, &browser, &without).error(), "invalid_request");
            assert!(client.redeem(&client.sign_in("alice").code()).is_granted());
        }
    }

    // Conformance: P-2
    fn a_form_post_page_submits_plain_fields_and_nothing_else(setup) {
        let server = setup.start();
        let (shop, browser) = (server.relying_party("shop"), server.browser());
        let page = browser.open(&shop.request(&[("response_mode", "form_post"), ("prompt", "none")]));
        let form = page.form_with("continue");
        assert_eq!((form.method.as_str(), form.action.as_str()), ("post", "https://shop.example/cb"));
        let mut names: Vec<_> = form.fields.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["error", "error_description", "iss", "session_state", "state"]);
        for attribute in ["enctype", "accept-charset", "target"] {
            assert!(!page.answer.body.contains(attribute), "{attribute}");
        }
        let policy = page.answer.header("content-security-policy").unwrap();
        assert!(policy.contains("form-action 'self' https://shop.example;"), "{policy}");
        assert_eq!(page.answer.header("cache-control"), Some("no-store"));
    }

    fn a_refusal_leaves_no_waiting_request(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let answer = server.get(&shop.request(&[("scope", "")]));
        assert_eq!(answer.status, 303);
        assert!(answer.headers("set-cookie").all(|cookie| !cookie.starts_with("cardea=")));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}
