//! `/admin/users/{id}/edit`.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use cardea::store::users;
use serde_json::json;

use super::{ALICE, CAROL, assert_done, assert_refused, carols, noted, send};
use crate::support::*;

fn edit(browser: &Browser, user: &str, typed: &[(&str, &str)]) -> Page {
    send(browser, &format!("{user}/edit"), ("/edit", typed))
}

/// The form of Alice without a field, as a browser sends a box that is not ticked.
fn unticked(browser: &Browser, user: &str, name: &str) -> Form {
    let mut form = browser.open(&format!("{user}/edit")).form_to("/edit");
    form.fields.retain(|(own, _)| own != name);
    form
}

on_both! {
    // Seed: T13
    fn a_subject_that_is_brought_along_is_the_sub_of_apps(setup) {
        let server = setup.with("subjects.source", "stored").start();
        let (carols, shop) = (carols(&server), server.relying_party("shop"));
        assert_refused(&edit(&carols, ALICE, &[("subject", "two words")]), "subject");
        // Nobody becomes somebody else: neither who brought one along nor who is known by the account's ID.
        assert_refused(&edit(&carols, ALICE, &[("subject", "sub-of-carol")]), "subject");
        assert_eq!(server.user("sub-of-alice").subject, None);
        assert_done(&edit(&carols, ALICE, &[("subject", "old-sub-7")]), ALICE);
        assert_refused(&edit(&carols, CAROL, &[("subject", "old-sub-7")]), "subject");
        let tokens = shop.redeem(&shop.sign_in("alice").code());
        assert_eq!(shop.userinfo(&tokens.access_token()).json()["sub"], "old-sub-7");
        assert_done(&edit(&carols, ALICE, &[("subject", "")]), ALICE);
        assert_eq!(server.user("sub-of-alice").subject, None);
    }

    // Seed: C12
    fn groups_and_roles_reach_apps_through_a_scope_of_the_operators(setup) {
        let server = setup.start();
        let (carols, shop) = (carols(&server), server.relying_party("shop"));
        assert_done(&edit(&carols, ALICE, &[("claims", r#"{"groups": ["pilots"], "roles": ["editor"]}"#)]), ALICE);
        let typed = [("name", "groups"), ("title", "Know your groups"), ("claims", "groups roles")];
        assert_done(&send(&carols, "/admin/scopes/new", ("/admin/scopes", &typed)), "/admin/scopes");
        let visit = shop.sign_in_with("alice", &[("scope", "openid groups")]);
        let claims = shop.userinfo(&shop.redeem(&visit.code()).access_token()).json();
        assert_eq!(claims["groups"], json!(["pilots"]));
        assert_eq!(claims["roles"], json!(["editor"]));
    }

    fn every_claim_that_is_typed_reaches_the_apps(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let typed = [
            ("name", "Alice B. Example"), ("given_name", "Alice"), ("family_name", "Example"), ("middle_name", "B."),
            ("nickname", "al"), ("preferred_username", "alice.b"), ("profile", "https://alice.example/"),
            ("picture", "https://alice.example/me.png"), ("website", "https://blog.example/"), ("gender", "female"),
            ("birthdate", "1990-01-31"), ("zoneinfo", "Europe/Berlin"), ("locale", "en-GB"), ("email", "al@example.org"),
            ("phone_number", "+49 30 1234567"), ("phone_number_verified", "on"), ("street_address", "1 Street\r\nBerth 4"),
            ("locality", "Berlin"), ("region", "BE"), ("postal_code", "10115"), ("country", "DE"), ("formatted", " "),
        ];
        assert_done(&edit(&carols(&server), ALICE, &typed), ALICE);
        let scope = "openid profile email phone address";
        let tokens = shop.redeem(&shop.sign_in_with("alice", &[("scope", scope)]).code());
        let claims = shop.userinfo(&tokens.access_token()).json();
        for (name, value) in typed {
            match name {
                "street_address" => assert_eq!(claims["address"][name], "1 Street\nBerth 4"),
                "locality" | "region" | "postal_code" | "country" => assert_eq!(claims["address"][name], value),
                "formatted" => assert!(claims["address"].get(name).is_none()),
                "phone_number_verified" => assert_eq!(claims[name], true),
                _ => assert_eq!(claims[name], value),
            }
        }
        assert_eq!(claims["email_verified"], true);
        assert_eq!(claims["updated_at"], server.now().0);
    }

    fn the_log_names_what_changed_and_not_to_what(setup) {
        let server = setup.start();
        edit(&carols(&server), ALICE, &[("email", "al@example.org"), ("locale", "de"), ("family_name", "")]);
        let detail = "Alice Example: family_name, locale, email";
        assert_eq!(noted(&server, "user_changed"), [("Carol Example".into(), detail.into())]);
    }

    fn nothing_is_saved_of_a_bad_form(setup) {
        let server = setup.start();
        let carols = carols(&server);
        let before = server.user("sub-of-alice").profile;
        for (field, value) in [
            ("username", "two words"),
            ("username", "BOB"),
            ("email", "alice"),
            ("email", "BOB@example.org"),
            ("website", "javascript:alert(1)"),
            ("birthdate", "1990-02-30"),
            ("zoneinfo", "New York"),
            ("claims", "pilot"),
            ("claims", "[1]"),
            ("claims", r#"{"sub": "root"}"#),
            ("claims", r#"{"email": "root@example.org"}"#),
        ] {
            let page = edit(&carols, ALICE, &[("nickname", "al"), (field, value)]);
            assert_refused(&page, field);
            let form = page.form_to("/edit");
            assert_eq!((form.field("nickname"), form.field(field)), (Some("al"), Some(value)));
            let alice = server.user("sub-of-alice");
            assert_eq!((alice.username.as_str(), &alice.profile), ("alice", &before));
        }
        assert!(noted(&server, "user_changed").is_empty());
    }

    fn further_attributes_are_kept_as_json_and_shown_again(setup) {
        let server = setup.start();
        let carols = carols(&server);
        assert_done(&edit(&carols, ALICE, &[("claims", r#"{"harbour_role": "pilot", "berths": [4, 12]}"#)]), ALICE);
        let extra = server.user("sub-of-alice").profile.extra;
        assert_eq!(json!(extra), json!({"harbour_role": "pilot", "berths": [4, 12]}));
        let shown = carols.open(&format!("{ALICE}/edit")).form_to("/edit").field("claims").unwrap().to_owned();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), json!(extra));
        assert_done(&edit(&carols, ALICE, &[("claims", "")]), ALICE);
        assert!(server.user("sub-of-alice").profile.extra.is_empty());
    }

    fn an_address_is_confirmed_as_the_administrator_ticks(setup) {
        let server = setup.start();
        let carols = carols(&server);
        edit(&carols, ALICE, &[("email", "al@example.org")]);
        assert!(server.user("sub-of-alice").profile.email_verified);
        carols.submit(&unticked(&carols, ALICE, "email_verified").with("email", "alice@example.org"));
        assert!(!server.user("sub-of-alice").profile.email_verified);
        // What is not there cannot be confirmed.
        edit(&carols, ALICE, &[("email", ""), ("email_verified", "on"), ("phone_number_verified", "on")]);
        let profile = server.user("sub-of-alice").profile;
        assert!(!profile.email_verified && !profile.phone_number_verified && profile.email.is_none());
    }

    fn a_new_user_name_is_the_one_to_sign_in_with(setup) {
        let server = setup.start();
        assert_done(&edit(&carols(&server), ALICE, &[("username", "liddell")]), ALICE);
        server.browser().sign_in("LIDDELL");
        let browser = server.browser();
        assert_eq!(browser.sign_in_on(&browser.open("/login"), "alice").status(), 422);
    }

    fn the_last_administrator_stays_one(setup) {
        let server = setup.start();
        let carols = carols(&server);
        let without = || unticked(&carols, CAROL, "is_admin");
        assert_refused(&carols.submit(&without()), "is_admin");
        assert!(server.user("sub-of-carol").is_admin);
        assert!(noted(&server, "user_changed").is_empty());

        // One who is disabled is none.
        server.change_user("sub-of-bob", |bob| (bob.is_admin, bob.disabled_at) = (true, Some(NOW)));
        assert_refused(&carols.submit(&without()), "is_admin");

        assert_done(&edit(&carols, ALICE, &[("is_admin", "on")]), ALICE);
        let page = carols.submit(&without());
        assert!(page.is_at("/account"), "{}", page.path);
        assert_eq!(carols.open("/admin").status(), 403);
        assert!(server.user("sub-of-alice").is_admin && !server.user("sub-of-carol").is_admin);
    }

    fn of_two_administrators_who_go_at_once_one_stays(setup) {
        let server = setup.start();
        server.change_user("sub-of-alice", |alice| alice.is_admin = true);
        let carols = carols(&server);
        let form = unticked(&carols, CAROL, "is_admin");
        let (tell, told) = mpsc::channel();
        let first = {
            let server = server.clone();
            thread::spawn(move || server.write(move |db| {
                users::hold_admins(db)?;
                tell.send(()).unwrap();
                // Long enough for the form to arrive before this is committed.
                thread::sleep(Duration::from_millis(500));
                let mut alice = users::find(db, "sub-of-alice")?.unwrap();
                alice.is_admin = false;
                users::save(db, &alice).map(|_| ())
            }))
        };
        told.recv().unwrap();
        assert_refused(&carols.submit(&form), "is_admin");
        first.join().unwrap();
        assert!(server.user("sub-of-carol").is_admin && !server.user("sub-of-alice").is_admin);
    }
}
