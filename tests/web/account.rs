//! `/account`: what people see and change of their own.

use crate::support::*;

const OFFLINE: &[(&str, &str)] = &[("scope", "openid email offline_access")];

on_both! {
    fn the_profile_is_saved_and_reaches_the_apps(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let visit = shop.sign_in_with("alice", &[("scope", "openid profile phone")]);
        let token = shop.redeem(&visit.code()).access_token();
        server.advance(5);
        let form = visit.browser.open("/account").form_to("/account");
        let page = visit.browser.submit(
            &form
                .with("given_name", " Alicia ")
                .with("phone_number", "+49 30 7")
                .with("zoneinfo", "Europe/Berlin"),
        );
        assert!(page.is_at("/account") && page.text().contains("Your changes are saved."), "{}", page.text());
        let claims = shop.userinfo(&token).json();
        assert_eq!(claims["given_name"], "Alicia");
        assert_eq!(claims["family_name"], "Example");
        assert_eq!(claims["phone_number"], "+49 30 7");
        assert_eq!(claims["phone_number_verified"], false);
        assert_eq!(claims["zoneinfo"], "Europe/Berlin");
        assert_eq!(claims["updated_at"], NOW.0 + 5);
        assert!(!visit.browser.open("/account").text().contains("Your changes are saved."), "told once");
    }

    fn a_bad_profile_is_shown_again_and_not_saved(setup) {
        let server = setup.start();
        let browser = server.browser();
        browser.sign_in("alice");
        let long = "x".repeat(1001);
        let form = browser.open("/account").form_to("/account").with("given_name", &long);
        let page = browser.submit(&form);
        assert_eq!(page.status(), 422);
        assert_eq!(page.form_to("/account").field("given_name"), Some(&*long));
        assert_eq!(server.user("sub-of-alice").profile.given_name.as_deref(), Some("Alice"));
    }

    fn nobody_makes_themselves_an_administrator_or_another_person(setup) {
        let server = setup.start();
        let browser = server.browser();
        browser.sign_in("alice");
        let mut form = browser.open("/account").form_to("/account");
        for (name, value) in [
            ("is_admin", "on"),
            ("username", "root"),
            ("email", "root@example.org"),
            ("id", "sub-of-bob"),
            ("email_verified", "true"),
        ] {
            form = form.with(name, value);
        }
        assert_eq!(browser.submit(&form).status(), 200);
        let (alice, bob) = (server.user("sub-of-alice"), server.user("sub-of-bob"));
        assert!(!alice.is_admin);
        assert_eq!(
            (alice.username.as_str(), alice.profile.email.as_deref()),
            ("alice", Some("alice@example.org"))
        );
        assert_eq!(bob.profile.given_name.as_deref(), Some("Bob"));
    }

    fn removing_an_app_ends_its_tokens_at_once(setup) {
        let server = setup.start();
        let (shop, other) = (server.relying_party("shop"), server.relying_party("other"));
        let visit = shop.sign_in_with("alice", OFFLINE);
        let tokens = shop.redeem(&visit.code());
        let kept = other.redeem(&other.visit(&visit.browser, OFFLINE).code());
        let bobs = shop.redeem(&shop.sign_in_with("bob", OFFLINE).code());
        let pending = shop.visit(&visit.browser, OFFLINE).code();

        let page = visit.browser.open("/account/apps");
        assert!(page.text().contains("The shop") && page.text().contains("The other"));
        let page = visit.browser.submit(&page.form_to("/account/apps/shop/removal"));
        assert!(page.text().contains("no longer has access"), "{}", page.text());
        assert!(!shop.is_live(&tokens.access_token()));
        assert_eq!(shop.refresh(&tokens.refresh_token()).error(), "invalid_grant");
        assert_eq!(shop.redeem(&pending).error(), "invalid_grant");
        assert!(other.is_live(&kept.access_token()) && shop.is_live(&bobs.access_token()));
        let none = shop.visit(&visit.browser, &[("prompt", "none")]);
        assert_eq!(none.response.error(), "consent_required");
    }

    fn a_device_is_signed_out_from_another(setup) {
        let server = setup.start();
        let (desk, phone, bob) = (server.browser(), server.browser(), server.browser());
        desk.sign_in("alice");
        phone.sign_in("alice");
        bob.sign_in("bob");
        let page = desk.open("/account/sessions");
        assert!(page.text().contains("This device"));
        let ends: Vec<_> = page
            .forms()
            .into_iter()
            .filter(|form| form.action.ends_with("/end") && !form.action.ends_with("sessions/end"))
            .collect();
        assert_eq!(ends.len(), 1);
        // Bob cannot end it, though he knows its address.
        let token = bob.open("/account").form_to("/account");
        let foreign = Form { action: ends[0].action.clone(), ..token };
        bob.submit(&foreign);
        assert!(phone.open("/account").is_at("/account"));

        let page = desk.submit(&ends[0]);
        assert!(page.text().contains("That device is signed out."));
        assert!(phone.open("/account").is_at("/login"));
        assert!(desk.open("/account").is_at("/account"));
    }

    fn all_other_devices_are_signed_out_together(setup) {
        let server = setup.start();
        let browsers: Vec<_> = (0..3).map(|_| server.browser()).collect();
        for browser in &browsers {
            browser.sign_in("alice");
        }
        let bob = server.browser();
        bob.sign_in("bob");
        let page = browsers[0].open("/account/sessions");
        browsers[0].submit(&page.form_to("/account/sessions/end"));
        assert!(browsers[0].open("/account").is_at("/account"));
        assert!(browsers[1].open("/account").is_at("/login") && browsers[2].open("/account").is_at("/login"));
        assert!(bob.open("/account").is_at("/account"));
    }

    fn a_new_password_ends_other_sessions_and_all_tokens(setup) {
        const NEW: &str = "a quite different passphrase";
        let server = setup.start();
        let shop = server.relying_party("shop");
        let visit = shop.sign_in_with("alice", OFFLINE);
        let tokens = shop.redeem(&visit.code());
        let other = server.browser();
        other.sign_in("alice");

        let form = visit.browser.open("/account/password").form_to("/account/password");
        let page = visit.browser.submit(&form.with("current", PASSWORD).with("new", NEW));
        assert!(page.text().contains("Your password is changed."), "{}", page.text());
        assert!(visit.browser.open("/account").is_at("/account"));
        assert!(other.open("/account").is_at("/login"));
        assert!(!shop.is_live(&tokens.access_token()));
        assert_eq!(shop.refresh(&tokens.refresh_token()).error(), "invalid_grant");

        let old = other.sign_in_on(&other.open("/login"), "alice");
        assert_eq!(old.status(), 422);
        let page = other.open("/login");
        assert!(other.press(&page, "sign-in", &[("username", "alice"), ("password", NEW)]).is_at("/account"));
    }

    fn a_password_is_changed_only_by_whoever_knows_it_and_only_to_a_good_one(setup) {
        let server = setup.start();
        let (browser, other) = (server.browser(), server.browser());
        browser.sign_in("alice");
        other.sign_in("alice");
        for (current, new) in [
            ("wrong password 1", "a quite different passphrase"),
            (PASSWORD, "short"),
            (PASSWORD, ""),
            (PASSWORD, "alice@example.org"),
        ] {
            let form = browser.open("/account/password").form_to("/account/password");
            let page = browser.submit(&form.with("current", current).with("new", new));
            assert_eq!(page.status(), 422, "{current} {new}");
            let form = page.form_to("/account/password");
            assert_eq!((form.field("current"), form.field("new")), (Some(""), Some("")));
        }
        assert!(other.open("/account").is_at("/account"));
        server.browser().sign_in("alice");
    }

    fn a_page_left_open_is_no_way_to_guess_the_password(setup) {
        let server = setup.start();
        let browser = server.browser();
        browser.sign_in("alice");
        let change = |current: &str| {
            let form = browser.open("/account/password").form_to("/account/password");
            browser.submit(&form.with("current", current).with("new", "a quite different passphrase"))
        };
        for _ in 0..5 {
            assert_eq!(change("wrong password 1").status(), 422);
        }
        let page = change(PASSWORD);
        assert_eq!(page.status(), 422);
        assert!(page.text().contains("too many wrong passwords"), "{}", page.text());
        server.advance(60);
        assert!(change(PASSWORD).text().contains("Your password is changed."));
    }
}
