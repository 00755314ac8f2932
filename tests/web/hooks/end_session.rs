//! `hooks.end_session`.

use cardea::jobs::tell_of_sign_outs;
use cardea::store::{Search, logout_deliveries};
use serde_json::json;

use super::*;

const HOOK: (&str, &[&str]) = ("hooks.end_session", &["/left"]);
const GOODBYE: &str = "https://shop.example/bye";

/// Runs the job once, as the server does when it is woken.
fn tell(server: &Server) {
    block_on(tell_of_sign_outs(server.app().clone())).unwrap();
}

fn shop(server: &Server) -> RelyingParty {
    server.relying_party_with("shop", json!({ "post_logout_redirect_uris": [GOODBYE] }))
}

fn waiting(server: &Server) -> usize {
    server.read(|db| logout_deliveries::list(db, &Search::default())).rows.len()
}

on_both! {
    // Seed: S10
    fn a_hook_is_told_once_with_all_arguments_however_often_it_fails(setup) {
        let remote = Remote::start();
        let server = with_hooks(setup, &remote, HOOK).start();
        let shop = shop(&server);
        let visit = shop.sign_in("alice");
        let hint = shop.redeem(&visit.code()).id_token();
        remote.answer("/left", 500, "text/plain", "");
        let query =
            encode(&[("id_token_hint", &hint), ("post_logout_redirect_uri", GOODBYE), ("state", "a b")]);
        let page = visit.browser.open(&format!("/logout?{query}"));
        let next = "https://shop.example/bye?state=a%20b";
        assert_eq!(page.left_to.as_deref(), Some(next));
        assert!(remote.requests().is_empty(), "the person did not wait");

        tell(&server);
        tell(&server);
        assert_eq!(remote.requests().len(), 1, "not yet again");
        remote.answer("/left", 202, "text/plain", "");
        server.advance(10);
        tell(&server);
        server.advance(3600);
        tell(&server);
        let calls = remote.requests();
        assert_eq!(calls.len(), 2);
        assert_eq!(calls[0].header("webhook-id"), calls[1].header("webhook-id"), "by which it knows the message again");
        let event = event_of(&calls[1], NOW.0 + 10);
        assert_eq!(event, event_of(&calls[0], NOW.0));
        assert_eq!((&event["type"], &event["timestamp"]), (&json!("end_session"), &json!("2026-11-20T12:00:00Z")));
        let claims = claims_of(&server, &hint).1;
        assert_eq!(event["data"], json!({
            "user_id": "sub-of-alice",
            "sid": claims["sid"],
            "client_id": "shop",
            "id_token_hint": claims,
            "post_logout_redirect_uri": GOODBYE,
            "state": "a b",
            "next_page": next,
            "is_of_client_only": false,
            "ended_at": NOW.0,
        }));
        assert!(!String::from_utf8_lossy(&calls[0].body).contains(&hint), "its signature stays here");
    }

    /// The app has the secret, and could have written anything into it.
    fn a_hint_that_the_apps_secret_has_signed_is_not_told(setup) {
        let remote = Remote::start();
        let server = with_hooks(setup, &remote, HOOK).start();
        remote.answer("/left", 200, "text/plain", "");
        let members = json!({ "post_logout_redirect_uris": [GOODBYE], "id_token_signed_response_alg": "HS256" });
        let shop = server.relying_party_with("shop", members);
        let visit = shop.sign_in("alice");
        let hint = shop.redeem(&visit.code()).id_token();
        let query = encode(&[("id_token_hint", &*hint), ("post_logout_redirect_uri", GOODBYE)]);
        assert_eq!(visit.browser.open(&format!("/logout?{query}")).left_to.as_deref(), Some(GOODBYE));
        tell(&server);
        let [call] = &remote.requests()[..] else { panic!("not one message") };
        let event = event_of(call, NOW.0);
        assert_eq!((&event["data"]["id_token_hint"], &event["data"]["client_id"]), (&json!(null), &json!("shop")));
    }

    // Seed: S10
    fn the_persons_own_sign_out_is_told_too_and_staying_is_not(setup) {
        let remote = Remote::start();
        let server = with_hooks(setup, &remote, ("hooks.end_session", &["/left", "/other"])).start();
        remote.answer("/left", 200, "text/plain", "");
        remote.answer("/other", 204, "text/plain", "");
        let browser = server.browser();
        browser.sign_in("alice");
        browser.open("/logout?id_token_hint=rubbish");
        browser.press(&browser.open("/logout"), "stay", &[]);
        server.browser().open("/logout");
        tell(&server);
        assert_eq!((remote.requests().len(), waiting(&server)), (0, 0));

        browser.press(&browser.open("/logout"), "sign-out", &[]);
        tell(&server);
        let calls = remote.requests();
        assert_eq!(calls.len(), 2, "each hook once");
        let data = event_of(&calls[0], NOW.0)["data"].clone();
        assert_eq!((&data["user_id"], &data["is_of_client_only"]), (&json!("sub-of-alice"), &json!(false)));
        for name in ["client_id", "id_token_hint", "post_logout_redirect_uri", "state", "next_page"] {
            assert_eq!(data[name], Value::Null, "{name}");
        }
        browser.open("/logout");
        tell(&server);
        assert_eq!(remote.requests().len(), 2, "nobody was signed in any more");
    }

    fn a_sign_out_of_one_app_alone_says_so(setup) {
        let remote = Remote::start();
        let server = with_hooks(setup, &remote, HOOK).start();
        remote.answer("/left", 200, "text/plain", "");
        let shop = server.relying_party_with("shop", json!({
            "post_logout_redirect_uris": [GOODBYE], "logout_is_own_only": true,
        }));
        let visit = shop.sign_in("alice");
        let hint = shop.redeem(&visit.code()).id_token();
        visit.browser.open(&format!("/logout?{}", encode(&[("id_token_hint", &hint)])));
        tell(&server);
        let data = event_of(&remote.requests()[0], NOW.0)["data"].clone();
        assert_eq!((&data["client_id"], &data["is_of_client_only"]), (&json!("shop"), &json!(true)));
        assert!(visit.browser.open("/account").is_at("/account"));
    }

    fn the_console_shows_what_hooks_were_told_beside_the_rest(setup) {
        let remote = Remote::start();
        let server = with_hooks(setup, &remote, HOOK).start();
        let shop = server.relying_party_with("shop", json!({ "backchannel_logout_uri": remote.url("/out") }));
        let visit = shop.sign_in("alice");
        let page = visit.browser.open("/logout");
        visit.browser.press(&page, "sign-out", &[]);
        tell(&server);
        let carol = server.browser();
        carol.sign_in("carol");
        let page = carol.open("/admin/logout-deliveries");
        for text in ["Hook", "The shop", &remote.url("/left"), &remote.url("/out"), "it answered with status 404"] {
            assert!(page.text().contains(text), "{text}: {}", page.text());
        }
        let page = carol.open("/admin/logout-deliveries?q=alice");
        assert!(page.text().contains("Hook") && page.text().contains("The shop"), "{}", page.text());
        let page = carol.open("/admin/logout-deliveries?q=shop");
        assert!(!page.text().contains(&remote.url("/left")), "{}", page.text());
        remote.answer("/left", 200, "text/plain", "");
        let page = carol.open("/admin/logout-deliveries?q=alice");
        let retries = page.forms().into_iter().filter(|form| form.action.ends_with("/retry"));
        retries.for_each(|form| drop(carol.submit(&form)));
        tell(&server);
        assert!(carol.open("/admin/logout-deliveries?status=delivered").text().contains("Hook"));
    }

    fn a_hook_that_is_not_configured_any_more_is_told_nothing(setup) {
        let remote = Remote::start();
        let server = with_hooks(setup.clone(), &remote, HOOK).start();
        let browser = server.browser();
        browser.sign_in("alice");
        browser.press(&browser.open("/logout"), "sign-out", &[]);
        remote.answer("/left", 200, "text/plain", "");
        let later = setup.reaching(&remote).start_on(server.database());
        tell(&later);
        assert!(remote.requests().is_empty());
        let row = later.read(|db| logout_deliveries::list(db, &Search::default())).rows.remove(0);
        assert_eq!(row.last_error, "this hook is not configured any more");
    }
}
