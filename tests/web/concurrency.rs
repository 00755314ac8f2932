//! What must happen once happens once, whoever else is there.

use std::sync::Barrier;

use crate::support::*;

const OFFLINE: &[(&str, &str)] = &[("scope", "openid email offline_access")];
const MANY: usize = 50;

/// Lets `MANY` threads do the same at once; each is told its number.
fn all_at_once(work: impl Fn(usize) -> Tokens + Sync) -> Vec<Tokens> {
    let start = Barrier::new(MANY);
    std::thread::scope(|scope| {
        let (start, work) = (&start, &work);
        let threads: Vec<_> = (0..MANY)
            .map(|number| {
                scope.spawn(move || {
                    start.wait();
                    work(number)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Asserts that exactly one was granted and the others were refused; gives that one.
fn the_one(answers: Vec<Tokens>) -> Tokens {
    let (granted, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Tokens::is_granted);
    assert_eq!(granted.len(), 1);
    for answer in refused {
        assert_eq!((answer.0.status, &*answer.error()), (400, "invalid_grant"));
    }
    granted.into_iter().next().unwrap()
}

fn assert_is_dead(shop: &RelyingParty, tokens: &Tokens) {
    assert!(!shop.is_live(&tokens.access_token()));
    assert_eq!(shop.refresh(&tokens.refresh_token()).error(), "invalid_grant");
}

on_both! {
    fn of_fifty_redemptions_of_one_code_one_succeeds_and_its_tokens_end(setup) {
        let shop = setup.start().relying_party("shop");
        let code = shop.sign_in_with("alice", OFFLINE).code();
        let winner = the_one(all_at_once(|_| shop.redeem(&code)));
        assert_is_dead(&shop, &winner);
    }

    fn of_fifty_refreshes_with_one_token_one_succeeds_and_the_family_ends(setup) {
        let shop = setup.start().relying_party("shop");
        let tokens = shop.redeem(&shop.sign_in_with("alice", OFFLINE).code());
        let winner = the_one(all_at_once(|_| shop.refresh(&tokens.refresh_token())));
        assert_is_dead(&shop, &winner);
        assert_is_dead(&shop, &tokens);
    }

    fn fifty_codes_at_once_are_fifty_grants(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = shop.sign_in("alice").browser;
        let codes: Vec<String> = (0..MANY).map(|_| shop.visit(&browser, &[]).code()).collect();
        let answers = all_at_once(|number| shop.redeem(&codes[number]));
        assert!(answers.iter().all(Tokens::is_granted));
        assert!(answers.iter().all(|tokens| shop.is_live(&tokens.access_token())));
    }

    /// Two nodes that share nothing but the database.
    fn two_nodes_spend_a_code_and_a_refresh_token_once(setup) {
        let one = setup.clone().start();
        let two = setup.start_on(one.database());
        let here = one.relying_party("shop");
        let there = here.at(two.site());
        let code = here.sign_in_with("alice", OFFLINE).code();
        let node = |number: usize| if number.is_multiple_of(2) { &here } else { &there };
        let winner = the_one(all_at_once(|number| node(number).redeem(&code)));
        assert_is_dead(&here, &winner);
        assert_is_dead(&there, &winner);

        let tokens = there.redeem(&here.sign_in_with("alice", OFFLINE).code());
        let winner = the_one(all_at_once(|number| node(number).refresh(&tokens.refresh_token())));
        assert_is_dead(&here, &winner);
        assert_is_dead(&there, &tokens);
    }

    fn a_sign_in_goes_on_at_another_node(setup) {
        let one = setup.clone().start();
        let two = setup.start_on(one.database());
        let shop = one.relying_party("shop");
        let (here, there) = (one.browser(), two.browser());
        let page = here.open(&shop.request(&[]));
        there.set_cookies(&here.cookies());
        let page = there.sign_in_on(&page, "alice");
        here.set_cookies(&there.cookies());
        let page = here.press(&page, "authorize", &[]);
        let tokens = shop.at(two.site()).redeem(&shop.response(&here, &page).code());
        assert!(shop.is_live(&tokens.access_token()));
        // What one node pauses, all pause.
        for _ in 0..5 {
            let browser = one.browser();
            browser.press(
                &browser.open("/login"),
                "sign-in",
                &[("username", "bob"), ("password", "wrong one")],
            );
        }
        let browser = two.browser();
        assert_eq!(browser.sign_in_on(&browser.open("/login"), "bob").status(), 429);
    }

    fn what_one_node_changes_the_other_sees(setup) {
        let one = setup.clone().start();
        let two = setup.start_on(one.database());
        let shop = one.relying_party("shop");
        assert!(shop.at(two.site()).redeem(&shop.sign_in("alice").code()).is_granted());
        one.change_client("shop", |client| client.disabled_at = Some(NOW));
        two.refresh();
        assert_eq!(two.get(&shop.request(&[])).status, 400);
    }

    fn both_decisions_at_once_are_one_decision(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        for _ in 0..5 {
            let browser = server.browser();
            let page = browser.sign_in_on(&browser.open(&shop.request(&[("prompt", "consent")])), "alice");
            let flow = page.parameter("flow").unwrap();
            let start = Barrier::new(2);
            std::thread::scope(|scope| {
                for button in ["authorize", "decline"] {
                    let form = page.form_with(button).press(button);
                    let (own, start, server) = (browser.cookies(), &start, &server);
                    scope.spawn(move || {
                        let fields: Vec<_> =
                            form.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
                        start.wait();
                        assert_eq!(
                            server
                                .request("POST", "/consent")
                                .header("Cookie", &own)
                                .form(&fields)
                                .send()
                                .status,
                            303
                        );
                    });
                }
            });
            let end = browser.open(&format!("/authorize/{flow}"));
            let response = shop.response(&browser, &end);
            assert!(response.find("code").is_some() != response.find("error").is_some());
        }
    }
}

/// Two processes that share nothing but the database; a file of SQLite's is for one at a time.
#[test]
fn two_processes_spend_a_code_and_a_refresh_token_once() {
    let server = Setup::on(Kind::Postgres).start();
    let shop = server.relying_party("shop");
    let one = Process::start(&server.database().url);
    let two = Process::start_with(&server.database().url, &[("issuer", one.site().issuer())]);
    let (here, there) = (shop.at(one.site()), shop.at(two.site()));
    let node = |number: usize| if number.is_multiple_of(2) { &here } else { &there };

    let code = here.sign_in_with("alice", OFFLINE).code();
    let winner = the_one(all_at_once(|number| node(number).redeem(&code)));
    assert_is_dead(&here, &winner);
    assert_is_dead(&there, &winner);

    let tokens = there.redeem(&here.sign_in_with("alice", OFFLINE).code());
    assert!(here.is_live(&tokens.access_token()) && there.is_live(&tokens.access_token()));
    let winner = the_one(all_at_once(|number| node(number).refresh(&tokens.refresh_token())));
    for node in [&here, &there] {
        assert_is_dead(node, &winner);
        assert_is_dead(node, &tokens);
    }
}
