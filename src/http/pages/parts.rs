//! Small pieces that many pages share.

use std::collections::BTreeMap;

use chrono::DateTime;
use serde::Serialize;

use crate::oidc::time::UnixTime;

/// The round mark of a person or the square mark of an app.
#[derive(Clone, Debug, Serialize)]
pub struct Avatar {
    pub initials: String,
    /// One of the five colours of the style sheet.
    pub tone: u8,
    /// The whole address of a picture, shown instead of the initials.
    pub image: Option<String>,
}

impl Avatar {
    /// Initials and a colour that stay the same for the same name.
    pub fn of(name: &str) -> Self {
        let words: Vec<&str> = name.split_whitespace().collect();
        let initials = match words[..] {
            [one] => one.chars().take(2).collect(),
            _ => words
                .iter()
                .filter_map(|word| word.chars().next())
                .take(2)
                .flat_map(char::to_uppercase)
                .collect(),
        };
        let sum: u32 = name.bytes().map(u32::from).sum();
        Self { initials, tone: u8::try_from(sum % 5).expect("less than five") + 1, image: None }
    }

    #[must_use]
    pub fn with_image(self, image: Option<String>) -> Self {
        Self { image, ..self }
    }
}

/// An app as people know it.
#[derive(Clone, Debug, Serialize)]
pub struct App {
    pub name: String,
    pub avatar: Avatar,
}

impl App {
    pub fn new(name: impl Into<String>, logo: Option<String>) -> Self {
        let name = name.into();
        let avatar = Avatar::of(&name).with_image(logo);
        Self { name, avatar }
    }
}

/// What is wrong with a form, in the order of the page. The key is the `id` of the field.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Errors {
    list: Vec<FieldError>,
    by_field: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Serialize)]
struct FieldError {
    field: String,
    message: String,
}

impl Errors {
    /// The first message of a field is the one that stands.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        let (field, message) = (field.into(), message.into());
        if self.by_field.contains_key(&field) {
            return;
        }
        self.by_field.insert(field.clone(), message.clone());
        self.list.push(FieldError { field, message });
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Fields with their messages, in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.list.iter().map(|error| (error.field.as_str(), error.message.as_str()))
    }

    pub fn on(&self, field: &str) -> Option<&str> {
        self.by_field.get(field).map(String::as_str)
    }
}

impl<F: Into<String>, M: Into<String>> FromIterator<(F, M)> for Errors {
    fn from_iter<I: IntoIterator<Item = (F, M)>>(pairs: I) -> Self {
        let mut errors = Self::default();
        for (field, message) in pairs {
            errors.add(field, message);
        }
        errors
    }
}

/// One answer of a `<select>` or of a group of boxes.
#[derive(Clone, Debug, Serialize)]
pub struct Choice {
    pub value: String,
    pub label: String,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// How a column is sorted and the address that sorts by it, or the other way round.
#[derive(Clone, Debug, Serialize)]
pub struct Sort {
    pub url: String,
    pub direction: Option<Direction>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Ascending,
    Descending,
}

/// The foot of a table that goes on: `1–25` of `1,204`.
#[derive(Clone, Debug, Serialize)]
pub struct Pager {
    pub range: String,
    pub total: String,
    pub previous_url: Option<String>,
    pub next_url: Option<String>,
}

/// `4 January 2022`: a day as people read it, in UTC.
pub fn day(time: UnixTime) -> String {
    DateTime::from_timestamp(time.0, 0)
        .map_or_else(|| time.to_string(), |time| time.format("%-d %B %Y").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_avatar_has_two_initials_and_a_colour_of_the_sheet() {
        let avatar = Avatar::of("Ada van Okafor");
        assert_eq!(avatar.initials, "AV");
        assert_eq!(avatar.tone, Avatar::of("Ada van Okafor").tone);
        assert_eq!(Avatar::of("Grafana").initials, "Gr");
        for name in ["", "a", "ab", "Grafana", "élan vital"] {
            assert!((1..=5).contains(&Avatar::of(name).tone));
        }
        assert_eq!(Avatar::of("élan vital").initials, "ÉV");
    }

    #[test]
    fn a_field_keeps_its_first_error_and_the_order_of_the_page() {
        let errors = Errors::from_iter([("name", "Enter a name."), ("email", "No."), ("name", "Too long.")]);
        assert_eq!(errors.on("name"), Some("Enter a name."));
        assert_eq!(errors.list.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(), ["name", "email"]);
        assert!(Errors::default().is_empty());
    }

    #[test]
    fn a_day_is_written_out() {
        assert_eq!(day(UnixTime(1_641_254_400)), "4 January 2022");
    }
}
