//! Black-box tests of the command line: the binary itself, on each kind of database.

mod clients;
mod keys;
mod serve;
mod settings;
mod support;
mod users;
