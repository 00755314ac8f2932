//! Encrypted tokens and the keys for them.

mod forged;

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::pkey::{PKey, Public};
use serde_json::{Value, json};

use super::agreement::Derivation;
use super::alg::Way;
use super::content::Sealed;
use super::*;
use crate::oidc::jose::compact::{decode, parts};
use crate::oidc::jose::fixtures::{EC_PEM, RSA_PEM};
use crate::oidc::jose::jwk::Jwk;
use crate::oidc::jose::secret::SharedSecret;
use crate::oidc::jose::{Alg, KeyError, PrivateKey, PublicKey, sign, verify};

const EVERYTHING: Accepted = Accepted { algs: &KeyManagementAlg::ALL, encs: &ContentEncryption::ALL };

/// Not random, so that a test that fails fails again.
const RANDOM: Randomness = [7; 80];

/// Read once, for the check of a PEM is slow.
static RSA: LazyLock<DecryptionKey> = LazyLock::new(|| DecryptionKey::from_pem(RSA_PEM).unwrap());
static EC: LazyLock<DecryptionKey> = LazyLock::new(|| DecryptionKey::from_pem(EC_PEM).unwrap());

/// One key or secret for every algorithm.
fn opener(alg: KeyManagementAlg) -> (Vec<(String, DecryptionKey)>, Vec<SharedSecret>) {
    let key = |key: &DecryptionKey| vec![("k1".to_owned(), key.clone())];
    match alg.way() {
        Way::Oaep => (key(&RSA), Vec::new()),
        Way::Agreement { .. } => (key(&EC), Vec::new()),
        Way::Wrap(_) | Way::Direct => (Vec::new(), vec![SharedSecret::new("the client's secret")]),
    }
}

fn public(key: &DecryptionKey) -> EncryptionKey {
    EncryptionKey::from_jwk(&key.public_jwk("k1")).unwrap()
}

fn token(alg: KeyManagementAlg, enc: ContentEncryption, message: &[u8]) -> String {
    let (keys, secrets) = opener(alg);
    let key = keys.first().map(|(_, key)| public(key));
    let to = match &key {
        Some(key) => Recipient::Key(key),
        None => Recipient::Secret(&secrets[0]),
    };
    encrypt(message, &Envelope { alg, enc, cty: Some("JWT") }, &to, &RANDOM).unwrap()
}

fn read(alg: KeyManagementAlg, token: &str) -> Result<Decrypted, JweError> {
    let (keys, secrets) = opener(alg);
    decrypt(token, &Openers { keys: &keys, secrets: &secrets }, &EVERYTHING)
}

fn header(token: &str) -> Value {
    serde_json::from_slice(&decode(token.split('.').next().unwrap()).unwrap()).unwrap()
}

fn with_header(token: &str, header: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), token.split_once('.').unwrap().1)
}

