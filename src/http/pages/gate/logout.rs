//! The way out.

use serde::Serialize;

use crate::http::pages::{App, Link, Page};

/// `GET` and `POST /logout`: the question (OpenID Connect RP-Initiated Logout 1.0, 2).
#[derive(Clone, Debug, Serialize)]
pub struct Logout {
    pub action: String,
    /// The sign-out request that waits; empty when the visitor came alone.
    pub flow: String,
    /// The app that asked for it.
    pub asker: Option<App>,
    pub username: String,
    /// Other apps that this browser's session has been used for.
    pub apps: Vec<AppInUse>,
}

#[derive(Clone, Debug, Serialize)]
pub struct AppInUse {
    pub app: App,
    /// `Last used 20 minutes ago`.
    pub detail: String,
}

/// `GET /logout/done`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SignedOut {
    /// The app to return to, where it registered an address for that.
    pub back: Option<Link>,
    /// Whether the browser goes back by itself.
    pub goes_on: bool,
    /// Pages of apps that sign the visitor out there (OpenID Connect Front-Channel Logout 1.0, 2).
    pub frames: Vec<Link>,
    /// Apps that may still know the visitor.
    pub apps: Vec<App>,
}

impl Page for Logout {
    const TEMPLATE: &'static str = "logout.html";

    fn samples() -> Vec<Self> {
        let in_use = |name: &str, detail: &str| AppInUse { app: App::new(name, None), detail: detail.into() };
        let asked = Self {
            action: "/logout".into(),
            flow: "9a3b".into(),
            asker: Some(App::new("Harbour Portal", None)),
            username: "ada@tidemark.example".into(),
            apps: vec![
                in_use("Field Notes", "Last used 20 minutes ago"),
                in_use("Grafana", "Last used this morning"),
            ],
        };
        let alone = Self { flow: String::new(), asker: None, apps: Vec::new(), ..asked.clone() };
        vec![asked, alone]
    }
}

impl Page for SignedOut {
    const TEMPLATE: &'static str = "signed_out.html";

    fn samples() -> Vec<Self> {
        let returning = Self {
            back: Some(Link { name: "Harbour Portal".into(), url: "https://portal.harbour.example/".into() }),
            goes_on: false,
            frames: Vec::new(),
            apps: vec![App::new("Field Notes", None), App::new("Grafana", None)],
        };
        let frame = Link { name: "Grafana".into(), url: "https://grafana.example/bye?sid=a&iss=b".into() };
        let going_on = Self { goes_on: true, frames: vec![frame], apps: Vec::new(), ..returning.clone() };
        vec![returning, going_on, Self { back: None, goes_on: false, frames: Vec::new(), apps: Vec::new() }]
    }
}
