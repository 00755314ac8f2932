use diesel::connection::SimpleConnection;

use super::*;
use crate::oidc::encryption_keys::ALGS;
use crate::store::audit::Filter;
use crate::store::db::on_either;
use crate::store::fixture::TestDatabase;
use crate::store::{Result as StoreResult, Search};

const DAY: i64 = 86_400;
const NOW: UnixTime = UnixTime(1_795_190_400);
const KEEPING: Keeping = Keeping { id_token: 600, access_token: 600, session: DAY, key_set: 14 * DAY };
const ROTATION: Rotation = Rotation { rotate_every: 90 * DAY, publish_ahead: 14 * DAY };
const RSA: KeyManagementAlg = KeyManagementAlg::RsaOaep;
const EC: KeyManagementAlg = KeyManagementAlg::EcdhEs;

fn by(now: UnixTime) -> Event {
    Event::by("A test", now)
}

/// State and kid of each key of `alg`, in the order of their states.
async fn keys_of(store: &Store, alg: KeyManagementAlg) -> Vec<(&'static str, String)> {
    let records = store.read(encryption_keys::list).await.unwrap();
    let of_alg = records.into_iter().filter(|record| record.alg == alg);
    let mut found: Vec<_> = of_alg.map(|record| (record.state.as_str(), record.kid)).collect();
    found.sort();
    found
}

async fn states(store: &Store, alg: KeyManagementAlg) -> Vec<&'static str> {
    keys_of(store, alg).await.into_iter().map(|(state, _)| state).collect()
}

/// The kids that decrypt, and those of them that are published.
async fn in_use(store: &Store) -> (Vec<String>, Vec<String>) {
    store.refresh().await.unwrap();
    let catalogue = store.catalogue();
    let mut decrypting: Vec<_> = catalogue.decryption_keys.iter().map(|(kid, _)| kid.clone()).collect();
    let published = catalogue.jwks["keys"].as_array().unwrap().iter().filter(|key| key["use"] == "enc");
    let mut published: Vec<_> = published.map(|key| key["kid"].as_str().unwrap().to_owned()).collect();
    decrypting.sort();
    published.sort();
    (decrypting, published)
}

async fn events(store: &Store, name: &str) -> usize {
    let page = store.read(|db| audit::list(db, &Search::default(), &Filter::default())).await.unwrap();
    page.rows.into_iter().filter(|event| event.event == name).count()
}

#[tokio::test]
async fn nodes_that_start_together_end_with_one_key_of_each_kind() {
    for database in TestDatabase::of_each_kind() {
        let (one, other) = (database.open(), database.open());
        let (first, second) = tokio::join!(one.prepare(NOW), other.prepare(NOW));
        first.unwrap();
        second.unwrap();
        for alg in ALGS {
            assert_eq!(states(&one, alg).await, ["current"], "{alg}");
        }
        assert_eq!(in_use(&one).await, in_use(&other).await);
    }
}

#[tokio::test]
async fn keys_follow_the_schedule_once_however_many_nodes_there_are() {
    for database in TestDatabase::of_each_kind() {
        let (one, other) = (database.open(), database.open());
        one.prepare(NOW).await.unwrap();
        let first = in_use(&one).await;
        assert_eq!(first.0, first.1);
        let at = async |now: UnixTime| {
            let (a, b) = tokio::join!(
                one.keep_encryption_keys(Some(&ROTATION), KEEPING, now),
                other.keep_encryption_keys(Some(&ROTATION), KEEPING, now)
            );
            a.unwrap();
            b.unwrap();
            assert_eq!(states(&one, RSA).await, states(&one, EC).await);
            states(&one, EC).await
        };
        assert_eq!(at(NOW.plus(90 * DAY - 1)).await, ["current"]);
        assert_eq!(at(NOW.plus(90 * DAY)).await, ["current", "retired"]);
        let (decrypting, published) = in_use(&other).await;
        assert!(first.0.iter().all(|kid| decrypting.contains(kid) && !published.contains(kid)));
        assert_eq!((decrypting.len(), published.len()), (4, 2));

        // The time that apps have to fetch the key set, and an hour.
        let over = NOW.plus(104 * DAY + 3600);
        assert_eq!(at(over.minus(1)).await, ["current", "retired"]);
        assert_eq!(at(over).await, ["current", "removed"]);
        assert_eq!(at(over.plus(1)).await, ["current", "removed"]);
        let (decrypting, published) = in_use(&other).await;
        assert_eq!(decrypting, published);
        assert!(first.0.iter().all(|kid| !decrypting.contains(kid)));
        assert_eq!((events(&one, "key_rotated").await, events(&one, "key_withdrawn").await), (2, 2));
    }
}

