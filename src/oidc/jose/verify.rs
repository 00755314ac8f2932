//! Tokens that outsiders send (RFC 7515, 5.2, with the advice of RFC 8725).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::alg::Alg;
use super::public::PublicKey;
use super::signature;

/// Longer tokens are refused unread.
const LONGEST: usize = 16 * 1024;

/// A token without `kid` is tried with so many of the keys that fit.
const MOST_TRIES: usize = 16;

/// Why a token was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    #[error("the token is longer than {LONGEST} bytes")]
    TooLong,
    #[error("the token is not a signed JWT in compact form")]
    Malformed,
    #[error("the token's header has crit, and no extension is supported")]
    Critical,
    #[error("the token's alg is not allowed here")]
    Algorithm,
    /// Perhaps the outsider has a new key: its JWK set may be worth another look.
    #[error("no key fits the token's kid and alg")]
    NoKey,
    #[error("the token's signature is wrong")]
    Signature,
    #[error("the token's claims are not a JSON object")]
    Claims,
    #[error("the claim {0} is not a time")]
    Time(&'static str),
}

/// The claims of `token` if one of `keys` signed it with one of the `allowed` algorithms.
///
/// Only form, algorithm and signature are checked; what the claims mean is the caller's part.
pub fn verify(token: &str, keys: &[PublicKey], allowed: &[Alg]) -> Result<Map<String, Value>, JwtError> {
    if token.len() > LONGEST {
        return Err(JwtError::TooLong);
    }
    let mut parts = token.split('.');
    let (Some(header), Some(claims), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(JwtError::Malformed);
    };
    let input = &token[..header.len() + 1 + claims.len()];
    let (header, signature) = (Header::read(&decode(header)?)?, decode(signature)?);
    // RFC 7515, 4.1.11: a token with an extension that we do not know must be refused.
    if header.has_crit {
        return Err(JwtError::Critical);
    }
    // RFC 8725, 3.1: the algorithm is the caller's choice, never the token's alone; `none` is not among them.
    let alg: Alg = header.alg.parse().map_err(|_| JwtError::Algorithm)?;
    if !allowed.contains(&alg) {
        return Err(JwtError::Algorithm);
    }
    let is_meant =
        |key: &&PublicKey| key.fits(alg) && (header.kid.is_none() || key.kid() == header.kid.as_deref());
    let mut fitting = keys.iter().filter(is_meant).take(MOST_TRIES).peekable();
    fitting.peek().ok_or(JwtError::NoKey)?;
    if !fitting.any(|key| signature::is_good(alg, &key.key, input.as_bytes(), &signature)) {
        return Err(JwtError::Signature);
    }
    serde_json::from_slice(&decode(claims)?).map_err(|_| JwtError::Claims)
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    #[serde(rename = "crit", default, deserialize_with = "whatever_it_is")]
    has_crit: bool,
}

impl Header {
    fn read(json: &[u8]) -> Result<Self, JwtError> {
        // serde would take a list for a struct as well.
        if !json.trim_ascii_start().starts_with(b"{") {
            return Err(JwtError::Malformed);
        }
        serde_json::from_slice(json).map_err(|_| JwtError::Malformed)
    }
}

fn whatever_it_is<'de, D: Deserializer<'de>>(member: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(member).map(|_| true)
}

/// base64url without padding, strictly: no stray bits, so one token has one spelling.
fn decode(part: &str) -> Result<Vec<u8>, JwtError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| JwtError::Malformed)
}

#[cfg(test)]
mod tests {
    use openssl::hash::MessageDigest;
    use openssl::pkey::PKey;
    use openssl::sign::Signer;
    use serde_json::json;

    use super::*;
    use crate::oidc::jose::fixtures::{private, public};
    use crate::oidc::jose::{PrivateKey, numeric_date, sign, signature};

