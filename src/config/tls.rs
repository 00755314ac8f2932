//! The certificate and its private key: both can be read, and they belong together.

use std::fs;
use std::path::{Path, PathBuf};

use openssl::pkey::{PKey, Private};
use openssl::x509::X509;

use super::form::Plain;
use super::values::show_path;

pub(super) const CERTIFICATE: Plain<PathBuf> = Plain {
    read: |text| certificate(text.as_ref()).map(|_| text.into()),
    show: show_path,
    describe: "the path of a PEM file that Cardea may read, the server's own certificate first",
};

pub(super) const TRUST_ANCHORS: Plain<PathBuf> = Plain {
    read: |text| certificate(text.as_ref()).map(|_| text.into()),
    show: show_path,
    describe: "the path of a PEM file with certificates that Cardea may read",
};

pub(super) const PRIVATE_KEY: Plain<PathBuf> = Plain {
    read: |text| private_key(text.as_ref()).map(|_| text.into()),
    show: show_path,
    describe: "the path of a PEM file that Cardea may read, without a passphrase",
};

/// Whether the key is the one that the certificate was made for. What cannot be read has been complained about.
pub(super) fn are_pair(certificate_path: &Path, key_path: &Path) -> bool {
    let (Ok(certificate), Ok(key)) = (certificate(certificate_path), private_key(key_path)) else {
        return true;
    };
    certificate.public_key().is_ok_and(|public| public.public_eq(&key))
}

/// The first of the chain, which is the server's own.
fn certificate(path: &Path) -> Result<X509, String> {
    let chain = X509::stack_from_pem(&bytes(path)?).unwrap_or_default();
    chain.into_iter().next().ok_or_else(|| format!("{path:?} holds no certificate"))
}

fn private_key(path: &Path) -> Result<PKey<Private>, String> {
    // With a passphrase at hand OpenSSL does not ask for one at the terminal.
    PKey::private_key_from_pem_passphrase(&bytes(path)?, b"")
        .map_err(|_| format!("{path:?} holds no private key, or one that needs a passphrase"))
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{path:?} cannot be read ({error})"))
}
