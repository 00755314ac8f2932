//! The one page for everything that cannot go on.

use serde::Serialize;

use crate::http::pages::{Link, Page};

/// Help for the visitor, a request id, and details for developers. It never redirects.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorPage {
    pub trouble: Trouble,
    /// The app's name and address, once the client is known.
    pub app: Option<Link>,
    /// One public sentence: what happened.
    pub message: String,
    pub request_id: String,
    /// The OAuth code, or a word of ours.
    pub error: String,
    /// For developers: which parameter is wrong, and how.
    pub description: String,
    pub client_id: Option<String>,
    /// The refused value as it came.
    pub received: Option<String>,
    /// `GET /authorize`.
    pub endpoint: String,
    /// In UTC.
    pub time: String,
}

/// What kind of end this is; each has its heading and its advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// 400: what an app sent cannot be trusted.
    Refused,
    /// 400, 403 or 422: a form that is too old or not ours.
    Stale,
    /// 400: a sign-in for an app that waits no longer.
    Over,
    /// 403: signed in, but not allowed.
    Forbidden,
    /// 404.
    NotFound,
    /// 500.
    Fault,
    /// 503.
    Busy,
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "error.html";

    fn samples() -> Vec<Self> {
        let refused = Self {
            trouble: Trouble::Refused,
            app: Some(Link { name: "Harbour Portal".into(), url: "https://portal.harbour.example/".into() }),
            message: "Harbour Portal sent a return address that is not registered here.".into(),
            request_id: "01JD4K9V3Z7W8Q2M5T6YB0XR1C".into(),
            error: "invalid_request".into(),
            description: "redirect_uri does not match any registered value. Comparison is exact.".into(),
            client_id: Some("harbour-portal".into()),
            received: Some("https://portal.harbour.example/callback/".into()),
            endpoint: "GET /authorize".into(),
            time: "2026-11-20 15:58:02".into(),
        };
        let other = |trouble, message: &str, error: &str, description: &str| Self {
            trouble,
            app: None,
            message: message.into(),
            error: error.into(),
            description: description.into(),
            client_id: None,
            received: None,
            endpoint: "GET /acount".into(),
            ..refused.clone()
        };
        vec![
            refused.clone(),
            other(
                Trouble::Refused,
                "An app that is not registered here asked for a sign-in.",
                "invalid_request",
                "client_id is missing.",
            ),
            other(
                Trouble::Stale,
                "This form is too old, or it was opened before you signed in.",
                "stale_form",
                "csrf does not belong to this browser's session.",
            ),
            other(
                Trouble::Over,
                "We cannot continue with it: it was answered already, or took too long.",
                "invalid_request",
                "this sign-in took too long or was finished already; start again from the app",
            ),
            other(
                Trouble::Forbidden,
                "This page is for administrators.",
                "forbidden",
                "The person who is signed in is not an administrator.",
            ),
            other(
                Trouble::NotFound,
                "There is no page at this address.",
                "not_found",
                "Nothing is served at this path.",
            ),
            other(
                Trouble::Fault,
                "Something went wrong on our side, and it has been recorded.",
                "server_error",
                "The log has the cause under this request ID.",
            ),
            other(
                Trouble::Busy,
                "Too many people are here at this moment.",
                "temporarily_unavailable",
                "The server answers again in a few seconds.",
            ),
        ]
    }
}
