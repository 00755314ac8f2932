//! Signing keys; the private part is encrypted at rest.

use std::sync::Arc;

use diesel::dsl::max;
use diesel::prelude::*;

use super::catalogue;
use super::db::Db;
use super::error::{Error, Result};
use super::schema::{clients, signing_keys};
use super::vault::Vault;
use crate::oidc::jose::{Alg, PrivateKey};
use crate::oidc::keys::{KeyRecord, KeyRing, KeyState, SigningKey};
use crate::oidc::time::UnixTime;

#[derive(Queryable, Selectable)]
#[diesel(table_name = signing_keys)]
struct Row {
    kid: String,
    alg: String,
    state: String,
    public_jwk: String,
    is_imported: bool,
    created_at: i64,
    signs_at: Option<i64>,
    retired_at: Option<i64>,
    removed_at: Option<i64>,
}

impl TryFrom<Row> for KeyRecord {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let unreadable = |what: &str| Error::Unreadable(format!("{what} of signing key {}", row.kid));
        Ok(Self {
            alg: row.alg.parse().map_err(|_| unreadable("alg"))?,
            state: row.state.parse().map_err(|_| unreadable("state"))?,
            public_jwk: serde_json::from_str(&row.public_jwk).map_err(|_| unreadable("public_jwk"))?,
            is_imported: row.is_imported,
            created_at: UnixTime(row.created_at),
            signs_at: row.signs_at.map(UnixTime),
            retired_at: row.retired_at.map(UnixTime),
            removed_at: row.removed_at.map(UnixTime),
            kid: row.kid,
        })
    }
}

/// All keys that ever were, the newest first.
pub fn list(db: &mut Db) -> Result<Vec<KeyRecord>> {
    let rows: Vec<Row> = signing_keys::table
        .order((signing_keys::created_at.desc(), signing_keys::kid))
        .select(Row::as_select())
        .load(db)?;
    rows.into_iter().map(TryInto::try_into).collect()
}

pub fn find(db: &mut Db, kid: &str) -> Result<Option<KeyRecord>> {
    let row: Option<Row> = signing_keys::table.find(kid).select(Row::as_select()).first(db).optional()?;
    row.map(TryInto::try_into).transpose()
}

/// Names of the clients whose ID tokens are signed with `alg`.
pub fn clients_of(db: &mut Db, alg: Alg) -> Result<Vec<String>> {
    let of_alg = clients::table.filter(clients::id_token_alg.eq(alg.as_str()));
    Ok(of_alg.order((clients::name, clients::id)).select(clients::name).load(db)?)
}

/// The longest lifetime of ID tokens and access tokens that a client has of its own. Seconds.
pub fn longest_token(db: &mut Db) -> Result<Option<i64>> {
    let of_each = (max(clients::id_token_lifetime), max(clients::access_token_lifetime));
    let (id_token, access_token): (Option<i64>, Option<i64>) = clients::table.select(of_each).first(db)?;
    Ok(id_token.max(access_token))
}

/// Whether a private part is kept.
pub(super) fn is_any_sealed(db: &mut Db) -> Result<bool> {
    let sealed = signing_keys::table.filter(signing_keys::private_key.ne(""));
    Ok(diesel::select(diesel::dsl::exists(sealed)).get_result(db)?)
}

/// What is published, and what signs.
pub(super) fn ring(db: &mut Db, vault: &Vault) -> Result<KeyRing> {
    let records = list(db)?;
    let sealed: Vec<(String, String, String)> = signing_keys::table
        .filter(signing_keys::state.eq(KeyState::Signing.as_str()))
        .select((signing_keys::kid, signing_keys::alg, signing_keys::private_key))
        .load(db)?;
    let mut signers = Vec::new();
    for (kid, alg, private_key) in sealed {
        let unreadable = || Error::Unreadable(format!("private part of signing key {kid}"));
        let alg: Alg = alg.parse().map_err(|_| unreadable())?;
        let der = vault.open(&context(&kid), &private_key)?;
        let private = PrivateKey::from_der(alg, &der).map_err(|_| unreadable())?;
        signers.push(Arc::new(SigningKey { kid, private }));
    }
    Ok(KeyRing::new(records, signers))
}

