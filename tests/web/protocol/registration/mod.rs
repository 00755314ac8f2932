//! `/register` and `/register/{client_id}`.

mod hostile;
mod manage;
mod remote;
mod tokens;

use cardea::store::clients;
use serde_json::{Value, json};

use crate::support::*;

/// Everybody may register, as often as they like.
fn open(setup: Setup) -> Server {
    setup.with("registration.mode", "open").with("throttle.enabled", "false").start()
}

fn request(server: &Server, metadata: &Value) -> Request {
    server.request("POST", "/register").content("application/json", metadata.to_string().into_bytes())
}

/// Metadata with these members, and what every client needs.
fn metadata(members: Value) -> Value {
    let mut whole = json!({"client_name": "Tide Table", "redirect_uris": ["https://tide.example/cb"]});
    if let (Value::Object(whole), Value::Object(members)) = (&mut whole, members) {
        whole.extend(members);
    }
    whole
}

fn post(server: &Server, members: Value) -> Answer {
    request(server, &metadata(members)).send()
}

#[track_caller]
fn register(server: &Server, members: Value) -> Value {
    let answer = post(server, members);
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()
}

/// A refusal in this form, after which there are no more clients than before.
#[track_caller]
fn refused(server: &Server, members: Value, error: &str) {
    let before = server.read(clients::count);
    let answer = post(server, members);
    assert_eq!((answer.status, answer.error().as_str()), (400, error), "{}", answer.body);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(server.read(clients::count), before);
}

