//! `/admin/keys`.

use cardea::oidc::jose::{Alg, PrivateKey};
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use serde_json::json;

use super::{assert_done, assert_refused, carols, noted, send};
use crate::support::*;

const LIST: &str = "/admin/keys";
const NEW: &str = "/admin/keys/new";
const IMPORT: &str = "/admin/keys/import";
const ROTATE: &str = "/admin/keys/rotate?alg=RS256";

/// The IDs of the published keys that sign.
fn published(server: &Server) -> Vec<String> {
    let jwks = server.get("/jwks").json();
    let signing = jwks["keys"].as_array().unwrap().iter().filter(|key| key["use"] == "sig");
    let kids = signing.map(|key| key["kid"].as_str().unwrap().to_owned());
    let mut kids: Vec<String> = kids.collect();
    kids.sort_unstable();
    kids
}

/// Signs somebody in; the ID of the key that signs, and the token.
fn signed(server: &Server, shop: &RelyingParty) -> (String, String) {
    let token = shop.redeem(&shop.sign_in("alice").code()).id_token();
    let (head, _) = claims_of(server, &token);
    (head["kid"].as_str().unwrap().to_owned(), token)
}

fn pem() -> String {
    String::from_utf8(Rsa::generate(2048).unwrap().private_key_to_pem().unwrap()).unwrap()
}

/// What our own keys sign with; the client's secret (HS256 and its kin) needs none of them.
fn algs(server: &Server) -> serde_json::Value {
    let document = server.get("/.well-known/openid-configuration").json();
    let all = document["id_token_signing_alg_values_supported"].as_array().unwrap();
    all.iter().filter(|alg| !alg.as_str().unwrap().starts_with("HS")).cloned().collect()
}

