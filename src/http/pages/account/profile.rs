//! What apps may learn about the person, and the person may change.

use serde::Serialize;

use super::places::{locales, zones};
use crate::http::pages::{Avatar, Choice, Errors, Page};

/// `GET` and `POST /account`.
#[derive(Clone, Debug, Serialize)]
pub struct Profile {
    pub name: String,
    pub avatar: Avatar,
    /// The day the account was made.
    pub since: String,
    pub email: Option<String>,
    pub is_email_verified: bool,
    pub app_count: usize,
    pub device_count: usize,
    pub form: ProfileForm,
    pub locales: Vec<Choice>,
    pub zones: Vec<Choice>,
    pub errors: Errors,
}

/// The fields that people fill in themselves, named as the claims (OpenID Connect Core, 5.1).
#[derive(Clone, Debug, Default, Serialize)]
pub struct ProfileForm {
    pub given_name: String,
    pub family_name: String,
    pub locale: String,
    pub zoneinfo: String,
    pub phone_number: String,
}

impl Page for Profile {
    const TEMPLATE: &'static str = "account/index.html";

    fn samples() -> Vec<Self> {
        let plain = Self {
            name: "Ada Okafor".into(),
            avatar: Avatar::of("Ada Okafor"),
            since: "4 January 2022".into(),
            email: Some("ada@tidemark.example".into()),
            is_email_verified: true,
            app_count: 5,
            device_count: 3,
            form: ProfileForm {
                given_name: "Ada".into(),
                family_name: "Okafor".into(),
                locale: "en-GB".into(),
                zoneinfo: "Europe/Amsterdam".into(),
                phone_number: String::new(),
            },
            locales: locales("en-GB"),
            zones: zones("Europe/Amsterdam"),
            errors: Errors::default(),
        };
        let refused = Self {
            form: ProfileForm {
                phone_number: "call me".into(),
                zoneinfo: String::new(),
                ..plain.form.clone()
            },
            errors: Errors::from_iter([
                ("zoneinfo", "Choose a time zone from the list."),
                ("phone_number", "Write the number with its country, such as +31 20 123 4567."),
            ]),
            is_email_verified: false,
            ..plain.clone()
        };
        let bare = Self {
            name: "ada".into(),
            email: None,
            app_count: 0,
            device_count: 1,
            form: ProfileForm::default(),
            ..plain.clone()
        };
        vec![plain, refused, bare]
    }
}
