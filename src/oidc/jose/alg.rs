//! The signature algorithms we speak (RFC 7518, 3.1; RFC 8037, 3.1) and the kind of key each one needs.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use serde::{Deserialize, Serialize};

/// An `alg` as on the wire. HMAC and `none` are absent on purpose: no key of ours or of a client fits them.
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
}

impl Alg {
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
        }
    }

    /// Whether the key is a secret that both sides know.
    pub const fn is_symmetric(self) -> bool {
        false
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
        }
    }

    /// The hash that the signature is made over, and that `at_hash` and `c_hash` take. Ed25519 hashes
    /// within itself, with SHA-512.
    pub(super) fn digest(self) -> MessageDigest {
        match self {
            Self::RS256 | Self::PS256 | Self::ES256 => MessageDigest::sha256(),
            Self::RS384 | Self::PS384 | Self::ES384 => MessageDigest::sha384(),
            Self::RS512 | Self::PS512 | Self::ES512 | Self::EdDSA => MessageDigest::sha512(),
        }
    }
}

impl fmt::Display for Alg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Alg {
    type Err = UnknownAlg;

    fn from_str(text: &str) -> Result<Self, UnknownAlg> {
        Self::ALL.into_iter().find(|alg| alg.as_str() == text).ok_or(UnknownAlg)
    }
}

/// A name that is none of [`Alg::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownAlg;

impl std::error::Error for UnknownAlg {}

impl fmt::Display for UnknownAlg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the algorithm must be one of {}", Alg::ALL.map(Alg::as_str).join(", "))
    }
}

/// What a key is; each algorithm fits exactly one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Rsa,
    Ec(Curve),
    Ed25519,
}

impl Kind {
    /// The algorithm of a key for which nobody named one.
    pub(super) const fn usual_alg(self) -> Alg {
        match self {
            Self::Rsa => Alg::RS256,
            Self::Ec(Curve::P256) => Alg::ES256,
            Self::Ec(Curve::P384) => Alg::ES384,
            Self::Ec(Curve::P521) => Alg::ES512,
            Self::Ed25519 => Alg::EdDSA,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa => f.write_str("an RSA key"),
            Self::Ec(curve) => write!(f, "an EC key on the curve {}", curve.as_str()),
            Self::Ed25519 => f.write_str("an Ed25519 key"),
        }
    }
}

/// The curves of RFC 7518, 6.2.1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    pub(super) const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    pub(super) const fn nid(self) -> Nid {
        match self {
            Self::P256 => Nid::X9_62_PRIME256V1,
            Self::P384 => Nid::SECP384R1,
            Self::P521 => Nid::SECP521R1,
        }
    }

    /// Bytes in a coordinate, and in each half of a signature.
    pub(super) const fn width(self) -> u8 {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
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
        for alg in Alg::ALL {
            assert_eq!(alg.to_string().parse(), Ok(alg));
            assert_eq!(serde_json::to_string(&alg).unwrap(), format!("\"{alg}\""));
            assert_eq!(serde_json::from_str::<Alg>(&format!("\"{alg}\"")).unwrap(), alg);
        }
    }

    #[test]
    fn an_unknown_algorithm_is_refused_with_the_list_of_good_ones() {
        for name in ["none", "HS256", "rs256", "", "ES256K", "RS256 "] {
            let error = name.parse::<Alg>().unwrap_err().to_string();
            assert!(error.contains("RS256") && error.contains("EdDSA"), "{error}");
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
            [bytes(Alg::PS256), bytes(Alg::ES384), bytes(Alg::RS512), bytes(Alg::EdDSA)],
            [16, 24, 32, 32]
        );
    }
}
