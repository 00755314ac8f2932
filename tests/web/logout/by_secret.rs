//! Hints that a client's secret has signed: the client could have written them itself.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use cardea::oidc::jose::{Alg, SharedSecret, sign_with_secret};
use serde_json::{Value, json};

use super::*;

fn secret_shop(server: &Server, alg: Alg) -> RelyingParty {
    leaving_shop(server, &json!({ "id_token_signed_response_alg": alg }))
}

/// What a token says, whoever signed it.
fn said(token: &str) -> Value {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

/// `claims` as the client itself can sign them, changed; null leaves out.
fn forged(client: &RelyingParty, alg: Alg, (claims, changed): (&Value, Value)) -> String {
    let mut claims = claims.clone();
    for (name, value) in changed.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    sign_with_secret(&SharedSecret::new(&client.secret), alg, None, &claims).unwrap()
}

fn with_secret(client: &RelyingParty, secret: &str) -> RelyingParty {
    let mut client = client.clone();
    client.secret = secret.to_owned();
    client
}

fn query(hint: &str) -> [(&str, &str); 3] {
    [("id_token_hint", hint), ("post_logout_redirect_uri", GOODBYE), ("state", "s")]
}

on_both! {
    fn the_id_token_of_a_client_with_a_secret_is_a_hint(setup) {
        for alg in Alg::SYMMETRIC {
            let server = setup.clone().start();
            let shop = secret_shop(&server, alg);
            let guest = guest(&shop);
            server.advance(7200);
            let page = guest.leave(&query(&guest.hint));
            assert_eq!(page.left_to.as_deref(), Some("https://shop.example/bye?state=s"), "{alg}");
            assert!(!guest.is_signed_in());
            // Nobody is there any more: the way back is shown, and not taken.
            let page = guest.leave(&query(&guest.hint));
            assert!(page.is_at("/logout/done") && !page.answer.body.contains("http-equiv"));
            assert!(page.answer.body.contains("https://shop.example/bye?state=s"));
        }
    }

    fn a_hint_about_no_session_at_its_client_is_no_proof(setup) {
        let server = setup.start();
        let (shop, bank) = (secret_shop(&server, Alg::HS256), server.relying_party("bank"));
        let guest = guest(&shop);
        let bobs = shop.sign_in("bob");
        let bobs = said(&shop.redeem(&bobs.code()).id_token());
        let genuine = said(&guest.hint);
        let forge = |changed: Value| forged(&shop, Alg::HS256, (&genuine, changed));
        for changed in [
            json!({ "sid": "guessed" }),
            json!({ "sub": "sub-of-bob" }),
            json!({ "sub": "sub-of-bob", "sid": null }),
            json!({ "sub": "sub-of-bob", "sid": bobs["sid"] }),
            json!({ "sid": bobs["sid"] }),
        ] {
            let page = guest.leave(&query(&forge(changed.clone())));
            assert!(page.is_at("/logout") && page.text().contains("The shop asked to sign you out"), "{changed}");
            assert!(guest.is_signed_in());
        }
        // Whoever has never been at the shop is asked, whatever the shop writes.
        let stranger = bank.sign_in("alice").browser;
        for sid in [json!(null), genuine["sid"].clone()] {
            let page = stranger.open(&format!("/logout?{}", encode(&query(&forge(json!({ "sid": sid }))))));
            assert!(page.is_at("/logout") && stranger.open("/account").is_at("/account"));
        }
        // The person decides, as without a hint.
        let page = guest.leave(&query(&forge(json!({ "sid": "guessed" }))));
        let page = guest.browser.press(&page, "sign-out", &[]);
        assert_eq!(page.left_to.as_deref(), Some("https://shop.example/bye?state=s"));
        assert!(!guest.is_signed_in());
    }

    fn a_hint_by_secret_without_sid_names_the_person_at_the_client(setup) {
        let server = setup.start();
        let shop = secret_shop(&server, Alg::HS384);
        let guest = guest(&shop);
        let hint = forged(&shop, Alg::HS384, (&said(&guest.hint), json!({ "sid": null })));
        assert_eq!(guest.leave(&query(&hint)).left_to.as_deref(), Some("https://shop.example/bye?state=s"));
        assert!(!guest.is_signed_in());
    }

    fn a_client_signs_hints_for_nobody_else(setup) {
        let server = setup.start();
        let (shop, bank) = (secret_shop(&server, Alg::HS256), server.relying_party("bank"));
        let guest = guest(&shop);
        bank.visit(&guest.browser, &[]);
        let genuine = said(&guest.hint);
        for changed in [
            json!({ "aud": "bank" }),
            json!({ "aud": ["shop", "bank"], "azp": "bank" }),
            json!({ "aud": "bank", "azp": "shop" }),
            json!({ "aud": ["bank", "shop"] }),
            json!({ "aud": "nobody" }),
            json!({ "iss": "https://elsewhere.example" }),
            json!({ "iss": "shop", "aud": server.issuer() }),
            json!({ "events": {} }),
        ] {
            let hint = forged(&shop, Alg::HS256, (&genuine, changed));
            assert_refused(&guest, &guest.leave(&query(&hint)), "id_token_hint is invalid");
        }
        let page = guest.leave(&[("id_token_hint", &guest.hint), ("client_id", "bank")]);
        assert_refused(&guest, &page, "client_id is not the one");
        let named = [("id_token_hint", &*guest.hint), ("client_id", "shop"), ("post_logout_redirect_uri", GOODBYE)];
        assert_eq!(guest.leave(&named).left_to.as_deref(), Some(GOODBYE));
    }

    // Conformance: L-6, L-7
    fn no_other_algorithm_is_believed_than_the_registered_one(setup) {
        let server = setup.start();
        let shop = secret_shop(&server, Alg::HS256);
        let guest = guest(&shop);
        let genuine = said(&guest.hint);
        // These have an asymmetric algorithm; the secret of the second is kept in clear for something else, that of the
        // third is not kept in clear though its tokens should be signed with it.
        let bank = server.relying_party("bank");
        let kept = server.relying_party_with("kept", json!({ "userinfo_signed_response_alg": "HS256" }));
        let late = server.relying_party("late");
        server.change_client("late", |client| client.id_token_alg = Alg::HS256);
        for own in [&bank, &kept, &late] {
            let own = with_secret(own, &format!("{:-<64}", own.secret));
            let hint = forged(&own, Alg::HS256, (&genuine, json!({ "aud": own.id() })));
            assert_refused(&guest, &guest.leave(&[("id_token_hint", &hint)]), "id_token_hint is invalid");
        }
        // Algorithm confusion: our public key is nobody's secret.
        let own = openssl::pkey::PKey::private_key_from_pem(include_bytes!("../support/rsa.pem")).unwrap();
        let public = String::from_utf8(own.public_key_to_pem().unwrap()).unwrap();
        for client in [&shop, &bank, &kept] {
            let hint = forged(&with_secret(client, &public), Alg::HS256, (&genuine, json!({ "aud": client.id() })));
            assert_refused(&guest, &guest.leave(&[("id_token_hint", &hint)]), "id_token_hint is invalid");
        }
        let [header, claims, mac] = guest.hint.split('.').collect::<Vec<_>>()[..] else { panic!() };
        let none = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        for hint in [
            forged(&shop, Alg::HS512, (&genuine, json!({}))),
            forged(&with_secret(&shop, &"x".repeat(64)), Alg::HS256, (&genuine, json!({}))),
            format!("{none}.{claims}."),
            format!("{none}.{claims}.{mac}"),
            format!("{header}.{claims}."),
        ] {
            assert_refused(&guest, &guest.leave(&query(&hint)), "id_token_hint is invalid");
        }
        server.change_client("shop", |client| client.disabled_at = Some(NOW));
        assert_refused(&guest, &guest.leave(&[("id_token_hint", &guest.hint)]), "id_token_hint is invalid");
    }
}
