//! The lives of signing keys drawn over six months: positions in per cent, so that it needs no style.

use chrono::{DateTime, Datelike, Months, NaiveDate};
use serde::Serialize;

use super::segment;
use crate::oidc::time::UnixTime;

/// A key as far as its life goes.
#[derive(Clone, Debug)]
pub struct KeyLife {
    pub kid: String,
    pub alg: String,
    /// `RS256 · 3072 bit`.
    pub detail: String,
    pub state: KeyState,
    pub is_imported: bool,
    pub created_at: UnixTime,
    /// When it began, or is planned to begin, to sign.
    pub signs_at: Option<UnixTime>,
    pub retired_at: Option<UnixTime>,
    pub removed_at: Option<UnixTime>,
}

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    Next,
    Signing,
    Retired,
    Removed,
}

/// What the schedule will do.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Seconds that a key signs; none where keys are rotated by hand.
    pub rotate_every: Option<i64>,
    /// Seconds for which a key verifies after it last signed.
    pub keep: i64,
}

#[derive(Clone, Debug, Serialize)]
pub struct Timeline {
    /// The months, each from where it begins.
    pub months: Vec<Month>,
    pub now: String,
    pub rows: Vec<TimelineRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Month {
    pub x: String,
    pub label: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct TimelineRow {
    pub kid: String,
    pub detail: String,
    pub state: KeyState,
    /// Its life in a sentence or two.
    pub say: String,
    pub bars: Vec<Bar>,
    /// Where the algorithm is rotated; for the key that signs.
    pub rotate_url: Option<String>,
    /// Where the key's life is cut short; for every key that is published.
    pub retire_url: Option<String>,
}

/// A part of a life, drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bar {
    pub part: Part,
    pub x: String,
    pub width: String,
    /// Empty where there is no room for it.
    pub label: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Published, waiting.
    Next,
    Sign,
    Verify,
}

/// From the first of the month two months ago, to the first four months ahead.
struct Window {
    start: UnixTime,
    end: UnixTime,
}

/// When each part of a life ends, or is planned to.
struct Course {
    signs_at: Option<UnixTime>,
    stops_at: Option<UnixTime>,
    removed_at: Option<UnixTime>,
}

impl Timeline {
    /// Draws `keys` in their order; `keys_url` is `/admin/keys`, whole.
    pub fn of(keys: &[KeyLife], plan: Plan, now: UnixTime, keys_url: &str) -> Self {
        let (window, months) = Window::around(now);
        let rows = keys.iter().filter_map(|key| {
            let course = Course::of(key, keys, plan);
            let is_past = course.removed_at.is_some_and(|at| at <= window.start);
            let published = key.state != KeyState::Removed;
            let url = |what: &str| format!("{keys_url}/{what}");
            (published || !is_past).then(|| TimelineRow {
                kid: key.kid.clone(),
                detail: key.detail.clone(),
                state: key.state,
                say: course.say(key, now),
                bars: course.bars(key, &window, now),
                rotate_url: (key.state == KeyState::Signing)
                    .then(|| url(&format!("rotate?alg={}", segment(&key.alg)))),
                retire_url: published.then(|| url(&format!("{}/retire", segment(&key.kid)))),
            })
        });
        Self { now: percent(window.place(now)), rows: rows.collect(), months }
    }
}

impl Course {
    fn of(key: &KeyLife, keys: &[KeyLife], plan: Plan) -> Self {
        let signs_at = key.signs_at.filter(|at| key.retired_at.is_none_or(|retired_at| *at < retired_at));
        let successor = || {
            let next = keys.iter().find(|other| other.state == KeyState::Next && other.alg == key.alg)?;
            next.signs_at
        };
        let in_turn = || Some(signs_at?.plus(plan.rotate_every?));
        let stops_at = match key.state {
            KeyState::Next => in_turn(),
            KeyState::Signing => successor().or_else(in_turn),
            KeyState::Retired | KeyState::Removed => key.retired_at.or(key.removed_at),
        };
        let removed_at = key.removed_at.or_else(|| Some(stops_at?.plus(plan.keep)));
        Self { signs_at, stops_at, removed_at }
    }

