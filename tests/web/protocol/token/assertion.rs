//! Clients that prove themselves with signed assertions.

use std::sync::Barrier;

use cardea::oidc::jose::{Alg, PrivateKey, SharedSecret, jwks, sign, sign_with_secret};
use serde_json::{Value, json};

use crate::support::*;

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client with a key of its own.
struct Signer {
    client: RelyingParty,
    key: PrivateKey,
}

impl Signer {
    fn new(server: &Server, members: &Value) -> Self {
        let key = PrivateKey::generate(Alg::ES256, None).unwrap();
        let mut all = json!({
            "token_endpoint_auth_method": "private_key_jwt", "scope": "email",
            "grant_types": ["client_credentials"], "response_types": [],
            "jwks": { "keys": [key.public_jwk("k1")] },
        });
        all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        Self { client: server.relying_party_with("robot", all), key }
    }

    fn assertion(&self, changed: &Value) -> String {
        sign(&self.key, "k1", None, &claims(&self.client, changed)).unwrap()
    }

    fn ask(&self, assertion: &str) -> Tokens {
        ask(&self.client, assertion)
    }
}

fn claims(client: &RelyingParty, changed: &Value) -> Value {
    let mut claims = json!({
        "iss": client.id(), "sub": client.id(), "aud": format!("{}/token", client.site().issuer()),
        "jti": "1", "iat": NOW, "nbf": NOW, "exp": NOW.plus(60),
    });
    claims.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
    claims
}

fn ask(client: &RelyingParty, assertion: &str) -> Tokens {
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
    ];
    Tokens(client.site().request("POST", "/token").form(&fields).send())
}

fn assert_refused(tokens: &Tokens) {
    assert_eq!((tokens.0.status, &*tokens.error()), (401, "invalid_client"), "{}", tokens.0.body);
}

