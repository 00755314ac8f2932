//! The first page of the console: what there is, and what needs a person.

use serde::Serialize;

use super::{Activity, Mark, SignIns};
use crate::http::pages::Page;
use crate::oidc::time::UnixTime;

/// `GET /admin`.
#[derive(Clone, Debug, Serialize)]
pub struct Dashboard {
    pub issuer: String,
    /// Key rotations of the next seven days.
    pub rotations: Vec<RotationDue>,
    /// Without one the page leads to the first client.
    pub has_clients: bool,
    pub stats: Vec<Stat>,
    pub sign_ins: SignIns,
    pub health: Vec<Health>,
    /// The newest entries of the audit log.
    pub activity: Vec<Activity>,
}

#[derive(Clone, Debug, Serialize)]
pub struct RotationDue {
    pub alg: String,
    /// `in 6 days`, `tomorrow`, `today`.
    pub due: String,
    /// Whether the next key is published already.
    pub is_published: bool,
}

/// A figure, and where the things it counts are listed.
#[derive(Clone, Debug, Serialize)]
pub struct Stat {
    pub name: String,
    pub value: String,
    /// `2 new in the last 24 hours`; may be empty.
    pub detail: String,
    pub url: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct Health {
    pub name: String,
    pub detail: String,
    pub verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Ok,
    /// Something is due.
    Soon,
    Bad,
}

impl Page for Dashboard {
    const TEMPLATE: &'static str = "admin/index.html";

    fn samples() -> Vec<Self> {
        let now = UnixTime(1_795_190_282);
        let stat = |name: &str, value: &str, detail: &str, url: &str| Stat {
            name: name.into(),
            value: value.into(),
            detail: detail.into(),
            url: format!("/admin/{url}"),
        };
        let health =
            |name: &str, detail: &str, verdict| Health { name: name.into(), detail: detail.into(), verdict };
        let activity = |event: &str, detail: &str, time: &str, iso: &str| Activity {
            mark: Mark::of(event),
            detail: detail.into(),
            time: time.into(),
            time_iso: iso.into(),
        };
        let busy: Vec<UnixTime> =
            (0..24).flat_map(|hour| vec![now.minus(hour * 3600); (2 + (hour * 7) % 19) as usize]).collect();
        let full = Self {
            issuer: "https://id.tidemark.example".into(),
            rotations: vec![RotationDue { alg: "RS256".into(), due: "in 6 days".into(), is_published: true }],
            has_clients: true,
            stats: vec![
                stat("People", "12,480", "3 disabled", "users"),
                stat("Clients", "9", "1 disabled", "clients"),
                stat("Live sessions", "3,418", "", "sessions"),
                stat("Consents", "24,106", "", "consents"),
            ],
            sign_ins: SignIns::of(&busy, &[now.minus(4000), now.minus(7300), now.minus(7301)], now),
            health: vec![
                health("Database", "PostgreSQL", Verdict::Ok),
                health("Signing keys", "RS256 rotates on 26 November 2026", Verdict::Soon),
                health("Key for ES256", "Nothing signs with it", Verdict::Bad),
            ],
            activity: vec![
                activity(
                    "key_created",
                    "RS256 t7RkE0c, by the rotation schedule",
                    "2 hours ago",
                    "2026-11-20T13:56:00Z",
                ),
                activity(
                    "sign_in_paused",
                    "mateo, after 5 wrong passwords",
                    "3 hours ago",
                    "2026-11-20T12:41:09Z",
                ),
                activity(
                    "client_changed",
                    "Grafana: redirect URIs, by Ada Okafor",
                    "Today, 10:12",
                    "2026-11-20T10:12:18Z",
                ),
                activity(
                    "refresh_token_reused",
                    "Field Notes, Priya Raman",
                    "Today, 09:48",
                    "2026-11-20T09:48:26Z",
                ),
                activity("user_added", "Hana Sato, by Ingrid Solheim", "Yesterday", "2026-11-19T17:20:00Z"),
            ],
        };
        let first_day = Self {
            rotations: Vec::new(),
            has_clients: false,
            stats: vec![
                stat("People", "1", "", "users"),
                stat("Clients", "0", "", "clients"),
                stat("Live sessions", "1", "", "sessions"),
                stat("Consents", "0", "", "consents"),
            ],
            sign_ins: SignIns::of(&[], &[], now),
            health: vec![
                health("Database", "SQLite", Verdict::Ok),
                health("Signing keys", "RS256 rotates on 18 February 2027", Verdict::Ok),
            ],
            activity: vec![activity(
                "setup_finished",
                "ada is an administrator",
                "Just now",
                "2026-11-20T15:58:02Z",
            )],
            ..full.clone()
        };
        let hurried = Self {
            rotations: vec![
                RotationDue { alg: "RS256".into(), due: "tomorrow".into(), is_published: false },
                RotationDue { alg: "ES256".into(), due: "in 5 days".into(), is_published: true },
            ],
            activity: Vec::new(),
            ..full.clone()
        };
        vec![full, first_day, hurried]
    }
}
