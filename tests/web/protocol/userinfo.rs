//! `/userinfo`.

use cardea::oidc::jose::{
    Accept, Accepted, Alg, ContentEncryption, DecryptionKey, KeyManagementAlg, Openers, SharedSecret,
    Signers, Typ, decrypt, verify_jwt,
};
use serde_json::json;

use crate::support::*;

/// Everything that OpenID Connect knows about a person.
fn fill_in(server: &Server) {
    server.change_user("sub-of-alice", |user| {
        user.profile = serde_json::from_value(json!({
            "name": "Alice Example", "given_name": "Alice", "family_name": "Example", "middle_name": "Q",
            "nickname": "al", "preferred_username": "alice.e", "profile": "https://alice.example/",
            "picture": "https://alice.example/me.png", "website": "https://alice.example/blog", "gender": "female",
            "birthdate": "1990-01-31", "zoneinfo": "Europe/Berlin", "locale": "en-GB",
            "email": "alice@example.org", "email_verified": true,
            "phone_number": "+49 30 1234567", "phone_number_verified": false,
            "address": {
                "formatted": "1 Street\n10115 Berlin", "street_address": "1 Street", "locality": "Berlin",
                "region": "BE", "postal_code": "10115", "country": "DE",
            },
        }))
        .unwrap();
    });
}

fn token(shop: &RelyingParty, scope: &str) -> String {
    shop.redeem(&shop.sign_in_with("alice", &[("scope", scope)]).code()).access_token()
}

fn names(answer: &Answer) -> Vec<String> {
    let mut names: Vec<String> = answer.json().as_object().unwrap().keys().cloned().collect();
    names.sort_unstable();
    names
}

