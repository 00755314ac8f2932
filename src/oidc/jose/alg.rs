//! The signature algorithms we speak (RFC 7518, 3.1; RFC 8037, 3.1) and the kind of key each one needs.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::hash::MessageDigest;
use serde::{Deserialize, Serialize};

use super::kind::{Curve, Kind};

/// An `alg` as on the wire. `none` is absent on purpose: nothing unsigned is made or believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Alg {
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    ES512,
    EdDSA,
    HS256,
    HS384,
    HS512,
}

impl Alg {
    /// Those with a private and a public key: all that keys of our own have.
    pub const ALL: [Self; 10] = [
        Self::RS256,
        Self::RS384,
        Self::RS512,
        Self::PS256,
        Self::PS384,
        Self::PS512,
        Self::ES256,
        Self::ES384,
        Self::ES512,
        Self::EdDSA,
    ];

    /// Those that take a client's secret as their key (HMAC): for tokens between that client and us.
    pub const SYMMETRIC: [Self; 3] = [Self::HS256, Self::HS384, Self::HS512];

    /// Whether it takes a client's secret instead of a private and a public key.
    pub const fn is_symmetric(self) -> bool {
        matches!(self.kind(), Kind::Shared)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::ES512 => "ES512",
            Self::EdDSA => "EdDSA",
            Self::HS256 => "HS256",
            Self::HS384 => "HS384",
            Self::HS512 => "HS512",
        }
    }

    /// Reads one of [`Alg::ALL`].
    pub fn of_key_pair(text: &str) -> Result<Self, UnknownAlg> {
        let known = Self::ALL.into_iter().find(|alg| alg.as_str() == text);
        known.ok_or_else(|| UnknownAlg::not_one_of(&Self::ALL.map(Self::as_str)))
    }

    /// Whether its keys are RSA keys, which have a size to choose.
    pub const fn is_rsa(self) -> bool {
        matches!(self.kind(), Kind::Rsa)
    }

    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::RS256 | Self::RS384 | Self::RS512 | Self::PS256 | Self::PS384 | Self::PS512 => Kind::Rsa,
            Self::ES256 => Kind::Ec(Curve::P256),
            Self::ES384 => Kind::Ec(Curve::P384),
            Self::ES512 => Kind::Ec(Curve::P521),
            Self::EdDSA => Kind::Ed25519,
            Self::HS256 | Self::HS384 | Self::HS512 => Kind::Shared,
        }
    }

    /// The hash that the signature is made over, and that `at_hash` and `c_hash` take. Ed25519 hashes
    /// within itself, with SHA-512.
    pub(super) fn digest(self) -> MessageDigest {
        match self {
            Self::RS256 | Self::PS256 | Self::ES256 | Self::HS256 => MessageDigest::sha256(),
            Self::RS384 | Self::PS384 | Self::ES384 | Self::HS384 => MessageDigest::sha384(),
            Self::RS512 | Self::PS512 | Self::ES512 | Self::HS512 | Self::EdDSA => MessageDigest::sha512(),
        }
    }
}

impl fmt::Display for Alg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Reads every algorithm. What becomes a key of our own is read with [`Alg::of_key_pair`].
impl FromStr for Alg {
    type Err = UnknownAlg;

    fn from_str(text: &str) -> Result<Self, UnknownAlg> {
        let symmetric = Self::SYMMETRIC.into_iter().find(|alg| alg.as_str() == text);
        let known = symmetric.or_else(|| Self::of_key_pair(text).ok());
        known.ok_or_else(|| {
            UnknownAlg::not_one_of(
                &[&Self::ALL.map(Self::as_str)[..], &Self::SYMMETRIC.map(Self::as_str)].concat(),
            )
        })
    }
}

/// A name that is not offered, with those that are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the algorithm must be one of {0}")]
pub struct UnknownAlg(String);

impl UnknownAlg {
    pub(super) fn not_one_of(names: &[&str]) -> Self {
        Self(names.join(", "))
    }
}

/// `at_hash` and `c_hash` (OpenID Connect Core 1.0, 3.1.3.6 and 3.3.2.11): the left half of the value's hash.
pub fn hash_half(alg: Alg, value: &str) -> String {
    let digest =
        openssl::hash::hash(alg.digest(), value.as_bytes()).expect("OpenSSL always carries the SHA-2 family");
    URL_SAFE_NO_PAD.encode(&digest[..digest.len() / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_reads_back_as_it_is_written() {
        for alg in Alg::ALL.into_iter().chain(Alg::SYMMETRIC) {
            assert_eq!(alg.to_string().parse(), Ok(alg));
            assert_eq!(serde_json::to_string(&alg).unwrap(), format!("\"{alg}\""));
            assert_eq!(serde_json::from_str::<Alg>(&format!("\"{alg}\"")).unwrap(), alg);
        }
    }

    #[test]
    fn an_unknown_algorithm_is_refused_with_the_list_of_good_ones() {
        for name in ["none", "HS1", "hs256", "rs256", "", "ES256K", "RS256 "] {
            let error = name.parse::<Alg>().unwrap_err().to_string();
            assert!(error.contains("RS256") && error.contains("HS512"), "{error}");
        }
    }

    #[test]
    fn only_hmac_is_symmetric() {
        assert!(Alg::SYMMETRIC.into_iter().all(Alg::is_symmetric));
        assert!(!Alg::ALL.into_iter().any(Alg::is_symmetric));
        for alg in Alg::ALL {
            assert_eq!(Alg::of_key_pair(alg.as_str()), Ok(alg));
        }
        for alg in Alg::SYMMETRIC {
            let error = Alg::of_key_pair(alg.as_str()).unwrap_err().to_string();
            assert!(error.contains("RS256") && !error.contains("HS"), "{error}");
        }
    }

    /// OpenID Connect Core 1.0, A.3 and A.4: the access token and code of the examples with RS256.
    #[test]
    fn half_hashes_are_those_of_the_specification() {
        assert_eq!(
            hash_half(Alg::RS256, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
            "77QmUPtjPfzWtF2AnpK9RQ"
        );
        assert_eq!(
            hash_half(Alg::ES256, "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"),
            "LDktKdoQak3Pk0cnXxCltA"
        );
    }

    #[test]
    fn half_hashes_are_as_long_as_the_algorithm_says() {
        let bytes = |alg| URL_SAFE_NO_PAD.decode(hash_half(alg, "value")).unwrap().len();
        assert_eq!(
            [Alg::PS256, Alg::ES384, Alg::RS512, Alg::EdDSA, Alg::HS256, Alg::HS384].map(bytes),
            [16, 24, 32, 32, 16, 24]
        );
    }
}
