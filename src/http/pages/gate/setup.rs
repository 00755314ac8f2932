//! The first page that anybody sees.

use serde::Serialize;

use crate::http::pages::{Errors, Page};

/// `GET` and `POST /setup`: makes the first administrator and the first signing key.
#[derive(Clone, Debug, Serialize)]
pub struct Setup {
    pub action: String,
    /// The one-time token of the printed link.
    pub token: String,
    /// From the configuration: shown, not asked.
    pub issuer: String,
    pub version: String,
    pub password_min: u32,
    pub form: SetupForm,
    pub errors: Errors,
}

/// What was typed, except the password.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SetupForm {
    pub org: String,
    pub username: String,
    pub admin_email: String,
    pub alg: KeyChoice,
    pub key_pem: String,
}

/// Which signing keys there are to begin with; spelled as the form sends it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum KeyChoice {
    #[default]
    #[serde(rename = "RS256")]
    Rs256,
    #[serde(rename = "both")]
    Rs256AndEs256,
    #[serde(rename = "import")]
    Import,
}

impl Page for Setup {
    const TEMPLATE: &'static str = "setup.html";

    fn samples() -> Vec<Self> {
        let fresh = Self {
            action: "/setup".into(),
            token: "Jb8mC1x".into(),
            issuer: "https://id.tidemark.example".into(),
            version: "0.1.0".into(),
            password_min: 12,
            form: SetupForm::default(),
            errors: Errors::default(),
        };
        let refused = Self {
            form: SetupForm {
                org: "Tidemark".into(),
                username: "ada".into(),
                admin_email: "ada at tidemark".into(),
                alg: KeyChoice::Import,
                key_pem: "-----BEGIN PRIVATE KEY-----".into(),
            },
            errors: Errors::from_iter([
                ("admin_email", "Write an email address such as ada@tidemark.example."),
                ("admin_password", "Choose a password of at least 12 characters."),
                ("key_pem", "This is not a private key in PEM form."),
            ]),
            ..fresh.clone()
        };
        vec![fresh, refused]
    }
}
