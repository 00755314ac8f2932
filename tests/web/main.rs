//! Black-box tests over HTTP, each on SQLite and on PostgreSQL; the files mirror `src/http`.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod admin;
mod protocol;
mod support;
