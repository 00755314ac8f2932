//! Signing keys: where each is in its life, and the pages that move it on.

use serde::{Deserialize, Serialize};

use super::{EncryptionKeyRow, KeyLife, KeyState, Plan, Timeline, choices};
use crate::http::pages::{Choice, Errors, Page};
use crate::oidc::time::UnixTime;

/// `GET /admin/keys`.
#[derive(Clone, Debug, Serialize)]
pub struct Keys {
    pub timeline: Timeline,
    /// Where the only algorithm that signs is rotated; with several each row says where.
    pub rotate_url: Option<String>,
    /// None where keys are rotated by hand.
    pub schedule: Option<Schedule>,
    /// How long a key verifies after it last signed: `10 minutes`.
    pub keep: String,
    /// Keys that apps encrypt to.
    pub encryption: Vec<EncryptionKeyRow>,
    /// How long one of them decrypts after it was replaced: `15 days`.
    pub decrypts_for: String,
    pub jwks_uri: String,
    /// Keys in the key set.
    pub published: u32,
}

#[derive(Clone, Debug, Serialize)]
pub struct Schedule {
    /// `90 days`.
    pub rotate_every: String,
    /// `14 days`.
    pub publish_ahead: String,
    /// `RS256 on 26 November 2026`, for each algorithm that signs.
    pub next: Vec<String>,
}

/// `GET /admin/keys/new`, and `POST /admin/keys` when it must be drawn again.
#[derive(Clone, Debug, Serialize)]
pub struct KeyNew {
    pub form: KeyForm,
    pub algs: Vec<Choice>,
    /// [`KeyForm::sizes`].
    pub sizes: Vec<Choice>,
    pub errors: Errors,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct KeyForm {
    pub alg: String,
    /// Counts for RSA only.
    pub bits: String,
    /// `next` or `now`.
    pub start: String,
}

/// `GET` and `POST /admin/keys/rotate?alg=…`.
#[derive(Clone, Debug, Serialize)]
pub struct KeyRotate {
    pub alg: String,
    /// The `kid` that signs now.
    pub signing: String,
    /// The key that takes over; without one a key is made that nobody knows yet.
    pub next: Option<NextKey>,
    /// `10 minutes`.
    pub keep: String,
    pub errors: Errors,
}

#[derive(Clone, Debug, Serialize)]
pub struct NextKey {
    pub kid: String,
    /// How long it has been published: `8 days`.
    pub known_for: String,
    /// The day.
    pub known_since: String,
}

/// `GET` and `POST …/keys/{kid}/retire`.
#[derive(Clone, Debug, Serialize)]
pub struct KeyRetire {
    pub key: KeyHead,
    /// Clients whose tokens this key's algorithm signs, where no other key can take over.
    pub clients: Vec<String>,
    /// `10 minutes`.
    pub keep: String,
    pub errors: Errors,
}

#[derive(Clone, Debug, Serialize)]
pub struct KeyHead {
    pub kid: String,
    pub alg: String,
    pub state: KeyState,
    /// `/admin/keys/{kid}`, whole.
    pub url: String,
}

/// `GET` and `POST /admin/keys/import`.
#[derive(Clone, Debug, Serialize)]
pub struct KeyImport {
    pub form: KeyImportForm,
    /// After `From the key` with the empty value.
    pub algs: Vec<Choice>,
    pub errors: Errors,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct KeyImportForm {
    pub key_pem: String,
    /// Empty for the thumbprint (RFC 7638).
    pub kid: String,
    pub alg: String,
    /// `sign` or `verify`.
    pub purpose: String,
}

impl KeyForm {
    pub fn sizes() -> Vec<Choice> {
        choices(&[("2048", "2048 bit"), ("3072", "3072 bit"), ("4096", "4096 bit")])
    }
}

impl Page for Keys {
    const TEMPLATE: &'static str = "admin/keys/index.html";

