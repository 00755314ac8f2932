//! How keys come, change and go, those that sign and ([`encryption`]) those that others encrypt to: the same verbs for the command line, the console and the jobs.
//!
//! A key is generated outside of the transaction and off the reactor. What was found before is named again in the
//! transaction, which changes all or nothing; row counts and the unique indexes `one_signing_key_per_alg`,
//! `one_next_key_per_alg` and `one_current_encryption_key_per_alg` decide which of several nodes did it.

mod encryption;
mod error;
mod steps;
#[cfg(test)]
mod tests;

pub use self::error::{Error, Result};
use self::steps::{Change, Fresh, check_dispensable, decided, end, generate, in_state, off_the_reactor};
use super::audit::{self, Event};
use super::{Db, Store, keys, scopes};
use crate::oidc::jose::{Alg, PrivateKey};
use crate::oidc::keys::{KeyRecord, KeyState};
use crate::oidc::rotation::{Deed, Handover, Keeping, Rotation, Successor, due, rsa_bits};
use crate::oidc::time::UnixTime;

/// Who does what nobody asked for.
const SYSTEM: &str = "The system";

/// A key to make.
#[derive(Clone, Copy, Debug)]
pub struct NewKey {
    pub alg: Alg,
    /// For RSA.
    pub bits: Option<u32>,
    /// Otherwise it becomes the next key; the first of its algorithm signs at once in any case.
    pub signs_at_once: bool,
}

/// A key to take in.
pub struct ImportedKey {
    pub pem: String,
    /// The usual one for its kind, unless told.
    pub alg: Option<Alg>,
    /// Its thumbprint (RFC 7638), unless told.
    pub kid: Option<String>,
    pub begin: Begin,
}

/// How a key begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    Signing,
    /// Unless it is the first of its algorithm, which signs at once.
    Next,
    /// Published for the tokens that it signed elsewhere.
    VerifyOnly,
}

/// What becomes of a key that was in use.
#[derive(Clone, Copy, Debug)]
pub enum Former {
    /// Verifies or decrypts until the last token that it signed, or that was encrypted to it, is of no more use.
    Kept(Keeping),
    /// It leaked: all those tokens stop working.
    Withdrawn,
}

impl Store {
    /// What a database needs before the first visitor: the standard scopes, and a key if none signs.
    pub async fn prepare(&self, now: UnixTime) -> Result<()> {
        let (has_scopes, has_key) = {
            let catalogue = self.catalogue();
            (!catalogue.scopes.is_empty(), !catalogue.keys.algs().is_empty())
        };
        if !has_scopes {
            self.write(scopes::add_standard).await?;
        }
        if !has_key {
            let fresh = generate(self.vault(), Alg::RS256, None).await?;
            let first = self.settle(move |db| {
                let records = keys::list(db)?;
                decided(records.iter().all(|record| record.state != KeyState::Signing))?;
                fresh.add(db, KeyState::Signing, now)?;
                fresh.note(db, &Event::by(SYSTEM, now), "key_created")
            });
            done_by_anybody(first.await)?;
        }
        self.prepare_encryption(now).await?;
        self.refresh().await?;
        Ok(())
    }

    /// Makes a key. `by` says who does it and when; what happened is filled in.
    pub async fn create_key(&self, new: NewKey, keeping: Keeping, by: Event) -> Result<KeyRecord> {
        let fresh = generate(self.vault(), new.alg, new.bits).await?;
        let begin = if new.signs_at_once { Begin::Signing } else { Begin::Next };
        let change = Change { keeping, now: UnixTime(by.happened_at) };
        self.settle(move |db| {
            let record = change.put(db, &fresh, begin)?;
            fresh.note(db, &by, "key_created")?;
            Ok(record)
        })
        .await
    }

    /// Takes in a key that was made elsewhere.
    pub async fn import_key(&self, key: ImportedKey, keeping: Keeping, by: Event) -> Result<KeyRecord> {
        let (vault, begin) = (self.vault(), key.begin);
        let fresh = off_the_reactor(move || {
            let private = PrivateKey::from_pem(key.alg, &key.pem)?;
            let kid = key.kid.unwrap_or_else(|| private.thumbprint());
            if !(1..=255).contains(&kid.len()) || !kid.bytes().all(|b| b.is_ascii_graphic()) {
                return Err(Error::BadKid);
            }
            Ok(Fresh::new(&vault, &private, kid)?.imported())
        })
        .await?;
        let change = Change { keeping, now: UnixTime(by.happened_at) };
        self.settle(move |db| {
            let record = change.put(db, &fresh, begin)?;
            fresh.note(db, &by, "key_imported")?;
            Ok(record)
        })
        .await
    }

