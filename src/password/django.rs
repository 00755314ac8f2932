//! The formats of Django's password hashers: `algorithm$…`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::hash::MessageDigest;

use super::{argon, is_equal};

/// Django 6.0 asks for 1.2 million rounds.
const MOST_ROUNDS: usize = 5_000_000;
/// bcrypt's rounds as a power of two; Django asks for 12.
const MOST_BCRYPT: u32 = 15;
/// Bytes that one lane of scrypt may take, and lanes; Django asks for 16 MiB and 5.
const MOST_SCRYPT: u64 = 64 * 1024 * 1024;
const MOST_SCRYPT_LANES: u64 = 16;

/// `None` if the hash is of no known format, marks an unusable password (`!…`) or is too dear to check.
pub(super) fn matches(password: &str, stored: &str) -> Option<bool> {
    let (algorithm, rest) = stored.split_once('$')?;
    match algorithm {
        "pbkdf2_sha256" => pbkdf2(MessageDigest::sha256(), password, rest),
        "pbkdf2_sha1" => pbkdf2(MessageDigest::sha1(), password, rest),
        "argon2" => argon::matches(password, &format!("${rest}")),
        "bcrypt_sha256" => bcrypt(&hex_sha256(password), rest),
        "bcrypt" => bcrypt(password, rest),
        "scrypt" => scrypt(password, rest),
        _ => None,
    }
}

/// `rounds$salt$hash`; the salt is used as text.
fn pbkdf2(digest: MessageDigest, password: &str, rest: &str) -> Option<bool> {
    let [rounds, salt, hash] = fields(rest)?;
    let rounds = rounds.parse().ok().filter(|rounds| (1..=MOST_ROUNDS).contains(rounds))?;
    let expected = decode(hash, digest.size())?;
    let mut output = vec![0; digest.size()];
    openssl::pkcs5::pbkdf2_hmac(password.as_bytes(), salt.as_bytes(), rounds, digest, &mut output).ok()?;
    Some(is_equal(&output, &expected))
}

/// `$2b$rounds$…`, a bcrypt string with its own leading sign.
fn bcrypt(password: &str, stored: &str) -> Option<bool> {
    let parts: bcrypt::HashParts = stored.parse().ok()?;
    if parts.get_cost() > MOST_BCRYPT {
        return None;
    }
    bcrypt::verify(password, stored).ok()
}

/// `n$salt$r$p$hash`; the salt is used as text.
fn scrypt(password: &str, rest: &str) -> Option<bool> {
    let [n, salt, r, p, hash] = fields(rest)?;
    let [n, r, p] = [n, r, p].map(|number| number.parse::<u64>().ok());
    let (n, r, p) = (n?, r?, p?);
    let memory = n.checked_mul(r)?.checked_mul(128)?;
    if memory > MOST_SCRYPT || p > MOST_SCRYPT_LANES {
        return None;
    }
    let expected = decode(hash, 64)?;
    let mut output = [0; 64];
    // OpenSSL counts a little more than the lanes themselves.
    let limit = 2 * MOST_SCRYPT;
    openssl::pkcs5::scrypt(password.as_bytes(), salt.as_bytes(), n, r, p, limit, &mut output).ok()?;
    Some(is_equal(&output, &expected))
}

fn fields<const N: usize>(rest: &str) -> Option<[&str; N]> {
    rest.split('$').collect::<Vec<_>>().try_into().ok()
}

fn decode(hash: &str, length: usize) -> Option<Vec<u8>> {
    STANDARD.decode(hash).ok().filter(|bytes| bytes.len() == length)
}

fn hex_sha256(password: &str) -> String {
    openssl::sha::sha256(password.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
