//! `/authorize`.

mod accounts;
mod claims;
mod hints;
mod objects;
mod prompt;
mod redirect_uri;
mod refusals;
mod requests;
mod response_types;
mod switches;
