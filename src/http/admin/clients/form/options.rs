//! The sections of the form that most clients need not open: each has a file that reads and fills in its part.

use crate::http::app::App;
use crate::http::pages::Errors;
use crate::http::pages::admin::{ClientOptions, OpenSections};
use crate::oidc::client::Client;
use crate::oidc::metadata::Metadata;
use crate::oidc::options::{Encryption, Options};

use super::{keys, requests, sealing, sign_out, subject, tokens};

/// What `client` has chosen.
pub fn of(client: &Client) -> ClientOptions {
    let mut form = ClientOptions::plain();
    let own = &client.options;
    keys::show(own, &mut form);
    tokens::show(own, &mut form);
    sealing::show(own, &mut form);
    requests::show(own, &mut form);
    subject::show(own, &mut form);
    sign_out::show(own, &mut form);
    form
}

/// Puts what was typed into `metadata`, and names what cannot be read.
pub fn put(form: &ClientOptions, metadata: &mut Metadata, errors: &mut Errors) {
    keys::put(form, metadata, errors);
    tokens::put(form, metadata, errors);
    sealing::put(form, metadata);
    requests::put(form, metadata, errors);
    subject::put(form, metadata);
    sign_out::put(form, metadata);
}

/// Opens what holds a choice or a problem.
pub fn open(app: &App, form: &ClientOptions, errors: &Errors) -> OpenSections {
    let is_wrong = |fields: &[&str]| fields.iter().any(|field| errors.on(field).is_some());
    OpenSections {
        keys: keys::is_used(form) || is_wrong(&keys::FIELDS),
        tokens: tokens::is_used(form) || is_wrong(&tokens::FIELDS),
        sealing: sealing::is_used(form) || is_wrong(&sealing::FIELDS),
        requests: requests::is_used(form)
            || is_wrong(&requests::FIELDS)
            || app.config.features.require_signed_request_object,
        subject: subject::is_used(form) || is_wrong(&subject::FIELDS),
        sign_out: sign_out::is_used(form) || is_wrong(&sign_out::FIELDS),
    }
}

/// The names of the sections in which two clients differ.
pub fn differences(before: &Options, after: &Options) -> Vec<&'static str> {
    type Section = (&'static str, fn(&Options) -> Options);
    const SECTIONS: [Section; 6] = [
        ("keys", keys::part),
        ("tokens", tokens::part),
        ("encryption and signatures", sealing::part),
        ("requests", requests::part),
        ("subject", subject::part),
        ("sign-out", sign_out::part),
    ];
    let differing = SECTIONS.iter().filter(|(_, part)| part(before) != part(after));
    differing.map(|(name, _)| *name).collect()
}

/// The entries of a list that is typed a line each.
pub fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The number that was typed, if one was.
pub fn number(text: &str) -> Result<Option<i64>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse::<i64>().ok().filter(|number| (0..=i64::from(u32::MAX)).contains(number));
    number.map(Some).ok_or_else(|| "Write a whole number, or nothing.".into())
}

/// The two words of an encryption.
pub fn words(encryption: Option<Encryption>) -> (String, String) {
    encryption.map(|own| (own.alg.to_string(), own.enc.to_string())).unwrap_or_default()
}
