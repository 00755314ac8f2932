//! Password, account, sessions, consents and pause of a person.

use super::{ALICE, CAROL, assert_done, assert_refused, carols, noted, send};
use crate::support::*;

const NEW_PASSWORD: &str = "quite another battery horse";

/// Alice, signed in to a client that may refresh.
struct Visitor {
    shop: RelyingParty,
    browser: Browser,
    tokens: Tokens,
}

impl Visitor {
    fn to(server: &Server) -> Self {
        let shop = server.relying_party("shop");
        let visit =
            shop.sign_in_with("alice", &[("scope", "openid email offline_access"), ("prompt", "consent")]);
        let tokens = shop.redeem(&visit.code());
        let visitor = Self { shop, browser: visit.browser, tokens };
        visitor.assert_in();
        visitor
    }

    fn is_signed_in(&self) -> bool {
        self.browser.open("/account").is_at("/account")
    }

    #[track_caller]
    fn assert_in(&self) {
        assert!(self.shop.is_live(&self.tokens.access_token()) && self.is_signed_in());
    }

    #[track_caller]
    fn assert_out(&self) {
        assert!(!self.shop.is_live(&self.tokens.access_token()));
        assert_eq!(self.shop.refresh(&self.tokens.refresh_token()).error(), "invalid_grant");
        assert!(!self.is_signed_in());
    }
}

fn try_password(server: &Server, username: &str, password: &str) -> u16 {
    let browser = server.browser();
    browser
        .press(&browser.open("/login"), "sign-in", &[("username", username), ("password", password)])
        .status()
}

