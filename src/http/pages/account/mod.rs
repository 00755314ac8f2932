//! What people see of their own account.

mod access;
mod places;
mod profile;

pub use access::{Apps, ConnectedApp, Password, Sessions, SignedInDevice};
pub use places::{locales, zones};
pub use profile::{Profile, ProfileForm};

use super::pages;

pages![Profile, Apps, Password, Sessions];
