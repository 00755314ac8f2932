//! What stands in an ID token, and who signs it.

use cardea::oidc::claims::ScopeEntry;
use cardea::oidc::jose::Alg;
use cardea::store::scopes;
use serde_json::json;

use crate::support::*;

on_both! {
    // Conformance: I-1, I-2, I-6, I-7
    fn the_id_token_tells_who_when_and_for_whom(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let visit = shop.sign_in_with("alice", &[("scope", "openid email profile phone address")]);
        server.advance(7);
        let tokens = shop.redeem(&visit.code());
        let (header, claims) = claims_of(&server, &tokens.id_token());
        assert_eq!(header["alg"], "RS256");
        assert_eq!(claims["iss"], server.issuer());
        assert_eq!(claims["sub"], "sub-of-alice");
        assert_eq!(claims["aud"], "shop");
        assert_eq!(claims["iat"], NOW.0 + 7);
        assert_eq!(claims["exp"], NOW.0 + 7 + 600);
        assert_eq!(claims["auth_time"], NOW.0);
        assert_eq!(claims["nonce"], "nonce-1");
        assert_eq!(claims["amr"], json!(["pwd"]));
        // OpenID Connect Core, 3.1.3.6: the left half of the hash, base64url.
        let hash = openssl::sha::sha256(tokens.access_token().as_bytes());
        let half = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, &hash[..16]);
        assert_eq!(claims["at_hash"], half);
        for name in claims.keys() {
            let known =
                ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid", "jti"];
            assert!(known.contains(&name.as_str()), "{name} was not asked for");
        }
    }

    fn claims_stand_in_the_id_token_only_where_the_operator_says_so(setup) {
        let server = setup.with("id_token_claims", "true").start();
        let shop = server.relying_party("shop");
        let tokens = shop.redeem(&shop.sign_in("alice").code());
        let claims = claims_of(&server, &tokens.id_token()).1;
        assert_eq!(claims["email"], "alice@example.org");
        assert!(!claims.contains_key("name"), "profile was not asked for");
    }

    // Seed: C05
    fn claims_of_the_operators_scopes_stand_there_too(setup) {
        let server = setup.clone().with("id_token_claims", "true").start();
        let quiet = setup.start_on(server.database());
        server.write(|db| {
            scopes::add(db, &ScopeEntry {
                name: "berths".into(),
                title: "Berths".into(),
                description: String::new(),
                claims: vec!["harbour_role".into(), "unknown".into()],
                is_restricted: false,
                is_default: false,
            })
        });
        server.change_user("sub-of-alice", |alice| {
            alice.profile.extra.insert("harbour_role".into(), "pilot".into());
        });
        server.refresh();
        quiet.refresh();
        let shop = server.relying_party("shop");
        for (server, is_told) in [(&server, true), (&quiet, false)] {
            let there = shop.at(server.site());
            let tokens = there.redeem(&there.sign_in_with("alice", &[("scope", "openid berths email")]).code());
            let claims = claims_of(server, &tokens.id_token()).1;
            assert_eq!(claims.get("harbour_role"), is_told.then(|| json!("pilot")).as_ref());
            assert_eq!(claims.get("email"), is_told.then(|| json!("alice@example.org")).as_ref());
            assert!(!claims.contains_key("unknown"));
        }
    }

    // Conformance: K-6, I-1
    fn each_client_gets_the_algorithm_that_it_registered(setup) {
        let server = setup.start();
        for alg in ["RS256", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA"] {
            if alg != "RS256" {
                server.add_key(alg.parse::<Alg>().unwrap());
            }
            let members = json!({ "id_token_signed_response_alg": alg });
            let client = server.relying_party_with(&format!("client-{alg}"), members);
            let tokens = client.redeem(&client.sign_in("alice").code());
            assert_eq!(claims_of(&server, &tokens.id_token()).0["alg"], alg);
        }
    }

    // Conformance: I-3
    fn the_same_person_has_the_same_sub_at_every_sign_in(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let sub = |username: &str| {
            let tokens = shop.redeem(&shop.sign_in(username).code());
            let sub = claims_of(&server, &tokens.id_token()).1["sub"].clone();
            assert_eq!(shop.userinfo(&tokens.access_token()).json()["sub"], sub);
            sub
        };
        assert_eq!(sub("alice"), sub("ALICE@example.org"));
        assert_ne!(sub("alice"), sub("bob"));
    }

    fn the_sid_is_that_of_the_browser_session(setup) {
        let server = setup.start();
        let (shop, other) = (server.relying_party("shop"), server.relying_party("other"));
        let sid = |client: &RelyingParty, visit: &Visit| {
            claims_of(&server, &client.redeem(&visit.code()).id_token()).1["sid"].clone()
        };
        let visit = shop.sign_in("alice");
        let same = other.visit(&visit.browser, &[]);
        assert_eq!(sid(&shop, &visit), sid(&other, &same));
        assert_ne!(sid(&shop, &shop.visit(&visit.browser, &[])), sid(&shop, &shop.sign_in("alice")));
    }

    fn without_openid_there_is_no_id_token(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let tokens = shop.redeem(&shop.sign_in_with("alice", &[("scope", "email")]).code());
        assert!(tokens.is_granted());
        assert_eq!(tokens.member("id_token"), None);
        // Plain OAuth 2.0 knows no offline_access.
        assert!(tokens.member("refresh_token").is_some());
    }
}
