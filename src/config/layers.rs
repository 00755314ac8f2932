//! What was written where: file, environment, flags. A later layer wins over an earlier one.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::FILE_VARIABLE;
use super::error::{Problem, Source};
use super::form::Form;

/// What the rest of the house knows about one setting.
pub(super) struct Row {
    pub(super) key: &'static str,
    /// Its doc comment, line by line.
    pub(super) doc: &'static [&'static str],
    pub(super) preset: Preset,
    /// What `Form::describe` says.
    pub(super) form: String,
    pub(super) is_list: bool,
}

impl Row {
    /// `CARDEA_LIFETIMES_CODE` for `lifetimes.code`.
    pub(super) fn variable(&self) -> String {
        format!("CARDEA_{}", self.key.replace('.', "_").to_ascii_uppercase())
    }
}

/// What a setting is when nobody sets it.
pub(super) enum Preset {
    Fixed(&'static str),
    /// Depends on other settings or the machine; in words and as a rule.
    Follows(&'static str, fn(&Layers) -> String),
}

/// Every setting that somebody wrote down, and what went wrong so far.
pub(super) struct Layers {
    rows: Vec<Row>,
    given: BTreeMap<&'static str, (String, Source)>,
    problems: Vec<Problem>,
}

impl Layers {
    pub(super) fn new(rows: Vec<Row>) -> Self {
        Self { rows, given: BTreeMap::new(), problems: Vec::new() }
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    pub(super) fn sources(&self) -> BTreeMap<&'static str, Source> {
        self.given.iter().map(|(key, (_, source))| (*key, source.clone())).collect()
    }

    /// The text that somebody wrote for `key`.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.given.get(key).map(|(text, _)| text.as_str())
    }

    /// The value of `key`. A bad one becomes a problem, and the default stands in so that the rest is checked too.
    pub(super) fn read<F: Form>(&mut self, key: &'static str, preset: &Preset, form: &F) -> F::Value {
        if let Some((text, source)) = self.given.get(key) {
            match form.read(text) {
                Ok(value) => return value,
                Err(what) => self.problems.push(Problem {
                    source: source.clone(),
                    key: Some(key.to_owned()),
                    what,
                    mend: format!("write {}", form.describe()),
                }),
            }
        }
        let text = match preset {
            Preset::Fixed(text) => (*text).to_owned(),
            Preset::Follows(_, text) => text(self),
        };
        form.read(&text).expect("every default obeys its own rule")
    }

    pub(super) fn add_file(&mut self, path: &Path, must_exist: bool) {
        let mut broken = |line, what: String, mend: &str| {
            let source = Source::File { path: path.to_owned(), line };
            self.problems.push(Problem { source, key: None, what, mend: mend.to_owned() });
        };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound && !must_exist => return,
            Err(error) => {
                return broken(None, format!("cannot be read ({error})"), "name a file that Cardea may read");
            }
        };
        match DeTable::parse(&text) {
            Ok(table) => {
                let file = File { path, text: &text };
                self.add_table(&file, "", table.get_ref());
            }
            Err(error) => {
                let line = error.span().map(|span| line_of(&text, span.start));
                broken(line, error.message().trim().to_owned(), "write TOML as https://toml.io describes it");
            }
        }
    }

