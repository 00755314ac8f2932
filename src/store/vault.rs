//! What is done with the master key: private keys are encrypted, client secrets hashed and cookies signed under it.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};

use super::error::{Error, Result};
use crate::oidc::client::{Client, StoredSecret};
use crate::oidc::time::UnixTime;

const NONCE: usize = 12;
const TAG: usize = 16;

/// Holds keys derived from the master key; one for each purpose, so that none can be used for another.
pub struct Vault {
    sealing: [u8; 32],
    secrets: PKey<openssl::pkey::Private>,
    cookies: [u8; 64],
    subjects: [u8; 32],
    browser_states: [u8; 32],
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    pub fn new(master_key: &[u8; 32]) -> Self {
        let master = hmac_key(master_key);
        let derive = |purpose: &str| mac(&master, purpose.as_bytes());
        let mut cookies = [0; 64];
        cookies[..32].copy_from_slice(&derive("cookies, first half"));
        cookies[32..].copy_from_slice(&derive("cookies, second half"));
        Self {
            sealing: derive("private keys"),
            secrets: hmac_key(&derive("client secrets")),
            cookies,
            subjects: derive("pairwise subjects"),
            browser_states: derive("browser states"),
        }
    }

    /// The key that signs session cookies.
    pub const fn cookie_key(&self) -> &[u8; 64] {
        &self.cookies
    }

    /// Under which pairwise subject identifiers are made.
    pub const fn subject_key(&self) -> [u8; 32] {
        self.subjects
    }

    /// Under which the states of browsers are made that session management tells apps.
    pub const fn browser_state_key(&self) -> [u8; 32] {
        self.browser_states
    }

    /// What is kept of a client secret. Keyed, since people choose weak ones and a slow hash is too dear here.
    pub fn secret_hash(&self, secret: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(mac(&self.secrets, secret.as_bytes()))
    }

    /// A secret of `client` as it is kept: hashed, and encrypted too where it is used as a key.
    pub fn keep_secret(&self, client: &Client, new: NewSecret) -> StoredSecret {
        let sealed = client
            .needs_clear_secret()
            .then(|| self.seal(new.nonce, &secret_context(&new.id), new.text.as_bytes()));
        StoredSecret {
            secret_hash: self.secret_hash(new.text),
            hint: hint(new.text),
            created_at: new.now,
            expires_at: None,
            id: new.id,
            sealed,
        }
    }

    /// The secret itself, where it was kept to be used as a key.
    pub fn clear_secret(&self, secret: &StoredSecret) -> Result<Option<Vec<u8>>> {
        secret.sealed.as_ref().map(|sealed| self.open(&secret_context(&secret.id), sealed)).transpose()
    }

    /// Encrypts with AES-256-GCM; `context` must be told again to open it, so that rows cannot be swapped.
    pub fn seal(&self, nonce: [u8; NONCE], context: &str, plain: &[u8]) -> String {
        let mut tag = [0; TAG];
        let sealed = encrypt_aead(
            Cipher::aes_256_gcm(),
            &self.sealing,
            Some(&nonce),
            context.as_bytes(),
            plain,
            &mut tag,
        )
        .expect("AES-256-GCM takes any text with a key and nonce of these sizes");
        let mut bytes = nonce.to_vec();
        bytes.extend(tag);
        bytes.extend(sealed);
        BASE64_STANDARD_NO_PAD.encode(bytes)
    }

    /// Decrypts what [`Self::seal`] made.
    pub fn open(&self, context: &str, sealed: &str) -> Result<Vec<u8>> {
        let unreadable = || {
            Error::Unreadable(format!(
                "{context} cannot be decrypted; is this the master key under which the database was made?"
            ))
        };
        let bytes = BASE64_STANDARD_NO_PAD.decode(sealed).map_err(|_| unreadable())?;
        let (nonce, rest) = bytes.split_at_checked(NONCE).ok_or_else(unreadable)?;
        let (tag, sealed) = rest.split_at_checked(TAG).ok_or_else(unreadable)?;
        decrypt_aead(Cipher::aes_256_gcm(), &self.sealing, Some(nonce), context.as_bytes(), sealed, tag)
            .map_err(|_| unreadable())
    }
}

/// A client secret that begins.
pub struct NewSecret<'a> {
    pub id: String,
    pub text: &'a str,
    /// Random.
    pub nonce: [u8; NONCE],
    pub now: UnixTime,
}

fn secret_context(id: &str) -> String {
    format!("client secret {id}")
}

/// The last four characters, unless they would tell much of it.
fn hint(text: &str) -> String {
    let end = text.len().saturating_sub(4);
    if text.len() < 16 { String::new() } else { text.get(end..).unwrap_or_default().to_owned() }
}

fn hmac_key(bytes: &[u8]) -> PKey<openssl::pkey::Private> {
    PKey::hmac(bytes).expect("any bytes make an HMAC key")
}

fn mac(key: &PKey<openssl::pkey::Private>, text: &[u8]) -> [u8; 32] {
    let mut signer = Signer::new(MessageDigest::sha256(), key).expect("HMAC-SHA-256 is always there");
    let mut mac = [0; 32];
    signer.sign_oneshot(&mut mac, text).expect("an HMAC-SHA-256 has 32 bytes");
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_with_the_same_key_and_context() {
        let vault = Vault::new(&[1; 32]);
        let sealed = vault.seal([2; 12], "key a", b"private");
        assert_eq!(vault.open("key a", &sealed).unwrap(), b"private");
        assert!(vault.open("key b", &sealed).is_err());
        assert!(Vault::new(&[3; 32]).open("key a", &sealed).is_err());
        assert!(vault.open("key a", &sealed[1..]).is_err());
        assert!(vault.open("key a", "").is_err());
    }

    #[test]
    fn a_hint_tells_little_of_a_secret() {
        assert_eq!(hint("0123456789abcdef"), "cdef");
        assert_eq!(hint("secret"), "");
    }

    #[test]
    fn a_secret_hash_needs_the_master_key() {
        assert_ne!(Vault::new(&[1; 32]).secret_hash("secret"), Vault::new(&[2; 32]).secret_hash("secret"));
    }
}