on_both! {
    // Conformance: M-1, M-2, M-8
    fn each_scope_lets_out_its_claims_and_no_others(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        fill_in(&server);
        for (scope, claims) in [
            ("openid", "sub"),
            ("openid email", "email email_verified sub"),
            ("openid phone", "phone_number phone_number_verified sub"),
            ("openid address", "address sub"),
            (
                "openid profile",
                "birthdate family_name gender given_name locale middle_name name nickname picture \
                 preferred_username profile sub updated_at website zoneinfo",
            ),
        ] {
            let answer = shop.userinfo(&token(&shop, scope));
            assert_eq!(names(&answer).join(" "), claims, "{scope}");
        }
    }

    // Conformance: M-3
    fn claims_have_the_types_of_the_specification(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        fill_in(&server);
        let claims = shop.userinfo(&token(&shop, "openid profile email phone address")).json();
        assert_eq!(claims["email_verified"], true);
        assert_eq!(claims["phone_number_verified"], false);
        assert_eq!(claims["updated_at"], NOW.0 - 1000);
        assert_eq!(claims["birthdate"], "1990-01-31");
        assert_eq!(claims["address"]["country"], "DE");
        assert_eq!(claims["address"].as_object().unwrap().len(), 6);
        for (name, value) in claims.as_object().unwrap() {
            assert!(!value.is_null() && *value != json!(""), "{name}");
        }
    }

    // Conformance: M-3
    fn what_is_not_known_is_left_out(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let answer = shop.userinfo(&token(&shop, "openid profile email phone address"));
        let names = names(&answer);
        for absent in ["phone_number", "phone_number_verified", "address", "birthdate", "website", "gender"] {
            assert!(!names.contains(&absent.to_owned()), "{absent}");
        }
        assert_eq!(answer.json()["email"], "alice@example.org");
    }

    // Conformance: V-1, V-2, T-6
    fn the_token_comes_in_the_header_or_in_a_form(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let token = token(&shop, "openid");
        let get = |scheme: &str| {
            server.request("GET", "/userinfo").header("Authorization", &format!("{scheme} {token}"))
        };
        for request in [
            get("Bearer"),
            get("bearer"),
            server.request("GET", "/userinfo/").bearer(&token),
            server.request("POST", "/userinfo").bearer(&token),
            server.request("POST", "/userinfo").bearer(&token).form(&[]),
            server.request("POST", "/userinfo").form(&[("access_token", &token)]),
        ] {
            let answer = request.send();
            assert_eq!(
                (answer.status, answer.json()),
                (200, json!({ "sub": "sub-of-alice" })),
                "{request:?}"
            );
            assert_eq!(answer.header("cache-control"), Some("no-store"));
        }
    }

    fn a_token_that_is_missing_wrong_or_sent_twice_opens_nothing(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let token = token(&shop, "openid");
        let get = || server.request("GET", "/userinfo");
        for (request, status) in [
            (get(), 401),
            (get().header("Authorization", "Bearer"), 401),
            (get().bearer("x"), 401),
            (get().bearer(&format!("{token}x")), 401),
            (get().bearer(&token[1..]), 401),
            (get().header("Authorization", &format!("Basic {token}")), 401),
            (server.request("GET", &format!("/userinfo?access_token={token}")), 401),
            (server.request("POST", "/userinfo").form(&[]), 401),
            (server.request("POST", "/userinfo").form(&[("access_token", "\u{0}")]), 401),
            (server.request("POST", "/userinfo").bearer(&token).form(&[("access_token", &token)]), 400),
            (
                server
                    .request("POST", "/userinfo")
                    .form(&[("access_token", &token), ("access_token", &token)]),
                400,
            ),
        ] {
            let answer = request.send();
            answer.error();
            assert_eq!(answer.status, status, "{request:?}");
            let challenge = answer.header("www-authenticate").unwrap_or_default();
            assert_eq!(challenge.starts_with("Bearer "), status == 401, "{challenge}");
        }
    }

    /// RFC 6750, 3.1: who sent no token is told what is wanted, without an error.
    // Conformance: V-5
    fn the_challenge_names_what_is_wrong_with_a_token(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let [expired, revoked] = [(); 2].map(|()| token(&shop, "openid"));
        shop.revoke(&revoked);
        let challenged = |token: &str| {
            let answer = shop.userinfo(token);
            assert_eq!((answer.status, &*answer.error()), (401, "invalid_token"));
            assert!(answer.header("www-authenticate").unwrap().contains("error=\"invalid_token\""));
        };
        challenged("x");
        challenged(&revoked);
        assert!(shop.is_live(&expired));
        server.advance(3600);
        challenged(&expired);
        let answer = shop
            .userinfo(&shop.redeem(&shop.sign_in_with("alice", &[("scope", "email")]).code()).access_token());
        assert_eq!((answer.status, &*answer.error()), (403, "insufficient_scope"));
        assert!(answer.header("www-authenticate").unwrap().contains("error=\"insufficient_scope\""));
        let bare = server.get("/userinfo");
        assert!(!bare.header("www-authenticate").unwrap().contains("error="), "{bare:?}");
    }

    fn a_token_expires_after_an_hour(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let token = token(&shop, "openid");
        server.advance(3599);
        assert!(shop.is_live(&token));
        server.advance(1);
        assert!(!shop.is_live(&token));
    }

    fn scripts_of_any_origin_may_ask_with_a_token(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let token = token(&shop, "openid");
        let preflight = server
            .request("OPTIONS", "/userinfo")
            .header("Origin", "https://spa.example")
            .header("Access-Control-Request-Method", "GET")
            .header("Access-Control-Request-Headers", "authorization")
            .send();
        assert_eq!(preflight.status, 204);
        assert_eq!(preflight.header("access-control-allow-origin"), Some("https://spa.example"));
        assert_eq!(preflight.header("access-control-allow-headers"), Some("authorization"));
        assert!(preflight.header("access-control-allow-methods").unwrap().contains("GET"));
        assert_eq!(preflight.header("access-control-allow-credentials"), None);

        for token in [token.as_str(), "wrong"] {
            let request = server.request("GET", "/userinfo").bearer(token);
            let answer = request.header("Origin", "https://spa.example").send();
            assert_eq!(answer.header("access-control-allow-origin"), Some("https://spa.example"));
            assert_eq!(answer.header("access-control-allow-credentials"), None);
            assert!(answer.headers("vary").any(|vary| vary.contains("Origin")));
        }
    }

    // Conformance: V-3, D-9, K-6
    // Seed: C10
    fn a_client_may_have_it_signed(setup) {
        let server = setup.start();
        for alg in ["RS256", "HS256"] {
            let shop = server.relying_party_with(alg, json!({ "userinfo_signed_response_alg": alg }));
            let answer = shop.userinfo(&token(&shop, "openid email"));
            assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/jwt")));
            let claims = if alg == "RS256" {
                json!(claims_of(&server, &answer.body).1)
            } else {
                let secret = [SharedSecret::new(&shop.secret)];
                let signers = Signers { keys: &[], secrets: &secret };
                let accept = Accept { algs: &[Alg::HS256], typ: Typ::Any };
                json!(verify_jwt(&answer.body, &signers, &accept).unwrap().claims)
            };
            let expected = json!({
                "iss": server.issuer(), "aud": alg, "sub": "sub-of-alice",
                "email": "alice@example.org", "email_verified": claims["email_verified"],
            });
            assert_eq!(claims, expected);
        }
    }

    fn a_client_may_have_it_and_its_id_token_encrypted(setup) {
        let server = setup.start();
        let key = DecryptionKey::generate(KeyManagementAlg::RsaOaep256, None).unwrap();
        let shop = server.relying_party_with("shop", json!({
            "jwks": { "keys": [key.public_jwk("e1")] },
            "id_token_encrypted_response_alg": "RSA-OAEP-256",
            "userinfo_encrypted_response_alg": "RSA-OAEP-256",
            "userinfo_encrypted_response_enc": "A256GCM",
            "userinfo_signed_response_alg": "RS256",
        }));
        let keys = [("e1".to_owned(), key)];
        let openers = Openers { keys: &keys, secrets: &[] };
        let tokens = shop.redeem(&shop.sign_in("alice").code());
        let userinfo = shop.userinfo(&tokens.access_token());
        assert_eq!(userinfo.header("content-type"), Some("application/jwt"));
        for sealed in [tokens.id_token(), userinfo.body] {
            assert_eq!(sealed.split('.').count(), 5);
            let accepted = Accepted { algs: &KeyManagementAlg::ALL, encs: &ContentEncryption::ALL };
            let opened = decrypt(&sealed, &openers, &accepted).unwrap();
            assert_eq!(opened.cty.as_deref(), Some("JWT"));
            let claims = claims_of(&server, &opened.text().unwrap()).1;
            assert_eq!(claims["sub"], "sub-of-alice");
        }
    }

    // Seed: E16
    fn it_says_what_it_takes_as_a_protected_resource(setup) {
        let server = setup.start();
        let document = server.get("/.well-known/oauth-protected-resource/userinfo").json();
        let userinfo = format!("{}/userinfo", server.issuer());
        assert_eq!((&document["resource"], &document["authorization_servers"]), (&json!(userinfo), &json!([server.issuer()])));
        assert_eq!(document["bearer_methods_supported"], json!(["header", "body"]));
    }

    // Seed: E10
    // RFC 6750, 2.3.
    fn the_token_comes_in_the_query_where_that_is_switched_on(setup) {
        let server = setup.with("features.query_token", "true").start();
        let shop = server.relying_party("shop");
        let token = token(&shop, "openid");
        let query = format!("/userinfo?access_token={token}");
        let answer = server.get(&query);
        assert_eq!((answer.status, answer.json()), (200, json!({ "sub": "sub-of-alice" })));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(shop.is_live(&token), "the header goes on");
        for (request, status) in [
            (server.request("GET", &query).bearer(&token), 400),
            (server.request("GET", &format!("{query}&access_token={token}")), 400),
            (server.request("GET", &format!("{query}x")), 401),
            (server.request("GET", "/userinfo?access_token="), 401),
            (server.request("POST", &query), 401),
            (server.request("POST", &query).form(&[]), 401),
        ] {
            let answer = request.send();
            assert_eq!(answer.status, status, "{request:?}");
            assert!(!answer.body.contains("sub-of-alice") && !answer.body.contains(&token));
        }
        let document = server.get("/.well-known/oauth-protected-resource/userinfo").json();
        assert_eq!(document["bearer_methods_supported"], json!(["header", "body", "query"]));
    }

    // RFC 6750, 2; RFC 9110, 5.3.
    fn two_authorization_headers_open_nothing_anywhere(setup) {
        let server = setup.with("registration.mode", "open").start();
        let shop = server.relying_party("shop");
        let token = token(&shop, "openid");
        let basic = shop.basic(&shop.secret);
        let fields = [("token", &*token), ("grant_type", "client_credentials")];
        let bearer = format!("Bearer {token}");
        for (method, path, header) in [
            ("GET", "/userinfo", &bearer),
            ("POST", "/userinfo", &bearer),
            ("POST", "/introspect", &basic),
            ("POST", "/introspect", &bearer),
            ("POST", "/token", &basic),
            ("POST", "/revoke", &basic),
            ("POST", "/register", &bearer),
        ] {
            for second in [header, &"Bearer x".to_owned()] {
                let request = server.request(method, path).header("Authorization", header);
                let request = request.header("Authorization", second);
                let request = if method == "POST" { request.form(&fields) } else { request };
                let answer = request.send();
                assert_eq!((answer.status, &*answer.error()), (400, "invalid_request"), "{method} {path}");
            }
        }
        assert!(shop.is_live(&token), "nothing was revoked");
    }

    fn a_changed_profile_shows_at_once(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let token = token(&shop, "openid email");
        server.change_user("sub-of-alice", |user| user.profile.email = Some("new@example.org".into()));
        assert_eq!(shop.userinfo(&token).json()["email"], "new@example.org");
    }
}
