//! How encryption keys come, change and go.

use super::steps::{decided, off_the_reactor};
use super::{Error, Former, Result, SYSTEM, done_by_anybody};
use crate::oidc::encryption_keys::{Deed, EncryptionKeyRecord, EncryptionKeyState, Replacement, due};
use crate::oidc::jose::{DecryptionKey, KeyManagementAlg};
use crate::oidc::rotation::{Keeping, Rotation};
use crate::oidc::time::UnixTime;
use crate::store::audit::{self, Event};
use crate::store::encryption_keys::{self, Sealed};
use crate::store::{Db, Store};

impl Store {
    /// The first key of each kind.
    pub(super) async fn prepare_encryption(&self, now: UnixTime) -> Result<()> {
        if !self.catalogue().decryption_keys.is_empty() {
            return Ok(());
        }
        let vault = self.vault();
        let fresh = off_the_reactor(move || Ok(Sealed::generate(&vault)?)).await?;
        done_by_anybody(self.settle(move |db| Ok(encryption_keys::add_first(db, &fresh, now)?)).await)
    }

    /// A new key is published in the place of the current one of its kind. Answers with the new one.
    pub async fn rotate_encryption_key(
        &self,
        alg: KeyManagementAlg,
        former: Former,
        by: Event,
    ) -> Result<EncryptionKeyRecord> {
        let records = self.read(encryption_keys::list).await?;
        let is_meant =
            |record: &&EncryptionKeyRecord| record.alg == alg && record.state == EncryptionKeyState::Current;
        let current = records.iter().find(is_meant).ok_or_else(|| Error::Absent(alg.to_string()))?;
        self.replace_encryption_key(current, former, by).await
    }

    /// The same for this key, unless another has taken its place already.
    pub async fn replace_encryption_key(
        &self,
        current: &EncryptionKeyRecord,
        former: Former,
        by: Event,
    ) -> Result<EncryptionKeyRecord> {
        self.replace(Replacement::of(current), former, by).await
    }

    /// Lets a key that is published no more decrypt no more.
    pub async fn withdraw_encryption_key(&self, kid: String, by: Event) -> Result<EncryptionKeyRecord> {
        let now = UnixTime(by.happened_at);
        self.settle(move |db| {
            let record = encryption_keys::find(db, &kid)?.ok_or_else(|| Error::Absent(kid.clone()))?;
            match record.state {
                EncryptionKeyState::Current => return Err(Error::EncryptedTo(kid.clone())),
                EncryptionKeyState::Removed => {
                    return Err(Error::Over { kid: kid.clone(), state: record.state.as_str() });
                }
                EncryptionKeyState::Retired => decided(encryption_keys::remove(db, &kid, now)?)?,
            }
            audit::add(db, &by.clone().about("key_withdrawn", format!("{} {kid}", record.alg)))?;
            encryption_keys::find(db, &kid)?.ok_or_else(Error::lost)
        })
        .await
    }

    /// Does what is due, as [`Self::keep_keys`] does.
    pub(super) async fn keep_encryption_keys(
        &self,
        rotation: Option<&Rotation>,
        keeping: Keeping,
        now: UnixTime,
    ) -> Result<()> {
        for deed in due(&self.read(encryption_keys::list).await?, rotation, now) {
            let by = Event::by(SYSTEM, now);
            done_by_anybody(match deed {
                Deed::Replace(replacement) => {
                    self.replace(replacement, Former::Kept(keeping), by).await.map(drop)
                }
                Deed::Remove { kid } => self.withdraw_over(kid, by).await,
            })?;
        }
        Ok(())
    }

    async fn withdraw_over(&self, kid: String, by: Event) -> Result<()> {
        match self.withdraw_encryption_key(kid, by).await {
            // Another node was first.
            Err(Error::Over { .. }) => Ok(()),
            result => result.map(drop),
        }
    }

    async fn replace(
        &self,
        replacement: Replacement,
        former: Former,
        by: Event,
    ) -> Result<EncryptionKeyRecord> {
        let (vault, now) = (self.vault(), UnixTime(by.happened_at));
        let Replacement { kid, alg, bits } = replacement;
        let fresh = off_the_reactor(move || Ok(Sealed::new(&vault, &DecryptionKey::generate(alg, bits)?)?));
        let fresh = fresh.await?;
        self.settle(move |db| {
            end(db, &kid, former, now)?;
            encryption_keys::add(db, &fresh, now)?;
            let what = match former {
                Former::Kept(_) => "still decrypts",
                Former::Withdrawn => "is withdrawn",
            };
            let detail = format!("{alg}: {} is published, {kid} {what}", fresh.kid);
            audit::add(db, &by.clone().about("key_rotated", detail))?;
            encryption_keys::find(db, &fresh.kid)?.ok_or_else(Error::lost)
        })
        .await
    }
}

/// A key that is current is so no more.
fn end(db: &mut Db, kid: &str, former: Former, now: UnixTime) -> Result<()> {
    match former {
        Former::Kept(keeping) => {
            decided(encryption_keys::retire(db, kid, now, keeping.decrypting_until(now))?)
        }
        Former::Withdrawn => {
            decided(encryption_keys::retire(db, kid, now, now)?)?;
            decided(encryption_keys::remove(db, kid, now)?)
        }
    }
}

#[cfg(test)]
mod tests;
