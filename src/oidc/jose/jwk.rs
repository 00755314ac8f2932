//! Keys that outsiders publish: JWKs (RFC 7517, 7518, 8037) read with suspicion.

use std::ops::RangeInclusive;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::pkey::{Id, PKey, Public};
use openssl::rsa::Rsa;
use serde::Deserialize;
use serde_json::Value;

use super::kind::{Curve, Kind};

/// RFC 7518, 3.3 wants at least 2048 bits; far longer keys would keep the server busy.
pub(super) const RSA_BITS: RangeInclusive<u32> = 2048..=8192;

/// The members of RFC 7518, 6 that only whoever owns the key may know; `k` is the whole of a symmetric one.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Why a JWK is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    #[error("this is not a JWK, or a member that its kty needs is missing or malformed")]
    Malformed,
    #[error("the JWK carries private or symmetric members; publish the public part of a key pair only")]
    Private,
    #[error("the JWK's use or key_ops says that it is for something else")]
    Use,
    #[error("the JWK's alg is unknown, serves something else, or does not fit its kty and crv")]
    Alg,
    #[error(
        "the JWK's kty or crv is not supported; RSA, EC with P-256, P-384 or P-521, Ed25519 for signatures and X25519 for encryption are"
    )]
    Unsupported,
    #[error("an RSA key must have {} to {} bits and a usual exponent", RSA_BITS.start(), RSA_BITS.end())]
    Weak,
}

/// The public members of a JWK as they were written.
#[derive(Deserialize)]
pub(super) struct Jwk<'a> {
    kty: &'a str,
    #[serde(rename = "use")]
    pub(super) usage: Option<&'a str>,
    key_ops: Option<Vec<&'a str>>,
    pub(super) alg: Option<&'a str>,
    pub(super) kid: Option<&'a str>,
    crv: Option<&'a str>,
    n: Option<&'a str>,
    e: Option<&'a str>,
    x: Option<&'a str>,
    y: Option<&'a str>,
}

/// Whether a member of `jwk` gives away what must stay private.
pub(super) fn is_private(jwk: &Value) -> bool {
    PRIVATE.iter().any(|name| jwk.get(name).is_some())
}

impl<'a> Jwk<'a> {
    pub(super) fn read(jwk: &'a Value) -> Result<Self, JwkError> {
        if is_private(jwk) {
            return Err(JwkError::Private);
        }
        Self::deserialize(jwk).map_err(|_| JwkError::Malformed)
    }

    /// Whether `use` and `key_ops`, where they are given, allow this `usage` and one of these operations.
    pub(super) fn is_for(&self, usage: &str, operations: &[&str]) -> bool {
        self.usage.is_none_or(|own| own == usage)
            && self.key_ops.as_ref().is_none_or(|own| own.iter().any(|one| operations.contains(one)))
    }

    pub(super) fn key(&self) -> Result<(Kind, PKey<Public>), JwkError> {
        match (self.kty, self.crv) {
            ("RSA", _) => Ok((Kind::Rsa, self.rsa()?)),
            ("EC", Some(crv)) => {
                let curve = Curve::ALL.into_iter().find(|curve| curve.as_str() == crv);
                let curve = curve.ok_or(JwkError::Unsupported)?;
                Ok((Kind::Ec(curve), self.ec(curve)?))
            }
            ("OKP", Some("Ed25519")) => Ok((Kind::Ed25519, self.raw(Id::ED25519)?)),
            ("OKP", Some("X25519")) => Ok((Kind::X25519, self.raw(Id::X25519)?)),
            ("EC" | "OKP", None) => Err(JwkError::Malformed),
            _ => Err(JwkError::Unsupported),
        }
    }

    fn rsa(&self) -> Result<PKey<Public>, JwkError> {
        let (n, e) = (number(&bytes(self.n)?)?, number(&bytes(self.e)?)?);
        let is_usual = n.is_bit_set(0) && e.is_bit_set(0) && (2..=64).contains(&e.num_bits());
        if !is_usual || !u32::try_from(n.num_bits()).is_ok_and(|bits| RSA_BITS.contains(&bits)) {
            return Err(JwkError::Weak);
        }
        Rsa::from_public_components(n, e).and_then(PKey::from_rsa).map_err(|_| JwkError::Malformed)
    }

    /// RFC 7518, 6.2.1.2: the coordinates have the full width. OpenSSL checks that the point is on the curve.
    fn ec(&self, curve: Curve) -> Result<PKey<Public>, JwkError> {
        let (x, y) = (bytes(self.x)?, bytes(self.y)?);
        if [x.len(), y.len()] != [usize::from(curve.width()); 2] {
            return Err(JwkError::Malformed);
        }
        let (x, y) = (number(&x)?, number(&y)?);
        EcGroup::from_curve_name(curve.nid())
            .and_then(|group| EcKey::from_public_key_affine_coordinates(&group, &x, &y))
            .and_then(PKey::from_ec_key)
            .map_err(|_| JwkError::Malformed)
    }

    /// RFC 8037, 2: the bytes of the curve's own specification.
    fn raw(&self, id: Id) -> Result<PKey<Public>, JwkError> {
        PKey::public_key_from_raw_bytes(&bytes(self.x)?, id).map_err(|_| JwkError::Malformed)
    }
}

fn bytes(member: Option<&str>) -> Result<Vec<u8>, JwkError> {
    member.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).ok_or(JwkError::Malformed)
}

fn number(bytes: &[u8]) -> Result<BigNum, JwkError> {
    BigNum::from_slice(bytes).map_err(|_| JwkError::Malformed)
}
