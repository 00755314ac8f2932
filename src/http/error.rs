//! How each failure is answered. This is the one place that logs a fault.
//!
//! A handler fails with an [`Error`]; the middleware of its scope answers it: as JSON at the protocol's endpoints,
//! as a page where people are.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde_json::json;

use super::app::AppData;
use super::pages::Theme;
use super::pages::gate::{ErrorPage, Trouble};
use super::{html, request_id};
use crate::oidc::error::{Code, Refusal};
use crate::store;

/// Seconds after which what others keep is worth another try; see [`crate::outbound::cache`].
const UNAVAILABLE_FOR: &str = "10";

/// Why a request gets no good answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The protocol says no.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// RFC 6750 3.1: who sent no token is told what is wanted, not that something was wrong.
    #[error("the access token is missing")]
    TokenMissing,
    #[error("nothing is here")]
    NotFound,
    #[error("this method is not for this address")]
    MethodNotAllowed(&'static str),
    /// Signed in, but not allowed.
    #[error("this is for administrators")]
    Forbidden,
    /// A form that is too old, not ours, or sent by another site.
    #[error("{0}")]
    Stale(&'static str),
    /// A sign-in for an app that waits no longer.
    #[error("{0}")]
    Over(&'static str),
    /// What was sent cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// Too many at once; nothing was done.
    #[error("too much to do")]
    Busy,
    /// More than one address may do; after so many seconds it may again.
    #[error("too many from one address")]
    TooMany { retry_after: i64 },
    /// A hook that must be asked gave no answer to rely on; nothing was told. The text is for the log.
    #[error("{0}")]
    Unanswered(String),
    /// The database cannot be asked; what was asked for may have been done or not. The text is for the log.
    #[error("{0}")]
    Unreachable(String),
    /// Ours; the visitor is told nothing of it.
    #[error("{0}")]
    Fault(String),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Busy => Self::Busy,
            store::Error::Unreachable(cause) => Self::Unreachable(cause),
            error if error.is_about_nul() => Self::Unreadable("a NUL character was sent".into()),
            error => Self::Fault(error.to_string()),
        }
    }
}

