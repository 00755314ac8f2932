//! `/token`.

mod assertion;
mod client_auth;
mod code;
mod id_token;
mod media_type;
mod own;
mod refresh;
mod refresh_policy;
