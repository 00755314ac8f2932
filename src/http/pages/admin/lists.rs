//! Consents and sessions of everybody.

use serde::Serialize;

use super::{Named, sample_app, sample_pager, sample_person};
use crate::http::pages::{Device, Page, Pager};

/// `GET /admin/consents`.
#[derive(Clone, Debug, Serialize)]
pub struct Consents {
    /// What was looked for; a client ID or a name.
    pub q: String,
    pub consents: Vec<ConsentRow>,
    pub pager: Pager,
}

#[derive(Clone, Debug, Serialize)]
pub struct ConsentRow {
    pub person: Named,
    pub app: Named,
    pub scopes: Vec<String>,
    /// Days.
    pub given: String,
    pub ends: String,
    /// When a token was last asked for under it; none if never.
    pub used: Option<String>,
    /// `POST …/consents/{user_id}/{client_id}/delete`.
    pub delete_url: String,
}

/// `GET /admin/sessions`: those that are live.
#[derive(Clone, Debug, Serialize)]
pub struct Sessions {
    pub q: String,
    pub sessions: Vec<SessionRow>,
    pub pager: Pager,
}

#[derive(Clone, Debug, Serialize)]
pub struct SessionRow {
    pub person: Named,
    pub device: Device,
    pub address: String,
    /// Names of the clients that it signed in to, the last used first.
    pub apps: Vec<String>,
    pub since: String,
    /// `4 minutes ago`.
    pub active: String,
    /// The visitor's own; it ends by signing out.
    pub is_current: bool,
    /// `POST …/sessions/{sid}/delete`.
    pub delete_url: String,
}

impl Page for Consents {
    const TEMPLATE: &'static str = "admin/consents/index.html";

    fn samples() -> Vec<Self> {
        let row = |person: Named, app: Named, scopes: &str, given: &str, used: Option<&str>| ConsentRow {
            delete_url: "/admin/consents/5f93b0aa/harbour-portal/delete".into(),
            person,
            app,
            scopes: scopes.split(' ').map(str::to_owned).collect(),
            given: given.into(),
            ends: "18 February 2027".into(),
            used: used.map(str::to_owned),
        };
        let portal = || sample_app("Harbour Portal", "harbour-portal");
        let full = Self {
            q: String::new(),
            consents: vec![
                row(
                    sample_person("Priya Raman", "priya@tidemark.example"),
                    portal(),
                    "openid profile email",
                    "20 November 2026",
                    Some("20 November 2026"),
                ),
                row(
                    sample_person("Chloé Lambert", "chloe@tidemark.example"),
                    portal(),
                    "openid profile email offline_access https://berths.harbour.example/read",
                    "12 November 2026",
                    Some("19 November 2026"),
                ),
                row(
                    sample_person("mateo", ""),
                    sample_app("Grafana", "grafana"),
                    "openid",
                    "3 March 2026",
                    None,
                ),
            ],
            pager: sample_pager(1204),
        };
        let nothing = Self { q: "zebra".into(), consents: Vec::new(), pager: sample_pager(0) };
        vec![full, nothing.clone(), Self { q: String::new(), ..nothing }]
    }
}

impl Page for Sessions {
    const TEMPLATE: &'static str = "admin/sessions/index.html";

    fn samples() -> Vec<Self> {
        let row = |person: Named, agent: &str, address: &str, apps: &[&str], active: &str| SessionRow {
            is_current: active == "Now",
            person,
            device: Device::of(agent),
            address: address.into(),
            apps: apps.iter().map(|&app| app.into()).collect(),
            since: "18 November 2026".into(),
            active: active.into(),
            delete_url: "/admin/sessions/7c31/delete".into(),
        };
        let full = Self {
            q: String::new(),
            sessions: vec![
                row(
                    sample_person("Ada Okafor", "ada@tidemark.example"),
                    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.1 Safari/605.1.15",
                    "203.0.113.24",
                    &["Harbour Portal", "Field Notes", "Grafana"],
                    "Now",
                ),
                row(
                    sample_person("Priya Raman", "priya@tidemark.example"),
                    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) CriOS/142.0 Mobile",
                    "2001:db8:1000:2000:3000:4000:5000:6000",
                    &["Field Notes"],
                    "4 minutes ago",
                ),
                row(sample_person("mateo", ""), "", "198.51.100.7", &[], "6 hours ago"),
            ],
            pager: sample_pager(3),
        };
        let nothing = Self { q: "zebra".into(), sessions: Vec::new(), pager: sample_pager(0) };
        vec![full, nothing]
    }
}
