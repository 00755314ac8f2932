//! OpenID Connect Back-Channel Logout 1.0.

use std::time::Duration;

use cardea::jobs::tell_of_sign_outs;
use cardea::oidc::jose::Alg;
use cardea::store::{Search, logout_deliveries, users};
use serde_json::json;

use super::*;

/// Runs the job once, as the server does when it is woken.
fn tell(server: &Server) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(tell_of_sign_outs(server.app().clone())).unwrap();
}

/// State, attempts and error of every delivery, the newest first.
fn deliveries(server: &Server) -> Vec<(String, i64, String)> {
    let rows = server.read(|db| logout_deliveries::list(db, &Search::default())).rows;
    rows.into_iter().map(|row| (row.state, row.attempts, row.last_error)).collect()
}

fn listening_shop(server: &Server, remote: &Remote) -> RelyingParty {
    leaving_shop(server, &json!({ "backchannel_logout_uri": remote.url("/out?a=1") }))
}

fn leave(guest: &Guest) -> Page {
    guest.leave(&[("id_token_hint", &guest.hint), ("post_logout_redirect_uri", GOODBYE)])
}

on_both! {
    // Conformance: BC-1, BC-2, BC-3, BC-4, I-8, K-6
    // Seed: S12
    fn an_app_is_told_by_a_logout_token(setup) {
        let remote = Remote::start();
        let server = setup.reaching(&remote).start();
        server.add_key(Alg::ES256);
        for (status, alg) in [(200, "RS256"), (204, "ES256")] {
            remote.answer("/out", status, "text/plain", "");
            let shop = server.relying_party_with(alg, json!({
                "post_logout_redirect_uris": [GOODBYE],
                "backchannel_logout_uri": remote.url("/out?a=1"),
                "id_token_signed_response_alg": alg,
            }));
            let guest = guest(&shop);
            assert_eq!(leave(&guest).left_to.as_deref(), Some(GOODBYE));
            tell(&server);
            let asked = remote.requests().pop().unwrap();
            assert_eq!((&*asked.method, &*asked.path, &*asked.query), ("POST", "/out", "a=1"));
            assert_eq!(asked.header("content-type"), Some("application/x-www-form-urlencoded"));
            let fields = decode(std::str::from_utf8(&asked.body).unwrap());
            assert_eq!(fields.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["logout_token"]);

            let (header, claims) = claims_of(&server, &fields[0].1);
            assert_eq!((&header["typ"], &header["alg"]), (&json!("logout+jwt"), &json!(alg)));
            let id_token = claims_of(&server, &guest.hint).1;
            for name in ["iss", "sub", "sid", "aud"] {
                assert_eq!(claims[name], id_token[name], "{name}");
            }
            assert_eq!(claims["events"], json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
            assert_eq!(claims["iat"], NOW.0);
            assert_eq!(claims["exp"], NOW.0 + 120);
            assert!(claims["jti"].as_str().unwrap().len() > 20);
            assert_eq!(claims.len(), 8, "{claims:?}");
            assert_eq!(deliveries(&server)[0], ("delivered".into(), 1, String::new()));
            assert_eq!(shop.visit(&guest.browser, &[("prompt", "none")]).response.error(), "login_required");
            tell(&server);
        }
        assert_eq!(remote.requests().len(), 2, "each is told once");
    }

    // Conformance: BC-3
    fn whatever_the_app_answers_nobody_waits_and_it_is_tried_again(setup) {
        let remote = Remote::start();
        let server = setup.reaching(&remote).start();
        let shop = listening_shop(&server, &remote);
        remote.answer("/out", 400, "application/json", "{}");
        let guest = guest(&shop);
        assert_eq!(leave(&guest).left_to.as_deref(), Some(GOODBYE));
        for (attempt, pause) in [(1, 10), (2, 40), (3, 120), (4, 430)] {
            tell(&server);
            tell(&server);
            let told = deliveries(&server).remove(0);
            assert_eq!(told, ("waiting".into(), attempt, "it answered with status 400".into()));
            assert_eq!(remote.requests().len(), usize::try_from(attempt).unwrap());
            server.advance(pause - 1);
            tell(&server);
            assert_eq!(remote.requests().len(), usize::try_from(attempt).unwrap(), "too early");
            server.advance(1);
        }
        tell(&server);
        assert_eq!(deliveries(&server)[0].0, "failed");
        server.advance(3600);
        tell(&server);
        assert_eq!(remote.requests().len(), 5);
        // Until an administrator wants it tried once more.
        remote.answer("/out", 200, "text/plain", "");
        let carol = server.browser();
        carol.sign_in("carol");
        let page = carol.open("/admin/logout-deliveries");
        for text in ["The shop", "Alice Example", "Given up", "it answered with status 400"] {
            assert!(page.text().contains(text), "{text}: {}", page.text());
        }
        let page = carol.submit(&page.form_to("/retry"));
        assert!(page.text().contains("On its way") || page.text().contains("Tried again soon"));
        tell(&server);
        let page = carol.open("/admin/logout-deliveries?q=shop&status=delivered");
        assert!(page.text().contains("Delivered") && !page.answer.body.contains("/retry"));
        assert_eq!(server.audit("logout_delivery_retried").len(), 1);
        assert_eq!(deliveries(&server)[0].0, "delivered");
    }

    fn a_message_that_found_no_place_is_sent_later_and_was_no_attempt(setup) {
        let remote = Remote::start();
        let server = setup.reaching(&remote).start();
        let shop = listening_shop(&server, &remote);
        remote.reply("/out", Reply::new(200, "text/plain", "").after(Duration::from_secs(3)));
        // One more than are sent to one host at a time.
        for _ in 0..5 {
            leave(&guest(&shop));
        }
        tell(&server);
        let delivered = |rows: &[(String, i64, String)]| {
            rows.iter().filter(|row| **row == ("delivered".into(), 1, String::new())).count()
        };
        let rows = deliveries(&server);
        assert_eq!(delivered(&rows), 4, "{rows:?}");
        assert!(rows.contains(&("waiting".into(), 0, String::new())), "{rows:?}");
        assert_eq!(remote.requests().len(), 4);
        server.advance(5);
        tell(&server);
        assert_eq!(delivered(&deliveries(&server)), 5);
    }

    fn of_two_nodes_one_tells(setup) {
        let remote = Remote::start();
        let setup = setup.reaching(&remote);
        let one = setup.clone().start();
        let two = setup.start_on(one.database());
        let shop = listening_shop(&one, &remote);
        remote.reply("/out", Reply::new(200, "text/plain", "").after(Duration::from_millis(300)));
        for _ in 0..4 {
            leave(&guest(&shop));
        }
        std::thread::scope(|scope| {
            scope.spawn(|| tell(&one));
            scope.spawn(|| tell(&two));
        });
        assert_eq!(remote.requests().len(), 4);
        assert!(deliveries(&one).iter().all(|(state, attempts, _)| state == "delivered" && *attempts == 1));
    }

    /// However a session ends: by its person from elsewhere, by an administrator, by a new password.
    fn every_end_of_a_session_is_told(setup) {
        let remote = Remote::start();
        let server = setup.reaching(&remote).start();
        let shop = listening_shop(&server, &remote);
        let carol = server.browser();
        carol.sign_in("carol");
        let mut told = 0;
        let mut expect_one_more = |what: &str| {
            told += 1;
            assert_eq!(deliveries(&server).len(), told, "{what}");
        };
        guest(&shop);
        let alice = server.browser();
        alice.sign_in("alice");
        alice.submit(&alice.open("/account/sessions").form_to("/account/sessions/end"));
        expect_one_more("by its person");
        guest(&shop);
        let ends = carol.open("/admin/sessions").forms();
        let ends = ends.into_iter().filter(|form| form.action.ends_with("/delete"));
        ends.for_each(|form| drop(carol.submit(&form)));
        expect_one_more("by an administrator");
        guest(&shop);
        server.write(|db| users::end_everything(db, "sub-of-alice", NOW));
        expect_one_more("with everything");
        let subs: Vec<_> = server.read(|db| logout_deliveries::list(db, &Search::default())).rows;
        assert!(subs.iter().all(|row| row.user.id == "sub-of-alice"));
    }
}
