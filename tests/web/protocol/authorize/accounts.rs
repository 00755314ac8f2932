//! Several people in one browser: a request that names one of them is answered for that one.

use cardea::store::sessions;
use serde_json::{Value, json};

use crate::support::*;

/// A browser in which Alice signed in to the shop, and Bob after her; with her ID token.
struct Shared {
    browser: Browser,
    hint: String,
}

impl Shared {
    fn of(shop: &RelyingParty) -> Self {
        let visit = shop.sign_in("alice");
        let hint = shop.redeem(&visit.code()).id_token();
        let page = visit.browser.sign_in_on(&visit.browser.open("/login"), "bob");
        assert!(page.text().contains("Bob Example"), "{}", page.text());
        Self { browser: visit.browser, hint }
    }

    /// Whoever goes on in it.
    fn current(&self) -> String {
        self.browser.open("/account").text()
    }
}

/// The request names her: by a hint, or by value.
fn naming_alice(hint: &str, sub: &Value) -> [(&'static str, String); 2] {
    [
        ("id_token_hint", hint.to_owned()),
        ("claims", json!({ "id_token": { "sub": { "value": sub } } }).to_string()),
    ]
}

/// What the answer tells the client about the person.
fn told(server: &Server, shop: &RelyingParty, visit: &Visit) -> serde_json::Map<String, Value> {
    claims_of(server, &shop.redeem(&visit.code()).id_token()).1
}

on_both! {
    fn who_is_named_goes_on_beside_the_current_person(setup) {
        let server = setup.start();
        for members in [json!({}), json!({ "subject_type": "pairwise" })] {
            let shop = server.relying_party_with(if members == json!({}) { "shop" } else { "pairs" }, members);
            let shared = Shared::of(&shop);
            let alice = claims_of(&server, &shared.hint).1;
            shop.visit(&shared.browser, &[]);
            for (name, value) in naming_alice(&shared.hint, &alice["sub"]) {
                for prompt in ["none", ""] {
                    let visit = shop.visit(&shared.browser, &[(name, &value), ("prompt", prompt)]);
                    let claims = told(&server, &shop, &visit);
                    assert_eq!((&claims["sub"], &claims["sid"]), (&alice["sub"], &alice["sid"]), "{name} {prompt}");
                }
                // Without a name it is still Bob.
                let bob = told(&server, &shop, &shop.visit(&shared.browser, &[("prompt", "none")]));
                assert_ne!(bob["sub"], alice["sub"]);
                assert!(shared.current().contains("Bob Example"), "{}", shared.current());
            }
        }
    }

    fn who_is_named_agrees_for_herself(setup) {
        let server = setup.start();
        let (shop, bank) = (server.relying_party("shop"), server.relying_party("bank"));
        let shared = Shared::of(&shop);
        let named = ("id_token_hint", &*shared.hint);
        let none = bank.visit(&shared.browser, &[named, ("prompt", "none")]);
        assert_eq!(none.response.error(), "consent_required");

        let page = shared.browser.open(&bank.request(&[named]));
        assert!(page.is_at("/consent") && page.text().contains("alice@example.org"), "{}", page.text());
        assert!(!page.text().contains("bob@example.org"));
        let visit = bank.finish(&shared.browser, &page);
        assert_eq!(told(&server, &bank, &visit)["sub"], "sub-of-alice");
        let [given] = server.audit("consent_given").into_iter().filter(|event| event.client_id.as_deref() == Some("bank")).collect::<Vec<_>>().try_into().unwrap();
        assert_eq!(given.user_id.as_deref(), Some("sub-of-alice"));
        // She agreed, and Bob did not.
        let none = bank.visit(&shared.browser, &[named, ("prompt", "none")]);
        assert_eq!(told(&server, &bank, &none)["sub"], "sub-of-alice");
        let none = bank.visit(&shared.browser, &[("prompt", "none")]);
        assert_eq!(none.response.error(), "consent_required");
    }

    fn an_old_session_of_who_is_named_does_not_count(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let visit = shop.sign_in("alice");
        let hint = shop.redeem(&visit.code()).id_token();
        server.advance(100);
        let browser = visit.browser;
        browser.sign_in_on(&browser.open("/login"), "bob");
        let named = ("id_token_hint", &*hint);
        for (max_age, is_fresh) in [("200", true), ("50", false)] {
            let asked = [named, ("max_age", max_age), ("prompt", "none")];
            let silent = shop.visit(&browser, &asked).response;
            if is_fresh {
                let code = silent.code();
                assert_eq!(claims_of(&server, &shop.redeem(&code).id_token()).1["auth_time"], NOW.0);
            } else {
                assert_eq!(silent.error(), "login_required");
            }
        }
        for more in [("max_age", "50"), ("prompt", "login")] {
            let page = browser.open(&shop.request(&[named, more]));
            assert!(page.is_at("/login"), "{more:?}");
            let refused = shop.response(&browser, &browser.sign_in_on(&page, "bob"));
            assert_eq!(refused.error(), "login_required");
        }
        server.advance(1);
        let page = browser.open(&shop.request(&[named, ("prompt", "login")]));
        let visit = shop.finish(&browser, &browser.sign_in_on(&page, "alice"));
        let claims = told(&server, &shop, &visit);
        assert_eq!((&claims["sub"], &claims["auth_time"]), (&json!("sub-of-alice"), &json!(NOW.0 + 101)));
    }

    fn nobody_answers_for_who_is_not_signed_in_here(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let shared = Shared::of(&shop);
        shop.visit(&shared.browser, &[]);
        let sid = claims_of(&server, &shared.hint).1["sid"].as_str().unwrap().to_owned();
        // Signed in elsewhere, she is not here.
        let elsewhere = shop.sign_in("alice");
        server.write(move |db| sessions::end(db, std::slice::from_ref(&sid), NOW).map(drop));
        for (name, value) in naming_alice(&shared.hint, &json!("sub-of-alice")) {
            let none = shop.visit(&shared.browser, &[(name, &value), ("prompt", "none")]);
            assert_eq!(none.response.error(), "login_required");
            assert!(shared.browser.open(&shop.request(&[(name, &value)])).is_at("/login"));
            let there = shop.visit(&elsewhere.browser, &[(name, &value), ("prompt", "none")]);
            assert_eq!(told(&server, &shop, &there)["sub"], "sub-of-alice");
        }
        let bob = shop.visit(&shared.browser, &[("prompt", "none")]);
        assert_eq!(told(&server, &shop, &bob)["sub"], "sub-of-bob");
    }

    fn who_is_named_goes_on_after_the_current_session_has_ended(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let shared = Shared::of(&shop);
        let bob = told(&server, &shop, &shop.visit(&shared.browser, &[]))["sid"].as_str().unwrap().to_owned();
        server.write(move |db| sessions::end(db, std::slice::from_ref(&bob), NOW).map(drop));
        assert_eq!(shop.visit(&shared.browser, &[("prompt", "none")]).response.error(), "login_required");
        let named = shop.visit(&shared.browser, &[("id_token_hint", &shared.hint), ("prompt", "none")]);
        assert_eq!(told(&server, &shop, &named)["sub"], "sub-of-alice");
    }

    /// What the person says counts, and then it is somebody else than was asked for.
    fn who_was_chosen_is_not_passed_over(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let shared = Shared::of(&shop);
        shop.visit(&shared.browser, &[]);
        let asked = [("id_token_hint", &*shared.hint), ("prompt", "select_account")];
        let choose = |account: &str| {
            let page = shared.browser.open(&shop.request(&asked));
            assert!(page.is_at("/login/account"), "{}", page.path);
            shared.browser.press(&page, account, &[])
        };
        // Whoever went on last stands first.
        let page = choose("account-1");
        assert!(page.is_at("/login"), "Bob was chosen, who is not meant: {}", page.path);
        let page = choose("account-2");
        let claims = told(&server, &shop, &shop.finish(&shared.browser, &page));
        assert_eq!(claims["sub"], "sub-of-alice");
    }
}
