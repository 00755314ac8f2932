//! One person: an overview.

use serde::Serialize;

use super::{Activity, Mark, Named, sample_app};
use crate::http::pages::{Avatar, Device, Page};

/// What stands above each page about a person.
#[derive(Clone, Debug, Serialize)]
pub struct UserHead {
    pub name: String,
    pub username: String,
    /// The `sub` of every token.
    pub id: String,
    pub avatar: Avatar,
    /// `/admin/users/{id}`, whole.
    pub url: String,
    pub is_admin: bool,
    pub is_disabled: bool,
    /// Sign-in is paused after too many wrong passwords.
    pub is_paused: bool,
    /// The visitor's own account.
    pub is_you: bool,
    /// The person's entries in the audit log.
    pub activity_url: String,
}

/// `GET …/users/{id}`.
#[derive(Clone, Debug, Serialize)]
pub struct UserShow {
    pub user: UserHead,
    pub pause: Option<Pause>,
    pub profile: Vec<Fact>,
    pub has_password: bool,
    /// `Changed 14 December 2025`; empty without a password.
    pub password: String,
    pub consents: Vec<UserConsent>,
    pub sessions: Vec<UserSession>,
    pub activity: Vec<Activity>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Pause {
    /// `12:56 UTC`.
    pub until: String,
    pub failures: i64,
    /// `POST …/users/{id}/pause/delete`.
    pub delete_url: String,
}

/// A line of the profile.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    pub name: String,
    /// None where nothing is known.
    pub value: Option<String>,
    /// Whether it has been confirmed, where that is told.
    pub is_verified: Option<bool>,
}

#[derive(Clone, Debug, Serialize)]
pub struct UserConsent {
    pub app: Named,
    /// `profile, email. 3 March 2026`.
    pub detail: String,
    /// `POST …/users/{id}/consents/{client_id}/delete`.
    pub delete_url: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct UserSession {
    pub device: Device,
    /// `203.0.113.24. Active 40 minutes ago`.
    pub detail: String,
    pub is_current: bool,
    /// `POST …/users/{id}/sessions/{sid}/delete`.
    pub delete_url: String,
}

impl UserHead {
    pub(super) fn sample() -> Self {
        Self {
            name: "Mateo Ruiz".into(),
            username: "mateo".into(),
            id: "5f93b0aa41d74c5e".into(),
            avatar: Avatar::of("Mateo Ruiz"),
            url: "/admin/users/5f93b0aa41d74c5e".into(),
            is_admin: false,
            is_disabled: false,
            is_paused: true,
            is_you: false,
            activity_url: "/admin/audit?user=5f93b0aa41d74c5e".into(),
        }
    }
}

impl Page for UserShow {
    const TEMPLATE: &'static str = "admin/users/show.html";

    fn samples() -> Vec<Self> {
        let fact = |name: &str, value: &str, is_verified| Fact {
            name: name.into(),
            value: Some(value.to_owned()).filter(|value| !value.is_empty()),
            is_verified,
        };
        let consent = |name: &str, id: &str, detail: &str| UserConsent {
            app: sample_app(name, id),
            detail: detail.into(),
            delete_url: format!("/admin/users/5f93b0aa41d74c5e/consents/{id}/delete"),
        };
        let session = |agent: &str, detail: &str, is_current| UserSession {
            device: Device::of(agent),
            detail: detail.into(),
            is_current,
            delete_url: "/admin/users/5f93b0aa41d74c5e/sessions/7c31/delete".into(),
        };
        let activity = |event: &str, detail: &str, time: &str, iso: &str| Activity {
            mark: Mark::of(event),
            detail: detail.into(),
            time: time.into(),
            time_iso: iso.into(),
        };
        let paused = Self {
            user: UserHead::sample(),
            pause: Some(Pause {
                until: "12:56 UTC".into(),
                failures: 5,
                delete_url: "/admin/users/5f93b0aa41d74c5e/pause/delete".into(),
            }),
            profile: vec![
                fact("Name", "Mateo Ruiz", None),
                fact("Username", "mateo", None),
                fact("Email", "mateo@tidemark.example", Some(true)),
                fact("Phone", "+31 10 555 0100", Some(false)),
                fact("Language", "es-ES", None),
                fact("Time zone", "", None),
                fact("Added", "2 November 2022", None),
                fact("Last sign-in", "Today, 08:02", None),
            ],
            has_password: true,
            password: "Changed 14 December 2025".into(),
            consents: vec![
                consent("Harbour Portal", "harbour-portal", "profile, email. 3 March 2026"),
                consent("Field Notes", "field-notes", "profile, offline_access. 18 January 2026"),
            ],
            sessions: vec![
                session(
                    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
                    "203.0.113.24. Active 40 minutes ago",
                    false,
                ),
                session("", "2001:db8:1000:2000:3000:4000:5000:6000. Active yesterday", false),
            ],
            activity: vec![
                activity("sign_in_paused", "For 15 minutes", "Today, 12:41", "2026-11-20T12:41:09Z"),
                activity("sign_in_failed", "From 198.51.100.7", "Today, 12:41", "2026-11-20T12:41:08Z"),
                activity("sign_in", "Harbour Portal", "Today, 08:02", "2026-11-20T08:02:00Z"),
                activity(
                    "consent_given",
                    "Harbour Portal: profile email",
                    "3 March 2026",
                    "2026-03-03T09:00:00Z",
                ),
            ],
        };
        let bare = Self {
            user: UserHead { is_paused: false, is_disabled: true, ..UserHead::sample() },
            pause: None,
            has_password: false,
            password: String::new(),
            consents: Vec::new(),
            sessions: Vec::new(),
            activity: Vec::new(),
            ..paused.clone()
        };
        let you = Self {
            user: UserHead { is_paused: false, is_admin: true, is_you: true, ..UserHead::sample() },
            pause: None,
            sessions: vec![session(
                "Macintosh; Intel Mac OS X Safari/605.1.15",
                "203.0.113.24. Active now",
                true,
            )],
            ..paused.clone()
        };
        vec![paused, bare, you]
    }
}
