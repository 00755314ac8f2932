//! The borders between the floors: imports go down only, and some crates have one door.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What each module may import of ours.
const FLOORS: &[(&str, &[&str])] = &[
    ("oidc", &[]),
    ("password", &[]),
    ("dice", &[]),
    ("config", &["oidc"]),
    ("clock", &["oidc"]),
    ("store", &["oidc", "dice"]),
    ("outbound", &["oidc"]),
    ("hooks", &["oidc", "dice", "config", "outbound"]),
    // For APIs of others: nothing of a provider's own.
    ("guard", &["oidc", "clock", "outbound"]),
    ("http", &["oidc", "password", "dice", "config", "clock", "store", "outbound", "hooks"]),
    ("jobs", &["oidc", "password", "dice", "config", "clock", "store", "outbound", "hooks"]),
    ("cli", &["oidc", "password", "dice", "config", "clock", "store", "outbound", "hooks", "http", "jobs"]),
    ("demo", &[]),
    ("main", &["cli"]),
];

/// What stands behind which doors.
const DOORS: &[(&str, &[&str])] = &[
    ("diesel", &["store/"]),
    ("actix_session", &["http/"]),
    ("actix_multipart", &["http/"]),
    // The command line starts the server; the guard stands in servers of others.
    ("actix_web", &["http/", "guard/", "cli/serve"]),
    ("tera", &["http/"]),
    // Whoever asks others does so behind the guard.
    ("reqwest", &["outbound/"]),
    ("biscuit", &["oidc/jose/"]),
    ("SystemTime", &["clock.rs"]),
    ("Utc", &[]),
    ("rand_bytes", &["dice.rs"]),
    ("OsRng", &[]),
    ("SystemRandom", &[]),
    ("println", &["cli/", "main.rs"]),
    ("eprintln", &["cli/", "main.rs"]),
];

/// What a module without input and output does not name.
const WORLD: [&str; 6] = ["std::fs", "std::env", "std::process", "std::thread", "tokio", "TcpStream"];

/// Path below `src` and text, without comments, of every file.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files: Vec<PathBuf> = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let code: Vec<_> = text.lines().map(|line| line.split("//").next().unwrap()).collect();
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            sources.push((name, code.join("\n")));
        }
    }
    assert!(sources.len() > 100);
    sources
}

fn module(path: &str) -> &str {
    path.split('/').next().unwrap().trim_end_matches(".rs")
}

/// The modules of ours that a text names, by `crate::` or, from the binary, by `cardea::`.
fn imports(text: &str) -> BTreeSet<&str> {
    let after = ["crate::", "cardea::"].into_iter().flat_map(|door| text.split(door).skip(1));
    after.map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap()).collect()
}

/// Whether `word` stands in `text` as a word of its own.
fn names(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}

#[test]
fn imports_go_down_only() {
    for (path, text) in sources().iter().filter(|(path, _)| path != "lib.rs") {
        let own = module(path);
        let floor = FLOORS.iter().find(|(module, _)| *module == own);
        let (_, allowed) = floor.unwrap_or_else(|| panic!("on which floor is {path}?"));
        for import in imports(text) {
            assert!(import == own || allowed.contains(&import), "{path} imports {import:?}");
        }
        // A module's own file that climbs with super would leave the module unseen.
        let is_root = !path.contains('/') || path.ends_with(&format!("{own}/mod.rs"));
        assert!(!(is_root && text.contains("\nuse super::")), "{path} climbs with super");
    }
}

#[test]
fn some_crates_have_one_door() {
    for (path, text) in sources() {
        for (word, doors) in DOORS {
            let may = doors.iter().any(|door| path.starts_with(door));
            assert!(may || !names(&text, word), "{path} names {word}");
        }
    }
}

#[test]
fn the_protocol_touches_nothing_but_its_arguments() {
    for (path, text) in sources().iter().filter(|(path, _)| ["oidc", "password"].contains(&module(path))) {
        for word in WORLD {
            assert!(!names(text, word), "{path} names {word}");
        }
    }
}

#[test]
fn a_text_tells_what_it_imports() {
    let text = "use crate::store::Db;\nfn f() { crate::http::run() }\nuse std::fs;";
    assert_eq!(imports(text).into_iter().collect::<Vec<_>>(), ["http", "store"]);
    assert!(names("diesel::insert", "diesel") && !names("diesel_migrations", "diesel"));
}
