//! The key with which hooks tell our calls from those of strangers.

use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::{ExposeSecret, SecretSlice};

/// What Standard Webhooks writes before a secret.
const PREFIX: &str = "whsec_";

/// Fewer are no match for SHA-256; Standard Webhooks takes no more.
const BYTES: std::ops::RangeInclusive<usize> = 32..=64;

/// Random bytes, wiped when they are dropped.
#[derive(Clone)]
pub struct HookSecret(SecretSlice<u8>);

impl HookSecret {
    /// From base64, as the libraries for Standard Webhooks take it. The error never repeats the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let text = text.trim();
        let bytes = GeneralPurpose::new(&alphabet::STANDARD, lenient)
            .decode(text.strip_prefix(PREFIX).unwrap_or(text))
            .map_err(|_| "it is not base64".to_owned())?;
        if !BYTES.contains(&bytes.len()) {
            return Err(format!("it holds {} bytes, not 32 to 64", bytes.len()));
        }
        Ok(Self(bytes.into()))
    }

    pub fn bytes(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

impl fmt::Debug for HookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HookSecret(********)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_32_to_64_bytes_with_or_without_its_prefix() {
        let text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let secret = HookSecret::parse(text).unwrap();
        assert_eq!(secret.bytes(), (0..32).collect::<Vec<u8>>());
        assert_eq!(HookSecret::parse(&format!("whsec_{text}\n")).unwrap().bytes(), secret.bytes());
        assert_eq!(format!("{secret:?}"), "HookSecret(********)");
    }

    #[test]
    fn anything_else_is_refused_and_not_repeated() {
        let long = "A".repeat(88);
        for text in ["c2hvcnQ=", "not base64 at all!", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==", &long]
        {
            let error = HookSecret::parse(text).unwrap_err();
            assert!(!error.contains(text), "{error}");
        }
    }
}
