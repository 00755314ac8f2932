//! Signed and encrypted: client assertions, request objects, ID tokens and UserInfo.

use serde_json::{Value, json};

use super::{NOTHING, metadata, party, prove, sign_in};
use crate::provider::Provider;
use crate::support::{Kind, on_both};
use crate::tour::Tour;

/// A token in as many parts as an encrypted one has (RFC 7516 3).
fn is_encrypted(token: &Value) -> bool {
    token.as_str().unwrap().split('.').count() == 5
}

// Conformance: K-2, K-6
#[test]
fn checks_id_tokens_of_every_algorithm() {
    let provider = Provider::start(Kind::Sqlite);
    let mut party = party(&provider);
    for alg in ["RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA"] {
        provider.add_key(alg);
        let members = json!({ "client_id": alg, "id_token_signed_response_alg": alg });
        party.ask("discover", &provider.add_client(&metadata(members)));
        let granted = sign_in(&mut party, &Tour::new(&provider), json!({}));
        assert_eq!(granted["claims"]["aud"], alg);
        prove(&mut party, &granted);
    }
}

on_both! {
    fn proves_itself_by_a_signed_assertion(setup) {
        let provider = Provider::start(setup.kind());
        let mut secretive = party(&provider);
        let members = json!({ "client_id": "HS256", "token_endpoint_auth_method": "client_secret_jwt" });
        secretive.ask("discover", &provider.add_client(&metadata(members)));
        let granted = sign_in(&mut secretive, &Tour::new(&provider), json!({}));
        prove(&mut secretive, &granted);

        for alg in ["RS256", "PS256", "ES256"] {
            let mut party = party(&provider);
            let members = json!({
                "client_id": alg,
                "token_endpoint_auth_method": "private_key_jwt",
                "token_endpoint_auth_signing_alg": alg,
                "jwks": party.ask("make_keys", &json!([alg])),
            });
            party.ask("discover", &provider.add_client(&metadata(members)));
            let granted = sign_in(&mut party, &Tour::new(&provider), json!({}));
            prove(&mut party, &granted);
        }
    }

    fn reads_encrypted_id_tokens_and_userinfo(setup) {
        let provider = Provider::start(setup.kind());
        provider.add_key("ES256");
        let mut party = party(&provider);
        let algs = ["RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"];
        let encs = ["A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM", "A128CBC-HS256"];
        let jwks = party.ask("make_keys", &json!(algs));
        for (alg, enc) in algs.into_iter().zip(encs) {
            let members = json!({
                "client_id": alg,
                "jwks": jwks,
                "id_token_encrypted_response_alg": alg,
                "id_token_encrypted_response_enc": enc,
                "userinfo_signed_response_alg": "ES256",
                "userinfo_encrypted_response_alg": alg,
                "userinfo_encrypted_response_enc": enc,
            });
            party.ask("discover", &provider.add_client(&metadata(members)));
            let granted = sign_in(&mut party, &Tour::new(&provider), json!({}));
            assert!(is_encrypted(&granted["id_token"]), "{granted}");
            prove(&mut party, &granted);
        }
    }

    fn asks_by_a_signed_request_object(setup) {
        let provider = Provider::start(setup.kind());
        let mut party = party(&provider);
        let algs = ["RS256", "PS256", "ES256"];
        let jwks = party.ask("make_keys", &json!(algs));
        for alg in algs {
            let members = json!({
                "client_id": alg,
                "jwks": jwks,
                "request_object_signing_alg": alg,
                "require_signed_request_object": true,
            });
            party.ask("discover", &provider.add_client(&metadata(members)));
            let granted = sign_in(&mut party, &Tour::new(&provider), json!({ "signed_with": alg }));
            prove(&mut party, &granted);
        }
    }
}

#[test]
fn proves_itself_by_keys_that_it_publishes() {
    let provider = Provider::start(Kind::Sqlite);
    let mut party = party(&provider);
    party.ask("make_keys", &json!(["ES256"]));
    let origin = party.listen(&provider.certificate, "");
    let members = json!({
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks_uri": format!("{origin}/jwks.json"),
    });
    party.ask("discover", &provider.add_client(&metadata(members)));
    let granted = sign_in(&mut party, &Tour::new(&provider), json!({}));
    prove(&mut party, &granted);
}

#[test]
fn reads_signed_userinfo() {
    let provider = Provider::start(Kind::Sqlite);
    let mut party = party(&provider);
    let members = json!({ "userinfo_signed_response_alg": "RS256" });
    party.ask("discover", &provider.add_client(&metadata(members)));
    let granted = sign_in(&mut party, &Tour::new(&provider), json!({}));
    // Signed, it says who signed it and for whom (OpenID Connect Core 5.3.2).
    let userinfo = party.ask("userinfo", &NOTHING);
    assert_eq!((&userinfo["iss"], &userinfo["aud"]), (&json!(provider.issuer()), &json!("shop")));
    prove(&mut party, &granted);
}
