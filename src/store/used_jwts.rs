//! Signed documents of clients that count once on all nodes together, such as assertions (RFC 7523 3).

use diesel::prelude::*;

use super::db::{Db, on_either};
use super::error::Result;
use super::schema::used_jwts;
use crate::oidc::time::UnixTime;

/// Uses up what `jti_hash` names, which nobody would take after `expires_at` anyway. Says whether it was unused: of
/// many who try at once, one is told so.
pub fn spend(db: &mut Db, jti_hash: &str, expires_at: UnixTime) -> Result<bool> {
    let added = on_either!(db, conn => {
        diesel::insert_into(used_jwts::table)
            .values((used_jwts::jti_hash.eq(jti_hash), used_jwts::expires_at.eq(expires_at.0)))
            .on_conflict_do_nothing()
            .execute(conn)
    })?;
    Ok(added == 1)
}
