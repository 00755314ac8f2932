//! Any text as an encrypted token. The keys are fixed, so that the corpus can hold good tokens, whose forgeries get
//! as far as forgeries can; none may say anything but what the corpus says.
#![no_main]

use std::sync::LazyLock;

use cardea::oidc::jose::{
    Accepted, ContentEncryption, DecryptionKey, JweError, KeyManagementAlg, Openers, SharedSecret, decrypt,
    is_encrypted,
};
use libfuzzer_sys::fuzz_target;

/// The keys of RFC 7516, A.1, and RFC 7520, 5.5: everybody knows them.
static KEYS: LazyLock<Vec<(String, DecryptionKey)>> = LazyLock::new(|| {
    [("rsa", include_str!("../keys/rsa.pem")), ("ec", include_str!("../keys/ec.pem"))]
        .map(|(kid, pem)| (kid.to_owned(), DecryptionKey::from_pem(pem).expect("the key is good")))
        .into()
});

static SECRETS: LazyLock<[SharedSecret; 1]> = LazyLock::new(|| [SharedSecret::new("the client's secret")]);

fuzz_target!(|token: &str| {
    let openers = Openers { keys: &KEYS, secrets: &*SECRETS };
    let accept = Accepted { algs: &KeyManagementAlg::ALL, encs: &ContentEncryption::ALL };
    match decrypt(token, &openers, &accept) {
        Ok(read) => assert_eq!(read.message, b"the message", "forged: {token}"),
        Err(error) => {
            assert!(is_encrypted(token) || matches!(error, JweError::Malformed | JweError::TooLong));
        }
    }
});
