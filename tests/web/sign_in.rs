//! A sign-in that is on its way while the door is shut: nobody enters by what was true a moment ago.

use std::sync::mpsc;
use std::time::Duration;

use cardea::password;
use cardea::store::{Db, Error, sessions, users};

use crate::support::*;

const ALICE: &str = "sub-of-alice";
const OTHER: &str = "a lighthouse at noon";
/// How long a change is held open for a sign-in to meet it; the next one only if none has.
const HELD: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(5)];

type Change = fn(&mut Db) -> Result<(), Error>;

/// Counting attempts would wait until the change is done.
fn start(setup: Setup) -> Server {
    setup.with("throttle.enabled", "false").start()
}

fn save_password(db: &mut Db, password: &str) -> Result<(), Error> {
    users::save_password(db, ALICE, &password::hash(password, COST, [3; 16]), NOW)
}

/// How many were let down after their password had been found right.
fn met(server: &Server) -> usize {
    server.audit("sign_in_failed").iter().filter(|event| event.detail.contains("meanwhile")).count()
}

/// Alice signs in while `change`, which shuts her out, is done but not committed; it is then taken back by `undo`.
fn assert_stays_out(server: &Server, change: Change, undo: Change) {
    for held in HELD {
        let browser = server.browser();
        let form = browser.open("/login");
        let (tell, told) = mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                server.write(move |db| {
                    change(db)?;
                    // Nobody listens any more where the database wants it done again.
                    let _ = tell.send(());
                    std::thread::sleep(held);
                    Ok(())
                });
            });
            told.recv().unwrap();
            assert_eq!(browser.sign_in_on(&form, "alice").status(), 422);
        });
        assert!(browser.open("/account").is_at("/login"));
        server.write(undo);
        assert!(browser.open("/account").is_at("/login"), "no session sleeps until then");
        assert!(server.read(|db| sessions::list_of_user(db, ALICE, NOW)).is_empty());
        assert!(server.audit("sign_in").is_empty());
        if met(server) > 0 {
            browser.sign_in("alice");
            return;
        }
    }
    panic!("no sign-in met the change");
}

on_both! {
    fn nobody_enters_by_a_password_that_changes_meanwhile(setup) {
        let change = |db: &mut Db| {
            save_password(db, OTHER)?;
            users::end_everything(db, ALICE, NOW)
        };
        assert_stays_out(&start(setup), change, |db| save_password(db, PASSWORD));
    }

    fn nobody_enters_who_is_disabled_meanwhile(setup) {
        let disable = |db: &mut Db| users::set_disabled(db, ALICE, NOW, true).map(|_| ());
        let enable = |db: &mut Db| users::set_disabled(db, ALICE, NOW, false).map(|_| ());
        assert_stays_out(&start(setup), disable, enable);
    }

    /// The first of them has the password hashed anew; that is no change to the second.
    fn whoever_presses_the_button_twice_enters_though_the_hash_is_of_an_older_form(setup) {
        let server = start(setup);
        for _ in 0..5 {
            server.write(|db| {
                let old = password::hash(PASSWORD, password::Cost { passes: 2, ..COST }, [3; 16]);
                users::save_password(db, ALICE, &old, NOW)
            });
            let browsers: Vec<Browser> = std::thread::scope(|scope| {
                let sign_ins: Vec<_> = (0..2)
                    .map(|_| {
                        let browser = server.browser();
                        let page = browser.open("/login");
                        scope.spawn(move || {
                            browser.sign_in_on(&page, "alice");
                            browser
                        })
                    })
                    .collect();
                sign_ins.into_iter().map(|sign_in| sign_in.join().unwrap()).collect()
            });
            assert!(browsers.iter().all(|browser| browser.open("/account").is_at("/account")));
        }
        assert!(server.audit("sign_in_failed").is_empty());
    }

    /// Whoever was faster than the change is signed out by it, and whoever was slower does not get in.
    fn no_session_by_an_old_password_outlives_its_change(setup) {
        let server = start(setup);
        let carol = server.browser();
        carol.sign_in("carol");
        let (mut old, mut new) = (PASSWORD, OTHER);
        for _ in 0..10 {
            let change = carol.open("/admin/users/sub-of-alice/password");
            let change = change.form_to("/password").with("password", new);
            let browsers: Vec<Browser> = std::thread::scope(|scope| {
                let sign_ins: Vec<_> = (0..4)
                    .map(|_| {
                        let browser = server.browser();
                        let page = browser.open("/login");
                        scope.spawn(move || {
                            let typed = [("username", "alice"), ("password", old)];
                            browser.press(&page, "sign-in", &typed);
                            browser
                        })
                    })
                    .collect();
                assert!(carol.submit(&change).is_at("/admin/users/sub-of-alice"));
                sign_ins.into_iter().map(|sign_in| sign_in.join().unwrap()).collect()
            });
            for browser in browsers {
                assert!(browser.open("/account").is_at("/login"));
            }
            assert!(server.read(|db| sessions::list_of_user(db, ALICE, NOW)).is_empty());
            (old, new) = (new, old);
        }
    }
}
