//! Key sets of clients that are away for a moment.

use cardea::oidc::jose::{Alg, DecryptionKey, KeyManagementAlg, PrivateKey, jwks, sign};
use serde_json::json;

use crate::support::*;

/// Longer than a failure is remembered; see `outbound::cache`.
const A_MOMENT: i64 = 11;

/// Longer than an old key set goes on serving.
const TOO_LONG: i64 = 2 * 3600;

/// The key set at `/jwks` can be had from now on.
fn publish(remote: &Remote) {
    let key = DecryptionKey::generate(KeyManagementAlg::RsaOaep256, None).unwrap();
    remote.answer("/jwks", 200, "application/json", jwks([key.public_jwk("e1")]).to_string());
}

fn go_away(remote: &Remote) {
    remote.answer("/jwks", 503, "text/plain", "");
}

/// An app whose ID tokens are encrypted to a key of its `jwks_uri`.
fn discreet(server: &Server, remote: &Remote) -> RelyingParty {
    server.relying_party_with(
        "shop",
        json!({
            "jwks_uri": remote.url("/jwks"),
            "id_token_encrypted_response_alg": "RSA-OAEP-256",
            "response_types": ["code", "id_token", "code id_token", "code token"],
            "grant_types": ["authorization_code", "implicit", "refresh_token"],
        }),
    )
}

/// The client may try again, and knows when.
fn is_put_off(answer: &Answer) {
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("10")), "{}", answer.body);
    assert_eq!(answer.error(), "temporarily_unavailable");
    let description = answer.json()["error_description"].as_str().unwrap().to_owned();
    assert!(description.contains("key set") && description.contains("try again"), "{description}");
}

on_both! {
    fn while_it_is_away_no_code_and_no_refresh_token_is_spent(setup) {
        let remote = Remote::start();
        let server = setup.reaching(&remote).start();
        let shop = discreet(&server, &remote);
        go_away(&remote);
        let code = shop.sign_in_with("alice", &[("scope", "openid offline_access")]).code();
        is_put_off(&shop.redeem(&code).0);
        publish(&remote);
        server.advance(A_MOMENT);
        let tokens = shop.redeem(&code);
        assert_eq!(tokens.id_token().split('.').count(), 5);

        go_away(&remote);
        server.advance(TOO_LONG);
        is_put_off(&shop.refresh(&tokens.refresh_token()).0);
        publish(&remote);
        server.advance(A_MOMENT);
        let again = shop.refresh(&tokens.refresh_token());
        assert_eq!(again.id_token().split('.').count(), 5);

        // Without an ID token there is nothing to encrypt.
        go_away(&remote);
        server.advance(TOO_LONG);
        assert!(shop.redeem(&shop.sign_in_with("alice", &[("scope", "email")]).code()).is_granted());
    }

    fn without_a_key_that_fits_no_code_is_spent(setup) {
        let remote = Remote::start();
        let server = setup.reaching(&remote).start();
        let shop = discreet(&server, &remote);
        let signing = jwks([PrivateKey::generate(Alg::ES256, None).unwrap().public_jwk("s1")]).to_string();
        remote.reply("/jwks", Reply::new(200, "application/json", signing).header("Cache-Control", "max-age=10"));
        let code = shop.sign_in("alice").code();
        let refused = shop.redeem(&code);
        assert_eq!((refused.0.status, &*refused.error()), (400, "invalid_request"));
        assert!(refused.0.body.contains("no key of the client can be encrypted to with RSA-OAEP-256"));
        publish(&remote);
        server.advance(A_MOMENT);
        assert_eq!(shop.redeem(&code).id_token().split('.').count(), 5);
    }

    fn while_it_is_away_the_app_is_told_instead_of_its_person(setup) {
        let remote = Remote::start();
        let server = setup.reaching(&remote).start();
        let shop = discreet(&server, &remote);
        go_away(&remote);
        let browser = shop.sign_in("alice").browser;
        for response_type in ["id_token", "code id_token"] {
            for prompt in ["", "none", "consent"] {
                let changed = [("response_type", response_type), ("prompt", prompt)];
                let page = browser.open(&shop.request(&changed));
                let response = match prompt {
                    "consent" => shop.finish(&browser, &page).response,
                    _ => shop.response(&browser, &page),
                };
                assert_eq!(response.error(), "temporarily_unavailable", "{response_type} {prompt}");
                assert_eq!(response.find("state"), Some("state-1"));
            }
        }
        let others = shop.visit(&browser, &[("response_type", "code token")]).response;
        assert!(others.find("access_token").is_some());
        publish(&remote);
        server.advance(A_MOMENT);
        let response = shop.visit(&browser, &[("response_type", "code id_token")]).response;
        assert_eq!(response.find("id_token").unwrap().split('.').count(), 5);
    }

    fn while_it_is_away_its_client_is_no_guesser(setup) {
        let remote = Remote::start();
        let server = setup.reaching(&remote).with("throttle.client_failures", "3").start();
        let key = PrivateKey::generate(Alg::ES256, None).unwrap();
        server.relying_party_with("robot", json!({
            "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": remote.url("/jwks"),
            "grant_types": ["client_credentials"], "response_types": [], "scope": "email",
        }));
        let ask = |jti: &str| {
            let claims = json!({
                "iss": "robot", "sub": "robot", "aud": server.issuer(), "jti": jti, "exp": server.now().plus(60),
            });
            let assertion = sign(&key, "k1", None, &claims).unwrap();
            Tokens(server.request("POST", "/token").form(&[
                ("grant_type", "client_credentials"),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", &assertion),
            ]).send())
        };
        go_away(&remote);
        for number in 0..6 {
            is_put_off(&ask(&format!("away-{number}")).0);
        }
        remote.answer("/jwks", 200, "application/json", jwks([key.public_jwk("k1")]).to_string());
        server.advance(A_MOMENT);
        assert!(ask("back").is_granted());
        assert!(server.audit("client_auth_paused").is_empty());
    }
}
