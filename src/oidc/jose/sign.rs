//! Tokens that we issue, as compact JWS (RFC 7515, 7.1).

use openssl::error::ErrorStack;
use serde::Serialize;

use super::alg::Alg;
use super::private::PrivateKey;
use super::secret::{SharedSecret, ShortSecret};
use super::signature;

/// In the order in which it is written.
#[derive(Serialize)]
struct Header<'a> {
    alg: Alg,
    #[serde(skip_serializing_if = "Option::is_none")]
    typ: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

/// Why nothing was signed; always a fault of ours.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    #[error(transparent)]
    Secret(#[from] ShortSecret),
    #[error("the claims cannot be written as JSON")]
    Claims(#[from] serde_json::Error),
    #[error("OpenSSL could not sign")]
    OpenSsl(#[from] ErrorStack),
}

/// Signs `claims` with `key`. Nothing is decoded here: beside the signature itself this costs next to nothing.
pub fn sign(
    key: &PrivateKey,
    kid: &str,
    typ: Option<&str>,
    claims: &impl Serialize,
) -> Result<String, SignError> {
    let header = Header { alg: key.alg(), typ, kid: Some(kid) };
    token(&header, claims, |input| signature::make(key.alg(), &key.key, input))
}

/// Signs `claims` for the client that knows `secret`, with one of [`Alg::SYMMETRIC`].
pub fn sign_with_secret(
    secret: &SharedSecret,
    alg: Alg,
    typ: Option<&str>,
    claims: &impl Serialize,
) -> Result<String, SignError> {
    secret.fits(alg)?;
    token(&Header { alg, typ, kid: None }, claims, |input| secret.mac(alg, input))
}

fn token(
    header: &Header,
    claims: &impl Serialize,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, ErrorStack>,
) -> Result<String, SignError> {
    let mut token = biscuit::Compact::with_capacity(3);
    push(&mut token, serde_json::to_vec(header)?);
    push(&mut token, serde_json::to_vec(claims)?);
    let signature = sign(token.encode().as_bytes())?;
    push(&mut token, signature);
    Ok(token.encode())
}

#[expect(clippy::needless_pass_by_value, reason = "biscuit takes a Vec, and the caller is done with it")]
fn push(token: &mut biscuit::Compact, part: Vec<u8>) {
    token.push(&part).expect("any bytes have a base64url form");
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use biscuit::jwa::SignatureAlgorithm;
    use biscuit::jwk::{AlgorithmParameters, JWK};
    use serde_json::{Value, json};

    use super::*;
    use crate::oidc::jose::fixtures::{private, public};
    use crate::oidc::jose::verify;

    #[test]
    fn every_algorithm_signs_what_it_verifies() {
        for alg in Alg::ALL {
            let key = private(alg);
            let token = sign(&key, "k1", Some("JWT"), &json!({"sub": "alice"})).unwrap();
            let claims = verify(&token, &[public(&key, "k1")], &[alg]).unwrap();
            assert_eq!(Value::from(claims), json!({"sub": "alice"}), "{alg}");
        }
    }

    #[test]
    fn the_header_names_alg_typ_and_kid_in_this_order() {
        let key = private(Alg::EdDSA);
        let header = |typ| {
            let token = sign(&key, "k\"1", typ, &json!({})).unwrap();
            String::from_utf8(URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap()
        };
        assert_eq!(header(Some("at+jwt")), r#"{"alg":"EdDSA","typ":"at+jwt","kid":"k\"1"}"#);
        assert_eq!(header(None), r#"{"alg":"EdDSA","kid":"k\"1"}"#);
    }

    /// ring verifies what OpenSSL signed: through biscuit, and by itself for EdDSA, which biscuit lacks.
    #[test]
    fn another_library_verifies_our_signatures() {
        for alg in Alg::ALL.into_iter().filter(|alg| *alg != Alg::ES512) {
            let key = private(alg);
            let token = sign(&key, "k1", None, &json!({"sub": "alice"})).unwrap();
            let (input, signature) = token.rsplit_once('.').unwrap();
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
            assert!(ring_verifies(&key, input.as_bytes(), &signature), "{alg}");
            assert!(!ring_verifies(&key, b"something else", &signature), "{alg}");
        }
    }

    fn ring_verifies(key: &PrivateKey, input: &[u8], signature: &[u8]) -> bool {
        let mut jwk = key.public_jwk("k1");
        jwk.as_object_mut().unwrap().remove("alg");
        let secret = match serde_json::from_value::<JWK<biscuit::Empty>>(jwk).unwrap().algorithm {
            AlgorithmParameters::RSA(rsa) => rsa.jws_public_key_secret(),
            AlgorithmParameters::EllipticCurve(ec) => ec.jws_public_key_secret(),
            AlgorithmParameters::OctetKeyPair(okp) => {
                let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, okp.x);
                return key.verify(input, signature).is_ok();
            }
            AlgorithmParameters::OctetKey(_) => panic!("we have no symmetric keys"),
        };
        let alg: SignatureAlgorithm = serde_json::from_value(json!(key.alg())).unwrap();
        alg.verify(signature, input, &secret).is_ok()
    }

    /// ring checks what OpenSSL signed with a secret.
    #[test]
    fn another_library_verifies_our_macs() {
        let text = "0123456789".repeat(7);
        let secret = SharedSecret::new(&text);
        for alg in Alg::SYMMETRIC {
            let token = sign_with_secret(&secret, alg, Some("JWT"), &json!({"sub": "alice"})).unwrap();
            let (input, mac) = token.rsplit_once('.').unwrap();
            let key = biscuit::jws::Secret::bytes_from_str(&text);
            let theirs: SignatureAlgorithm = serde_json::from_value(json!(alg)).unwrap();
            let mac = URL_SAFE_NO_PAD.decode(mac).unwrap();
            assert!(theirs.verify(&mac, input.as_bytes(), &key).is_ok(), "{alg}");
            let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
            assert_eq!(String::from_utf8(header).unwrap(), format!(r#"{{"alg":"{alg}","typ":"JWT"}}"#));
        }
    }

    #[test]
    fn a_short_secret_and_an_algorithm_with_key_pairs_sign_nothing() {
        let secret = SharedSecret::new(&"s".repeat(47));
        assert!(sign_with_secret(&secret, Alg::HS256, None, &json!({})).is_ok());
        for alg in [Alg::HS384, Alg::HS512, Alg::RS256, Alg::EdDSA] {
            let refused = sign_with_secret(&secret, alg, None, &json!({}));
            assert!(matches!(refused, Err(SignError::Secret(_))), "{alg}");
        }
    }

    #[test]
    fn claims_that_are_no_json_are_a_fault() {
        let claims = std::collections::HashMap::from([([1, 2], "a list is no name of a member")]);
        assert!(matches!(sign(&private(Alg::EdDSA), "k1", None, &claims), Err(SignError::Claims(_))));
    }
}
