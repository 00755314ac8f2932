//! `/admin/encryption-keys`, and what the page about keys says of them.

use super::{assert_done, assert_refused, carols, noted, send};
use crate::support::*;

const LIST: &str = "/admin/keys";

/// The IDs of the published keys that apps encrypt to with `kty`.
fn published(server: &Server, kty: &str) -> Vec<String> {
    let jwks = server.get("/jwks").json();
    let keys = jwks["keys"].as_array().unwrap().iter();
    let meant = keys.filter(|key| key["use"] == "enc" && key["kty"] == kty);
    meant.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn decrypting(server: &Server) -> Vec<String> {
    server.app().store.catalogue().decryption_keys.iter().map(|(kid, _)| kid.clone()).collect()
}

fn start(setup: Setup) -> Server {
    let server = setup.start();
    block_on(server.app().store.prepare(NOW)).unwrap();
    server
}

on_both! {
    fn a_replaced_key_is_published_no_more_and_still_decrypts(setup) {
        let server = start(setup);
        let carols = carols(&server);
        let [old] = published(&server, "RSA").try_into().unwrap();
        let other = published(&server, "EC");
        let text = carols.open(LIST).text();
        for part in [&*old, "RSA-OAEP · 2048 bit", "ECDH-ES · P-256", "Published since 20 November 2026.", "3 keys.", "decrypts for 15 days"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let path = format!("/admin/encryption-keys/{old}");
        assert!(carols.open(&path).text().contains("Keep decrypting for 15 days"));
        assert_done(&send(&carols, &path, (&old, &[("old", "keep")])), LIST);
        let [new] = published(&server, "RSA").try_into().unwrap();
        assert_ne!(old, new);
        assert!(decrypting(&server).contains(&old));
        assert_eq!(published(&server, "EC"), other);
        assert!(carols.open(LIST).text().contains("Decrypts until 4 December 2026."));
        let [(actor, detail)] = noted(&server, "key_rotated").try_into().unwrap();
        assert!(actor == "Carol Example" && detail.contains(&old) && detail.contains(&new), "{detail}");

        // By now it can only be withdrawn.
        assert_done(&send(&carols, &path, (&old, &[])), LIST);
        assert!(!decrypting(&server).contains(&old));
        assert!(!carols.open(LIST).text().contains(&old));
        assert_eq!(carols.open(&path).status(), 404);
        assert_eq!(noted(&server, "key_withdrawn"), [("Carol Example".into(), format!("RSA-OAEP {old}"))]);
        assert_eq!(published(&server, "RSA"), [new]);
    }

    fn a_key_that_leaked_is_withdrawn_at_once(setup) {
        let server = start(setup);
        let [old] = published(&server, "EC").try_into().unwrap();
        let path = format!("/admin/encryption-keys/{old}");
        assert_done(&send(&carols(&server), &path, (&old, &[("old", "withdraw")])), LIST);
        assert!(!decrypting(&server).contains(&old));
        assert_eq!(published(&server, "EC").len(), 1);
    }

    fn without_an_answer_nothing_is_replaced(setup) {
        let server = start(setup);
        let carols = carols(&server);
        let before = published(&server, "RSA");
        let path = format!("/admin/encryption-keys/{}", before[0]);
        for old in ["", "perhaps"] {
            assert_refused(&send(&carols, &path, (&before[0], &[("old", old)])), "old");
        }
        // The form that was open in another window.
        let form = carols.open(&path).form_to(&before[0]);
        assert_done(&carols.submit(&form.clone().with("old", "keep")), LIST);
        let after = published(&server, "RSA");
        let page = carols.submit(&form.with("old", "keep"));
        assert_eq!(page.status(), 422);
        assert_eq!(published(&server, "RSA"), after);
        assert_eq!(noted(&server, "key_rotated").len(), 1);
        assert_eq!(carols.open("/admin/encryption-keys/nobody").status(), 404);
    }
}
