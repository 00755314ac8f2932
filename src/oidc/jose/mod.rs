//! Signed and encrypted tokens: the one place that knows keys, algorithms and the compact form (RFC 7515 to
//! 7519, 8037).
//!
//! biscuit owns the form (compact serialisation, JWK, thumbprint), OpenSSL owns the keys, every signature and
//! every encryption, made or undone. Nothing that an outsider sends reaches biscuit, which panics on some of it:
//! [`verify_jwt`], [`decrypt`] and [`ClientKeys`] read such input with code of our own.

mod alg;
mod client_keys;
mod compact;
mod jwe;
mod jwk;
mod kind;
mod material;
mod numeric_date;
mod private;
mod public;
mod secret;
mod sign;
mod signature;
mod verify;

#[cfg(test)]
mod fixtures;

use serde_json::{Value, json};

pub use alg::{Alg, UnknownAlg, hash_half};
pub use client_keys::{ClientKeys, KeySetError};
pub use jwe::{
    Accepted, ContentEncryption, Decrypted, DecryptionKey, EncryptError, EncryptionKey, Envelope, JweError,
    KeyManagementAlg, Openers, Randomness, Recipient, decrypt, encrypt, is_encrypted,
};
pub use jwk::JwkError;
pub use material::KeyError;
pub use numeric_date::numeric_date;
pub use private::{PrivateKey, pem_digest};
pub use public::PublicKey;
pub use secret::{SharedSecret, ShortSecret};
pub use sign::{SignError, sign, sign_with_secret};
pub use verify::{Accept, Header, Jwt, JwtError, Signers, Typ, verify, verify_jwt};

/// The document at `/jwks` (RFC 7517, 5) from keys as [`PrivateKey::public_jwk`] writes them.
pub fn jwks(keys: impl IntoIterator<Item = Value>) -> Value {
    json!({ "keys": keys.into_iter().collect::<Vec<_>>() })
}
