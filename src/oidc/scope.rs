//! Scope values (RFC 6749 3.3).

use std::collections::HashSet;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A set of scope values in the order in which they came, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope(Vec<String>);

impl Scope {
    pub const OPENID: &'static str = "openid";
    pub const OFFLINE_ACCESS: &'static str = "offline_access";
    /// Lets its bearer ask about tokens (RFC 7662 2.1). Only clients can have it, for themselves.
    pub const TOKEN_INTROSPECTION: &'static str = "token_introspection";

    /// Reads a list parted by blanks; `None` where a value has a character that RFC 6749 3.3 does not allow.
    pub fn parse(text: &str) -> Option<Self> {
        let values = text.split_ascii_whitespace();
        if !values.clone().all(is_token) {
            return None;
        }
        // Whoever sends this may send very many.
        let mut known = HashSet::new();
        Some(Self(values.filter(|value| known.insert(*value)).map(str::to_owned).collect()))
    }

    pub fn contains(&self, value: &str) -> bool {
        self.0.iter().any(|own| own == value)
    }

    /// Whether every value of this scope is in `other`.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.iter().all(|value| other.contains(value))
    }

    /// Whether it has the same values, in whatever order.
    pub fn is_same(&self, other: &Self) -> bool {
        self.is_within(other) && other.is_within(self)
    }

    #[must_use]
    pub fn without(&self, value: &str) -> Self {
        Self(self.iter().filter(|own| *own != value).map(str::to_owned).collect())
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether `text` is one scope value (RFC 6749 3.3: `scope-token`).
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| matches!(c, '!'..='~') && c != '"' && c != '\\')
}

impl FromIterator<String> for Scope {
    fn from_iter<I: IntoIterator<Item = String>>(values: I) -> Self {
        let mut scope = Self::default();
        for value in values {
            if !scope.contains(&value) {
                scope.0.push(value);
            }
        }
        scope
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("scope has characters that are not allowed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_and_repetition_is_not() {
        let scope = Scope::parse(" openid  email openid ").unwrap();
        assert_eq!(scope.to_string(), "openid email");
    }

    #[test]
    fn a_list_as_long_as_a_body_may_be_is_read_in_time() {
        let text: String = (0..80_000).map(|n| format!("{n:x} ")).collect();
        let start = std::time::Instant::now();
        let scope = Scope::parse(&(text.clone() + &text)).unwrap().without("0");
        assert_eq!(scope.iter().count(), 79_999);
        // Each value compared with each would take a hundred times as long.
        assert!(start.elapsed() < std::time::Duration::from_secs(20));
    }

    #[test]
    fn values_outside_the_alphabet_are_no_scope() {
        assert_eq!(Scope::parse("openid \"mail\""), None);
        assert_eq!(Scope::parse("openid é"), None);
        assert!(["", "two words", "back\\slash", "é"].iter().all(|text| !is_token(text)));
        assert!(is_token("https://berths.harbour.example/read"));
    }

    #[test]
    fn a_part_lies_within_the_whole_and_not_the_reverse() {
        let whole = Scope::parse("openid email").unwrap();
        let part = whole.without("email");
        assert!(part.is_within(&whole));
        assert!(!whole.is_within(&part));
    }
}
