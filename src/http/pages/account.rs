//! What people see of their own account.

use serde::Serialize;

use super::{Avatar, Choice, Errors, Page, pages};

pages![Profile];

/// `GET` and `POST /account`: what apps may learn about the person.
#[derive(Clone, Debug, Serialize)]
pub struct Profile {
    pub name: String,
    pub avatar: Avatar,
    /// The day the account was made.
    pub since: String,
    pub email: String,
    /// The day the address was confirmed.
    pub email_confirmed: Option<String>,
    pub app_count: usize,
    pub device_count: usize,
    pub form: ProfileForm,
    pub locales: Vec<Choice>,
    pub zones: Vec<Choice>,
    pub errors: Errors,
}

/// The fields that people fill in themselves, named as the claims.
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
            email: "ada@tidemark.example".into(),
            email_confirmed: Some("4 January 2022".into()),
            app_count: 5,
            device_count: 1,
            form: ProfileForm {
                given_name: "Ada".into(),
                family_name: "Okafor".into(),
                locale: "en-GB".into(),
                zoneinfo: "Europe/Amsterdam".into(),
                phone_number: String::new(),
            },
            locales: vec![Choice::new("", "Not set"), Choice::new("en-GB", "English")],
            zones: vec![Choice::new("", "Not set"), Choice::new("Europe/Amsterdam", "Europe/Amsterdam")],
            errors: Errors::default(),
        };
        let refused = Self {
            form: ProfileForm { phone_number: "call me".into(), ..plain.form.clone() },
            email: String::new(),
            errors: Errors::from_iter([("phone_number", "Write a number such as +31 20 123 4567.")]),
            ..plain.clone()
        };
        vec![plain, refused]
    }
}
