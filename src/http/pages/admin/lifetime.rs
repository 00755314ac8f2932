//! How long things last, as people write it.

use serde::Serialize;

use crate::http::pages::Choice;
use crate::oidc::client::Lifetimes;

/// Units of a lifetime, as the form names them, with their seconds.
pub const UNITS: [(&str, i64); 4] = [("seconds", 1), ("minutes", 60), ("hours", 3600), ("days", 86_400)];

/// A number and its unit, as typed. The empty number follows the server.
#[derive(Clone, Debug, Serialize)]
pub struct Lifetime {
    pub value: String,
    pub unit: String,
    /// What the server does without one: `10 minutes`.
    pub default: String,
}

impl Lifetime {
    /// What a client has: its own lifetime, or the server's.
    pub fn of(own: Option<i64>, default: i64) -> Self {
        let (value, unit) = parts(own.unwrap_or(default));
        Self {
            value: own.map(|_| value.to_string()).unwrap_or_default(),
            unit: unit.to_owned(),
            default: span(default),
        }
    }

    /// The seconds that were typed; says how to mend it if they cannot be read.
    pub fn seconds(&self) -> Result<Option<i64>, String> {
        let value = self.value.trim();
        if value.is_empty() {
            return Ok(None);
        }
        let unit = UNITS.iter().find(|(name, _)| *name == self.unit).map(|(_, seconds)| *seconds);
        let number = value.parse::<i64>().ok().filter(|number| *number > 0);
        let seconds = number.zip(unit).and_then(|(number, unit)| number.checked_mul(unit));
        let seconds = seconds.filter(|seconds| *seconds <= Lifetimes::LONGEST);
        seconds.map(Some).ok_or_else(|| "Write a whole number, at least 1 and at most ten years.".into())
    }

    /// The units to choose from.
    pub fn units() -> Vec<Choice> {
        UNITS.iter().map(|&(name, _)| Choice::new(name, name)).collect()
    }
}

/// `10 minutes`.
pub fn span(seconds: i64) -> String {
    let (value, unit) = parts(seconds);
    let unit = if value == 1 { unit.trim_end_matches('s') } else { unit };
    format!("{value} {unit}")
}

/// In the largest unit that leaves no rest.
fn parts(seconds: i64) -> (i64, &'static str) {
    let fits = |(_, unit): &&(&str, i64)| seconds != 0 && seconds % unit == 0;
    let (name, unit) = UNITS.iter().rev().find(fits).unwrap_or(&UNITS[0]);
    (seconds / unit, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_the_largest_unit_without_rest() {
        for (seconds, text) in [
            (60, "1 minute"),
            (90, "90 seconds"),
            (600, "10 minutes"),
            (3600, "1 hour"),
            (7_776_000, "90 days"),
            (0, "0 seconds"),
        ] {
            assert_eq!(span(seconds), text);
        }
    }

    #[test]
    fn what_is_shown_reads_back_as_the_same_time() {
        for own in [None, Some(60), Some(86_399), Some(30 * 86_400)] {
            assert_eq!(Lifetime::of(own, 600).seconds(), Ok(own));
        }
    }

    #[test]
    fn a_time_that_is_no_time_is_refused() {
        for (value, unit) in
            [("0", "days"), ("-1", "days"), ("1.5", "days"), ("1", "years"), ("9999", "days")]
        {
            let typed = Lifetime { value: value.into(), unit: unit.into(), default: String::new() };
            assert!(typed.seconds().is_err(), "{value} {unit}");
        }
    }
}
