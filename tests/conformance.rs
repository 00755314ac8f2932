//! Every requirement of the OpenID conformance plans has a test: `docs/conformance.md` says which. So has every row of
//! the tests of the providers that Cardea descends from: `docs/seed-rows.md`.
//!
//! A test names the requirements that it proves in a comment above it: `// Conformance: P-1, P-5`. The tests of the
//! other rows stand in `seeds.tsv`, with its file before a name that several have (`logout/mod.rs: staying_ends_nothing`).
//! After a change, `CARDEA_TEST_WRITE=1 cargo test --test conformance` prints the documents anew.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Group, ID and text of each requirement, as tabs part them.
const ROWS: &str = include_str!("conformance/rows.tsv");
/// Provider, row, tests (or `-`) and what differs here, as tabs part them.
const SEEDS: &str = include_str!("conformance/seeds.tsv");
const MARK: &str = "// Conformance: ";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<PathBuf> {
    let (mut waiting, mut files) = (vec![root().join("src"), root().join("tests")], Vec::new());
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The tests that prove each row: `file: name`.
fn proofs() -> BTreeMap<String, Vec<String>> {
    let mut proofs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        let mut waiting: Vec<String> = Vec::new();
        for line in text.lines().map(str::trim) {
            if let Some(rows) = line.strip_prefix(MARK) {
                waiting.extend(rows.split(',').map(|row| row.trim().to_owned()));
            } else if let Some(rest) = line.split_once("fn ").map(|(_, rest)| rest)
                && !waiting.is_empty()
                && !line.starts_with("//")
            {
                let test = rest.split(['(', '<']).next().unwrap();
                for row in waiting.drain(..) {
                    proofs.entry(row).or_default().push(format!("`{name}`: `{test}`"));
                }
            }
        }
        assert!(waiting.is_empty(), "{name}: {waiting:?} stand above no test");
    }
    proofs
}

fn rows() -> Vec<[&'static str; 3]> {
    ROWS.lines().map(|line| line.split('\t').collect::<Vec<_>>().try_into().unwrap()).collect()
}

fn document(proofs: &BTreeMap<String, Vec<String>>) -> String {
    let mut text = String::from(
        "# Conformance\n\nWhat the OpenID Foundation's conformance plans ask of an OpenID Provider, and the tests \
         that prove it here. Printed by\n`CARDEA_TEST_WRITE=1 cargo test --test conformance` from comments above \
         the tests; a test fails when it is not up to date or a row\nhas no test.\n",
    );
    let mut group = "";
    for [of, id, what] in rows() {
        if group != of {
            write!(text, "\n## {of}\n\n| | Requirement | Tests |\n| --- | --- | --- |\n").unwrap();
            group = of;
        }
        let tests = proofs.get(id).map_or_else(|| "**none**".to_owned(), |tests| tests.join("<br>"));
        writeln!(text, "| {id} | {what} | {tests} |").unwrap();
    }
    text
}

#[test]
fn every_row_has_a_test_and_the_document_says_which() {
    let proofs = proofs();
    let known: Vec<_> = rows().iter().map(|[_, id, _]| *id).collect();
    let unknown: Vec<_> = proofs.keys().filter(|row| !known.contains(&row.as_str())).collect();
    assert!(unknown.is_empty(), "no such rows: {unknown:?}");

    let missing: Vec<_> = known.iter().filter(|id| !proofs.contains_key(**id)).collect();
    assert!(missing.is_empty(), "{} rows have no test: {missing:?}", missing.len());
    assert_printed("docs/conformance.md", &document(&proofs));
}

fn assert_printed(name: &str, document: &str) {
    let path = root().join(name);
    if std::env::var_os("CARDEA_TEST_WRITE").is_some() {
        std::fs::write(&path, document).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), document, "{name} is stale");
}

/// Every test by its name: the files in which one of that name stands.
fn tests() -> BTreeMap<String, Vec<String>> {
    let mut tests: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        let file = path.strip_prefix(root()).unwrap().display().to_string();
        let mut is_marked = false;
        for line in text.lines().map(str::trim) {
            if line.starts_with("#[") {
                is_marked |= line.ends_with("test]");
            } else if let Some((name, parameters)) = function(line) {
                // Those of `on_both!` take a setup.
                if is_marked || parameters.starts_with("setup)") {
                    tests.entry(name.to_owned()).or_default().push(file.clone());
                }
                is_marked = false;
            }
        }
    }
    tests
}

fn function(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?.split_once('(')
}

/// Where the one test is that is called `test`, or `file: test` where several have that name.
fn place(test: &str, tests: &BTreeMap<String, Vec<String>>) -> Result<String, String> {
    let (end, name) = test.split_once(": ").unwrap_or(("", test));
    let files: Vec<_> = tests.get(name).into_iter().flatten().filter(|own| own.ends_with(end)).collect();
    match files[..] {
        [file] => Ok(format!("`{file}`: `{name}`")),
        [] => Err(format!("there is no test {test}")),
        _ => Err(format!("several tests are called {test}: {files:?}")),
    }
}

#[test]
fn every_row_of_the_providers_before_has_a_test_or_a_reason() {
    let known = tests();
    let mut text = String::from(
        "# Rows of the providers before\n\nWhat the tests of django-oidc-provider and django-oauth-toolkit show, and \
         the tests that show it here. Printed by\n`CARDEA_TEST_WRITE=1 cargo test --test conformance` from \
         `tests/conformance/seeds.tsv`.\n",
    );
    let mut provider = "";
    for line in SEEDS.lines() {
        let (of, row, tests, differs) = match line.split('\t').collect::<Vec<_>>().as_slice() {
            [of, row, tests] => (*of, *row, *tests, ""),
            [of, row, tests, differs] => (*of, *row, *tests, *differs),
            _ => panic!("{line} has three or four fields"),
        };
        if provider != of {
            write!(text, "\n## {of}\n\n| Row | Here | Tests |\n| --- | --- | --- |\n").unwrap();
            provider = of;
        }
        assert!(tests != "-" || !differs.is_empty(), "{row} has neither a test nor a reason");
        let mut proofs = Vec::new();
        for test in tests.split(", ").filter(|test| *test != "-") {
            proofs.push(place(test, &known).unwrap_or_else(|why| panic!("{row}: {why}")));
        }
        let here = if differs.is_empty() { "the same" } else { differs };
        writeln!(text, "| {row} | {here} | {} |", proofs.join("<br>")).unwrap();
    }
    assert_printed("docs/seed-rows.md", &text);
}
