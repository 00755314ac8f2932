//! Agreement on a secret: ECDH-ES (RFC 7518, 4.6; RFC 8037, 3.2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::derive::Deriver;
use openssl::error::ErrorStack;
use openssl::pkey::{PKey, PKeyRef, Private, Public};
use openssl::sha::Sha256;
use serde_json::{Value, json};

use super::alg::KeyManagementAlg;
use super::content::ContentEncryption;
use crate::oidc::jose::kind::Kind;
use crate::oidc::jose::material::{self, KeyError};

/// What both sides put into the derivation of the key, besides the secret.
pub(super) struct Derivation<'a> {
    /// The name of what the key is for.
    purpose: &'static str,
    length: usize,
    pub(super) apu: &'a [u8],
    pub(super) apv: &'a [u8],
}

impl Derivation<'_> {
    /// RFC 7518, 4.6.2: a key that wraps is named by `alg`, one that encrypts the content by `enc`.
    pub(super) const fn new(
        alg: KeyManagementAlg,
        enc: ContentEncryption,
        wrap: Option<usize>,
    ) -> Derivation<'static> {
        let (purpose, length) = match wrap {
            Some(length) => (alg.as_str(), length),
            None => (enc.as_str(), enc.key_length()),
        };
        Derivation { purpose, length, apu: &[], apv: &[] }
    }

    /// The key that whoever holds `own` and whoever holds the private part of `other` can derive. Both are of
    /// one kind and one curve.
    pub(super) fn key(&self, own: &PKeyRef<Private>, other: &PKeyRef<Public>) -> Result<Vec<u8>, ErrorStack> {
        let mut deriver = Deriver::new(own)?;
        deriver.set_peer(other)?;
        Ok(self.concat_kdf(&deriver.derive_to_vec()?))
    }

    /// The Concat KDF of NIST SP 800-56A with SHA-256.
    fn concat_kdf(&self, secret: &[u8]) -> Vec<u8> {
        let mut key = Vec::with_capacity(self.length.next_multiple_of(32));
        for round in 1_u32.. {
            if key.len() >= self.length {
                break;
            }
            let mut hash = Sha256::new();
            hash.update(&round.to_be_bytes());
            hash.update(secret);
            for part in [self.purpose.as_bytes(), self.apu, self.apv] {
                hash.update(&length(part.len()));
                hash.update(part);
            }
            hash.update(&length(self.length * 8));
            key.extend(hash.finish());
        }
        key.truncate(self.length);
        key
    }
}

/// 32 bits; the parts of a token whose length is limited are never longer than that can tell.
fn length(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes()
}

/// A key for one message, and its public part as `epk`.
pub(super) fn ephemeral(kind: Kind) -> Result<(PKey<Private>, Value), KeyError> {
    let key = material::generate("ECDH-ES", kind, None)?;
    let epk = match kind {
        Kind::X25519 => {
            json!({"kty": "OKP", "crv": "X25519", "x": URL_SAFE_NO_PAD.encode(key.raw_public_key()?)})
        }
        _ => json!(material::public_part(kind, &key)?),
    };
    Ok((key, epk))
}

#[cfg(test)]
mod tests {
    use openssl::pkey::Id;

    use super::*;
    use crate::oidc::jose::jwk::Jwk;

    /// RFC 7518, C.
    #[test]
    fn the_derived_key_is_that_of_the_specification() {
        let z = [
            158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49, 110, 163,
            218, 128, 106, 72, 246, 218, 167, 121, 140, 254, 144, 196,
        ];
        let mut derivation = Derivation::new(KeyManagementAlg::EcdhEs, ContentEncryption::A128Gcm, None);
        (derivation.apu, derivation.apv) = (b"Alice", b"Bob");
        assert_eq!(URL_SAFE_NO_PAD.encode(derivation.concat_kdf(&z)), "VqqN6vgjbSBcIijNcacQGg");
    }

    #[test]
    fn a_long_key_takes_two_rounds() {
        let derivation = Derivation::new(KeyManagementAlg::EcdhEs, ContentEncryption::A256CbcHs512, None);
        let key = derivation.concat_kdf(b"secret");
        assert_eq!(key.len(), 64);
        assert_ne!(key[..32], key[32..]);
    }

    /// RFC 8037, A.6, whose secret is that of RFC 7748, 6.1: both sides, for neither is random.
    #[test]
    fn x25519_agrees_on_the_secret_of_the_specification() {
        let raw = |hex: &str| -> Vec<u8> {
            (0..64).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
        };
        let private = |hex: &str| PKey::private_key_from_raw_bytes(&raw(hex), Id::X25519).unwrap();
        let alice = private("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
        let bob = private("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
        let secret = raw("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
        let public = |x: &str| {
            let jwk = json!({"kty": "OKP", "crv": "X25519", "x": x});
            Jwk::read(&jwk).unwrap().key().unwrap().1
        };
        let of_alice = public("hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo");
        let of_bob = public("3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08");
        let derivation = Derivation::new(KeyManagementAlg::EcdhEs, ContentEncryption::A128Gcm, None);
        assert_eq!(derivation.key(&alice, &of_bob).unwrap(), derivation.concat_kdf(&secret));
        assert_eq!(derivation.key(&bob, &of_alice).unwrap(), derivation.concat_kdf(&secret));
    }

    /// A point of small order would make the secret known beforehand (RFC 7748, 6.1).
    #[test]
    fn x25519_refuses_points_of_small_order() {
        let own = PKey::generate_x25519().unwrap();
        let derivation = Derivation::new(KeyManagementAlg::EcdhEs, ContentEncryption::A128Gcm, None);
        for first in [0, 1] {
            let mut point = [0; 32];
            point[0] = first;
            let point = PKey::public_key_from_raw_bytes(&point, Id::X25519).unwrap();
            assert!(derivation.key(&own, &point).is_err());
        }
    }
}
