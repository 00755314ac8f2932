//! Keys that outsiders publish: JWKs (RFC 7517, 7518, 8037) read with suspicion.

use std::fmt;
use std::ops::RangeInclusive;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::pkey::{Id, PKey, Public};
use openssl::rsa::Rsa;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::alg::{Alg, Curve, Kind};

/// RFC 7518, 3.3 wants at least 2048 bits; far longer keys would keep the server busy.
pub(super) const RSA_BITS: RangeInclusive<u32> = 2048..=8192;

/// A key that checks signatures.
#[derive(Clone)]
pub struct PublicKey {
    kid: Option<String>,
    alg: Option<Alg>,
    kind: Kind,
    pub(super) key: PKey<Public>,
}

/// Why a JWK is of no use for checking signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    #[error("this is not a JWK, or a member that its kty needs is missing or malformed")]
    Malformed,
    #[error("the JWK carries private members; publish the public part only")]
    Private,
    #[error("the JWK's use or key_ops says that it is not for checking signatures")]
    Use,
    #[error("the JWK's alg is unknown or does not fit its kty and crv")]
    Alg,
    #[error("the JWK's kty or crv is not supported; RSA, EC with P-256, P-384 or P-521, and Ed25519 are")]
    Unsupported,
    #[error("an RSA key must have {} to {} bits and a usual exponent", RSA_BITS.start(), RSA_BITS.end())]
    Weak,
}

#[derive(Deserialize)]
struct Jwk<'a> {
    kty: &'a str,
    #[serde(rename = "use")]
    usage: Option<&'a str>,
    key_ops: Option<Vec<&'a str>>,
    alg: Option<&'a str>,
    kid: Option<&'a str>,
    crv: Option<&'a str>,
    n: Option<&'a str>,
    e: Option<&'a str>,
    x: Option<&'a str>,
    y: Option<&'a str>,
    /// The private part of every kind but `oct`, which has no public one.
    d: Option<IgnoredAny>,
}

impl PublicKey {
    pub fn from_jwk(jwk: &Value) -> Result<Self, JwkError> {
        let jwk = Jwk::deserialize(jwk).map_err(|_| JwkError::Malformed)?;
        if jwk.d.is_some() {
            return Err(JwkError::Private);
        }
        let may_verify = jwk.key_ops.as_ref().is_none_or(|ops| ops.contains(&"verify"));
        if jwk.usage.is_some_and(|usage| usage != "sig") || !may_verify {
            return Err(JwkError::Use);
        }
        let (kind, key) = jwk.key()?;
        let alg = jwk.alg.map(str::parse::<Alg>).transpose().map_err(|_| JwkError::Alg)?;
        if alg.is_some_and(|alg| alg.kind() != kind) {
            return Err(JwkError::Alg);
        }
        Ok(Self { kid: jwk.kid.map(str::to_owned), alg, kind, key })
    }

    /// The keys of a JWK set that can check signatures. The others are passed over, as RFC 7517, 5 asks.
    pub fn set_from_jwks(jwks: &Value) -> Vec<Self> {
        let keys = jwks.get("keys").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        keys.iter().filter_map(|jwk| Self::from_jwk(jwk).ok()).collect()
    }

    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether a token with this `alg` may be checked with this key.
    pub(super) fn fits(&self, alg: Alg) -> bool {
        self.kind == alg.kind() && self.alg.is_none_or(|only| only == alg)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?}, {})", self.kid, self.kind)
    }
}

impl Jwk<'_> {
    fn key(&self) -> Result<(Kind, PKey<Public>), JwkError> {
        match (self.kty, self.crv) {
            ("RSA", _) => Ok((Kind::Rsa, self.rsa()?)),
            ("EC", Some(crv)) => {
                let curve = Curve::ALL.into_iter().find(|curve| curve.as_str() == crv);
                let curve = curve.ok_or(JwkError::Unsupported)?;
                Ok((Kind::Ec(curve), self.ec(curve)?))
            }
            ("OKP", Some("Ed25519")) => Ok((Kind::Ed25519, self.ed25519()?)),
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

    fn ed25519(&self) -> Result<PKey<Public>, JwkError> {
        PKey::public_key_from_raw_bytes(&bytes(self.x)?, Id::ED25519).map_err(|_| JwkError::Malformed)
    }
}

fn bytes(member: Option<&str>) -> Result<Vec<u8>, JwkError> {
    member.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).ok_or(JwkError::Malformed)
}

