//! What an app may learn of the session in a browser: whether it is still the same (OpenID Connect Session
//! Management 1.0, 2 and 3).

use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sha::sha256;
use openssl::sign::Signer;
use url::Url;

/// What stands for the session where nobody is signed in.
const ANONYMOUS: &str = "anonymous";

/// The state of a browser in which `sid` goes on: the same on every node, and nothing that leads back to the session.
pub fn browser_state(key: &[u8; 32], sid: Option<&str>) -> String {
    let key = PKey::hmac(key).expect("any bytes make an HMAC key");
    let mut signer = Signer::new(MessageDigest::sha256(), &key).expect("HMAC-SHA-256 is always there");
    let text = sid.unwrap_or(ANONYMOUS).as_bytes();
    BASE64_URL_SAFE_NO_PAD.encode(signer.sign_oneshot_to_vec(text).expect("an HMAC takes any text"))
}

/// What a `session_state` is made of.
pub struct Told<'a> {
    pub client_id: &'a str,
    /// Where the answer goes: its origin is the one that will ask the frame.
    pub redirect_uri: &'a str,
    pub browser_state: &'a str,
    /// Random, without blanks and full stops.
    pub salt: &'a str,
}

impl Told<'_> {
    /// `session_state` (2): the frame's script computes the same. None for an app that has no origin, for it cannot
    /// ask the frame either.
    pub fn session_state(&self) -> Option<String> {
        let origin = Url::parse(self.redirect_uri).ok()?.origin();
        if !origin.is_tuple() {
            return None;
        }
        let (origin, salt) = (origin.ascii_serialization(), self.salt);
        let text = format!("{} {origin} {} {salt}", self.client_id, self.browser_state);
        let mut state = String::with_capacity(65 + salt.len());
        for byte in sha256(text.as_bytes()) {
            write!(state, "{byte:02x}").expect("a string takes any text");
        }
        Some(format!("{state}.{salt}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_the_same_everywhere_and_differs_for_each_session() {
        let of = |sid| browser_state(&[7; 32], sid);
        assert_eq!(of(None), of(None));
        assert_eq!(of(Some("s")), of(Some("s")));
        assert_ne!(of(Some("s")), of(None));
        assert_ne!(of(Some("s")), of(Some("t")));
        assert_ne!(of(None), browser_state(&[8; 32], None));
    }

    #[test]
    fn the_hash_is_of_client_origin_state_and_salt() {
        let told = |redirect_uri| {
            Told { client_id: "shop", redirect_uri, browser_state: "b", salt: "salt" }.session_state()
        };
        let state = told("https://shop.example/cb?x=1").unwrap();
        // printf 'shop https://shop.example b salt' | sha256sum
        let hash = "196bc91956b0873bc5a311c93a05850bf6b3724ba9e82ab1bee0c5cb69bbd7ae";
        assert_eq!(state, format!("{hash}.salt"));
        assert_eq!(told("https://shop.example:443/other").as_ref(), Some(&state));
        assert_ne!(told("https://shop.example:8443/cb").as_ref(), Some(&state));
        assert_eq!(told("com.example.shop:/cb"), None);
    }
}
