//! How clients prove themselves.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use cardea::store::client_secrets;
use serde_json::json;

use crate::support::*;

fn assert_invalid_client(tokens: &Tokens) {
    assert_eq!(tokens.error(), "invalid_client");
    assert_eq!(tokens.0.status, 401);
    assert!(tokens.0.header("www-authenticate").unwrap().starts_with("Basic "));
    assert_eq!(tokens.0.header("cache-control"), Some("no-store"));
}

/// The three methods, each with a client of its own.
fn clients(server: &Server) -> [(RelyingParty, Method); 3] {
    [("client_secret_basic", Method::Basic), ("client_secret_post", Method::Post), ("none", Method::None)]
        .map(|(name, method)| {
            (server.relying_party_with(name, json!({ "token_endpoint_auth_method": name })), method)
        })
}

fn fields<'a>(shop: &'a RelyingParty, code: &'a str, verifier: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &shop.redirect_uri),
        ("code_verifier", verifier),
    ]
}

on_both! {
    // Conformance
    fn a_client_uses_the_method_that_it_registered_and_no_other(setup) {
        let server = setup.start();
        for (client, own) in clients(&server) {
            let (code, verifier) = (client.sign_in("alice").code(), client.verifier());
            for method in [Method::Basic, Method::Post, Method::None] {
                if method != own {
                    assert_invalid_client(&client.ask_as(method, &fields(&client, &code, &verifier)));
                }
            }
            assert!(client.ask_as(own, &fields(&client, &code, &verifier)).is_granted(), "{own:?}");
        }
    }

    // Conformance: X-8
    fn of_a_public_client_its_name_in_the_body_suffices(setup) {
        let server = setup.with("features.require_pkce", "registered").start();
        let spa = server.relying_party_with("spa", json!({ "token_endpoint_auth_method": "none" }));
        let without = [("code_challenge", ""), ("code_challenge_method", "")];
        let code = spa.sign_in_with("alice", &without).code();
        let fields = [("grant_type", "authorization_code"), ("code", &*code), ("redirect_uri", &spa.redirect_uri)];
        for method in [Method::Basic, Method::Post] {
            assert_invalid_client(&spa.ask_as(method, &fields));
        }
        let tokens = spa.ask_as(Method::None, &fields);
        assert!(spa.is_live(&tokens.access_token()));
        let (_, claims) = claims_of(&server, &tokens.id_token());
        assert_eq!(claims["aud"], "spa");
    }

    // Conformance: X-6
    fn a_wrong_secret_leaves_the_code_to_whoever_has_the_right_one(setup) {
        let server = setup.start();
        for (mut client, method) in clients(&server) {
            if method == Method::None {
                continue;
            }
            let code = client.sign_in("alice").code();
            let right = std::mem::replace(&mut client.secret, "wrong".into());
            assert_invalid_client(&client.redeem(&code));
            client.secret = format!("{right} ");
            assert_invalid_client(&client.redeem(&code));
            client.secret = right;
            assert!(client.redeem(&code).is_granted());
        }
    }

    fn an_unknown_client_gets_the_same_answer_as_a_wrong_secret(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let ask = |pair: &str| {
            let header = format!("Basic {}", BASE64_STANDARD.encode(pair));
            let request = server.request("POST", "/token").header("Authorization", &header);
            Tokens(request.form(&[("grant_type", "authorization_code"), ("code", "c")]).send())
        };
        let (wrong, unknown) = (ask("shop:wrong"), ask("nobody:wrong"));
        assert_invalid_client(&wrong);
        assert_invalid_client(&unknown);
        assert_eq!(wrong.0.body, unknown.0.body);
        let code = shop.sign_in("alice").code();
        assert!(shop.redeem(&code).is_granted());
    }

    fn what_is_no_authentication_at_all_is_refused(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let (code, verifier) = (shop.sign_in("alice").code(), shop.verifier());
        let fields = fields(&shop, &code, &verifier);
        let huge = format!("Basic {}", BASE64_STANDARD.encode(format!("{}:x", "x".repeat(5000))));
        let nul = format!("Basic {}", BASE64_STANDARD.encode("sh\0p:x"));
        for header in
            ["Basic", "Basic ", "Basic !!!", "Basic c2hvcA==", "Bearer abc", "Digest shop", "", &huge]
        {
            let request = server.request("POST", "/token").header("Authorization", header);
            let tokens = Tokens(request.form(&fields).send());
            assert_invalid_client(&tokens);
        }
        let request = server.request("POST", "/token").header("Authorization", &nul).form(&fields);
        assert!(request.send().status < 500);
        assert_invalid_client(&Tokens(server.request("POST", "/token").form(&fields).send()));
        let other = [&fields[..], &[("client_id", "other")]].concat();
        assert_invalid_client(&shop.ask(&other));
        let twice = [&fields[..], &[("client_secret", shop.secret.as_str())]].concat();
        assert_eq!(shop.ask(&twice).error(), "invalid_request");
        // The same client_id beside the header does no harm.
        let same = [&fields[..], &[("client_id", "shop")]].concat();
        assert!(shop.ask(&same).is_granted());
    }

    fn a_name_of_any_length_is_only_unknown(setup) {
        let server = setup.start();
        // Random, so that no database can make it short.
        let random: String = (0..3000_u32)
            .flat_map(|n| openssl::sha::sha1(&n.to_be_bytes()))
            .map(|b| char::from(b'a' + b % 26))
            .collect();
        for length in [300, 3000, 60_000] {
            let fields = [
                ("grant_type", "authorization_code"),
                ("code", "c"),
                ("client_id", &random[..length]),
                ("client_secret", "x"),
            ];
            assert_invalid_client(&Tokens(server.request("POST", "/token").form(&fields).send()));
        }
    }

    fn two_secrets_work_until_the_old_one_ends(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let mut new = shop.clone();
        new.secret = "the new secret".into();
        let vault = server.app().store.vault();
        let mut added = shop.client().secrets[0].clone();
        added.id = "new".into();
        added.secret_hash = vault.secret_hash(&new.secret);
        let end = NOW.plus(60);
        server.write(move |db| client_secrets::add(db, "shop", &added, end));
        server.refresh();
        assert!(shop.redeem(&shop.sign_in("alice").code()).is_granted());
        assert!(new.redeem(&shop.sign_in("alice").code()).is_granted());
        server.advance(60);
        let code = shop.sign_in("alice").code();
        assert_invalid_client(&shop.redeem(&code));
        assert!(new.redeem(&code).is_granted());
    }

    fn guessing_a_secret_pauses_the_client_for_a_while(setup) {
        let server = setup.with("throttle.client_failures", "3").start();
        let shop = server.relying_party("shop");
        let mut thief = shop.clone();
        thief.secret = "guess".into();
        for _ in 0..3 {
            assert_invalid_client(&thief.redeem("x"));
        }
        let code = shop.sign_in("alice").code();
        let paused = shop.redeem(&code);
        assert_invalid_client(&paused);
        assert!(paused.0.body.contains("too many"), "{}", paused.0.body);
        // Other clients of the same network go on.
        let other = server.relying_party("other");
        assert!(other.redeem(&other.sign_in("bob").code()).is_granted());

        server.advance(60);
        let code = shop.sign_in("alice").code();
        assert!(shop.redeem(&code).is_granted(), "the pause ends by itself");
    }

    fn a_disabled_client_gets_nothing(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let tokens = shop.redeem(&shop.sign_in_with("alice", &[("scope", "openid offline_access")]).code());
        let code = shop.sign_in("alice").code();
        server.change_client("shop", |client| client.disabled_at = Some(NOW));
        for answer in [shop.redeem(&code), shop.refresh(&tokens.refresh_token())] {
            assert!(["unauthorized_client", "invalid_client"].contains(&&*answer.error()));
        }
        assert!(!shop.is_live(&tokens.access_token()));
    }

    // Seed: E20
    fn other_origins_may_be_named_or_all_let_in(setup) {
        let members = || json!({
            "token_endpoint_auth_method": "none", "cors_origins": ["https://app.example"],
        });
        let allowed = |server: &Server, origin: &str, code: &str| {
            let fields = [("grant_type", "authorization_code"), ("client_id", "spa"), ("code", code)];
            let answer = server.request("POST", "/token").header("Origin", origin).form(&fields).send();
            assert_eq!(answer.error(), "invalid_grant");
            answer.header("access-control-allow-origin").map(str::to_owned)
        };
        let server = setup.clone().start();
        server.relying_party_with("spa", members());
        // Refusals can be read as well.
        assert_eq!(allowed(&server, "https://app.example", "x").as_deref(), Some("https://app.example"));
        assert_eq!(allowed(&server, "https://spa.example", "x").as_deref(), Some("https://spa.example"));
        assert_eq!(allowed(&server, "https://evil.example", "x"), None);
        let open = setup.with("features.cors", "true").start();
        open.relying_party_with("spa", members());
        assert_eq!(allowed(&open, "https://any.example", "x").as_deref(), Some("https://any.example"));
    }

    fn scripts_of_the_client_itself_may_read_the_answer(setup) {
        let server = setup.start();
        let spa = server.relying_party_with("spa", json!({ "token_endpoint_auth_method": "none" }));
        let preflight = server
            .request("OPTIONS", "/token")
            .header("Origin", "https://spa.example")
            .header("Access-Control-Request-Method", "POST")
            .send();
        assert_eq!(preflight.status, 204);
        let verifier = spa.verifier();
        for (origin, is_allowed) in [
            (Some("https://spa.example"), true),
            (Some("http://spa.example"), false),
            (Some("https://evil.example"), false),
            (Some("null"), false),
            (None, false),
        ] {
            let code = spa.sign_in("alice").code();
            let mut fields = fields(&spa, &code, &verifier);
            fields.push(("client_id", "spa"));
            let mut request = server.request("POST", "/token");
            if let Some(origin) = origin {
                request = request.header("Origin", origin);
            }
            let answer = request.form(&fields).send();
            assert_eq!(answer.status, 200);
            let allowed = answer.header("access-control-allow-origin");
            assert_eq!(allowed, origin.filter(|_| is_allowed));
        }
    }
}
