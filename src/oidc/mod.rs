//! Floor 1: the protocol. No I/O, no clock, no dice: rows, secrets and the time come in as arguments.
//!
//! Start at [`authorize`] (how a request becomes a step), [`token`] and [`grant`] (how a code becomes tokens), and
//! [`policy`] (the one place that says yes).

pub mod authorize;
pub mod claims;
pub mod client;
pub mod client_auth;
pub mod client_claims;
pub mod discovery;
pub mod error;
pub mod grant;
pub mod id_token;
pub mod jose;
pub mod keys;
pub mod metadata;
pub mod options;
pub mod pkce;
pub mod policy;
pub mod profile;
pub mod redirect_uri;
pub mod registration;
pub mod response;
pub mod rotation;
pub mod scope;
pub mod secret;
pub mod session;
pub mod subject;
pub mod time;
pub mod token;
pub mod user;
