//! Keys of outsiders that we encrypt to.

use std::fmt;

use openssl::pkey::{PKey, Public};
use serde_json::Value;

use super::alg::KeyManagementAlg;
use crate::oidc::jose::jwk::{Jwk, JwkError};
use crate::oidc::jose::kind::Kind;

/// A client's key that encrypts, read from its JWK.
#[derive(Clone)]
pub struct EncryptionKey {
    kid: Option<String>,
    alg: Option<KeyManagementAlg>,
    is_marked: bool,
    pub(super) kind: Kind,
    pub(super) key: PKey<Public>,
}

impl EncryptionKey {
    pub fn from_jwk(jwk: &Value) -> Result<Self, JwkError> {
        let jwk = Jwk::read(jwk)?;
        // RFC 7517, 4.3: who agrees on a key derives it; of the public part nothing may be asked.
        if !jwk.is_for("enc", &["encrypt", "wrapKey", "deriveKey", "deriveBits"]) {
            return Err(JwkError::Use);
        }
        let (kind, key) = jwk.key()?;
        let alg = jwk.alg.map(str::parse::<KeyManagementAlg>).transpose().map_err(|_| JwkError::Alg)?;
        if alg.is_some_and(|alg| !alg.suits(kind)) {
            return Err(JwkError::Alg);
        }
        if kind == Kind::Ed25519 {
            return Err(JwkError::Unsupported);
        }
        Ok(Self { kid: jwk.kid.map(str::to_owned), alg, is_marked: jwk.usage.is_some(), kind, key })
    }

    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    pub fn fits(&self, alg: KeyManagementAlg) -> bool {
        alg.suits(self.kind) && self.alg.is_none_or(|only| only == alg)
    }

    /// How plainly the client says that this key is for encryption with `alg`: the best of several is the one
    /// with the right alg, then the one with `use`.
    pub(in crate::oidc::jose) const fn preference(&self) -> (bool, bool) {
        (self.alg.is_some(), self.is_marked)
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncryptionKey({:?}, {})", self.kid, self.kind)
    }
}
