//! What several targets look at.

use cardea::oidc::error::Refusal;
use cardea::oidc::response::{Delivery, ReplyTo};

/// A refusal leads only where `may_reply_to` says, and says nothing that the alphabet of RFC 6749 lacks.
pub fn told_safely(refusal: &Refusal, issuer: &str, may_reply_to: impl Fn(&ReplyTo) -> bool) {
    let is_allowed = |b: u8| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\';
    assert!(refusal.description.bytes().all(is_allowed), "{refusal:?}");
    let Some(reply_to) = &refusal.reply_to else { return };
    assert!(may_reply_to(reply_to), "{refusal:?}");
    match reply_to.refuse(refusal, issuer) {
        Delivery::Redirect(location) => {
            assert!(location.starts_with(&reply_to.redirect_uri));
            assert!(location.bytes().all(|b| b.is_ascii_graphic()), "{location}");
        }
        Delivery::FormPost { action, .. } => assert_eq!(action, reply_to.redirect_uri),
    }
}
