//! Encrypted tokens in compact form (RFC 7516), as OpenID Connect Core 1.0, 10.2 uses them.
//!
//! A message is encrypted with a key of its own (`enc`), and that key is handed over under the recipient's (`alg`).

mod agreement;
mod alg;
mod content;
mod decrypt;
mod decryption_key;
mod encrypt;
mod encryption_key;
mod oaep;
mod wrap;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

pub use alg::KeyManagementAlg;
pub use content::ContentEncryption;
pub use decrypt::{Accepted, Decrypted, JweError, Openers, decrypt, is_encrypted};
pub use decryption_key::DecryptionKey;
pub use encrypt::{EncryptError, Envelope, Randomness, Recipient, encrypt};
pub use encryption_key::EncryptionKey;
