//! Initial access tokens.

use cardea::oidc::secret;
use cardea::store::clients;
use cardea::store::initial_access_tokens::{self, InitialAccessToken};
use serde_json::json;

use super::{metadata, request};
use crate::support::*;

fn add(server: &Server, text: &str, (uses_left, lifetime): (Option<i64>, Option<i64>)) {
    let token = InitialAccessToken {
        id: format!("id of {text}"),
        token_hash: secret::hash(text),
        name: format!("Friends of {text}"),
        uses_left,
        created_at: NOW,
        expires_at: lifetime.map(|seconds| NOW.plus(seconds)),
    };
    server.write(move |db| initial_access_tokens::add(db, &token));
}

fn register_with(server: &Server, token: &str) -> Answer {
    request(server, &metadata(json!({}))).bearer(token).send()
}

#[track_caller]
fn refused(answer: &Answer) {
    assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_token"));
    assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"));
}

on_both! {
    // Conformance: C-14
    fn a_token_lets_in_as_often_and_as_long_as_it_says(setup) {
        let server = setup.with("registration.mode", "token").start();
        add(&server, "twice", (Some(2), None));
        add(&server, "hour", (None, Some(3600)));
        refused(&request(&server, &metadata(json!({}))).send());
        refused(&register_with(&server, "wrong"));
        let bad = request(&server, &json!({"redirect_uris": ["/cb"]})).bearer("twice").send();
        assert_eq!(bad.error(), "invalid_redirect_uri");
        for _ in 0..2 {
            let answer = register_with(&server, "twice");
            assert_eq!(answer.status, 201, "{}", answer.body);
            let registered = server.registered(&answer.json());
            assert_eq!(registered.client().registered_with.as_deref(), Some("Friends of twice"));
        }
        refused(&register_with(&server, "twice"));
        for _ in 0..30 {
            assert_eq!(register_with(&server, "hour").status, 201);
        }
        server.advance(3600);
        refused(&register_with(&server, "hour"));
        assert_eq!(server.read(clients::count), 32);
    }

    fn where_everybody_may_register_a_token_must_be_good_and_frees_of_the_limit(setup) {
        let setup = setup.with("registration.mode", "open").with("registration.per_hour", "1");
        let server = setup.start();
        add(&server, "any", (None, None));
        refused(&register_with(&server, "wrong"));
        assert_eq!(request(&server, &metadata(json!({}))).send().status, 201);
        assert_eq!(request(&server, &metadata(json!({}))).send().status, 429);
        assert_eq!(register_with(&server, "any").status, 201);
    }

    fn of_fifty_at_once_five_pass_with_five_uses(setup) {
        let server = setup.with("registration.mode", "token").start();
        add(&server, "five", (Some(5), None));
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..50).map(|_| scope.spawn(|| register_with(&server, "five").status)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 5, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 45, "{statuses:?}");
        assert_eq!(server.read(clients::count), 5);
    }
}
