//! `/logout`.

use crate::support::*;

on_both! {
    fn signing_out_is_asked_first_and_ends_the_session(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = shop.sign_in("alice").browser;
        let (before, page) = (browser.cookies(), browser.open("/logout"));
        assert!(
            page.text().contains("alice@example.org") && page.text().contains("The shop"),
            "{}",
            page.text()
        );
        assert!(browser.open("/account").is_at("/account"), "asking ends nothing");

        let end = browser.press(&page, "sign-out", &[]);
        assert!(end.is_at("/logout/done"));
        assert!(end.text().contains("signed out"));
        assert!(browser.open("/account").is_at("/login"));
        let none = shop.visit(&browser, &[("prompt", "none")]);
        assert_eq!(none.response.error(), "login_required");

        let thief = server.browser();
        thief.set_cookies(&before);
        assert!(thief.open("/account").is_at("/login"), "the old cookie is dead");
    }

    fn staying_ends_nothing(setup) {
        let server = setup.start();
        let browser = server.browser();
        browser.sign_in("alice");
        let page = browser.press(&browser.open("/logout"), "stay", &[]);
        assert!(page.is_at("/account"));
    }

    fn everybody_in_this_browser_is_signed_out_and_nobody_elsewhere(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let (browser, other) = (server.browser(), server.browser());
        browser.sign_in("alice");
        browser.sign_in_on(&browser.open("/login"), "bob");
        other.sign_in("alice");
        browser.press(&browser.open("/logout"), "sign-out", &[]);
        let page = browser.open(&shop.request(&[("prompt", "select_account")]));
        assert!(page.is_at("/login"));
        assert!(other.open("/account").is_at("/account"));
    }

    fn who_is_not_signed_in_is_told_so(setup) {
        let browser = setup.start().browser();
        let page = browser.open("/logout");
        assert!(page.is_at("/logout/done"));
        assert!(page.text().contains("You are signed out"));
    }

    fn a_link_alone_signs_nobody_out(setup) {
        let server = setup.start();
        let browser = server.browser();
        browser.sign_in("alice");
        for path in ["/logout", "/logout?decision=sign-out", "/logout/done"] {
            browser.open(path);
        }
        assert!(browser.open("/account").is_at("/account"));
    }
}