#[tokio::test]
async fn of_many_who_replace_at_once_one_does() {
    for database in TestDatabase::of_each_kind() {
        let (one, other) = (database.open(), database.open());
        one.prepare(NOW).await.unwrap();
        let found = one.read(encryption_keys::list).await.unwrap();
        let current = found.iter().find(|record| record.alg == EC).unwrap();
        let kept = Former::Kept(KEEPING);
        let (first, second) = tokio::join!(
            one.replace_encryption_key(current, kept, by(NOW)),
            other.replace_encryption_key(current, kept, by(NOW))
        );
        let done = [&first, &second].iter().filter(|result| result.is_ok()).count();
        assert_eq!(done, 1);
        assert!([first, second].iter().any(|result| matches!(result, Err(Error::Raced))));
        assert_eq!(states(&one, EC).await, ["current", "retired"]);
        assert_eq!(states(&one, RSA).await, ["current"]);
    }
}

#[tokio::test]
async fn a_key_that_leaked_decrypts_no_more_and_a_current_one_is_only_replaced() {
    for database in TestDatabase::of_each_kind() {
        let store = database.open();
        let none = store.rotate_encryption_key(RSA, Former::Withdrawn, by(NOW)).await;
        assert!(matches!(none, Err(Error::Absent(_))));
        store.prepare(NOW).await.unwrap();
        let first = keys_of(&store, RSA).await[0].1.clone();
        let refused = store.withdraw_encryption_key(first.clone(), by(NOW)).await;
        assert!(matches!(refused, Err(Error::EncryptedTo(_))));

        let second = store.rotate_encryption_key(RSA, Former::Withdrawn, by(NOW)).await.unwrap();
        assert_eq!((second.alg, second.state), (RSA, EncryptionKeyState::Current));
        assert!(!in_use(&store).await.0.contains(&first));
        let over = store.withdraw_encryption_key(first, by(NOW)).await;
        assert!(matches!(over, Err(Error::Over { .. })));

        let third = store.rotate_encryption_key(RSA, Former::Kept(KEEPING), by(NOW)).await.unwrap();
        assert!(in_use(&store).await.0.contains(&second.kid));
        let withdrawn = store.withdraw_encryption_key(second.kid.clone(), by(NOW)).await.unwrap();
        assert_eq!(withdrawn.state, EncryptionKeyState::Removed);
        let (decrypting, published) = in_use(&store).await;
        assert!(decrypting.contains(&third.kid) && !decrypting.contains(&second.kid));
        assert_eq!(decrypting, published);
        let absent = store.withdraw_encryption_key("nobody".into(), by(NOW)).await;
        assert!(matches!(absent, Err(Error::Absent(_))));
    }
}

/// Before there were states, nodes that started together could each have made keys.
#[tokio::test]
async fn keys_from_before_keep_decrypting_and_one_of_each_kind_is_current() {
    const UP: &str = include_str!("../../../../migrations/2026-11-27-000001_rotate_encryption_keys/up.sql");
    const DOWN: &str =
        include_str!("../../../../migrations/2026-11-27-000001_rotate_encryption_keys/down.sql");
    for database in TestDatabase::of_each_kind() {
        let store = database.open();
        let vault = store.vault();
        let keys = [RSA, EC, RSA]
            .map(|alg| Sealed::new(&vault, &DecryptionKey::generate(alg, None).unwrap()).unwrap());
        let older = keys[0].kid.clone();
        let rows: Vec<String> = keys.iter().zip(0..).map(|(key, age)| key.as_row(NOW.plus(age))).collect();
        let work = move |db: &mut Db| -> StoreResult<()> {
            let sql = format!("{DOWN}; {}; {UP}", rows.join(";"));
            Ok(on_either!(db, conn => conn.batch_execute(&sql))?)
        };
        store.write(work).await.unwrap();
        assert_eq!(states(&store, RSA).await, ["current", "retired"]);
        assert_eq!(states(&store, EC).await, ["current"]);
        store.keep_encryption_keys(None, KEEPING, NOW.plus(100 * DAY)).await.unwrap();
        let (decrypting, published) = in_use(&database.open()).await;
        assert_eq!((decrypting.len(), published.len()), (3, 2));
        assert!(decrypting.contains(&older) && !published.contains(&older));
    }
}
