//! How one value is read, shown and described.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// What may stand behind a key.
pub(super) trait Form {
    type Value;

    /// The error says what is wrong with the text, and repeats it only if it cannot be secret.
    fn read(&self, text: &str) -> Result<Self::Value, String>;

    /// As TOML writes it; none when it is not set.
    fn show(&self, value: &Self::Value) -> Option<String>;

    /// Ends the sentence "write …".
    fn describe(&self) -> String;

    /// Whether TOML may give a list.
    fn is_list(&self) -> bool {
        false
    }
}

/// A form made of plain functions.
pub(super) struct Plain<T> {
    pub(super) read: fn(&str) -> Result<T, String>,
    pub(super) show: fn(&T) -> String,
    pub(super) describe: &'static str,
}

impl<T> Form for Plain<T> {
    type Value = T;

    fn read(&self, text: &str) -> Result<T, String> {
        (self.read)(text)
    }

    fn show(&self, value: &T) -> Option<String> {
        Some((self.show)(value))
    }

    fn describe(&self) -> String {
        self.describe.to_owned()
    }
}

/// May be left out, or empty.
pub(super) struct Optional<F>(pub(super) F);

impl<F: Form> Form for Optional<F> {
    type Value = Option<F::Value>;

    fn read(&self, text: &str) -> Result<Self::Value, String> {
        if text.is_empty() { Ok(None) } else { self.0.read(text).map(Some) }
    }

    fn show(&self, value: &Self::Value) -> Option<String> {
        value.as_ref().and_then(|value| self.0.show(value))
    }

    fn describe(&self) -> String {
        self.0.describe()
    }
}

/// Seconds, bare or with a unit.
pub(super) struct Seconds(pub(super) RangeInclusive<i64>);

pub(super) const MINUTE: i64 = 60;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;
const UNITS: [(&str, i64); 4] = [("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", 1)];

impl Form for Seconds {
    type Value = i64;

    fn read(&self, text: &str) -> Result<i64, String> {
        let (digits, unit) = UNITS
            .iter()
            .find_map(|(suffix, unit)| Some((text.strip_suffix(suffix)?, *unit)))
            .unwrap_or((text, 1));
        let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let number: Option<i64> = digits.parse().ok().filter(|_| is_number);
        let seconds = number
            .and_then(|number| number.checked_mul(unit))
            .ok_or_else(|| format!("{text:?} is not a time"))?;
        within(&self.0, seconds, text)
    }

    fn show(&self, value: &i64) -> Option<String> {
        Some(quoted(&time(*value)))
    }

    fn describe(&self) -> String {
        format!(
            "a time from {} to {}, in seconds or with s, m, h or d",
            time(*self.0.start()),
            time(*self.0.end())
        )
    }
}

/// A time in seconds, written as settings write it: `30d`.
pub fn seconds(text: &str, range: RangeInclusive<i64>) -> Result<i64, String> {
    let form = Seconds(range);
    form.read(text).map_err(|error| format!("{error}; write {}", form.describe()))
}

/// In the largest unit that leaves no rest.
fn time(seconds: i64) -> String {
    UNITS
        .iter()
        .find(|(_, unit)| seconds != 0 && seconds % unit == 0)
        .map_or_else(|| format!("{seconds}s"), |(suffix, unit)| format!("{}{suffix}", seconds / unit))
}

/// A whole number.
pub(super) struct Number<T>(pub(super) RangeInclusive<T>);

impl<T: FromStr + PartialOrd + Display> Form for Number<T> {
    type Value = T;

    fn read(&self, text: &str) -> Result<T, String> {
        let number = text.parse().map_err(|_| format!("{text:?} is not a whole number in the range"))?;
        within(&self.0, number, text)
    }

    fn show(&self, value: &T) -> Option<String> {
        Some(value.to_string())
    }

    fn describe(&self) -> String {
        format!("a whole number from {} to {}", self.0.start(), self.0.end())
    }
}

fn within<T: PartialOrd>(range: &RangeInclusive<T>, value: T, text: &str) -> Result<T, String> {
    if value < *range.start() {
        return Err(format!("{text:?} is too small"));
    }
    if value > *range.end() {
        return Err(format!("{text:?} is too large"));
    }
    Ok(value)
}

/// A text as TOML writes it.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused<F: Form<Value: std::fmt::Debug>>(form: &F, text: &str) -> String {
        form.read(text).unwrap_err()
    }

    #[test]
    fn times_take_a_unit() {
        let form = Seconds(0..=365 * DAY);
        for (text, seconds) in
            [("90", 90), ("90s", 90), ("2m", 120), ("3h", 10_800), ("14d", 1_209_600), ("0", 0)]
        {
            assert_eq!(form.read(text), Ok(seconds), "{text}");
        }
        for text in ["", "s", "-1", "+1", "1.5h", "1 d", "1w", "9999999999999999999", "9223372036854775807d"]
        {
            assert!(refused(&form, text).contains("not a time"), "{text}");
        }
        assert!(refused(&form, "366d").contains("too large"));
        assert!(refused(&Seconds(5..=6), "4").contains("too small"));
    }

    #[test]
    fn times_are_shown_in_their_largest_unit() {
        let shown = |seconds| Seconds(0..=DAY).show(&seconds).unwrap();
        assert_eq!(shown(0), "\"0s\"");
        assert_eq!(shown(90), "\"90s\"");
        assert_eq!(shown(120), "\"2m\"");
        assert_eq!(shown(DAY), "\"1d\"");
    }

    #[test]
    fn numbers_keep_their_range() {
        let form = Number(1..=8_u32);
        assert_eq!(form.read("8"), Ok(8));
        for text in ["0", "9", "-1", "1.0", "", "4294967297"] {
            assert!(form.read(text).is_err(), "{text}");
        }
    }
}
