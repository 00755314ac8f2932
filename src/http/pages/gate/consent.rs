//! May the app have this? And the page that carries the answer to it.

use serde::Serialize;

use super::Asker;
use crate::http::pages::{App, Avatar, Page};

/// `GET` and `POST /consent`.
#[derive(Clone, Debug, Serialize)]
pub struct Consent {
    pub action: String,
    pub flow: String,
    pub asker: Asker,
    pub username: String,
    pub avatar: Avatar,
    /// Where somebody else can sign in for the same request.
    pub switch_url: String,
    /// The day of the last consent; without one everything is new.
    pub agreed_on: Option<String>,
    pub new: Vec<Grant>,
    pub known: Vec<Grant>,
}

/// A scope in people's words.
#[derive(Clone, Debug, Serialize)]
pub struct Grant {
    pub title: String,
    /// What exactly, with this person's own values where there are any.
    pub description: String,
    /// A name from the sprite, such as `mail`.
    pub icon: String,
}

/// `response_mode=form_post` (OAuth 2.0 Form Post Response Mode, 2): sends itself with script, by button without.
#[derive(Clone, Debug, Serialize)]
pub struct FormPost {
    pub app: App,
    /// The redirect URI.
    pub action: String,
    pub host: String,
    pub fields: Vec<Hidden>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Hidden {
    pub name: String,
    pub value: String,
}

impl Page for Consent {
    const TEMPLATE: &'static str = "consent.html";

    fn samples() -> Vec<Self> {
        let grant = |title: &str, description: &str, icon: &str| Grant {
            title: title.into(),
            description: description.into(),
            icon: icon.into(),
        };
        let new = vec![
            grant("See your groups", "harbour-staff, editors", "id-card"),
            grant(
                "Stay connected when you are away",
                "It can refresh your details until you remove its access.",
                "clock",
            ),
        ];
        let known = vec![
            grant("Know who you are", "Ada Okafor, and an ID that stays the same for this app", "user"),
            grant("See your email address", "ada@tidemark.example", "mail"),
        ];
        let more = Self {
            action: "/consent".into(),
            flow: "5f1c8e".into(),
            asker: Asker::sample(),
            username: "ada@tidemark.example".into(),
            avatar: Avatar::of("Ada Okafor"),
            switch_url: "/login?flow=5f1c8e".into(),
            agreed_on: Some("3 March 2026".into()),
            new: new.clone(),
            known: known.clone(),
        };
        let first = Self {
            asker: Asker::sample_with_logo(),
            agreed_on: None,
            new: known.clone(),
            known: Vec::new(),
            ..more.clone()
        };
        let again = Self {
            asker: Asker { policy_url: None, tos_url: None, ..Asker::sample() },
            new: Vec::new(),
            known,
            ..more.clone()
        };
        vec![more, first, again]
    }
}

impl Page for FormPost {
    const TEMPLATE: &'static str = "form_post.html";

    fn samples() -> Vec<Self> {
        let hidden = |name: &str, value: &str| Hidden { name: name.into(), value: value.into() };
        vec![Self {
            app: App::new("Harbour Portal", None),
            action: "https://portal.harbour.example/callback".into(),
            host: "portal.harbour.example".into(),
            fields: vec![
                hidden("code", "SplxlOBeZQQYbYS6WxSbIA"),
                hidden("state", "af0\"ifjsldkj"),
                hidden("iss", "https://id.tidemark.example"),
            ],
        }]
    }
}
