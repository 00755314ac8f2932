//! Forms about a person: a new one, the claims, the password.

use serde::{Deserialize, Serialize};
use validator::Validate;

use super::UserHead;
use crate::http::form::ticked;
use crate::http::pages::{Errors, Page};
use crate::http::validation;

/// `GET /admin/users/new`, and `POST /admin/users` when it must be drawn again.
#[derive(Clone, Debug, Serialize)]
pub struct UserNew {
    pub form: UserNewForm,
    pub password_min: u32,
    pub errors: Errors,
}

/// What was typed, except the password.
#[derive(Clone, Debug, Default, Deserialize, Serialize, Validate)]
#[serde(default)]
pub struct UserNewForm {
    #[validate(custom(function = "validation::username"))]
    pub username: String,
    pub email: String,
    pub name: String,
    #[serde(deserialize_with = "ticked")]
    pub is_admin: bool,
}

/// `GET` and `POST …/users/{id}/edit`.
#[derive(Clone, Debug, Serialize)]
pub struct UserEdit {
    pub user: UserHead,
    pub form: UserForm,
    /// The day of the last change.
    pub changed: String,
    pub errors: Errors,
}

/// What was typed, by the names of OpenID Connect Core 5.1 and 5.1.1.
#[derive(Clone, Debug, Default, Deserialize, Serialize, Validate)]
#[serde(default)]
pub struct UserForm {
    #[validate(custom(function = "validation::username"))]
    pub username: String,
    #[serde(deserialize_with = "ticked")]
    pub is_admin: bool,
    pub name: String,
    pub given_name: String,
    pub family_name: String,
    pub middle_name: String,
    pub nickname: String,
    pub preferred_username: String,
    pub profile: String,
    pub picture: String,
    pub website: String,
    pub gender: String,
    pub birthdate: String,
    pub zoneinfo: String,
    pub locale: String,
    pub email: String,
    #[serde(deserialize_with = "ticked")]
    pub email_verified: bool,
    pub phone_number: String,
    #[serde(deserialize_with = "ticked")]
    pub phone_number_verified: bool,
    /// `address`.
    pub formatted: String,
    pub street_address: String,
    pub locality: String,
    pub region: String,
    pub postal_code: String,
    pub country: String,
    /// Attributes beyond the standard ones: a JSON object, or nothing.
    pub claims: String,
    /// The `sub` that was brought along; empty where there is none.
    #[validate(custom(function = "validation::subject"))]
    pub subject: String,
}

/// `GET` and `POST …/users/{id}/password`. Passwords are never shown again.
#[derive(Clone, Debug, Serialize)]
pub struct UserPassword {
    pub user: UserHead,
    pub has_password: bool,
    pub password_min: u32,
    pub errors: Errors,
}

impl Page for UserNew {
    const TEMPLATE: &'static str = "admin/users/new.html";

    fn samples() -> Vec<Self> {
        let blank = Self { form: UserNewForm::default(), password_min: 12, errors: Errors::default() };
        let refused = Self {
            form: UserNewForm {
                username: "ma teo".into(),
                email: "mateo".into(),
                name: "Mateo Ruiz".into(),
                is_admin: true,
            },
            errors: Errors::from_iter([
                ("username", "A user name has no blanks in it."),
                ("email", "This is not an e-mail address, such as ada@example.org."),
                ("password", "Choose a password of at least 12 characters."),
            ]),
            ..blank.clone()
        };
        vec![blank, refused]
    }
}

impl Page for UserEdit {
    const TEMPLATE: &'static str = "admin/users/edit.html";

    fn samples() -> Vec<Self> {
        let saved = Self {
            user: UserHead::sample(),
            form: UserForm {
                username: "mateo".into(),
                name: "Mateo Ruiz".into(),
                given_name: "Mateo".into(),
                family_name: "Ruiz".into(),
                zoneinfo: "Europe/Amsterdam".into(),
                locale: "es-ES".into(),
                email: "mateo@tidemark.example".into(),
                email_verified: true,
                birthdate: "0000-05-14".into(),
                street_address: "Havenstraat 12\nBerth 4".into(),
                locality: "Rotterdam".into(),
                country: "Netherlands".into(),
                claims: "{\n  \"harbour_role\": \"pilot\",\n  \"berth_numbers\": [4, 12]\n}".into(),
                subject: "8b1f0c52-2d0e-4c6c-a0f1-5d1f6e1f4f0a".into(),
                ..UserForm::default()
            },
            changed: "17 November 2026".into(),
            errors: Errors::default(),
        };
        let refused = Self {
            form: UserForm {
                username: "ada".into(),
                website: "tidemark".into(),
                birthdate: "14 May".into(),
                email: "mateo".into(),
                phone_number_verified: true,
                is_admin: true,
                zoneinfo: "Amster dam".into(),
                claims: "{ \"sub\": 1 </textarea>".into(),
                subject: "ada \"okafor\"".into(),
                ..saved.form.clone()
            },
            errors: Errors::from_iter([
                ("username", "Another person has this user name."),
                ("subject", "A subject has 1 to 255 printable ASCII characters without blanks."),
                ("is_admin", "You cannot take the console from yourself."),
                ("email", "This is not an email address, such as ada@example.org."),
                ("website", "This is not a web address, such as https://ada.example/."),
                ("birthdate", "Write a date as YYYY-MM-DD, 0000-MM-DD without the year, or YYYY alone."),
                ("zoneinfo", "Write a time zone as Europe/Amsterdam."),
                ("claims", "This is no JSON object of claims: expected a comma at line 1."),
            ]),
            ..saved.clone()
        };
        vec![saved, refused]
    }
}

impl Page for UserPassword {
    const TEMPLATE: &'static str = "admin/users/password.html";

    fn samples() -> Vec<Self> {
        let plain = Self {
            user: UserHead::sample(),
            has_password: true,
            password_min: 12,
            errors: Errors::default(),
        };
        let refused = Self {
            errors: Errors::from_iter([("password", "Choose a password of at least 12 characters.")]),
            has_password: false,
            ..plain.clone()
        };
        vec![plain, refused]
    }
}
