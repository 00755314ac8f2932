//! `/login`: who gets in, and what guessing is worth.

use cardea::store::{Page as Rows, Search, audit, users};

use crate::support::*;

const WRONG: &str = "wrong horse battery staple";

fn try_with(browser: &Browser, username: &str, password: &str) -> Page {
    browser.press(&browser.open("/login"), "sign-in", &[("username", username), ("password", password)])
}

fn is_signed_in(browser: &Browser) -> bool {
    browser.open("/account").is_at("/account")
}

/// A page without what differs from browser to browser.
fn without_tokens(page: &Page) -> String {
    let csrf =
        page.forms().first().and_then(|form| form.field("csrf").map(str::to_owned)).unwrap_or_default();
    let body = page.answer.body.replace(&csrf, "");
    let start = body.find("this reference: <code>").unwrap_or(body.len());
    let end = body[start..].find("</code>").map_or(body.len(), |end| start + end);
    format!("{}{}", &body[..start], &body[end..])
}

on_both! {
    // Conformance: H-2, H-10
    fn one_form_lets_in_and_nothing_stands_between(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = server.browser();
        let page = browser.open(&shop.request(&[]));
        assert!(page.is_at("/login") && page.text().contains("Sign in to The shop"));
        let [form] = &page.forms()[..] else { panic!("{}", page.answer.body) };
        assert_eq!(form.method, "post");
        assert_eq!(form.buttons.iter().map(|(id, ..)| id.as_str()).collect::<Vec<_>>(), ["sign-in"]);
        for name in ["username", "password"] {
            let tags = tags(&page.answer.body);
            let input = tags.iter().find(|tag| tag.attribute("id") == Some(name)).unwrap();
            assert_eq!((input.name.as_str(), input.attribute("name")), ("input", Some(name)));
            assert!(input.attribute("hidden").is_none() && input.attribute("type") != Some("hidden"));
        }
        let page = browser.sign_in_on(&page, "alice");
        assert!(page.is_at("/consent"));
        assert!(browser.press(&page, "authorize", &[]).left_to.is_some());
        // Whoever has agreed goes from the one form straight to the app.
        let browser = server.browser();
        let page = browser.sign_in_on(&browser.open(&shop.request(&[])), "alice");
        assert!(shop.redeem(&shop.response(&browser, &page).code()).is_granted());
    }

    fn the_right_password_lets_in_by_name_or_address_in_any_case(setup) {
        let server = setup.start();
        for name in ["alice", "ALICE", "alice@example.org", "Alice@Example.ORG", " alice ", "ａｌｉｃｅ"]
        {
            let browser = server.browser();
            browser.sign_in(name);
            assert!(is_signed_in(&browser), "{name}");
        }
    }

    // Conformance: T-8
    fn whoever_knows_the_password_is_never_made_to_wait(setup) {
        let server = setup.start();
        for _ in 0..200 {
            let browser = server.browser();
            browser.sign_in("alice");
            assert!(is_signed_in(&browser));
        }
    }

    fn a_wrong_password_and_an_unknown_name_get_the_same_answer(setup) {
        let server = setup.start();
        let (known, unknown) = (server.browser(), server.browser());
        let (one, two) = (try_with(&known, "alice", WRONG), try_with(&unknown, "nobody", WRONG));
        assert_eq!((one.status(), two.status()), (422, 422));
        assert_eq!(without_tokens(&one).replace("alice", "nobody"), without_tokens(&two));
        assert!(one.text().contains("do not match"));
        assert_eq!(one.form_with("sign-in").field("username"), Some("alice"), "what was typed is kept");
        assert_eq!(one.form_with("sign-in").field("password"), Some(""), "the password is not");
        assert!(!is_signed_in(&known) && !is_signed_in(&unknown));
    }

    fn passwords_are_compared_as_they_were_typed(setup) {
        let server = setup.start();
        for wrong in [
            &format!("{PASSWORD} "),
            &format!(" {PASSWORD}"),
            &PASSWORD.to_uppercase(),
            "",
            &PASSWORD[1..],
            &"x".repeat(10_000),
        ] {
            let browser = server.browser();
            assert_eq!(try_with(&browser, "alice", wrong).status(), 422);
            assert!(!is_signed_in(&browser));
            server.advance(1000);
        }
    }

    fn an_empty_form_says_what_is_missing(setup) {
        let server = setup.start();
        let page = try_with(&server.browser(), "", "");
        assert_eq!(page.status(), 422);
        assert!(page.text().contains("Enter your email or username."));
        assert!(page.text().contains("Enter your password."));
        assert!(page.answer.body.contains("aria-invalid=\"true\""));
    }

    fn guessing_pauses_the_account_and_the_pause_ends_by_itself(setup) {
        let server = setup.start();
        for _ in 0..5 {
            assert_eq!(try_with(&server.browser(), "alice", WRONG).status(), 422);
        }
        let browser = server.browser();
        let paused = try_with(&browser, "alice", PASSWORD);
        assert_eq!(paused.status(), 429);
        assert_eq!(paused.answer.header("retry-after"), Some("60"));
        assert!(paused.text().contains("Sign-in is paused"));
        assert!(!is_signed_in(&browser), "the right password does not end a pause");
        // Nor does another spelling of the name get around it.
        assert_eq!(try_with(&server.browser(), "ALICE", PASSWORD).status(), 429);
        server.browser().sign_in("bob");

        server.advance(59);
        assert_eq!(try_with(&browser, "alice", PASSWORD).status(), 429);
        server.advance(1);
        browser.sign_in("alice");
    }

    fn a_pause_looks_the_same_for_a_name_that_nobody_has(setup) {
        let server = setup.start();
        for name in ["alice", "nobody"] {
            for _ in 0..5 {
                try_with(&server.browser(), name, WRONG);
            }
        }
        let (one, two) =
            (try_with(&server.browser(), "alice", WRONG), try_with(&server.browser(), "nobody", WRONG));
        assert_eq!((one.status(), two.status()), (429, 429));
        assert_eq!(without_tokens(&one).replace("alice", "nobody"), without_tokens(&two));
    }

    fn pauses_grow_and_a_sign_in_ends_the_count(setup) {
        let server = setup.start();
        for _ in 0..5 {
            try_with(&server.browser(), "alice", WRONG);
        }
        for pause in [60, 120, 240] {
            let paused = try_with(&server.browser(), "alice", WRONG);
            assert_eq!(paused.answer.header("retry-after"), Some(&*pause.to_string()));
            server.advance(pause);
            assert_eq!(try_with(&server.browser(), "alice", WRONG).status(), 422);
        }
        server.advance(480);
        server.browser().sign_in("alice");
        for _ in 0..5 {
            assert_eq!(try_with(&server.browser(), "alice", WRONG).status(), 422);
        }
    }

    fn failures_are_forgotten_after_a_while(setup) {
        let server = setup.start();
        for _ in 0..4 {
            try_with(&server.browser(), "alice", WRONG);
        }
        server.advance(15 * 60 + 1);
        for _ in 0..4 {
            assert_eq!(try_with(&server.browser(), "alice", WRONG).status(), 422);
        }
        server.browser().sign_in("alice");
    }

    fn parallel_guesses_all_count(setup) {
        let server = setup.with("password.queue", "1000").start();
        let pages: Vec<u16> = std::thread::scope(|scope| {
            let guesses: Vec<_> = (0..20)
                .map(|_| scope.spawn(|| try_with(&server.browser(), "alice", WRONG).status()))
                .collect();
            guesses.into_iter().map(|guess| guess.join().unwrap()).collect()
        });
        assert_eq!(pages.iter().filter(|status| **status == 422).count(), 5, "{pages:?}");
        assert_eq!(pages.iter().filter(|status| **status == 429).count(), 15, "{pages:?}");
    }

    fn one_address_cannot_try_many_accounts(setup) {
        let setup = setup.with("trusted_proxies", "127.0.0.1/32").with("throttle.address_failures", "3");
        let server = setup.start();
        let attempt = |name: &str, password: &str, address: &str| {
            let browser = server.browser();
            let form =
                browser.open("/login").form_with("sign-in").with("username", name).with("password", password);
            let fields: Vec<_> = form.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
            browser
                .send(server.request("POST", "/login").header("X-Forwarded-For", address).form(&fields))
                .status
        };
        for name in ["one", "two", "three"] {
            assert_eq!(attempt(name, WRONG, "192.0.2.1"), 422);
        }
        assert_eq!(attempt("alice", PASSWORD, "192.0.2.1"), 429);
        // A visitor cannot speak for the proxy.
        assert_eq!(attempt("alice", PASSWORD, "198.51.100.7, 192.0.2.1"), 429);
        assert_eq!(attempt("alice", PASSWORD, "198.51.100.7"), 303);
        // An IPv6 customer has a whole network.
        for (host, name) in ["1", "2", "3"].into_iter().zip(["four", "five", "six"]) {
            assert_eq!(attempt(name, WRONG, &format!("2001:db8:0:1::{host}")), 422);
        }
        assert_eq!(attempt("bob", PASSWORD, "2001:db8:0:1::4"), 429);
        assert_eq!(attempt("bob", PASSWORD, "2001:db8:0:2::4"), 303);
    }

    fn a_disabled_person_is_told_no_more_than_a_stranger(setup) {
        let server = setup.start();
        server.change_user("sub-of-alice", |user| user.disabled_at = Some(NOW));
        let (alice, nobody) = (server.browser(), server.browser());
        let (one, two) = (try_with(&alice, "alice", PASSWORD), try_with(&nobody, "nobody", PASSWORD));
        assert_eq!(without_tokens(&one).replace("alice", "nobody"), without_tokens(&two));
        assert!(!is_signed_in(&alice));
    }

    fn disabling_somebody_ends_the_session_at_once(setup) {
        let server = setup.start();
        let browser = server.browser();
        browser.sign_in("alice");
        server.write(|db| users::set_disabled(db, "sub-of-alice", NOW, true).map(|_| ()));
        assert!(!is_signed_in(&browser));
        server.write(|db| users::set_disabled(db, "sub-of-alice", NOW, false).map(|_| ()));
        assert!(!is_signed_in(&browser), "it stays ended");
        browser.sign_in("alice");
    }

    /// Made by Django's hashers at little cost, all from one password.
    fn hashes_that_moved_in_from_django_are_made_anew_at_the_first_sign_in(setup) {
        const DJANGO: &str = "Grüne Äpfel & 7 Birnen";
        let server = setup.start();
        let hash = || server.read(|db| users::password_hash(db, "sub-of-alice")).unwrap();
        for moved_in in [
            "pbkdf2_sha256$600$somesalt16chars0$VuN431dsyN//9CWPQlTCOjsRwI7jMwz50mVJAl882HQ=",
            "pbkdf2_sha1$600$somesalt16chars0$gDD2rhC6u+2loQot8cTZvBEiDtg=",
            "argon2$argon2i$v=19$m=512,t=2,p=2$uvV2rSvMpcuBm3sNfIVmuw$/7hIAD2eAiQ0skeFybFHzU1Yqw7MOfhsrnTyJr3groM",
            "bcrypt_sha256$$2b$05$/bNaKdlfnjTNxtYDPVIzVu5kRV8eUg3oSDEiOfl1TB0gVQKeNBuSa",
            "bcrypt$$2b$05$qpi7bSVCUSnEo3Gl9jEjMOpwAmUdPt7sBSeG390/fpPAaoFlZk4DO",
        ] {
            server.write(move |db| users::save_password(db, "sub-of-alice", moved_in, NOW));
            assert_eq!(try_with(&server.browser(), "alice", WRONG).status(), 422);
            assert_eq!(hash(), moved_in, "a wrong password changes nothing");
            for _ in 0..2 {
                assert!(try_with(&server.browser(), "alice", DJANGO).is_at("/account"), "{moved_in}");
                assert!(hash().starts_with("$argon2id$"), "{}", hash());
            }
        }
    }

    fn next_leads_to_our_own_pages_only(setup) {
        let server = setup.start();
        let ends_at = |next: &str| {
            let browser = server.browser();
            let page = browser.open(&format!("/login?{}", encode(&[("next", next)])));
            browser.sign_in_on(&page, "alice")
        };
        assert!(ends_at("/account/apps").is_at("/account/apps"));
        for outside in [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example/",
            "\\\\evil.example/",
            "/\t/evil.example/",
            "javascript:alert(1)",
            " //evil.example",
            "evil.example",
            "/\r\nSet-Cookie: a=b",
            "",
        ] {
            let page = ends_at(outside);
            assert!(page.is_at("/account"), "{outside}: {} {:?}", page.path, page.left_to);
        }
    }

    fn who_is_not_signed_in_is_sent_to_sign_in_and_back(setup) {
        let server = setup.start();
        let browser = server.browser();
        let page = browser.open("/account/apps?x=1");
        assert!(page.is_at("/login"));
        let page = browser.sign_in_on(&page, "alice");
        assert_eq!(page.path, "/account/apps?x=1");
    }

    fn only_who_asks_for_it_stays_signed_in(setup) {
        const HOUR: i64 = 3600;
        let server = setup.start();
        let (plain, remembered) = (server.browser(), server.browser());
        plain.sign_in("alice");
        let page = remembered.open("/login");
        remembered.press(
            &page,
            "sign-in",
            &[("username", "alice"), ("password", PASSWORD), ("remember", "on")],
        );
        server.advance(12 * HOUR);
        assert!(!is_signed_in(&plain));
        assert!(is_signed_in(&remembered));
        server.advance(14 * 24 * HOUR);
        assert!(!is_signed_in(&remembered));
    }

    fn a_sign_in_changes_the_cookie(setup) {
        let server = setup.start();
        let (victim, attacker) = (server.browser(), server.browser());
        attacker.open("/login");
        // The attacker plants a cookie and waits until the victim has signed in with it.
        victim.set_cookies(&attacker.cookies());
        victim.sign_in("alice");
        assert_ne!(victim.cookies(), attacker.cookies());
        assert!(is_signed_in(&victim));
        assert!(!is_signed_in(&attacker));
    }

    fn a_cookie_that_was_tampered_with_is_nobodys(setup) {
        let server = setup.start();
        let browser = server.browser();
        browser.sign_in("alice");
        let cookies = browser.cookies();
        let cookies = cookies.split("; ").find(|cookie| cookie.starts_with("cardea=")).unwrap();
        for at in [10, cookies.len() / 2, cookies.len() - 2] {
            let stranger = server.browser();
            let other = if cookies.as_bytes()[at] == b'A' { "B" } else { "A" };
            stranger.set_cookies(&format!("{}{other}{}", &cookies[..at], &cookies[at + 1..]));
            assert!(!is_signed_in(&stranger));
        }
        assert!(is_signed_in(&browser));
    }

    fn every_attempt_stands_in_the_audit_log_without_its_password(setup) {
        let server = setup.start();
        try_with(&server.browser(), "alice", WRONG);
        server.browser().sign_in("alice");
        let Rows { rows, .. } =
            server.read(|db| audit::list(db, &Search::default(), &audit::Filter::default()));
        let names: Vec<_> = rows.iter().map(|event| event.event.as_str()).collect();
        assert!(names.contains(&"sign_in") && names.contains(&"sign_in_failed"), "{names:?}");
        for event in &rows {
            assert!(!format!("{event:?}").contains("horse"), "{event:?}");
            assert_eq!(event.address, "127.0.0.1");
            assert_eq!(event.request_id.len(), 20);
        }
    }

    /// So that they stand on that person's page, too; what the visitor sees differs in nothing.
    fn a_failed_sign_in_stands_among_what_concerns_its_person(setup) {
        let server = setup.with("throttle.account_failures", "3").start();
        server.change_user("sub-of-bob", |user| user.disabled_at = Some(NOW));
        for (name, password) in
            [("ALICE", WRONG), ("alice@example.org", WRONG), ("nobody", WRONG), ("bob", PASSWORD)]
        {
            assert_eq!(try_with(&server.browser(), name, password).status(), 422);
        }
        let of = |event: &str| -> Vec<_> {
            let events = server.audit(event).into_iter().map(|event| (event.detail, event.user_id));
            let mut events: Vec<_> = events.collect();
            events.sort();
            events
        };
        let sub = |name: &str| Some(format!("sub-of-{name}"));
        assert_eq!(
            of("sign_in_failed"),
            [
                ("For ALICE".into(), sub("alice")),
                ("For alice@example.org".into(), sub("alice")),
                ("For bob".into(), sub("bob")),
                ("For nobody".into(), None),
            ]
        );
        for _ in 0..3 {
            try_with(&server.browser(), "alice", WRONG);
            try_with(&server.browser(), "nobody", WRONG);
        }
        assert_eq!(of("sign_in_paused"), [("For alice".into(), sub("alice")), ("For nobody".into(), None)]);

        let carol = server.browser();
        carol.sign_in("carol");
        let page = carol.open("/admin/users/sub-of-alice").text();
        assert!(page.contains("Wrong password") && page.contains("Sign-in paused"), "{page}");
        let page = carol.open("/admin/users/sub-of-carol").text();
        assert!(!page.contains("Wrong password"), "{page}");
    }

    fn a_pause_is_noted_for_what_it_is(setup) {
        let server = setup.with("throttle.address_failures", "3").start();
        try_with(&server.browser(), "alice", WRONG);
        try_with(&server.browser(), "alice", WRONG);
        // The third is counted before it proves right: it begins no pause.
        server.browser().sign_in("alice");
        assert_eq!(server.audit("sign_in_paused").len(), 0);
        try_with(&server.browser(), "bob", WRONG);
        let events = server.audit("sign_in_paused");
        assert_eq!(events.len(), 1);
        assert_eq!((&*events[0].detail, &events[0].user_id), ("For everybody at this address", &None));
        assert_eq!(try_with(&server.browser(), "carol", PASSWORD).status(), 429);
    }
}
