//! The clients, and the end of one.

use serde::Serialize;

use super::{Named, choices, sample_app, sample_pager};
use crate::http::pages::{Avatar, Choice, Errors, Page, Pager};

/// `GET /admin/clients`.
#[derive(Clone, Debug, Serialize)]
pub struct Clients {
    /// Whether there is any client at all, wanted or not.
    pub has_clients: bool,
    pub filter: ClientFilter,
    pub is_unfiltered: bool,
    /// [`ClientFilter::kinds`] and [`ClientFilter::statuses`].
    pub kinds: Vec<Choice>,
    pub statuses: Vec<Choice>,
    /// [`ClientFilter::origins`].
    pub origins: Vec<Choice>,
    pub clients: Vec<ClientRow>,
    pub pager: Pager,
}

/// What was asked for, as it came.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ClientFilter {
    pub q: String,
    /// `type` in the address.
    pub kind: String,
    pub status: String,
    pub origin: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct ClientRow {
    pub app: Named,
    pub is_public: bool,
    /// `Code + PKCE`.
    pub flow: String,
    /// The day.
    pub added: String,
    /// Whence it came, where that is not the usual: `Registered with Partners`.
    pub origin: Option<String>,
    pub is_disabled: bool,
}

/// What stands above each page about a client.
#[derive(Clone, Debug, Serialize)]
pub struct ClientHead {
    pub name: String,
    pub client_id: String,
    pub avatar: Avatar,
    /// `/admin/clients/{client_id}`, whole.
    pub url: String,
    pub is_disabled: bool,
    /// How many people agreed to it.
    pub people: String,
    /// The list of these consents.
    pub consents_url: String,
    /// Its entries in the audit log.
    pub activity_url: String,
}

/// `GET` and `POST …/clients/{client_id}/delete`.
#[derive(Clone, Debug, Serialize)]
pub struct ClientDelete {
    pub client: ClientHead,
    /// Browser sessions that were used for it.
    pub sessions: String,
    /// Sign-ins whose tokens still work.
    pub grants: String,
    /// What was typed to confirm.
    pub confirm: String,
    pub errors: Errors,
}

impl ClientFilter {
    pub fn kinds() -> Vec<Choice> {
        choices(&[("", "All types"), ("confidential", "Confidential"), ("public", "Public")])
    }

    pub fn origins() -> Vec<Choice> {
        choices(&[
            ("", "Any origin"),
            ("console", "Console"),
            ("command line", "Command line"),
            ("registration", "Registered itself"),
        ])
    }

    pub fn statuses() -> Vec<Choice> {
        choices(&[("", "Any status"), ("active", "Active"), ("disabled", "Disabled")])
    }
}

impl ClientHead {
    pub(super) fn sample() -> Self {
        Self {
            name: "Harbour Portal".into(),
            client_id: "harbour-portal".into(),
            avatar: Avatar::of("Harbour Portal"),
            url: "/admin/clients/harbour-portal".into(),
            is_disabled: false,
            people: "1,204".into(),
            consents_url: "/admin/consents?q=harbour-portal".into(),
            activity_url: "/admin/audit?client=harbour-portal".into(),
        }
    }

    pub(super) fn long_sample() -> Self {
        Self {
            name: "The Harbour Authority’s Berth Reservation Service".into(),
            client_id: "https://reservations.harbour-authority.example/clients/berths".into(),
            avatar: Avatar::of("The Harbour").with_image(Some("/static/img/mark.svg".into())),
            url: "/admin/clients/https%3A%2F%2Freservations.harbour-authority.example%2Fclients%2Fberths"
                .into(),
            is_disabled: true,
            people: "0".into(),
            ..Self::sample()
        }
    }
}

impl Page for Clients {
    const TEMPLATE: &'static str = "admin/clients/index.html";

    fn samples() -> Vec<Self> {
        let row = |name: &str, id: &str, is_public, flow: &str, added: &str| ClientRow {
            app: sample_app(name, id),
            is_public,
            flow: flow.into(),
            added: added.into(),
            origin: (name == "Field Notes").then(|| "Registered with Partners".into()),
            is_disabled: id.contains("2019"),
        };
        let full = Self {
            has_clients: true,
            filter: ClientFilter::default(),
            is_unfiltered: true,
            kinds: ClientFilter::kinds(),
            statuses: ClientFilter::statuses(),
            origins: ClientFilter::origins(),
            clients: vec![
                row("Field Notes", "field-notes-ios", true, "Code + PKCE", "3 March 2026"),
                row("Gitea", "gitea", false, "Code", "30 May 2025"),
                row("Grafana", "grafana", false, "Code + PKCE", "30 May 2025"),
                row("Harbour Portal", "harbour-portal", false, "Code + PKCE", "4 January 2022"),
                row("Old Intranet", "intranet-2019", true, "Code + PKCE", "4 January 2022"),
                row(
                    "The Harbour Authority’s Berth Reservation Service",
                    "https://reservations.harbour-authority.example/clients/berths",
                    false,
                    "Code + PKCE",
                    "20 November 2026",
                ),
            ],
            pager: sample_pager(6),
        };
        let searched = Self {
            filter: ClientFilter {
                q: "zebra".into(),
                kind: "public".into(),
                status: "disabled".into(),
                origin: "registration".into(),
            },
            is_unfiltered: false,
            clients: Vec::new(),
            pager: sample_pager(0),
            ..full.clone()
        };
        let none = Self { has_clients: false, clients: Vec::new(), pager: sample_pager(0), ..full.clone() };
        vec![full, searched, none]
    }
}

impl Page for ClientDelete {
    const TEMPLATE: &'static str = "admin/clients/delete.html";

    fn samples() -> Vec<Self> {
        let asked = Self {
            client: ClientHead::sample(),
            sessions: "86".into(),
            grants: "311".into(),
            confirm: String::new(),
            errors: Errors::default(),
        };
        let mistyped = Self {
            client: ClientHead::long_sample(),
            sessions: "0".into(),
            grants: "0".into(),
            confirm: "harbour".into(),
            errors: Errors::from_iter([("confirm", "This is not the client ID. Nothing was deleted.")]),
        };
        vec![asked, mistyped]
    }
}
