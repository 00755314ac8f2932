//! Initial access tokens: whom strangers must have met before they may register an app.

use serde::{Deserialize, Serialize};

use super::choices;
use crate::http::pages::{Choice, Errors, Page};

/// `GET /admin/clients/registration-tokens`, and `POST` when it must be drawn again.
#[derive(Clone, Debug, Serialize)]
pub struct RegistrationTokens {
    /// `off`, `token` or `open`: who may register here.
    pub mode: &'static str,
    pub tokens: Vec<RegistrationTokenRow>,
    pub form: RegistrationTokenForm,
    /// [`RegistrationTokenForm::lifetimes`].
    pub lifetimes: Vec<Choice>,
    pub errors: Errors,
}

#[derive(Clone, Debug, Serialize)]
pub struct RegistrationTokenRow {
    /// An HTML `id` may end with it.
    pub id: String,
    pub name: String,
    /// `Made 20 November 2026`.
    pub made: String,
    /// `4`, or nothing for any number.
    pub uses_left: Option<String>,
    /// The day.
    pub expires: Option<String>,
    pub is_live: bool,
    /// `POST …/registration-tokens/{id}/delete`.
    pub delete_url: String,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct RegistrationTokenForm {
    pub name: String,
    /// Empty for any number.
    pub uses: String,
    /// Days; empty for ever.
    pub days: String,
}

/// The answer to `POST /admin/clients/registration-tokens`: the only page that ever shows a token.
#[derive(Clone, Debug, Serialize)]
pub struct RegistrationToken {
    pub name: String,
    pub token: String,
    /// How long and how often it works, as a sentence.
    pub extent: String,
    pub registration_endpoint: String,
    pub is_off: bool,
}

impl RegistrationTokenForm {
    pub fn lifetimes() -> Vec<Choice> {
        choices(&[
            ("1", "1 day"),
            ("7", "7 days"),
            ("30", "30 days"),
            ("365", "1 year"),
            ("", "Until revoked"),
        ])
    }
}

impl Page for RegistrationTokens {
    const TEMPLATE: &'static str = "admin/clients/registration_tokens.html";

    fn samples() -> Vec<Self> {
        let row =
            |id: &str, name: &str, uses_left: Option<&str>, expires: Option<&str>| RegistrationTokenRow {
                id: id.into(),
                name: name.into(),
                made: "Made 20 November 2026".into(),
                uses_left: uses_left.map(Into::into),
                expires: expires.map(Into::into),
                is_live: uses_left != Some("0"),
                delete_url: format!("/admin/clients/registration-tokens/{id}/delete"),
            };
        let full = Self {
            mode: "token",
            tokens: vec![
                row("a1", "Partners", Some("4"), Some("20 December 2026")),
                row("b2", "The conformance suite of the harbour authority", None, None),
                row("c3", "Trial", Some("0"), Some("27 November 2026")),
            ],
            form: RegistrationTokenForm { uses: "1".into(), days: "30".into(), ..Default::default() },
            lifetimes: RegistrationTokenForm::lifetimes(),
            errors: Errors::default(),
        };
        let refused = Self {
            mode: "off",
            tokens: Vec::new(),
            form: RegistrationTokenForm { uses: "none".into(), ..Default::default() },
            errors: Errors::from_iter([
                ("name", "Say whom it is for, in at most 100 characters."),
                ("uses", "Write a number from 1 to 1,000,000, or nothing."),
            ]),
            ..full.clone()
        };
        let open = Self { mode: "open", ..full.clone() };
        vec![full, refused, open]
    }
}

impl Page for RegistrationToken {
    const TEMPLATE: &'static str = "admin/clients/registration_token.html";

    fn samples() -> Vec<Self> {
        let ready = Self {
            name: "Partners".into(),
            token: "mX3kQ9v2b7R0c1Z8yT5uW4sE6dF2gH9jK0lP3oI7aNq".into(),
            extent: "It registers 4 apps, until 20 December 2026.".into(),
            registration_endpoint: "https://id.tidemark.example/register".into(),
            is_off: false,
        };
        let off = Self { is_off: true, ..ready.clone() };
        vec![ready, off]
    }
}
