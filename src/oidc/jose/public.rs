//! Keys of outsiders that check signatures.

use std::fmt;

use openssl::pkey::{PKey, Public};
use serde_json::Value;

use super::alg::Alg;
use super::jwk::{Jwk, JwkError};
use super::kind::Kind;

/// A key that checks signatures.
#[derive(Clone)]
pub struct PublicKey {
    kid: Option<String>,
    alg: Option<Alg>,
    kind: Kind,
    pub(super) key: PKey<Public>,
}

impl PublicKey {
    pub fn from_jwk(jwk: &Value) -> Result<Self, JwkError> {
        let jwk = Jwk::read(jwk)?;
        if !jwk.is_for("sig", &["verify"]) {
            return Err(JwkError::Use);
        }
        let (kind, key) = jwk.key()?;
        if kind == Kind::X25519 {
            return Err(JwkError::Unsupported);
        }
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
    pub fn fits(&self, alg: Alg) -> bool {
        self.kind == alg.kind() && self.alg.is_none_or(|only| only == alg)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?}, {})", self.kid, self.kind)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
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
        for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert_eq!(with(Alg::RS256, member, json!("AQAB")).unwrap_err(), JwkError::Private, "{member}");
        }
        let oct = json!({"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T"});
        assert_eq!(PublicKey::from_jwk(&oct).unwrap_err(), JwkError::Private);
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
