//! What a key is: each algorithm, of signing or of encryption, fits some kinds only.

use std::fmt;

use openssl::nid::Nid;

use super::alg::Alg;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Rsa,
    Ec(Curve),
    Ed25519,
    /// For key agreement only.
    X25519,
    /// What two sides both know (`oct`): a client's secret.
    Shared,
}

impl Kind {
    /// The algorithm of a signing key for which nobody named one.
    pub(super) const fn usual_alg(self) -> Option<Alg> {
        match self {
            Self::Rsa => Some(Alg::RS256),
            Self::Ec(Curve::P256) => Some(Alg::ES256),
            Self::Ec(Curve::P384) => Some(Alg::ES384),
            Self::Ec(Curve::P521) => Some(Alg::ES512),
            Self::Ed25519 => Some(Alg::EdDSA),
            Self::X25519 | Self::Shared => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa => f.write_str("an RSA key"),
            Self::Ec(curve) => write!(f, "an EC key on the curve {}", curve.as_str()),
            Self::Ed25519 => f.write_str("an Ed25519 key"),
            Self::X25519 => f.write_str("an X25519 key"),
            Self::Shared => f.write_str("a client's secret"),
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