    fn add_table(&mut self, file: &File<'_>, parent: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let key = if parent.is_empty() {
                name.get_ref().to_string()
            } else {
                format!("{parent}.{}", name.get_ref())
            };
            let source = file.source(name.span().start);
            match value.get_ref() {
                DeValue::Table(inner) if inner.is_empty() && !self.is_table(&key) => {
                    self.unknown(&key, source);
                }
                DeValue::Table(inner) => self.add_table(file, &key, inner),
                value => self.add_value(&key, value, source),
            }
        }
    }

    fn add_value(&mut self, key: &str, value: &DeValue<'_>, source: Source) {
        let is_list = self.rows.iter().any(|row| row.key == key && row.is_list);
        let text = match value {
            DeValue::Array(items) if is_list => items
                .iter()
                .map(Spanned::get_ref)
                .map(scalar)
                .collect::<Option<Vec<_>>>()
                .map(|items| items.join(",")),
            value => scalar(value),
        };
        match text {
            Some(text) => self.add(key, text, source),
            None => self.problems.push(Problem {
                source,
                key: Some(key.to_owned()),
                what: "holds several values where one is meant".to_owned(),
                mend: "write one text, number, true or false".to_owned(),
            }),
        }
    }

    pub(super) fn add_env(&mut self, variables: Vec<(String, String)>) {
        let names: BTreeMap<String, &'static str> =
            self.rows.iter().map(|row| (row.variable(), row.key)).collect();
        for (name, value) in variables {
            // Compose files and unit files write an empty variable for one that is not set.
            if !name.starts_with("CARDEA_") || value.is_empty() || is_of_others(&name, &value) {
                continue;
            }
            let source = Source::Env(name.clone());
            match names.get(&name) {
                Some(key) => self.add(key, value, source),
                None => {
                    let near = nearest(&name, names.keys().map(String::as_str));
                    self.problems.push(no_such(&name, near, source));
                }
            }
        }
    }

    pub(super) fn add_flags(&mut self, flags: Vec<(String, String)>) {
        for (key, value) in flags {
            let source = Source::Flag(key.clone());
            self.add(&key, value, source);
        }
    }

    fn add(&mut self, key: &str, text: String, source: Source) {
        match self.rows.iter().find(|row| row.key == key) {
            Some(row) => {
                self.given.insert(row.key, (text, source));
            }
            None => self.unknown(key, source),
        }
    }

    fn unknown(&mut self, key: &str, source: Source) {
        if self.is_table(key) {
            let mend = format!("write [{key}] and below it each setting on a line of its own");
            let what = "is a table of settings, not a setting".to_owned();
            return self.problems.push(Problem { source, key: Some(key.to_owned()), what, mend });
        }
        let leaf = key.rsplit('.').next();
        let misplaced = self.rows.iter().map(|row| row.key).find(|known| known.rsplit('.').next() == leaf);
        let near = nearest(key, self.rows.iter().map(|row| row.key)).or(misplaced);
        let problem = no_such(key, near, source);
        self.problems.push(problem);
    }

    fn is_table(&self, key: &str) -> bool {
        self.rows.iter().any(|row| row.key.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')))
    }
}

/// A file while it is read.
struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

impl File<'_> {
    fn source(&self, offset: usize) -> Source {
        Source::File { path: self.path.to_owned(), line: Some(line_of(self.text, offset)) }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => number.to_string(),
            Err(_) => number.to_string(),
        }),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(fact) => Some(fact.to_string()),
        DeValue::Datetime(time) => Some(time.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// Variables in our name that are not for us: the file's own, those of the tests, and those that Kubernetes sets
/// for a service whose name begins with "cardea".
fn is_of_others(name: &str, value: &str) -> bool {
    name == FILE_VARIABLE
        || name.starts_with("CARDEA_TEST_")
        || name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name.contains("_PORT_")
        || (name.ends_with("_PORT") && value.contains("://"))
}

fn no_such(name: &str, near: Option<&str>, source: Source) -> Problem {
    let mend = match near {
        Some(near) => format!("did you mean {near}?"),
        None => "docs/configuration.md lists all settings".to_owned(),
    };
    Problem { source, key: Some(name.to_owned()), what: "there is no such setting".to_owned(), mend }
}

/// The name that was probably meant: the fewest slips away, and not more than a third of it.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|known| (slips(name, known), known))
        .filter(|(slips, known)| *slips <= known.len().min(name.len()) / 3)
        .min()
        .map(|(_, known)| known)
}

/// How many letters must be added, dropped or changed (the Levenshtein distance).
fn slips(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
