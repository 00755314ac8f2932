//! The scope registry.

use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::http::form::ticked;
use crate::http::pages::{Errors, Page};
use crate::http::validation;
use crate::oidc::claims::ScopeEntry;
use crate::oidc::scope::Scope;

/// `GET /admin/scopes`.
#[derive(Clone, Debug, Serialize)]
pub struct Scopes {
    pub scopes: Vec<ScopeRow>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ScopeRow {
    pub name: String,
    /// What people read when they are asked.
    pub title: String,
    pub description: String,
    pub claims: Vec<String>,
    pub is_restricted: bool,
    pub is_default: bool,
    /// One of the specification, which cannot be deleted.
    pub is_standard: bool,
    /// Where it can be changed.
    pub url: String,
}

/// `GET /admin/scopes/new`, and `POST /admin/scopes` when it must be drawn again.
#[derive(Clone, Debug, Serialize)]
pub struct ScopeNew {
    pub form: ScopeForm,
    pub errors: Errors,
}

/// `GET` and `POST …/scopes/{name}`.
#[derive(Clone, Debug, Serialize)]
pub struct ScopeEdit {
    pub name: String,
    /// `/admin/scopes/{name}`, whole.
    pub url: String,
    /// One of the specification, which cannot be deleted.
    pub is_standard: bool,
    pub form: ScopeForm,
    pub errors: Errors,
}

/// What was typed.
#[derive(Clone, Debug, Default, Deserialize, Serialize, Validate)]
#[serde(default)]
pub struct ScopeForm {
    /// Fixed once the scope is there.
    #[validate(custom(function = "validation::scope_token"))]
    pub name: String,
    #[validate(length(
        min = 1,
        max = 100,
        message = "Say what people agree to, in at most 100 characters."
    ))]
    pub title: String,
    #[validate(length(max = 255, message = "Explain it in at most 255 characters."))]
    pub description: String,
    /// Parted by blanks.
    #[validate(custom(function = "validation::claim_names"))]
    pub claims: String,
    #[serde(deserialize_with = "ticked")]
    pub is_restricted: bool,
    #[serde(deserialize_with = "ticked")]
    pub is_default: bool,
}

/// `GET` and `POST …/scopes/{name}/delete`.
#[derive(Clone, Debug, Serialize)]
pub struct ScopeDelete {
    pub name: String,
    /// `/admin/scopes/{name}`, whole.
    pub url: String,
    /// Names of the clients that list it.
    pub clients: Vec<String>,
}

impl Page for Scopes {
    const TEMPLATE: &'static str = "admin/scopes/index.html";

    fn samples() -> Vec<Self> {
        let row = |name: &str, title: &str, description: &str, claims: &str| ScopeRow {
            name: name.into(),
            title: title.into(),
            description: description.into(),
            claims: claims.split_whitespace().map(str::to_owned).collect(),
            is_restricted: name.contains("berths"),
            is_default: name == "openid",
            is_standard: !name.contains('/'),
            url: format!("/admin/scopes/{}", super::segment(name)),
        };
        vec![Self {
            scopes: vec![
                row("openid", "Know who you are", "An ID that stays the same for this app", ""),
                row(
                    "profile",
                    "See your profile",
                    "Your name, picture, language and other basic details",
                    "name given_name family_name middle_name nickname preferred_username profile picture website \
                     gender birthdate zoneinfo locale updated_at",
                ),
                row(
                    "email",
                    "See your email address",
                    "The address, and whether it is confirmed",
                    "email email_verified",
                ),
                row(
                    "offline_access",
                    "Stay connected when you are away",
                    "It can refresh your details until you remove its access",
                    "",
                ),
                row(
                    "https://berths.harbour.example/read",
                    "See your berths",
                    "",
                    "berth_numbers harbour_role",
                ),
            ],
        }]
    }
}

impl ScopeForm {
    pub fn of(entry: ScopeEntry) -> Self {
        Self {
            name: entry.name,
            title: entry.title,
            description: entry.description,
            claims: entry.claims.join(" "),
            is_restricted: entry.is_restricted,
            is_default: entry.is_default,
        }
    }

