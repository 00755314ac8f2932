//! Private keys of our own as OpenSSL holds them: made, read, checked, and their public part.

use biscuit::jwk::{
    AlgorithmParameters, EllipticCurve, EllipticCurveKeyParameters, OctetKeyPairParameters, RSAKeyParameters,
};
use num_bigint::BigUint;
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::pkey::{HasPublic, Id, PKey, PKeyRef, Private};
use openssl::rsa::Rsa;

use super::jwk::RSA_BITS;
use super::kind::{Curve, Kind};

/// Why a key is not taken, and how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the key is encrypted; take the passphrase off first: openssl pkey -in key.pem -out plain.pem")]
    Encrypted,
    #[error("this is a public key or a certificate; the private key is needed")]
    Public,
    #[error(
        "no private key found; give a PEM block PRIVATE KEY (PKCS#8), RSA PRIVATE KEY (PKCS#1) or EC PRIVATE KEY (SEC1)"
    )]
    Absent,
    #[error(
        "the private key is damaged: it cannot be read, or its parts do not belong together; export it again"
    )]
    Damaged,
    #[error("this kind of key signs no tokens; give RSA, EC on P-256, P-384 or P-521, or Ed25519")]
    Unsupported,
    #[error("this kind of key decrypts no tokens; give RSA, or EC on P-256, P-384 or P-521")]
    CannotDecrypt,
    #[error("an RSA key must have {min} to {max} bits, not {0}", min = RSA_BITS.start(), max = RSA_BITS.end())]
    Bits(u32),
    #[error("a number of bits is for RSA only; {0} has one size")]
    BitsRefused(&'static str),
    #[error("{0} takes a client's secret; a key of the server's own needs an algorithm with key pairs")]
    Symmetric(&'static str),
    #[error("{alg} needs {needed}, and this is {found}")]
    Misfit { alg: &'static str, needed: String, found: String },
    #[error("OpenSSL failed")]
    OpenSsl(#[from] ErrorStack),
}

/// A fresh key for `alg`, which needs this `kind`.
pub(super) fn generate(alg: &'static str, kind: Kind, bits: Option<u32>) -> Result<PKey<Private>, KeyError> {
    Ok(match (kind, bits) {
        (Kind::Shared, _) => return Err(KeyError::Symmetric(alg)),
        (Kind::Rsa, bits) => PKey::from_rsa(Rsa::generate(allowed(bits.unwrap_or(2048))?)?)?,
        (_, Some(_)) => return Err(KeyError::BitsRefused(alg)),
        (Kind::Ec(curve), None) => {
            PKey::from_ec_key(EcKey::generate(&*EcGroup::from_curve_name(curve.nid())?)?)?
        }
        (Kind::Ed25519, None) => PKey::generate_ed25519()?,
        (Kind::X25519, None) => PKey::generate_x25519()?,
    })
}

/// Reads an unencrypted PEM: PKCS#8, PKCS#1 or SEC1.
pub(super) fn from_pem(pem: &str) -> Result<PKey<Private>, KeyError> {
    if pem.contains("-----BEGIN ENCRYPTED") || pem.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(KeyError::Encrypted);
    }
    if !pem.contains("PRIVATE KEY-----") {
        return Err(if pem.contains("-----BEGIN ") { KeyError::Public } else { KeyError::Absent });
    }
    // Without the callback OpenSSL would ask for a passphrase on the terminal.
    let key =
        PKey::private_key_from_pem_callback(pem.as_bytes(), |_| Ok(0)).map_err(|_| KeyError::Damaged)?;
    check_parts(&key)?;
    Ok(key)
}

/// Reads PKCS#8 as we wrote it.
pub(super) fn from_der(der: &[u8]) -> Result<PKey<Private>, KeyError> {
    PKey::private_key_from_pkcs8(der).map_err(|_| KeyError::Damaged)
}

pub(super) fn kind_of(key: &PKeyRef<Private>) -> Result<Kind, KeyError> {
    match key.id() {
        Id::RSA => allowed(key.bits()).map(|_| Kind::Rsa),
        Id::EC => {
            let nid = key.ec_key()?.group().curve_name();
            let curve = Curve::ALL.into_iter().find(|curve| Some(curve.nid()) == nid);
            curve.map(Kind::Ec).ok_or(KeyError::Unsupported)
        }
        Id::ED25519 => Ok(Kind::Ed25519),
        _ => Err(KeyError::Unsupported),
    }
}

/// The members of a JWK that say which key it is; for a kind that can be published.
pub(super) fn public_part<T: HasPublic>(
    kind: Kind,
    key: &PKeyRef<T>,
) -> Result<AlgorithmParameters, KeyError> {
    Ok(match kind {
        Kind::Rsa => {
            let rsa = key.rsa()?;
            let [n, e] = [rsa.n(), rsa.e()].map(|number| BigUint::from_bytes_be(&number.to_vec()));
            AlgorithmParameters::RSA(RSAKeyParameters { n, e, ..RSAKeyParameters::default() })
        }
        Kind::Ec(curve) => {
            let ec = key.ec_key()?;
            let (mut x, mut y) = (BigNum::new()?, BigNum::new()?);
            ec.public_key().affine_coordinates(ec.group(), &mut x, &mut y, &mut *BigNumContext::new()?)?;
            AlgorithmParameters::EllipticCurve(EllipticCurveKeyParameters {
                curve: match curve {
                    Curve::P256 => EllipticCurve::P256,
                    Curve::P384 => EllipticCurve::P384,
                    Curve::P521 => EllipticCurve::P521,
                },
                x: x.to_vec_padded(curve.width().into())?,
                y: y.to_vec_padded(curve.width().into())?,
                ..EllipticCurveKeyParameters::default()
            })
        }
        Kind::Ed25519 => AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
            key_type: biscuit::jwk::OctetKeyPairType::OctetKeyPair,
            curve: EllipticCurve::Curve25519,
            x: key.raw_public_key()?,
            d: None,
        }),
        Kind::X25519 | Kind::Shared => return Err(KeyError::Unsupported),
    })
}

fn allowed(bits: u32) -> Result<u32, KeyError> {
    if RSA_BITS.contains(&bits) { Ok(bits) } else { Err(KeyError::Bits(bits)) }
}

/// A key whose numbers do not belong together may give itself away with its first signature.
fn check_parts(key: &PKeyRef<Private>) -> Result<(), KeyError> {
    let is_sound = match key.id() {
        // Numbers beyond the limit could keep the check busy for minutes.
        Id::RSA => allowed(key.bits()).and_then(|_| Ok(key.rsa()?.check_key().unwrap_or(false)))?,
        Id::EC => key.ec_key()?.check_key().is_ok(),
        _ => true,
    };
    if is_sound { Ok(()) } else { Err(KeyError::Damaged) }
}
