//! What took the place of a refresh token, kept so that only who has the old token can read it.
//!
//! A client whose answer was lost on the way shows the old token again, and within the grace time gets the same pair
//! (RFC 9700 4.14.2 wants a reused token refused, so the time is short and none by default).

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};
use serde::{Deserialize, Serialize};

use super::scope::Scope;
use super::time::UnixTime;

const NONCE: usize = 12;
const TAG: usize = 16;

/// The pair that a refresh gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Successor {
    /// What the access token is made of, and made of again.
    pub handle: String,
    pub refresh_token: String,
    pub scope: Scope,
    pub resources: Vec<String>,
    pub issued_at: UnixTime,
}

impl Successor {
    /// Encrypts with AES-256-GCM under a key that is made of the old token, of which we keep only a hash.
    pub fn seal(&self, old: &str, nonce: [u8; NONCE]) -> String {
        let plain = serde_json::to_vec(self).expect("a pair of tokens is plain data");
        let mut tag = [0; TAG];
        let sealed = encrypt_aead(Cipher::aes_256_gcm(), &key(old), Some(&nonce), &[], &plain, &mut tag)
            .expect("AES-256-GCM takes any text with a key and nonce of these sizes");
        BASE64_STANDARD_NO_PAD.encode([&nonce[..], &tag, &sealed].concat())
    }

    /// Reads what [`Self::seal`] wrote for the same token.
    pub fn open(old: &str, sealed: &str) -> Option<Self> {
        let bytes = BASE64_STANDARD_NO_PAD.decode(sealed).ok()?;
        let (nonce, rest) = bytes.split_at_checked(NONCE)?;
        let (tag, sealed) = rest.split_at_checked(TAG)?;
        let plain = decrypt_aead(Cipher::aes_256_gcm(), &key(old), Some(nonce), &[], sealed, tag).ok()?;
        serde_json::from_slice(&plain).ok()
    }
}

/// Not the hash that is kept of the token, which whoever has the database knows.
fn key(old: &str) -> [u8; 32] {
    // A token has 256 random bits, so that one pass of a hash is enough; the label makes it another hash.
    let label = PKey::hmac(b"successor of a refresh token").expect("a label makes an HMAC key");
    let mut signer = Signer::new(MessageDigest::sha256(), &label).expect("HMAC-SHA-256 is always there");
    let mut key = [0; 32];
    signer.sign_oneshot(&mut key, old.as_bytes()).expect("an HMAC-SHA-256 has 32 bytes");
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_has_the_old_token_can_read_the_new_ones() {
        let successor = Successor {
            handle: "access".into(),
            refresh_token: "refresh".into(),
            scope: Scope::parse("openid").unwrap(),
            resources: vec!["urn:berths".into()],
            issued_at: UnixTime(1),
        };
        let sealed = successor.seal("old", [1; NONCE]);
        assert_eq!(Successor::open("old", &sealed), Some(successor));
        assert!(!sealed.contains("refresh"));
        for (old, sealed) in [("other", sealed.as_str()), ("", &sealed), ("old", &sealed[1..]), ("old", "")] {
            assert_eq!(Successor::open(old, sealed), None);
        }
    }
}
