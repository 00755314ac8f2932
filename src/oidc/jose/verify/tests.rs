//! Tokens that outsiders send, honest and forged.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use serde_json::{Value, json};

use super::*;
use crate::oidc::jose::fixtures::{private, public};
use crate::oidc::jose::{ClientKeys, PrivateKey, numeric_date, sign, sign_with_secret, signature};

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
        assert_eq!(verify(&format!("{header}.e30."), &keys, &Alg::ALL), Err(JwtError::Signature), "{alg}");
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
fn a_signature_has_one_length() {
    for alg in [Alg::RS256, Alg::PS256, Alg::PS512] {
        let key = private(alg);
        let keys = [public(&key, "k1")];
        // One in 256 begins with a zero, which is the same number without it.
        let token = (0..)
            .map(|n| sign(&key, "k1", None, &json!({"n": n})).unwrap())
            .find(|token| URL_SAFE_NO_PAD.decode(token.rsplit('.').next().unwrap()).unwrap()[0] == 0)
            .unwrap();
        let (input, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        assert!(verify(&token, &keys, &Alg::ALL).is_ok());
        for other in [signature[1..].to_vec(), [&[0], &signature[..]].concat()] {
            let token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(other));
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

    let ed25519 = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let ed25519 = PublicKey::from_jwk(&ed25519).unwrap();
    assert_eq!(verify(token, &[ed25519], &[Alg::EdDSA]), Err(JwtError::Claims));
}

fn hmac(secret: &str, header: &str, claims: &str) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let mut signer = Signer::new(MessageDigest::sha256(), &PKey::hmac(secret.as_bytes()).unwrap()).unwrap();
    let mac = signer.sign_oneshot_to_vec(input.as_bytes()).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(mac))
}

fn with_secrets(token: &str, secrets: &[SharedSecret]) -> Result<Jwt, JwtError> {
    let accept = Accept { algs: &Alg::SYMMETRIC, typ: Typ::Any };
    verify_jwt(token, &Signers { keys: &[], secrets }, &accept)
}

#[test]
fn a_client_signs_with_any_of_its_secrets() {
    let [one, other, third] = ["1", "2", "3"].map(|text| SharedSecret::new(&text.repeat(64)));
    for alg in Alg::SYMMETRIC {
        let token = sign_with_secret(&one, alg, Some("JWT"), &json!({"sub": "alice"})).unwrap();
        let jwt = with_secrets(&token, &[other.clone(), one.clone()]).unwrap();
        assert_eq!(Value::from(jwt.claims), json!({"sub": "alice"}), "{alg}");
        assert_eq!((jwt.header.alg, jwt.header.kid, jwt.header.typ), (alg, None, Some("JWT".into())));
        assert_eq!(with_secrets(&token, &[other.clone(), third.clone()]), Err(JwtError::Signature), "{alg}");
        assert_eq!(with_secrets(&token, &[]), Err(JwtError::NoKey), "{alg}");
        let [header, claims, mac] = parts(&token).unwrap();
        let shorter = URL_SAFE_NO_PAD.encode(&decode(mac).unwrap()[1..]);
        for mac in ["", "AAAA", &shorter] {
            let cut = format!("{header}.{claims}.{mac}");
            assert_eq!(
                with_secrets(&cut, std::slice::from_ref(&one)),
                Err(JwtError::Signature),
                "{alg} {mac}"
            );
        }
    }
}

