//! What nobody will ask for again goes away, a few rows at a time, so that nobody waits for it.
//!
//! Rows are looked for on a connection for reading; only their removal takes a turn of the one writer.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::schema::{access_tokens, browsers, consents, flows, grants, refresh_tokens, sessions, throttles};
use super::{Db, Result, Store};
use crate::oidc::time::UnixTime;

/// Rows in one transaction.
const BATCH: i64 = 500;

/// Batches for one table in one run; the next run goes on.
const ROUNDS: usize = 100;

/// A code that comes again shortly after its grant has ended is still known as spent.
const GRANTS_KEPT: i64 = 24 * 3600;

/// What is over.
#[derive(Clone, Copy)]
struct Cut {
    now: i64,
    grants: i64,
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

const SWEEPS: [Sweep; 8] = [
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
    // As long as tokens rest on it, its person must see it to be able to take it back.
    sweep!(consents by user_id, cut => {
        let live = grants::table
            .filter(grants::user_id.eq(consents::user_id))
            .filter(grants::client_id.eq(consents::client_id))
            .filter(grants::revoked_at.is_null())
            .filter(grants::expires_at.gt(cut.now));
        consents::expires_at.le(cut.now).and(not(exists(live)))
    }),
];

impl Store {
    /// Removes what is over at `now`; failed attempts are forgotten after `window` seconds. Says how many rows went.
    ///
    /// The audit log is kept.
    pub async fn clean_up(&self, now: UnixTime, window: i64) -> Result<usize> {
        let cut = Cut { now: now.0, grants: now.minus(GRANTS_KEPT).0, throttles: now.minus(window).0 };
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
