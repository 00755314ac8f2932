//! Documents of others that are needed again and again, such as the key set behind a `jwks_uri`.
//!
//! Each URL is asked by one caller at a time, the others share what comes of it, and never more often than
//! [`THROTTLE`] says. A cache spares requests and guards nothing, so each node may have its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Error, Fault, Fetched, Outbound, Result, Wanted};
use crate::oidc::time::UnixTime;

/// How long a document serves whose owner does not say.
const LASTS: i64 = 10 * 60;
/// Owners may ask for less or more, within these.
const LASTS_AT_LEAST: i64 = 10;
const LASTS_AT_MOST: i64 = 24 * 3600;
/// How long an old document goes on serving while its owner fails to give a new one.
const OUTLASTS: i64 = 3600;
/// Seconds before [`Cache::refetch`] asks again.
const THROTTLE: i64 = 3;
/// Seconds before [`Cache::get_fresh`] asks again where nothing came of it.
const GIVEN_UP: i64 = 10;
/// Documents at most; the one that was not asked for longest makes room.
const ROOM: usize = 256;

/// Makes what is kept of an answer with status 200; the error says in a few words what is wrong with it.
pub type Parse<T> = fn(&Fetched) -> std::result::Result<T, String>;

/// Documents by their URL.
pub struct Cache<T> {
    outbound: Outbound,
    wanted: Wanted,
    parse: Parse<T>,
    shelf: Mutex<Shelf<T>>,
}

struct Shelf<T> {
    entries: HashMap<String, Entry<T>>,
    /// Counts how often anything was asked for, to tell what was not for long.
    uses: u64,
}

struct Entry<T> {
    used: u64,
    slot: Arc<Slot<T>>,
}

/// What is known of one URL.
struct Slot<T> {
    /// Held by whoever asks.
    turn: Arc<tokio::sync::Mutex<()>>,
    known: Mutex<Known<T>>,
}

struct Known<T> {
    document: Option<Document<T>>,
    /// When the last attempt began, and what went wrong if something did.
    tried: Option<(UnixTime, Option<Error>)>,
    /// Counts those too that found no place; see [`Known::tried`].
    attempts: u64,
}

struct Document<T> {
    value: Arc<T>,
    fetched_at: UnixTime,
    lasts: i64,
}

impl<T: Send + Sync + 'static> Cache<T> {
    pub fn new(outbound: Outbound, wanted: Wanted, parse: Parse<T>) -> Self {
        let shelf = Mutex::new(Shelf { entries: HashMap::new(), uses: 0 });
        Self { outbound, wanted, parse, shelf }
    }

    /// The document, fetched if there is none or it is too old. While its owner fails, an old one serves for an hour.
    pub async fn get_fresh(&self, url: &str, now: UnixTime) -> Result<Arc<T>> {
        let slot = self.slot(url);
        let answer = slot.known().at_hand(now);
        match answer {
            Some(answer) => answer,
            None => match self.fetch(&slot, url, now).await {
                Ok(value) => Ok(value),
                Err(error) => slot.known().outlasting(now).ok_or(error),
            },
        }
    }

    /// The document as it is now, for who misses something in the one at hand, such as a `kid`. Within three seconds
    /// after the last attempt nobody is asked, and what came of that one is given again.
    pub async fn refetch(&self, url: &str, now: UnixTime) -> Result<Arc<T>> {
        let slot = self.slot(url);
        let answer = slot.known().just_tried(now);
        match answer {
            Some(answer) => answer,
            None => self.fetch(&slot, url, now).await,
        }
    }

    async fn fetch(&self, slot: &Arc<Slot<T>>, url: &str, now: UnixTime) -> Result<Arc<T>> {
        let attempts = slot.known().attempts;
        let turn = slot.turn.clone().lock_owned().await;
        // Somebody has asked while this caller waited.
        if let Some(outcome) = slot.known().outcome_after(attempts) {
            return outcome;
        }
        let (outbound, wanted, parse) = (self.outbound.clone(), self.wanted, self.parse);
        let (slot, url) = (slot.clone(), url.to_owned());
        // A task of its own, for who waits with this caller shall not lose the answer when this one goes away.
        let asking = tokio::spawn(async move {
            let fetched = outbound.get(&url, wanted).await.and_then(Fetched::success);
            let outcome = fetched.and_then(|fetched| {
                let value = parse(&fetched).map_err(|why| Error::new(&fetched.host, Fault::Content(why)))?;
                Ok((Arc::new(value), fetched.max_age))
            });
            let outcome = slot.known().note(now, outcome);
            drop(turn);
            outcome
        });
        asking.await.unwrap_or_else(|error| Err(Error::new("", Fault::Broken(error.to_string()))))
    }

    /// Makes room for what is new.
    fn slot(&self, url: &str) -> Arc<Slot<T>> {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.uses += 1;
        let used = shelf.uses;
        if let Some(entry) = shelf.entries.get_mut(url) {
            entry.used = used;
            return entry.slot.clone();
        }
        if shelf.entries.len() >= ROOM {
            let oldest = shelf.entries.iter().min_by_key(|(_, entry)| entry.used).map(|(url, _)| url.clone());
            oldest.and_then(|url| shelf.entries.remove(&url));
        }
        let slot = Arc::new(Slot { turn: Arc::default(), known: Mutex::new(Known::nothing()) });
        shelf.entries.insert(url.to_owned(), Entry { used, slot: slot.clone() });
        slot
    }
}