/// RFC 7518, 3.2.
#[test]
fn a_short_secret_verifies_nothing() {
    let text = "s".repeat(31);
    let token = hmac(&text, r#"{"alg":"HS256"}"#, "{}");
    let short = ShortSecret { alg: Alg::HS256 };
    assert_eq!(with_secrets(&token, &[SharedSecret::new(&text)]), Err(JwtError::Secret(short)));
    assert_eq!(with_secrets(&token, &[SharedSecret::new("")]), Err(JwtError::Secret(short)));
    let long = SharedSecret::new(&"l".repeat(32));
    assert_eq!(with_secrets(&token, &[SharedSecret::new(&text), long]), Err(JwtError::Signature));
}

/// A token may not choose which kind of key checks it.
#[test]
fn a_secret_checks_no_signature_and_a_key_no_mac() {
    let key = private(Alg::RS256);
    let keys = [public(&key, "k1")];
    let secret = "s".repeat(64);
    let secrets = [SharedSecret::new(&secret)];
    let both = [Alg::RS256, Alg::HS256];
    let accept = Accept { algs: &both, typ: Typ::Any };
    let signed = sign(&key, "k1", None, &json!({})).unwrap();
    let maced = hmac(&secret, r#"{"alg":"HS256","kid":"k1"}"#, "{}");
    for token in [&signed, &maced] {
        assert!(verify_jwt(token, &Signers { keys: &keys, secrets: &secrets }, &accept).is_ok());
    }
    assert_eq!(verify_jwt(&signed, &Signers { keys: &[], secrets: &secrets }, &accept), Err(JwtError::NoKey));
    assert_eq!(verify_jwt(&maced, &Signers { keys: &keys, secrets: &[] }, &accept), Err(JwtError::NoKey));
}

/// RFC 7515, A.1, whose first part has a line break in its header, and RFC 7520, 4.4, whose payload is no JSON.
/// Their keys are no texts, which our secrets are, so the MACs are compared.
#[test]
fn macs_are_those_of_the_specifications() {
    let check = |key: &str, token: &str| {
        let (input, mac) = token.rsplit_once('.').unwrap();
        let key = PKey::hmac(&URL_SAFE_NO_PAD.decode(key).unwrap()).unwrap();
        let ours =
            Signer::new(Alg::HS256.digest(), &key).unwrap().sign_oneshot_to_vec(input.as_bytes()).unwrap();
        assert_eq!(URL_SAFE_NO_PAD.encode(ours), mac);
    };
    check(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    );
    check(
        "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg",
        "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0",
    );
}

#[test]
fn typ_is_checked_as_the_caller_wants() {
    let key = private(Alg::EdDSA);
    let keys = [public(&key, "k1")];
    let read = |typ: Option<&str>, wanted| {
        let token = sign(&key, "k1", typ, &json!({})).unwrap();
        let accept = Accept { algs: &Alg::ALL, typ: wanted };
        verify_jwt(&token, &Signers { keys: &keys, secrets: &[] }, &accept).map(|jwt| jwt.header.typ)
    };
    let request = Typ::Must("oauth-authz-req+jwt");
    for typ in ["oauth-authz-req+jwt", "OAuth-AuthZ-Req+JWT", "application/oauth-authz-req+jwt"] {
        assert_eq!(read(Some(typ), request), Ok(Some(typ.into())));
        assert_eq!(read(Some(typ), Typ::Any), Ok(Some(typ.into())));
        assert_eq!(read(Some(typ), Typ::May(&["JWT"])), Err(JwtError::Type));
    }
    for typ in [None, Some("JWT"), Some(""), Some("application/"), Some("x/oauth-authz-req+jwt")] {
        assert_eq!(read(typ, request), Err(JwtError::Type), "{typ:?}");
    }
    assert_eq!(read(None, Typ::May(&["JWT"])), Ok(None));
    assert_eq!(read(Some("jwt"), Typ::May(&["at+jwt", "JWT"])), Ok(Some("jwt".into())));
}

/// RFC 7515, 4.1.2 to 4.1.6: a key that comes with the token proves nothing.
#[test]
fn a_key_in_the_header_is_never_used() {
    let (own, forger) = (private(Alg::ES256), private(Alg::ES256));
    let keys = ClientKeys::from_jwks(&crate::oidc::jose::jwks([own.public_jwk("k1")])).unwrap();
    let signers = Signers { keys: keys.verifying(), secrets: &[] };
    let accept = Accept { algs: &Alg::ALL, typ: Typ::Any };
    let jwk = forger.public_jwk("k1");
    for brought in [
        format!(r#""jwk":{jwk}"#),
        r#""jku":"https://forger.example/jwks""#.to_owned(),
        r#""x5u":"https://forger.example/cert""#.to_owned(),
        r#""x5c":["MIIB"]"#.to_owned(),
    ] {
        let header = format!(r#"{{"alg":"ES256",{brought}}}"#);
        assert_eq!(verify_jwt(&signed(&forger, &header, "{}"), &signers, &accept), Err(JwtError::Signature));
        assert!(verify_jwt(&signed(&own, &header, "{}"), &signers, &accept).is_ok(), "{header}");
    }
}

#[test]
fn a_name_that_stands_twice_is_refused() {
    let key = private(Alg::EdDSA);
    let keys = [public(&key, "k1")];
    for header in [r#"{"alg":"EdDSA","x":1,"x":2}"#, r#"{"alg":"EdDSA","kid":"k1","\u006bid":"k2"}"#] {
        assert_eq!(
            verify(&signed(&key, header, "{}"), &keys, &Alg::ALL),
            Err(JwtError::Malformed),
            "{header}"
        );
    }
    for claims in [r#"{"sub":"alice","sub":"mallory"}"#, r#"{"claims":{"a":1,"a":2}}"#] {
        let token = signed(&key, r#"{"alg":"EdDSA"}"#, claims);
        assert_eq!(verify(&token, &keys, &Alg::ALL), Err(JwtError::Claims), "{claims}");
    }
}
