//! The key that keeps private keys secret at rest.

use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::{ExposeSecret, SecretBox};

/// 32 bytes for AES-256, wiped when they are dropped.
pub struct MasterKey(SecretBox<[u8; 32]>);

impl MasterKey {
    /// From base64, as it stands in a setting or in the key file; white space around it does not matter.
    /// The error never repeats the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let bytes = GeneralPurpose::new(&alphabet::STANDARD, lenient)
            .decode(text.trim())
            .map_err(|_| "it is not base64".to_owned())?;
        let length = bytes.len();
        let bytes: Box<[u8; 32]> =
            bytes.into_boxed_slice().try_into().map_err(|_| format!("it holds {length} bytes, not 32"))?;
        Ok(Self(SecretBox::new(bytes)))
    }

    pub fn bytes(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }
}

impl Clone for MasterKey {
    fn clone(&self) -> Self {
        Self(SecretBox::new(Box::new(*self.bytes())))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(********)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_two_bytes_in_base64_are_a_key() {
        let text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let key = MasterKey::parse(text).unwrap();
        assert_eq!(key.bytes()[..4], [0, 1, 2, 3]);
        assert_eq!(MasterKey::parse(&format!("{}\n", &text[..43])).unwrap().bytes(), key.bytes());
        assert_eq!(format!("{key:?}"), "MasterKey(********)");
    }

    #[test]
    fn anything_else_is_refused_and_not_repeated() {
        for text in ["", "c2hvcnQ=", "not base64 at all!", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gIQ=="]
        {
            let error = MasterKey::parse(text).unwrap_err();
            assert!(text.is_empty() || !error.contains(text), "{error}");
        }
    }
}
