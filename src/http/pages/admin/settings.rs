//! The settings: the few that are kept in the database, and every one of the configuration with where it comes from.

use serde::{Deserialize, Serialize};
use validator::Validate;

use super::choices;
use crate::http::pages::{Choice, Errors, Page};
use crate::http::validation;
use crate::oidc::jose::Alg;
use crate::store::settings;

/// `GET` and `POST /admin/settings`.
#[derive(Clone, Debug, Serialize)]
pub struct Settings {
    pub form: SettingsForm,
    /// The name that holds where none is set here.
    pub configured_organisation: String,
    pub algs: Vec<Choice>,
    /// No key signs with the algorithm that is chosen.
    pub has_no_key: bool,
    pub groups: Vec<SettingGroup>,
    pub version: String,
    pub errors: Errors,
}

/// What was typed.
#[derive(Clone, Debug, Default, Deserialize, Serialize, Validate)]
#[serde(default)]
pub struct SettingsForm {
    #[validate(length(max = 100, message = "A name has at most 100 characters."))]
    pub organisation: String,
    pub id_token_signed_response_alg: String,
}

impl SettingsForm {
    pub fn of(kept: &settings::Settings) -> Self {
        Self {
            organisation: kept.organisation.clone().unwrap_or_default(),
            id_token_signed_response_alg: kept.default_alg().to_string(),
        }
    }

    /// What it says, once it may.
    pub fn checked(&self) -> Result<settings::Settings, Errors> {
        let mut errors = Errors::default();
        validation::collect(&mut errors, self.validate(), &["organisation"]);
        if self.organisation.chars().any(char::is_control) {
            errors.add("organisation", "A name has no control characters.");
        }
        let alg = Alg::of_key_pair(&self.id_token_signed_response_alg);
        match alg {
            Ok(alg) if errors.is_empty() => Ok(settings::Settings {
                organisation: Some(self.organisation.clone()).filter(|name| !name.is_empty()),
                // The usual one is kept as nothing, so that a later default would hold here too.
                id_token_alg: Some(alg).filter(|alg| *alg != Alg::RS256),
            }),
            Ok(_) => Err(errors),
            Err(error) => {
                errors.add("id_token_signed_response_alg", format!("Choose one of the list: {error}."));
                Err(errors)
            }
        }
    }
}

/// Settings that belong together.
#[derive(Clone, Debug, Serialize)]
pub struct SettingGroup {
    /// An HTML `id` may be it: `lifetimes`.
    pub id: String,
    pub title: String,
    pub doc: String,
    pub rows: Vec<SettingRow>,
    /// How many of them somebody has set.
    pub changed: usize,
}

#[derive(Clone, Debug, Serialize)]
pub struct SettingRow {
    /// As the file names it: `lifetimes.code`.
    pub key: String,
    pub doc: String,
    /// As the file writes it, secrets masked; empty where it is not set.
    pub value: String,
    /// `cardea.toml, line 3`; empty for the default.
    pub source: String,
    /// The environment variable that sets it.
    pub variable: String,
}

impl Page for Settings {
    const TEMPLATE: &'static str = "admin/settings/index.html";

    fn samples() -> Vec<Self> {
        let row = |key: &str, doc: &str, value: &str, source: &str| SettingRow {
            key: key.into(),
            doc: doc.into(),
            value: value.into(),
            source: source.into(),
            variable: format!("CARDEA_{}", key.replace('.', "_").to_uppercase()),
        };
        let plain = Self {
            form: SettingsForm {
                organisation: "Tidemark".into(),
                id_token_signed_response_alg: "RS256".into(),
            },
            configured_organisation: "Cardea".into(),
            algs: choices(&[("RS256", "RS256"), ("ES256", "ES256"), ("ES512", "ES512")]),
            has_no_key: false,
            groups: vec![
                SettingGroup {
                    id: "general".into(),
                    title: "General".into(),
                    doc: "Where Cardea answers, and what it stands on.".into(),
                    rows: vec![
                        row(
                            "issuer",
                            "The name under which apps and browsers know this provider.",
                            "\"https://id.tidemark.example\"",
                            "/etc/cardea/cardea.toml, line 1",
                        ),
                        row(
                            "database_url",
                            "Where everything is remembered: SQLite or PostgreSQL.",
                            "\"postgres://cardea:***@db.tidemark.example/cardea\"",
                            "environment, CARDEA_DATABASE_URL",
                        ),
                        row(
                            "metrics_token",
                            "With this as bearer token, `/metrics` answers from anywhere.",
                            "",
                            "",
                        ),
                    ],
                    changed: 2,
                },
                SettingGroup {
                    id: "lifetimes".into(),
                    title: "Lifetimes".into(),
                    doc: "How long things last.".into(),
                    rows: vec![row("lifetimes.code", "How long a code may be redeemed.", "\"60s\"", "")],
                    changed: 0,
                },
            ],
            version: "0.1.0".into(),
            errors: Errors::default(),
        };
        let refused = Self {
            form: SettingsForm {
                organisation: "Tidemark ".repeat(20),
                id_token_signed_response_alg: "ES512".into(),
            },
            has_no_key: true,
            errors: Errors::from_iter([
                ("organisation", "A name has at most 100 characters."),
                ("id_token_signed_response_alg", "Choose one of the list."),
            ]),
            ..plain.clone()
        };
        vec![plain, refused]
    }
}
