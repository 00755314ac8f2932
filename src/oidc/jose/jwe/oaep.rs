//! Content keys encrypted to an RSA key: RSAES-OAEP (RFC 7518, 4.3).

use openssl::error::ErrorStack;
use openssl::md::{Md, MdRef};
use openssl::pkey::{PKeyRef, Private, Public};
use openssl::pkey_ctx::{PkeyCtx, PkeyCtxRef};
use openssl::rsa::Padding;

use super::alg::KeyManagementAlg;

pub(super) fn encrypt(
    alg: KeyManagementAlg,
    to: &PKeyRef<Public>,
    key: &[u8],
) -> Result<Vec<u8>, ErrorStack> {
    let mut ctx = PkeyCtx::new(to)?;
    ctx.encrypt_init()?;
    set_padding(&mut ctx, alg)?;
    let mut encrypted = Vec::new();
    ctx.encrypt_to_vec(key, &mut encrypted)?;
    Ok(encrypted)
}

pub(super) fn decrypt(alg: KeyManagementAlg, with: &PKeyRef<Private>, encrypted: &[u8]) -> Option<Vec<u8>> {
    // RFC 8017, 7.1.2: as long as the modulus. OpenSSL adds zeros that were left out.
    if encrypted.len() != with.size() {
        return None;
    }
    let decrypt = || -> Result<Vec<u8>, ErrorStack> {
        let mut ctx = PkeyCtx::new(with)?;
        ctx.decrypt_init()?;
        set_padding(&mut ctx, alg)?;
        let mut key = Vec::new();
        ctx.decrypt_to_vec(encrypted, &mut key)?;
        Ok(key)
    };
    decrypt().ok()
}

fn set_padding<T>(ctx: &mut PkeyCtxRef<T>, alg: KeyManagementAlg) -> Result<(), ErrorStack> {
    let md: &MdRef = if alg == KeyManagementAlg::RsaOaep256 { Md::sha256() } else { Md::sha1() };
    ctx.set_rsa_padding(Padding::PKCS1_OAEP)?;
    ctx.set_rsa_oaep_md(md)?;
    ctx.set_rsa_mgf1_md(md)
}
