//! Black-box tests of the command line: the binary itself, on each kind of database.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod changes;
mod clients;
#[cfg(feature = "demo")]
mod demo;
mod keys;
#[path = "../web/support/port.rs"]
mod port;
mod registration;
mod scopes;
mod serve;
mod settings;
mod support;
mod users;
