//! Answers that are pages, with the headers that keep them safe.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use url::Url;

use super::admin;
use super::app::App;
use super::browser::Browser;
use super::error::{Error, Result};
use super::pages::{Avatar, Frame, Page, Person, Theme};
use crate::oidc::user::User;

/// How a page is sent.
pub struct View<'a> {
    status: StatusCode,
    person: Option<&'a User>,
    /// Where its form may end besides here: the origin of a checked redirect URI.
    form_action: Option<String>,
    /// The origins of what it shows in frames.
    frames: Vec<String>,
    is_live: bool,
}

impl Default for View<'_> {
    fn default() -> Self {
        Self { status: StatusCode::OK, person: None, form_action: None, frames: Vec::new(), is_live: false }
    }
}

impl<'a> View<'a> {
    pub fn new() -> Self {
        Self::default()
    }

    /// 422: the form again, with what was typed.
    pub fn unprocessable() -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, ..Self::default() }
    }

    pub const fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Chromium blocks the redirect after a form where the policy does not name its end.
    pub fn form_may_reach(mut self, redirect_uri: Option<&str>) -> Self {
        self.form_action = redirect_uri.and_then(crate::oidc::redirect_uri::form_action);
        self
    }

    /// A page with frames of these addresses.
    pub fn with_frames<'u>(mut self, urls: impl Iterator<Item = &'u str>) -> Self {
        let origins = urls.filter_map(|url| Url::parse(url).ok()).map(|url| url.origin());
        let mut frames: Vec<_> =
            origins.filter(url::Origin::is_tuple).map(|origin| origin.ascii_serialization()).collect();
        frames.sort_unstable();
        frames.dedup();
        self.frames = frames;
        self
    }

    /// A page of the account or the console, with the person in its header and live search.
    pub const fn of(mut self, person: &'a User) -> Self {
        self.person = Some(person);
        self.is_live = true;
        self
    }

    /// Renders `page` for `browser`.
    pub fn show(self, app: &App, browser: &Browser, page: &impl Page) -> Result<HttpResponse> {
        let frame = Frame {
            organisation: app.organisation(),
            base: app.config.prefix().to_owned(),
            theme: theme(app, browser.request()),
            csrf: browser.csrf(),
            person: self.person.map(person),
            flash: browser.take_flash(),
            key_rotation: self
                .person
                .filter(|person| person.is_admin)
                .and_then(|_| admin::dashboard::key_rotation(app)),
            help_links: Vec::new(),
        };
        let body = app.pages.render(page, &frame).map_err(|error| Error::Fault(error.to_string()))?;
        Ok(answer(self.status, body, &self.policy()))
    }

    fn policy(&self) -> String {
        let connect = if self.is_live { " connect-src 'self';" } else { "" };
        let frames = if self.frames.is_empty() {
            String::new()
        } else {
            format!(" frame-src {};", self.frames.join(" "))
        };
        let (blank, target) = self.form_action.as_deref().map_or(("", ""), |target| (" ", target));
        format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;{connect}{frames} \
             form-action 'self'{blank}{target}; frame-ancestors 'none'; base-uri 'none'"
        )
    }
}

/// A page without a browser behind it: for errors, whatever else has failed.
pub fn bare(app: &App, theme: Option<Theme>, page: &impl Page, status: StatusCode) -> HttpResponse {
    let frame = Frame {
        organisation: app.organisation(),
        base: app.config.prefix().to_owned(),
        theme,
        ..Frame::default()
    };
    match app.pages.render(page, &frame) {
        Ok(body) => answer(status, body, &View::new().policy()),
        Err(error) => {
            tracing::error!(%error, "the error page failed");
            HttpResponse::build(StatusCode::INTERNAL_SERVER_ERROR).body("Something failed here.")
        }
    }
}

/// 303: what was posted is done, here is what to look at.
pub fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, location))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

fn answer(status: StatusCode, body: String, policy: &str) -> HttpResponse {
    let policy = HeaderValue::from_str(policy).expect("origins of checked URIs are plain ASCII");
    HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .insert_header((header::X_FRAME_OPTIONS, "DENY"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header(("Cross-Origin-Opener-Policy", "same-origin"))
        .insert_header(("Permissions-Policy", "camera=(), geolocation=(), microphone=()"))
        .body(body)
}

/// Light or dark, if the visitor has chosen.
pub fn theme(app: &App, request: &HttpRequest) -> Option<Theme> {
    match request.cookie(&app.config.cookies.theme).as_ref().map(Cookie::value) {
        Some("light") => Some(Theme::Light),
        Some("dark") => Some(Theme::Dark),
        _ => None,
    }
}

fn person(user: &User) -> Person {
    let name = user.display_name();
    let detail = user.profile.email.as_deref().unwrap_or(&user.username);
    Person { name: name.to_owned(), detail: detail.to_owned(), avatar: Avatar::of(name) }
}
