//! A client's JWK set (RFC 7517, 5), registered as `jwks` or fetched from its `jwks_uri`.

use serde_json::Value;

use super::jwe::{EncryptionKey, KeyManagementAlg};
use super::jwk::is_private;
use super::public::PublicKey;

/// So many keys a client may have at once.
const MOST_KEYS: usize = 32;

/// A set with certificates for all its keys stays well below.
const LARGEST: usize = 64 * 1024;

/// Why a JWK set is refused, and how to mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    #[error("this is not a JWK set: an object whose member keys is a list of JWKs, each an object with kty")]
    Malformed,
    #[error("a JWK set may have at most {MOST_KEYS} keys; leave out those that are no longer used")]
    TooMany,
    #[error("a JWK set may have at most {LARGEST} bytes; leave out keys that are no longer used, or x5c")]
    TooLarge,
    #[error(
        "key {0} of the JWK set carries private members; leave them out, and make a new key, for this one has been shown"
    )]
    Private(usize),
    #[error(
        "key {0} of the JWK set is symmetric (kty oct); only public keys may be listed, a secret is known as client_secret"
    )]
    Symmetric(usize),
}

/// The public keys of a client, sorted by what they can do.
#[derive(Clone, Debug, Default)]
pub struct ClientKeys {
    verifying: Vec<PublicKey>,
    encrypting: Vec<EncryptionKey>,
}

impl ClientKeys {
    /// Reads a set as the client wrote it.
    pub fn parse(jwks: &[u8]) -> Result<Self, KeySetError> {
        if jwks.len() > LARGEST {
            return Err(KeySetError::TooLarge);
        }
        Self::from_keys(&serde_json::from_slice(jwks).map_err(|_| KeySetError::Malformed)?)
    }

    /// Reads a set that is part of other JSON, such as client metadata.
    pub fn from_jwks(jwks: &Value) -> Result<Self, KeySetError> {
        if jwks.to_string().len() > LARGEST {
            return Err(KeySetError::TooLarge);
        }
        Self::from_keys(jwks)
    }

    /// Keys of an unknown kind, curve or algorithm, and those that are too weak, may stand in the set (RFC 7517, 5
    /// wants them passed over) but are never used. A private key must not (OpenID Connect Registration 1.0, 2):
    /// it is known to others.
    fn from_keys(jwks: &Value) -> Result<Self, KeySetError> {
        let keys = jwks.get("keys").and_then(Value::as_array).ok_or(KeySetError::Malformed)?;
        if keys.len() > MOST_KEYS {
            return Err(KeySetError::TooMany);
        }
        let mut own = Self::default();
        for (at, jwk) in (1..).zip(keys) {
            match jwk.get("kty").and_then(Value::as_str) {
                None => return Err(KeySetError::Malformed),
                Some("oct") => return Err(KeySetError::Symmetric(at)),
                Some(_) if is_private(jwk) => return Err(KeySetError::Private(at)),
                Some(_) => {
                    own.verifying.extend(PublicKey::from_jwk(jwk).ok());
                    own.encrypting.extend(EncryptionKey::from_jwk(jwk).ok());
                }
            }
        }
        Ok(own)
    }

    /// Whether no key of the set can be used.
    pub const fn is_empty(&self) -> bool {
        self.verifying.is_empty() && self.encrypting.is_empty()
    }

    /// The keys that check the client's signatures; [`verify_jwt`](super::verify_jwt) chooses among them.
    pub fn verifying(&self) -> &[PublicKey] {
        &self.verifying
    }

    /// The key to encrypt to with `alg`: one that is meant for it before one that merely fits, then the first.
    pub fn encrypting(&self, alg: KeyManagementAlg) -> Option<&EncryptionKey> {
        let fitting = self.encrypting.iter().filter(|key| key.fits(alg));
        // The last of equals wins in max_by_key, so it is asked backwards.
        fitting.rev().max_by_key(|key| key.preference())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::oidc::jose::fixtures::{EC_PEM, RSA_PEM, private};
    use crate::oidc::jose::{Alg, DecryptionKey, jwks};

    fn refusal(key: Value) -> KeySetError {
        let good = private(Alg::ES256).public_jwk("good");
        let set = jwks([good, key]);
        let refused = ClientKeys::from_jwks(&set).unwrap_err();
        assert_eq!(ClientKeys::parse(set.to_string().as_bytes()).unwrap_err(), refused);
        refused
    }

    fn with(alg: Alg, name: &str, value: Value) -> Value {
        let mut jwk = private(alg).public_jwk("k1");
        jwk[name] = value;
        jwk
    }

    #[test]
    fn a_private_or_symmetric_key_is_refused_by_its_place() {
        for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert_eq!(refusal(with(Alg::RS256, name, json!("AQAB"))), KeySetError::Private(2), "{name}");
        }
        assert_eq!(refusal(with(Alg::EdDSA, "d", json!(null))), KeySetError::Private(2));
        assert_eq!(refusal(json!({"kty": "new", "d": "AQAB"})), KeySetError::Private(2));
        let symmetric = refusal(json!({"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T"}));
        assert_eq!(symmetric, KeySetError::Symmetric(2));
        assert!(symmetric.to_string().contains("key 2") && symmetric.to_string().contains("client_secret"));
    }