on_both! {
    // Conformance: K-7, K-8
    fn a_rotated_key_signs_no_more_and_still_verifies(setup) {
        let server = setup.start();
        let (carols, shop) = (carols(&server), server.relying_party("shop"));
        let (old, token) = signed(&server, &shop);
        let asked = carols.open(ROTATE).text();
        assert!(asked.contains(&old) && asked.contains("The next key is not published yet"), "{asked}");
        assert_done(&send(&carols, ROTATE, ("/rotate", &[("old", "keep")])), LIST);

        let (new, _) = signed(&server, &shop);
        assert_ne!(old, new);
        assert!(published(&server).contains(&old));
        let jwks = server.get("/jwks").json();
        let keys = jwks["keys"].as_array().unwrap();
        let added: Vec<_> = keys.iter().filter(|key| key["kid"] != *old).collect();
        let former = keys.iter().find(|key| key["kid"] == *old).unwrap();
        assert!(added.iter().all(|key| key["kty"] == "RSA" && key["use"] == "sig" && key["n"] != former["n"]));
        claims_of(&server, &token);
        let [(actor, detail)] = noted(&server, "key_rotated").try_into().unwrap();
        assert!(actor == "Carol Example" && detail.contains(&old) && detail.contains(&new), "{detail}");
    }

    fn the_next_key_takes_over(setup) {
        let server = setup.start();
        let (carols, shop) = (carols(&server), server.relying_party("shop"));
        let (old, _) = signed(&server, &shop);
        let typed = [("alg", "RS256"), ("bits", "2048"), ("start", "next")];
        assert_done(&send(&carols, NEW, (LIST, &typed)), LIST);
        let next = published(&server).into_iter().find(|kid| *kid != old).unwrap();
        assert_eq!(signed(&server, &shop).0, old);

        // There is one next key at a time.
        let page = send(&carols, NEW, (LIST, &[("start", "next"), ("alg", "RS256"), ("bits", "3072")]));
        assert_refused(&page, "alg");
        let form = page.form_to(LIST);
        assert_eq!((form.field("alg"), form.field("bits")), (Some("RS256"), Some("3072")));
        assert_eq!(published(&server).len(), 2);
        let asked = carols.open(ROTATE).text();
        assert!(asked.contains("0 seconds, since 20 November 2026") && !asked.contains("already"), "{asked}");

        server.advance(3 * 86_400);
        let carols = super::carols(&server);
        let asked = carols.open(ROTATE).text();
        assert!(asked.contains(&next) && asked.contains("published for 3 days, since 20 November 2026"), "{asked}");
        assert_done(&send(&carols, ROTATE, ("/rotate", &[("old", "keep")])), LIST);
        assert_eq!(signed(&server, &shop).0, next);
    }

    fn a_key_that_leaked_is_withdrawn_at_once(setup) {
        let server = setup.start();
        let (carols, shop) = (carols(&server), server.relying_party("shop"));
        let (old, _) = signed(&server, &shop);
        assert_done(&send(&carols, ROTATE, ("/rotate", &[("old", "withdraw")])), LIST);
        assert!(!published(&server).contains(&old));
        assert_ne!(signed(&server, &shop).0, old);
    }

    fn without_an_answer_nothing_is_rotated(setup) {
        let server = setup.start();
        let (carols, shop) = (carols(&server), server.relying_party("shop"));
        let (old, _) = signed(&server, &shop);
        for old in ["", "perhaps"] {
            assert_refused(&send(&carols, ROTATE, ("/rotate", &[("old", old)])), "old");
        }
        assert_eq!((signed(&server, &shop).0, published(&server)), (old.clone(), vec![old]));
        for path in ["/admin/keys/rotate?alg=ES256", "/admin/keys/rotate?alg=none", "/admin/keys/rotate"] {
            assert_eq!(carols.open(path).status(), 404, "{path}");
        }
    }

    fn a_first_key_adds_its_algorithm(setup) {
        let server = setup.start();
        let carols = carols(&server);
        assert_eq!(algs(&server), json!(["RS256"]));
        let typed = [("alg", "ES256"), ("bits", "4096"), ("start", "next")];
        assert_done(&send(&carols, NEW, (LIST, &typed)), LIST);
        assert_eq!(algs(&server), json!(["RS256", "ES256"]));
        let shop = server.relying_party_with("shop", json!({"id_token_signed_response_alg": "ES256"}));
        let token = shop.redeem(&shop.sign_in("alice").code()).id_token();
        assert_eq!(claims_of(&server, &token).0["alg"], "ES256");
        assert_eq!(noted(&server, "key_created").len(), 1);
    }

    fn no_key_is_made_of_a_bad_form(setup) {
        let server = setup.start();
        let carols = carols(&server);
        for (field, value) in [("alg", "none"), ("alg", "HS256"), ("bits", "1024"), ("bits", ""), ("start", "later")] {
            let typed = [("alg", "RS384"), ("bits", "2048"), ("start", "now"), (field, value)];
            assert_refused(&send(&carols, NEW, (LIST, &typed)), field);
        }
        assert_eq!(published(&server).len(), 1);
        assert_eq!(algs(&server), json!(["RS256"]));
        assert!(noted(&server, "key_created").is_empty());
    }

    fn a_key_is_kept_for_the_longest_access_token_that_it_signed(setup) {
        const DAY: i64 = 86_400;
        let server = setup.with("lifetimes.access_token", "30d").start();
        let members = json!({ "access_token_format": "jwt" });
        let (shop, carols) = (server.relying_party_with("shop", members), carols(&server));
        server.change_client("shop", |client| client.lifetimes.access_token = Some(60 * DAY));
        let token = shop.redeem(&shop.sign_in("alice").code()).access_token();
        let (old, keeping) = (claims_of(&server, &token).0["kid"].clone(), server.app().config.keeping());
        assert!(carols.open(ROTATE).text().contains("Keep verifying for 61 days"));
        assert_done(&send(&carols, ROTATE, ("/rotate", &[("old", "keep")])), LIST);
        let keep = || {
            block_on(server.app().store.keep_keys(None, keeping, server.now())).unwrap();
            server.refresh();
        };
        server.advance(60 * DAY - 1);
        keep();
        assert!(published(&server).iter().any(|kid| old == *kid));
        assert!(shop.is_live(&token));
        server.advance(DAY);
        keep();
        assert!(!published(&server).iter().any(|kid| old == *kid));
    }

    fn a_retired_key_stays_published_until_it_is_withdrawn(setup) {
        let server = setup.start();
        server.add_key(Alg::ES256);
        let carols = carols(&server);
        let kid = published(&server).into_iter().find(|kid| kid.starts_with("ES256")).unwrap();
        let path = format!("/admin/keys/{kid}/retire");
        assert_refused(&send(&carols, &path, ("/retire", &[("old", "")])), "old");
        assert_eq!(algs(&server), json!(["RS256", "ES256"]));

        assert_done(&send(&carols, &path, ("/retire", &[("old", "keep")])), LIST);
        assert_eq!(algs(&server), json!(["RS256"]));
        assert!(published(&server).contains(&kid));
        assert!(carols.open(LIST).text().contains("Verifying"));
        assert_eq!(noted(&server, "key_retired"), [("Carol Example".into(), format!("ES256 {kid}"))]);

        assert_done(&send(&carols, &path, ("/retire", &[])), LIST);
        assert!(!published(&server).contains(&kid));
        assert_eq!(noted(&server, "key_withdrawn"), [("Carol Example".into(), format!("ES256 {kid}"))]);
        assert_eq!(carols.open(&path).status(), 404);
    }

    fn a_key_that_somebody_needs_is_not_retired(setup) {
        let server = setup.start();
        server.add_key(Alg::ES256);
        server.relying_party_with("shop", json!({"id_token_signed_response_alg": "ES256"}));
        let carols = carols(&server);
        let before = published(&server);
        for kid in &before {
            let path = format!("/admin/keys/{kid}/retire");
            if kid.starts_with("ES256") {
                assert!(carols.open(&path).text().contains("1 client gets no more ID tokens: The shop."));
            }
            assert_refused(&send(&carols, &path, ("/retire", &[("old", "withdraw")])), "old");
        }
        assert_eq!((published(&server), algs(&server)), (before, json!(["RS256", "ES256"])));
        assert_eq!(carols.open("/admin/keys/nobody/retire").status(), 404);
    }

    fn an_imported_key_verifies_or_signs_under_its_old_id(setup) {
        let server = setup.start();
        let (carols, shop) = (carols(&server), server.relying_party("shop"));
        let (own, _) = signed(&server, &shop);
        let key = pem();
        assert_done(&send(&carols, IMPORT, ("/import", &[("key_pem", &key), ("kid", " django/1 ")])), LIST);
        assert_eq!(signed(&server, &shop).0, own);
        assert!(published(&server).contains(&"django/1".to_owned()));
        // An ID with a slash has its page, too.
        assert_eq!(carols.open("/admin/keys/django%2F1/retire").status(), 200);

        let key = pem();
        let thumbprint = PrivateKey::from_pem(None, &key).unwrap().thumbprint();
        assert_done(&send(&carols, IMPORT, ("/import", &[("key_pem", &key), ("purpose", "sign")])), LIST);
        assert_eq!(signed(&server, &shop).0, thumbprint);
        assert!(published(&server).contains(&own));
        assert_eq!(noted(&server, "key_imported").len(), 2);
    }

    fn a_key_that_does_not_fit_is_not_imported_and_not_sent_back(setup) {
        let server = setup.start();
        let carols = carols(&server);
        let before = published(&server);
        let good = pem();
        let elliptic = PKey::generate_ed25519().unwrap().private_key_to_pem_pkcs8().unwrap();
        let elliptic = String::from_utf8(elliptic).unwrap();
        let cut = format!("{}-----END RSA PRIVATE KEY-----\n", &good[..600]);
        let taken = before[0].clone();
        for (field, typed) in [
            ("key_pem", [("key_pem", ""), ("kid", "mine")]),
            ("key_pem", [("key_pem", "-----BEGIN PUBLIC KEY-----"), ("kid", "mine")]),
            ("key_pem", [("key_pem", &cut), ("kid", "mine")]),
            ("kid", [("key_pem", &good), ("kid", "two words")]),
            ("kid", [("key_pem", &good), ("kid", &taken)]),
            ("alg", [("key_pem", &good), ("alg", "ES256")]),
            ("alg", [("key_pem", &elliptic), ("alg", "RS256")]),
            ("alg", [("key_pem", &good), ("alg", "none")]),
            ("purpose", [("key_pem", &good), ("purpose", "both")]),
        ] {
            let page = send(&carols, IMPORT, ("/import", &typed));
            assert_refused(&page, field);
            assert_eq!(page.form_to("/import").field("key_pem"), Some(""));
            let body = typed[0].1.lines().nth(1).unwrap_or("no key");
            assert!(!page.answer.body.contains(body));
        }
        assert_eq!(published(&server), before);
        assert!(noted(&server, "key_imported").is_empty());
    }

    fn the_page_tells_the_life_of_every_key(setup) {
        let server = setup.start();
        server.add_key(Alg::ES256);
        let text = carols(&server).open(LIST).text();
        for part in ["2048 bit, imported", "ES256 · P-256", "2 keys.", "RS256 on ", "31 days after it last signed"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