on_both! {
    // Conformance: D-3, C-14
    // Seed: E17
    fn nobody_registers_unless_it_is_switched_on(setup) {
        for (mode, status) in [("off", 404), ("token", 401), ("open", 201)] {
            let server = setup.clone().with("registration.mode", mode).start();
            let endpoint = server.get("/.well-known/openid-configuration").json()["registration_endpoint"].clone();
            let expected = if mode == "off" { Value::Null } else { json!(format!("{}/register", server.issuer())) };
            assert_eq!(endpoint, expected, "{mode}");
            assert_eq!(post(&server, json!({})).status, status, "{mode}");
            assert_eq!(server.get("/register/x").status, if mode == "off" { 404 } else { 401 }, "{mode}");
            assert_eq!(server.read(clients::count), i64::from(mode == "open"));
        }
    }

    // Conformance: C-1, C-2, C-4, C-5, C-11, C-12
    // Seed: E17, A04
    fn a_registration_answers_with_all_that_is_kept_and_works_at_once(setup) {
        let server = open(setup);
        let jwk = json!({"kty": "RSA", "n": "w7Zdfmece8iaB0kiTY8pCtiBtzbptJmP28nSWwtdjRu0f2GFpajvWE4VhfJAjEsOcwYzay7XGN0b-X84BfC8hmCTOj2b2eHT7NsZegFPKRUQzJ9wW8ipn_aDJWMGDuB1XyqT1E7DYqjUCEOD1b4FLpy_xPn6oV_TYOfQ9fZdbE5HGxJUzekuGcOKqOQ8M7wfYHhHHLxGpQVgL0apWuP2gDDOdTtpuld4D2LK1MZK99s9gaSjRHE8JDb1Z4IGhEcEyzkxswVdPndUWzfvWBBWXWxtSUvQGBRkuy1BHOa4sP6FKjWEeeF7gm7UMs2Nm2QUgNZw6xvEDGaLk4KASdIxRQ", "e": "AQAB", "use": "sig", "alg": "RS256"});
        let sent = metadata(json!({
            "redirect_uris": ["https://tide.example/cb?bar=foo", "https://tide.example/other"],
            "post_logout_redirect_uris": ["https://tide.example/bye"],
            "grant_types": ["authorization_code", "refresh_token", "implicit"],
            "response_types": ["code id_token token"],
            "token_endpoint_auth_method": "client_secret_post",
            "jwks": {"keys": [jwk]},
            "contacts": ["team@tide.example"],
            "id_token_signed_response_alg": "RS256",
            "userinfo_signed_response_alg": "RS256",
            "request_object_signing_alg": "RS256",
            "request_uris": ["https://tide.example/request.jwt#T0z7_hash"],
            "subject_type": "public",
            "policy_uri": "https://tide.example/policy",
            "tos_uri": "https://tide.example/terms",
            "initiate_login_uri": "https://tide.example/start",
            "frontchannel_logout_uri": "https://tide.example/front",
            "frontchannel_logout_session_required": true,
            "backchannel_logout_uri": "https://tide.example/back",
            "backchannel_logout_session_required": true,
            "scope": "openid email offline_access",
            "unknown_member": {"a": 1},
        }));
        let answer = request(&server, &sent).send();
        assert_eq!((answer.status, answer.header("cache-control")), (201, Some("no-store")), "{}", answer.body);
        let kept = answer.json();
        for (name, value) in sent.as_object().unwrap().iter().filter(|(name, _)| *name != "unknown_member") {
            assert_eq!(&kept[name], value, "{name}");
        }
        assert_eq!(kept.get("unknown_member"), None);
        assert_eq!(kept["client_secret"].as_str().unwrap().len(), 43);
        assert_eq!((&kept["client_secret_expires_at"], &kept["client_id_issued_at"]), (&json!(0), &json!(NOW.0)));
        let uri = format!("{}/register/{}", server.issuer(), kept["client_id"].as_str().unwrap());
        assert_eq!(kept["registration_client_uri"], uri);
        assert_eq!(kept["registration_access_token"].as_str().unwrap().len(), 43);
        assert!(server.audit("client_registered")[0].detail.contains("Tide Table"));

        let shop = register(&server, json!({"grant_types": ["authorization_code", "refresh_token"]}));
        let shop = server.registered(&shop);
        let tokens = shop.redeem(&shop.sign_in("alice").code());
        assert!(tokens.is_granted() && shop.is_live(&tokens.access_token()));
    }

    // Conformance: T-1
    fn all_urls_of_an_https_provider_are_https(setup) {
        let setup = setup.with("issuer", "https://id.example/op").with("trusted_proxies", "127.0.0.1");
        let kept = register(&open(setup), json!({}));
        let uri = kept["registration_client_uri"].as_str().unwrap();
        assert!(uri.starts_with("https://id.example/op/register/"), "{uri}");
    }

    // Conformance: C-13
    fn what_is_not_said_has_its_default(setup) {
        let kept = register(&open(setup), json!({"client_name": null, "contacts": null}));
        assert_eq!(kept["token_endpoint_auth_method"], "client_secret_basic");
        assert_eq!(kept["id_token_signed_response_alg"], "RS256");
        assert_eq!(kept["response_types"], json!(["code"]));
        assert_eq!(kept["grant_types"], json!(["authorization_code"]));
        assert_eq!((&kept["application_type"], &kept["subject_type"]), (&json!("web"), &json!("public")));
    }

    // Conformance: C-2, C-3
    fn each_response_type_with_just_its_grant_types_is_taken_in_any_order(setup) {
        let server = open(setup);
        let (code, implicit) = ("authorization_code", "implicit");
        for (sent, kept, grant_types) in [
            ("code", "code", vec![code]),
            ("id_token", "id_token", vec![implicit]),
            ("token id_token", "id_token token", vec![implicit]),
            ("id_token code", "code id_token", vec![code, implicit]),
            ("token code", "code token", vec![code, implicit]),
            ("token id_token code", "code id_token token", vec![code, implicit]),
        ] {
            for refresh in [&[][..], &["refresh_token"]] {
                let grant_types = [&grant_types[..], refresh].concat();
                let answer = register(&server, json!({"response_types": [sent], "grant_types": grant_types}));
                assert_eq!((&answer["response_types"], &answer["grant_types"]), (&json!([kept]), &json!(grant_types)));
            }
        }
        refused(&server, json!({"response_types": ["id_token"]}), "invalid_client_metadata");
        refused(&server, json!({"response_types": ["magic"]}), "invalid_client_metadata");
    }

    // Conformance: C-8, C-9, C-15
    // Seed: A04, T05
    fn bad_metadata_is_refused_by_name(setup) {
        let server = open(setup);
        for uri in ["https://tide.example/cb#part", "javascript:alert(1)", "data:text/html,x", "/cb", "http://*.example/"] {
            refused(&server, json!({"redirect_uris": [uri]}), "invalid_redirect_uri");
        }
        let implicit = json!({
            "redirect_uris": ["https://localhost/cb"], "response_types": ["id_token"], "grant_types": ["implicit"],
        });
        refused(&server, implicit, "invalid_redirect_uri");
        refused(&server, json!({"redirect_uris": []}), "invalid_redirect_uri");
        for (name, value) in [
            ("initiate_login_uri", json!("http://tide.example/start")),
            ("policy_uri", json!("javascript:alert(1)")),
            ("tos_uri", json!("data:text/html,x")),
            ("logo_uri", json!("javascript:alert(1)")),
            ("sector_identifier_uri", json!("http://tide.example/s")),
            ("jwks_uri", json!("http://tide.example/jwks")),
            ("jwks", json!({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]})),
            ("post_logout_redirect_uris", json!(["javascript:alert(1)"])),
            ("frontchannel_logout_uri", json!("https://elsewhere.example/out")),
            ("id_token_signed_response_alg", json!("none")),
            ("id_token_signed_response_alg", json!("ES384")),
            ("token_endpoint_auth_method", json!("private_key_jwt")),
            ("token_endpoint_auth_method", json!("tls")),
            ("grant_types", json!(["authorization_code", "password"])),
            ("client_name", json!(7)),
        ] {
            refused(&server, json!({name: value}), "invalid_client_metadata");
        }
        let both = json!({"jwks_uri": "https://tide.example/jwks", "jwks": {"keys": []}});
        refused(&server, both, "invalid_client_metadata");
        refused(&server, json!({"software_statement": "a.b.c"}), "invalid_software_statement");
        let started = register(&server, json!({"initiate_login_uri": "https://tide.example/start"}));
        assert_eq!(started["initiate_login_uri"], "https://tide.example/start");
    }

    fn the_implicit_flow_is_not_registered_where_it_is_off(setup) {
        let setup = setup.with("features.implicit", "false");
        let server = open(setup);
        let members = json!({"response_types": ["id_token"], "grant_types": ["implicit"]});
        refused(&server, members, "invalid_client_metadata");
        register(&server, json!({}));
    }

    // Conformance: T-8
    fn an_address_registers_so_many_apps_in_an_hour(setup) {
        let setup = setup.with("registration.mode", "open").with("registration.per_hour", "2");
        let server = setup.clone().start();
        for _ in 0..2 {
            register(&server, json!({}));
        }
        let answer = post(&server, json!({}));
        assert_eq!((answer.status, answer.error().as_str()), (429, "temporarily_unavailable"));
        assert_eq!(answer.header("retry-after"), Some("3600"));
        assert_eq!(server.read(clients::count), 2);
        server.advance(3599);
        assert_eq!(post(&server, json!({})).status, 429);
        server.advance(1);
        register(&server, json!({}));

        let server = setup.with("throttle.enabled", "false").start();
        for _ in 0..30 {
            register(&server, json!({}));
        }
    }

    fn what_nobody_has_used_is_removed(setup) {
        let server = open(setup.with("registration.unused", "1d"));
        let (used, unused) = (register(&server, json!({})), register(&server, json!({})));
        let shop = server.registered(&used);
        assert!(shop.redeem(&shop.sign_in("alice").code()).is_granted());
        let clean_up = || block_on(server.app().store.clean_up(server.now(), 900)).unwrap();
        let ids = || server.read(clients::names).into_iter().map(|(id, _)| json!(id)).collect::<Vec<_>>();
        server.advance(86_399);
        clean_up();
        assert_eq!(ids().len(), 2);
        server.advance(1);
        clean_up();
        assert_eq!(ids(), [used["client_id"].clone()]);
        let gone = manage::request(&server, "GET", &unused).send();
        assert_eq!((gone.status, gone.error().as_str()), (401, "invalid_token"));
    }

    fn a_client_that_gets_tokens_for_itself_is_in_use(setup) {
        let server = open(setup.with("registration.unused", "1d"));
        let members = json!({
            "grant_types": ["client_credentials"], "response_types": [], "scope": "email",
        });
        let robot = server.registered(&register(&server, members));
        let clean_up = || block_on(server.app().store.clean_up(server.now(), 900)).unwrap();
        let refused = robot.ask(&[("grant_type", "client_credentials"), ("scope", "phone")]);
        assert_eq!(refused.error(), "invalid_scope");
        let unused = |server: &Server| {
            let id = robot.id().to_owned();
            server.read(move |db| clients::find(db, &id)).unwrap().unused_until
        };
        assert!(unused(&server).is_some(), "a refusal is no use");
        server.advance(86_399);
        let token = robot.own_token().access_token();
        assert_eq!(unused(&server), None);
        server.advance(1);
        clean_up();
        assert_eq!(robot.introspect(&token)["active"], true);
        assert!(robot.own_token().is_granted());
    }
}
