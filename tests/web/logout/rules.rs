//! What the operator may choose about sign-outs of apps.

use serde_json::json;

use super::*;

on_both! {
    // Seed: S06
    fn people_may_always_be_asked(setup) {
        let server = setup.with("logout.always_ask", "true").start();
        let shop = leaving_shop(&server, &json!({}));
        let guest = guest(&shop);
        let query = [("id_token_hint", &*guest.hint), ("post_logout_redirect_uri", GOODBYE)];
        let page = guest.leave(&query);
        assert!(page.is_at("/logout") && page.text().contains("The shop asked to sign you out"), "{}", page.text());
        assert!(guest.is_signed_in() && shop.is_live(&guest.tokens.access_token()));
        assert_eq!(guest.browser.press(&page, "sign-out", &[]).left_to.as_deref(), Some(GOODBYE));
        assert!(!guest.is_signed_in());
        // Where nobody is signed in there is nobody to ask.
        assert_eq!(guest.leave(&query).left_to.as_deref(), Some(GOODBYE));
    }

    // Seed: S04
    fn an_expired_hint_may_be_refused(setup) {
        let server = setup.with("logout.expired_hints", "false").start();
        let shop = leaving_shop(&server, &json!({}));
        let bobs = server.browser();
        bobs.sign_in("bob");
        let guest = guest(&shop);
        let query = [("id_token_hint", &*guest.hint), ("post_logout_redirect_uri", GOODBYE)];
        let path = format!("/logout?{}", encode(&query));
        let (asked, other) = (bobs.open(&path), shop.sign_in("alice").browser);
        assert!(asked.is_at("/logout"));
        server.advance(599);
        assert_eq!(other.open(&path).left_to.as_deref(), Some(GOODBYE));
        server.advance(1);
        assert_refused(&guest, &guest.leave(&query), "id_token_hint has expired");
        // It was good when the app asked.
        assert_eq!(bobs.press(&asked, "sign-out", &[]).left_to.as_deref(), Some(GOODBYE));
    }

    // Seed: S07
    fn strictly_public_clients_get_nobody_back_over_plain_http(setup) {
        let server = setup.with("logout.strict_redirect_uris", "true").start();
        let plain = "http://localhost:9999/bye";
        let uris = json!([GOODBYE, plain]);
        let shop = leaving_shop(&server, &json!({ "post_logout_redirect_uris": uris }));
        let guest = guest(&shop);
        server.change_client("shop", |client| client.auth_method = "none".parse().unwrap());
        let leave = |uri: &str| guest.leave(&[("id_token_hint", &guest.hint), ("post_logout_redirect_uri", uri)]);
        assert_refused(&guest, &leave(plain), "must begin with https for a public client");
        assert_eq!(leave(GOODBYE).left_to.as_deref(), Some(GOODBYE));
        server.change_client("shop", |client| client.auth_method = "client_secret_basic".parse().unwrap());
        assert_eq!(leave(plain).left_to.as_deref(), Some(plain));
    }
}
