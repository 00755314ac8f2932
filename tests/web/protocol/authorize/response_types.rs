//! Every response type: what comes, how it travels, and what it is worth.

use openssl::sha::sha256;
use serde_json::json;

use crate::support::*;

const TYPES: [&str; 7] =
    ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token", "token"];

/// Claims that an ID Token may have though nobody asked for them.
const UNASKED: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "at_hash",
    "c_hash",
    "sid",
    "jti",
];

fn every_flow(server: &Server, id: &str) -> RelyingParty {
    server.relying_party_with(
        id,
        json!({
            "response_types": TYPES,
            "grant_types": ["authorization_code", "implicit", "refresh_token"],
        }),
    )
}

fn half(text: &str) -> String {
    use base64::Engine;
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(&sha256(text.as_bytes())[..16])
}

/// What is wrong if anything is: each parameter is there exactly where the type asks for it.
fn has_what_it_names(server: &Server, shop: &RelyingParty, response_type: &str, response: &Response) {
    let has = |word: &str| response_type.split(' ').any(|own| own == word);
    assert_eq!(response.find("code").is_some(), has("code"), "{response_type}");
    assert_eq!(response.find("id_token").is_some(), has("id_token"), "{response_type}");
    assert_eq!(response.find("access_token").is_some(), has("token"), "{response_type}");
    assert_eq!(response.find("state"), Some("state-1"));
    assert_eq!(response.find("iss"), Some(server.issuer()));
    if let Some(access_token) = response.find("access_token") {
        assert_eq!(response.find("token_type"), Some("Bearer"));
        assert!(response.find("expires_in").unwrap().parse::<u32>().unwrap() > 0);
        let userinfo = shop.userinfo(access_token).json();
        assert_eq!(
            (&userinfo["sub"], &userinfo["email"]),
            (&json!("sub-of-alice"), &json!("alice@example.org"))
        );
    } else {
        assert!(response.find("token_type").is_none() && response.find("expires_in").is_none());
    }
    if let Some(id_token) = response.find("id_token") {
        let (_, claims) = claims_of(server, id_token);
        assert_eq!(claims["nonce"], "nonce-1");
        assert_eq!(claims["sub"], "sub-of-alice");
        let hash = |name: &str| claims.get(name).map(|hash| hash.as_str().unwrap().to_owned());
        assert_eq!(hash("at_hash"), response.find("access_token").map(half), "{response_type}");
        assert_eq!(hash("c_hash"), response.find("code").map(half), "{response_type}");
        assert_eq!(claims.contains_key("email"), response_type == "id_token", "{response_type}");
        let scoped = if response_type == "id_token" { &["email", "email_verified"][..] } else { &[] };
        for name in claims.keys() {
            assert!([UNASKED, scoped].concat().contains(&name.as_str()), "{name} was not asked for");
        }
    }
}

