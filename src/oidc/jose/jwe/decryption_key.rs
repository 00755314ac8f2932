//! Our encryption keys: made, imported, stored and published.

use std::fmt;
use std::sync::Arc;

use biscuit::jwk::{AlgorithmParameters, CommonParameters, JWK, PublicKeyUse};
use openssl::pkey::{PKey, Private};
use serde_json::Value;

use super::alg::KeyManagementAlg;
use crate::oidc::jose::kind::Kind;
use crate::oidc::jose::material::{self, KeyError};

/// A key with which we read what was encrypted to us. It is decoded once; a clone shares it.
#[derive(Clone)]
pub struct DecryptionKey {
    pub(super) kind: Kind,
    pub(super) key: PKey<Private>,
    public: Arc<AlgorithmParameters>,
}

impl DecryptionKey {
    /// A fresh key: RSA for RSA-OAEP, with 2048 bits unless `bits` says otherwise, and P-256 for ECDH-ES. RSA may
    /// take seconds: not in a request.
    pub fn generate(alg: KeyManagementAlg, bits: Option<u32>) -> Result<Self, KeyError> {
        Self::new(material::generate(alg.as_str(), alg.usual_kind(), bits)?)
    }

    /// Imports an unencrypted PEM: PKCS#8, PKCS#1 or SEC1.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        Self::new(material::from_pem(pem)?)
    }

    /// Reads what [`DecryptionKey::to_der`] wrote.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        Self::new(material::from_der(der)?)
    }

    fn new(key: PKey<Private>) -> Result<Self, KeyError> {
        let kind = match material::kind_of(&key) {
            Ok(kind @ (Kind::Rsa | Kind::Ec(_))) => kind,
            Ok(_) | Err(KeyError::Unsupported) => return Err(KeyError::CannotDecrypt),
            Err(error) => return Err(error),
        };
        let public = Arc::new(material::public_part(kind, &key)?);
        Ok(Self { kind, key, public })
    }

    /// What it can be used with, for `request_object_encryption_alg_values_supported` and its like.
    pub fn algs(&self) -> Vec<KeyManagementAlg> {
        KeyManagementAlg::ALL.into_iter().filter(|alg| alg.suits(self.kind)).collect()
    }

    /// The whole key as PKCS#8, not encrypted: for the store, which seals it.
    pub fn to_der(&self) -> Result<Vec<u8>, KeyError> {
        Ok(self.key.private_key_to_pkcs8()?)
    }

    /// The public part as a JWK with `use` enc for the document at `/jwks`. It has no `alg`, since it serves several.
    pub fn public_jwk(&self, kid: &str) -> Value {
        let common = CommonParameters {
            public_key_use: Some(PublicKeyUse::Encryption),
            key_id: Some(kid.to_owned()),
            ..CommonParameters::default()
        };
        let algorithm = AlgorithmParameters::clone(&self.public);
        serde_json::to_value(JWK { common, algorithm, additional: biscuit::Empty {} })
            .expect("a JWK is plain text and numbers")
    }

    /// RFC 7638 with SHA-256: the usual `kid`.
    pub fn thumbprint(&self) -> String {
        self.public.thumbprint(&biscuit::digest::SHA256).expect("a JWK is plain text and numbers")
    }
}

/// Shows which kind, and nothing of the key.
impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecryptionKey({})", self.kind)
    }
}
