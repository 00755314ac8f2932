//! `/token`.

mod client_auth;
mod code;
mod id_token;
mod refresh;
