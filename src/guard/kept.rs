//! What is known of tokens for a while. It spares requests and guards nothing, so each node may have its own.

use std::collections::{HashMap, VecDeque};

use crate::oidc::time::UnixTime;

/// Values by the hash of their token; when there is no room, the oldest goes.
pub(super) struct Kept<V> {
    room: usize,
    entries: HashMap<String, Entry<V>>,
    /// In the order in which they came.
    order: VecDeque<String>,
}

struct Entry<V> {
    value: V,
    since: UnixTime,
    until: UnixTime,
}

/// From when, and until before when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub since: UnixTime,
    pub until: UnixTime,
}

impl<V: Clone> Kept<V> {
    pub fn with_room(room: usize) -> Self {
        Self { room, entries: HashMap::new(), order: VecDeque::new() }
    }

    /// A clock that was set back finds nothing.
    pub fn find(&self, hash: &str, now: UnixTime) -> Option<V> {
        let entry = self.entries.get(hash)?;
        (entry.since <= now && now < entry.until).then(|| entry.value.clone())
    }

    pub fn keep(&mut self, hash: &str, value: V, Span { since, until }: Span) {
        if until <= since || self.room == 0 {
            return;
        }
        if self.entries.insert(hash.to_owned(), Entry { value, since, until }).is_none() {
            self.order.push_back(hash.to_owned());
        }
        if self.order.len() > self.room {
            self.order.pop_front().and_then(|oldest| self.entries.remove(&oldest));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(since: i64, until: i64) -> Span {
        Span { since: UnixTime(since), until: UnixTime(until) }
    }

    #[test]
    fn it_is_forgotten_in_time() {
        let mut kept = Kept::with_room(4);
        kept.keep("a", 1, span(10, 20));
        let find = |kept: &Kept<i32>, now| kept.find("a", UnixTime(now));
        assert_eq!([9, 10, 19, 20].map(|now| find(&kept, now)), [None, Some(1), Some(1), None]);
        kept.keep("b", 2, span(10, 10));
        assert_eq!(kept.find("b", UnixTime(10)), None);
        kept.keep("a", 3, span(20, 30));
        assert_eq!((find(&kept, 25), kept.order.len()), (Some(3), 1));
    }

    #[test]
    fn the_oldest_makes_room() {
        let mut kept = Kept::with_room(2);
        for (number, hash) in ["a", "b", "c"].into_iter().enumerate() {
            kept.keep(hash, number, span(0, 10));
        }
        let found = ["a", "b", "c"].map(|hash| kept.find(hash, UnixTime(1)));
        assert_eq!(found, [None, Some(1), Some(2)]);
        assert_eq!((kept.entries.len(), kept.order.len()), (2, 2));
    }
}
