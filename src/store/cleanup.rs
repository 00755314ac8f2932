//! What nobody will ask for again goes away, a few rows at a time, so that nobody waits for it.
//!
//! Rows are looked for on a connection for reading; only their removal takes a turn of the one writer.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::schema::{
    access_tokens, browsers, client_tokens, clients, consents, flows, grants, initial_access_tokens,
    logout_deliveries, refresh_tokens, sessions, throttles, used_jwts,
};
use super::{Db, Result, Store, catalogue};
use crate::oidc::time::UnixTime;

/// Rows in one transaction.
const BATCH: i64 = 500;

/// Batches for one table in one run; the next run goes on.
const ROUNDS: usize = 100;

/// A code that comes again shortly after its grant has ended is still known as spent.
const GRANTS_KEPT: i64 = 24 * 3600;

/// So long the console shows what apps were told of sign-outs.
const DELIVERIES_KEPT: i64 = 7 * 24 * 3600;

/// What is over.
#[derive(Clone, Copy)]
struct Cut {
    now: i64,
    grants: i64,
    deliveries: i64,
    throttles: i64,
}

/// How the rows of one table are found and removed.
struct Sweep {
    find: fn(&mut Db, Cut) -> Result<Vec<String>>,
    /// Looks again: a row may have come to life meanwhile.
    remove: fn(&mut Db, Cut, &[String]) -> Result<usize>,
}

macro_rules! sweep {
    ($table:ident by $id:ident, $cut:ident => $over:expr) => {
        Sweep {
            find: |db, $cut| Ok($table::table.filter($over).select($table::$id).limit(BATCH).load(db)?),
            remove: |db, $cut, ids| {
                let rows = $table::table.filter($table::$id.eq_any(ids)).filter($over);
                Ok(diesel::delete(rows).execute(db)?)
            },
        }
    };
}

const SWEEPS: [Sweep; 13] = [
    sweep!(browsers by key_hash, cut => browsers::expires_at.le(cut.now)),
    sweep!(flows by id, cut => flows::expires_at.le(cut.now)),
    sweep!(sessions by sid, cut => sessions::expires_at.le(cut.now).or(sessions::idle_until.le(cut.now))),
    sweep!(throttles by name, cut => {
        throttles::failed_at.lt(cut.throttles).and(throttles::paused_until.le(cut.now))
    }),
    // Its codes and tokens go with it.
    sweep!(grants by id, cut => grants::expires_at.le(cut.grants)),
    sweep!(access_tokens by token_hash, cut => access_tokens::expires_at.le(cut.now)),
    sweep!(refresh_tokens by token_hash, cut => refresh_tokens::expires_at.le(cut.now)),
    sweep!(logout_deliveries by id, cut => logout_deliveries::created_at.le(cut.deliveries)),
    sweep!(client_tokens by token_hash, cut => client_tokens::expires_at.le(cut.now)),
    sweep!(used_jwts by jti_hash, cut => used_jwts::expires_at.le(cut.now)),
    // As long as tokens rest on it, its person must see it to be able to take it back.
    sweep!(consents by user_id, cut => {
        let live = grants::table
            .filter(grants::user_id.eq(consents::user_id))
            .filter(grants::client_id.eq(consents::client_id))
            .filter(grants::revoked_at.is_null())
            .filter(grants::expires_at.gt(cut.now));
        consents::expires_at.le(cut.now).and(not(exists(live)))
    }),
    sweep!(initial_access_tokens by id, cut => initial_access_tokens::expires_at.le(cut.now)),
    UNUSED_CLIENTS,
];

/// Registrations that nobody has used. Whoever signs in with one meanwhile saves it.
const UNUSED_CLIENTS: Sweep = Sweep {
    find: |db, cut| {
        let unused = clients::table.filter(clients::unused_until.le(cut.now));
        Ok(unused.select(clients::id).limit(BATCH).load(db)?)
    },
    remove: |db, cut, ids| {
        let unused = clients::table.filter(clients::id.eq_any(ids)).filter(clients::unused_until.le(cut.now));
        let removed = diesel::delete(unused).execute(db)?;
        catalogue::touch(db)?;
        Ok(removed)
    },
};

