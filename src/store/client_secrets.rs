//! Secrets of clients.

use diesel::prelude::*;

use super::catalogue;
use super::db::Db;
use super::error::Result;
use super::schema::client_secrets;
use crate::oidc::client::StoredSecret;
use crate::oidc::time::UnixTime;

/// Adds a secret; those that there are work until `retire_at`.
pub fn add(db: &mut Db, client_id: &str, secret: &StoredSecret, retire_at: UnixTime) -> Result<()> {
    let live = client_secrets::table.filter(client_secrets::client_id.eq(client_id));
    let longer = client_secrets::expires_at.is_null().or(client_secrets::expires_at.gt(retire_at.0));
    diesel::update(live.filter(longer)).set(client_secrets::expires_at.eq(retire_at.0)).execute(db)?;
    insert(db, client_id, secret)?;
    catalogue::touch(db)
}

/// Removes all secrets of a client at once.
pub fn remove_all(db: &mut Db, client_id: &str) -> Result<()> {
    diesel::delete(client_secrets::table.filter(client_secrets::client_id.eq(client_id))).execute(db)?;
    catalogue::touch(db)
}

/// Removes a secret at once. Says whether it was there.
pub fn remove(db: &mut Db, client_id: &str, secret_id: &str) -> Result<bool> {
    let row = client_secrets::table.find(secret_id).filter(client_secrets::client_id.eq(client_id));
    let removed = diesel::delete(row).execute(db)?;
    catalogue::touch(db)?;
    Ok(removed == 1)
}

/// Of one client, the newest first.
pub(super) fn of(db: &mut Db, client_id: &str) -> Result<Vec<StoredSecret>> {
    type Columns = (String, String, String, i64, Option<i64>, Option<String>);
    let rows: Vec<Columns> = client_secrets::table
        .filter(client_secrets::client_id.eq(client_id))
        .order((client_secrets::created_at.desc(), client_secrets::id.desc()))
        .select((
            client_secrets::id,
            client_secrets::secret_hash,
            client_secrets::hint,
            client_secrets::created_at,
            client_secrets::expires_at,
            client_secrets::sealed_secret,
        ))
        .load(db)?;
    let secret = |(id, secret_hash, hint, created_at, expires_at, sealed): Columns| StoredSecret {
        id,
        secret_hash,
        hint,
        created_at: UnixTime(created_at),
        expires_at: expires_at.map(UnixTime),
        sealed,
    };
    Ok(rows.into_iter().map(secret).collect())
}

pub(super) fn insert(db: &mut Db, client_id: &str, secret: &StoredSecret) -> Result<()> {
    diesel::insert_into(client_secrets::table)
        .values((
            client_secrets::id.eq(&secret.id),
            client_secrets::client_id.eq(client_id),
            client_secrets::secret_hash.eq(&secret.secret_hash),
            client_secrets::hint.eq(&secret.hint),
            client_secrets::created_at.eq(secret.created_at.0),
            client_secrets::expires_at.eq(secret.expires_at.map(|at| at.0)),
            client_secrets::sealed_secret.eq(&secret.sealed),
        ))
        .execute(db)?;
    Ok(())
}
