//! Our signing keys: made, imported, stored and published.

use std::fmt;
use std::sync::Arc;

use biscuit::jwk::{AlgorithmParameters, CommonParameters, JWK, PublicKeyUse};
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use serde::Serialize;
use serde_json::Value;

use super::alg::Alg;
use super::material::{self, KeyError};

/// A key that signs with one algorithm. It is decoded once; a clone shares it.
#[derive(Clone)]
pub struct PrivateKey {
    alg: Alg,
    pub(super) key: PKey<Private>,
    public: Arc<AlgorithmParameters>,
}

impl PrivateKey {
    /// A fresh key. RSA has 2048 bits unless `bits` says otherwise, and may take seconds: not in a request.
    pub fn generate(alg: Alg, bits: Option<u32>) -> Result<Self, KeyError> {
        Self::new(Some(alg), material::generate(alg.as_str(), alg.kind(), bits)?)
    }

    /// Imports an unencrypted PEM: PKCS#8, PKCS#1 or SEC1. Without `alg` the key's usual one is taken.
    pub fn from_pem(alg: Option<Alg>, pem: &str) -> Result<Self, KeyError> {
        Self::new(alg, material::from_pem(pem)?)
    }

    /// Reads what [`PrivateKey::to_der`] wrote.
    pub fn from_der(alg: Alg, der: &[u8]) -> Result<Self, KeyError> {
        Self::new(Some(alg), material::from_der(der)?)
    }

    fn new(alg: Option<Alg>, key: PKey<Private>) -> Result<Self, KeyError> {
        let kind = material::kind_of(&key)?;
        let alg = alg.or(kind.usual_alg()).ok_or(KeyError::Unsupported)?;
        if alg.is_symmetric() {
            return Err(KeyError::Symmetric(alg.as_str()));
        }
        if alg.kind() != kind {
            let (needed, found) = (alg.kind().to_string(), kind.to_string());
            return Err(KeyError::Misfit { alg: alg.as_str(), needed, found });
        }
        let public = Arc::new(material::public_part(kind, &key)?);
        Ok(Self { alg, key, public })
    }

    pub const fn alg(&self) -> Alg {
        self.alg
    }

    /// The whole key as PKCS#8, not encrypted: for the store, which seals it.
    pub fn to_der(&self) -> Result<Vec<u8>, KeyError> {
        Ok(self.key.private_key_to_pkcs8()?)
    }

    /// The public part as a JWK (RFC 7517, 4) for the document at `/jwks`.
    pub fn public_jwk(&self, kid: &str) -> Value {
        let common = CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_id: Some(kid.to_owned()),
            ..CommonParameters::default()
        };
        let additional = Published { alg: self.alg };
        serde_json::to_value(JWK { common, algorithm: AlgorithmParameters::clone(&self.public), additional })
            .expect("a JWK is plain text and numbers")
    }

    /// RFC 7638 with SHA-256: the usual `kid`.
    pub fn thumbprint(&self) -> String {
        self.public.thumbprint(&biscuit::digest::SHA256).expect("a JWK is plain text and numbers")
    }
}

/// Shows which algorithm, and nothing of the key.
impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.alg)
    }
}

/// The MD5 of a PEM text, byte for byte, in hexadecimal: the `kid` that some other providers gave their keys, and
/// that apps know an imported key by. It only names the key; nothing is trusted for it.
pub fn pem_digest(pem: &str) -> Result<String, KeyError> {
    let digest = openssl::hash::hash(MessageDigest::md5(), pem.as_bytes())?;
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// biscuit has no name for EdDSA, so `alg` is a member of our own.
#[derive(Serialize)]
struct Published {
    alg: Alg,
}

#[cfg(test)]
mod tests;
