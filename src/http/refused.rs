//! What came in the name of a client and cannot be trusted, for the audit log: an administrator finds it there by the
//! request ID that the visitor was shown.

use super::client_address;
use crate::oidc::client::Client;
use crate::oidc::time::UnixTime;
use crate::store::audit::{self, Event};
use crate::store::throttles::{self, Counted, Limit};
use crate::store::{Db, Error};

/// Any stranger can cause these entries. From one network ten are kept, then one a minute; after a quiet minute ten
/// again.
const LIMIT: Limit = Limit { failures: 10, pause: 60, pause_max: 60, window: 60 };

/// The longest that is kept of one value. Addresses that long are rare, and the log is kept for good.
const LENGTH: usize = 1000;

pub const EVENT: &str = "request_refused";

pub struct Refused<'a> {
    /// Set where `client_id` names one.
    pub client: Option<&'a Client>,
    /// As they came.
    pub client_id: Option<&'a str>,
    pub redirect_uri: Option<&'a str>,
    /// What is wrong, without a full stop.
    pub reason: &'a str,
}

impl Refused<'_> {
    /// The entry, made from one that knows the request.
    pub fn event(&self, of_request: Event) -> Event {
        let client = match (self.client, self.client_id) {
            (Some(client), _) => format!("{} ({})", client.name, client.id),
            (None, Some(id)) => quoted(id),
            (None, None) => "An unnamed client".to_owned(),
        };
        let sent = self.redirect_uri.map_or_else(|| "no redirect_uri".to_owned(), quoted);
        Event {
            event: EVENT.to_owned(),
            detail: format!("{client}: {}. It sent {sent}", self.reason),
            client_id: self.client.map(|client| client.id.clone()),
            ..of_request
        }
    }
}

/// Adds an entry, unless too many came from its network.
pub fn note(db: &mut Db, event: &Event) -> Result<(), Error> {
    let network = client_address::network(event.address.parse().ok());
    let (name, now) = (format!("refused:{network}"), UnixTime(event.happened_at));
    // Under a flood nothing is written at all.
    if throttles::find(db, &name, now)?.paused_until.is_some() {
        return Ok(());
    }
    match throttles::note_failure(db, &name, &LIMIT, now)? {
        Counted::Now(_) => audit::add(db, event),
        Counted::Paused(_) => Ok(()),
    }
}

/// What a stranger sent, between quotation marks. What no redirect URI may have is spelled out, so that it is seen
/// and can be kept: PostgreSQL takes no NUL.
fn quoted(text: &str) -> String {
    let spelled =
        |c: char| if matches!(c, ' '..='~') { c.to_string() } else { c.escape_unicode().to_string() };
    let whole: String = text.chars().take(LENGTH + 1).map(spelled).collect();
    match whole.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("\"{}…\"", &whole[..end]),
        None => format!("\"{whole}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stranger_sent_is_seen_and_short() {
        assert_eq!(quoted("https://a.example/cb "), "\"https://a.example/cb \"");
        assert_eq!(quoted("a\0\u{202e}é"), "\"a\\u{0}\\u{202e}\\u{e9}\"");
        assert_eq!(quoted(&"x".repeat(LENGTH)).chars().count(), LENGTH + 2);
        for long in ["x", "é"] {
            let kept = quoted(&long.repeat(5000));
            assert!(kept.ends_with("…\"") && kept.chars().count() == LENGTH + 3, "{kept}");
        }
    }
}
