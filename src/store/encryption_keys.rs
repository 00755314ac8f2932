//! Keys with which clients encrypt their request objects to us; the private part is encrypted at rest.

use diesel::prelude::*;

use super::catalogue;
use super::db::Db;
use super::error::{Error, Result};
use super::schema::encryption_keys;
use super::vault::Vault;
use crate::dice;
use crate::oidc::encryption_keys::{ALGS, EncryptionKeyRecord, EncryptionKeyState};
use crate::oidc::jose::{DecryptionKey, KeyError, KeyManagementAlg};
use crate::oidc::time::UnixTime;

#[derive(Queryable, Selectable)]
#[diesel(table_name = encryption_keys)]
struct Row {
    kid: String,
    alg: String,
    state: String,
    public_jwk: String,
    created_at: i64,
    retired_at: Option<i64>,
    removed_at: Option<i64>,
}

impl TryFrom<Row> for EncryptionKeyRecord {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let unreadable = |what: &str| Error::Unreadable(format!("{what} of encryption key {}", row.kid));
        Ok(Self {
            alg: row.alg.parse().map_err(|_| unreadable("alg"))?,
            state: row.state.parse().map_err(|_| unreadable("state"))?,
            public_jwk: serde_json::from_str(&row.public_jwk).map_err(|_| unreadable("public_jwk"))?,
            created_at: UnixTime(row.created_at),
            retired_at: row.retired_at.map(UnixTime),
            removed_at: row.removed_at.map(UnixTime),
            kid: row.kid,
        })
    }
}

/// A key as it is kept, made outside of any transaction: RSA takes its time.
#[derive(Clone)]
pub struct Sealed {
    pub(super) kid: String,
    alg: KeyManagementAlg,
    public_jwk: String,
    private_key: String,
}

impl Sealed {
    pub fn new(vault: &Vault, key: &DecryptionKey) -> std::result::Result<Self, KeyError> {
        let kid = key.thumbprint();
        let alg = ALGS.into_iter().find(|alg| key.algs().contains(alg)).ok_or(KeyError::CannotDecrypt)?;
        Ok(Self {
            alg,
            public_jwk: key.public_jwk(&kid).to_string(),
            private_key: vault.seal(dice::bytes(), &context(&kid), &key.to_der()?),
            kid,
        })
    }

    /// The row as it was written before keys had states.
    #[cfg(test)]
    pub(super) fn as_row(&self, now: UnixTime) -> String {
        format!(
            "INSERT INTO encryption_keys (kid, public_jwk, private_key, created_at) VALUES ('{}', '{}', '{}', {})",
            self.kid, self.public_jwk, self.private_key, now.0
        )
    }

    /// One key of each kind.
    pub fn generate(vault: &Vault) -> std::result::Result<Vec<Self>, KeyError> {
        ALGS.into_iter().map(|alg| Self::new(vault, &DecryptionKey::generate(alg, None)?)).collect()
    }
}

/// Adds `keys` unless there are any already. Fails as a duplicate where somebody else adds some at the same moment.
pub fn add_first(db: &mut Db, keys: &[Sealed], now: UnixTime) -> Result<()> {
    if encryption_keys::table.count().get_result::<i64>(db)? > 0 {
        return Ok(());
    }
    keys.iter().try_for_each(|key| add(db, key, now))
}

/// Adds the current key of its kind. Fails as a duplicate where there is one.
pub fn add(db: &mut Db, key: &Sealed, now: UnixTime) -> Result<()> {
    diesel::insert_into(encryption_keys::table)
        .values((
            encryption_keys::kid.eq(&key.kid),
            encryption_keys::alg.eq(key.alg.as_str()),
            encryption_keys::state.eq(EncryptionKeyState::Current.as_str()),
            encryption_keys::public_jwk.eq(&key.public_jwk),
            encryption_keys::private_key.eq(&key.private_key),
            encryption_keys::created_at.eq(now.0),
        ))
        .execute(db)?;
    catalogue::touch(db)
}

/// All keys that ever were, the newest first.
pub fn list(db: &mut Db) -> Result<Vec<EncryptionKeyRecord>> {
    let rows: Vec<Row> = encryption_keys::table
        .order((encryption_keys::created_at.desc(), encryption_keys::kid))
        .select(Row::as_select())
        .load(db)?;
    rows.into_iter().map(TryInto::try_into).collect()
}

pub fn find(db: &mut Db, kid: &str) -> Result<Option<EncryptionKeyRecord>> {
    let row: Option<Row> = encryption_keys::table.find(kid).select(Row::as_select()).first(db).optional()?;
    row.map(TryInto::try_into).transpose()
}

/// Publishes a key no more; it decrypts until `removed_at`. Says whether it was the current one.
pub fn retire(db: &mut Db, kid: &str, now: UnixTime, removed_at: UnixTime) -> Result<bool> {
    let current = encryption_keys::table
        .find(kid)
        .filter(encryption_keys::state.eq(EncryptionKeyState::Current.as_str()));
    let changed = diesel::update(current)
        .set((
            encryption_keys::state.eq(EncryptionKeyState::Retired.as_str()),
            encryption_keys::retired_at.eq(now.0),
            encryption_keys::removed_at.eq(removed_at.0),
        ))
        .execute(db)?;
    catalogue::touch(db)?;
    Ok(changed == 1)
}

/// Lets a key decrypt no more: its private part is wiped. Says whether it was retired.
pub fn remove(db: &mut Db, kid: &str, now: UnixTime) -> Result<bool> {
    let retired = encryption_keys::table
        .find(kid)
        .filter(encryption_keys::state.eq(EncryptionKeyState::Retired.as_str()));
    let changed = diesel::update(retired)
        .set((
            encryption_keys::state.eq(EncryptionKeyState::Removed.as_str()),
            encryption_keys::private_key.eq(""),
            encryption_keys::removed_at.eq(now.0),
        ))
        .execute(db)?;
    catalogue::touch(db)?;
    Ok(changed == 1)
}

/// What decrypts, by `kid`, the newest first; and what is published of it.
pub(super) struct Decrypting {
    pub(super) keys: Vec<(String, DecryptionKey)>,
    pub(super) published: Vec<serde_json::Value>,
}

pub(super) fn decrypting(db: &mut Db, vault: &Vault) -> Result<Decrypting> {
    let current = EncryptionKeyState::Current.as_str();
    let rows: Vec<(String, String, String)> = encryption_keys::table
        .filter(encryption_keys::state.eq_any([current, EncryptionKeyState::Retired.as_str()]))
        .order((encryption_keys::created_at.desc(), encryption_keys::kid))
        .select((encryption_keys::kid, encryption_keys::state, encryption_keys::private_key))
        .load(db)?;
    let mut decrypting = Decrypting { keys: Vec::new(), published: Vec::new() };
    for (kid, state, private_key) in rows {
        let der = vault.open(&context(&kid), &private_key)?;
        let key = DecryptionKey::from_der(&der);
        let key = key.map_err(|_| Error::Unreadable(format!("private part of encryption key {kid}")))?;
        if state == current {
            decrypting.published.push(key.public_jwk(&kid));
        }
        decrypting.keys.push((kid, key));
    }
    Ok(decrypting)
}

fn context(kid: &str) -> String {
    format!("the private part of encryption key {kid}")
}
