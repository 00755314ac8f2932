//! Proof Key for Code Exchange (RFC 7636): `S256`, and behind a switch `plain`, which protects nobody.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::error::{Code, Refusal};
use super::secret;

/// A checked `code_challenge`, as it is kept: a plain one with [`PLAIN`] in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge(String);

/// No character of a challenge is a colon.
const PLAIN: &str = "plain:";

impl Challenge {
    /// Reads `code_challenge` and `code_challenge_method` of an authorization request.
    pub fn check(
        challenge: Option<&str>,
        method: Option<&str>,
        may_be_plain: bool,
    ) -> Result<Option<Self>, Refusal> {
        let refuse = |text: &'static str| Err(Refusal::new(Code::InvalidRequest, text));
        match (challenge, method) {
            (None, None) => Ok(None),
            (None, Some(_)) => refuse("code_challenge_method was sent without code_challenge"),
            (Some(challenge), Some("S256")) => match Self::parse(challenge) {
                Some(parsed) if !challenge.contains(':') => Ok(Some(parsed)),
                _ => refuse("code_challenge must be the base64url SHA-256 of the verifier: 43 characters"),
            },
            // RFC 7636 4.3: without a method it is plain.
            (Some(challenge), None | Some("plain")) if may_be_plain => {
                match Self::parse(&format!("{PLAIN}{challenge}")) {
                    Some(parsed) => Ok(Some(parsed)),
                    None => refuse("code_challenge must be 43 to 128 unreserved characters"),
                }
            }
            (Some(_), None) => refuse("code_challenge_method is missing; send S256"),
            (Some(_), Some(_)) => refuse("code_challenge_method must be S256"),
        }
    }

    /// A stored challenge; `None` for a text that is none.
    pub fn parse(text: &str) -> Option<Self> {
        let is_base64url = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let is_good = match text.strip_prefix(PLAIN) {
            Some(verifier) => is_verifier(verifier),
            None => text.len() == 43 && text.bytes().all(is_base64url),
        };
        is_good.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn is_met_by(&self, verifier: &str) -> bool {
        if let Some(plain) = self.0.strip_prefix(PLAIN) {
            return secret::same(verifier, plain);
        }
        let hash = openssl::sha::sha256(verifier.as_bytes());
        secret::same(&BASE64_URL_SAFE_NO_PAD.encode(hash), &self.0)
    }
}

/// Whether the `code_verifier` of a token request fits the code's challenge.
pub fn verify(challenge: Option<&Challenge>, verifier: Option<&str>) -> Result<(), Refusal> {
    let refuse = |text: &'static str| Err(Refusal::new(Code::InvalidGrant, text));
    match (challenge, verifier) {
        (None, None) => Ok(()),
        // RFC 9700 2.1.1: a verifier without a challenge is a sign of a downgrade.
        (None, Some(_)) => {
            refuse("code_verifier was sent, but the code was asked for without code_challenge")
        }
        (Some(_), None) => refuse("code_verifier is missing"),
        (Some(_), Some(verifier)) if !is_verifier(verifier) => {
            refuse("code_verifier must be 43 to 128 unreserved characters")
        }
        (Some(challenge), Some(verifier)) if challenge.is_met_by(verifier) => Ok(()),
        (Some(_), Some(_)) => refuse("code_verifier does not match code_challenge"),
    }
}

/// RFC 7636 4.1: 43 to 128 characters of `ALPHA / DIGIT / "-" / "." / "_" / "~"`.
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn challenge() -> Challenge {
        Challenge::check(Some(CHALLENGE), Some("S256"), false).unwrap().unwrap()
    }

    #[test]
    fn the_example_of_the_specification_is_met() {
        assert_eq!(verify(Some(&challenge()), Some(VERIFIER)), Ok(()));
    }

    #[test]
    fn another_verifier_and_none_are_refused() {
        let other = VERIFIER.replace('d', "e");
        for verifier in [Some(other.as_str()), Some("short"), Some(CHALLENGE), None] {
            let refusal = verify(Some(&challenge()), verifier).unwrap_err();
            assert_eq!(refusal.code, Code::InvalidGrant);
        }
    }

    #[test]
    fn a_verifier_without_a_challenge_is_refused() {
        assert_eq!(verify(None, Some(VERIFIER)).unwrap_err().code, Code::InvalidGrant);
        assert_eq!(verify(None, None), Ok(()));
    }

    #[test]
    fn only_s256_is_a_method() {
        for (challenge, method) in [
            (Some(CHALLENGE), Some("plain")),
            (Some(CHALLENGE), Some("s256")),
            (Some(CHALLENGE), None),
            (None, Some("S256")),
            (Some("short"), Some("S256")),
        ] {
            assert_eq!(Challenge::check(challenge, method, false).unwrap_err().code, Code::InvalidRequest);
        }
        let plain = format!("plain:{VERIFIER}");
        assert!(Challenge::check(Some(&plain), Some("S256"), true).is_err(), "what is kept cannot be sent");
    }

    #[test]
    fn plain_is_a_method_where_it_is_switched_on() {
        for method in [None, Some("plain")] {
            let challenge = Challenge::check(Some(VERIFIER), method, true).unwrap().unwrap();
            assert_eq!(Challenge::parse(challenge.as_str()), Some(challenge.clone()));
            assert_eq!(verify(Some(&challenge), Some(VERIFIER)), Ok(()));
            assert!(verify(Some(&challenge), Some(CHALLENGE)).is_err());
            assert!(verify(Some(&challenge), None).is_err());
        }
        assert!(Challenge::check(Some("short"), None, true).is_err());
        // S256 stays S256 beside it.
        let hashed = Challenge::check(Some(CHALLENGE), Some("S256"), true).unwrap().unwrap();
        assert!(verify(Some(&hashed), Some(CHALLENGE)).is_err());
    }
}
