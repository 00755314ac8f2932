//! Who is it? The sign-in form, its pause, and the choice among accounts.

use serde::Serialize;

use super::Asker;
use crate::http::pages::{Avatar, Errors, Page};

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
    /// The last try was wrong, whoever it was for.
    pub failed: Option<FailedTry>,
    pub errors: Errors,
}

#[derive(Clone, Debug, Serialize)]
pub struct FailedTry {
    /// How many tries are left before sign-in pauses, once it is worth saying.
    pub tries_left: Option<u32>,
    pub pause_minutes: u32,
}

/// `POST /login` while it is paused. It says the same whether or not the account exists.
#[derive(Clone, Debug, Serialize)]
pub struct LoginPaused {
    pub asker: Option<Asker>,
    /// What was typed; nothing when the pause is for the visitor's network.
    pub username: Option<String>,
    /// `2026-11-20T16:12:00Z`, for machines.
    pub until_iso: String,
    /// `16:12 UTC`.
    pub until: String,
    /// `14 minutes`.
    pub wait: String,
    /// The sign-in page, with the request that waits.
    pub login_url: String,
    pub request_id: String,
}

/// `GET` and `POST /login/account`: which of the accounts known to this browser goes on?
#[derive(Clone, Debug, Serialize)]
pub struct AccountChooser {
    pub action: String,
    pub flow: String,
    pub asker: Option<Asker>,
    pub accounts: Vec<Account>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Account {
    /// What the form sends as `account`. Another account is the empty value.
    pub value: String,
    pub name: String,
    pub detail: String,
    pub avatar: Avatar,
    pub is_signed_in: bool,
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
        let hinted = Self { username: "ada".into(), ..plain.clone() };
        vec![plain.clone(), failed(None), failed(Some(3)), failed(Some(1)), alone, hinted]
    }
}

impl Page for LoginPaused {
    const TEMPLATE: &'static str = "login_paused.html";

    fn samples() -> Vec<Self> {
        let account = Self {
            asker: Some(Asker::sample()),
            username: Some("ada@tidemark.example".into()),
            until_iso: "2026-11-20T16:12:00Z".into(),
            until: "16:12 UTC".into(),
            wait: "14 minutes".into(),
            login_url: "/login?flow=5f1c8e".into(),
            request_id: "01JD4K7QZ3V9W8M2T5B6YC0XR1".into(),
        };
        let network = Self { asker: None, username: None, ..account.clone() };
        vec![account, network]
    }
}

impl Page for AccountChooser {
    const TEMPLATE: &'static str = "account_chooser.html";

    fn samples() -> Vec<Self> {
        let account = |value: &str, name: &str, detail: &str, is_signed_in| Account {
            value: value.into(),
            name: name.into(),
            detail: detail.into(),
            avatar: Avatar::of(name),
            is_signed_in,
        };
        let several = Self {
            action: "/login/account".into(),
            flow: "5f1c8e".into(),
            asker: Some(Asker::sample()),
            accounts: vec![
                account("ao", "Ada Okafor", "ada@tidemark.example", true),
                account("aa", "Ada Okafor (admin)", "ada.admin@tidemark.example", true),
                account("hf", "Harbour Front Desk", "desk@harbour.example", false),
            ],
        };
        let one = Self { asker: None, accounts: several.accounts[..1].to_vec(), ..several.clone() };
        vec![several, one]
    }
}
