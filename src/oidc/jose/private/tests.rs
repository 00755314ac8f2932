//! Keys made, imported, stored and published.

use openssl::ec::{EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkey::{Id, PKeyRef};
use openssl::rsa::Rsa;
use serde_json::json;

use super::super::fixtures::{EC_PEM, RSA_PEM, private, public};
use super::super::kind::Kind;
use super::super::{jwks, sign, verify};
use super::*;

fn pkcs8_pem<T: openssl::pkey::HasPrivate>(key: &PKeyRef<T>) -> String {
    String::from_utf8(key.private_key_to_pem_pkcs8().unwrap()).unwrap()
}

fn ec(curve: Nid) -> PKey<Private> {
    let group = EcGroup::from_curve_name(curve).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

fn refusal(alg: Option<Alg>, pem: &str) -> String {
    PrivateKey::from_pem(alg, pem).unwrap_err().to_string()
}

#[test]
fn a_pem_of_every_form_is_taken_with_its_usual_algorithm() {
    let pems = [
        (RSA_PEM.to_owned(), Alg::RS256),
        (EC_PEM.to_owned(), Alg::ES256),
        (pkcs8_pem(&private(Alg::PS256).key), Alg::RS256),
        (pkcs8_pem(&ec(Nid::SECP384R1)), Alg::ES384),
        (pkcs8_pem(&ec(Nid::SECP521R1)), Alg::ES512),
        (pkcs8_pem(&PKey::generate_ed25519().unwrap()), Alg::EdDSA),
    ];
    for (pem, alg) in pems {
        assert_eq!(PrivateKey::from_pem(None, &pem).unwrap().alg(), alg, "{pem}");
        assert_eq!(PrivateKey::from_pem(Some(alg), &pem).unwrap().alg(), alg, "{pem}");
    }
    assert_eq!(PrivateKey::from_pem(Some(Alg::PS512), RSA_PEM).unwrap().alg(), Alg::PS512);
}

#[test]
fn an_encrypted_pem_is_refused_with_the_command_that_opens_it() {
    let key = private(Alg::RS256).key;
    let cipher = openssl::symm::Cipher::aes_128_cbc();
    let pkcs8 = key.private_key_to_pem_pkcs8_passphrase(cipher, b"secret").unwrap();
    let pkcs1 = key.rsa().unwrap().private_key_to_pem_passphrase(cipher, b"secret").unwrap();
    for pem in [pkcs8, pkcs1] {
        let error = refusal(None, std::str::from_utf8(&pem).unwrap());
        assert!(error.contains("encrypted") && error.contains("openssl pkey"), "{error}");
    }
}

#[test]
fn a_pem_that_holds_no_usable_key_is_refused_with_the_reason() {
    let public = private(Alg::ES256).key.public_key_to_pem().unwrap();
    assert!(refusal(None, std::str::from_utf8(&public).unwrap()).contains("public key"));
    assert!(refusal(None, "").contains("BEGIN") || refusal(None, "").contains("PEM block PRIVATE KEY"));
    assert!(refusal(None, &RSA_PEM.replace("MIIE", "MIIA")).contains("damaged"));
    assert!(refusal(None, &RSA_PEM[..400]).contains("damaged"));
    assert!(refusal(None, &pkcs8_pem(&PKey::generate_x25519().unwrap())).contains("P-256"));
    assert!(refusal(None, &pkcs8_pem(&ec(Nid::SECP256K1))).contains("P-256"));
}

#[test]
fn an_rsa_key_whose_numbers_do_not_belong_together_is_refused() {
    let (rsa, other) = (private(Alg::RS256).key.rsa().unwrap(), Rsa::generate(2048).unwrap());
    let number = |number: &openssl::bn::BigNumRef| number.to_owned().unwrap();
    let mixed = Rsa::from_private_components(
        number(rsa.n()),
        number(rsa.e()),
        number(other.d()),
        number(rsa.p().unwrap()),
        number(rsa.q().unwrap()),
        number(rsa.dmp1().unwrap()),
        number(rsa.dmq1().unwrap()),
        number(rsa.iqmp().unwrap()),
    );
    let pem = pkcs8_pem(&PKey::from_rsa(mixed.unwrap()).unwrap());
    assert!(refusal(None, &pem).contains("damaged"));
}

#[test]
fn a_short_rsa_key_is_refused() {
    let weak = PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap();
    assert_eq!(refusal(None, &pkcs8_pem(&weak)), "an RSA key must have 2048 to 8192 bits, not 1024");
    let der = weak.private_key_to_pkcs8().unwrap();
    assert!(matches!(PrivateKey::from_der(Alg::RS256, &der), Err(KeyError::Bits(1024))));
    for bits in [0, 1024, 2047, 8193, u32::MAX] {
        assert!(matches!(PrivateKey::generate(Alg::RS256, Some(bits)), Err(KeyError::Bits(_))), "{bits}");
    }
}

#[test]
fn a_key_that_does_not_fit_the_algorithm_is_refused() {
    assert_eq!(
        refusal(Some(Alg::ES384), EC_PEM),
        "ES384 needs an EC key on the curve P-384, and this is an EC key on the curve P-256"
    );
    assert!(refusal(Some(Alg::EdDSA), RSA_PEM).contains("Ed25519"));
    let der = private(Alg::ES256).to_der().unwrap();
    assert!(matches!(PrivateKey::from_der(Alg::RS256, &der), Err(KeyError::Misfit { .. })));
    assert!(matches!(PrivateKey::from_der(Alg::ES256, b"junk"), Err(KeyError::Damaged)));
}

#[test]
fn no_key_of_our_own_has_a_symmetric_algorithm() {
    for alg in Alg::SYMMETRIC {
        let der = private(Alg::RS256).to_der().unwrap();
        assert!(matches!(PrivateKey::generate(alg, None), Err(KeyError::Symmetric(_))), "{alg}");
        assert!(matches!(PrivateKey::from_der(alg, &der), Err(KeyError::Symmetric(_))), "{alg}");
        assert!(refusal(Some(alg), RSA_PEM).contains("client's secret"), "{alg}");
    }
}

#[test]
fn bits_are_for_rsa() {
    assert!(matches!(PrivateKey::generate(Alg::ES256, Some(2048)), Err(KeyError::BitsRefused("ES256"))));
    assert!(matches!(PrivateKey::generate(Alg::EdDSA, Some(256)), Err(KeyError::BitsRefused("EdDSA"))));
    let key = PrivateKey::generate(Alg::RS256, None).unwrap();
    assert_eq!(key.key.bits(), 2048);
}

#[test]
fn a_stored_key_comes_back_the_same() {
    for alg in Alg::ALL {
        let key = private(alg);
        let again = PrivateKey::from_der(alg, &key.to_der().unwrap()).unwrap();
        assert_eq!(again.public_jwk("k1"), key.public_jwk("k1"));
        let token = sign(&again, "k1", None, &json!({})).unwrap();
        assert!(verify(&token, &[public(&key, "k1")], &[alg]).is_ok(), "{alg}");
    }
}

#[test]
fn a_published_key_has_public_members_only() {
    for alg in Alg::ALL {
        let jwk = private(alg).public_jwk("k1");
        let mut names: Vec<_> = jwk.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        match alg.kind() {
            Kind::Rsa => assert_eq!(names, ["alg", "e", "kid", "kty", "n", "use"]),
            Kind::Ec(_) => assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"]),
            Kind::Ed25519 => assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x"]),
            kind @ (Kind::X25519 | Kind::Shared) => panic!("{kind} signs nothing of ours"),
        }
        assert_eq!([&jwk["alg"], &jwk["kid"], &jwk["use"]], [alg.as_str(), "k1", "sig"]);
    }
}

/// Both coordinates of this key begin with a zero byte, which must be written (RFC 7518, 6.2.1.2).
#[test]
fn coordinates_have_the_width_of_their_curve() {
    let pem = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAAAAAAAAAAAAAAAA
AAAAAAAAAAAAAAAAAAAAAAAAwMahRANCAAQAIGJPfbKUggwxohsQom6OGQU9gUdH
pveg6JFr4imZtQDqJ/L4+iER2dtzj82c5+knulEvIP6fDFqkCZwb2FAC
-----END PRIVATE KEY-----
";
    let jwk = PrivateKey::from_pem(None, pem).unwrap().public_jwk("k1");
    assert_eq!(
        [&jwk["x"], &jwk["y"]],
        ["ACBiT32ylIIMMaIbEKJujhkFPYFHR6b3oOiRa-IpmbU", "AOon8vj6IRHZ23OPzZzn6Se6US8g_p8MWqQJnBvYUAI"]
    );
    let jwk = private(Alg::ES512).public_jwk("k1");
    assert_eq!([&jwk["x"], &jwk["y"]].map(|number| number.as_str().unwrap().len()), [88; 2]);
}

/// RFC 7638, 3.1, and RFC 8037, A.1 to A.3.
#[test]
fn thumbprints_are_those_of_the_specifications() {
    let rsa = private(Alg::RS256);
    assert_eq!(rsa.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assert_eq!(private(Alg::PS256).thumbprint(), rsa.thumbprint());

    let seed = [
        0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44,
        0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
    ];
    let pem = pkcs8_pem(&PKey::private_key_from_raw_bytes(&seed, Id::ED25519).unwrap());
    let ed25519 = PrivateKey::from_pem(None, &pem).unwrap();
    assert_eq!(ed25519.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert_eq!(ed25519.public_jwk("k1")["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
}

#[test]
fn the_document_lists_the_keys_in_order() {
    let [a, b] = [Alg::RS256, Alg::EdDSA].map(private);
    let document = jwks([a.public_jwk("a"), b.public_jwk("b")]);
    assert_eq!(document["keys"].as_array().unwrap().len(), 2);
    assert_eq!([&document["keys"][0]["kid"], &document["keys"][1]["kid"]], ["a", "b"]);
}

#[test]
fn nothing_of_the_key_is_shown_in_logs() {
    assert_eq!(format!("{:?}", private(Alg::RS256)), "PrivateKey(RS256)");
}

/// RFC 1321, A.5.
#[test]
fn a_pem_is_named_by_its_md5() {
    assert_eq!(pem_digest("").unwrap(), "d41d8cd98f00b204e9800998ecf8427e");
    assert_eq!(pem_digest("message digest").unwrap(), "f96b697d7cb7938d525a2f31aaf161d0");
    assert_ne!(pem_digest(RSA_PEM).unwrap(), pem_digest(RSA_PEM.trim_end()).unwrap());
}
