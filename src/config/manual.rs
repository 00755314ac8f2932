//! All settings as text: the manual, and the values in use.

use std::fmt::Write;

use super::layers::{Preset, Row};
use super::settings::{TABLES, rows};
use super::{Config, Source};

const INTRODUCTION: &str = "\
# Configuration

Cardea runs without any configuration. What you set, you set in one or more of three places; each wins over those
before it:

1. the file `cardea.toml` in the working directory, or the one that `--config` or `CARDEA_CONFIG` names;
2. the environment: `CARDEA_` and the key in capitals, so that `lifetimes.code` is `CARDEA_LIFETIMES_CODE`
   (an empty variable counts as not set; a list is divided by commas);
3. flags of the command line.

Times are in seconds, or carry a unit: `90s`, `10m`, `12h`, `30d`. Relative paths start at the working directory.

```toml
issuer = \"https://id.example.com\"
database_url = \"postgres://cardea@db.example.com/cardea\"
trusted_proxies = [\"10.0.0.0/8\"]

[lifetimes]
access_token = \"30m\"
```

Everything is checked once, at start: a key that does not exist, a value that makes no sense or two that contradict
each other stop it with a line that says where and what to do. `cardea config check` does the same without starting,
and `cardea config show` prints every value in use and where it came from, secrets masked.

<!-- This page is printed from src/config/settings.rs; a test keeps it so. -->
";

pub(super) fn reference() -> String {
    let mut page = INTRODUCTION.to_owned();
    page += "\n## General\n";
    for row in rows().iter().filter(|row| !row.key.contains('.')) {
        add_row(&mut page, row);
    }
    for (table, doc) in TABLES {
        write!(page, "\n## `[{table}]`\n\n{}\n", joined(doc)).expect("a string takes all text");
        for row in rows().iter().filter(|row| row.key.split_once('.').is_some_and(|(name, _)| name == *table))
        {
            add_row(&mut page, row);
        }
    }
    page
}

fn add_row(page: &mut String, row: &Row) {
    let preset = match row.preset {
        Preset::Fixed("") if row.is_list => "empty".to_owned(),
        Preset::Fixed("") => "not set".to_owned(),
        Preset::Fixed(text) => format!("`{text}`"),
        Preset::Follows(words, _) => words.to_owned(),
    };
    let Row { key, doc, form, .. } = row;
    write!(page, "\n### `{key}`\n\n{}\n\n", joined(doc)).expect("a string takes all text");
    write!(page, "- Default: {preset}\n- Value: {form}\n- Environment: `{}`\n", row.variable())
        .expect("a string takes all text");
}

/// The lines of a doc comment as one paragraph.
pub(super) fn joined(doc: &[&str]) -> String {
    doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

pub(super) fn show(config: &Config) -> String {
    let mut text = String::new();
    let mut current = "";
    for (key, value) in config.values() {
        let (table, name) = key.split_once('.').unwrap_or(("", key));
        if table != current {
            text += &format!("\n[{table}]\n");
            current = table;
        }
        text += &match value {
            Some(value) => format!("{name} = {value}"),
            None => format!("# {name} is not set"),
        };
        match config.source(key) {
            Source::Default => {}
            source => text += &format!("  # {source}"),
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md");

    #[test]
    fn the_manual_says_what_the_settings_say() {
        let page = reference();
        if std::env::var_os("CARDEA_TEST_WRITE").is_some() {
            std::fs::write(PAGE, &page).unwrap();
        }
        let written = std::fs::read_to_string(PAGE).unwrap_or_default();
        assert!(
            written == page,
            "docs/configuration.md is out of date; this writes it anew: \
             CARDEA_TEST_WRITE=1 cargo test --lib config::manual"
        );
    }

    #[test]
    fn every_setting_has_a_meaning_and_a_variable_of_its_own() {
        let rows = rows();
        let variables: std::collections::BTreeSet<_> = rows.iter().map(Row::variable).collect();
        assert_eq!(variables.len(), rows.len());
        for row in rows {
            assert!(joined(row.doc).ends_with('.'), "{}", row.key);
        }
    }
}
