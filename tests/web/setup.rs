//! `/setup`.

use std::sync::Arc;

use cardea::oidc::secret;
use cardea::store::{settings, users};

use crate::support::*;

const TOKEN: &str = "the-token-that-was-printed";

const TYPED: [(&str, &str); 5] = [
    ("org", "Tidemark"),
    ("username", "grace"),
    ("admin_email", "grace@tidemark.example"),
    ("admin_password", "a fine first passphrase"),
    ("alg", "RS256"),
];

/// A server that nobody administers yet, as it is after its first start.
fn unclaimed(setup: Setup) -> Server {
    let server = setup.start();
    server.change_user("sub-of-carol", |user| user.is_admin = false);
    server.write(|db| settings::save_setup_token(db, &secret::hash(TOKEN)));
    server
}

fn admins(server: &Server) -> bool {
    server.read(users::is_any_admin)
}

on_both! {
    fn the_printed_link_makes_one_administrator_and_lands_in_the_console(setup) {
        let server = unclaimed(setup);
        let browser = server.browser();
        let page = browser.open(&format!("/setup?token={TOKEN}"));
        assert_eq!(page.status(), 200);
        let console = browser.press(&page, "finish", &TYPED);
        assert!(console.is_at("/admin"), "{}", console.text());
        assert!(console.text().contains("Tidemark") && console.text().contains("No clients yet"));

        assert_eq!(browser.open(&format!("/setup?token={TOKEN}")).status(), 400, "the link is used up");
        let again = browser.press(&page, "finish", &[("username", "mallory"), ("admin_email", "m@x.example")]);
        assert_eq!(again.status(), 400);
        assert!(server.read(|db| users::find_by_login(db, "mallory")).is_none());
    }

    fn another_token_and_none_make_nobody(setup) {
        let server = unclaimed(setup);
        for token in ["", "x", "the-token-that-was-printed-", "THE-TOKEN-THAT-WAS-PRINTED"] {
            let page = server.browser().open(&format!("/setup?token={token}"));
            assert_eq!(page.status(), 400, "{token}");
        }
        assert!(!admins(&server));
    }

    fn once_there_is_an_administrator_the_link_is_dead(setup) {
        let server = unclaimed(setup);
        server.change_user("sub-of-bob", |user| user.is_admin = true);
        assert_eq!(server.browser().open(&format!("/setup?token={TOKEN}")).status(), 400);
    }

    fn a_form_with_faults_is_shown_again_and_uses_nothing_up(setup) {
        let server = unclaimed(setup);
        let browser = server.browser();
        let page = browser.open(&format!("/setup?token={TOKEN}"));
        for (field, value) in
            [("org", ""), ("username", "a b"), ("admin_email", "nobody"), ("admin_password", "short")]
        {
            let mut typed = TYPED;
            typed.iter_mut().filter(|(name, _)| *name == field).for_each(|one| one.1 = value);
            let again = browser.press(&page, "finish", &typed);
            assert_eq!(again.status(), 422, "{field}");
            assert!(!admins(&server), "{field}");
        }
        assert!(browser.press(&page, "finish", &TYPED).is_at("/admin"));
    }

    fn of_many_who_hold_the_link_one_finishes(setup) {
        let server = Arc::new(unclaimed(setup));
        let tries: Vec<_> = (0..8)
            .map(|n| {
                let server = server.clone();
                std::thread::spawn(move || {
                    let browser = server.browser();
                    let page = browser.open(&format!("/setup?token={TOKEN}"));
                    let (name, email) = (format!("admin{n}"), format!("admin{n}@tidemark.example"));
                    let mut typed = TYPED;
                    (typed[1].1, typed[2].1) = (&name, &email);
                    page.status() == 200 && browser.press(&page, "finish", &typed).is_at("/admin")
                })
            })
            .collect();
        let finished = tries.into_iter().map(|one| one.join().unwrap()).filter(|is_in| *is_in);
        assert_eq!(finished.count(), 1);
        let made = (0..8).filter(|n| {
            let name = format!("admin{n}");
            server.read(move |db| users::find_by_login(db, &name)).is_some()
        });
        assert_eq!(made.count(), 1);
    }
}
