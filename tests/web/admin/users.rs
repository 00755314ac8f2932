//! `/admin/users`.

mod access;
mod edit;

use cardea::store::users;

use super::{assert_done, assert_refused, carols, noted, send};
use crate::support::*;

const ALICE: &str = "/admin/users/sub-of-alice";
const CAROL: &str = "/admin/users/sub-of-carol";

on_both! {
    fn a_new_person_can_sign_in(setup) {
        let server = setup.start();
        let carols = carols(&server);
        let typed = [("username", "dave"), ("name", "Dave D."), ("email", "dave@example.org"), ("password", PASSWORD), ("is_admin", "on")];
        let page = send(&carols, "/admin/users/new", ("/admin/users", &typed));
        assert!(page.path.starts_with("/admin/users/"), "{}", page.text());
        assert!(page.text().contains("Dave D. is added."));
        assert_eq!(noted(&server, "user_added"), [("Carol Example".into(), "Dave D.".into())]);

        let daves = server.browser();
        daves.sign_in("dave@EXAMPLE.org");
        assert_eq!(daves.open("/admin").status(), 200);
    }

    fn a_person_without_a_password_cannot_sign_in(setup) {
        let server = setup.start();
        let page = send(&carols(&server), "/admin/users/new", ("/admin/users", &[("username", "dave")]));
        assert!(page.text().contains("nobody can sign in as dave"), "{}", page.text());
        for password in ["", PASSWORD] {
            let browser = server.browser();
            let page = browser.press(&browser.open("/login"), "sign-in", &[("username", "dave"), ("password", password)]);
            assert_eq!(page.status(), 422);
        }
    }

    fn nobody_is_added_by_a_bad_form(setup) {
        let server = setup.start();
        let carols = carols(&server);
        for (field, value) in [
            ("username", ""),
            ("username", "two words"),
            ("username", "ALICE"),
            ("email", "dave"),
            ("email", "Alice@Example.org"),
            ("name", "bell\u{7}"),
            ("password", "short"),
            ("password", "dave@example.org"),
        ] {
            let mut typed = vec![("username", "dave"), ("name", "Dave"), ("email", "dave@example.org"), ("is_admin", "on")];
            typed.push((field, value));
            let page = send(&carols, "/admin/users/new", ("/admin/users", &typed));
            assert_refused(&page, field);
            let form = page.form_to("/admin/users");
            for (name, value) in typed.iter().rev().take(2) {
                let kept = if *name == "password" { "" } else { value };
                assert_eq!(form.field(name), Some(kept), "{field} {value}");
            }
        }
        assert_eq!(server.read(users::count), 3);
        assert!(noted(&server, "user_added").is_empty());
    }

    fn the_list_is_searched_narrowed_and_turned(setup) {
        let server = setup.start();
        server.write(|db| (0..60).try_for_each(|n| users::add(db, &person(&format!("p{n:02}"), &format!("p{n:02}@example.org"), false))));
        server.write(|db| users::set_disabled(db, "sub-of-bob", NOW, true).map(|_| ()));
        let carols = carols(&server);
        let shown = |path: &str| carols.open(path).text();
        assert!(shown("/admin/users").contains("63 people"));
        assert!(shown("/admin/users").contains("1–50") && !shown("/admin/users").contains("P59 Example"));
        assert!(shown("/admin/users?page=2").contains("P59 Example"));
        let found = shown("/admin/users?q=ALICE%40example");
        assert!(found.contains("Alice Example") && !found.contains("P00 Example"));
        for (status, person) in [("disabled", "Bob Example"), ("admin", "Carol Example")] {
            let found = shown(&format!("/admin/users?status={status}"));
            assert!(found.contains(person) && !found.contains("Alice Example"), "{found}");
        }
        assert!(shown("/admin/users?q=100%25").contains("Nobody fits"));
        assert!(!shown("/admin/users?status=active&q=example").contains("Bob Example"));
    }

    fn a_page_tells_what_there_is_about_a_person(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        shop.sign_in("alice");
        let page = carols(&server).open(ALICE);
        let text = page.text();
        for part in ["Alice Example", "alice@example.org", "Confirmed", "The shop", "email. 20 November 2026", "Signed in", "Changed 20 November 2026"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("is paused"));
    }

    fn a_person_who_is_gone_has_no_page(setup) {
        let server = setup.start();
        let carols = carols(&server);
        let csrf = carols.open("/admin/users/new").form_to("/admin/users").field("csrf").unwrap().to_owned();
        let gone = "/admin/users/nobody";
        for path in ["", "/edit", "/password", "/disable", "/sessions/delete"] {
            assert_eq!(carols.open(&format!("{gone}{path}")).status(), 404, "{path}");
        }
        let fields = [("csrf", &*csrf), ("username", "dave"), ("password", PASSWORD), ("decision", "disable")];
        for path in ["/edit", "/password", "/disable", "/sessions/delete", "/pause/delete", "/sessions/x/delete", "/consents/x/delete"] {
            let post = server.request("POST", &format!("{gone}{path}")).form(&fields);
            assert_eq!(carols.send(post).status, 404, "{path}");
        }
        for event in ["user_changed", "password_set", "user_disabled", "user_signed_out", "pause_ended"] {
            assert!(noted(&server, event).is_empty(), "{event}");
        }
    }
}
