//! How long documents are kept, and how seldom their owners are asked.

use std::time::Duration;

use cardea::oidc::time::UnixTime;
use cardea::outbound::cache::Cache;
use cardea::outbound::{Fault, Outbound, Wanted};

use super::options;
use crate::support::{NOW, Remote, Reply, block_on};

struct Kept {
    remote: Remote,
    cache: Cache<String>,
}

impl Kept {
    /// `/jwks` answers with the number of the request; `bad` in a body is what nobody can parse.
    fn new() -> Self {
        let remote = Remote::start();
        let cache = Cache::new(Outbound::new(&options(&remote)).unwrap(), Wanted::KEY_SET, |fetched| {
            let text = String::from_utf8_lossy(&fetched.body).into_owned();
            if text == "bad" { Err("it is bad".into()) } else { Ok(text) }
        });
        let kept = Self { remote, cache };
        kept.answers(200);
        kept
    }

    fn answers(&self, status: u16) {
        self.answers_with(move |number| Reply::new(status, "application/json", number.to_string()));
    }

    fn answers_with(&self, reply: impl Fn(usize) -> Reply + Send + Sync + 'static) {
        let number = std::sync::atomic::AtomicUsize::new(self.asked());
        self.remote
            .handle("/jwks", move |_| reply(number.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1));
    }

    fn asked(&self) -> usize {
        self.remote.requests().len()
    }

    fn get_fresh(&self, now: UnixTime) -> Result<String, Fault> {
        let got = block_on(self.cache.get_fresh(&self.remote.url("/jwks"), now));
        got.map(|text| text.to_string()).map_err(|error| error.fault)
    }

    fn refetch(&self, now: UnixTime) -> Result<String, Fault> {
        let got = block_on(self.cache.refetch(&self.remote.url("/jwks"), now));
        got.map(|text| text.to_string()).map_err(|error| error.fault)
    }
}

#[test]
fn a_document_serves_until_it_is_too_old() {
    let kept = Kept::new();
    for seconds in [0, 1, 599] {
        assert_eq!(kept.get_fresh(NOW.plus(seconds)).unwrap(), "1");
    }
    assert_eq!(kept.get_fresh(NOW.plus(600)).unwrap(), "2");
    assert_eq!(kept.get_fresh(NOW.minus(600)).unwrap(), "3", "the clock was set back");
    assert_eq!(kept.asked(), 3);
}

#[test]
fn its_owner_says_how_long_within_bounds() {
    for (header, lasts) in [("max-age=60", 60), ("no-store", 10), ("max-age=99999999", 24 * 3600)] {
        let kept = Kept::new();
        kept.answers_with(move |number| {
            Reply::new(200, "application/json", number.to_string()).header("Cache-Control", header)
        });
        assert_eq!(kept.get_fresh(NOW).unwrap(), "1");
        assert_eq!(kept.get_fresh(NOW.plus(lasts - 1)).unwrap(), "1", "{header}");
        assert_eq!(kept.get_fresh(NOW.plus(lasts)).unwrap(), "2", "{header}");
    }
}

// Conformance: X-5
#[test]
fn a_refetch_asks_at_once_and_not_again_for_three_seconds() {
    let kept = Kept::new();
    assert_eq!(kept.get_fresh(NOW).unwrap(), "1");
    assert_eq!(kept.refetch(NOW.plus(2)).unwrap(), "1", "it was fetched a moment ago");
    assert_eq!(kept.refetch(NOW.plus(3)).unwrap(), "2");
    assert_eq!(kept.refetch(NOW.plus(5)).unwrap(), "2");
    assert_eq!(kept.get_fresh(NOW.plus(500)).unwrap(), "2");
    assert_eq!(kept.asked(), 2);
}

#[test]
fn a_failure_is_remembered_for_a_moment() {
    let kept = Kept::new();
    kept.answers(500);
    for seconds in [0, 9] {
        assert_eq!(kept.get_fresh(NOW.plus(seconds)), Err(Fault::Status(500)));
    }
    assert_eq!(kept.refetch(NOW.plus(2)), Err(Fault::Status(500)));
    assert_eq!(kept.asked(), 1);

    kept.answers_with(|_| Reply::new(200, "application/json", "bad"));
    assert_eq!(kept.get_fresh(NOW.plus(10)), Err(Fault::Content("it is bad".into())));
    kept.answers(200);
    assert_eq!(kept.refetch(NOW.plus(13)).unwrap(), "3");
    assert_eq!(kept.get_fresh(NOW.plus(14)).unwrap(), "3");
}

#[test]
fn an_old_document_outlasts_its_owners_failure_by_an_hour() {
    let kept = Kept::new();
    assert_eq!(kept.get_fresh(NOW).unwrap(), "1");
    kept.answers(503);
    let over = NOW.plus(600);
    assert_eq!(kept.get_fresh(over).unwrap(), "1");
    assert_eq!(kept.get_fresh(over.plus(9)).unwrap(), "1");
    assert_eq!(kept.asked(), 2);
    assert_eq!(kept.refetch(over.plus(9)), Err(Fault::Status(503)), "who wants a newer one is told");
    assert_eq!(kept.get_fresh(over.plus(3599)).unwrap(), "1");
    assert_eq!(kept.get_fresh(over.plus(3600)), Err(Fault::Status(503)));
}

#[test]
fn callers_at_the_same_time_share_one_request() {
    let kept = Kept::new();
    let slow = |number: usize| Reply::new(200, "application/json", number.to_string());
    kept.answers_with(move |number| slow(number).after(Duration::from_millis(300)));
    let url = kept.remote.url("/jwks");
    let (cache, url) = (&kept.cache, &url);
    let all = block_on(async {
        let fresh = futures_util::future::join_all((0..20).map(|_| cache.get_fresh(url, NOW)));
        let newest = futures_util::future::join_all((0..20).map(|_| cache.refetch(url, NOW)));
        let (fresh, newest) = tokio::join!(fresh, newest);
        [fresh, newest].concat()
    });
    assert!(all.iter().all(|got| got.as_ref().is_ok_and(|text| **text == "1")), "{all:?}");
    assert_eq!(kept.asked(), 1);
}

#[test]
fn a_caller_who_goes_away_takes_nothing_along() {
    let kept = Kept::new();
    kept.answers_with(|number| {
        Reply::new(200, "application/json", number.to_string()).after(Duration::from_millis(500))
    });
    let url = kept.remote.url("/jwks");
    let got = block_on(async {
        let gone = tokio::time::timeout(Duration::from_millis(100), kept.cache.get_fresh(&url, NOW)).await;
        assert!(gone.is_err());
        kept.cache.get_fresh(&url, NOW.plus(30)).await
    });
    assert_eq!(*got.unwrap(), "1");
    assert_eq!(kept.asked(), 1);
}

#[test]
fn the_document_that_was_not_asked_for_longest_makes_room() {
    let kept = Kept::new();
    let get = |number: usize| {
        let path = format!("/{number}");
        kept.remote.answer(&path, 200, "application/json", number.to_string());
        assert_eq!(
            *block_on(kept.cache.get_fresh(&kept.remote.url(&path), NOW)).unwrap(),
            number.to_string()
        );
    };
    (0..256).for_each(get);
    assert_eq!(kept.asked(), 256);
    get(0);
    assert_eq!(kept.asked(), 256);
    get(256);
    get(0);
    assert_eq!(kept.asked(), 257, "the first was used again, so the second made room");
    get(1);
    assert_eq!(kept.asked(), 258);
}
