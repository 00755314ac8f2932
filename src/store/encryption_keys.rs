//! Keys with which clients encrypt their request objects to us; the private part is encrypted at rest.

use diesel::prelude::*;

use super::catalogue;
use super::db::Db;
use super::error::{Error, Result};
use super::schema::encryption_keys;
use super::vault::Vault;
use crate::dice;
use crate::oidc::jose::{DecryptionKey, KeyError, KeyManagementAlg};
use crate::oidc::time::UnixTime;

/// A key as it is kept, made outside of any transaction: RSA takes its time.
#[derive(Clone)]
pub struct Sealed {
    kid: String,
    public_jwk: String,
    private_key: String,
}

impl Sealed {
    pub fn new(vault: &Vault, key: &DecryptionKey) -> std::result::Result<Self, KeyError> {
        let kid = key.thumbprint();
        Ok(Self {
            public_jwk: key.public_jwk(&kid).to_string(),
            private_key: vault.seal(dice::bytes(), &context(&kid), &key.to_der()?),
            kid,
        })
    }

    /// One key for each way in which a key pair can be used: RSA-OAEP and ECDH-ES.
    pub fn generate(vault: &Vault) -> std::result::Result<Vec<Self>, KeyError> {
        let ways = [KeyManagementAlg::RsaOaep, KeyManagementAlg::EcdhEs];
        ways.into_iter().map(|alg| Self::new(vault, &DecryptionKey::generate(alg, None)?)).collect()
    }
}

/// Adds `keys` unless there are any already.
pub fn add_first(db: &mut Db, keys: &[Sealed], now: UnixTime) -> Result<()> {
    if encryption_keys::table.count().get_result::<i64>(db)? > 0 {
        return Ok(());
    }
    for key in keys {
        diesel::insert_into(encryption_keys::table)
            .values((
                encryption_keys::kid.eq(&key.kid),
                encryption_keys::public_jwk.eq(&key.public_jwk),
                encryption_keys::private_key.eq(&key.private_key),
                encryption_keys::created_at.eq(now.0),
            ))
            .execute(db)?;
    }
    catalogue::touch(db)
}

/// All of them with their `kid`, the oldest first.
pub(super) fn list(db: &mut Db, vault: &Vault) -> Result<Vec<(String, DecryptionKey)>> {
    let rows: Vec<(String, String)> = encryption_keys::table
        .order((encryption_keys::created_at, encryption_keys::kid))
        .select((encryption_keys::kid, encryption_keys::private_key))
        .load(db)?;
    rows.into_iter()
        .map(|(kid, private_key)| {
            let der = vault.open(&context(&kid), &private_key)?;
            let key = DecryptionKey::from_der(&der);
            let key = key.map_err(|_| Error::Unreadable(format!("private part of encryption key {kid}")))?;
            Ok((kid, key))
        })
        .collect()
}

fn context(kid: &str) -> String {
    format!("the private part of encryption key {kid}")
}