/// Adds a key. Fails as a duplicate where its kid, or another key in the same state, is there.
pub fn add(db: &mut Db, record: &KeyRecord, sealed_private: &str) -> Result<()> {
    diesel::insert_into(signing_keys::table)
        .values((
            signing_keys::kid.eq(&record.kid),
            signing_keys::alg.eq(record.alg.as_str()),
            signing_keys::state.eq(record.state.as_str()),
            signing_keys::public_jwk.eq(record.public_jwk.to_string()),
            signing_keys::private_key.eq(sealed_private),
            signing_keys::is_imported.eq(record.is_imported),
            signing_keys::created_at.eq(record.created_at.0),
            signing_keys::signs_at.eq(record.signs_at.map(|at| at.0)),
            signing_keys::retired_at.eq(record.retired_at.map(|at| at.0)),
            signing_keys::removed_at.eq(record.removed_at.map(|at| at.0)),
        ))
        .execute(db)?;
    catalogue::touch(db)
}

/// How the private part of `kid` is sealed.
pub fn seal(vault: &Vault, nonce: [u8; 12], kid: &str, der: &[u8]) -> String {
    vault.seal(nonce, &context(kid), der)
}

/// The next key of `alg` begins to sign, if there is one. Says whether one did.
///
/// What signed until now must have been retired before, in the same transaction.
pub fn promote_next(db: &mut Db, alg: Alg, now: UnixTime) -> Result<bool> {
    let next = signing_keys::table
        .filter(signing_keys::alg.eq(alg.as_str()))
        .filter(signing_keys::state.eq(KeyState::Next.as_str()));
    let changed = diesel::update(next)
        .set((signing_keys::state.eq(KeyState::Signing.as_str()), signing_keys::signs_at.eq(now.0)))
        .execute(db)?;
    catalogue::touch(db)?;
    Ok(changed == 1)
}

/// Stops a key from signing; it stays published until `removed_at`. Says whether it was next or signing.
pub fn retire(db: &mut Db, kid: &str, now: UnixTime, removed_at: UnixTime) -> Result<bool> {
    let live = [KeyState::Next.as_str(), KeyState::Signing.as_str()];
    let changed = diesel::update(signing_keys::table.find(kid).filter(signing_keys::state.eq_any(live)))
        .set((
            signing_keys::state.eq(KeyState::Retired.as_str()),
            signing_keys::retired_at.eq(now.0),
            signing_keys::removed_at.eq(removed_at.0),
        ))
        .execute(db)?;
    catalogue::touch(db)?;
    Ok(changed == 1)
}

/// Withdraws a key that no longer signs: unpublished, and its private part wiped. Says whether it was retired.
pub fn remove(db: &mut Db, kid: &str, now: UnixTime) -> Result<bool> {
    let retired = signing_keys::table.find(kid).filter(signing_keys::state.eq(KeyState::Retired.as_str()));
    let changed = diesel::update(retired)
        .set((
            signing_keys::state.eq(KeyState::Removed.as_str()),
            signing_keys::private_key.eq(""),
            signing_keys::removed_at.eq(now.0),
        ))
        .execute(db)?;
    catalogue::touch(db)?;
    Ok(changed == 1)
}

/// When the next key of `alg` shall begin to sign.
pub fn plan(db: &mut Db, kid: &str, signs_at: UnixTime) -> Result<()> {
    diesel::update(signing_keys::table.find(kid)).set(signing_keys::signs_at.eq(signs_at.0)).execute(db)?;
    Ok(())
}

fn context(kid: &str) -> String {
    format!("the private part of signing key {kid}")
}
