//! What apps and hooks were told of sessions that ended.

use serde::Serialize;

use super::{Named, sample_app, sample_pager, sample_person};
use crate::http::pages::{Page, Pager};

/// `GET /admin/logout-deliveries`.
#[derive(Clone, Debug, Serialize)]
pub struct Deliveries {
    pub q: String,
    pub deliveries: Vec<DeliveryRow>,
    pub pager: Pager,
}

#[derive(Clone, Debug, Serialize)]
pub struct DeliveryRow {
    /// None where a hook is told.
    pub app: Option<Named>,
    pub person: Named,
    pub uri: String,
    /// `4 minutes ago`.
    pub since: String,
    pub state: String,
    /// `ok`, `line`, `warn` or `bad`.
    pub tone: String,
    /// Why the last attempt came to nothing.
    pub error: String,
    /// `POST …/logout-deliveries/{id}/retry`, for what has not arrived.
    pub retry_url: Option<String>,
}

impl Page for Deliveries {
    const TEMPLATE: &'static str = "admin/deliveries/index.html";

    fn samples() -> Vec<Self> {
        let row = |state: &str, tone: &str, error: &str| DeliveryRow {
            app: Some(sample_app("Harbour Portal", "harbour-portal")),
            person: sample_person("Ada Okafor", "ada@tidemark.example"),
            uri: "https://portal.harbour.example/signed-out".into(),
            since: "4 minutes ago".into(),
            state: state.into(),
            tone: tone.into(),
            error: error.into(),
            retry_url: (tone != "ok").then(|| "/admin/logout-deliveries/6a1f/retry".into()),
        };
        let full = Self {
            q: String::new(),
            deliveries: vec![
                row("Delivered", "ok", ""),
                row("Tried again soon", "warn", "it answered with status 503"),
                DeliveryRow { app: None, ..row("Delivered", "ok", "") },
                row("Given up", "bad", "portal.harbour.example does not lead to a public address"),
            ],
            pager: sample_pager(4),
        };
        let none = Self { deliveries: Vec::new(), pager: sample_pager(0), ..full.clone() };
        vec![full, Self { q: "nobody".into(), ..none.clone() }, none]
    }
}
