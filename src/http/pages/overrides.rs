//! The operator's directory holds `templates/…` and `static/…`, named as in the source tree. A file of another name may
//! be a part of theirs, named in one of their own files; otherwise it changes nothing, and they should know.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::Embedded;
use crate::config::nearest;
use crate::http::assets::{Assets, ReadError, files_below};

const FOLDERS: [&str; 2] = ["templates", "static"];

/// What in `directory` changes nothing, a sentence each.
pub(super) fn idle(directory: &Path) -> Result<Vec<String>, ReadError> {
    let known = built_in();
    let mut files = Vec::new();
    for folder in FOLDERS {
        let found = files_below(Some(&directory.join(folder)))?;
        files.extend(found.into_iter().map(|(name, bytes)| (format!("{folder}/{name}"), bytes)));
    }
    let is_used = |name: &str| {
        let last = name.rsplit('/').next().unwrap_or(name);
        known.contains(name) || files.iter().any(|(other, text)| other != name && holds(text, last))
    };
    let below = files.iter().map(|(name, _)| name.clone()).filter(|name| !is_used(name));
    let sentences = beside(directory)?.into_iter().chain(below).map(|name| {
        let path = directory.join(&name);
        format!("{} replaces nothing: {}", path.display(), mend(&known, &name))
    });
    Ok(sentences.collect())
}

fn built_in() -> BTreeSet<String> {
    let templates = Embedded::iter().map(|name| format!("templates/{name}"));
    templates.chain(Assets::built_in().map(|name| format!("static/{name}"))).collect()
}

/// What lies beside the two folders, unless it is hidden.
fn beside(directory: &Path) -> Result<Vec<String>, ReadError> {
    let failed = |source| ReadError { path: directory.to_owned(), source };
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !FOLDERS.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn mend(known: &BTreeSet<String>, name: &str) -> String {
    let names = || known.iter().map(String::as_str);
    let in_folder = || FOLDERS.iter().find_map(|folder| nearest(&format!("{folder}/{name}"), names()));
    match nearest(name, names()).or_else(in_folder) {
        Some(near) => format!("did you mean {near}?"),
        None => "templates go below templates/ and static files below static/, by the names that the built-in ones \
                 have there"
            .to_owned(),
    }
}

fn holds(text: &[u8], name: &str) -> bool {
    text.windows(name.len()).any(|window| window == name.as_bytes())
}
