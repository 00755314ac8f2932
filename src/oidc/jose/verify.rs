//! Tokens that outsiders send (RFC 7515, 5.2, with the advice of RFC 8725).

use serde_json::{Map, Value};

use super::alg::Alg;
use super::compact::{decode, object, parts, text};
use super::public::PublicKey;
use super::secret::{SharedSecret, ShortSecret};
use super::signature;

/// Longer tokens are refused unread.
const LONGEST: usize = 16 * 1024;

/// A token without `kid` is tried with so many of the keys that fit.
const MOST_TRIES: usize = 16;

/// Why a token was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    #[error("the token is longer than {LONGEST} bytes")]
    TooLong,
    #[error("the token is not a signed JWT in compact form")]
    Malformed,
    #[error("the token's header has crit, and no extension is supported")]
    Critical,
    #[error("the token's typ is not the one that is wanted here")]
    Type,
    #[error("the token's alg is not allowed here")]
    Algorithm,
    /// Perhaps the outsider has a new key: its JWK set may be worth another look.
    #[error("no key fits the token's kid and alg")]
    NoKey,
    #[error(transparent)]
    Secret(ShortSecret),
    #[error("the token's signature is wrong")]
    Signature,
    #[error("the token's claims are not a JSON object, or name one twice")]
    Claims,
    #[error("the claim {0} is not a time")]
    Time(&'static str),
}

/// Whose signatures count. An HMAC is checked with the secrets only, every other signature with the keys only.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signers<'a> {
    pub keys: &'a [PublicKey],
    pub secrets: &'a [SharedSecret],
}

/// Which tokens are taken at all.
#[derive(Clone, Copy, Debug)]
pub struct Accept<'a> {
    pub algs: &'a [Alg],
    pub typ: Typ<'a>,
}

/// What `typ` may be (RFC 8725, 3.11), compared as RFC 7515, 4.1.9 says: `jwt` and `application/jwt` are `JWT`.
#[derive(Clone, Copy, Debug)]
pub enum Typ<'a> {
    Any,
    /// Absent, or one of these.
    May(&'a [&'a str]),
    Must(&'a str),
}

/// A token whose signature is good. What the claims mean is not checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Jwt {
    pub header: Header,
    pub claims: Map<String, Value>,
}

/// What a header says. Keys that it brings along (jwk, jku, x5c, x5u) are not even read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub alg: Alg,
    pub kid: Option<String>,
    pub typ: Option<String>,
    pub cty: Option<String>,
}

/// The claims of `token` if one of `keys` signed it with one of the `allowed` algorithms.
///
/// Only form, algorithm and signature are checked; what the claims mean is the caller's part.
pub fn verify(token: &str, keys: &[PublicKey], allowed: &[Alg]) -> Result<Map<String, Value>, JwtError> {
    let signers = Signers { keys, secrets: &[] };
    verify_jwt(token, &signers, &Accept { algs: allowed, typ: Typ::Any }).map(|jwt| jwt.claims)
}

/// Reads a token that one of `signers` has signed, and that is one of those to `accept`.
pub fn verify_jwt(token: &str, signers: &Signers, accept: &Accept) -> Result<Jwt, JwtError> {
    if token.len() > LONGEST {
        return Err(JwtError::TooLong);
    }
    let [header, claims, signature] = parts(token).ok_or(JwtError::Malformed)?;
    let input = &token.as_bytes()[..header.len() + 1 + claims.len()];
    let header = Header::read(&decode(header).ok_or(JwtError::Malformed)?, accept)?;
    let signature = decode(signature).ok_or(JwtError::Malformed)?;
    if header.alg.is_symmetric() {
        signers.check_mac(&header, input, &signature)?;
    } else {
        signers.check_signature(&header, input, &signature)?;
    }
    let claims = decode(claims).ok_or(JwtError::Malformed)?;
    Ok(Jwt { header, claims: object(&claims).ok_or(JwtError::Claims)? })
}

impl Header {
    fn read(json: &[u8], accept: &Accept) -> Result<Self, JwtError> {
        let members = object(json).ok_or(JwtError::Malformed)?;
        // RFC 7515, 4.1.11: a token with an extension that we do not know must be refused.
        if members.contains_key("crit") {
            return Err(JwtError::Critical);
        }
        let member = |name| text(&members, name).map_err(|()| JwtError::Malformed);
        // RFC 8725, 3.1: the algorithm is the caller's choice, never the token's alone; `none` is not among them.
        let alg: Alg = member("alg")?.ok_or(JwtError::Malformed)?.parse().map_err(|_| JwtError::Algorithm)?;
        if !accept.algs.contains(&alg) {
            return Err(JwtError::Algorithm);
        }
        let typ = member("typ")?;
        if !accept.typ.allows(typ.as_deref()) {
            return Err(JwtError::Type);
        }
        Ok(Self { alg, kid: member("kid")?, typ, cty: member("cty")? })
    }
}

impl Signers<'_> {
    fn check_signature(&self, header: &Header, input: &[u8], signature: &[u8]) -> Result<(), JwtError> {
        let is_meant = |key: &&PublicKey| {
            key.fits(header.alg) && (header.kid.is_none() || key.kid() == header.kid.as_deref())
        };
        let mut fitting = self.keys.iter().filter(is_meant).take(MOST_TRIES).peekable();
        fitting.peek().ok_or(JwtError::NoKey)?;
        let is_good = fitting.any(|key| signature::is_good(header.alg, &key.key, input, signature));
        if is_good { Ok(()) } else { Err(JwtError::Signature) }
    }

    /// A secret has no `kid`: all that are long enough may have signed.
    fn check_mac(&self, header: &Header, input: &[u8], mac: &[u8]) -> Result<(), JwtError> {
        let mut refused = JwtError::NoKey;
        for secret in self.secrets.iter().take(MOST_TRIES) {
            match secret.fits(header.alg) {
                Ok(()) if secret.is_mac(header.alg, input, mac) => return Ok(()),
                Ok(()) => refused = JwtError::Signature,
                Err(short) if refused == JwtError::NoKey => refused = JwtError::Secret(short),
                Err(_) => {}
            }
        }
        Err(refused)
    }
}

impl Typ<'_> {
    fn allows(self, typ: Option<&str>) -> bool {
        match (self, typ.map(media_type)) {
            (Self::Any, _) | (Self::May(_), None) => true,
            (Self::May(names), Some(typ)) => {
                names.iter().any(|name| typ.eq_ignore_ascii_case(media_type(name)))
            }
            (Self::Must(name), Some(typ)) => typ.eq_ignore_ascii_case(media_type(name)),
            (Self::Must(_), None) => false,
        }
    }
}

/// RFC 7515, 4.1.9: `application/` may be left out where no other slash stands.
fn media_type(name: &str) -> &str {
    match name.get(..12) {
        Some(start) if start.eq_ignore_ascii_case("application/") && !name[12..].contains('/') => &name[12..],
        _ => name,
    }
}

#[cfg(test)]
mod tests;