impl<T> Slot<T> {
    fn known(&self) -> MutexGuard<'_, Known<T>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Known<T> {
    const fn nothing() -> Self {
        Self { document: None, tried: None, attempts: 0 }
    }

    /// What needs no question: a document that is not too old, or that nobody answered a moment ago.
    fn at_hand(&self, now: UnixTime) -> Option<Result<Arc<T>>> {
        let document = self.document.as_ref();
        if let Some(fresh) = document.filter(|document| lies_within(document.lasts, document.fetched_at, now))
        {
            return Some(Ok(fresh.value.clone()));
        }
        let (_, error) = self.tried().filter(|(at, _)| lies_within(GIVEN_UP, *at, now))?;
        let error = error.as_ref()?;
        Some(self.outlasting(now).ok_or_else(|| error.clone()))
    }

    /// A document that is too old, but not by far.
    fn outlasting(&self, now: UnixTime) -> Option<Arc<T>> {
        let document = self.document.as_ref()?;
        let serves = lies_within(document.lasts + OUTLASTS, document.fetched_at, now);
        serves.then(|| document.value.clone())
    }

    fn just_tried(&self, now: UnixTime) -> Option<Result<Arc<T>>> {
        let (at, _) = self.tried()?;
        if lies_within(THROTTLE, *at, now) { self.outcome() } else { None }
    }

    /// The last attempt, unless nobody was asked for want of a place: those who waited with it share that, and who comes
    /// later tries anew.
    fn tried(&self) -> Option<&(UnixTime, Option<Error>)> {
        self.tried.as_ref().filter(|(_, error)| !error.as_ref().is_some_and(Error::is_busy))
    }

    fn outcome_after(&self, attempts: u64) -> Option<Result<Arc<T>>> {
        if self.attempts > attempts { self.outcome() } else { None }
    }

    /// What came of the last attempt.
    fn outcome(&self) -> Option<Result<Arc<T>>> {
        match self.tried.as_ref()? {
            (_, Some(error)) => Some(Err(error.clone())),
            (_, None) => self.document.as_ref().map(|document| Ok(document.value.clone())),
        }
    }

    fn note(&mut self, now: UnixTime, outcome: Result<(Arc<T>, Option<i64>)>) -> Result<Arc<T>> {
        self.attempts += 1;
        self.tried = Some((now, outcome.as_ref().err().cloned()));
        let (value, max_age) = outcome?;
        let lasts = max_age.unwrap_or(LASTS).clamp(LASTS_AT_LEAST, LASTS_AT_MOST);
        self.document = Some(Document { value: value.clone(), fetched_at: now, lasts });
        Ok(value)
    }
}

/// Whether `now` is less than `seconds` after `start`; a clock that was set back counts as neither.
fn lies_within(seconds: i64, start: UnixTime, now: UnixTime) -> bool {
    (0..seconds).contains(&now.since(start))
}
