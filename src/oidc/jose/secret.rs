//! A client's secret as a key: for HMAC (OpenID Connect Core 1.0, 10.1) and encryption (10.2).

use openssl::error::ErrorStack;
use openssl::pkey::PKey;
use openssl::sha::{sha256, sha384, sha512};
use openssl::sign::Signer;
use secrecy::{ExposeSecret, SecretString};

use super::alg::Alg;

/// A secret that one client and we know. Its UTF-8 bytes are the key.
#[derive(Clone, Debug)]
pub struct SharedSecret(SecretString);

/// A secret that is too short to be a key for an algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{alg} needs a client secret of at least {} bytes; make a longer one", .alg.digest().size())]
pub struct ShortSecret {
    pub alg: Alg,
}

impl SharedSecret {
    pub fn new(secret: &str) -> Self {
        Self(secret.into())
    }

    /// RFC 7518, 3.2: a key for HMAC is at least as long as the hash. Only an HMAC takes a secret at all.
    pub fn fits(&self, alg: Alg) -> Result<(), ShortSecret> {
        let is_long = self.0.expose_secret().len() >= alg.digest().size();
        if alg.is_symmetric() && is_long { Ok(()) } else { Err(ShortSecret { alg }) }
    }

    /// The HMAC of `input`, with an algorithm that the secret fits.
    pub(super) fn mac(&self, alg: Alg, input: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let key = PKey::hmac(self.0.expose_secret().as_bytes())?;
        Signer::new(alg.digest(), &key)?.sign_oneshot_to_vec(input)
    }

    pub(super) fn is_mac(&self, alg: Alg, input: &[u8], mac: &[u8]) -> bool {
        self.mac(alg, input).is_ok_and(|good| good.len() == mac.len() && openssl::memcmp::eq(&good, mac))
    }

    /// OpenID Connect Core 1.0, 10.2: the left bytes of the shortest SHA-2 hash that is long enough.
    pub(super) fn encryption_key(&self, length: usize) -> Option<Vec<u8>> {
        let secret = self.0.expose_secret().as_bytes();
        let hash = match length {
            // Everybody knows the empty secret.
            _ if secret.is_empty() => return None,
            ..=32 => sha256(secret).to_vec(),
            33..=48 => sha384(secret).to_vec(),
            _ => sha512(secret).to_vec(),
        };
        hash.get(..length).map(<[u8]>::to_vec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_must_be_as_long_as_the_hash() {
        for (alg, length) in [(Alg::HS256, 32), (Alg::HS384, 48), (Alg::HS512, 64)] {
            assert_eq!(SharedSecret::new(&"s".repeat(length)).fits(alg), Ok(()));
            let short = SharedSecret::new(&"s".repeat(length - 1)).fits(alg).unwrap_err();
            assert_eq!(
                short.to_string(),
                format!("{alg} needs a client secret of at least {length} bytes; make a longer one")
            );
        }
        assert!(SharedSecret::new(&"s".repeat(99)).fits(Alg::RS256).is_err());
    }

    #[test]
    fn an_encryption_key_is_the_left_part_of_the_shortest_hash() {
        let secret = SharedSecret::new("secret");
        for (length, hash) in [
            (16, sha256(b"secret").to_vec()),
            (24, sha256(b"secret").to_vec()),
            (32, sha256(b"secret").to_vec()),
            (48, sha384(b"secret").to_vec()),
            (64, sha512(b"secret").to_vec()),
        ] {
            assert_eq!(secret.encryption_key(length).unwrap(), hash[..length], "{length}");
        }
        assert_eq!(SharedSecret::new("").encryption_key(16), None);
        assert_eq!(secret.encryption_key(65), None);
    }

    #[test]
    fn a_secret_is_not_shown_in_logs() {
        assert!(!format!("{:?}", SharedSecret::new("hunter2")).contains("hunter2"));
    }
}
