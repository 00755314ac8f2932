//! Two texts, parted by a line break, as a registered URI and the one of a request: nothing matches but the same
//! text, the same loopback URI at another port, or one more label where a wildcard stands.
#![no_main]

use cardea::oidc::redirect_uri::{
    ApplicationType, check, fits_wildcard, form_action, is_claimed_by_nobody, matches,
};
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|text: &str| {
    let (registered, given) = text.split_once('\n').unwrap_or((text, text));
    if check(registered, false, false).is_ok() {
        assert!(
            check(registered, true, false).is_ok(),
            "a confidential client may have what a public one may"
        );
        assert!(check(registered, false, true).is_ok(), "a wildcard is let in, and nothing is kept out");
        assert!(!registered.contains(['#', '*', ' ', '\\']));
        assert!(!registered.to_ascii_lowercase().starts_with("javascript:"));
        assert!(form_action(registered).is_some_and(|origin| origin.bytes().all(|b| b.is_ascii_graphic())));
        is_claimed_by_nobody(registered);
    }
    assert_eq!(matches(registered, given, ApplicationType::Web), registered == given);
    if matches(registered, given, ApplicationType::Native) && registered != given {
        let host =
            |uri: &str| ["http://127.0.0.1", "http://[::1]"].into_iter().find(|start| uri.starts_with(start));
        let (own, other) =
            (host(registered).expect("a loopback host"), host(given).expect("a loopback host"));
        assert_eq!(own, other);
        let path = |uri: &str| {
            uri[own.len()..].trim_start_matches(|c: char| c == ':' || c.is_ascii_digit()).to_owned()
        };
        assert_eq!(path(registered), path(given));
    }
    if check(registered, true, true).is_ok() && fits_wildcard(registered, given) {
        let (start, end) = registered.split_once('*').expect("a wildcard");
        let label =
            given.strip_prefix(start).and_then(|rest| rest.strip_suffix(end)).expect("the rest is the same");
        assert!(
            label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && !label.is_empty(),
            "{label}"
        );
        // Whoever reads both as URLs finds them at the same domain.
        let domain = |uri: &str| Some(Url::parse(uri).ok()?.host_str()?.split_once('.')?.1.to_owned());
        assert!(domain(given).is_none_or(|other| Some(other) == domain(registered)), "{given}");
    }
});