fn number(bytes: &[u8]) -> Result<BigNum, JwkError> {
    BigNum::from_slice(bytes).map_err(|_| JwkError::Malformed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::oidc::jose::fixtures::private;
    use crate::oidc::jose::jwks;

    fn with(alg: Alg, name: &str, value: Value) -> Result<PublicKey, JwkError> {
        let mut jwk = private(alg).public_jwk("k1");
        jwk[name] = value;
        PublicKey::from_jwk(&jwk)
    }

    fn without(alg: Alg, name: &str) -> Result<PublicKey, JwkError> {
        let mut jwk = private(alg).public_jwk("k1");
        jwk.as_object_mut().unwrap().remove(name);
        PublicKey::from_jwk(&jwk)
    }

    #[test]
    fn a_key_without_alg_fits_all_algorithms_of_its_kind() {
        let open = without(Alg::RS256, "alg").unwrap();
        assert!(open.fits(Alg::RS256) && open.fits(Alg::PS512) && !open.fits(Alg::ES256));
        let bound = with(Alg::RS256, "alg", json!("PS256")).unwrap();
        assert!(bound.fits(Alg::PS256) && !bound.fits(Alg::RS256));
    }

    #[test]
    fn an_alg_that_does_not_fit_the_key_is_refused() {
        for (alg, other) in [
            (Alg::RS256, "ES256"),
            (Alg::RS256, "HS256"),
            (Alg::RS256, "none"),
            (Alg::RS256, "RSA-OAEP"),
            (Alg::ES256, "ES384"),
            (Alg::EdDSA, "RS256"),
        ] {
            assert_eq!(with(alg, "alg", json!(other)).unwrap_err(), JwkError::Alg, "{alg} {other}");
        }
    }

    #[test]
    fn a_key_for_another_use_is_refused() {
        assert_eq!(with(Alg::RS256, "use", json!("enc")).unwrap_err(), JwkError::Use);
        assert_eq!(with(Alg::RS256, "key_ops", json!(["encrypt"])).unwrap_err(), JwkError::Use);
        assert!(with(Alg::RS256, "key_ops", json!(["verify"])).is_ok());
    }

    #[test]
    fn a_private_or_symmetric_key_is_refused() {
        assert_eq!(with(Alg::RS256, "d", json!("AQAB")).unwrap_err(), JwkError::Private);
        let oct = json!({"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T"});
        assert_eq!(PublicKey::from_jwk(&oct).unwrap_err(), JwkError::Unsupported);
    }

    #[test]
    fn a_weak_rsa_key_is_refused() {
        let modulus = |bytes: usize| json!(URL_SAFE_NO_PAD.encode(vec![0xff; bytes]));
        assert!(with(Alg::RS256, "n", modulus(256)).is_ok());
        for bytes in [0, 1, 128, 255, 1025, 20_000] {
            assert_eq!(with(Alg::RS256, "n", modulus(bytes)).unwrap_err(), JwkError::Weak, "{bytes}");
        }
        let even = json!(URL_SAFE_NO_PAD.encode([0xfe; 256]));
        assert_eq!(with(Alg::RS256, "n", even).unwrap_err(), JwkError::Weak);
        for e in ["", "AA", "AQ", "Ag", "AQAC", "AQAAAAAAAAAAAQ"] {
            assert_eq!(with(Alg::RS256, "e", json!(e)).unwrap_err(), JwkError::Weak, "{e}");
        }
    }

    #[test]
    fn a_point_off_the_curve_is_refused() {
        let one = json!(URL_SAFE_NO_PAD.encode([1; 32]));
        assert_eq!(with(Alg::ES256, "x", one).unwrap_err(), JwkError::Malformed);
        assert_eq!(with(Alg::ES256, "crv", json!("P-384")).unwrap_err(), JwkError::Malformed);
        assert_eq!(with(Alg::ES256, "crv", json!("secp256k1")).unwrap_err(), JwkError::Unsupported);
        assert_eq!(with(Alg::EdDSA, "crv", json!("X25519")).unwrap_err(), JwkError::Unsupported);
        assert_eq!(with(Alg::EdDSA, "x", json!("AQAB")).unwrap_err(), JwkError::Malformed);
    }

    #[test]
    fn what_is_missing_or_malformed_is_refused() {
        for (alg, name) in [(Alg::RS256, "n"), (Alg::RS256, "e"), (Alg::ES256, "y"), (Alg::EdDSA, "x")] {
            assert_eq!(without(alg, name).unwrap_err(), JwkError::Malformed, "{name}");
            assert_eq!(with(alg, name, json!(1)).unwrap_err(), JwkError::Malformed, "{name}");
            assert_eq!(with(alg, name, json!("AQAB=")).unwrap_err(), JwkError::Malformed, "{name}");
            assert_eq!(with(alg, name, json!("A+/B")).unwrap_err(), JwkError::Malformed, "{name}");
        }
        assert_eq!(without(Alg::ES256, "crv").unwrap_err(), JwkError::Malformed);
        for jwk in [json!({}), json!(null), json!("RSA"), json!({"kty": 1})] {
            assert_eq!(PublicKey::from_jwk(&jwk).unwrap_err(), JwkError::Malformed);
        }
    }

    #[test]
    fn a_set_keeps_the_keys_it_can_use() {
        let good = [Alg::RS256, Alg::ES384, Alg::EdDSA].map(|alg| private(alg).public_jwk(alg.as_str()));
        let mut all =
            vec![json!({"kty": "OKP", "crv": "X25519", "x": "AA"}), json!(null), json!({"kty": "oct"})];
        all.extend(good);
        let keys = PublicKey::set_from_jwks(&jwks(all));
        let kids: Vec<_> = keys.iter().filter_map(PublicKey::kid).collect();
        assert_eq!(kids, ["RS256", "ES384", "EdDSA"]);
        for no_set in [json!({}), json!(null), json!({"keys": "none"}), json!([])] {
            assert!(PublicKey::set_from_jwks(&no_set).is_empty());
        }
    }
}
