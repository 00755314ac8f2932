//! What ends, and when: at once, on every node.

use std::sync::mpsc;
use std::time::Duration;

use cardea::store::{Db, Error, consents, users};
use serde_json::json;

use super::*;

const OFFLINE: &[(&str, &str)] = &[("scope", "openid offline_access"), ("prompt", "consent")];
const ALICE: &str = "sub-of-alice";

type End = fn(&mut Db) -> Result<(), Error>;

/// Whether tokens still open anything, at this node.
fn is_live(shop: &RelyingParty, tokens: &Tokens) -> bool {
    let is_live = shop.is_live(&tokens.access_token());
    assert_eq!(shop.refresh(&tokens.refresh_token()).is_granted(), is_live, "both tokens alike");
    is_live
}

on_both! {
    // Seed: S08
    fn a_session_takes_its_tokens_along_but_for_offline_access(setup) {
        let server = setup.start();
        let shop = leaving_shop(&server, &json!({}));
        let forgetful = server.relying_party_with("forgetful", json!({ "logout_removes_tokens": true }));
        let own = guest(&shop);
        let offline = shop.redeem(&shop.visit(&own.browser, OFFLINE).code());
        let other = guest(&shop);
        let removed = forgetful.redeem(&forgetful.visit(&own.browser, OFFLINE).code());
        let code = shop.visit(&own.browser, &[]).code();
        own.leave(&[("id_token_hint", &own.hint)]);
        assert!(!shop.is_live(&own.tokens.access_token()));
        assert_eq!(shop.redeem(&code).error(), "invalid_grant", "a code that waits ends too");
        assert!(is_live(&shop, &offline));
        assert!(shop.is_live(&other.tokens.access_token()), "another session is left alone");
        assert!(!is_live(&forgetful, &removed));
    }

    fn whatever_ends_access_ends_it_on_every_node_at_once(setup) {
        let one = setup.clone().start();
        let two = setup.start_on(one.database());
        let here = one.relying_party("shop");
        let there = here.at(two.site());
        let ends: [(&str, End); 3] = [
            ("everything of a person", |db| users::end_everything(db, ALICE, NOW)),
            ("the consent", |db| consents::revoke(db, ALICE, "shop", NOW).map(|_| ())),
            ("the person", |db| users::set_disabled(db, ALICE, NOW, true).map(|_| ())),
        ];
        for (what, end) in ends {
            let visit = here.sign_in_with("alice", OFFLINE);
            let tokens = there.redeem(&visit.code());
            assert!(tokens.is_granted() && there.is_live(&tokens.access_token()), "{what}");
            let elsewhere = two.browser();
            elsewhere.set_cookies(&visit.browser.cookies());
            one.write(end);
            for shop in [&here, &there] {
                assert!(!shop.is_live(&tokens.access_token()), "{what}");
                assert_eq!(shop.refresh(&tokens.refresh_token()).error(), "invalid_grant", "{what}");
            }
            let none = there.visit(&elsewhere, &[("prompt", "none"), ("scope", "openid offline_access")]);
            assert!(["login_required", "consent_required"].contains(&none.response.error()), "{what}");
        }
    }

    fn a_password_change_ends_the_tokens_of_other_sessions_on_every_node(setup) {
        let one = setup.clone().start();
        let two = setup.start_on(one.database());
        let here = one.relying_party("shop");
        let there = here.at(two.site());
        let visit = here.sign_in_with("alice", OFFLINE);
        let tokens = here.redeem(&visit.code());
        let own = one.browser();
        own.sign_in("alice");
        let form = own.open("/account/password").form_to("/account/password");
        let form = form.with("current", PASSWORD).with("new", "a lighthouse at noon");
        assert!(own.submit(&form).is_at("/account/password"));
        assert!(!is_live(&there, &tokens));
        let elsewhere = two.browser();
        elsewhere.set_cookies(&visit.browser.cookies());
        assert_eq!(there.visit(&elsewhere, &[("prompt", "none")]).response.error(), "login_required");
        assert!(own.open("/account").is_at("/account"));
    }

    /// A code that is asked for while the session ends is refused, or ends with it.
    fn no_grant_slips_by_the_end_of_its_session(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let ends: [End; 2] = [
            |db| users::end_everything(db, ALICE, NOW),
            |db| consents::revoke(db, ALICE, "shop", NOW).map(|_| ()),
        ];
        for end in ends {
            // The second visit notes nothing that would hold the session's row by itself.
            let browser = shop.sign_in("alice").browser;
            shop.visit(&browser, &[("prompt", "none")]);
            let (tell, told) = mpsc::channel();
            let visit = std::thread::scope(|scope| {
                scope.spawn(|| {
                    let tell = tell;
                    server.write(move |db| {
                        end(db)?;
                        let _ = tell.send(());
                        std::thread::sleep(Duration::from_millis(700));
                        Ok(())
                    });
                });
                told.recv().unwrap();
                shop.visit(&browser, &[("prompt", "none")])
            });
            assert!(["login_required", "consent_required"].contains(&visit.response.error()));
        }
    }

    /// The same the other way round: the code is granted first, and the end waits for it.
    fn what_is_granted_as_the_session_ends_ends_with_it(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        for _ in 0..10 {
            let browser = shop.sign_in("alice").browser;
            let visits: Vec<_> = (0..3).map(|_| { let own = server.browser(); own.set_cookies(&browser.cookies()); own }).collect();
            let codes: Vec<_> = std::thread::scope(|scope| {
                let visits: Vec<_> = visits
                    .into_iter()
                    .map(|own| scope.spawn(|| {
                        let own = own;
                        shop.visit(&own, &[("prompt", "none")]).response.find("code").map(str::to_owned)
                    }))
                    .collect();
                server.write(|db| users::end_everything(db, ALICE, NOW));
                visits.into_iter().filter_map(|visit| visit.join().unwrap()).collect()
            });
            for code in codes {
                assert_eq!(shop.redeem(&code).error(), "invalid_grant");
            }
        }
    }
}
