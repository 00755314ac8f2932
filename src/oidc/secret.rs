//! Opaque values: codes, tokens and secrets, of which only a hash is kept.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// 256 random bits as 43 characters: enough for RFC 6749 10.10 and for any entropy meter.
pub fn opaque(random: [u8; 32]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(random)
}

/// What is stored instead of an opaque value: its SHA-256, base64url.
pub fn hash(value: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(openssl::sha::sha256(value.as_bytes()))
}

/// Compares in a time that does not tell where the two differ.
pub fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && openssl::memcmp::eq(one.as_bytes(), other.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opaque_value_has_43_characters_and_its_hash_is_another() {
        let value = opaque([7; 32]);
        assert_eq!(value.len(), 43);
        assert_ne!(hash(&value), value);
        assert_eq!(hash(&value), hash(&opaque([7; 32])));
    }

    #[test]
    fn only_the_same_text_is_the_same() {
        assert!(same("secret", "secret"));
        assert!(!same("secret", "secreT"));
        assert!(!same("secret", "secrets"));
    }
}
