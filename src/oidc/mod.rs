//! Floor 1: the protocol. No I/O, no clock, no dice: rows, secrets and the time come in as arguments.
//!
//! Start at [`authorize`] (how a request becomes a step), [`token`] and [`grant`] (how a code becomes tokens), and
//! [`policy`] (the one place that says yes).

pub mod access_token;
pub mod audience;
pub mod authorize;
pub mod browser_state;
pub mod claims;
pub mod claims_request;
pub mod client;
pub mod client_assertion;
pub mod client_auth;
pub mod client_claims;
pub mod discovery;
pub mod encryption_keys;
pub mod end_session;
pub mod error;
pub mod features;
pub mod grant;
pub mod id_token;
pub mod id_token_hint;
pub mod initiate_login;
pub mod introspection;
pub mod jose;
pub mod keys;
pub mod logout_token;
pub mod metadata;
pub mod options;
pub mod pkce;
pub mod policy;
pub mod profile;
pub mod redirect_uri;
pub mod registration;
pub mod request_object;
pub mod response;
pub mod rotation;
pub mod scope;
pub mod secret;
pub mod session;
pub mod subject;
pub mod successor;
pub mod time;
pub mod token;
pub mod user;
