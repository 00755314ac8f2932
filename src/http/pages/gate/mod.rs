//! Pages with a single task: set-up, sign-in, consent, sign-out, errors.

mod consent;
mod error;
mod logout;
mod setup;
mod sign_in;

use serde::Serialize;

pub use consent::{Consent, FormPost, Grant, Hidden};
pub use error::{ErrorPage, Trouble};
pub use logout::{AppInUse, Logout, SignedOut};
pub use setup::{KeyChoice, Setup, SetupForm};
pub use sign_in::{Account, AccountChooser, FailedTry, Login, LoginPaused};

use super::{App, pages};

pages![Setup, Login, LoginPaused, AccountChooser, Consent, FormPost, Logout, SignedOut, ErrorPage];

/// The app that asks, and where the browser returns.
#[derive(Clone, Debug, Serialize)]
pub struct Asker {
    pub app: App,
    pub policy_url: Option<String>,
    pub tos_url: Option<String>,
    /// The host of the redirect URI.
    pub host: String,
    /// Whether it says all of this about itself (RFC 7591 5).
    pub is_registered: bool,
}

impl Asker {
    fn sample() -> Self {
        Self {
            app: App::new("Harbour Portal", None),
            policy_url: Some("https://harbour.example/privacy".into()),
            tos_url: Some("https://harbour.example/terms".into()),
            host: "portal.harbour.example".into(),
            is_registered: false,
        }
    }

    fn sample_with_logo() -> Self {
        Self {
            app: App::new("Harbour Portal", Some("/static/img/mark.svg".into())),
            tos_url: None,
            is_registered: true,
            ..Self::sample()
        }
    }
}
