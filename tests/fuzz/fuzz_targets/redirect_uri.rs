//! Two texts, parted by a line break, as a registered URI and the one of a request: nothing matches but the same
//! text, or the same loopback URI at another port.
#![no_main]

use cardea::oidc::redirect_uri::{ApplicationType, check, form_action, is_claimed_by_nobody, matches};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (registered, given) = text.split_once('\n').unwrap_or((text, text));
    let is_good = check(registered, false).is_ok();
    if is_good {
        assert!(check(registered, true).is_ok(), "a confidential client may have what a public one may");
        assert!(!registered.contains(['#', '*', ' ', '\\']));
        assert!(!registered.to_ascii_lowercase().starts_with("javascript:"));
        assert!(form_action(registered).is_some_and(|origin| origin.bytes().all(|b| b.is_ascii_graphic())));
        is_claimed_by_nobody(registered);
    }
    assert_eq!(matches(registered, given, ApplicationType::Web), registered == given);
    if matches(registered, given, ApplicationType::Native) && registered != given {
        let host = |uri: &str| ["http://127.0.0.1", "http://[::1]"].into_iter().find(|start| uri.starts_with(start));
        let (own, other) = (host(registered).expect("a loopback host"), host(given).expect("a loopback host"));
        assert_eq!(own, other);
        let path = |uri: &str| uri[own.len()..].trim_start_matches(|c: char| c == ':' || c.is_ascii_digit()).to_owned();
        assert_eq!(path(registered), path(given));
    }
});