on_both! {
    // Conformance
    fn a_signed_assertion_proves_its_client_once(setup) {
        let server = setup.start();
        let robot = Signer::new(&server, &json!({}));
        let assertion = robot.assertion(&json!({}));
        assert!(robot.ask(&assertion).is_granted());
        assert_refused(&robot.ask(&assertion));
        let issuer = server.issuer();
        for (number, aud) in [json!(issuer), json!([issuer, "x"])].into_iter().enumerate() {
            let assertion = robot.assertion(&json!({ "aud": aud, "jti": format!("aud-{number}") }));
            assert!(robot.ask(&assertion).is_granted(), "{aud}");
        }
    }

    // Conformance
    fn a_wrong_assertion_proves_nothing(setup) {
        let server = setup.with("throttle.client_failures", "1000").start();
        let robot = Signer::new(&server, &json!({}));
        let other = PrivateKey::generate(Alg::ES256, None).unwrap();
        for (number, changed) in [
            json!({ "iss": "other" }),
            json!({ "sub": "other" }),
            json!({ "aud": "https://other.example/token" }),
            json!({ "exp": NOW }),
            json!({ "exp": NOW.plus(100_000) }),
            json!({ "nbf": NOW.plus(61) }),
            json!({ "jti": null }),
        ]
        .into_iter()
        .enumerate()
        {
            let mut changed = changed;
            if changed.get("jti").is_none() {
                changed["jti"] = json!(format!("wrong-{number}"));
            }
            assert_refused(&robot.ask(&robot.assertion(&changed)));
        }
        let forged = sign(&other, "k1", None, &claims(&robot.client, &json!({}))).unwrap();
        assert_refused(&robot.ask(&forged));
        let good = robot.assertion(&json!({}));
        let (input, _) = good.rsplit_once('.').unwrap();
        assert_refused(&robot.ask(&format!("{input}.")));
        let typed = sign(&robot.key, "k1", Some("oauth-authz-req+jwt"), &claims(&robot.client, &json!({})));
        assert_refused(&robot.ask(&typed.unwrap()));
        // With the public key as secret of an HMAC, or with no secret at all.
        let jwk = robot.key.public_jwk("k1").to_string();
        let confused = sign_with_secret(&SharedSecret::new(&jwk), Alg::HS256, None, &claims(&robot.client, &json!({})));
        assert_refused(&robot.ask(&confused.unwrap()));
        assert_refused(&robot.client.ask_as(Method::Basic, &[("grant_type", "client_credentials")]));
        assert_refused(&robot.client.ask_as(Method::Post, &[("grant_type", "client_credentials")]));
        assert_refused(&robot.client.ask_as(Method::None, &[("grant_type", "client_credentials")]));
        assert!(robot.ask(&good).is_granted(), "none of this used it up");
    }

    // Conformance: X-3
    fn a_strict_client_names_the_issuer_alone(setup) {
        let server = setup.start();
        let robot = Signer::new(&server, &json!({ "strict_audience": true }));
        assert_refused(&robot.ask(&robot.assertion(&json!({}))));
        assert_refused(&robot.ask(&robot.assertion(&json!({ "aud": [server.issuer()] }))));
        assert!(robot.ask(&robot.assertion(&json!({ "aud": server.issuer() }))).is_granted());
    }

    // Conformance: X-3
    // Seed: T05
    fn a_secret_can_sign_too(setup) {
        let server = setup.start();
        let robot = server.relying_party_with("robot", json!({
            "token_endpoint_auth_method": "client_secret_jwt", "scope": "email",
            "token_endpoint_auth_signing_alg": "HS256",
            "grant_types": ["client_credentials"], "response_types": [],
        }));
        let signed = |secret: &str, alg, jti: &str| {
            let claims = claims(&robot, &json!({ "jti": jti }));
            sign_with_secret(&SharedSecret::new(secret), alg, None, &claims).unwrap()
        };
        assert!(ask(&robot, &signed(&robot.secret, Alg::HS256, "1")).is_granted());
        assert_refused(&ask(&robot, &signed(&robot.secret, Alg::HS256, "1")));
        assert_refused(&ask(&robot, &signed(&robot.secret, Alg::HS384, "2")));
        assert_refused(&ask(&robot, &signed(&"wrong".repeat(20), Alg::HS256, "3")));
        assert_refused(&robot.ask_as(Method::Basic, &[("grant_type", "client_credentials")]));
    }

    // Conformance: X-5, F-7
    fn a_client_that_has_replaced_its_keys_refreshes_with_the_new_one(setup) {
        let remote = Remote::start();
        let server = setup.reaching(&remote).start();
        let shop = server.relying_party_with("shop", json!({
            "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": remote.url("/jwks"),
        }));
        let [old, new] = ["old", "new"].map(|kid| (kid, PrivateKey::generate(Alg::ES256, None).unwrap()));
        let publish = |(kid, key): &(&str, PrivateKey)| {
            remote.answer("/jwks", 200, "application/json", jwks([key.public_jwk(kid)]).to_string());
        };
        let ask = |(kid, key): &(&str, PrivateKey), jti: &str, fields: &[(&str, &str)]| {
            let assertion = sign(key, kid, None, &claims(&shop, &json!({ "jti": jti }))).unwrap();
            let proof = [("client_assertion_type", TYPE), ("client_assertion", &assertion)];
            Tokens(server.request("POST", "/token").form(&[fields, &proof].concat()).send())
        };
        publish(&old);
        let (code, verifier) = (shop.sign_in_with("alice", &[("scope", "openid offline_access")]).code(), shop.verifier());
        let redirect_uri = shop.redirect_uri.as_str();
        let redemption = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", &verifier),
        ];
        let token = ask(&old, "1", &redemption).refresh_token();

        publish(&new);
        server.advance(3);
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
        let refreshed = ask(&new, "2", &refresh);
        assert!(refreshed.is_granted(), "{}", refreshed.0.body);
        assert_eq!(remote.requests().len(), 2);
        let next = refreshed.refresh_token();
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", next.as_str())];
        assert_refused(&ask(&old, "3", &refresh));
        assert!(ask(&new, "4", &refresh).is_granted());
    }

    fn of_fifty_uses_of_one_assertion_on_two_nodes_one_counts(setup) {
        let issuer = "http://localhost:7357";
        let one = setup.clone().with("issuer", issuer).start();
        let two = setup.with("issuer", issuer).start_on(one.database());
        let robot = Signer::new(&one, &json!({}));
        let there = robot.client.at(two.site());
        let assertion = robot.assertion(&json!({ "aud": issuer }));
        let start = Barrier::new(50);
        let answers: Vec<Tokens> = std::thread::scope(|scope| {
            let (start, robot, there, assertion) = (&start, &robot, &there, &assertion);
            let threads: Vec<_> = (0..50)
                .map(|number: usize| scope.spawn(move || {
                    start.wait();
                    ask(if number.is_multiple_of(2) { &robot.client } else { there }, assertion)
                }))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let (granted, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Tokens::is_granted);
        assert_eq!((granted.len(), refused.len()), (1, 49));
        refused.iter().for_each(assert_refused);
    }
}
