//! The console: pages for administrators, and the small pieces that they share.

mod audit;
mod chart;
mod client_form;
mod client_options;
mod client_secret;
mod clients;
mod dashboard;
mod deliveries;
mod encryption_keys;
mod keys;
mod lifetime;
mod lists;
mod registration_tokens;
mod scopes;
mod settings;
mod timeline;
mod user;
mod user_form;
mod users;

use serde::Serialize;

pub use audit::{Audit, AuditFilter, AuditRow, EVENTS, Mark, Narrowed, Registered};
pub use chart::{HourRow, SignIns, Tick};
pub use client_form::{
    ClientChoices, ClientEdit, ClientForm, ClientNew, RegisteredClient, SecretRow, SecretState, ServerRules,
    Ticked,
};
pub use client_options::{ClientOptions, OpenSections, OptionChoices};
pub use client_secret::{ClientRotate, ClientSecret, OldSecret};
pub use clients::{ClientDelete, ClientFilter, ClientHead, ClientRow, Clients};
pub use dashboard::{Dashboard, Health, RotationDue, Stat, Verdict};
pub use deliveries::{Deliveries, DeliveryRow};
pub use encryption_keys::{EncryptionKey, EncryptionKeyRow, EncryptionKeyState};
pub use keys::{
    KeyForm, KeyHead, KeyImport, KeyImportForm, KeyNew, KeyRetire, KeyRotate, Keys, NextKey, Schedule,
};
pub use lifetime::{Lifetime, UNITS, span};
pub use lists::{ConsentRow, Consents, SessionRow, Sessions};
pub use registration_tokens::{
    RegistrationToken, RegistrationTokenForm, RegistrationTokenRow, RegistrationTokens,
};
pub use scopes::{ScopeDelete, ScopeEdit, ScopeForm, ScopeNew, ScopeRow, Scopes};
pub use settings::{SettingGroup, SettingRow, Settings, SettingsForm};
pub use timeline::{Bar, KeyLife, KeyState, Part, Plan, Timeline, TimelineRow};
pub use user::{Fact, Pause, UserConsent, UserHead, UserSession, UserShow};
pub use user_form::{UserEdit, UserForm, UserNew, UserNewForm, UserPassword};
pub use users::{UserDisable, UserRow, UserSignOut, Users};

use super::{Avatar, Choice, Pager, pages};

pages![
    Dashboard,
    Clients,
    ClientNew,
    ClientEdit,
    ClientRotate,
    ClientSecret,
    ClientDelete,
    RegistrationTokens,
    RegistrationToken,
    Scopes,
    ScopeNew,
    ScopeEdit,
    ScopeDelete,
    Users,
    UserNew,
    UserShow,
    UserEdit,
    UserPassword,
    UserDisable,
    UserSignOut,
    Consents,
    Sessions,
    Deliveries,
    Keys,
    KeyNew,
    KeyRotate,
    KeyRetire,
    KeyImport,
    EncryptionKey,
    Audit,
    Settings,
];

/// A person or an app as lists name it, and the page about it.
#[derive(Clone, Debug, Serialize)]
pub struct Named {
    pub name: String,
    /// The second line: an address or an ID.
    pub detail: String,
    pub avatar: Avatar,
    pub url: String,
}

/// One line of what happened lately.
#[derive(Clone, Debug, Serialize)]
pub struct Activity {
    pub mark: Mark,
    pub detail: String,
    /// `2 hours ago`.
    pub time: String,
    /// `2026-11-20T13:56:00Z`, for machines.
    pub time_iso: String,
}

/// `text` as one segment of a path: client IDs, scopes and key IDs may hold a slash.
pub fn segment(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// `1,204`.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What is shown of a list: the page's number from 1, rows on a full page, and rows in all.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    pub page: i64,
    pub per_page: i64,
    pub total: i64,
}

impl Shown {
    /// The foot of the list; `url` is the address of the page with a number.
    pub fn pager(self, url: impl Fn(i64) -> String) -> Pager {
        let first = (self.page - 1) * self.per_page + 1;
        let last = (self.page * self.per_page).min(self.total);
        let range =
            if first >= last { grouped(last) } else { format!("{}–{}", grouped(first), grouped(last)) };
        Pager {
            range,
            total: grouped(self.total),
            previous_url: (self.page > 1).then(|| url(self.page - 1)),
            next_url: (last < self.total).then(|| url(self.page + 1)),
        }
    }
}

fn choices(pairs: &[(&str, &str)]) -> Vec<Choice> {
    pairs.iter().map(|&(value, label)| Choice::new(value, label)).collect()
}

/// People of the samples.
fn sample_person(name: &str, detail: &str) -> Named {
    let id = name.to_lowercase().replace(' ', "-");
    Named {
        name: name.into(),
        detail: detail.into(),
        avatar: Avatar::of(name),
        url: format!("/admin/users/{}", segment(&id)),
    }
}

/// Apps of the samples.
fn sample_app(name: &str, id: &str) -> Named {
    Named {
        name: name.into(),
        detail: id.into(),
        avatar: Avatar::of(name),
        url: format!("/admin/clients/{}", segment(id)),
    }
}

/// The pager of the samples.
fn sample_pager(total: i64) -> Pager {
    Shown { page: 1, per_page: 50, total }.pager(|page| format!("?page={page}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let texts: Vec<String> = [0, 999, 1000, 12_480, 1_000_000, -1204].map(grouped).into();
        assert_eq!(texts, ["0", "999", "1,000", "12,480", "1,000,000", "-1,204"]);
    }

    #[test]
    fn an_id_stays_one_segment_of_a_path() {
        assert_eq!(segment("harbour-portal"), "harbour-portal");
        assert_eq!(segment("https://api.example/a b?c#d%"), "https%3A%2F%2Fapi.example%2Fa%20b%3Fc%23d%25");
    }

    #[test]
    fn a_pager_names_its_rows_and_leads_only_to_pages_that_are() {
        let pager = |page, total| Shown { page, per_page: 50, total }.pager(|page| format!("?page={page}"));
        let middle = pager(2, 1204);
        assert_eq!(middle.range, "51–100");
        assert_eq!(
            (middle.previous_url.as_deref(), middle.next_url.as_deref()),
            (Some("?page=1"), Some("?page=3"))
        );
        let last = pager(3, 101);
        assert_eq!((last.range.as_str(), last.next_url), ("101", None));
        let only = pager(1, 50);
        assert_eq!((only.range.as_str(), only.previous_url, only.next_url), ("1–50", None, None));
        assert_eq!(pager(1, 0).range, "0");
    }
}
