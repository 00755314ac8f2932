//! From what `validator` and the rules of `oidc` find to what a form shows.

use validator::ValidationErrors;

use super::pages::Errors;
use crate::oidc::metadata::Problem;

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

/// Adds what breaks a rule of `oidc`; `id` gives the field in which a member is typed.
pub fn collect_problems(errors: &mut Errors, problems: &[Problem], id: impl Fn(&Problem) -> String) {
    for problem in problems {
        errors.add(id(problem), problem.message.clone());
    }
}
