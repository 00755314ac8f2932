//! Floor 3: requests in, pages and JSON out. actix and Tera are imported only here.
//!
//! [`routes`] has every route on one page; handlers stand where their path says.

pub mod account;
mod admin;
pub mod app;
pub mod assets;
mod audit;
pub mod browser;
mod browser_state;
pub mod client_address;
pub mod client_keys;
mod consent;
mod cors;
pub mod error;
pub mod form;
mod guard;
mod hint;
pub mod html;
mod login;
mod logout;
mod metrics;
mod new_user;
pub mod pages;
mod passwords;
mod picture;
mod plain;
mod protocol;
mod refused;
pub mod remote;
mod request_id;
mod routes;
pub mod server;
mod session_store;
mod setup;
mod sign_in;
mod validation;