on_both! {
    // Conformance: P-1, P-3, P-4, P-5, I-2, I-3, I-4, I-5, M-4, M-5, V-4, D-19, K-6, I-6
    // Seed: F01, F02, F03, F04
    fn every_type_brings_what_it_names_and_nothing_else(setup) {
        let server = setup.start();
        let shop = every_flow(&server, "shop");
        let browser = shop.sign_in("alice").browser;
        for response_type in TYPES {
            let response = shop.visit(&browser, &[("response_type", response_type)]).response;
            let joint = if response_type == "code" { '?' } else { '#' };
            assert!(response.location.starts_with(&format!("https://shop.example/cb{joint}")), "{}", response.location);
            has_what_it_names(&server, &shop, response_type, &response);
            if let Some(code) = response.find("code") {
                let tokens = shop.redeem(code);
                assert!(tokens.is_granted(), "{response_type}");
                let (_, claims) = claims_of(&server, &tokens.id_token());
                assert_eq!((&claims["sub"], &claims["nonce"]), (&json!("sub-of-alice"), &json!("nonce-1")));
            }
        }
    }

    fn a_public_client_that_asks_nobody_gets_what_each_type_names(setup) {
        let server = setup.start();
        let spa = server.relying_party_with("spa", json!({
            "response_types": TYPES, "grant_types": ["authorization_code", "implicit"],
            "token_endpoint_auth_method": "none",
        }));
        server.change_client("spa", |client| {
            client.consent = "never".parse().unwrap();
            client.lifetimes.access_token = Some(20);
        });
        let browser = server.browser();
        browser.sign_in("alice");
        for response_type in TYPES {
            let page = browser.open(&spa.request(&[("response_type", response_type)]));
            assert!(page.left_to.is_some(), "{response_type}: {}", page.text());
            let response = spa.response(&browser, &page);
            has_what_it_names(&server, &spa, response_type, &response);
            assert_eq!(response.find("expires_in"), response.find("access_token").map(|_| "20"), "{response_type}");
        }
    }

    fn declining_grants_nothing_by_any_type(setup) {
        let server = setup.start();
        let shop = every_flow(&server, "shop");
        let browser = server.browser();
        browser.sign_in("alice");
        for response_type in TYPES {
            let joint = if response_type == "code" { '?' } else { '#' };
            for (state, echoed) in [("state-1", Some("state-1")), ("", None)] {
                let page = browser.open(&shop.request(&[("response_type", response_type), ("state", state)]));
                let response = shop.response(&browser, &browser.press(&page, "decline", &[]));
                assert!(response.location.starts_with(&format!("https://shop.example/cb{joint}")), "{}", response.location);
                assert_eq!((response.error(), response.find("state")), ("access_denied", echoed), "{response_type}");
            }
        }
    }

    // Conformance: A-2
    fn words_come_in_any_order(setup) {
        let server = setup.start();
        let shop = every_flow(&server, "shop");
        let visit = shop.sign_in_with("alice", &[("response_type", "token id_token code")]);
        has_what_it_names(&server, &shop, "code id_token token", &visit.response);
    }

    // Conformance: P-2
    fn every_type_may_be_posted(setup) {
        let server = setup.start();
        let shop = every_flow(&server, "shop");
        let browser = shop.sign_in("alice").browser;
        for response_type in TYPES {
            let changed = [("response_type", response_type), ("response_mode", "form_post")];
            let page = browser.open(&shop.request(&changed));
            assert_eq!(page.status(), 200, "{response_type}");
            assert!(!page.answer.body.contains("enctype") && !page.answer.body.contains("accept-charset"));
            assert_eq!(page.answer.header("cache-control"), Some("no-store"));
            has_what_it_names(&server, &shop, response_type, &shop.response(&browser, &page));
        }
        let changed = [("response_type", "id_token token"), ("response_mode", "form_post"), ("prompt", "none login")];
        let page = browser.open(&shop.request(&changed));
        assert_eq!(shop.response(&browser, &page).error(), "invalid_request");
    }

    // Conformance: E-1, E-2, E-5, P-1
    fn refusals_travel_as_the_answer_would(setup) {
        let server = setup.start();
        let shop = every_flow(&server, "shop");
        let browser = server.browser();
        for response_type in &TYPES[1..] {
            let changed = [("response_type", *response_type), ("prompt", "none")];
            let response = shop.visit(&browser, &changed).response;
            assert!(response.location.starts_with("https://shop.example/cb#error=login_required&"), "{}", response.location);
            assert_eq!((response.error(), response.find("state")), ("login_required", Some("state-1")));
            // Not where the token must not go either.
            let response = shop.visit(&browser, &[("response_type", response_type), ("response_mode", "query")]).response;
            assert!(response.location.starts_with("https://shop.example/cb#error=invalid_request&"), "{}", response.location);
            response.error();
        }
    }

    // Conformance: A-5
    // Seed: F05
    fn an_id_token_through_the_browser_needs_a_nonce(setup) {
        let server = setup.start();
        let shop = every_flow(&server, "shop");
        let browser = shop.sign_in("alice").browser;
        for response_type in TYPES {
            let response = shop.visit(&browser, &[("response_type", response_type), ("nonce", "")]).response;
            if response_type.contains("id_token") {
                assert_eq!(response.error(), "invalid_request", "{response_type}");
            } else {
                assert!(response.find("error").is_none(), "{response_type}");
            }
        }
    }

    // Seed: F04
    fn a_client_has_only_the_types_that_it_is_registered_for(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = shop.sign_in("alice").browser;
        for response_type in &TYPES[1..] {
            let response = shop.visit(&browser, &[("response_type", response_type)]).response;
            assert_eq!(response.error(), "unauthorized_client", "{response_type}");
        }
        // Plain OAuth 2.0 is held to it too.
        let response = shop.visit(&browser, &[("response_type", "token"), ("scope", "email")]).response;
        assert_eq!(response.error(), "unauthorized_client");
    }

    fn without_openid_it_is_plain_oauth(setup) {
        let server = setup.start();
        let shop = every_flow(&server, "shop");
        let changed = [("response_type", "token"), ("scope", "email unheard-of"), ("nonce", "")];
        let response = shop.sign_in_with("alice", &changed).response;
        assert_eq!(response.find("scope"), Some("email"), "it is told what it did not get");
        assert_eq!(shop.userinfo(response.find("access_token").unwrap()).error(), "insufficient_scope");
    }

    fn the_consent_ends_front_channel_tokens_too(setup) {
        let server = setup.start();
        let shop = every_flow(&server, "shop");
        let visit = shop.sign_in_with("alice", &[("response_type", "id_token token")]);
        let access_token = visit.response.find("access_token").unwrap().to_owned();
        assert!(shop.is_live(&access_token));
        let page = visit.browser.open("/account/apps");
        visit.browser.submit(&page.form_to("/removal"));
        assert!(!shop.is_live(&access_token));
    }

    // Conformance: G-4
    fn a_code_that_comes_twice_ends_the_front_channel_token_of_its_family(setup) {
        let server = setup.start();
        let shop = every_flow(&server, "shop");
        let response = shop.sign_in_with("alice", &[("response_type", "code token")]).response;
        assert!(shop.redeem(&response.code()).is_granted());
        assert_eq!(shop.redeem(&response.code()).error(), "invalid_grant");
        assert!(!shop.is_live(response.find("access_token").unwrap()));
    }
}
