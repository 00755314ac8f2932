//! From what `validator` and the rules of `oidc` find to what a form shows.

use validator::{ValidationError, ValidationErrors};

use super::pages::Errors;
use crate::oidc::metadata::Problem;
use crate::oidc::{profile, scope, user};

/// Adds what `validator` found, in the order of the page's fields.
pub fn collect(errors: &mut Errors, checked: Result<(), ValidationErrors>, fields: &[&'static str]) {
    let Err(found) = checked else { return };
    let found = found.field_errors();
    for field in fields {
        let first = found.get(*field).and_then(|list| list.first());
        if let Some(message) = first.and_then(|error| error.message.clone()) {
            errors.add(*field, message);
        }
    }
}

/// For `custom`: what a person may be called to sign in.
pub fn username(text: &str) -> Result<(), ValidationError> {
    ruled(user::check_username(text))
}

/// For `custom`: the `sub` that somebody brought along, or nothing.
pub fn subject(text: &str) -> Result<(), ValidationError> {
    let text = text.trim();
    ruled(if text.is_empty() { Ok(()) } else { user::check_subject(text) })
}

/// For `custom`: one scope value.
pub fn scope_token(text: &str) -> Result<(), ValidationError> {
    let is_good = scope::is_token(text) && text.len() <= 255;
    ruled(if is_good {
        Ok(())
    } else {
        Err("A scope has 1 to 255 plain characters, without blanks, quotes or backslashes.".into())
    })
}

/// For `custom`: names of claims, parted by blanks.
pub fn claim_names(text: &str) -> Result<(), ValidationError> {
    ruled(text.split_whitespace().try_for_each(profile::check_name))
}

fn ruled(checked: Result<(), String>) -> Result<(), ValidationError> {
    checked.map_err(|message| ValidationError::new("rule").with_message(message.into()))
}

/// Adds what breaks a rule of `oidc`; `id` gives the field in which a member is typed.
pub fn collect_problems(errors: &mut Errors, problems: &[Problem], id: impl Fn(&Problem) -> String) {
    for problem in problems {
        errors.add(id(problem), problem.message.clone());
    }
}
