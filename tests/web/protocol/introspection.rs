//! What tokens are worth, and giving them back.

use serde_json::{Value, json};

use crate::support::*;

const OFFLINE: &[(&str, &str)] = &[("scope", "openid email offline_access")];

fn dead() -> Value {
    json!({ "active": false })
}

fn sign_in(shop: &RelyingParty) -> Tokens {
    shop.redeem(&shop.sign_in_with("alice", OFFLINE).code())
}

on_both! {
    // Seed: E12, R02
    fn a_client_learns_what_its_own_tokens_are_worth(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let tokens = sign_in(&shop);
        let known = shop.introspect(&tokens.access_token());
        let issuer = server.issuer();
        for (name, value) in [
            ("active", json!(true)),
            ("scope", json!("openid email offline_access")),
            ("client_id", json!("shop")),
            ("username", json!("alice")),
            ("token_type", json!("Bearer")),
            ("exp", json!(NOW.plus(3600))),
            ("iat", json!(NOW)),
            ("sub", json!("sub-of-alice")),
            ("aud", json!(issuer)),
            ("iss", json!(issuer)),
        ] {
            assert_eq!(known[name], value, "{name}");
        }
        // What names a token opens nothing.
        assert!(!shop.is_live(known["jti"].as_str().unwrap()));
        let refresh = shop.introspect(&tokens.refresh_token());
        assert_eq!((&refresh["active"], refresh.get("token_type")), (&json!(true), None));
        assert_eq!(shop.introspect("unheard-of"), dead());
        assert_eq!(shop.introspect("a.b.c"), dead());
        assert_eq!(shop.introspect(&tokens.id_token()), dead());
        server.advance(3600);
        assert_eq!(shop.introspect(&tokens.access_token()), dead());
        shop.refresh(&tokens.refresh_token());
        assert_eq!(shop.introspect(&tokens.refresh_token()), dead());
    }

    // Seed: R01, R04
    fn others_learn_nothing_unless_it_is_meant_for_them(setup) {
        let server = setup.start();
        let shop = server.relying_party_with("shop", json!({ "audiences": ["api"] }));
        let (api, stranger) = (server.relying_party("api"), server.relying_party("stranger"));
        let all = server.relying_party_with("all", json!({ "may_introspect": true }));
        let tokens = sign_in(&shop);
        for (client, is_told) in [(&api, true), (&stranger, false), (&all, true)] {
            let known = client.introspect(&tokens.access_token());
            assert_eq!(known["active"], is_told, "{}", client.id());
            assert_eq!(known == dead(), !is_told);
        }
        assert_eq!(api.introspect(&tokens.refresh_token()), dead());
        let robot = server.relying_party_with("robot", json!({
            "grant_types": ["client_credentials"], "response_types": [],
            "scope": "token_introspection shop",
        }));
        let bearer = robot.own_token().access_token();
        let ask = |bearer: &str| {
            let request = server.request("POST", "/introspect").bearer(bearer);
            request.form(&[("token", &tokens.access_token())]).send()
        };
        assert_eq!(ask(&bearer).json()["active"], true);
        let refused = ask(&tokens.access_token());
        assert_eq!((refused.status, &*refused.error()), (403, "insufficient_scope"));
        let refused = ask("unheard-of");
        assert_eq!((refused.status, &*refused.error()), (401, "invalid_token"));
    }

    // Seed: E12
    fn who_does_not_prove_itself_learns_nothing(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let spa = server.relying_party_with("spa", json!({ "token_endpoint_auth_method": "none" }));
        let token = sign_in(&spa).access_token();
        assert_eq!(spa.post("/introspect", &[("token", &token)]).error(), "unauthorized_client");
        let bare = server.request("POST", "/introspect").form(&[("token", &token)]).send();
        assert_eq!((bare.status, &*bare.error()), (401, "invalid_client"));
        let mut thief = shop.clone();
        thief.secret = "guess".into();
        assert_eq!(thief.post("/introspect", &[("token", &token)]).status, 401);
        assert_eq!(shop.post("/introspect", &[]).error(), "invalid_request");
        assert_eq!(server.get("/introspect").status, 405);
        assert_eq!(server.get("/revoke").status, 405);
    }

    // Seed: E09, E12
    fn who_asks_proves_itself_by_basic_or_in_the_body(setup) {
        let server = setup.start();
        for method in ["client_secret_basic", "client_secret_post"] {
            let client = server.relying_party_with(method, json!({ "token_endpoint_auth_method": method }));
            let token = sign_in(&client).access_token();
            assert_eq!(client.introspect(&token)["active"], true, "{method}");
            let mut thief = client.clone();
            thief.secret = "guess".into();
            let refused = thief.post("/introspect", &[("token", &token)]);
            assert_eq!((refused.status, &*refused.error()), (401, "invalid_client"), "{method}");
            assert!(!refused.body.contains("active"), "{}", refused.body);
        }
    }

    fn the_disabled_have_no_live_tokens(setup) {
        let server = setup.start();
        let (shop, all) =
            (server.relying_party("shop"), server.relying_party_with("all", json!({ "may_introspect": true })));
        let tokens = sign_in(&shop);
        server.change_user("sub-of-alice", |user| user.disabled_at = Some(NOW));
        assert_eq!(all.introspect(&tokens.access_token()), dead());
        assert_eq!(all.introspect(&tokens.refresh_token()), dead());
        server.change_user("sub-of-alice", |user| user.disabled_at = None);
        assert_eq!(all.introspect(&tokens.access_token())["active"], true);
        server.change_client("shop", |client| client.disabled_at = Some(NOW));
        assert_eq!(all.introspect(&tokens.access_token()), dead());
        assert_eq!(all.introspect(&tokens.refresh_token()), dead());
    }

    // Seed: E13
    fn an_access_token_ends_alone_and_a_refresh_token_with_its_family(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let tokens = sign_in(&shop);
        let answer = shop.revoke(&tokens.access_token());
        assert_eq!((answer.status, answer.body.as_str()), (200, ""));
        assert!(!shop.is_live(&tokens.access_token()));
        let tokens = shop.refresh(&tokens.refresh_token());
        assert!(shop.is_live(&tokens.access_token()));
        let hint = [("token", tokens.refresh_token()), ("token_type_hint", "access_token".into())];
        let hint = hint.each_ref().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(shop.post("/revoke", &hint).status, 200);
        assert!(!shop.is_live(&tokens.access_token()));
        assert_eq!(shop.refresh(&tokens.refresh_token()).error(), "invalid_grant");
        assert_eq!(shop.revoke("unheard-of").status, 200);
        assert_eq!(shop.post("/revoke", &[]).error(), "invalid_request");
    }

    // Seed: E13
    fn a_hint_right_or_wrong_finds_either_kind_of_token(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        for hint in ["access_token", "refresh_token", "unheard-of"] {
            let revoke = |token: &str| shop.post("/revoke", &[("token", token), ("token_type_hint", hint)]).status;
            let tokens = sign_in(&shop);
            assert_eq!(revoke(&tokens.access_token()), 200, "{hint}");
            assert!(!shop.is_live(&tokens.access_token()), "{hint}");
            let tokens = shop.refresh(&tokens.refresh_token());
            assert_eq!(revoke(&tokens.refresh_token()), 200, "{hint}");
            assert!(!shop.is_live(&tokens.access_token()), "{hint}");
            assert_eq!(shop.refresh(&tokens.refresh_token()).error(), "invalid_grant", "{hint}");
        }
    }

    // Seed: E13
    fn what_is_another_clients_nobody_can_revoke(setup) {
        let server = setup.start();
        let (shop, thief) = (server.relying_party("shop"), server.relying_party("thief"));
        let tokens = sign_in(&shop);
        for token in [tokens.access_token(), tokens.refresh_token()] {
            let refused = thief.revoke(&token);
            assert_eq!((refused.status, &*refused.error()), (400, "invalid_grant"));
        }
        assert!(shop.is_live(&tokens.access_token()));
        assert!(shop.refresh(&tokens.refresh_token()).is_granted());
        let robot = server.relying_party_with("robot", json!({
            "grant_types": ["client_credentials"], "response_types": [], "scope": "email",
        }));
        let own = robot.own_token().access_token();
        assert_eq!(thief.revoke(&own).status, 400);
        assert_eq!(robot.introspect(&own)["active"], true);
        assert_eq!(robot.revoke(&own).status, 200);
        assert_eq!(robot.introspect(&own), dead());
    }

    // Seed: T11, C11
    fn a_jwt_access_token_is_signed_and_can_be_revoked(setup) {
        let server = setup.start();
        let shop = server.relying_party_with("shop", json!({ "access_token_format": "jwt" }));
        let tokens = sign_in(&shop);
        let token = tokens.access_token();
        let (header, claims) = claims_of(&server, &token);
        assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("RS256")));
        for (name, value) in [
            ("iss", json!(server.issuer())),
            ("aud", json!(server.issuer())),
            ("sub", json!("sub-of-alice")),
            ("client_id", json!("shop")),
            ("exp", json!(NOW.plus(3600))),
            ("iat", json!(NOW)),
            ("scope", json!("openid email offline_access")),
            ("auth_time", json!(NOW)),
        ] {
            assert_eq!(claims[name], value, "{name}");
        }
        assert!(shop.is_live(&token));
        assert_eq!(shop.introspect(&token)["jti"], claims["jti"]);
        assert!(!shop.is_live(claims["jti"].as_str().unwrap()), "its name opens nothing");
        let (input, _) = token.rsplit_once('.').unwrap();
        assert!(!shop.is_live(&format!("{input}.")));
        assert!(!shop.is_live(&tokens.id_token()), "an ID token is none");
        assert_eq!(shop.revoke(&token).status, 200);
        assert!(!shop.is_live(&token));
        let other = shop.refresh(&tokens.refresh_token()).access_token();
        assert!(shop.is_live(&other));
        server.advance(3600);
        assert!(!shop.is_live(&other));
    }

    // Seed: E19
    fn a_token_for_a_resource_is_for_that_alone(setup) {
        let server = setup.start();
        let berths = "https://berths.example/";
        let robot = server.relying_party_with("robot", json!({
            "grant_types": ["client_credentials"], "response_types": [], "scope": "email",
            "resources": [berths, "urn:cranes"], "access_token_format": "jwt",
        }));
        let ask = |resources: &[&str]| {
            let mut fields = vec![("grant_type", "client_credentials")];
            fields.extend(resources.iter().map(|resource| ("resource", *resource)));
            robot.ask(&fields)
        };
        let token = ask(&[berths]).access_token();
        assert_eq!(claims_of(&server, &token).1["aud"], berths);
        assert_eq!(robot.introspect(&token)["aud"], berths);
        let both = ask(&[berths, "urn:cranes"]).access_token();
        assert_eq!(claims_of(&server, &both).1["aud"], json!([berths, "urn:cranes"]));
        for wrong in ["https://other.example/", "berths", "https://berths.example/#x"] {
            assert_eq!(ask(&[berths, wrong]).error(), "invalid_target", "{wrong}");
        }
        let shop = server.relying_party_with("shop", json!({ "resources": [berths] }));
        let code = shop.sign_in("alice").code();
        let more = shop.redeem_with(&code, &[("resource", berths)]);
        assert_eq!(more.error(), "invalid_target", "it was not granted");
        assert!(shop.redeem(&code).is_granted(), "and nothing was used up");
    }

    // RFC 8707, 3.
    fn whoever_asks_shows_a_token_for_this_provider(setup) {
        let server = setup.start();
        let berths = "https://berths.example/".to_owned();
        let here = format!("{}/introspect", server.issuer());
        let elsewhere = format!("{}/userinfo", server.issuer());
        let api = server.relying_party_with("api", json!({
            "grant_types": ["client_credentials"], "response_types": [], "scope": "email token_introspection",
            "resources": [berths, elsewhere, here, server.issuer()],
        }));
        let asked = api.ask(&[("grant_type", "client_credentials"), ("scope", "email")]).access_token();
        let ask = |resources: &[&str]| {
            let mut fields = vec![("grant_type", "client_credentials")];
            fields.extend(resources.iter().map(|resource| ("resource", *resource)));
            let caller = api.ask(&fields).access_token();
            server.request("POST", "/introspect").bearer(&caller).form(&[("token", &asked)]).send()
        };
        for resources in [&[&*berths][..], &[&*elsewhere]] {
            let answer = ask(resources);
            assert_eq!((answer.status, &*answer.error()), (401, "invalid_token"), "{resources:?}");
            assert!(!answer.body.contains("active"));
        }
        for resources in [&[][..], &[&*here], &[&*berths, server.issuer()]] {
            assert_eq!(ask(resources).json()["active"], true, "{resources:?}");
        }
    }
}
