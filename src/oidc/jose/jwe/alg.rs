//! How the recipient gets the content key: the `alg` of a JWE (RFC 7518, 4.1).

use std::fmt;
use std::str::FromStr;

use crate::oidc::jose::alg::UnknownAlg;
use crate::oidc::jose::kind::{Curve, Kind};

/// An `alg` as on the wire. RSA1_5 is absent for its padding oracle, PBES2 for the work it lets a sender cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyManagementAlg {
    RsaOaep,
    RsaOaep256,
    EcdhEs,
    EcdhEsA128Kw,
    EcdhEsA192Kw,
    EcdhEsA256Kw,
    A128Kw,
    A192Kw,
    A256Kw,
    Dir,
}

/// What the names mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// The content key is encrypted to an RSA key.
    Oaep,
    /// A secret is agreed on: it is the content key, or wraps it with a key of so many bytes.
    Agreement { wrap: Option<usize> },
    /// The content key is wrapped with a shared key of so many bytes.
    Wrap(usize),
    /// The content key is the shared key.
    Direct,
}

impl KeyManagementAlg {
    pub const ALL: [Self; 10] = [
        Self::RsaOaep,
        Self::RsaOaep256,
        Self::EcdhEs,
        Self::EcdhEsA128Kw,
        Self::EcdhEsA192Kw,
        Self::EcdhEsA256Kw,
        Self::A128Kw,
        Self::A192Kw,
        Self::A256Kw,
        Self::Dir,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RsaOaep => "RSA-OAEP",
            Self::RsaOaep256 => "RSA-OAEP-256",
            Self::EcdhEs => "ECDH-ES",
            Self::EcdhEsA128Kw => "ECDH-ES+A128KW",
            Self::EcdhEsA192Kw => "ECDH-ES+A192KW",
            Self::EcdhEsA256Kw => "ECDH-ES+A256KW",
            Self::A128Kw => "A128KW",
            Self::A192Kw => "A192KW",
            Self::A256Kw => "A256KW",
            Self::Dir => "dir",
        }
    }

    /// Whether it takes a client's secret instead of a key pair.
    pub const fn is_symmetric(self) -> bool {
        matches!(self.way(), Way::Wrap(_) | Way::Direct)
    }

    pub(super) const fn way(self) -> Way {
        match self {
            Self::RsaOaep | Self::RsaOaep256 => Way::Oaep,
            Self::EcdhEs => Way::Agreement { wrap: None },
            Self::EcdhEsA128Kw => Way::Agreement { wrap: Some(16) },
            Self::EcdhEsA192Kw => Way::Agreement { wrap: Some(24) },
            Self::EcdhEsA256Kw => Way::Agreement { wrap: Some(32) },
            Self::A128Kw => Way::Wrap(16),
            Self::A192Kw => Way::Wrap(24),
            Self::A256Kw => Way::Wrap(32),
            Self::Dir => Way::Direct,
        }
    }

    pub(super) const fn suits(self, kind: Kind) -> bool {
        match self.way() {
            Way::Oaep => matches!(kind, Kind::Rsa),
            Way::Agreement { .. } => matches!(kind, Kind::Ec(_) | Kind::X25519),
            Way::Wrap(_) | Way::Direct => matches!(kind, Kind::Shared),
        }
    }

    /// The kind of a fresh key for it.
    pub(super) const fn usual_kind(self) -> Kind {
        match self.way() {
            Way::Oaep => Kind::Rsa,
            Way::Agreement { .. } => Kind::Ec(Curve::P256),
            Way::Wrap(_) | Way::Direct => Kind::Shared,
        }
    }
}

impl fmt::Display for KeyManagementAlg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for KeyManagementAlg {
    type Err = UnknownAlg;

    fn from_str(text: &str) -> Result<Self, UnknownAlg> {
        let known = Self::ALL.into_iter().find(|alg| alg.as_str() == text);
        known.ok_or_else(|| UnknownAlg::not_one_of(&Self::ALL.map(Self::as_str)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_reads_back_as_it_is_written() {
        for alg in KeyManagementAlg::ALL {
            assert_eq!(alg.to_string().parse(), Ok(alg));
            assert!(alg.suits(alg.usual_kind()), "{alg}");
            assert_eq!(alg.is_symmetric(), alg.usual_kind() == Kind::Shared, "{alg}");
        }
    }

    #[test]
    fn dangerous_and_unknown_algorithms_are_refused_with_the_list_of_good_ones() {
        for name in ["RSA1_5", "PBES2-HS256+A128KW", "A128GCMKW", "none", "", "rsa-oaep", "RS256", "DIR"] {
            let error = name.parse::<KeyManagementAlg>().unwrap_err().to_string();
            assert!(error.contains("RSA-OAEP, ") && error.contains("dir"), "{error}");
        }
    }
}