/// `token` with its part number `at` changed.
fn changed(token: &str, at: usize, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> String {
    let mut parts = parts::<5>(token).unwrap().map(str::to_owned);
    parts[at] = URL_SAFE_NO_PAD.encode(change(decode(&parts[at]).unwrap()));
    parts.join(".")
}

fn all() -> impl Iterator<Item = (KeyManagementAlg, ContentEncryption)> {
    let encs = |alg| ContentEncryption::ALL.into_iter().map(move |enc| (alg, enc));
    KeyManagementAlg::ALL.into_iter().flat_map(encs)
}

#[test]
fn every_algorithm_decrypts_what_it_encrypts() {
    for (alg, enc) in all() {
        for length in [0, 1, 15, 16, 17, 1000] {
            let message = vec![b'm'; length];
            let read = read(alg, &token(alg, enc, &message)).unwrap();
            assert_eq!(read.message, message, "{alg} {enc} {length}");
            assert_eq!((read.alg, read.enc, read.cty.as_deref()), (alg, enc, Some("JWT")));
        }
    }
}

#[test]
fn every_curve_agrees() {
    for alg in [Alg::ES256, Alg::ES384, Alg::ES512] {
        let der = PrivateKey::generate(alg, None).unwrap().to_der().unwrap();
        let keys = [("k1".to_owned(), DecryptionKey::from_der(&der).unwrap())];
        let to = public(&keys[0].1);
        for (alg, enc) in all().filter(|(alg, _)| matches!(alg.way(), Way::Agreement { .. })) {
            let envelope = Envelope { alg, enc, cty: None };
            let token = encrypt(b"message", &envelope, &Recipient::Key(&to), &RANDOM).unwrap();
            let read = decrypt(&token, &Openers { keys: &keys, secrets: &[] }, &EVERYTHING).unwrap();
            assert_eq!(read.message, b"message", "{alg} {enc}");
        }
    }
}

/// OpenID Connect Core 1.0, 10.2: signed first, then encrypted.
#[test]
fn the_longest_signed_token_comes_out_whole() {
    let key = PrivateKey::from_pem(Some(Alg::PS256), RSA_PEM).unwrap();
    let signed = |length| sign(&key, "k1", None, &json!({"x": "x".repeat(length)})).unwrap();
    let longest = signed(11_000 + (16 * 1024 - signed(11_000).len()) * 3 / 4);
    assert!((16 * 1024 - 4..=16 * 1024).contains(&longest.len()));
    for (alg, enc) in all() {
        let nested = read(alg, &token(alg, enc, longest.as_bytes())).unwrap();
        assert_eq!(nested.cty.as_deref(), Some("JWT"), "{alg} {enc}");
        let keys = [PublicKey::from_jwk(&key.public_jwk("k1")).unwrap()];
        assert!(verify(&nested.text().unwrap(), &keys, &[Alg::PS256]).is_ok(), "{alg} {enc}");
    }
}

/// RFC 8037, 3.2. We have no such keys, but clients may.
#[test]
fn a_client_with_x25519_can_read_its_token() {
    let own = PKey::generate_x25519().unwrap();
    let x = URL_SAFE_NO_PAD.encode(own.raw_public_key().unwrap());
    let to = EncryptionKey::from_jwk(&json!({"kty": "OKP", "crv": "X25519", "kid": "x", "x": x})).unwrap();
    let (alg, enc) = (KeyManagementAlg::EcdhEs, ContentEncryption::A256CbcHs512);
    let token = encrypt(b"hello", &Envelope { alg, enc, cty: None }, &Recipient::Key(&to), &RANDOM).unwrap();

    let epk = header(&token)["epk"].take();
    assert_eq!(epk["crv"], "X25519");
    let (_, epk): (_, PKey<Public>) = Jwk::read(&epk).unwrap().key().unwrap();
    let key = Derivation::new(alg, enc, None).key(&own, &epk).unwrap();
    let [aad, rest @ ..]: [&str; 5] = parts(&token).unwrap();
    let [_, iv, ciphertext, tag] = rest.map(|part| decode(part).unwrap());
    assert_eq!(enc.open((&key, &iv), aad.as_bytes(), &Sealed { ciphertext, tag }).unwrap(), b"hello");
}

#[test]
fn the_header_says_what_the_recipient_needs_and_no_more() {
    let of = |alg| header(&token(alg, ContentEncryption::A128Gcm, b""));
    assert_eq!(
        of(KeyManagementAlg::RsaOaep256),
        json!({"alg": "RSA-OAEP-256", "enc": "A128GCM", "cty": "JWT", "kid": "k1"})
    );
    assert_eq!(of(KeyManagementAlg::Dir), json!({"alg": "dir", "enc": "A128GCM", "cty": "JWT"}));
    let agreed = of(KeyManagementAlg::EcdhEs);
    let names: Vec<_> = agreed["epk"].as_object().unwrap().keys().collect();
    assert_eq!(names.len(), 4, "{names:?}");
    assert!(["kty", "crv", "x", "y"].iter().all(|name| agreed["epk"][name].is_string()));
}

#[test]
fn every_token_to_an_ec_key_has_an_ephemeral_key_of_its_own() {
    let epk = || header(&token(KeyManagementAlg::EcdhEs, ContentEncryption::A128Gcm, b""))["epk"].take();
    assert_ne!(epk(), epk());
}

#[test]
fn another_key_does_not_decrypt() {
    let others = [KeyManagementAlg::RsaOaep, KeyManagementAlg::EcdhEs]
        .map(|alg| ("k1".to_owned(), DecryptionKey::generate(alg, None).unwrap()));
    let secrets = [SharedSecret::new("the client's secreT"), SharedSecret::new("")];
    for (alg, enc) in all() {
        let openers = Openers { keys: &others, secrets: &secrets };
        assert_eq!(
            decrypt(&token(alg, enc, b"m"), &openers, &EVERYTHING),
            Err(JweError::Decryption),
            "{alg} {enc}"
        );
    }
}

#[test]
fn the_kid_chooses_and_without_one_all_keys_are_tried() {
    let (alg, enc) = (KeyManagementAlg::RsaOaep, ContentEncryption::A128Gcm);
    let (own, _) = opener(alg);
    let other = DecryptionKey::generate(alg, None).unwrap();
    let envelope = Envelope { alg, enc, cty: None };
    let mut jwk = own[0].1.public_jwk("k1");
    let named =
        encrypt(b"m", &envelope, &Recipient::Key(&EncryptionKey::from_jwk(&jwk).unwrap()), &RANDOM).unwrap();
    jwk.as_object_mut().unwrap().remove("kid");
    let nameless =
        encrypt(b"m", &envelope, &Recipient::Key(&EncryptionKey::from_jwk(&jwk).unwrap()), &RANDOM).unwrap();

    let keys = |first: &str, second: &str| {
        [(first.to_owned(), other.clone()), (second.to_owned(), own[0].1.clone())]
    };
    let read = |token, keys: &[_]| {
        decrypt(token, &Openers { keys, secrets: &[] }, &EVERYTHING).map(|read| read.message)
    };
    assert_eq!(read(&named, &keys("k0", "k1")), Ok(b"m".to_vec()));
    assert_eq!(read(&named, &keys("k1", "k0")), Err(JweError::Decryption));
    assert_eq!(read(&named, &keys("k2", "k3")), Err(JweError::NoKey));
    assert_eq!(read(&nameless, &keys("k2", "k3")), Ok(b"m".to_vec()));
    assert_eq!(read(&named, &[]), Err(JweError::NoKey));
}

#[test]
fn all_secrets_of_a_client_are_tried() {
    let secrets = [SharedSecret::new("retired"), SharedSecret::new("the client's secret")];
    let token = token(KeyManagementAlg::Dir, ContentEncryption::A256CbcHs512, b"m");
    let read = |secrets| decrypt(&token, &Openers { keys: &[], secrets }, &EVERYTHING);
    assert_eq!(read(&secrets).unwrap().message, b"m");
    assert_eq!(read(&secrets[..1]), Err(JweError::Decryption));
    assert_eq!(read(&[]), Err(JweError::NoKey));
}

#[test]
fn a_recipient_without_a_fitting_key_gets_nothing() {
    let (keys, _) = opener(KeyManagementAlg::RsaOaep);
    let rsa = public(&keys[0].1);
    let secret = SharedSecret::new("the client's secret");
    let enc = ContentEncryption::A128Gcm;
    for (alg, to) in [
        (KeyManagementAlg::EcdhEs, Recipient::Key(&rsa)),
        (KeyManagementAlg::A128Kw, Recipient::Key(&rsa)),
        (KeyManagementAlg::Dir, Recipient::Key(&rsa)),
        (KeyManagementAlg::RsaOaep, Recipient::Secret(&secret)),
        (KeyManagementAlg::EcdhEs, Recipient::Secret(&secret)),
        (KeyManagementAlg::Dir, Recipient::Secret(&SharedSecret::new(""))),
        (KeyManagementAlg::A256Kw, Recipient::Secret(&SharedSecret::new(""))),
    ] {
        let refused = encrypt(b"m", &Envelope { alg, enc, cty: None }, &to, &RANDOM);
        assert!(matches!(refused, Err(EncryptError::Misfit(_))), "{alg} {to:?}");
    }
}

#[test]
fn a_stored_key_comes_back_the_same() {
    for alg in [KeyManagementAlg::RsaOaep, KeyManagementAlg::EcdhEsA256Kw] {
        let key = DecryptionKey::generate(alg, None).unwrap();
        let again = DecryptionKey::from_der(&key.to_der().unwrap()).unwrap();
        assert_eq!(again.public_jwk("k1"), key.public_jwk("k1"));
        assert_eq!(again.thumbprint(), key.thumbprint());
        assert!(again.algs().contains(&alg) && again.algs().iter().all(|alg| !alg.is_symmetric()));
    }
    let rsa = DecryptionKey::generate(KeyManagementAlg::RsaOaep, Some(3072)).unwrap();
    assert_eq!(rsa.algs(), [KeyManagementAlg::RsaOaep, KeyManagementAlg::RsaOaep256]);
    assert_eq!(rsa.key.bits(), 3072);
}

#[test]
fn a_published_key_is_for_encryption_only() {
    for (pem, expected) in
        [(RSA_PEM, vec!["e", "kid", "kty", "n", "use"]), (EC_PEM, vec!["crv", "kid", "kty", "use", "x", "y"])]
    {
        let jwk = DecryptionKey::from_pem(pem).unwrap().public_jwk("k1");
        let mut names: Vec<_> = jwk.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, expected);
        assert_eq!([&jwk["use"], &jwk["kid"]], ["enc", "k1"]);
        assert!(PublicKey::from_jwk(&jwk).is_err());
        assert!(EncryptionKey::from_jwk(&jwk).is_ok());
    }
}

