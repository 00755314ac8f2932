//! Our signing keys: made, imported, stored and published.

use std::fmt;
use std::sync::Arc;

use biscuit::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, EllipticCurveKeyParameters, JWK,
    OctetKeyPairParameters, PublicKeyUse, RSAKeyParameters,
};
use num_bigint::BigUint;
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::pkey::{Id, PKey, PKeyRef, Private};
use openssl::rsa::Rsa;
use serde::Serialize;
use serde_json::Value;

use super::alg::{Alg, Curve, Kind};
use super::public::RSA_BITS;

/// A key that signs with one algorithm. It is decoded once; a clone shares it.
#[derive(Clone)]
pub struct PrivateKey {
    alg: Alg,
    pub(super) key: PKey<Private>,
    public: Arc<AlgorithmParameters>,
}

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
    #[error("an RSA key must have {min} to {max} bits, not {0}", min = RSA_BITS.start(), max = RSA_BITS.end())]
    Bits(u32),
    #[error("a number of bits is for RSA only; {0} has one size")]
    BitsRefused(Alg),
    #[error("{alg} needs {}, and this is {found}", .alg.kind())]
    Misfit { alg: Alg, found: String },
    #[error("OpenSSL failed")]
    OpenSsl(#[from] ErrorStack),
}

impl PrivateKey {
    /// A fresh key. RSA has 2048 bits unless `bits` says otherwise, and may take seconds: not in a request.
    pub fn generate(alg: Alg, bits: Option<u32>) -> Result<Self, KeyError> {
        let key = match (alg.kind(), bits) {
            (Kind::Rsa, bits) => PKey::from_rsa(Rsa::generate(allowed(bits.unwrap_or(2048))?)?)?,
            (_, Some(_)) => return Err(KeyError::BitsRefused(alg)),
            (Kind::Ec(curve), None) => {
                let group = EcGroup::from_curve_name(curve.nid())?;
                PKey::from_ec_key(EcKey::generate(&group)?)?
            }
            (Kind::Ed25519, None) => PKey::generate_ed25519()?,
        };
        Self::new(Some(alg), key)
    }

    /// Imports an unencrypted PEM: PKCS#8, PKCS#1 or SEC1. Without `alg` the key's usual one is taken.
    pub fn from_pem(alg: Option<Alg>, pem: &str) -> Result<Self, KeyError> {
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
        Self::new(alg, key)
    }

    /// Reads what [`PrivateKey::to_der`] wrote.
    pub fn from_der(alg: Alg, der: &[u8]) -> Result<Self, KeyError> {
        let key = PKey::private_key_from_pkcs8(der).map_err(|_| KeyError::Damaged)?;
        Self::new(Some(alg), key)
    }

    fn new(alg: Option<Alg>, key: PKey<Private>) -> Result<Self, KeyError> {
        let kind = kind_of(&key)?;
        let alg = alg.unwrap_or(kind.usual_alg());
        if alg.kind() != kind {
            return Err(KeyError::Misfit { alg, found: kind.to_string() });
        }
        let public = Arc::new(public_part(kind, &key)?);
        Ok(Self { alg, key, public })
    }

    pub const fn alg(&self) -> Alg {
        self.alg
    }

    /// The whole key as PKCS#8, not encrypted: for the store, which seals it.
    pub fn to_der(&self) -> Result<Vec<u8>, KeyError> {
        Ok(self.key.private_key_to_pkcs8()?)
    }

    /// The public part as a JWK (RFC 7517, 4) for the document at `/jwks`.
    pub fn public_jwk(&self, kid: &str) -> Value {
        let common = CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_id: Some(kid.to_owned()),
            ..CommonParameters::default()
        };
        let additional = Published { alg: self.alg };
        serde_json::to_value(JWK { common, algorithm: AlgorithmParameters::clone(&self.public), additional })
            .expect("a JWK is plain text and numbers")
    }

    /// RFC 7638 with SHA-256: the usual `kid`.
    pub fn thumbprint(&self) -> String {
        self.public.thumbprint(&biscuit::digest::SHA256).expect("a JWK is plain text and numbers")
    }
}

/// Shows which algorithm, and nothing of the key.
impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.alg)
    }
}

/// biscuit has no name for EdDSA, so `alg` is a member of our own.
#[derive(Serialize)]
struct Published {
    alg: Alg,
}

fn allowed(bits: u32) -> Result<u32, KeyError> {
    if RSA_BITS.contains(&bits) { Ok(bits) } else { Err(KeyError::Bits(bits)) }
}

fn kind_of(key: &PKeyRef<Private>) -> Result<Kind, KeyError> {
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

fn public_part(kind: Kind, key: &PKeyRef<Private>) -> Result<AlgorithmParameters, KeyError> {
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
    })
}

#[cfg(test)]
mod tests;