    fn bars(&self, key: &KeyLife, window: &Window, now: UnixTime) -> Vec<Bar> {
        let begins = key.created_at;
        let waits_until = self.signs_at.or(self.stops_at).unwrap_or(window.end);
        let stops = self.stops_at.unwrap_or(window.end);
        let day = |at: UnixTime| short_day(at, now);
        let sign_label = match (key.state, self.signs_at, self.stops_at) {
            (KeyState::Next, Some(at), _) => format!("Signs from {}", day(at)),
            (KeyState::Signing, _, Some(at)) => format!("Signing until {}", day(at)),
            (_, _, Some(at)) => format!("Until {}", day(at)),
            (..) => "Signing".into(),
        };
        let verify_label = self.removed_at.map(|at| format!("Until {}", day(at))).unwrap_or_default();
        // An imported key that never signed has only verified.
        let waits = !(key.is_imported && self.signs_at.is_none());
        [
            waits.then(|| window.bar(Part::Next, (begins, waits_until), String::new())),
            self.signs_at.map(|at| window.bar(Part::Sign, (at, stops), sign_label)),
            self.removed_at.map(|at| {
                let from = if waits { stops } else { begins };
                window.bar(Part::Verify, (from, at), verify_label)
            }),
        ]
        .into_iter()
        .flatten()
        .flatten()
        .collect()
    }

    fn say(&self, key: &KeyLife, now: UnixTime) -> String {
        let day = |at: UnixTime| long_day(at, now);
        let made = if key.is_imported { "Imported" } else { "Published" };
        let last = match self.removed_at {
            Some(at) if key.state == KeyState::Removed => format!(" Withdrawn {}.", day(at)),
            Some(at) => format!(" Verifies until {}.", day(at)),
            None => String::new(),
        };
        match (key.state, self.signs_at, self.stops_at) {
            (KeyState::Next, Some(from), _) => {
                format!("{made} {}. Signs from {}.", day(key.created_at), day(from))
            }
            (KeyState::Next, None, _) => format!("{made} {}. Waits to sign.", day(key.created_at)),
            (KeyState::Signing, from, until) => {
                let since = day(from.unwrap_or(key.created_at));
                let until = until.map(|at| format!(", until {}", day(at))).unwrap_or_default();
                format!("Signing since {since}{until}.{last}")
            }
            (_, Some(_), Some(at)) => format!("Signed until {}.{last}", day(at)),
            (..) => format!("{made} {}, never signed here.{last}", day(key.created_at)),
        }
    }
}

impl Window {
    fn around(now: UnixTime) -> (Self, Vec<Month>) {
        let today = DateTime::from_timestamp(now.0, 0).unwrap_or_default().date_naive();
        let first = today.with_day(1).expect("every month has a first") - Months::new(2);
        let month = |ahead: u32| first + Months::new(ahead);
        let window = Self { start: midnight(month(0)), end: midnight(month(6)) };
        let months = (0..6).map(|ahead| Month {
            x: percent(window.place(midnight(month(ahead)))),
            label: month(ahead).format("%b").to_string(),
        });
        let months = months.collect();
        (window, months)
    }

    /// From 0 at the left to 1 at the right.
    fn place(&self, at: UnixTime) -> f64 {
        (at.since(self.start) as f64 / self.end.since(self.start) as f64).clamp(0.0, 1.0)
    }

    /// The part of `span` that lies in the window, if any does.
    fn bar(&self, part: Part, span: (UnixTime, UnixTime), label: String) -> Option<Bar> {
        let (from, until) = (self.place(span.0), self.place(span.1));
        // What lasts only minutes is still seen.
        let width = (until - from).max(0.006);
        let is_inside = span.0 < span.1 && span.1 > self.start && span.0 < self.end;
        is_inside.then(|| Bar {
            part,
            x: percent(from),
            width: percent(width),
            label: if width > label.chars().count() as f64 * 0.0095 { label } else { String::new() },
        })
    }
}

fn midnight(date: NaiveDate) -> UnixTime {
    UnixTime(date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp())
}

fn percent(part: f64) -> String {
    format!("{:.1}%", part * 100.0)
}

/// `26 Nov`, with the year where it is another.
fn short_day(at: UnixTime, now: UnixTime) -> String {
    dated(at, now, ["%-d %b", "%-d %b %Y"])
}

/// `26 November`, with the year where it is another.
fn long_day(at: UnixTime, now: UnixTime) -> String {
    dated(at, now, ["%-d %B", "%-d %B %Y"])
}

fn dated(at: UnixTime, now: UnixTime, [near, far]: [&str; 2]) -> String {
    let date = |time: UnixTime| DateTime::from_timestamp(time.0, 0).unwrap_or_default();
    let format = if date(at).year() == date(now).year() { near } else { far };
    date(at).format(format).to_string()
}

#[cfg(test)]
mod tests;
