//! What outsiders send encrypted (RFC 7516, 5.2 and 11).

use serde_json::{Map, Value};

use super::agreement::Derivation;
use super::alg::{KeyManagementAlg, Way};
use super::content::{ContentEncryption, Sealed};
use super::decryption_key::DecryptionKey;
use super::{oaep, wrap};
use crate::oidc::jose::compact::{decode, object, parts, text};
use crate::oidc::jose::jwk::Jwk;
use crate::oidc::jose::secret::SharedSecret;

/// Longer tokens are refused unread. The longest signed token fits in.
const LONGEST: usize = 24 * 1024;

/// A token without `kid` is tried with so many of the keys that fit.
const MOST_TRIES: usize = 16;

/// Why a token was not decrypted. Whatever fails once a key is at work is one and the same
/// [`Decryption`](JweError::Decryption): from a difference a forger could learn (RFC 7516, 11.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JweError {
    #[error("the token is longer than {LONGEST} bytes")]
    TooLong,
    #[error("the token is not an encrypted JWT in compact form")]
    Malformed,
    #[error("the token's header has crit, and no extension is supported")]
    Critical,
    #[error("the token is compressed, which is not supported; send it without zip")]
    Compressed,
    #[error("the token's alg or enc is not allowed here")]
    Algorithm,
    #[error("no key of ours fits the token's kid and alg")]
    NoKey,
    #[error("the token cannot be decrypted")]
    Decryption,
}

/// What may decrypt: our keys with their `kid`, and the secrets of the client that sent the token.
#[derive(Clone, Copy, Debug, Default)]
pub struct Openers<'a> {
    pub keys: &'a [(String, DecryptionKey)],
    pub secrets: &'a [SharedSecret],
}

/// Which tokens are taken at all.
#[derive(Clone, Copy, Debug)]
pub struct Accepted<'a> {
    pub algs: &'a [KeyManagementAlg],
    pub encs: &'a [ContentEncryption],
}

/// What was in a token. It says nothing about who sent it: anybody can encrypt to a public key.
#[derive(Clone, PartialEq, Eq)]
pub struct Decrypted {
    pub alg: KeyManagementAlg,
    pub enc: ContentEncryption,
    pub cty: Option<String>,
    pub message: Vec<u8>,
}

/// Shows nothing of the message.
impl std::fmt::Debug for Decrypted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Decrypted({}, {}, {:?})", self.alg, self.enc, self.cty)
    }
}

impl Decrypted {
    /// The message as a text, such as a token.
    pub fn text(self) -> Result<String, JweError> {
        String::from_utf8(self.message).map_err(|_| JweError::Malformed)
    }
}

/// Whether a token has the form of an encrypted one, not of a signed one (RFC 7516, 9).
pub fn is_encrypted(token: &str) -> bool {
    parts::<5>(token).is_some()
}

/// Reads a token that was encrypted to one of `openers`, and that is one of those to `accept`.
pub fn decrypt(token: &str, openers: &Openers, accept: &Accepted) -> Result<Decrypted, JweError> {
    if token.len() > LONGEST {
        return Err(JweError::TooLong);
    }
    let [aad, rest @ ..]: [&str; 5] = parts(token).ok_or(JweError::Malformed)?;
    let header = Header::read(&decode(aad).ok_or(JweError::Malformed)?, accept)?;
    let [encrypted, iv, ciphertext, tag] = rest.map(decode);
    let (Some(encrypted), Some(iv), Some(ciphertext), Some(tag)) = (encrypted, iv, ciphertext, tag) else {
        return Err(JweError::Malformed);
    };
    let sealed = Sealed { ciphertext, tag };
    let keys: Vec<_> = openers.fitting(&header).take(MOST_TRIES).collect();
    if keys.is_empty() {
        return Err(JweError::NoKey);
    }
    let message = keys.iter().find_map(|opener| {
        let key = opener.content_key(&header, &encrypted);
        // Without the content key the same work is done with another one, and comes to nothing.
        let stand_in = vec![0; header.enc.key_length()];
        let with = key.as_ref().unwrap_or(&stand_in);
        let message = header.enc.open((with, &iv), aad.as_bytes(), &sealed);
        key.and(message)
    });
    let Header { alg, enc, cty, .. } = header;
    Ok(Decrypted { alg, enc, cty, message: message.ok_or(JweError::Decryption)? })
}

