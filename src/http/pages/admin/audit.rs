//! The audit log, and what its events are called.

use serde::Serialize;

use super::sample_pager;
use crate::http::pages::{Choice, Page, Pager, Tone};

/// `GET /admin/audit`.
#[derive(Clone, Debug, Serialize)]
pub struct Audit {
    pub filter: AuditFilter,
    /// [`AuditFilter::events`].
    pub events: Vec<Choice>,
    /// Nothing was looked for.
    pub is_unfiltered: bool,
    pub rows: Vec<AuditRow>,
    pub pager: Pager,
}

/// What was asked for, as it came.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AuditFilter {
    pub q: String,
    pub event: String,
    /// `2026-11-20`, as date fields send it.
    pub from: String,
    pub to: String,
    /// Only what concerns one client or one person.
    pub about: Option<Narrowed>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Narrowed {
    /// The parameter: `client` or `user`.
    pub field: &'static str,
    pub value: String,
    pub name: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct AuditRow {
    /// `2026-11-20 15:58:02`, in UTC.
    pub time: String,
    pub mark: Mark,
    pub actor: String,
    pub detail: String,
    /// What to compare the detail with, where a client sent what it is not registered for.
    pub registered: Option<Registered>,
    /// Empty where this server did it by itself.
    pub address: String,
    pub request_id: String,
    /// The end of the request's ID; empty without one.
    pub request_end: String,
    /// All entries of the same request.
    pub request_url: String,
}

/// A client's redirect URIs as they are now.
#[derive(Clone, Debug, Serialize)]
pub struct Registered {
    pub redirect_uris: Vec<String>,
    /// Where they are changed.
    pub client_url: String,
}

/// An event in people's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mark {
    pub title: String,
    /// None for what is usual.
    pub tone: Option<Tone>,
    /// A name from the sprite.
    pub icon: &'static str,
}