    fn samples() -> Vec<Self> {
        const DAY: i64 = 86_400;
        let now = UnixTime(1_795_190_282);
        let life = |kid: &str, detail: &str, state, days: [Option<i64>; 4]| {
            let [created, signs, retired, removed] =
                days.map(|days| days.map(|days: i64| now.plus(days * DAY)));
            KeyLife {
                kid: kid.into(),
                alg: detail[..5].into(),
                detail: detail.into(),
                state,
                is_imported: detail.contains("imported"),
                created_at: created.unwrap_or(now),
                signs_at: signs,
                retired_at: retired,
                removed_at: removed,
            }
        };
        let lives = [
            life("t7RkE0c", "RS256 · 3072 bit", KeyState::Next, [Some(-8), Some(6), None, None]),
            life("hN8xQ2v", "RS256 · 3072 bit", KeyState::Signing, [Some(-98), Some(-84), None, None]),
            life(
                "Yc3mP9d",
                "RS256 · 2048 bit",
                KeyState::Removed,
                [Some(-190), Some(-174), Some(-84), Some(-54)],
            ),
            life("eB5wJ1s", "ES256 · P-256", KeyState::Signing, [Some(-64), Some(-50), None, None]),
            life(
                "QbFnY4n4m8kqYw0sJr2vXg6T1pLhEoZcDaIuMtRyKxS",
                "RS256 · imported",
                KeyState::Retired,
                [Some(-40), None, Some(-40), Some(10)],
            ),
        ];
        let plan = Plan { rotate_every: Some(90 * DAY), keep: 30 * DAY };
        let scheduled = Self {
            timeline: Timeline::of(&lives, plan, now, "/admin/keys"),
            rotate_url: None,
            schedule: Some(Schedule {
                rotate_every: "90 days".into(),
                publish_ahead: "14 days".into(),
                next: vec!["RS256 on 26 November 2026".into(), "ES256 on 30 December 2026".into()],
            }),
            keep: "30 days".into(),
            encryption: EncryptionKeyRow::samples(),
            decrypts_for: "15 days".into(),
            jwks_uri: "https://id.tidemark.example/jwks".into(),
            published: 6,
        };
        let plan = Plan { rotate_every: None, keep: 600 };
        let by_hand = Self {
            timeline: Timeline::of(&lives[1..2], plan, now, "/admin/keys"),
            rotate_url: Some("/admin/keys/rotate?alg=RS256".into()),
            schedule: None,
            keep: "10 minutes".into(),
            encryption: Vec::new(),
            published: 1,
            ..scheduled.clone()
        };
        vec![scheduled, by_hand]
    }
}

impl Page for KeyNew {
    const TEMPLATE: &'static str = "admin/keys/new.html";

    fn samples() -> Vec<Self> {
        let fresh = Self {
            form: KeyForm { alg: "ES256".into(), bits: "3072".into(), start: "next".into() },
            algs: choices(&[("RS256", "RS256"), ("PS256", "PS256"), ("ES256", "ES256"), ("EdDSA", "EdDSA")]),
            sizes: KeyForm::sizes(),
            errors: Errors::default(),
        };
        let refused = Self {
            form: KeyForm { alg: "RS256".into(), start: "now".into(), ..fresh.form.clone() },
            errors: Errors::from_iter([("alg", "A next key for RS256 is published already.")]),
            ..fresh.clone()
        };
        vec![fresh, refused]
    }
}

impl Page for KeyRotate {
    const TEMPLATE: &'static str = "admin/keys/rotate.html";

    fn samples() -> Vec<Self> {
        let ready = Self {
            alg: "RS256".into(),
            signing: "hN8xQ2v".into(),
            next: Some(NextKey {
                kid: "t7RkE0c".into(),
                known_for: "8 days".into(),
                known_since: "12 November 2026".into(),
            }),
            keep: "10 minutes".into(),
            errors: Errors::default(),
        };
        let hasty = Self {
            next: None,
            errors: Errors::from_iter([("old", "Choose what happens to the key in use.")]),
            ..ready.clone()
        };
        vec![ready, hasty]
    }
}

impl Page for KeyRetire {
    const TEMPLATE: &'static str = "admin/keys/retire.html";

    fn samples() -> Vec<Self> {
        let key = |state| KeyHead {
            kid: "hN8xQ2v".into(),
            alg: "RS256".into(),
            state,
            url: "/admin/keys/hN8xQ2v".into(),
        };
        let of = |state, clients: &[&str]| Self {
            key: key(state),
            clients: clients.iter().map(|&name| name.into()).collect(),
            keep: "10 minutes".into(),
            errors: Errors::default(),
        };
        let refused = Self {
            errors: Errors::from_iter([("old", "Choose what happens to the key.")]),
            ..of(KeyState::Signing, &[])
        };
        vec![
            of(KeyState::Signing, &["Harbour Portal", "Grafana"]),
            refused,
            of(KeyState::Next, &[]),
            of(KeyState::Retired, &[]),
        ]
    }
}

impl Page for KeyImport {
    const TEMPLATE: &'static str = "admin/keys/import.html";

    fn samples() -> Vec<Self> {
        let fresh = Self {
            form: KeyImportForm {
                key_pem: String::new(),
                kid: String::new(),
                alg: String::new(),
                purpose: "verify".into(),
            },
            algs: choices(&[
                ("", "From the key"),
                ("RS256", "RS256"),
                ("PS256", "PS256"),
                ("ES256", "ES256"),
            ]),
            errors: Errors::default(),
        };
        let refused = Self {
            form: KeyImportForm {
                key_pem: "-----BEGIN PRIVATE KEY-----".into(),
                kid: "hN8xQ2v".into(),
                alg: "ES256".into(),
                purpose: "sign".into(),
            },
            errors: Errors::from_iter([
                ("key_pem", "This is not a private key in PEM form."),
                ("kid", "Another key has this ID."),
                ("alg", "This key cannot sign with ES256."),
            ]),
            ..fresh.clone()
        };
        vec![fresh, refused]
    }
}
