//! The one door to the time, so that tests can move it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::oidc::time::UnixTime;

/// Tells the time: the system's, or one that a test sets.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    #[default]
    System,
    /// Stands still until somebody stores another second in it.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `seconds` since 1970, with the handle that moves it.
    pub fn fixed(seconds: i64) -> (Self, Arc<AtomicI64>) {
        let hand = Arc::new(AtomicI64::new(seconds));
        (Self::Fixed(hand.clone()), hand)
    }

    pub fn now(&self) -> UnixTime {
        match self {
            Self::System => system_now(),
            Self::Fixed(hand) => UnixTime(hand.load(Ordering::Relaxed)),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the door")]
fn system_now() -> UnixTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixTime(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
