//! All settings with their values, for the console.

use super::settings::{TABLES, rows};
use super::{Config, Source};

/// A table of settings, or those that stand alone, with what the manual says.
#[derive(Clone, Debug)]
pub struct Group {
    /// `lifetimes`; empty for those that stand alone.
    pub name: &'static str,
    pub doc: String,
    pub settings: Vec<Setting>,
}

/// A setting in use.
#[derive(Clone, Debug)]
pub struct Setting {
    /// `lifetimes.code`.
    pub key: &'static str,
    pub doc: String,
    /// As TOML writes it, with secrets masked; none where it is not set.
    pub value: Option<String>,
    pub source: Source,
    /// `CARDEA_LIFETIMES_CODE`.
    pub variable: String,
}

pub(super) fn groups(config: &Config) -> Vec<Group> {
    let values = config.values();
    let settings = |name: &str| {
        let is_ours = |key: &str| key.split_once('.').map_or("", |(table, _)| table) == name;
        let setting = |row: super::layers::Row| Setting {
            key: row.key,
            doc: super::manual::joined(row.doc),
            value: values.iter().find(|(key, _)| *key == row.key).and_then(|(_, value)| value.clone()),
            source: config.source(row.key).clone(),
            variable: row.variable(),
        };
        rows().into_iter().filter(|row| is_ours(row.key)).map(setting).collect()
    };
    let alone = Group {
        name: "",
        doc: "Where Cardea answers, and what it stands on.".to_owned(),
        settings: settings(""),
    };
    let tables = TABLES.iter().map(|(name, doc)| Group {
        name,
        doc: super::manual::joined(doc),
        settings: settings(name),
    });
    std::iter::once(alone).chain(tables).collect()
}
