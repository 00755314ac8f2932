//! The `claims` parameter.

use serde_json::{Value, json};

use crate::support::*;

fn granted(server: &Server, shop: &RelyingParty, claims: &Value) -> (Value, Value) {
    let claims = claims.to_string();
    let visit = shop.sign_in_with("alice", &[("scope", "openid"), ("claims", &claims)]);
    let tokens = shop.redeem(&visit.code());
    let id_token = claims_of(server, &tokens.id_token()).1;
    (Value::Object(id_token), shop.userinfo(&tokens.access_token()).json())
}

on_both! {
    // Conformance: M-6, M-7, A-4
    // Seed: C09
    fn claims_stand_where_they_are_asked_for(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let (id_token, userinfo) = granted(&server, &shop, &json!({"userinfo": {"name": {"essential": true}}}));
        assert_eq!((id_token.get("name"), &userinfo["name"]), (None, &json!("Alice Example")));
        let (id_token, userinfo) = granted(&server, &shop, &json!({"id_token": {"name": {"essential": true}}}));
        assert_eq!((&id_token["name"], userinfo.get("name")), (&json!("Alice Example"), None));
        assert_eq!(userinfo.get("email"), None);
    }

    fn a_value_that_somebody_does_not_have_and_unknown_claims_are_left_out(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let wishes = json!({
            "given_name": {"value": "Bob"}, "family_name": {"values": ["Example", "Other"]}, "shoe_size": {"essential": true},
        });
        let (id_token, userinfo) = granted(&server, &shop, &json!({"userinfo": wishes.clone(), "id_token": wishes}));
        for told in [&id_token, &userinfo] {
            assert_eq!(told["family_name"], "Example");
            assert!(told.get("given_name").is_none() && told.get("shoe_size").is_none(), "{told}");
        }
    }

    fn what_it_adds_is_agreed_to(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = shop.sign_in_with("alice", &[("scope", "openid")]).browser;
        let claims = [("scope", "openid"), ("claims", r#"{"userinfo": {"email": null}}"#)];
        let silent = shop.visit(&browser, &[claims[0], claims[1], ("prompt", "none")]);
        assert_eq!(silent.response.error(), "consent_required");
        let page = browser.open(&shop.request(&claims));
        assert!(page.is_at("/consent") && page.text().contains("See your email address"), "{}", page.text());
        let page = browser.press(&page, "decline", &[]);
        assert_eq!(shop.response(&browser, &page).error(), "access_denied");
    }

    fn nobody_gets_around_the_scopes_of_a_client(setup) {
        let server = setup.start();
        let shop = server.relying_party_with("shop", json!({"scope": "openid"}));
        let (id_token, userinfo) =
            granted(&server, &shop, &json!({"userinfo": {"email": null}, "id_token": {"email": null, "scope": null}}));
        assert!(id_token.get("email").is_none() && userinfo.get("email").is_none());
    }

    fn claims_last_through_a_refresh(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let claims = r#"{"userinfo": {"name": null}}"#;
        let visit = shop.sign_in_with("alice", &[("scope", "openid offline_access"), ("claims", claims), ("prompt", "consent")]);
        let tokens = shop.redeem(&visit.code());
        let tokens = shop.refresh(&tokens.refresh_token());
        assert_eq!(shop.userinfo(&tokens.access_token()).json()["name"], "Alice Example");
    }

    // Conformance: R-10
    fn an_essential_class_is_met_or_the_request_refused(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let offered = server.get("/.well-known/openid-configuration").json()["acr_values_supported"][0].clone();
        let (id_token, _) =
            granted(&server, &shop, &json!({"id_token": {"acr": {"essential": true, "values": ["gold", offered]}}}));
        assert_eq!(id_token["acr"], offered);
        let browser = shop.sign_in("alice").browser;
        let claims = json!({"id_token": {"acr": {"essential": true, "value": "gold"}}}).to_string();
        let response = shop.visit(&browser, &[("claims", &claims)]).response;
        assert_eq!(response.error(), "unmet_authentication_requirements");
    }

    fn a_subject_that_is_demanded_gets_its_answer_alone(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = shop.sign_in("alice").browser;
        let sub = |name: &str| json!({"id_token": {"sub": {"value": format!("sub-of-{name}")}}}).to_string();
        assert!(shop.visit(&browser, &[("claims", &sub("alice")), ("prompt", "none")]).response.find("code").is_some());
        let response = shop.visit(&browser, &[("claims", &sub("bob")), ("prompt", "none")]).response;
        assert_eq!(response.error(), "login_required");
        let page = browser.open(&shop.request(&[("claims", &sub("bob"))]));
        assert!(page.is_at("/login"));
        let page = browser.sign_in_on(&page, "carol");
        assert_eq!(shop.response(&browser, &page).error(), "login_required");
    }

    fn a_hint_names_a_pairwise_subject_too(setup) {
        let server = setup.start();
        let shop = server.relying_party_with("shop", json!({"subject_type": "pairwise"}));
        let visit = shop.sign_in("alice");
        let hint = shop.redeem(&visit.code()).id_token();
        assert_ne!(claims_of(&server, &hint).1["sub"], "sub-of-alice");
        let silent = shop.visit(&visit.browser, &[("prompt", "none"), ("id_token_hint", &hint)]);
        assert!(silent.response.find("code").is_some());
    }
}
