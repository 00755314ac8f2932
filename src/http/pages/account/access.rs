//! Who and what can use the account: apps, devices, the password.

use serde::Serialize;

use crate::http::pages::{App, Device, Errors, Page};

/// `GET /account/apps`: apps that the person agreed to.
#[derive(Clone, Debug, Serialize)]
pub struct Apps {
    pub apps: Vec<ConnectedApp>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ConnectedApp {
    pub app: App,
    /// `Since 3 March 2026, last used just now`.
    pub detail: String,
    /// What it can see: the titles of the scopes.
    pub scopes: Vec<String>,
    /// Where a sign-in at the app begins, if it said so.
    pub start_url: Option<String>,
    /// `POST …/account/apps/{client_id}/removal`.
    pub removal_url: String,
}

/// `GET /account/sessions`: where the person is signed in.
#[derive(Clone, Debug, Serialize)]
pub struct Sessions {
    pub sessions: Vec<SignedInDevice>,
    /// Whether there is any session but this one.
    pub has_others: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct SignedInDevice {
    pub device: Device,
    /// `203.0.113.24 · active yesterday`.
    pub detail: String,
    /// Names of the apps it was used for.
    pub apps: Vec<String>,
    pub is_current: bool,
    /// `POST …/account/sessions/{id}/end`.
    pub end_url: String,
}

/// `GET` and `POST /account/password`. Passwords are never shown again.
#[derive(Clone, Debug, Serialize)]
pub struct Password {
    /// For password managers.
    pub username: String,
    /// The day of the last change.
    pub changed: Option<String>,
    pub password_min: u32,
    pub errors: Errors,
}

impl Page for Apps {
    const TEMPLATE: &'static str = "account/apps.html";

    fn samples() -> Vec<Self> {
        let connected = |id: &str, name: &str, detail: &str, scopes: &[&str]| ConnectedApp {
            app: App::new(name, None),
            detail: detail.into(),
            scopes: scopes.iter().map(|&scope| scope.into()).collect(),
            start_url: (id == "grafana")
                .then(|| format!("https://{id}.example/login?iss=https%3A%2F%2Fop.example")),
            removal_url: format!("/account/apps/{id}/removal"),
        };
        let some = Self {
            apps: vec![
                connected(
                    "harbour-portal",
                    "Harbour Portal",
                    "Since 3 March 2026, last used just now",
                    &["Your name", "Your email address", "Your groups", "Stays connected when you are away"],
                ),
                connected(
                    "grafana",
                    "Grafana",
                    "Since 30 May 2025, last used this morning",
                    &["Your name", "Your email address"],
                ),
                connected(
                    "old-intranet",
                    "Old Intranet",
                    "Since 4 January 2022, not used for 20 months",
                    &[],
                ),
            ],
        };
        vec![some, Self { apps: Vec::new() }]
    }
}

impl Page for Sessions {
    const TEMPLATE: &'static str = "account/sessions.html";

    fn samples() -> Vec<Self> {
        let signed_in = |id: &str, agent: &str, detail: &str, apps: &[&str]| SignedInDevice {
            device: Device::of(agent),
            detail: detail.into(),
            apps: apps.iter().map(|&app| app.into()).collect(),
            is_current: id == "1",
            end_url: format!("/account/sessions/{id}/end"),
        };
        let here = signed_in(
            "1",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
             Version/18.1 Safari/605.1.15",
            "203.0.113.24 · active now",
            &["Harbour Portal", "Field Notes", "Grafana"],
        );
        let phone = signed_in(
            "2",
            "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/142.0.0.0 Mobile Safari/537.36",
            "2001:db8:1000:2000:3000:4000:5000:6000 · active yesterday",
            &["Field Notes"],
        );
        let unknown = signed_in("3", "curl/8.17", "198.51.100.7 · active on 12 November", &[]);
        let several = Self { sessions: vec![here.clone(), phone, unknown], has_others: true };
        vec![several, Self { sessions: vec![here], has_others: false }]
    }
}

impl Page for Password {
    const TEMPLATE: &'static str = "account/password.html";

    fn samples() -> Vec<Self> {
        let plain = Self {
            username: "ada@tidemark.example".into(),
            changed: Some("14 March 2026".into()),
            password_min: 12,
            errors: Errors::default(),
        };
        let refused = Self {
            errors: Errors::from_iter([
                ("current", "This is not your password."),
                ("new", "Choose a password of at least 12 characters."),
            ]),
            changed: None,
            ..plain.clone()
        };
        vec![plain, refused]
    }
}
