//! `/authorize`.

mod hints;
mod prompt;
mod redirect_uri;
mod refusals;
mod requests;
