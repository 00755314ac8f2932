//! The people, and the questions before somebody is shut out.

use serde::Serialize;

use super::{Named, UserHead, choices, sample_pager, sample_person};
use crate::http::pages::{Choice, Errors, Page, Pager};

/// `GET /admin/users`.
#[derive(Clone, Debug, Serialize)]
pub struct Users {
    /// Everybody, wanted or not.
    pub people: String,
    pub q: String,
    pub status: String,
    pub is_unfiltered: bool,
    /// [`Users::statuses`].
    pub statuses: Vec<Choice>,
    pub users: Vec<UserRow>,
    pub pager: Pager,
}

#[derive(Clone, Debug, Serialize)]
pub struct UserRow {
    pub person: Named,
    pub username: String,
    pub is_admin: bool,
    pub is_disabled: bool,
    /// `2 minutes ago`; none if never.
    pub signed_in: Option<String>,
    /// The day.
    pub added: String,
}

/// `GET` and `POST …/users/{id}/disable`: both ways.
#[derive(Clone, Debug, Serialize)]
pub struct UserDisable {
    pub user: UserHead,
    pub sessions: u32,
    pub apps: u32,
    /// Why it cannot be done stands at the field `decision`.
    pub errors: Errors,
}

/// `GET` and `POST …/users/{id}/sessions/delete`.
#[derive(Clone, Debug, Serialize)]
pub struct UserSignOut {
    pub user: UserHead,
    pub sessions: u32,
    pub apps: u32,
}

impl Users {
    pub fn statuses() -> Vec<Choice> {
        choices(&[
            ("", "Everybody"),
            ("active", "Active"),
            ("disabled", "Disabled"),
            ("admin", "Administrators"),
        ])
    }
}

impl Page for Users {
    const TEMPLATE: &'static str = "admin/users/index.html";

    fn samples() -> Vec<Self> {
        let row = |name: &str, username: &str, email: &str, signed_in: Option<&str>| UserRow {
            person: sample_person(name, email),
            username: username.into(),
            is_admin: username == "ada" || username == "ingrid",
            is_disabled: username == "liam",
            signed_in: signed_in.map(str::to_owned),
            added: "4 January 2022".into(),
        };
        let full = Self {
            people: "12,480".into(),
            q: String::new(),
            status: String::new(),
            is_unfiltered: true,
            statuses: Self::statuses(),
            users: vec![
                row("Ada Okafor", "ada", "ada@tidemark.example", Some("2 minutes ago")),
                row("Chloé Lambert", "chloe", "chloe@tidemark.example", Some("Today, 11:20")),
                row("Hana Sato", "hana", "hana@tidemark.example", None),
                row("Ingrid Solheim", "ingrid", "ingrid@tidemark.example", Some("Today, 09:02")),
                row("Liam O’Connor", "liam", "liam@harbour.example", Some("12 October 2026")),
                row("mateo", "mateo", "", Some("Today, 12:39")),
                row(
                    "Wolfeschlegelsteinhausenbergerdorff",
                    "wolfeschlegelsteinhausenbergerdorff",
                    "wolfeschlegelsteinhausenbergerdorff@departments.harbour-authority.example",
                    Some("Yesterday"),
                ),
            ],
            pager: sample_pager(12_480),
        };
        let nobody = Self {
            q: "zebra".into(),
            status: "admin".into(),
            is_unfiltered: false,
            users: Vec::new(),
            pager: sample_pager(0),
            ..full.clone()
        };
        vec![full, nobody]
    }
}

impl Page for UserDisable {
    const TEMPLATE: &'static str = "admin/users/disable.html";

    fn samples() -> Vec<Self> {
        let off = Self { user: UserHead::sample(), sessions: 2, apps: 3, errors: Errors::default() };
        let on = Self {
            user: UserHead { is_disabled: true, is_paused: false, ..UserHead::sample() },
            sessions: 0,
            apps: 1,
            ..off.clone()
        };
        let last = Self {
            sessions: 1,
            apps: 0,
            errors: Errors::from_iter([(
                "decision",
                "This is the last administrator. Make somebody else one first.",
            )]),
            ..off.clone()
        };
        vec![off, on, last]
    }
}

impl Page for UserSignOut {
    const TEMPLATE: &'static str = "admin/users/sign_out.html";

    fn samples() -> Vec<Self> {
        let one = |sessions, apps| Self { user: UserHead::sample(), sessions, apps };
        vec![one(2, 3), one(1, 1), one(0, 0)]
    }
}
