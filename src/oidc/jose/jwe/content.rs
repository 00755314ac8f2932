//! How the message itself is encrypted: the `enc` of a JWE (RFC 7518, 5).

use std::fmt;
use std::str::FromStr;

use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use openssl::symm::{self, Cipher};

use crate::oidc::jose::alg::UnknownAlg;

/// An `enc` as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContentEncryption {
    A128CbcHs256,
    A192CbcHs384,
    A256CbcHs512,
    A128Gcm,
    A192Gcm,
    A256Gcm,
}

/// What a message becomes.
pub(super) struct Sealed {
    pub(super) ciphertext: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

impl ContentEncryption {
    pub const ALL: [Self; 6] = [
        Self::A128CbcHs256,
        Self::A192CbcHs384,
        Self::A256CbcHs512,
        Self::A128Gcm,
        Self::A192Gcm,
        Self::A256Gcm,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A128CbcHs256 => "A128CBC-HS256",
            Self::A192CbcHs384 => "A192CBC-HS384",
            Self::A256CbcHs512 => "A256CBC-HS512",
            Self::A128Gcm => "A128GCM",
            Self::A192Gcm => "A192GCM",
            Self::A256Gcm => "A256GCM",
        }
    }

    /// Bytes in a content key.
    pub(super) const fn key_length(self) -> usize {
        match self {
            Self::A128CbcHs256 => 32,
            Self::A192CbcHs384 => 48,
            Self::A256CbcHs512 => 64,
            Self::A128Gcm => 16,
            Self::A192Gcm => 24,
            Self::A256Gcm => 32,
        }
    }

    pub(super) const fn iv_length(self) -> usize {
        if self.is_gcm() { 12 } else { 16 }
    }

    /// A shorter tag is easier to guess, so the length is fixed.
    const fn tag_length(self) -> usize {
        if self.is_gcm() { 16 } else { self.key_length() / 2 }
    }

    const fn is_gcm(self) -> bool {
        matches!(self, Self::A128Gcm | Self::A192Gcm | Self::A256Gcm)
    }

    fn cipher(self) -> Cipher {
        match self {
            Self::A128CbcHs256 => Cipher::aes_128_cbc(),
            Self::A192CbcHs384 => Cipher::aes_192_cbc(),
            Self::A256CbcHs512 => Cipher::aes_256_cbc(),
            Self::A128Gcm => Cipher::aes_128_gcm(),
            Self::A192Gcm => Cipher::aes_192_gcm(),
            Self::A256Gcm => Cipher::aes_256_gcm(),
        }
    }

    /// Encrypts with a key and an initialisation vector of the right lengths.
    pub(super) fn seal(
        self,
        (key, iv): (&[u8], &[u8]),
        aad: &[u8],
        message: &[u8],
    ) -> Result<Sealed, ErrorStack> {
        if self.is_gcm() {
            let mut tag = vec![0; self.tag_length()];
            let ciphertext = symm::encrypt_aead(self.cipher(), key, Some(iv), aad, message, &mut tag)?;
            return Ok(Sealed { ciphertext, tag });
        }
        // RFC 7518, 5.2.2.1: the first half authenticates, the second encrypts.
        let (mac_key, key) = key.split_at(key.len() / 2);
        let ciphertext = symm::encrypt(self.cipher(), key, Some(iv), message)?;
        let tag = self.mac(mac_key, [aad, iv, &ciphertext])?;
        Ok(Sealed { ciphertext, tag })
    }

    /// Decrypts what has come unchanged from whoever knows the key; `None` for everything else.
    pub(super) fn open(self, (key, iv): (&[u8], &[u8]), aad: &[u8], sealed: &Sealed) -> Option<Vec<u8>> {
        let Sealed { ciphertext, tag } = sealed;
        if [key.len(), iv.len(), tag.len()] != [self.key_length(), self.iv_length(), self.tag_length()] {
            return None;
        }
        if self.is_gcm() {
            return symm::decrypt_aead(self.cipher(), key, Some(iv), aad, ciphertext, tag).ok();
        }
        let (mac_key, key) = key.split_at(key.len() / 2);
        // The tag comes first: the padding of a forgery is never looked at.
        let good = self.mac(mac_key, [aad, iv, ciphertext]).ok()?;
        if !openssl::memcmp::eq(&good, tag) {
            return None;
        }
        symm::decrypt(self.cipher(), key, Some(iv), ciphertext).ok()
    }

    /// RFC 7518, 5.2.2.1: an HMAC over the parts and the length of the first in bits, cut in half.
    fn mac(self, key: &[u8], parts: [&[u8]; 3]) -> Result<Vec<u8>, ErrorStack> {
        let digest = match self.key_length() {
            32 => MessageDigest::sha256(),
            48 => MessageDigest::sha384(),
            _ => MessageDigest::sha512(),
        };
        let key = PKey::hmac(key)?;
        let mut signer = Signer::new(digest, &key)?;
        for part in parts {
            signer.update(part)?;
        }
        signer.update(&(parts[0].len() as u64 * 8).to_be_bytes())?;
        let mut mac = signer.sign_to_vec()?;
        mac.truncate(self.tag_length());
        Ok(mac)
    }
}

impl fmt::Display for ContentEncryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ContentEncryption {
    type Err = UnknownAlg;

    fn from_str(text: &str) -> Result<Self, UnknownAlg> {
        let known = Self::ALL.into_iter().find(|enc| enc.as_str() == text);
        known.ok_or_else(|| UnknownAlg::not_one_of(&Self::ALL.map(Self::as_str)))
    }
}