    /// A token with any header and claims, honestly signed.
    fn signed(key: &PrivateKey, header: &str, claims: &str) -> String {
        let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = signature::make(key.alg(), &key.key, input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    #[test]
    fn hmac_with_the_public_key_as_secret_is_refused() {
        let key = private(Alg::RS256);
        let keys = [public(&key, "k1")];
        let secrets = [keys[0].key.public_key_to_pem().unwrap(), keys[0].key.public_key_to_der().unwrap()];
        for secret in secrets {
            let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#), "e30");
            let secret = PKey::hmac(&secret).unwrap();
            let mut signer = Signer::new(MessageDigest::sha256(), &secret).unwrap();
            let mac = signer.sign_oneshot_to_vec(input.as_bytes()).unwrap();
            let token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(mac));
            assert_eq!(verify(&token, &keys, &Alg::ALL), Err(JwtError::Algorithm));
        }
    }

    #[test]
    fn an_unsigned_token_is_refused() {
        let keys = Alg::ALL.map(|alg| public(&private(alg), "k1"));
        for alg in ["none", "None", "NONE", "", "HS256", "RSA-OAEP", "rs256"] {
            let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{alg}"}}"#));
            for signature in ["", "AAAA"] {
                let token = format!("{header}.e30.{signature}");
                assert_eq!(verify(&token, &keys, &Alg::ALL), Err(JwtError::Algorithm), "{token}");
            }
        }
        for alg in Alg::ALL {
            let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{alg}"}}"#));
            assert_eq!(
                verify(&format!("{header}.e30."), &keys, &Alg::ALL),
                Err(JwtError::Signature),
                "{alg}"
            );
        }
    }

    #[test]
    fn an_algorithm_that_the_caller_did_not_allow_is_refused() {
        let key = private(Alg::PS256);
        let token = sign(&key, "k1", None, &json!({})).unwrap();
        assert_eq!(verify(&token, &[public(&key, "k1")], &[Alg::RS256]), Err(JwtError::Algorithm));
        assert_eq!(verify(&token, &[public(&key, "k1")], &[]), Err(JwtError::Algorithm));
    }

    #[test]
    fn a_key_serves_no_algorithm_but_its_own() {
        let all = Alg::ALL.map(private);
        for signing in &all {
            let token = sign(signing, "k1", None, &json!({})).unwrap();
            for key in all.iter().filter(|key| key.alg() != signing.alg()) {
                assert_eq!(
                    verify(&token, &[public(key, "k1")], &Alg::ALL),
                    Err(JwtError::NoKey),
                    "{key:?} {signing:?}"
                );
            }
        }
    }

    #[test]
    fn crit_is_refused_whatever_it_holds() {
        let key = private(Alg::ES256);
        let keys = [public(&key, "k1")];
        for crit in [r#"["b64"]"#, "[]", "null", "false", r#""exp""#] {
            let token = signed(&key, &format!(r#"{{"alg":"ES256","crit":{crit}}}"#), "{}");
            assert_eq!(verify(&token, &keys, &Alg::ALL), Err(JwtError::Critical), "{crit}");
        }
        assert!(verify(&signed(&key, r#"{"alg":"ES256"}"#, "{}"), &keys, &Alg::ALL).is_ok());
    }

    #[test]
    fn a_changed_token_is_refused() {
        for alg in [Alg::RS256, Alg::PS512, Alg::ES256, Alg::ES512, Alg::EdDSA] {
            let key = private(alg);
            let keys = [public(&key, "k1")];
            let token = sign(&key, "k1", None, &json!({"sub": "alice"})).unwrap();
            let parts: Vec<_> = token.split('.').collect();
            let forged = URL_SAFE_NO_PAD.encode(r#"{"sub":"mallory"}"#);
            let other_header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{alg}"}}"#));
            let shorter = URL_SAFE_NO_PAD.encode(&URL_SAFE_NO_PAD.decode(parts[2]).unwrap()[1..]);
            let zeros = URL_SAFE_NO_PAD.encode(vec![0; URL_SAFE_NO_PAD.decode(parts[2]).unwrap().len()]);
            for [header, claims, signature] in [
                [parts[0], &forged, parts[2]],
                [&other_header, parts[1], parts[2]],
                [parts[0], parts[1], &shorter],
                [parts[0], parts[1], &zeros],
                [parts[0], parts[1], ""],
            ] {
                let token = format!("{header}.{claims}.{signature}");
                assert_eq!(verify(&token, &keys, &Alg::ALL), Err(JwtError::Signature), "{alg} {token}");
            }
        }
    }

    #[test]
    fn what_is_no_compact_jws_is_refused() {
        let key = private(Alg::EdDSA);
        let keys = [public(&key, "k1")];
        let token = sign(&key, "k1", None, &json!({})).unwrap();
        let good: Vec<_> = token.split('.').collect();
        let bad = [
            String::new(),
            ".".into(),
            "..".into(),
            "a.b.c".into(),
            format!("{}.{}", good[0], good[1]),
            format!("{token}."),
            format!("{token}.e30"),
            format!("{token}="),
            format!(" {token}"),
            format!("{token}\n"),
            format!("{}.{}.{}", good[0], good[1], "a+/a"),
            signed(&key, r#"["EdDSA","k1"]"#, "{}"),
            signed(&key, r#"{"alg":"EdDSA","alg":"EdDSA"}"#, "{}"),
            signed(&key, r#"{"alg":"EdDSA","kid":1}"#, "{}"),
            signed(&key, r#"{"kid":"k1"}"#, "{}"),
            signed(&key, "", "{}"),
        ];
        for token in bad {
            assert_eq!(verify(&token, &keys, &Alg::ALL), Err(JwtError::Malformed), "{token:?}");
        }
    }

    /// The last character of 64 bytes holds four bits that say nothing; all but one spelling is refused.
    #[test]
    fn a_token_has_one_spelling() {
        let key = private(Alg::EdDSA);
        let mut token = sign(&key, "k1", None, &json!({})).unwrap();
        let last = token.pop().unwrap();
        assert!("AQgw".contains(last));
        token.push((last as u8 + 1) as char);
        assert_eq!(verify(&token, &[public(&key, "k1")], &Alg::ALL), Err(JwtError::Malformed));
    }

    #[test]
    fn an_oversized_token_is_refused_though_its_signature_is_good() {
        let key = private(Alg::EdDSA);
        let keys = [public(&key, "k1")];
        let token = |length| sign(&key, "k1", None, &json!({"x": "x".repeat(length)})).unwrap();
        assert!(token(12_000).len() < LONGEST && verify(&token(12_000), &keys, &Alg::ALL).is_ok());
        assert_eq!(verify(&token(12_500), &keys, &Alg::ALL), Err(JwtError::TooLong));
    }

    #[test]
    fn claims_are_an_object() {
        let key = private(Alg::EdDSA);
        let deep = "[".repeat(2000);
        for claims in ["", "[]", "null", r#""alice""#, "{", "{}x", &format!(r#"{{"a":{deep}"#)] {
            let token = signed(&key, r#"{"alg":"EdDSA"}"#, claims);
            assert_eq!(verify(&token, &[public(&key, "k1")], &Alg::ALL), Err(JwtError::Claims), "{claims}");
        }
    }

    #[test]
    fn the_end_of_time_is_read_without_a_panic() {
        let key = private(Alg::EdDSA);
        let token = sign(&key, "k1", None, &json!({"exp": i64::MAX, "nbf": 1.5, "iat": i64::MIN})).unwrap();
        let claims = verify(&token, &[public(&key, "k1")], &Alg::ALL).unwrap();
        assert_eq!(numeric_date(&claims, "exp"), Err(JwtError::Time("exp")));
        assert_eq!(numeric_date(&claims, "iat"), Err(JwtError::Time("iat")));
        assert!(numeric_date(&claims, "nbf").is_ok());
    }

    #[test]
    fn the_kid_chooses_and_may_be_worn_by_several_keys() {
        let [a, b, c] = [0; 3].map(|_| private(Alg::ES256));
        let rsa = private(Alg::RS256);
        let keys = [public(&rsa, "twin"), public(&a, "twin"), public(&b, "twin"), public(&c, "single")];
        for (key, kid) in [(&a, "twin"), (&b, "twin"), (&rsa, "twin"), (&c, "single")] {
            let token = sign(key, kid, None, &json!({})).unwrap();
            assert!(verify(&token, &keys, &Alg::ALL).is_ok());
        }
        let token = sign(&c, "twin", None, &json!({})).unwrap();
        assert_eq!(verify(&token, &keys, &Alg::ALL), Err(JwtError::Signature));
        let token = sign(&c, "unheard of", None, &json!({})).unwrap();
        assert_eq!(verify(&token, &keys, &Alg::ALL), Err(JwtError::NoKey));
        assert_eq!(verify(&token, &[], &Alg::ALL), Err(JwtError::NoKey));
        assert!(verify(&signed(&c, r#"{"alg":"ES256"}"#, "{}"), &keys, &Alg::ALL).is_ok());
    }

    /// Made with jwcrypto 1.5, and RFC 8037, A.4, whose payload is no JSON but whose signature is good.
    #[test]
    fn tokens_of_other_programs_verify() {
        let p521 = json!({"kty": "EC", "crv": "P-521", "x": "AFO65zW3t558aMDNS5tRi0jMUUYOqMoyoLPt8l98Rya9iThmo_6DJ8c2Jpd7GKeXlCQtBYNKWHPvmG1ptcyJSLDE", "y": "AWhig0rL1U2nS32dio5PvS-eb9QLFXCcKxrioOiy3Zjot5y290ojOPodiUU5ol8iLBIPv0uiHPxcAZqSygWbPsQG"});
        let token = "eyJhbGciOiAiRVM1MTIifQ.eyJzdWIiOiAiYWxpY2UifQ.APCTzrzrGy-sM75eh5C4EoleAV7dUieTDe13H6VMIaiLLkK8gZdcWa_rrJd2aB2b93W93MiWunt7exVpr7zxh-o9AY-AMKuBNil4WjQGo2IpsIzYNTDDp-AKOC9F6lMaqN8j7n5KueXlUTre7RH-mx8V45NROHC5965TlPaOiUW1S_22";
        let p521 = PublicKey::from_jwk(&p521).unwrap();
        assert_eq!(verify(token, &[p521], &[Alg::ES512]).unwrap()["sub"], "alice");

        let token = "eyJhbGciOiAiUFMzODQifQ.eyJzdWIiOiAiYWxpY2UifQ.d_m3Lk_iQuvdth1GP1A0h6U2JT_D9ARbZcU3U05f-aJVnlo2Nqqg-jkJgXZmXHGghIdtkIsIYqY8Ax9xt3Ot0msmJP4lO_feAz7xWXRMg3cdlOe_iCX9fL38pMt1asMrhwJyCp_ffIU6uaiPWlX8NhnB-EjSW6BS154bsylB9A0pmYHJ-RQCOkhCbVL4jPAiDO75Hyki4J7oPJN6KL0mKJ1lWVnlLnxEoWAp67-Fzqe4-8ZBb73GxNdqrWxDyDsntdKdo8NZzGPbdtQBcPuDrEalHZeZQa78992q1FlJUGIAl5xo_IzmKbFrNlSIOjkGYAq0iLt1qquMqOTzPH3R7A";
        let rsa = public(&private(Alg::PS384), "k1");
        assert_eq!(verify(token, &[rsa], &[Alg::PS384]).unwrap()["sub"], "alice");

        let ed25519 =
            json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        let ed25519 = PublicKey::from_jwk(&ed25519).unwrap();
        assert_eq!(verify(token, &[ed25519], &[Alg::EdDSA]), Err(JwtError::Claims));
    }
}