#[test]
fn a_key_that_decrypts_nothing_is_refused() {
    let ed25519 = PrivateKey::generate(Alg::EdDSA, None).unwrap().to_der().unwrap();
    assert!(matches!(DecryptionKey::from_der(&ed25519), Err(KeyError::CannotDecrypt)));
    let x25519 = PKey::generate_x25519().unwrap().private_key_to_pkcs8().unwrap();
    assert!(matches!(DecryptionKey::from_der(&x25519), Err(KeyError::CannotDecrypt)));
    assert!(matches!(DecryptionKey::from_der(b"junk"), Err(KeyError::Damaged)));
    assert!(matches!(
        DecryptionKey::generate(KeyManagementAlg::RsaOaep, Some(1024)),
        Err(KeyError::Bits(1024))
    ));
    assert!(matches!(
        DecryptionKey::generate(KeyManagementAlg::EcdhEs, Some(256)),
        Err(KeyError::BitsRefused("ECDH-ES"))
    ));
    assert!(matches!(DecryptionKey::generate(KeyManagementAlg::Dir, None), Err(KeyError::Symmetric("dir"))));
}

#[test]
fn nothing_secret_is_shown_in_logs() {
    assert_eq!(format!("{:?}", DecryptionKey::from_pem(RSA_PEM).unwrap()), "DecryptionKey(an RSA key)");
    let alg = KeyManagementAlg::Dir;
    let read = read(alg, &token(alg, ContentEncryption::A128Gcm, b"private matter")).unwrap();
    assert_eq!(format!("{read:?}"), r#"Decrypted(dir, A128GCM, Some("JWT"))"#);
}
