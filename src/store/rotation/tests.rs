use super::*;
use crate::store::audit::Filter;
use crate::store::fixture::TestDatabase;
use crate::store::{Search, clients};

const DAY: i64 = 86_400;
const NOW: UnixTime = UnixTime(1_795_190_400);
const KEEPING: Keeping = Keeping { id_token: 600, access_token: 600, session: DAY, key_set: DAY };
const KEPT: Former = Former::Kept(KEEPING);
const ROTATION: Rotation = Rotation { rotate_every: 90 * DAY, publish_ahead: 14 * DAY };

fn by(now: UnixTime) -> Event {
    Event::by("A test", now)
}

fn elliptic(signs_at_once: bool) -> NewKey {
    NewKey { alg: Alg::ES256, bits: None, signs_at_once }
}

/// State and kid of each key of `alg`, in the order of their states.
async fn keys_of(store: &Store, alg: Alg) -> Vec<(&'static str, String)> {
    let records = store.read(keys::list).await.unwrap();
    let mut found: Vec<_> = records
        .into_iter()
        .filter(|record| record.alg == alg)
        .map(|record| (record.state.as_str(), record.kid))
        .collect();
    found.sort();
    found
}

fn states(keys: &[(&'static str, String)]) -> Vec<&'static str> {
    keys.iter().map(|(state, _)| *state).collect()
}

async fn events(store: &Store) -> Vec<String> {
    let page = store.read(|db| audit::list(db, &Search::default(), &Filter::default())).await.unwrap();
    let mut names: Vec<_> = page.rows.into_iter().map(|event| event.event).collect();
    names.sort();
    names
}

#[tokio::test]
async fn nodes_that_start_together_end_with_one_key() {
    for database in TestDatabase::of_each_kind() {
        let (one, other) = (database.open(), database.open());
        let (first, second) = tokio::join!(one.prepare(NOW), other.prepare(NOW));
        first.unwrap();
        second.unwrap();
        assert_eq!(states(&keys_of(&one, Alg::RS256).await), ["signing"]);
        assert_eq!(one.catalogue().jwks, other.catalogue().jwks);
        assert!(!other.catalogue().scopes.is_empty());
        assert_eq!(events(&one).await, ["key_created"]);
    }
}

#[tokio::test]
async fn the_first_key_signs_and_the_second_waits() {
    for database in TestDatabase::of_each_kind() {
        let store = database.open();
        let first = store.create_key(elliptic(false), KEEPING, by(NOW)).await.unwrap();
        assert_eq!(first.state, KeyState::Signing);
        let second = store.create_key(elliptic(false), KEEPING, by(NOW)).await.unwrap();
        assert_eq!(second.state, KeyState::Next);
        let third = store.create_key(elliptic(false), KEEPING, by(NOW)).await;
        assert!(matches!(third, Err(Error::NextTaken { kid, .. }) if kid == second.kid));
        let fourth = store.create_key(elliptic(true), KEEPING, by(NOW)).await.unwrap();
        let expected = [("next", second.kid), ("retired", first.kid), ("signing", fourth.kid.clone())];
        assert_eq!(keys_of(&store, Alg::ES256).await, expected);
        assert_eq!(store.catalogue().keys.signer(Alg::ES256).unwrap().kid, fourth.kid);
    }
}

#[tokio::test]
async fn a_rotation_publishes_a_key_that_nobody_has_seen() {
    for database in TestDatabase::of_each_kind() {
        let store = database.open();
        let none = store.rotate_key(Alg::ES256, KEPT, by(NOW)).await;
        assert!(matches!(none, Err(Error::NoSigner(Alg::ES256))));
        let first = store.create_key(elliptic(false), KEEPING, by(NOW)).await.unwrap();
        let second = store.rotate_key(Alg::ES256, KEPT, by(NOW)).await.unwrap();
        assert_eq!(
            keys_of(&store, Alg::ES256).await,
            [("retired", first.kid.clone()), ("signing", second.kid.clone())]
        );
        let next = store.create_key(elliptic(false), KEEPING, by(NOW)).await.unwrap();
        let third = store.rotate_key(Alg::ES256, KEPT, by(NOW)).await.unwrap();
        assert_eq!(third.kid, next.kid);
        let all = keys_of(&store, Alg::ES256).await;
        assert_eq!(states(&all), ["next", "retired", "retired", "signing"]);
        assert!(![&first.kid, &second.kid, &third.kid].contains(&&all[0].1));

        let fourth = store.rotate_key(Alg::ES256, Former::Withdrawn, by(NOW)).await.unwrap();
        assert_eq!(fourth.kid, all[0].1);
        let published = store.catalogue().jwks.to_string();
        assert!(!published.contains(&third.kid) && published.contains(&first.kid));
    }
}

#[tokio::test]
async fn of_many_who_rotate_at_once_one_does() {
    for database in TestDatabase::of_each_kind() {
        let (one, other) = (database.open(), database.open());
        one.create_key(elliptic(false), KEEPING, by(NOW)).await.unwrap();
        let (first, second) = tokio::join!(
            one.rotate_key(Alg::ES256, KEPT, by(NOW)),
            other.rotate_key(Alg::ES256, KEPT, by(NOW))
        );
        // Either both saw the same signer and one lost, or one came wholly after the other.
        let done = [&first, &second].iter().filter(|result| result.is_ok()).count();
        for result in [first, second] {
            assert!(matches!(result, Ok(_) | Err(Error::Raced)));
        }
        let all = keys_of(&one, Alg::ES256).await;
        assert_eq!(states(&all).iter().filter(|state| **state == "signing").count(), 1);
        assert_eq!(states(&all).iter().filter(|state| **state == "retired").count(), done);
    }
}

#[tokio::test]
async fn keys_follow_the_schedule_once_however_many_nodes_there_are() {
    for database in TestDatabase::of_each_kind() {
        let (one, other) = (database.open(), database.open());
        let first = one.create_key(elliptic(false), KEEPING, by(NOW)).await.unwrap();
        let on_day = async |day: i64| {
            let now = NOW.plus(day * DAY);
            let (a, b) = tokio::join!(
                one.keep_keys(Some(ROTATION), KEEPING, now),
                other.keep_keys(Some(ROTATION), KEEPING, now)
            );
            a.unwrap();
            b.unwrap();
            states(&keys_of(&one, Alg::ES256).await)
        };
        assert_eq!(on_day(75).await, ["signing"]);
        assert_eq!(on_day(76).await, ["next", "signing"]);
        assert_eq!(on_day(77).await, ["next", "signing"]);
        let planned = one.read(keys::list).await.unwrap();
        assert!(
            planned.iter().any(|key| key.state == KeyState::Next && key.signs_at == Some(NOW.plus(90 * DAY)))
        );
        assert_eq!(on_day(90).await, ["retired", "signing"]);
        assert_eq!(on_day(91).await, ["retired", "signing"]);
        assert_eq!(on_day(92).await, ["removed", "signing"]);
        // The other node may have done it.
        one.refresh().await.unwrap();
        assert!(!one.catalogue().jwks.to_string().contains(&first.kid));
        assert_eq!(events(&one).await, ["key_created", "key_published", "key_rotated", "key_withdrawn"]);
    }
}

#[tokio::test]
async fn a_retired_key_outlives_the_longest_token() {
    for (id_token, access_token) in
        [(Some(50 * DAY), None), (Some(DAY), Some(50 * DAY)), (None, Some(50 * DAY))]
    {
        for database in TestDatabase::of_each_kind() {
            let store = database.open();
            let metadata = crate::oidc::metadata::Metadata {
                redirect_uris: vec!["https://shop.example/cb".into()],
                ..Default::default()
            };
            let mut client = metadata.check("shop".into(), NOW).unwrap();
            (client.lifetimes.id_token, client.lifetimes.access_token) = (id_token, access_token);
            store.write(move |db| clients::add(db, &client)).await.unwrap();
            let first = store.create_key(elliptic(true), KEEPING, by(NOW)).await.unwrap();
            store.create_key(elliptic(true), KEEPING, by(NOW)).await.unwrap();
            assert!(withdrawn_at(&store, first.kid).await > NOW.plus(50 * DAY));

            // By the schedule too.
            let signing = store.read(keys::list).await.unwrap();
            let signing = signing.into_iter().find(|key| key.state == KeyState::Signing).unwrap();
            let handed_over = NOW.plus(90 * DAY);
            for now in [NOW.plus(76 * DAY), handed_over] {
                store.keep_keys(Some(ROTATION), KEEPING, now).await.unwrap();
            }
            assert!(withdrawn_at(&store, signing.kid).await > handed_over.plus(50 * DAY));
        }
    }
}

async fn withdrawn_at(store: &Store, kid: String) -> UnixTime {
    store.read(move |db| keys::find(db, &kid)).await.unwrap().unwrap().removed_at.unwrap()
}

#[tokio::test]
async fn an_imported_key_keeps_its_kid_and_refusals_change_nothing() {
    for database in TestDatabase::of_each_kind() {
        let store = database.open();
        let pem = || {
            let key = openssl::rsa::Rsa::generate(2048).unwrap();
            String::from_utf8(key.private_key_to_pem().unwrap()).unwrap()
        };
        let import = |pem: String, kid: Option<&str>, begin| ImportedKey {
            pem,
            alg: None,
            kid: kid.map(str::to_owned),
            begin,
        };
        let old = pem();
        let first = import(old.clone(), Some("django-1"), Begin::Signing);
        let first = store.import_key(first, KEEPING, by(NOW)).await.unwrap();
        assert_eq!((first.kid.as_str(), first.alg, first.state), ("django-1", Alg::RS256, KeyState::Signing));
        assert!(first.is_imported);
        let verify = import(pem(), None, Begin::VerifyOnly);
        let verify = store.import_key(verify, KEEPING, by(NOW)).await.unwrap();
        assert_eq!((verify.state, verify.kid.len()), (KeyState::Retired, 43));

        let before = store.catalogue().revision();
        for (key, is_expected) in [
            (import(old, Some("django-1"), Begin::Signing), "is there already"),
            (import("no key".into(), None, Begin::Next), "no private key"),
            (import(pem(), Some("a b"), Begin::Next), "printable"),
        ] {
            let error = store.import_key(key, KEEPING, by(NOW)).await.unwrap_err().to_string();
            assert!(error.contains(is_expected), "{error}");
        }
        assert_eq!(store.catalogue().revision(), before);
    }
}

#[tokio::test]
async fn only_a_key_that_nobody_needs_is_retired() {
    for database in TestDatabase::of_each_kind() {
        let store = database.open();
        store.prepare(NOW).await.unwrap();
        let needed = store.catalogue().keys.signer(Alg::RS256).unwrap().kid.clone();
        let refused = store.retire_key(needed, KEPT, by(NOW)).await;
        assert!(matches!(refused, Err(Error::Needed { .. })));
        let absent = store.retire_key("nobody".into(), KEPT, by(NOW)).await;
        assert!(matches!(absent, Err(Error::Absent(_))));

        let signer = store.create_key(elliptic(true), KEEPING, by(NOW)).await.unwrap().kid;
        let next = store.create_key(elliptic(false), KEEPING, by(NOW)).await.unwrap().kid;
        let refused = store.retire_key(signer.clone(), KEPT, by(NOW)).await;
        assert!(matches!(refused, Err(Error::Needed { .. })));
        let next = store.retire_key(next, KEPT, by(NOW)).await.unwrap();
        assert_eq!(next.state, KeyState::Removed);
        let retired = store.retire_key(signer.clone(), KEPT, by(NOW)).await.unwrap();
        assert_eq!(retired.state, KeyState::Retired);
        let over = store.retire_key(signer.clone(), KEPT, by(NOW)).await;
        assert!(matches!(over, Err(Error::Over { .. })));
        let removed = store.retire_key(signer, Former::Withdrawn, by(NOW)).await.unwrap();
        assert_eq!(removed.state, KeyState::Removed);
    }
}
