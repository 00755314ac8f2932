//! Keys with which clients encrypt to us, and their lives: published, retired, removed (OpenID Connect Core 10.2.1).
//!
//! None waits to be the next one. Who has seen a new key can use it at once, and the one before it decrypts until
//! everybody may be expected to have seen the new one.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::jose::KeyManagementAlg;
use super::rotation::{Rotation, rsa_bits};
use super::time::UnixTime;

/// Our kinds of key pairs, each named by the plainest of its algorithms.
pub const ALGS: [KeyManagementAlg; 2] = [KeyManagementAlg::RsaOaep, KeyManagementAlg::EcdhEs];

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncryptionKeyState {
    /// Published; one for each kind.
    Current,
    /// Published no more, and still decrypts.
    Retired,
    /// Only its history is kept.
    Removed,
}

impl EncryptionKeyState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Retired => "retired",
            Self::Removed => "removed",
        }
    }
}

impl fmt::Display for EncryptionKeyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EncryptionKeyState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let states = [Self::Current, Self::Retired, Self::Removed];
        let known = states.into_iter().find(|state| state.as_str() == text);
        known.ok_or_else(|| format!("no state of encryption keys '{text}'"))
    }
}

/// What is known about a key without its private part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptionKeyRecord {
    pub kid: String,
    /// One of [`ALGS`].
    pub alg: KeyManagementAlg,
    pub state: EncryptionKeyState,
    pub public_jwk: Value,
    /// Since when it is published.
    pub created_at: UnixTime,
    pub retired_at: Option<UnixTime>,
    /// Until when it decrypts.
    pub removed_at: Option<UnixTime>,
}

/// What has to be done to the keys. Each names what it found, so that of many nodes one does it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    Replace(Replacement),
    /// Nobody will encrypt to it any more.
    Remove {
        kid: String,
    },
}

/// A new key of the same kind and size takes the place of `kid`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    pub kid: String,
    pub alg: KeyManagementAlg,
    pub bits: Option<u32>,
}

impl Replacement {
    pub fn of(record: &EncryptionKeyRecord) -> Self {
        Self { kid: record.kid.clone(), alg: record.alg, bits: rsa_bits(&record.public_jwk) }
    }
}

/// What has to be done now. Without a rotation keys are only removed.
pub fn due(records: &[EncryptionKeyRecord], rotation: Option<&Rotation>, now: UnixTime) -> Vec<Deed> {
    let deed = |record: &EncryptionKeyRecord| match record.state {
        EncryptionKeyState::Current => {
            let is_old = rotation.is_some_and(|own| record.created_at.plus(own.rotate_every) <= now);
            is_old.then(|| Deed::Replace(Replacement::of(record)))
        }
        EncryptionKeyState::Retired => {
            let is_over = record.removed_at.is_some_and(|removed_at| removed_at <= now);
            is_over.then(|| Deed::Remove { kid: record.kid.clone() })
        }
        EncryptionKeyState::Removed => None,
    };
    records.iter().filter_map(deed).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DAY: i64 = 86_400;
    const ROTATION: Rotation = Rotation { rotate_every: 90 * DAY, publish_ahead: 14 * DAY };

    fn key(kid: &str, state: EncryptionKeyState) -> EncryptionKeyRecord {
        EncryptionKeyRecord {
            kid: kid.into(),
            alg: KeyManagementAlg::EcdhEs,
            state,
            public_jwk: json!({ "kty": "EC" }),
            created_at: UnixTime(0),
            retired_at: None,
            removed_at: (state != EncryptionKeyState::Current).then_some(UnixTime(10)),
        }
    }

    #[test]
    fn a_key_is_replaced_when_it_is_old_and_only_by_a_schedule() {
        let records = [key("a", EncryptionKeyState::Current)];
        let on = |day: i64, rotation| due(&records, rotation, UnixTime(day * DAY));
        assert_eq!(on(89, Some(&ROTATION)), []);
        let replacement = Replacement { kid: "a".into(), alg: KeyManagementAlg::EcdhEs, bits: None };
        assert_eq!(on(90, Some(&ROTATION)), [Deed::Replace(replacement)]);
        assert_eq!(on(900, None), []);
    }

    #[test]
    fn a_retired_key_is_removed_in_its_time_with_or_without_a_schedule() {
        let records = [key("a", EncryptionKeyState::Retired), key("b", EncryptionKeyState::Removed)];
        for rotation in [None, Some(&ROTATION)] {
            assert_eq!(due(&records, rotation, UnixTime(9)), []);
            assert_eq!(due(&records, rotation, UnixTime(10)), [Deed::Remove { kid: "a".into() }]);
        }
    }

    #[test]
    fn every_state_reads_back_as_it_is_written() {
        for state in [EncryptionKeyState::Current, EncryptionKeyState::Retired, EncryptionKeyState::Removed] {
            assert_eq!(state.to_string().parse(), Ok(state));
        }
        assert!("signing".parse::<EncryptionKeyState>().is_err());
    }
}
