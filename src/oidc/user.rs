//! The person who signs in.

use unicode_normalization::UnicodeNormalization;

use super::profile::Profile;
use super::time::UnixTime;

#[derive(Clone, Debug)]
pub struct User {
    /// Random, never reused.
    pub id: String,
    /// A subject identifier that was brought along from elsewhere.
    pub subject: Option<String>,
    pub username: String,
    pub profile: Profile,
    pub is_admin: bool,
    pub disabled_at: Option<UnixTime>,
    pub created_at: UnixTime,
    pub updated_at: UnixTime,
}

impl User {
    pub const fn is_disabled(&self) -> bool {
        self.disabled_at.is_some()
    }

    /// The name to show: the full name, or else the user name.
    pub fn display_name(&self) -> &str {
        self.profile.name.as_deref().unwrap_or(&self.username)
    }
}

/// The form in which names and addresses are compared: NFKC, folded to lower case, without outer blanks.
pub fn fold(text: &str) -> String {
    text.trim().nfkc().flat_map(char::to_lowercase).collect()
}

/// Whether `username` may be given to a person; says how to mend it if not.
pub fn check_username(username: &str) -> Result<(), String> {
    let length = username.chars().count();
    if length == 0 || length > 150 {
        return Err("A user name has 1 to 150 characters.".into());
    }
    if username.trim() != username || username.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err("A user name has no blanks in it.".into());
    }
    Ok(())
}

/// Whether `subject` may stand in `sub` (OpenID Connect Core 2); says how to mend it if not.
pub fn check_subject(subject: &str) -> Result<(), String> {
    if subject.is_empty() || subject.len() > 255 || !subject.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("A subject has 1 to 255 printable ASCII characters without blanks.".into());
    }
    Ok(())
}

/// A person with every standard claim, for samples and tests.
#[cfg(test)]
pub(crate) fn ada() -> User {
    let profile = Profile::parse(
        r#"{"name": "Ada Okafor", "given_name": "Ada", "family_name": "Okafor", "middle_name": "M.",
            "nickname": "ada", "preferred_username": "ada", "profile": "https://ada.example/",
            "picture": "https://ada.example/me.png", "website": "https://ada.example/", "gender": "female",
            "birthdate": "1990-01-31", "zoneinfo": "Europe/Berlin", "locale": "en-GB",
            "email": "ada@tidemark.example", "email_verified": true,
            "phone_number": "+31 6 12345678", "phone_number_verified": false,
            "address": {"street_address": "Quay 1", "locality": "Rotterdam", "region": ""},
            "groups": ["editors"], "empty": "", "nested": {"a": null}}"#,
    )
    .unwrap();
    User {
        id: "u1".into(),
        username: "ada".into(),
        profile,
        subject: None,
        is_admin: false,
        disabled_at: None,
        created_at: UnixTime(1_700_000_000),
        updated_at: UnixTime(1_750_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_the_same_are_the_same() {
        assert_eq!(fold(" Ada "), "ada");
        assert_eq!(fold("ａｄａ"), "ada");
    }

    #[test]
    fn a_username_has_no_blanks_and_is_not_empty() {
        assert!(check_username("ada@example.org").is_ok());
        for name in ["", " ada", "a da", "a\u{0}b", &"x".repeat(151)] {
            assert!(check_username(name).is_err(), "{name:?}");
        }
    }
}
