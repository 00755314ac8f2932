//! What the operator may switch on or off, and sign-ins that begin here.

use serde_json::json;

use crate::support::*;

const WITHOUT_PKCE: &[(&str, &str)] = &[("code_challenge", ""), ("code_challenge_method", "")];

on_both! {
    fn implicit_flows_can_be_switched_off(setup) {
        let server = setup.with("features.implicit", "false").start();
        let members = json!({"response_types": ["code", "id_token"], "grant_types": ["authorization_code", "implicit"]});
        let shop = server.relying_party_with("shop", members);
        let response = shop.visit(&server.browser(), &[("response_type", "id_token")]).response;
        assert_eq!(response.error(), "unsupported_response_type");
        let document = server.get("/.well-known/openid-configuration").json();
        assert_eq!(document["response_types_supported"], json!(["code"]));
        assert!(!document["grant_types_supported"].as_array().unwrap().contains(&json!("implicit")));
    }

    // Seed: F07
    fn pkce_can_be_required_of_everybody(setup) {
        for word in ["everybody", "true"] {
            let server = setup.clone().with("features.require_pkce", word).start();
            let shop = server.relying_party("shop");
            let response = shop.visit(&server.browser(), WITHOUT_PKCE).response;
            assert_eq!(response.error(), "invalid_request");
            assert!(shop.redeem(&shop.sign_in("alice").code()).is_granted());
        }
    }

    // Seed: F07
    // RFC 9700, 2.1.1.
    fn public_clients_must_use_pkce_unless_that_is_switched_off(setup) {
        for (word, is_refused) in [("", true), ("public", true), ("false", true), ("registered", false)] {
            let setup = setup.clone();
            let server = if word.is_empty() { setup.start() } else { setup.with("features.require_pkce", word).start() };
            let public = |id: &str, asks: bool| {
                let members = json!({ "token_endpoint_auth_method": "none", "require_pkce": asks });
                server.relying_party_with(id, members)
            };
            let (spa, strict) = (public("spa", false), public("strict", true));
            let browser = server.browser();
            browser.sign_in("alice");
            for (client, is_refused) in [(&spa, is_refused), (&strict, true)] {
                let response = client.visit(&browser, WITHOUT_PKCE).response;
                assert_eq!(response.find("code").is_none(), is_refused, "{word:?} {}", client.id());
                if is_refused {
                    assert_eq!(response.error(), "invalid_request");
                }
            }
            // Whoever uses it is held to it.
            let code = spa.sign_in("alice").code();
            assert_eq!(spa.redeem_with(&code, &[("code_verifier", "")]).error(), "invalid_grant");
            assert!(spa.redeem(&spa.sign_in("alice").code()).is_granted());
        }
    }

    // Seed: F06
    fn plain_pkce_can_be_switched_on(setup) {
        let server = setup.with("features.plain_pkce", "true").start();
        let shop = server.relying_party("shop");
        let verifier = shop.verifier();
        for method in ["plain", ""] {
            let changed = [("code_challenge", &*verifier), ("code_challenge_method", method)];
            let code = shop.sign_in_with("alice", &changed).code();
            assert_eq!(shop.redeem_with(&code, &[("code_verifier", &shop.challenge())]).error(), "invalid_grant");
            let code = shop.sign_in_with("alice", &changed).code();
            assert!(shop.redeem(&code).is_granted());
        }
    }

    // Seed: F09
    fn a_wildcard_counts_where_it_is_switched_on(setup) {
        for (is_on, switch) in [(true, "true"), (false, "false")] {
            let server = setup.clone().with("features.wildcard_redirect_uris", switch).start();
            let shop = server.relying_party("shop");
            server.change_client("shop", |client| {
                client.redirect_uris = vec!["https://*.app.shop.example/cb".into()];
            });
            let given = "https://branch-7.app.shop.example/cb";
            let page = server.browser().open(&shop.request(&[("redirect_uri", given)]));
            assert_eq!(page.is_at("/login"), is_on);
            let evil = server.browser().open(&shop.request(&[("redirect_uri", "https://a.b.app.shop.example/cb")]));
            assert_eq!((evil.status(), evil.left_to), (400, None));
        }
    }

    // Seed: U07
    fn approval_prompt_is_understood_where_it_is_switched_on(setup) {
        for (is_on, switch) in [(true, "true"), (false, "false")] {
            let server = setup.clone().with("features.approval_prompt", switch).start();
            let shop = server.relying_party("shop");
            let browser = shop.sign_in("alice").browser;
            let page = browser.open(&shop.request(&[("approval_prompt", "force")]));
            assert_eq!(page.is_at("/consent"), is_on);
            assert!(shop.visit(&browser, &[("approval_prompt", "auto")]).response.find("code").is_some());
        }
    }

    // Seed: F13
    fn a_client_may_have_a_maximum_age_of_its_own(setup) {
        let server = setup.start();
        let shop = server.relying_party_with("shop", json!({"default_max_age": 60}));
        let browser = shop.sign_in("alice").browser;
        assert!(shop.visit(&browser, &[("prompt", "none")]).response.find("code").is_some());
        server.advance(61);
        assert_eq!(shop.visit(&browser, &[("prompt", "none")]).response.error(), "login_required");
        assert!(browser.open(&shop.request(&[])).is_at("/login"));
    }

    fn a_resource_is_one_that_the_client_is_registered_for(setup) {
        let server = setup.start();
        let shop = server.relying_party_with("shop", json!({"resources": ["https://api.shop.example/"]}));
        let browser = shop.sign_in("alice").browser;
        let ask = |uri: &str| shop.visit(&browser, &[("resource", uri)]).response;
        assert!(ask("https://api.shop.example/").find("code").is_some());
        assert_eq!(ask("https://other.example/").error(), "invalid_target");
    }

    fn a_sign_in_begins_at_the_apps_page(setup) {
        let server = setup.start();
        let shop = server.relying_party_with("shop", json!({"initiate_login_uri": "https://shop.example/start?a=b"}));
        let browser = shop.sign_in("alice").browser;
        let page = browser.open("/account/apps");
        let issuer: String = form_urlencoded::byte_serialize(server.issuer().as_bytes()).collect();
        let link = format!("https://shop.example/start?a=b&iss={issuer}&login_hint=alice%40example.org");
        assert!(page.answer.body.contains(&link.replace('&', "&amp;")), "{}", page.answer.body);
    }
}
