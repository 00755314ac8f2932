//! `kill -9` in the middle of load: what was answered is true, and nothing happens twice.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::support::*;

const CRASHES: u64 = 20;

/// How many sign-ins are answered in full before each crash, however slow the machine.
const LOAD: u64 = 8;

/// What a client knows of one sign-in when the server dies.
#[derive(Default)]
struct Known {
    code: String,
    /// Set where the redemption was answered.
    tokens: Option<Tokens>,
    /// Set where the refresh was answered.
    refreshed: Option<Tokens>,
}

/// Signs in, redeems and refreshes until the server is gone; counts what was `done`, gives what was answered.
fn load(shop: &RelyingParty, cookies: &str, done: &AtomicU64) -> Vec<Known> {
    let mut all = Vec::new();
    loop {
        let path = shop.request(&[("prompt", "none"), ("scope", "openid email offline_access")]);
        let request = shop.site().request("GET", &path).header("Cookie", cookies);
        let Some(answer) = request.try_send() else { return all };
        let code = decode(answer.location().split_once('?').unwrap().1).remove(0).1;
        let mut known = Known { code, ..Known::default() };
        known.tokens = shop.try_redeem(&known.code);
        if let Some(tokens) = known.tokens.as_ref().filter(|tokens| tokens.is_granted()) {
            known.refreshed = shop.try_refresh(&tokens.refresh_token());
        }
        let is_over = known.refreshed.is_none();
        all.push(known);
        if is_over {
            return all;
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn what_was_answered_survives_twenty_crashes_and_no_code_works_twice() {
    let server = Setup::on(Kind::Sqlite).start();
    let (shop, browser) = (server.relying_party("shop"), server.browser());
    server.advance(cardea::clock::Clock::System.now().since(NOW));
    browser.sign_in("alice");
    shop.visit(&browser, &[("scope", "openid email offline_access")]);
    let cookies = browser.cookies();
    let url = server.database().url.clone();
    let (mut answered, mut unanswered) = (0_u64, 0_u64);
    for crash in 0..CRASHES {
        let process = Process::start(&url);
        let there = shop.at(process.site());
        let (all, done) = (Mutex::new(Vec::new()), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let known = load(&there, &cookies, &done);
                    all.lock().unwrap().extend(known);
                });
            }
            let start = Instant::now();
            while done.load(Ordering::Relaxed) < LOAD {
                assert!(start.elapsed() < Duration::from_secs(60), "nothing is answered");
                std::thread::sleep(Duration::from_millis(1));
            }
            // At another moment each time.
            std::thread::sleep(Duration::from_millis(crash));
            drop(process);
        });

        let process = Process::start(&url);
        let there = shop.at(process.site());
        for known in all.into_inner().unwrap() {
            let last = known.refreshed.as_ref().or(known.tokens.as_ref());
            match last {
                Some(tokens) => {
                    answered += 1;
                    // A refresh without an answer may have replaced the token that was answered.
                    let is_sure = known.refreshed.is_some();
                    let status = there.userinfo(&tokens.access_token()).status;
                    assert!(status == 200 || (!is_sure && status == 401), "{status}");
                    let again = there.redeem(&known.code);
                    assert_eq!(again.error(), "invalid_grant");
                }
                None => {
                    unanswered += 1;
                    // It was redeemed or it was not; it is not redeemed twice.
                    let _ = there.redeem(&known.code);
                    let again = there.redeem(&known.code);
                    assert_eq!(again.error(), "invalid_grant");
                }
            }
        }
    }
    assert!(answered >= CRASHES * LOAD, "{answered} answered, {unanswered} not: that was no load");
}
