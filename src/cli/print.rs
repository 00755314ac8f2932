//! What stands on standard output, and what is read from files and standard input.

use std::io::{BufRead, Write};

use serde::Serialize;

use super::Failure;
use crate::store::{self, Page, Search};

/// A line of the result. Whoever closed the pipe wants no more of it.
pub fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

pub fn json(value: &impl Serialize) {
    line(&serde_json::to_string_pretty(value).expect("plain data has a JSON form"));
}

/// Columns below their titles.
pub fn table<const N: usize>(titles: [&str; N], rows: &[[String; N]]) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0).max(titles[column].chars().count())
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let print = |cells: [&str; N]| {
        let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        line(padded.collect::<Vec<_>>().join("  ").trim_end());
    };
    print(titles);
    for row in rows {
        print(std::array::from_fn(|column| row[column].as_str()));
    }
}

/// All pages of a list.
pub fn every<T>(mut page: impl FnMut(&Search) -> store::Result<Page<T>>) -> store::Result<Vec<T>> {
    let mut search = Search { page: 1, ..Search::default() };
    let mut every = Vec::new();
    loop {
        let found = page(&search)?;
        let is_last = search.page >= found.last_page();
        every.extend(found.rows);
        if is_last {
            return Ok(every);
        }
        search.page += 1;
    }
}

/// The first line of standard input, which holds `what`.
pub fn line_of_stdin(what: &str) -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut text)
        .map_err(|error| Failure::new(format!("{what} cannot be read from standard input: {error}")))?;
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        return Err(Failure::new(format!("standard input is empty; write {what} on its first line")));
    }
    Ok(text.to_owned())
}

/// A file's text; `-` is standard input.
pub fn text_of(path: &std::path::Path) -> Result<String, Failure> {
    let text = if path.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    text.map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))
}
