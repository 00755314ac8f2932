//! Hints that come encrypted, here and at `/authorize` (OpenID Connect Core 3.1.2.1, RP-Initiated Logout 1.0, 2).

use cardea::oidc::jose::{
    ClientKeys, ContentEncryption, DecryptionKey, Envelope, KeyManagementAlg, Recipient, encrypt,
};
use cardea::store::encryption_keys::{self, Sealed};
use serde_json::json;

use super::*;

const ALGS: [KeyManagementAlg; 2] = [KeyManagementAlg::RsaOaep, KeyManagementAlg::EcdhEs];

/// `message`, encrypted to the key that the server shows.
fn seal(server: &Server, alg: KeyManagementAlg, message: &str) -> String {
    let keys = ClientKeys::from_jwks(&server.get("/jwks").json()).unwrap();
    let envelope = Envelope { alg, enc: ContentEncryption::ALL[0], cty: Some("JWT") };
    encrypt(message.as_bytes(), &envelope, &Recipient::Key(keys.encrypting(alg).unwrap()), &[7; 80]).unwrap()
}

fn silent(shop: &RelyingParty, guest: &Guest, hint: &str) -> Response {
    shop.visit(&guest.browser, &[("prompt", "none"), ("id_token_hint", hint)]).response
}

on_both! {
    fn a_hint_may_be_encrypted_to_a_key_of_ours(setup) {
        let server = setup.start();
        let vault = server.app().store.vault();
        let keys = ALGS.map(|alg| Sealed::new(&vault, &DecryptionKey::generate(alg, None).unwrap()).unwrap());
        server.write(move |db| encryption_keys::add_first(db, &keys, NOW));
        server.refresh();
        let shop = leaving_shop(&server, &json!({}));
        for alg in ALGS {
            let guest = guest(&shop);
            let hint = seal(&server, alg, &guest.hint);
            assert!(shop.redeem(&silent(&shop, &guest, &hint).code()).is_granted());
            let unsigned = json!({ "iss": server.issuer(), "sub": "sub-of-alice", "aud": "shop" }).to_string();
            let stolen = guest.hint.rsplit_once('.').unwrap().0;
            for wrong in [
                seal(&server, alg, &hint), seal(&server, alg, &unsigned), seal(&server, alg, stolen),
                format!("{hint}x"),
            ] {
                assert_eq!(silent(&shop, &guest, &wrong).error(), "invalid_request");
                assert_refused(&guest, &guest.leave(&[("id_token_hint", &wrong)]), "id_token_hint is invalid");
            }
            let page = guest.leave(&[("id_token_hint", &hint), ("post_logout_redirect_uri", GOODBYE)]);
            assert_eq!(page.left_to.as_deref(), Some(GOODBYE));
            assert!(!guest.is_signed_in());
        }
    }

    fn an_id_token_that_is_encrypted_with_a_secret_is_a_hint_of_its_client(setup) {
        let server = setup.start();
        let members = json!({ "id_token_encrypted_response_alg": "A256KW" });
        let shop = leaving_shop(&server, &members);
        server.relying_party_with("bank", members);
        let guest = guest(&shop);
        assert_eq!(guest.hint.split('.').count(), 5);
        assert!(shop.redeem(&silent(&shop, &guest, &guest.hint).code()).is_granted());
        let hint = ("id_token_hint", &*guest.hint);
        for parameters in [vec![hint], vec![hint, ("client_id", "bank")]] {
            assert_refused(&guest, &guest.leave(&parameters), "the secret of client_id");
        }
        // While its person is asked it waits.
        guest.browser.sign_in_on(&guest.browser.open("/login"), "bob");
        let page = guest.leave(&[hint, ("client_id", "shop"), ("post_logout_redirect_uri", GOODBYE)]);
        assert!(page.is_at("/logout"), "{}", page.text());
        assert_eq!(guest.browser.press(&page, "sign-out", &[]).left_to.as_deref(), Some(GOODBYE));
        assert!(!guest.is_signed_in());
    }
}
