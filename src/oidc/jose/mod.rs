//! Signed tokens: the one place that knows keys, algorithms and the compact form (RFC 7515 to 7519, 8037).
//!
//! biscuit owns the form (compact serialisation, JWK, thumbprint), OpenSSL owns the keys and every
//! signature, made or checked. Nothing that an outsider sends reaches biscuit, which panics on some of it:
//! [`verify`] and [`PublicKey::from_jwk`] read such input with code of our own.

mod alg;
mod numeric_date;
mod private;
mod public;
mod sign;
mod signature;
mod verify;

#[cfg(test)]
mod fixtures;

use serde_json::{Value, json};

pub use alg::{Alg, UnknownAlg, hash_half};
pub use numeric_date::numeric_date;
pub use private::{KeyError, PrivateKey};
pub use public::{JwkError, PublicKey};
pub use sign::{SignError, sign};
pub use verify::{JwtError, verify};

/// The document at `/jwks` (RFC 7517, 5) from keys as [`PrivateKey::public_jwk`] writes them.
pub fn jwks(keys: impl IntoIterator<Item = Value>) -> Value {
    json!({ "keys": keys.into_iter().collect::<Vec<_>>() })
}
