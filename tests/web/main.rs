//! Black-box tests over HTTP, each on SQLite and on PostgreSQL; the files mirror `src/http`.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod account;
mod admin;
mod client_keys;
mod concurrency;
mod consent;
mod crash;
mod error;
mod form;
mod guard;
mod hooks;
mod hostile;
mod html;
mod login;
mod logout;
mod openidconnect;
mod outbound;
mod protocol;
mod setup;
mod sign_in;
mod store;
mod support;
mod templates;
mod tls;