/// Why a transaction ended early: a refusal commits what was done until then, a fault rolls it back.
#[derive(Debug, thiserror::Error)]
pub enum Abort {
    #[error(transparent)]
    Refusal(#[from] Refusal),
    #[error("nothing is here")]
    NotFound,
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl store::Outcome for Abort {
    fn fault(&self) -> Option<&store::Error> {
        match self {
            Self::Store(error) => Some(error),
            Self::Refusal(_) | Self::NotFound => None,
        }
    }
}

impl From<Abort> for Error {
    fn from(abort: Abort) -> Self {
        match abort {
            Abort::Refusal(refusal) => Self::Refusal(refusal),
            Abort::NotFound => Self::NotFound,
            Abort::Store(error) => error.into(),
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Refusal(refusal) => match refusal.code {
                Code::InvalidClient | Code::InvalidToken => StatusCode::UNAUTHORIZED,
                Code::InsufficientScope => StatusCode::FORBIDDEN,
                Code::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::BAD_REQUEST,
            },
            Self::TokenMissing => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::Stale(_) | Self::Over(_) | Self::Unreadable(_) => StatusCode::BAD_REQUEST,
            Self::Busy | Self::Unanswered(_) | Self::Unreachable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Bare: the scope's middleware fills it in.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// Answers failures of the protocol's endpoints (RFC 6749 5.2, RFC 6750 3).
pub async fn as_json(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> actix_web::Result<ServiceResponse<impl MessageBody>> {
    let response = next.call(request).await?.map_into_boxed_body();
    let Some(error) = error_of(&response) else { return Ok(response) };
    log(&error, response.request());
    Ok(response.into_response(json_answer(&error)))
}

/// Answers failures where people are.
pub async fn as_page(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> actix_web::Result<ServiceResponse<impl MessageBody>> {
    let scene = Scene::of(request.request());
    let response = match next.call(request).await {
        Ok(response) => response.map_into_boxed_body(),
        // From the session middleware, before and after every handler.
        Err(cause) => {
            tracing::error!(request = %scene.request_id, %cause, "the browser's session is not to be had");
            let answer = page_answer(&Error::Unreachable(cause.to_string()), &scene);
            return Err(InternalError::from_response(cause, answer).into());
        }
    };
    let Some(error) = error_of(&response) else { return Ok(response) };
    log(&error, response.request());
    Ok(response.into_response(page_answer(&error, &scene)))
}

/// What an error page tells of its request. Noted beforehand: where a middleware fails, the request is gone.
struct Scene {
    app: AppData,
    theme: Option<Theme>,
    request_id: String,
    endpoint: String,
}

impl Scene {
    fn of(request: &HttpRequest) -> Self {
        let app = request.app_data::<AppData>().expect("every scope has the app").clone();
        Self {
            theme: html::theme(&app, request),
            request_id: request_id::of(request),
            endpoint: format!("{} {}", request.method(), request.path()),
            app,
        }
    }
}

/// Our own error, or actix's of the same meaning.
fn error_of(response: &ServiceResponse) -> Option<Error> {
    let error = response.response().error()?;
    if let Some(error) = error.as_error::<Error>() {
        return Some(error.clone());
    }
    let status = error.as_response_error().status_code();
    Some(match status {
        StatusCode::NOT_FOUND => Error::NotFound,
        StatusCode::PAYLOAD_TOO_LARGE => Error::Unreadable("the request is too large".into()),
        status if status.is_client_error() => Error::Unreadable("the request cannot be read".into()),
        _ => Error::Fault(error.to_string()),
    })
}

fn log(error: &Error, request: &HttpRequest) {
    let (id, path) = (request_id::of(request), request.match_pattern().unwrap_or_default());
    match error {
        Error::Fault(cause) => tracing::error!(request = %id, %path, %cause, "a request failed"),
        Error::Busy => tracing::warn!(request = %id, %path, "a request was turned away: too much to do"),
        Error::Unreachable(cause) => {
            tracing::error!(request = %id, %path, %cause, "a request was turned away: the database does not answer");
        }
        Error::Unanswered(cause) => {
            tracing::error!(request = %id, %path, %cause, "a request was turned away: a hook failed");
        }
        // The public sentence; it never holds a secret or a token.
        Error::Refusal(refusal) => tracing::info!(
            request = %id, %path, error = refusal.code.as_str(), reason = %refusal.description, "refused"
        ),
        error => tracing::debug!(request = %id, %path, reason = %error, "refused"),
    }
}

fn json_answer(error: &Error) -> HttpResponse {
    let (code, description) = public(error);
    let mut answer = HttpResponse::build(error.status_code());
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    match error {
        Error::Refusal(refusal) => {
            if let Some(challenge) = challenge(refusal) {
                answer.insert_header((header::WWW_AUTHENTICATE, challenge));
            }
            if refusal.code == Code::TemporarilyUnavailable {
                answer.insert_header((header::RETRY_AFTER, UNAVAILABLE_FOR));
            }
        }
        Error::TokenMissing => {
            answer.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"Cardea\""));
        }
        Error::MethodNotAllowed(allow) => {
            answer.insert_header((header::ALLOW, *allow));
        }
        Error::Busy | Error::Unanswered(_) | Error::Unreachable(_) => {
            answer.insert_header((header::RETRY_AFTER, "2"));
        }
        Error::TooMany { retry_after } => {
            answer.insert_header((header::RETRY_AFTER, retry_after.to_string()));
        }
        _ => {}
    }
    answer.json(json!({ "error": code, "error_description": description }))
}

/// RFC 6749 5.2 and RFC 6750 3: what the caller could authenticate with.
fn challenge(refusal: &Refusal) -> Option<HeaderValue> {
    let text = match refusal.code {
        Code::InvalidClient => "Basic realm=\"Cardea\"".to_owned(),
        Code::InvalidToken | Code::InsufficientScope => format!(
            "Bearer realm=\"Cardea\", error=\"{}\", error_description=\"{}\"",
            refusal.code.as_str(),
            refusal.description
        ),
        _ => return None,
    };
    HeaderValue::from_str(&text).ok()
}

/// The code and the sentence that anybody may read.
fn public(error: &Error) -> (&'static str, String) {
    match error {
        Error::Refusal(refusal) => (refusal.code.as_str(), refusal.description.clone().into_owned()),
        Error::TokenMissing => ("invalid_token", "the access token is missing".into()),
        Error::NotFound => ("not_found", "nothing is at this address".into()),
        Error::MethodNotAllowed(allow) => ("invalid_request", format!("use {allow}")),
        Error::Forbidden => ("access_denied", "this is for administrators".into()),
        Error::Stale(text) | Error::Over(text) => ("invalid_request", (*text).to_owned()),
        Error::Unreadable(text) => ("invalid_request", text.clone()),
        Error::Busy => ("temporarily_unavailable", "too much to do; try again in a moment".into()),
        Error::Unanswered(_) => (
            "temporarily_unavailable",
            "a service that this answer depends on cannot be relied on now; try again in a moment".into(),
        ),
        Error::Unreachable(_) => {
            ("temporarily_unavailable", "nothing can be looked up now; try again in a moment".into())
        }
        Error::TooMany { .. } => {
            ("temporarily_unavailable", "too many from this address; try again later".into())
        }
        Error::Fault(_) => {
            ("server_error", "something failed here; the request ID leads to it in the log".into())
        }
    }
}

fn page_answer(error: &Error, scene: &Scene) -> HttpResponse {
    let (code, description) = public(error);
    let trouble = match error {
        Error::Refusal(refusal) if refusal.code == Code::TemporarilyUnavailable => Trouble::Busy,
        Error::Refusal(_) | Error::TokenMissing | Error::Unreadable(_) | Error::MethodNotAllowed(_) => {
            Trouble::Refused
        }
        Error::Stale(_) => Trouble::Stale,
        Error::Over(_) => Trouble::Over,
        Error::Forbidden => Trouble::Forbidden,
        Error::NotFound => Trouble::NotFound,
        Error::Busy | Error::Unanswered(_) | Error::Unreachable(_) | Error::TooMany { .. } => Trouble::Busy,
        Error::Fault(_) => Trouble::Fault,
    };
    let page = ErrorPage {
        trouble,
        app: None,
        message: message(error).into(),
        request_id: scene.request_id.clone(),
        error: code.to_owned(),
        description,
        client_id: None,
        received: None,
        endpoint: scene.endpoint.clone(),
        time: scene.app.now().to_string(),
    };
    let mut answer = html::bare(&scene.app, scene.theme, &page, error.status_code());
    match error {
        Error::Refusal(refusal) if refusal.code == Code::TemporarilyUnavailable => {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(UNAVAILABLE_FOR));
        }
        Error::Busy | Error::Unanswered(_) | Error::Unreachable(_) => {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        Error::MethodNotAllowed(allow) => {
            answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        _ => {}
    }
    answer
}

fn message(error: &Error) -> &'static str {
    match error {
        Error::Refusal(refusal) if refusal.code == Code::TemporarilyUnavailable => {
            "Something that the app keeps elsewhere cannot be had now."
        }
        Error::Refusal(_) | Error::TokenMissing => "The app sent something that cannot be trusted.",
        Error::NotFound => "There is no page at this address.",
        Error::MethodNotAllowed(_) | Error::Unreadable(_) => "What was sent here cannot be read.",
        Error::Forbidden => "You are signed in, but this page is for administrators.",
        Error::Stale(_) => {
            "This form is too old, or was not sent from our own page. Nothing has been changed."
        }
        Error::Over(_) => "We cannot continue with it: it was answered already, or took too long.",
        Error::Busy | Error::Unanswered(_) | Error::TooMany { .. } => {
            "Too many people are asking at once. Nothing has been changed; try again in a moment."
        }
        Error::Unreachable(_) => "Nothing can be looked up just now. Try again in a moment.",
        Error::Fault(_) => "Something failed here, and it is not your fault.",
    }
}
