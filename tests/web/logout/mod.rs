//! `/logout`, and what it means to apps.

mod back_channel;
mod by_secret;
mod effects;
mod encrypted;
mod front_channel;
mod rp_initiated;
mod rules;
mod session_management;

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

const GOODBYE: &str = "https://shop.example/bye";

/// A client that may send people to [`GOODBYE`], with further metadata.
fn leaving_shop(server: &Server, members: &serde_json::Value) -> RelyingParty {
    let mut metadata = serde_json::json!({ "post_logout_redirect_uris": [GOODBYE] });
    metadata.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    server.relying_party_with("shop", metadata)
}

/// Somebody signed in at the shop, with an ID token that says so.
struct Guest {
    browser: Browser,
    tokens: Tokens,
    hint: String,
}

fn guest(shop: &RelyingParty) -> Guest {
    guest_with(shop, &[])
}

fn guest_with(shop: &RelyingParty, changed: &[(&str, &str)]) -> Guest {
    let visit = shop.sign_in_with("alice", changed);
    let tokens = shop.redeem(&visit.code());
    Guest { hint: tokens.id_token(), browser: visit.browser, tokens }
}

impl Guest {
    /// What comes of an app's request.
    fn leave(&self, parameters: &[(&str, &str)]) -> Page {
        self.browser.open(&format!("/logout?{}", encode(parameters)))
    }

    fn is_signed_in(&self) -> bool {
        self.browser.open("/account").is_at("/account")
    }
}

/// Asserts that the page says what is wrong and that nobody was signed out or led away.
#[track_caller]
fn assert_refused(guest: &Guest, page: &Page, word: &str) {
    assert_eq!((page.status(), &page.left_to), (400, &None), "{}", page.text());
    assert!(page.text().contains("cannot continue") && page.text().contains(word), "{}", page.text());
    assert!(!page.answer.body.contains("http-equiv"), "an error page leads nowhere");
    assert!(guest.is_signed_in());
}