    #[test]
    fn what_is_no_set_is_refused() {
        for jwk in [json!(null), json!("RSA"), json!({}), json!({"kty": 1}), json!([])] {
            assert_eq!(refusal(jwk), KeySetError::Malformed);
        }
        for set in ["", "[]", "null", "{}", r#"{"keys":{}}"#, r#"{"keys":null}"#, r#"{"keys":[]"#] {
            assert_eq!(ClientKeys::parse(set.as_bytes()).unwrap_err(), KeySetError::Malformed, "{set}");
        }
    }

    #[test]
    fn a_set_is_limited() {
        let jwk = private(Alg::EdDSA).public_jwk("k1");
        let set = |length| jwks(vec![jwk.clone(); length]);
        assert_eq!(ClientKeys::from_jwks(&set(32)).unwrap().verifying().len(), 32);
        assert_eq!(ClientKeys::from_jwks(&set(33)).unwrap_err(), KeySetError::TooMany);
        let large = json!({"keys": [jwk], "x": "x".repeat(LARGEST)});
        assert_eq!(ClientKeys::from_jwks(&large).unwrap_err(), KeySetError::TooLarge);
        assert_eq!(ClientKeys::parse(large.to_string().as_bytes()).unwrap_err(), KeySetError::TooLarge);
    }

    #[test]
    fn keys_that_cannot_be_used_may_stand_in_the_set() {
        let strange = [
            json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"}),
            json!({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}),
            json!({"kty": "OKP", "crv": "Ed448", "x": "AA"}),
            json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
            with(Alg::RS256, "alg", json!("RS1")),
            with(Alg::RS256, "use", json!("other")),
            with(Alg::ES256, "x", json!("AQAB")),
        ];
        let own = ClientKeys::from_jwks(&jwks(strange.clone())).unwrap();
        assert!(own.is_empty(), "{own:?}");
        let all = strange.into_iter().chain([private(Alg::ES256).public_jwk("good")]);
        let own = ClientKeys::from_jwks(&jwks(all)).unwrap();
        assert_eq!(own.verifying()[0].kid(), Some("good"));
        assert!(!own.is_empty() && own.verifying().len() == 1);
        assert!(ClientKeys::from_jwks(&json!({"keys": []})).unwrap().is_empty());
    }

    #[test]
    fn a_key_serves_what_it_says() {
        let rsa = DecryptionKey::from_pem(RSA_PEM).unwrap().public_jwk("enc");
        let own = ClientKeys::from_jwks(&jwks([rsa, private(Alg::ES256).public_jwk("sig")])).unwrap();
        assert_eq!(own.verifying().len(), 1);
        assert_eq!(own.verifying()[0].kid(), Some("sig"));
        assert_eq!(own.encrypting(KeyManagementAlg::RsaOaep).unwrap().kid(), Some("enc"));
        assert!(own.encrypting(KeyManagementAlg::EcdhEs).is_none());
        assert!(own.encrypting(KeyManagementAlg::Dir).is_none());
    }

    #[test]
    fn a_key_without_use_and_alg_serves_both() {
        let mut jwk = private(Alg::ES256).public_jwk("both");
        jwk.as_object_mut().unwrap().retain(|name, _| !["use", "alg"].contains(&name.as_str()));
        let own = ClientKeys::from_jwks(&jwks([jwk])).unwrap();
        assert_eq!(own.verifying().len(), 1);
        assert!(own.encrypting(KeyManagementAlg::EcdhEsA128Kw).is_some());
    }

    /// The best of several is the one that says most plainly what it is for.
    #[test]
    fn the_key_that_is_meant_goes_before_one_that_fits() {
        let ec = |kid: &str, members: Value| {
            let mut jwk = DecryptionKey::from_pem(EC_PEM).unwrap().public_jwk(kid);
            jwk.as_object_mut().unwrap().remove("use");
            jwk.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            jwk
        };
        let own = ClientKeys::from_jwks(&jwks([
            ec("plain", json!({})),
            ec("first", json!({"use": "enc"})),
            ec("second", json!({"use": "enc"})),
            ec("bound", json!({"use": "enc", "alg": "ECDH-ES+A128KW"})),
            ec("signs", json!({"use": "sig"})),
            ec("derives", json!({"key_ops": ["deriveKey"], "alg": "ECDH-ES+A256KW"})),
        ]))
        .unwrap();
        let kid = |alg| own.encrypting(alg).unwrap().kid().unwrap();
        assert_eq!(kid(KeyManagementAlg::EcdhEs), "first");
        assert_eq!(kid(KeyManagementAlg::EcdhEsA128Kw), "bound");
        assert_eq!(kid(KeyManagementAlg::EcdhEsA256Kw), "derives");
        let alone = ClientKeys::from_jwks(&jwks([ec("plain", json!({}))])).unwrap();
        assert_eq!(alone.encrypting(KeyManagementAlg::EcdhEs).unwrap().kid(), Some("plain"));
    }
}