impl Store {
    /// Removes what is over at `now`; failed attempts are forgotten after `window` seconds. Says how many rows went.
    ///
    /// The audit log is kept.
    pub async fn clean_up(&self, now: UnixTime, window: i64) -> Result<usize> {
        let cut = Cut {
            now: now.0,
            grants: now.minus(GRANTS_KEPT).0,
            deliveries: now.minus(DELIVERIES_KEPT).0,
            throttles: now.minus(window).0,
        };
        let mut removed = 0;
        for sweep in SWEEPS {
            for _ in 0..ROUNDS {
                let ids = self.read(move |db| (sweep.find)(db, cut)).await?;
                if ids.is_empty() {
                    break;
                }
                let is_last = ids.len() < BATCH as usize;
                removed += self.write(move |db| (sweep.remove)(db, cut, &ids)).await?;
                if is_last {
                    break;
                }
            }
        }
        Ok(removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::grant::{AuthorizationCode, Grant};
    use crate::oidc::metadata::Metadata;
    use crate::oidc::scope::Scope;
    use crate::oidc::session::{Consent, Session};
    use crate::oidc::user::ada;
    use crate::store::fixture::TestDatabase;
    use crate::store::schema::logout_deliveries as rows;
    use crate::store::tokens::{Lineage, NewToken};
    use crate::store::{client_tokens as own, used_jwts as used_jwts_of_clients};
    use crate::store::{clients as apps, logout_deliveries, users};
    use crate::store::{
        consents as agreed, flows as waiting, grants as families, sessions as signed_in, tokens,
    };

    const NOW: UnixTime = UnixTime(1_795_190_400);
    const HOUR: i64 = 3600;
    const WINDOW: i64 = 900;

    fn grant(id: &str) -> Grant {
        Grant {
            id: id.into(),
            client_id: "shop".into(),
            user_id: ada().id,
            sid: "gone".into(),
            scope: Scope::parse("openid").unwrap(),
            auth_time: NOW,
            acr: "0".into(),
            claims: String::new(),
            resources: Vec::new(),
            is_offline: false,
            created_at: NOW,
        }
    }

    /// A grant with a code; everything of it ends at `until`.
    fn add_grant(db: &mut Db, id: &str, until: UnixTime) -> Result<()> {
        let code = AuthorizationCode {
            code_hash: format!("code of {id}"),
            redirect_uri: Some("https://shop.example/cb".into()),
            nonce: None,
            challenge: None,
            expires_at: until,
            is_spent: false,
        };
        families::add(db, &grant(id), &code)
    }

    fn token<'a>(grant: &'a Grant, hash: &str, until: UnixTime) -> NewToken<'a> {
        let (token_hash, grant_id, scope) = (hash.to_owned(), grant.id.as_str(), &grant.scope);
        NewToken { token_hash, grant_id, scope, audience: String::new(), now: NOW, expires_at: until }
    }

