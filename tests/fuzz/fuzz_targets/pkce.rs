//! Challenge, method and verifier, parted by line breaks: only the verifier whose SHA-256 is the challenge is good.
#![no_main]

use cardea::oidc::pkce::{Challenge, verify};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut parts = text.splitn(3, '\n');
    let (challenge, method, verifier) = (parts.next(), parts.next(), parts.next());
    let Ok(checked) = Challenge::check(challenge, method, false) else { return };
    let Some(checked) = checked else {
        assert!(challenge.is_none());
        return;
    };
    assert_eq!(method, Some("S256"));
    assert!(verify(Some(&checked), None).is_err());
    // Nobody finds a verifier for a challenge; least of all this.
    assert!(verify(Some(&checked), verifier).is_err(), "{verifier:?}");
    if let Some(verifier) = verifier {
        assert!(verify(None, Some(verifier)).is_err());
    }
});
