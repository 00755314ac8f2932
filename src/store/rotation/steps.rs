//! What the verbs do inside of their transactions.

use std::sync::Arc;

use diesel::prelude::*;

use super::{Begin, Error, Former, Result};
use crate::dice;
use crate::oidc::jose::{Alg, PrivateKey};
use crate::oidc::keys::{KeyRecord, KeyState};
use crate::oidc::rotation::Keeping;
use crate::oidc::time::UnixTime;
use crate::store::audit::{self, Event};
use crate::store::schema::clients;
use crate::store::vault::Vault;
use crate::store::{Db, Error as StoreError, keys};

/// A key that is not in the database yet, its private part sealed.
pub(super) struct Fresh {
    pub(super) alg: Alg,
    pub(super) kid: String,
    public_jwk: serde_json::Value,
    sealed: String,
    is_imported: bool,
}

impl Fresh {
    pub(super) fn new(vault: &Vault, private: &PrivateKey, kid: String) -> Result<Self> {
        Ok(Self {
            alg: private.alg(),
            public_jwk: private.public_jwk(&kid),
            sealed: keys::seal(vault, dice::bytes(), &kid, &private.to_der()?),
            is_imported: false,
            kid,
        })
    }

    pub(super) fn imported(self) -> Self {
        Self { is_imported: true, ..self }
    }

    /// Adds it as the next key or as the signer.
    pub(super) fn add(&self, db: &mut Db, state: KeyState, now: UnixTime) -> Result<KeyRecord> {
        let signs_at = (state == KeyState::Signing).then_some(now);
        self.insert(db, KeyRecord { state, signs_at, ..self.record(now) })
    }

    fn add_retired(&self, db: &mut Db, now: UnixTime, removed_at: UnixTime) -> Result<KeyRecord> {
        let (retired_at, removed_at) = (Some(now), Some(removed_at));
        self.insert(db, KeyRecord { state: KeyState::Retired, retired_at, removed_at, ..self.record(now) })
    }

    fn insert(&self, db: &mut Db, record: KeyRecord) -> Result<KeyRecord> {
        keys::add(db, &record, &self.sealed)?;
        Ok(record)
    }

    fn record(&self, now: UnixTime) -> KeyRecord {
        KeyRecord {
            kid: self.kid.clone(),
            alg: self.alg,
            state: KeyState::Next,
            public_jwk: self.public_jwk.clone(),
            is_imported: self.is_imported,
            created_at: now,
            signs_at: None,
            retired_at: None,
            removed_at: None,
        }
    }

    /// `by`, about this key.
    pub(super) fn note(&self, db: &mut Db, by: &Event, event: &str) -> Result<()> {
        Ok(audit::add(db, &by.clone().about(event, format!("{} {}", self.alg, self.kid)))?)
    }
}

pub(super) async fn generate(vault: Arc<Vault>, alg: Alg, bits: Option<u32>) -> Result<Fresh> {
    off_the_reactor(move || {
        let private = PrivateKey::generate(alg, bits)?;
        Fresh::new(&vault, &private, private.thumbprint())
    })
    .await
}

pub(super) async fn off_the_reactor<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Panicked)?
}

/// When a change happens, and how long a key is kept that signs no more.
#[derive(Clone, Copy)]
pub(super) struct Change {
    pub(super) keeping: Keeping,
    pub(super) now: UnixTime,
}

impl Change {
    pub(super) fn kept_until(&self, db: &mut Db) -> Result<UnixTime> {
        Ok(self.keeping.until(keys::longest_token(db)?, self.now))
    }

    /// Adds a key in the state that `begin` means here and now.
    pub(super) fn put(&self, db: &mut Db, fresh: &Fresh, begin: Begin) -> Result<KeyRecord> {
        if keys::find(db, &fresh.kid)?.is_some() {
            return Err(Error::KidTaken(fresh.kid.clone()));
        }
        let records = keys::list(db)?;
        match (begin, in_state(&records, fresh.alg, KeyState::Signing)) {
            (Begin::VerifyOnly, _) => {
                let kept_until = self.kept_until(db)?;
                fresh.add_retired(db, self.now, kept_until)
            }
            (Begin::Next, Some(_)) => match in_state(&records, fresh.alg, KeyState::Next) {
                Some(next) => Err(Error::NextTaken { kid: next.kid.clone(), alg: fresh.alg }),
                None => fresh.add(db, KeyState::Next, self.now),
            },
            (Begin::Signing, Some(signer)) => {
                end(db, &signer.kid, Former::Kept(self.keeping), self.now)?;
                fresh.add(db, KeyState::Signing, self.now)
            }
            (Begin::Next | Begin::Signing, None) => fresh.add(db, KeyState::Signing, self.now),
        }
    }
}

/// A key that is next or signing is so no more.
pub(super) fn end(db: &mut Db, kid: &str, former: Former, now: UnixTime) -> Result<()> {
    match former {
        Former::Kept(keeping) => {
            let kept_until = Change { keeping, now }.kept_until(db)?;
            decided(keys::retire(db, kid, now, kept_until)?)
        }
        Former::Withdrawn => {
            decided(keys::retire(db, kid, now, now)?)?;
            decided(keys::remove(db, kid, now)?)
        }
    }
}

/// OpenID Connect Discovery 3: RS256 must be offered; any other algorithm as long as a client is registered with it.
pub(super) fn check_dispensable(db: &mut Db, record: &KeyRecord) -> Result<()> {
    let needed = |why: String| Error::Needed { kid: record.kid.clone(), alg: record.alg, why };
    if record.alg == Alg::RS256 {
        return Err(needed("OpenID Connect demands".to_owned()));
    }
    let users = clients::table.filter(clients::id_token_alg.eq(record.alg.as_str()));
    match users.count().get_result::<i64>(db)? {
        0 => {}
        1 => return Err(needed("a client uses".to_owned())),
        users => return Err(needed(format!("{users} clients use"))),
    }
    match in_state(&keys::list(db)?, record.alg, KeyState::Next) {
        Some(next) => Err(needed(format!("has a next key waiting, {}", next.kid))),
        None => Ok(()),
    }
}

pub(super) fn in_state(records: &[KeyRecord], alg: Alg, state: KeyState) -> Option<&KeyRecord> {
    records.iter().find(|record| record.alg == alg && record.state == state)
}

/// Goes on only if it was this transaction that did it.
pub(super) fn decided(is_done: bool) -> Result<()> {
    if is_done { Ok(()) } else { Err(Error::lost()) }
}
