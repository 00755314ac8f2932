//! Floor 3: requests in, pages and JSON out. actix and Tera are imported only here.
//!
//! [`routes`] has every route on one page; handlers stand where their path says.

pub mod app;
pub mod assets;
pub mod browser;
pub mod client_address;
mod cors;
pub mod error;
pub mod form;
pub mod html;
mod metrics;
pub mod pages;
mod passwords;
mod protocol;
mod request_id;
mod routes;
pub mod server;
mod session_store;
