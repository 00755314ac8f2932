//! A person who is not there yet.

use super::app::App;
use crate::dice;
use crate::oidc::profile::Profile;
use crate::oidc::user::User;

/// A new account without a profile.
pub fn new(app: &App, username: &str) -> User {
    let now = app.now();
    User {
        id: id(),
        username: username.to_owned(),
        profile: Profile::default(),
        subject: None,
        is_admin: false,
        disabled_at: None,
        created_at: now,
        updated_at: now,
    }
}

/// The `sub` of somebody new: 128 random bits, the same in every app.
fn id() -> String {
    dice::bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect()
}
