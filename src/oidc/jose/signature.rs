//! Signatures as JWS wants them (RFC 7518, 3.3 to 3.5; RFC 8037, 3.1), by OpenSSL.

use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::pkey::{PKeyRef, Private, Public};
use openssl::rsa::Padding;
use openssl::sign::{RsaPssSaltlen, Signer, Verifier};

use super::alg::Alg;
use super::kind::{Curve, Kind};

/// Signs `input` with a key that fits `alg`.
pub(super) fn make(alg: Alg, key: &PKeyRef<Private>, input: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let mut signer = match alg.kind() {
        Kind::Ed25519 => Signer::new_without_digest(key)?,
        _ => Signer::new(alg.digest(), key)?,
    };
    if is_pss(alg) {
        signer.set_rsa_padding(Padding::PKCS1_PSS)?;
        signer.set_rsa_mgf1_md(alg.digest())?;
        signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
    }
    let signature = signer.sign_oneshot_to_vec(input)?;
    match alg.kind() {
        Kind::Ec(curve) => to_fixed(&signature, curve),
        _ => Ok(signature),
    }
}

/// Whether `signature` over `input` is that of a key which fits `alg`.
pub(super) fn is_good(alg: Alg, key: &PKeyRef<Public>, input: &[u8], signature: &[u8]) -> bool {
    // OpenSSL answers some malformed signatures with an error instead of a "no".
    check(alg, key, input, signature).unwrap_or(false)
}

fn check(alg: Alg, key: &PKeyRef<Public>, input: &[u8], signature: &[u8]) -> Result<bool, ErrorStack> {
    let mut verifier = match alg.kind() {
        Kind::Ed25519 => Verifier::new_without_digest(key)?,
        _ => Verifier::new(alg.digest(), key)?,
    };
    if is_pss(alg) {
        verifier.set_rsa_padding(Padding::PKCS1_PSS)?;
        verifier.set_rsa_mgf1_md(alg.digest())?;
        verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
    }
    // RFC 8017, 8.1.2 and 8.2.2: as long as the modulus. OpenSSL adds zeros that were left out.
    match alg.kind() {
        Kind::Rsa if signature.len() != key.size() => Ok(false),
        Kind::Ec(curve) if signature.len() != 2 * usize::from(curve.width()) => Ok(false),
        Kind::Ec(curve) => verifier.verify_oneshot(&to_der(signature, curve)?, input),
        _ => verifier.verify_oneshot(signature, input),
    }
}

const fn is_pss(alg: Alg) -> bool {
    matches!(alg, Alg::PS256 | Alg::PS384 | Alg::PS512)
}

/// OpenSSL writes r and s as DER; a JWS has them side by side, each as wide as the curve.
fn to_fixed(der: &[u8], curve: Curve) -> Result<Vec<u8>, ErrorStack> {
    let signature = EcdsaSig::from_der(der)?;
    let mut fixed = signature.r().to_vec_padded(curve.width().into())?;
    fixed.extend(signature.s().to_vec_padded(curve.width().into())?);
    Ok(fixed)
}

fn to_der(fixed: &[u8], curve: Curve) -> Result<Vec<u8>, ErrorStack> {
    let (r, s) = fixed.split_at(curve.width().into());
    EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?.to_der()
}
