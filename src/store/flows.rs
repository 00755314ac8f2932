//! Authorization requests that wait for their person, and what the person has done for them.

use diesel::prelude::*;

use super::db::Db;
use super::error::Result;
use super::schema::flows;
use crate::oidc::authorize::{Decision, Met};
use crate::oidc::time::UnixTime;

/// A waiting request.
pub struct Flow {
    /// The parameters as they came, form-encoded.
    pub params: String,
    pub met: Met,
}

/// Which waiting request, in which browser, at what time.
#[derive(Clone, Debug)]
pub struct Key {
    pub id: String,
    pub browser_hash: String,
    pub now: UnixTime,
}

impl Key {
    /// Of a request that was posted by a browser which is not known yet: it belongs to whoever asks for it first.
    pub const fn posted(id: String, now: UnixTime) -> Self {
        Self { id, browser_hash: String::new(), now }
    }
}

pub fn find(db: &mut Db, key: &Key) -> Result<Option<Flow>> {
    type Row = (String, Option<i64>, bool, Option<String>, Option<bool>);
    let row: Option<Row> = flows::table
        .find(&key.id)
        .filter(flows::browser_hash.eq(&key.browser_hash))
        .filter(flows::expires_at.gt(key.now.0))
        .select((
            flows::params,
            flows::login_at,
            flows::has_chosen_account,
            flows::decided_by,
            flows::is_allowed,
        ))
        .first(db)
        .optional()?;
    Ok(row.map(|(params, login_at, has_chosen_account, decided_by, is_allowed)| Flow {
        params,
        met: Met {
            login_at: login_at.map(UnixTime),
            has_chosen_account,
            decision: decided_by
                .zip(is_allowed)
                .map(|(user_id, is_allowed)| Decision { user_id, is_allowed }),
        },
    }))
}

pub fn add(db: &mut Db, key: &Key, params: &str, expires_at: UnixTime) -> Result<()> {
    diesel::insert_into(flows::table)
        .values((
            flows::id.eq(&key.id),
            flows::browser_hash.eq(&key.browser_hash),
            flows::params.eq(params),
            flows::has_chosen_account.eq(false),
            flows::created_at.eq(key.now.0),
            flows::expires_at.eq(expires_at.0),
        ))
        .execute(db)?;
    Ok(())
}

/// Somebody signed in for it.
pub fn note_login(db: &mut Db, key: &Key) -> Result<bool> {
    let changed = diesel::update(live(key)).set(flows::login_at.eq(key.now.0)).execute(db)?;
    Ok(changed == 1)
}

/// Somebody chose the account that goes on.
pub fn note_choice(db: &mut Db, key: &Key) -> Result<bool> {
    let changed = diesel::update(live(key)).set(flows::has_chosen_account.eq(true)).execute(db)?;
    Ok(changed == 1)
}

/// Somebody agreed or declined; the first decision of a person stands. Says whether this one was it.
pub fn decide(db: &mut Db, key: &Key, decision: &Decision) -> Result<bool> {
    let open = live(key).filter(flows::decided_by.is_null().or(flows::decided_by.ne(&decision.user_id)));
    let changed = diesel::update(open)
        .set((flows::decided_by.eq(&decision.user_id), flows::is_allowed.eq(decision.is_allowed)))
        .execute(db)?;
    Ok(changed == 1)
}

/// The request is answered. Says whether it still waited.
pub fn spend(db: &mut Db, key: &Key) -> Result<bool> {
    Ok(diesel::delete(live(key)).execute(db)? == 1)
}

/// The parameters of a request that nobody has done anything for, once.
pub fn take(db: &mut Db, key: &Key) -> Result<Option<String>> {
    let flow = find(db, key)?;
    Ok(if spend(db, key)? { flow.map(|flow| flow.params) } else { None })
}

type Live<'a> = diesel::dsl::Filter<
    diesel::dsl::Filter<
        diesel::dsl::Find<flows::table, &'a String>,
        diesel::dsl::Eq<flows::browser_hash, &'a String>,
    >,
    diesel::dsl::Gt<flows::expires_at, i64>,
>;

fn live(key: &Key) -> Live<'_> {
    flows::table
        .find(&key.id)
        .filter(flows::browser_hash.eq(&key.browser_hash))
        .filter(flows::expires_at.gt(key.now.0))
}
