//! Tokens that clients have for themselves, and for passwords.

use cardea::oidc::client::GrantType;
use serde_json::json;

use crate::support::*;

fn machine(server: &Server, id: &str) -> RelyingParty {
    server.relying_party_with(
        id,
        json!({ "grant_types": ["client_credentials"], "response_types": [], "scope": "email phone" }),
    )
}

fn old_app(server: &Server, members: &serde_json::Value) -> RelyingParty {
    let mut all = json!({ "grant_types": ["password", "refresh_token"], "response_types": [] });
    all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    server.relying_party_with("old", all)
}

fn ask_for(shop: &RelyingParty, username: &str, password: &str, scope: &str) -> Tokens {
    let fields =
        [("grant_type", "password"), ("username", username), ("password", password), ("scope", scope)];
    shop.ask(&fields)
}

on_both! {
    // Seed: F19
    fn a_confidential_client_gets_its_own_scope_and_no_refresh_token(setup) {
        let server = setup.start();
        let robot = machine(&server, "robot");
        let tokens = robot.own_token();
        let json = tokens.0.json();
        assert_eq!((json["scope"].as_str(), json["token_type"].as_str()), (Some("email phone"), Some("Bearer")));
        assert!(json.get("refresh_token").is_none() && json.get("id_token").is_none());
        assert_eq!(tokens.0.header("cache-control"), Some("no-store"));
        let narrowed = robot.ask(&[("grant_type", "client_credentials"), ("scope", "email openid")]);
        assert_eq!(narrowed.member("scope").as_deref(), Some("email"));
        // It is about nobody.
        let answer = robot.userinfo(&tokens.access_token());
        assert_eq!((answer.status, &*answer.error()), (403, "insufficient_scope"));
        let known = robot.introspect(&tokens.access_token());
        assert_eq!((&known["active"], &known["sub"]), (&json!(true), &json!("robot")));
        server.advance(3600);
        assert_eq!(robot.introspect(&tokens.access_token()), json!({ "active": false }));
    }

    // Seed: F19
    fn what_is_not_its_own_a_client_does_not_get(setup) {
        let server = setup.start();
        let robot = machine(&server, "robot");
        for scope in ["profile", "email profile", "openid", "unheard-of"] {
            let refused = robot.ask(&[("grant_type", "client_credentials"), ("scope", scope)]);
            assert_eq!(refused.error(), "invalid_scope", "{scope}");
        }
        let shop = server.relying_party("shop");
        assert_eq!(shop.own_token().error(), "unauthorized_client");
        let public = server.relying_party_with("spa", json!({
            "token_endpoint_auth_method": "none", "scope": "email",
        }));
        // It cannot be registered so; if it were, it would be refused still.
        server.change_client("spa", |client| client.grant_types.push(GrantType::ClientCredentials));
        assert_eq!(public.own_token().error(), "unauthorized_client");
        server.change_client("robot", |client| client.scope = Default::default());
        assert_eq!(robot.own_token().error(), "invalid_scope");
        server.change_client("robot", |client| client.disabled_at = Some(NOW));
        assert_eq!(robot.own_token().error(), "unauthorized_client");
    }

    // Seed: F18
    fn passwords_are_taken_only_behind_the_switch_and_from_registered_clients(setup) {
        let off = setup.clone().start();
        let app = old_app(&off, &json!({}));
        assert_eq!(ask_for(&app, "alice", PASSWORD, "email").error(), "unsupported_grant_type");
        assert!(off.audit("sign_in").is_empty());

        let on = setup.with("features.password_grant", "true").start();
        let app = old_app(&on, &json!({ "scope": "email" }));
        let tokens = ask_for(&app, "alice", PASSWORD, "openid email");
        assert!(app.is_live(&tokens.access_token()));
        assert_eq!(app.userinfo(&tokens.access_token()).json()["email"], "alice@example.org");
        let (_, claims) = claims_of(&on, &tokens.id_token());
        assert_eq!(claims["sub"], "sub-of-alice");
        assert!(!claims.contains_key("sid"));
        assert_eq!(ask_for(&app, "alice", PASSWORD, "openid phone").error(), "invalid_scope");
        assert!(app.refresh(&ask_for(&app, "alice", PASSWORD, "email").refresh_token()).is_granted());
        let without = ask_for(&app, "alice", PASSWORD, "");
        assert_eq!((without.is_granted(), without.member("scope").as_deref()), (true, Some("email")));
        assert_eq!(on.audit("sign_in").len(), 3);
        let shop = on.relying_party("shop");
        assert_eq!(ask_for(&shop, "alice", PASSWORD, "email").error(), "unauthorized_client");
        assert_eq!(on.audit("sign_in").len(), 3);
    }

    // Seed: F18
    fn guessing_passwords_through_a_client_has_the_limits_of_sign_in(setup) {
        let server = setup.with("features.password_grant", "true").start();
        let app = old_app(&server, &json!({}));
        for _ in 0..5 {
            assert_eq!(ask_for(&app, "alice", "wrong", "email").error(), "invalid_grant");
        }
        assert_eq!(ask_for(&app, "alice", PASSWORD, "email").error(), "invalid_grant");
        assert_eq!(ask_for(&app, "nobody", "wrong", "email").error(), "invalid_grant");
        assert!(server.audit("sign_in").is_empty(), "nothing was granted");
        assert!(ask_for(&app, "bob", PASSWORD, "email").is_granted(), "others go on");
        server.change_user("sub-of-bob", |user| user.disabled_at = Some(NOW));
        assert_eq!(ask_for(&app, "bob", PASSWORD, "email").error(), "invalid_grant");
        server.advance(60);
        assert!(ask_for(&app, "alice", PASSWORD, "email").is_granted());
    }
}