    fn furnish(db: &mut Db) -> Result<()> {
        let (ada, soon, later) = (ada(), NOW.plus(HOUR), NOW.plus(100 * HOUR));
        users::add(db, &ada)?;
        let metadata =
            Metadata { redirect_uris: vec!["https://shop.example/cb".into()], ..Metadata::default() };
        apps::add(db, &metadata.check("shop".into(), NOW).unwrap())?;
        for (name, until) in [("old", soon), ("new", later)] {
            crate::store::browsers::save(db, name, "{}", until)?;
            let key = waiting::Key { id: name.into(), browser_hash: "b".into(), now: NOW };
            waiting::add(db, &key, "", until)?;
            let session = Session { sid: name.into(), user_id: ada.id.clone(), auth_time: NOW };
            let new = signed_in::NewSession {
                session,
                user_agent: String::new(),
                address: String::new(),
                is_remembered: false,
                idle: until.since(NOW),
                expires_at: later,
            };
            signed_in::add(db, &new, NOW)?;
            add_grant(db, name, until)?;
        }
        let live = grant("new");
        tokens::add_access(db, &token(&live, "old access", soon))?;
        tokens::add_refresh(db, &token(&live, "old refresh", soon), Lineage::default())?;
        tokens::add_refresh(db, &token(&live, "new refresh", later), Lineage::default())?;
        for (name, until) in [("old", soon), ("new", later)] {
            used_jwts_of_clients::spend(db, name, until)?;
            let (token_hash, client_id) = (name.to_owned(), "shop".to_owned());
            let (scope, resources) = (Scope::default(), Vec::new());
            own::add(
                db,
                &own::ClientToken {
                    token_hash,
                    client_id,
                    scope,
                    resources,
                    created_at: NOW,
                    expires_at: until,
                },
            )?;
        }
        let delivery = logout_deliveries::New {
            client_id: "shop",
            uri: "https://shop.example/out",
            sid: "old",
            user_id: &ada.id,
        };
        logout_deliveries::add(db, &delivery, NOW.minus(6 * 24 * HOUR))?;
        let consent = Consent { scope: live.scope.clone(), granted_at: NOW, expires_at: soon };
        agreed::save(db, &ada.id, "shop", &consent)
    }

    fn counts(db: &mut Db) -> Result<[i64; 11]> {
        Ok([
            browsers::table.count().get_result(db)?,
            flows::table.count().get_result(db)?,
            sessions::table.count().get_result(db)?,
            throttles::table.count().get_result(db)?,
            grants::table.count().get_result(db)?,
            access_tokens::table.count().get_result(db)?,
            refresh_tokens::table.count().get_result(db)?,
            client_tokens::table.count().get_result(db)?,
            used_jwts::table.count().get_result(db)?,
            consents::table.count().get_result(db)?,
            rows::table.count().get_result(db)?,
        ])
    }

    #[tokio::test]
    async fn what_is_over_goes_and_the_rest_stays() {
        for database in TestDatabase::of_each_kind() {
            let store = database.open();
            store.write(furnish).await.unwrap();
            let limit =
                crate::store::throttles::Limit { failures: 5, pause: 60, pause_max: 60, window: WINDOW };
            store
                .write(move |db| crate::store::throttles::note_failure(db, "ada", &limit, NOW))
                .await
                .unwrap();
            let all = [2, 2, 2, 1, 2, 1, 2, 2, 2, 1, 1];
            assert_eq!(store.read(counts).await.unwrap(), all);
            assert_eq!(store.clean_up(NOW, WINDOW).await.unwrap(), 0);
            assert_eq!(store.read(counts).await.unwrap(), all);

            store.clean_up(NOW.plus(HOUR), WINDOW).await.unwrap();
            // A grant is kept for a day more; the consent has expired, but a token still rests on it.
            assert_eq!(store.read(counts).await.unwrap(), [1, 1, 1, 0, 2, 0, 1, 1, 1, 1, 1]);
            store.clean_up(NOW.plus(25 * HOUR), WINDOW).await.unwrap();
            assert_eq!(store.read(counts).await.unwrap(), [1, 1, 1, 0, 1, 0, 1, 1, 1, 1, 0]);
            store.clean_up(NOW.plus(124 * HOUR), WINDOW).await.unwrap();
            assert_eq!(store.read(counts).await.unwrap(), [0; 11]);
        }
    }

    #[tokio::test]
    async fn many_rows_go_in_batches() {
        let database = TestDatabase::of_each_kind().remove(0);
        let store = database.open();
        let fill = |db: &mut Db| {
            (0..2 * BATCH + 1)
                .try_for_each(|number| crate::store::browsers::save(db, &number.to_string(), "{}", NOW))
        };
        store.write(fill).await.unwrap();
        assert_eq!(store.clean_up(NOW, WINDOW).await.unwrap(), 1001);
    }
}
