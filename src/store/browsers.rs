//! What the cookie of a browser stands for: a small map, found by the hash of the cookie's key.

use diesel::prelude::*;

use super::db::{Db, on_either};
use super::error::Result;
use super::schema::browsers;
use crate::oidc::time::UnixTime;

/// The map as JSON, unless it has expired.
pub fn find(db: &mut Db, key_hash: &str, now: UnixTime) -> Result<Option<String>> {
    Ok(on_either!(db, conn => {
        browsers::table
            .filter(browsers::key_hash.eq(key_hash))
            .filter(browsers::expires_at.gt(now.0))
            .select(browsers::state)
            .first(conn)
            .optional()
    })?)
}

pub fn save(db: &mut Db, key_hash: &str, state: &str, expires_at: UnixTime) -> Result<()> {
    let changes = (browsers::state.eq(state), browsers::expires_at.eq(expires_at.0));
    on_either!(db, conn => {
        diesel::insert_into(browsers::table)
            .values((browsers::key_hash.eq(key_hash), changes))
            .on_conflict(browsers::key_hash)
            .do_update()
            .set(changes)
            .execute(conn)
    })?;
    Ok(())
}

pub fn extend(db: &mut Db, key_hash: &str, expires_at: UnixTime) -> Result<()> {
    diesel::update(browsers::table.find(key_hash)).set(browsers::expires_at.eq(expires_at.0)).execute(db)?;
    Ok(())
}

pub fn remove(db: &mut Db, key_hash: &str) -> Result<()> {
    diesel::delete(browsers::table.find(key_hash)).execute(db)?;
    Ok(())
}
