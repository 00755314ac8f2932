//! Pages with a single task: set-up, sign-in, consent, sign-out, errors.

use serde::Serialize;

use super::{App, Errors, Page, pages};

pages![Login];

/// Who asks for the sign-in, and where the browser returns.
#[derive(Clone, Debug, Serialize)]
pub struct Asker {
    pub app: App,
    pub policy_url: Option<String>,
    pub tos_url: Option<String>,
    /// The host of the redirect URI.
    pub host: String,
}

impl Asker {
    pub(super) fn sample() -> Self {
        Self {
            app: App::new("Harbour Portal", None),
            policy_url: Some("https://harbour.example/privacy".into()),
            tos_url: Some("https://harbour.example/terms".into()),
            host: "portal.harbour.example".into(),
        }
    }

    fn sample_with_logo() -> Self {
        Self { app: App::new("Harbour Portal", Some("/static/img/mark.svg".into())), ..Self::sample() }
    }
}

/// `GET` and `POST /login`.
#[derive(Clone, Debug, Serialize)]
pub struct Login {
    /// Where the form goes: this page's own address.
    pub action: String,
    /// The authorization request that waits; empty when there is none.
    pub flow: String,
    /// The local page to go on to; empty for the account.
    pub next: String,
    pub asker: Option<Asker>,
    pub username: String,
    pub remember: bool,
    /// The last try failed; how many are left before sign-in pauses, when that is near.
    pub failed: Option<FailedTry>,
    pub errors: Errors,
}

#[derive(Clone, Debug, Serialize)]
pub struct FailedTry {
    pub tries_left: Option<u32>,
    pub pause_minutes: u32,
}

impl Page for Login {
    const TEMPLATE: &'static str = "login.html";

    fn samples() -> Vec<Self> {
        let plain = Self {
            action: "/login".into(),
            flow: "5f1c8e".into(),
            next: String::new(),
            asker: Some(Asker::sample()),
            username: String::new(),
            remember: false,
            failed: None,
            errors: Errors::default(),
        };
        let failed = |tries_left| Self {
            asker: Some(Asker::sample_with_logo()),
            username: "ada@tidemark.exmaple".into(),
            remember: true,
            failed: Some(FailedTry { tries_left, pause_minutes: 15 }),
            errors: Errors::from_iter([("password", "Enter your password again.")]),
            ..plain.clone()
        };
        let alone = Self { flow: String::new(), next: "/account/apps".into(), asker: None, ..plain.clone() };
        vec![plain.clone(), failed(None), failed(Some(3)), failed(Some(1)), alone]
    }
}