    #[must_use]
    pub fn trimmed(self) -> Self {
        let trimmed = |text: &str| text.trim().to_owned();
        Self {
            name: trimmed(&self.name),
            title: trimmed(&self.title),
            description: trimmed(&self.description),
            ..self
        }
    }

    pub fn problems(&self) -> Errors {
        let mut errors = Errors::default();
        validation::collect(&mut errors, self.validate(), &["title", "description", "name", "claims"]);
        // Its page would stand where the form for new ones is, or browsers would take its address for another.
        if matches!(self.name.as_str(), "new" | "." | "..") {
            errors.add("name", "The console needs this name for itself; choose another one.");
        }
        if self.name == Scope::OPENID && self.is_restricted {
            errors.add("is_restricted", "No app signs anybody in without openid; leave it open to all.");
        }
        errors
    }

    /// What it says, once it has no [`problems`](Self::problems); each claim once.
    pub fn entry(&self) -> ScopeEntry {
        let mut claims: Vec<String> = Vec::new();
        for claim in self.claims.split_whitespace() {
            if !claims.iter().any(|own| own == claim) {
                claims.push(claim.to_owned());
            }
        }
        ScopeEntry {
            name: self.name.clone(),
            title: self.title.clone(),
            description: self.description.clone(),
            claims,
            is_restricted: self.is_restricted,
            is_default: self.is_default,
        }
    }

    fn sample() -> Self {
        Self {
            name: "berths:read".into(),
            title: "See your berths".into(),
            description: "Which berths you have booked".into(),
            claims: "berth_numbers harbour_role".into(),
            is_restricted: true,
            is_default: false,
        }
    }

    fn bad_sample() -> (Self, Errors) {
        let form = Self {
            name: "berths read\"".into(),
            title: String::new(),
            claims: "sub".into(),
            ..Self::sample()
        };
        let errors = Errors::from_iter([
            ("name", "A scope has no blanks, quotes or backslashes."),
            ("title", "Say what people agree to."),
            ("claims", "The claim sub has a meaning of its own in tokens; choose another name."),
        ]);
        (form, errors)
    }
}

impl Page for ScopeNew {
    const TEMPLATE: &'static str = "admin/scopes/new.html";

    fn samples() -> Vec<Self> {
        let (form, errors) = ScopeForm::bad_sample();
        vec![Self { form: ScopeForm::default(), errors: Errors::default() }, Self { form, errors }]
    }
}

impl Page for ScopeEdit {
    const TEMPLATE: &'static str = "admin/scopes/edit.html";

    fn samples() -> Vec<Self> {
        let saved = Self {
            name: "berths:read".into(),
            url: "/admin/scopes/berths%3Aread".into(),
            is_standard: false,
            form: ScopeForm::sample(),
            errors: Errors::default(),
        };
        let standard = Self {
            name: "profile".into(),
            url: "/admin/scopes/profile".into(),
            is_standard: true,
            form: ScopeForm { name: "profile".into(), is_default: true, ..ScopeForm::sample() },
            ..saved.clone()
        };
        let refused = Self {
            form: ScopeForm { title: String::new(), ..ScopeForm::sample() },
            errors: Errors::from_iter([("title", "Say what people agree to.")]),
            ..saved.clone()
        };
        let openid = Self {
            name: "openid".into(),
            url: "/admin/scopes/openid".into(),
            form: ScopeForm { name: "openid".into(), claims: String::new(), ..ScopeForm::sample() },
            errors: Errors::from_iter([("is_restricted", "No app signs anybody in without openid.")]),
            ..standard.clone()
        };
        vec![saved, standard, refused, openid]
    }
}

impl Page for ScopeDelete {
    const TEMPLATE: &'static str = "admin/scopes/delete.html";

    fn samples() -> Vec<Self> {
        let used = Self {
            name: "berths:read".into(),
            url: "/admin/scopes/berths%3Aread".into(),
            clients: vec!["Harbour Portal".into(), "Harbour Kiosk".into()],
        };
        vec![used.clone(), Self { clients: Vec::new(), ..used }]
    }
}
