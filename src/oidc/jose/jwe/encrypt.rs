//! What we send encrypted.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::error::ErrorStack;
use serde::Serialize;
use serde_json::Value;

use super::agreement::{self, Derivation};
use super::alg::{KeyManagementAlg, Way};
use super::content::ContentEncryption;
use super::encryption_key::EncryptionKey;
use super::{oaep, wrap};
use crate::oidc::jose::material::KeyError;
use crate::oidc::jose::secret::SharedSecret;

/// Fresh random bytes, from which the content key and the initialisation vector are taken. Never use them twice.
pub type Randomness = [u8; 80];

/// How a message is to be encrypted.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    pub alg: KeyManagementAlg,
    pub enc: ContentEncryption,
    /// `JWT` when the message is itself a token (RFC 7519, 5.2).
    pub cty: Option<&'a str>,
}

/// Who shall read it.
#[derive(Clone, Copy, Debug)]
pub enum Recipient<'a> {
    Key(&'a EncryptionKey),
    /// For an `alg` that is symmetric.
    Secret(&'a SharedSecret),
}

/// Why nothing was encrypted.
#[derive(Debug, thiserror::Error)]
pub enum EncryptError {
    #[error("the recipient has no key that fits {0}")]
    Misfit(KeyManagementAlg),
    #[error("the key could not be wrapped")]
    Wrap,
    #[error("no ephemeral key could be made")]
    Ephemeral(#[from] KeyError),
    #[error("the header cannot be written as JSON")]
    Header(#[from] serde_json::Error),
    #[error("OpenSSL could not encrypt")]
    OpenSsl(#[from] ErrorStack),
}

/// In the order in which it is written.
#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    enc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cty: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    epk: Option<Value>,
}

/// The content key, and what the recipient needs to get it.
struct Handover {
    key: Vec<u8>,
    encrypted: Vec<u8>,
    epk: Option<Value>,
}

/// Encrypts `message` so that only the recipient reads it.
pub fn encrypt(
    message: &[u8],
    envelope: &Envelope,
    to: &Recipient,
    random: &Randomness,
) -> Result<String, EncryptError> {
    let Envelope { alg, enc, cty } = *envelope;
    let (random_iv, random_key) = random.split_at(16);
    let Handover { key, encrypted, epk } = to.hand_over(alg, enc, random_key)?;
    let header = Header { alg: alg.as_str(), enc: enc.as_str(), cty, kid: to.kid(), epk };
    let header = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header)?);
    let iv = &random_iv[..enc.iv_length()];
    let sealed = enc.seal((&key, iv), header.as_bytes(), message)?;
    let [encrypted, iv, ciphertext, tag] =
        [&encrypted, iv, &sealed.ciphertext, &sealed.tag].map(|part| URL_SAFE_NO_PAD.encode(part));
    Ok([header, encrypted, iv, ciphertext, tag].join("."))
}

impl Recipient<'_> {
    fn kid(&self) -> Option<&str> {
        match self {
            Self::Key(key) => key.kid(),
            Self::Secret(_) => None,
        }
    }

    fn hand_over(
        &self,
        alg: KeyManagementAlg,
        enc: ContentEncryption,
        random: &[u8],
    ) -> Result<Handover, EncryptError> {
        let misfit = || EncryptError::Misfit(alg);
        let fresh = random[..enc.key_length()].to_vec();
        let wrapped = |with: &[u8]| wrap::wrap(with, &fresh).map_err(|_| EncryptError::Wrap);
        match (alg.way(), self) {
            (_, Self::Key(key)) if !key.fits(alg) => Err(misfit()),
            (Way::Oaep, Self::Key(to)) => {
                let encrypted = oaep::encrypt(alg, &to.key, &fresh)?;
                Ok(Handover { key: fresh, encrypted, epk: None })
            }
            (Way::Agreement { wrap }, Self::Key(to)) => {
                let (own, epk) = agreement::ephemeral(to.kind)?;
                let agreed = Derivation::new(alg, enc, wrap).key(&own, &to.key)?;
                let (key, encrypted) = match wrap {
                    Some(_) => (fresh.clone(), wrapped(&agreed)?),
                    None => (agreed, Vec::new()),
                };
                Ok(Handover { key, encrypted, epk: Some(epk) })
            }
            (Way::Wrap(length), Self::Secret(secret)) => {
                let encrypted = wrapped(&secret.encryption_key(length).ok_or_else(misfit)?)?;
                Ok(Handover { key: fresh, encrypted, epk: None })
            }
            (Way::Direct, Self::Secret(secret)) => {
                let key = secret.encryption_key(enc.key_length()).ok_or_else(misfit)?;
                Ok(Handover { key, encrypted: Vec::new(), epk: None })
            }
            _ => Err(misfit()),
        }
    }
}