on_both! {
    fn a_password_that_is_set_ends_every_session_and_token(setup) {
        let server = setup.start();
        let visitor = Visitor::to(&server);
        let carols = carols(&server);
        let path = format!("{ALICE}/password");
        let page = send(&carols, &path, ("/password", &[("password", NEW_PASSWORD)]));
        assert_done(&page, ALICE);
        assert!(page.text().contains("Every session and token has ended"));
        visitor.assert_out();
        assert_eq!(try_password(&server, "alice", PASSWORD), 422);
        assert_eq!(try_password(&server, "alice", NEW_PASSWORD), 200);
        assert_eq!(noted(&server, "password_set"), [("Carol Example".into(), "Alice Example".into())]);
        // Nobody else was touched.
        assert_eq!(carols.open("/admin").status(), 200);
    }

    fn a_bad_password_is_not_set(setup) {
        let server = setup.start();
        let visitor = Visitor::to(&server);
        let carols = carols(&server);
        for password in ["", "short", "alice@example.org", "passwordpassword"] {
            let page = send(&carols, &format!("{ALICE}/password"), ("/password", &[("password", password)]));
            assert_refused(&page, "password");
            assert!(password.is_empty() || page.form_to("/password").field("password") == Some(""));
        }
        visitor.assert_in();
        assert_eq!(try_password(&server, "alice", PASSWORD), 200);
        assert!(noted(&server, "password_set").is_empty());
    }

    fn whoever_is_disabled_is_out_at_once(setup) {
        let server = setup.start();
        let visitor = Visitor::to(&server);
        let carols = carols(&server);
        let path = format!("{ALICE}/disable");
        let page = send(&carols, &path, ("/disable", &[("decision", "disable")]));
        assert_done(&page, ALICE);
        assert!(page.text().contains("Disabled"));
        visitor.assert_out();
        assert_eq!(try_password(&server, "alice", PASSWORD), 422);
        assert_eq!(noted(&server, "user_disabled").len(), 1);

        assert_done(&send(&carols, &path, ("/disable", &[("decision", "enable")])), ALICE);
        // What ended does not come back to life.
        visitor.assert_out();
        assert_eq!(try_password(&server, "alice", PASSWORD), 200);
        assert_eq!(noted(&server, "user_enabled").len(), 1);
    }

    fn the_last_administrator_is_not_disabled(setup) {
        let server = setup.start();
        let carols = carols(&server);
        let path = format!("{CAROL}/disable");
        assert_refused(&send(&carols, &path, ("/disable", &[("decision", "disable")])), "decision");
        assert!(!server.user("sub-of-carol").is_disabled());
        assert_eq!(carols.open("/admin").status(), 200);

        server.change_user("sub-of-alice", |alice| alice.is_admin = true);
        let page = send(&carols, &path, ("/disable", &[("decision", "disable")]));
        assert!(page.is_at("/login"), "{}", page.path);
        assert!(server.user("sub-of-carol").is_disabled());
    }

    fn an_unknown_decision_changes_nothing(setup) {
        let server = setup.start();
        let page = send(&carols(&server), &format!("{ALICE}/disable"), ("/disable", &[("decision", "perhaps")]));
        assert_eq!(page.status(), 400);
        assert!(!server.user("sub-of-alice").is_disabled());
    }

    fn a_person_is_signed_out_everywhere(setup) {
        let server = setup.start();
        let visitor = Visitor::to(&server);
        let carols = carols(&server);
        let path = format!("{ALICE}/sessions/delete");
        let asked = carols.open(&path).text();
        assert!(asked.contains("1 session ends") && asked.contains("in 1 app"), "{asked}");
        assert_done(&send(&carols, &path, ("/sessions/delete", &[])), ALICE);
        visitor.assert_out();
        assert_eq!(try_password(&server, "alice", PASSWORD), 200);
        assert_eq!(noted(&server, "user_signed_out").len(), 1);
    }

    fn one_session_ends_and_the_others_go_on(setup) {
        let server = setup.start();
        let first = server.browser();
        first.sign_in("alice");
        server.advance(60);
        let second = server.browser();
        second.sign_in("alice");
        let carols = carols(&server);
        // The last used stands first.
        let forms = carols.open(ALICE).forms();
        let ends: Vec<_> = forms.into_iter().filter(|form| form.action.contains("/sessions/")).collect();
        assert_eq!(ends.len(), 2);
        assert_done(&carols.submit(&ends[0]), ALICE);
        assert!(second.open("/account").is_at("/login") && first.open("/account").is_at("/account"));
        assert_eq!(noted(&server, "session_ended"), [("Carol Example".into(), "Of Alice Example".into())]);
    }

    fn a_session_ends_only_at_its_own_person(setup) {
        let server = setup.start();
        let (alices, bobs) = (server.browser(), server.browser());
        alices.sign_in("alice");
        bobs.sign_in("bob");
        let carols = carols(&server);
        let forms = carols.open(ALICE).forms();
        let form = forms.iter().find(|form| form.action.contains("/sessions/")).unwrap();
        for stranger in ["sub-of-bob", "sub-of-nobody"] {
            let wrong = Form { action: form.action.replace("sub-of-alice", stranger), ..form.clone() };
            assert_eq!(carols.submit(&wrong).status(), 404, "{stranger}");
            assert!(alices.open("/account").is_at("/account") && bobs.open("/account").is_at("/account"));
        }
        assert!(noted(&server, "session_ended").is_empty());
        assert_done(&carols.submit(form), ALICE);
        assert!(alices.open("/account").is_at("/login") && bobs.open("/account").is_at("/account"));
    }

    fn a_consent_that_is_revoked_takes_its_tokens_along(setup) {
        let server = setup.start();
        let visitor = Visitor::to(&server);
        let carols = carols(&server);
        assert_done(&send(&carols, ALICE, ("/consents/shop/delete", &[])), ALICE);
        assert!(!visitor.shop.is_live(&visitor.tokens.access_token()));
        assert_eq!(visitor.shop.refresh(&visitor.tokens.refresh_token()).error(), "invalid_grant");
        assert!(visitor.is_signed_in());
        assert!(carols.open(ALICE).text().contains("No app may use this account"));
        let asked = visitor.browser.open(&visitor.shop.request(&[]));
        assert!(asked.is_at("/consent"), "{}", asked.path);
    }

    fn a_pause_is_ended_for_the_name_and_for_the_address(setup) {
        let server = setup.start();
        for login in ["alice", "alice@example.org"] {
            for _ in 0..5 {
                try_password(&server, login, "a wrong one");
            }
            assert_eq!(try_password(&server, login, PASSWORD), 429);
        }
        let carols = carols(&server);
        let page = carols.open(ALICE);
        assert!(page.text().contains("Sign-in is paused until"), "{}", page.text());
        let page = carols.submit(&page.form_to("/pause/delete"));
        assert_done(&page, ALICE);
        assert!(!page.text().contains("is paused until"));
        for login in ["alice", "alice@example.org"] {
            assert_eq!(try_password(&server, login, PASSWORD), 200);
        }
        assert_eq!(noted(&server, "pause_ended"), [("Carol Example".into(), "Alice Example".into())]);
    }
}