struct Header {
    alg: KeyManagementAlg,
    enc: ContentEncryption,
    kid: Option<String>,
    cty: Option<String>,
    epk: Option<Value>,
    apu: Vec<u8>,
    apv: Vec<u8>,
}

impl Header {
    fn read(json: &[u8], accept: &Accepted) -> Result<Self, JweError> {
        let mut members = object(json).ok_or(JweError::Malformed)?;
        if members.contains_key("crit") {
            return Err(JweError::Critical);
        }
        // A small token could decompress into a very large one.
        if members.contains_key("zip") {
            return Err(JweError::Compressed);
        }
        let alg = needed(&members, "alg")?.parse().map_err(|_| JweError::Algorithm)?;
        let enc = needed(&members, "enc")?.parse().map_err(|_| JweError::Algorithm)?;
        if !accept.algs.contains(&alg) || !accept.encs.contains(&enc) {
            return Err(JweError::Algorithm);
        }
        let [apu, apv] = ["apu", "apv"].map(|name| party(&members, name));
        let [kid, cty] = ["kid", "cty"].map(|name| member(&members, name));
        Ok(Self { alg, enc, kid: kid?, cty: cty?, epk: members.remove("epk"), apu: apu?, apv: apv? })
    }
}

fn member(header: &Map<String, Value>, name: &str) -> Result<Option<String>, JweError> {
    text(header, name).map_err(|()| JweError::Malformed)
}

fn needed(header: &Map<String, Value>, name: &str) -> Result<String, JweError> {
    member(header, name)?.ok_or(JweError::Malformed)
}

/// RFC 7518, 4.6.1.2: what the sender says about a side; without it, nothing.
fn party(header: &Map<String, Value>, name: &str) -> Result<Vec<u8>, JweError> {
    decode(&member(header, name)?.unwrap_or_default()).ok_or(JweError::Malformed)
}

enum Opener<'a> {
    Key(&'a DecryptionKey),
    Secret(&'a SharedSecret),
}

impl<'a> Openers<'a> {
    fn fitting(&self, header: &Header) -> impl Iterator<Item = Opener<'a>> {
        let is_meant = |kid: &String| header.kid.as_ref().is_none_or(|meant| meant == kid);
        let keys = self.keys.iter().filter(move |(kid, key)| is_meant(kid) && header.alg.suits(key.kind));
        let secrets = self.secrets.iter().filter(|_| header.alg.is_symmetric());
        keys.map(|(_, key)| Opener::Key(key)).chain(secrets.map(Opener::Secret))
    }
}

impl Opener<'_> {
    /// The content key, of the length that `enc` needs.
    fn content_key(&self, header: &Header, encrypted: &[u8]) -> Option<Vec<u8>> {
        let length = header.enc.key_length();
        match (header.alg.way(), self) {
            (Way::Oaep, Self::Key(own)) => {
                oaep::decrypt(header.alg, &own.key, encrypted).filter(|key| key.len() == length)
            }
            (Way::Agreement { wrap }, Self::Key(own)) => {
                let agreed = header.agree(wrap, own)?;
                match wrap {
                    Some(_) => wrap::unwrap(&agreed, encrypted, length),
                    None => encrypted.is_empty().then_some(agreed),
                }
            }
            (Way::Wrap(bytes), Self::Secret(secret)) => {
                wrap::unwrap(&secret.encryption_key(bytes)?, encrypted, length)
            }
            (Way::Direct, Self::Secret(secret)) if encrypted.is_empty() => secret.encryption_key(length),
            _ => None,
        }
    }
}

impl Header {
    /// A point that is not on our key's curve would give the key away bit by bit: [`Jwk::key`] refuses it.
    fn agree(&self, wrap: Option<usize>, own: &DecryptionKey) -> Option<Vec<u8>> {
        let (kind, other) = Jwk::read(self.epk.as_ref()?).ok()?.key().ok()?;
        if kind != own.kind {
            return None;
        }
        let mut derivation = Derivation::new(self.alg, self.enc, wrap);
        (derivation.apu, derivation.apv) = (&self.apu, &self.apv);
        derivation.key(&own.key, &other).ok()
    }
}