    /// The next key of `alg` signs at once, and the one that signed is retired. Answers with the new signer.
    ///
    /// A rotation always publishes a key that nobody has seen: where the next one takes over, a new next one;
    /// where there was none, the signer itself.
    pub async fn rotate_key(&self, alg: Alg, former: Former, by: Event) -> Result<KeyRecord> {
        let now = UnixTime(by.happened_at);
        let records = self.read(keys::list).await?;
        let signer = in_state(&records, alg, KeyState::Signing).ok_or(Error::NoSigner(alg))?;
        let fresh = generate(self.vault(), alg, rsa_bits(&signer.public_jwk)).await?;
        let signer = signer.kid.clone();
        self.settle(move |db| {
            end(db, &signer, former, now)?;
            let has_next = keys::promote_next(db, alg, now)?;
            fresh.add(db, if has_next { KeyState::Next } else { KeyState::Signing }, now)?;
            let records = keys::list(db)?;
            let new = in_state(&records, alg, KeyState::Signing).ok_or_else(Error::lost)?;
            let what = match former {
                Former::Kept(_) => "retired",
                Former::Withdrawn => "withdrawn",
            };
            let detail = format!("{alg}: {} signs, {signer} is {what}", new.kid);
            audit::add(db, &by.clone().about("key_rotated", detail))?;
            Ok(new.clone())
        })
        .await
    }

    /// Stops a key without a successor. One that never signed is withdrawn in any case; one that is retired can only
    /// be withdrawn.
    pub async fn retire_key(&self, kid: String, former: Former, by: Event) -> Result<KeyRecord> {
        let now = UnixTime(by.happened_at);
        self.settle(move |db| {
            let record = keys::find(db, &kid)?.ok_or_else(|| Error::Absent(kid.clone()))?;
            match (record.state, former) {
                (KeyState::Removed, _) | (KeyState::Retired, Former::Kept(_)) => {
                    return Err(Error::Over { kid: kid.clone(), state: record.state.as_str() });
                }
                (KeyState::Retired, Former::Withdrawn) => decided(keys::remove(db, &kid, now)?)?,
                (KeyState::Next, _) => end(db, &kid, Former::Withdrawn, now)?,
                (KeyState::Signing, former) => {
                    check_dispensable(db, &record)?;
                    end(db, &kid, former, now)?;
                }
            }
            let record = keys::find(db, &kid)?.ok_or_else(Error::lost)?;
            let event = if record.state == KeyState::Retired { "key_retired" } else { "key_withdrawn" };
            audit::add(db, &by.clone().about(event, format!("{} {kid}", record.alg)))?;
            Ok(record)
        })
        .await
    }

    /// Does what is due; without a rotation keys are only withdrawn. Several nodes may try at the same time: each
    /// thing is done once.
    pub async fn keep_keys(&self, rotation: Option<Rotation>, keeping: Keeping, now: UnixTime) -> Result<()> {
        let records = self.read(keys::list).await?;
        for deed in due(&records, rotation.as_ref(), now) {
            done_by_anybody(match deed {
                Deed::Publish(successor) => self.publish(successor, now).await,
                Deed::Promote(handover) => self.promote(handover, Change { keeping, now }).await,
                Deed::Plan { next, signs_at } => {
                    self.settle(move |db| Ok(keys::plan(db, &next, signs_at)?)).await
                }
                Deed::Remove { kid } => self.withdraw(kid, now).await,
            })?;
        }
        self.keep_encryption_keys(rotation.as_ref(), keeping, now).await
    }

    async fn publish(&self, successor: Successor, now: UnixTime) -> Result<()> {
        let fresh = generate(self.vault(), successor.alg, successor.bits).await?;
        self.settle(move |db| {
            let signer = keys::find(db, &successor.signer)?;
            decided(signer.is_some_and(|key| key.state == KeyState::Signing))?;
            fresh.add(db, KeyState::Next, now)?;
            fresh.note(db, &Event::by(SYSTEM, now), "key_published")
        })
        .await
    }

    async fn promote(&self, handover: Handover, change: Change) -> Result<()> {
        let Handover { signer, next, alg } = handover;
        self.settle(move |db| {
            end(db, &signer, Former::Kept(change.keeping), change.now)?;
            decided(keys::promote_next(db, alg, change.now)?)?;
            let detail = format!("{alg}: {next} signs, {signer} is retired");
            Ok(audit::add(db, &Event::by(SYSTEM, change.now).about("key_rotated", detail))?)
        })
        .await
    }

    async fn withdraw(&self, kid: String, now: UnixTime) -> Result<()> {
        self.settle(move |db| {
            decided(keys::remove(db, &kid, now)?)?;
            Ok(audit::add(db, &Event::by(SYSTEM, now).about("key_withdrawn", kid.as_str()))?)
        })
        .await
    }

    /// One transaction, after which this node knows the new state.
    async fn settle<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let result = self.write(work).await.map_err(Error::settled);
        self.refresh().await?;
        result
    }
}

/// What the nodes do by themselves needs to be done once, by whichever of them.
fn done_by_anybody(result: Result<()>) -> Result<()> {
    match result {
        Err(Error::Raced) => Ok(()),
        result => result,
    }
}
