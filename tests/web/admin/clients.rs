//! `/admin/clients`, and what people let them have.

use cardea::store::clients;

use super::{assert_done, assert_refused, carols, noted, send};
use crate::support::*;

const SHOP: &str = "/admin/clients/shop";
const OFFLINE: &[(&str, &str)] = &[("scope", "openid email offline_access")];

/// Sends the form of a client's page as browsers do where a file may come along.
pub fn upload(server: &Server, browser: &Browser, form: &Form) -> Answer {
    upload_with(server, browser, (form, &[]))
}

fn upload_with(server: &Server, browser: &Browser, (form, logo): (&Form, &[u8])) -> Answer {
    let part = |(name, value): &(String, String)| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body: String = form.fields.iter().filter(|(name, _)| name != "logo").map(part).collect();
    let logo_head = "--b\r\nContent-Disposition: form-data; name=\"logo\"; filename=\"logo.png\"\r\n\r\n";
    let body = [body.as_bytes(), logo_head.as_bytes(), logo, b"\r\n--b--\r\n"].concat();
    browser.send(server.raw_request("POST", &form.action).content("multipart/form-data; boundary=b", body))
}

on_both! {
    fn the_form_and_the_list_say_who_must_use_pkce(setup) {
        for (word, text, is_held) in [
            ("everybody", "This server requires it of every client", true),
            ("public", "This server requires it of public clients in any case", true),
            ("registered", "This server requires it of no other client, not even of public ones", false),
        ] {
            let server = setup.clone().with("features.require_pkce", word).start();
            server.relying_party_with("shop", serde_json::json!({ "token_endpoint_auth_method": "none" }));
            let carols = carols(&server);
            let asks = || server.read(|db| clients::find(db, "shop")).unwrap().requires_pkce;
            let page = carols.open(SHOP);
            assert!(page.text().contains(text), "{word}");
            assert_eq!(carols.open("/admin/clients").text().contains("Code + PKCE"), is_held, "{word}");
            // Saving the page asks for nothing that was not ticked.
            let form = page.form_to(SHOP);
            assert_eq!((upload(&server, &carols, &form).status, asks()), (303, false));
            assert_eq!((upload(&server, &carols, &form.with("require_pkce", "on")).status, asks()), (303, true));
            assert!(carols.open("/admin/clients").text().contains("Code + PKCE"));
        }
    }

    fn a_client_that_is_changed_is_another_within_a_second(setup) {
        let server = setup.start();
        server.relying_party("shop");
        let carols = carols(&server);
        let form = carols.open(SHOP).form_to(SHOP);
        let answer = upload(&server, &carols, &form.clone().with("client_name", "The new shop"));
        assert_eq!((answer.status, answer.location()), (303, SHOP), "{}", answer.body);
        assert!(carols.open(SHOP).text().contains("The new shop"));
        assert_eq!(noted(&server, "client_changed").len(), 1);

        server.write(|db| clients::remove(db, "shop").map(|_| ()));
        server.refresh();
        assert_eq!(upload(&server, &carols, &form).status, 404);
        assert_eq!(server.read(|db| clients::find(db, "shop")).map(|client| client.id), None);
        assert_eq!(noted(&server, "client_changed").len(), 1);
    }

    fn a_logo_that_is_too_large_loses_nothing_that_was_typed(setup) {
        let server = setup.start();
        server.relying_party("shop");
        let carols = carols(&server);
        let form = carols.open(SHOP).form_to(SHOP).with("client_name", "The new shop");
        let named = || server.read(|db| clients::find(db, "shop")).unwrap().name;
        let before = named();
        for size in [300_000, 700_000, 5_000_000] {
            let answer = upload_with(&server, &carols, (&form, &vec![b'x'; size]));
            assert_eq!(answer.status, 422, "{size}");
            assert!(text(&answer.body).contains("larger than 200 kB"), "{size}");
            let again = forms(&answer.body).into_iter().find(|own| own.action == SHOP).unwrap();
            assert_eq!(again.field("client_name"), Some("The new shop"));
        }
        let answer = upload_with(&server, &carols, (&form, &vec![b'x'; 17 * 1024 * 1024]));
        assert!((400..500).contains(&answer.status), "{}", answer.status);
        assert_eq!(named(), before);
    }

    fn a_client_is_deleted_once_its_id_has_been_typed(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let tokens = shop.redeem(&shop.sign_in("alice").code());
        let carols = carols(&server);
        let path = format!("{SHOP}/delete");
        assert_refused(&send(&carols, &path, ("/delete", &[("confirm", "Shop")])), "confirm");
        assert!(shop.is_live(&tokens.access_token()));

        let form = carols.open(&path).form_to("/delete").with("confirm", "shop");
        assert_done(&carols.submit(&form), "/admin/clients");
        assert!(!shop.is_live(&tokens.access_token()));
        assert_eq!(server.get(&shop.request(&[])).status, 400);
        assert_eq!(carols.submit(&form).status(), 404);
        assert_eq!(noted(&server, "client_removed"), [("Carol Example".into(), "The shop (shop)".into())]);
    }

    fn a_secret_that_is_revoked_proves_nothing(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let refresh_token = shop.redeem(&shop.sign_in_with("alice", OFFLINE).code()).refresh_token();
        let carols = carols(&server);
        let form = carols.open(SHOP).form_to("/secrets/secret-of-shop/delete");
        assert_done(&carols.submit(&form), SHOP);
        assert_eq!(shop.refresh(&refresh_token).error(), "invalid_client");
        assert_eq!(carols.submit(&form).status(), 404);
        assert_eq!(noted(&server, "secret_revoked").len(), 1);
    }

    fn a_consent_and_a_session_end_in_their_lists(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let visit = shop.sign_in("alice");
        let tokens = shop.redeem(&visit.code());
        let carols = carols(&server);
        let form = carols.open("/admin/consents").form_to("/sub-of-alice/shop/delete");
        assert_done(&carols.submit(&form), "/admin/consents");
        assert!(!shop.is_live(&tokens.access_token()));
        assert_eq!(carols.submit(&form).status(), 404);
        assert_eq!(noted(&server, "consent_revoked").len(), 1);

        let page = carols.open("/admin/sessions?q=alice");
        let form = page.forms().into_iter().find(|form| form.action.ends_with("/delete")).unwrap();
        assert_done(&carols.submit(&form), "/admin/sessions");
        assert!(visit.browser.open("/account").is_at("/login"));
        assert_eq!(carols.submit(&form).status(), 404);
        assert_eq!(noted(&server, "session_ended").len(), 1);
    }
}
