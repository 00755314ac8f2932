//! Signing keys and their lives: published, signing, retired, removed (OpenID Connect Core 10.1.1).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde_json::{Value, json};

use super::jose::{Alg, PrivateKey, PublicKey};
use super::time::UnixTime;

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Published, so that apps know it before it signs.
    Next,
    /// Signs; one for each algorithm.
    Signing,
    /// Published until the last token that it signed has expired.
    Retired,
    /// Neither published nor kept; only its history is.
    Removed,
}

impl KeyState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Signing => "signing",
            Self::Retired => "retired",
            Self::Removed => "removed",
        }
    }

    pub const fn is_published(self) -> bool {
        !matches!(self, Self::Removed)
    }
}

impl fmt::Display for KeyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for KeyState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let states = [Self::Next, Self::Signing, Self::Retired, Self::Removed];
        states
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| format!("no key state '{text}'"))
    }
}

/// What is known about a key without its private part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    pub kid: String,
    pub alg: Alg,
    pub state: KeyState,
    pub public_jwk: Value,
    pub is_imported: bool,
    pub created_at: UnixTime,
    /// When it began, or is planned to begin, to sign.
    pub signs_at: Option<UnixTime>,
    pub retired_at: Option<UnixTime>,
    /// When the last token that it signed has expired.
    pub removed_at: Option<UnixTime>,
}

/// A key that can sign.
pub struct SigningKey {
    pub kid: String,
    pub private: PrivateKey,
}

/// All published keys as they stand at one moment.
#[derive(Default)]
pub struct KeyRing {
    records: Vec<KeyRecord>,
    signers: Vec<Arc<SigningKey>>,
}

impl KeyRing {
    pub const fn new(records: Vec<KeyRecord>, signers: Vec<Arc<SigningKey>>) -> Self {
        Self { records, signers }
    }

    /// All keys that there ever were, the newest first.
    pub fn records(&self) -> &[KeyRecord] {
        &self.records
    }

    /// The key that signs with `alg` now.
    pub fn signer(&self, alg: Alg) -> Option<&Arc<SigningKey>> {
        self.signers.iter().find(|key| key.private.alg() == alg)
    }

    /// Algorithms that can sign at this moment, as discovery lists them.
    pub fn algs(&self) -> Vec<Alg> {
        Alg::ALL.iter().copied().filter(|alg| self.signer(*alg).is_some()).collect()
    }

    /// The key set document (RFC 7517 5): public members of published keys only.
    pub fn jwks(&self) -> Value {
        let published = self.records.iter().filter(|record| record.state.is_published());
        json!({ "keys": published.map(|record| record.public_jwk.clone()).collect::<Vec<_>>() })
    }

    /// What verifies tokens of our own, such as an `id_token_hint`.
    pub fn public_keys(&self) -> Vec<PublicKey> {
        PublicKey::set_from_jwks(&self.jwks())
    }
}