type Words = (&'static str, &'static str, Option<Tone>, &'static str);

/// Every event that the log knows: its name, its title, its tone and its icon.
pub const EVENTS: [Words; 40] = [
    ("sign_in", "Signed in", None, "check"),
    ("sign_in_failed", "Wrong password", Some(Tone::Warn), "triangle-alert"),
    ("sign_in_paused", "Sign-in paused", Some(Tone::Warn), "lock"),
    ("pause_ended", "Pause ended", None, "circle-check"),
    ("sign_out", "Signed out", None, "log-out"),
    ("session_ended", "Session ended", None, "circle-minus"),
    ("consent_given", "Consent given", None, "handshake"),
    ("consent_declined", "Consent declined", None, "ban"),
    ("consent_revoked", "Consent revoked", None, "circle-minus"),
    ("request_refused", "Request refused", Some(Tone::Bad), "circle-x"),
    ("client_auth_failed", "Wrong client secret", Some(Tone::Warn), "triangle-alert"),
    ("client_auth_paused", "Client paused", Some(Tone::Warn), "lock"),
    ("code_reused", "Code used twice", Some(Tone::Bad), "triangle-alert"),
    ("refresh_token_reused", "Refresh token used twice", Some(Tone::Bad), "triangle-alert"),
    ("client_added", "Client added", None, "plus"),
    ("client_registered", "Client registered", None, "plus"),
    ("client_changed", "Client changed", None, "pencil"),
    ("client_removed", "Client deleted", None, "trash-2"),
    ("secret_rotated", "Secret rotated", None, "rotate-cw"),
    ("secret_revoked", "Secret revoked", None, "ban"),
    ("registration_token_made", "Registration token made", None, "plus"),
    ("registration_token_revoked", "Registration token revoked", None, "ban"),
    ("scope_added", "Scope added", None, "plus"),
    ("scope_changed", "Scope changed", None, "pencil"),
    ("scope_removed", "Scope deleted", None, "trash-2"),
    ("key_created", "Key made", None, "key-round"),
    ("key_published", "Next key published", None, "key-round"),
    ("key_imported", "Key imported", None, "upload"),
    ("key_rotated", "Key rotated", None, "rotate-cw"),
    ("key_retired", "Key retired", None, "history"),
    ("key_withdrawn", "Key withdrawn", None, "circle-minus"),
    ("user_added", "User added", None, "user-plus"),
    ("user_changed", "User changed", None, "pencil"),
    ("user_disabled", "User disabled", None, "ban"),
    ("user_enabled", "User enabled", None, "circle-check"),
    ("user_signed_out", "Signed out everywhere", None, "log-out"),
    ("password_changed", "Password changed", None, "lock"),
    ("password_set", "Password set", None, "lock"),
    ("setup_finished", "Set-up finished", None, "circle-check"),
    ("settings_changed", "Settings changed", None, "settings"),
];

impl Mark {
    /// What `event` is called; one that is not known keeps its name.
    pub fn of(event: &str) -> Self {
        let known = EVENTS.iter().find(|(name, ..)| *name == event);
        known.map_or_else(
            || Self { title: event.replace('_', " "), tone: None, icon: "info" },
            |&(_, title, tone, icon)| Self { title: title.into(), tone, icon },
        )
    }
}

impl AuditFilter {
    /// The events to choose from, after all of them.
    pub fn events() -> Vec<Choice> {
        let all = Choice::new("", "All events");
        std::iter::once(all).chain(EVENTS.iter().map(|&(name, title, ..)| Choice::new(name, title))).collect()
    }
}

impl Page for Audit {
    const TEMPLATE: &'static str = "admin/audit/index.html";

    fn samples() -> Vec<Self> {
        let row = |time: &str, event: &str, actor: &str, detail: &str, address: &str| AuditRow {
            time: format!("2026-11-20 {time}"),
            mark: Mark::of(event),
            actor: actor.into(),
            detail: detail.into(),
            registered: None,
            address: address.into(),
            request_id: "01JD4K9V3Z7W8Q2M5T6YB0XR1C".into(),
            request_end: "…B0XR1C".into(),
            request_url: "/admin/audit?q=01JD4K9V3Z7W8Q2M5T6YB0XR1C".into(),
        };
        let alone = |row: AuditRow| AuditRow {
            request_id: String::new(),
            request_end: String::new(),
            request_url: String::new(),
            ..row
        };
        let all = Self {
            filter: AuditFilter::default(),
            events: AuditFilter::events(),
            is_unfiltered: true,
            rows: vec![
                AuditRow {
                    registered: Some(Registered {
                        redirect_uris: vec![
                            "https://portal.harbour.example/callback".into(),
                            "https://portal.harbour.example/mobile".into(),
                        ],
                        client_url: "/admin/clients/harbour-portal".into(),
                    }),
                    ..row(
                        "15:58:02",
                        "request_refused",
                        "Nobody",
                        "Harbour Portal (harbour-portal): redirect_uri is not registered for this client; \
                         comparison is exact. It sent \"https://portal.harbour.example/callback/\"",
                        "203.0.113.24",
                    )
                },
                alone(row("13:56:00", "key_created", "The system", "RS256 t7RkE0c", "")),
                row("12:41:09", "sign_in_paused", "Nobody", "mateo, for 15 minutes", "198.51.100.7"),
                row(
                    "11:20:33",
                    "sign_in",
                    "Chloé Lambert",
                    "Harbour Portal",
                    "2001:db8:1000:2000:3000:4000:5000:6000",
                ),
                row("10:12:18", "client_changed", "Ada Okafor", "Grafana: redirect URIs", "203.0.113.24"),
                row(
                    "09:48:26",
                    "refresh_token_reused",
                    "Priya Raman",
                    "Field Notes: every token of the sign-in is revoked",
                    "203.0.113.90",
                ),
                row("09:47:55", "not_known_yet", "Priya Raman", "", "203.0.113.90"),
            ],
            pager: sample_pager(18_204),
        };
        let narrowed = Self {
            filter: AuditFilter {
                q: "203.0.113".into(),
                event: "client_changed".into(),
                from: "2026-11-01".into(),
                to: "2026-11-20".into(),
                about: Some(Narrowed { field: "client", value: "grafana".into(), name: "Grafana".into() }),
            },
            is_unfiltered: false,
            rows: vec![all.rows[4].clone()],
            pager: sample_pager(1),
            ..all.clone()
        };
        let nothing = Self { rows: Vec::new(), pager: sample_pager(0), ..narrowed.clone() };
        vec![all, narrowed, nothing]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_one_name_and_one_title() {
        for list in [EVENTS.map(|event| event.0), EVENTS.map(|event| event.1)] {
            let distinct: std::collections::BTreeSet<&str> = list.into_iter().collect();
            assert_eq!(distinct.len(), EVENTS.len());
        }
    }

    #[test]
    fn an_unknown_event_keeps_its_name() {
        assert_eq!(Mark::of("moon_landed").title, "moon landed");
        assert_eq!(Mark::of("sign_in_paused").tone, Some(Tone::Warn));
    }
}
