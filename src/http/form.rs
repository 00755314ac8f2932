//! Posted forms. Reading one checks its token: no handler can forget it.

use std::future::Future;
use std::pin::Pin;

use actix_multipart::Multipart;
use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use futures_util::TryStreamExt;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::app::AppData;
use super::browser::Browser;
use super::error::{Error, Result};

/// The fields of a form that one of our own pages in this browser sent.
pub struct Posted<T>(pub T);

#[derive(Deserialize)]
struct Token {
    csrf: Option<String>,
}

impl<T: DeserializeOwned + 'static> FromRequest for Posted<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = Bytes::from_request(request, payload);
        let browser = Browser::from_request(request, &mut Payload::None);
        let request = request.clone();
        Box::pin(async move {
            let app = request.app_data::<AppData>().expect("every scope has the app");
            let body = body.await.map_err(|_| Error::Unreadable("the form is too large".into()))?;
            let token: Token = parse(&body)?;
            browser.await?.check_csrf(token.csrf.as_deref(), app)?;
            Ok(Self(parse(&body)?))
        })
    }
}

/// What comes to an address to which our own page posts, and apps have browsers post too (OpenID Connect RP-Initiated
/// Logout 1.0, 2). Only a form with our token is ours; the rest changes nothing by itself.
pub enum FromAnybody<T> {
    Ours(T),
    /// The body as it came.
    Theirs(Bytes),
}

impl<T: DeserializeOwned + 'static> FromRequest for FromAnybody<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = Bytes::from_request(request, payload);
        let browser = Browser::from_request(request, &mut Payload::None);
        let request = request.clone();
        Box::pin(async move {
            let app = request.app_data::<AppData>().expect("every scope has the app");
            let body = body.await.map_err(|_| Error::Unreadable("the form is too large".into()))?;
            let token: Token = parse(&body)?;
            if token.csrf.is_none() {
                return Ok(Self::Theirs(body));
            }
            browser.await?.check_csrf(token.csrf.as_deref(), app)?;
            Ok(Self::Ours(parse(&body)?))
        })
    }
}

/// A form of ours with a file: of the type `multipart/form-data` (RFC 7578).
pub struct Uploaded<T> {
    pub fields: T,
    /// The file that was chosen, if one was; the beginning of one that is far too large.
    pub file: Option<Bytes>,
}

/// What the text fields of a form with a file may weigh, and how much of its file is kept.
const LARGEST: usize = 512 * 1024;
/// What is read at all. What lies between is read past, so that the form can be shown again with what was typed.
const LONGEST: usize = 16 * 1024 * 1024;

impl<T: DeserializeOwned + 'static> FromRequest for Uploaded<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let parts = Multipart::from_request(request, payload);
        let browser = Browser::from_request(request, &mut Payload::None);
        let request = request.clone();
        Box::pin(async move {
            let app = request.app_data::<AppData>().expect("every scope has the app");
            let parts =
                parts.await.map_err(|_| Error::Unreadable("this form must be multipart/form-data".into()))?;
            let (fields, file) = collect(parts).await?;
            let token: Token = parse(fields.as_bytes())?;
            browser.await?.check_csrf(token.csrf.as_deref(), app)?;
            Ok(Self { fields: parse(fields.as_bytes())?, file })
        })
    }
}

/// The text fields, form-encoded, and the file.
async fn collect(mut parts: Multipart) -> Result<(String, Option<Bytes>)> {
    let unreadable = |_| Error::Unreadable("the form cannot be read".into());
    let mut fields = form_urlencoded::Serializer::new(String::new());
    let (mut file, mut weight, mut length) = (None, 0, 0);
    while let Some(mut part) = parts.try_next().await.map_err(unreadable)? {
        let disposition = part.content_disposition();
        let name = disposition.and_then(|value| value.get_name()).unwrap_or_default().to_owned();
        let is_file = disposition.is_some_and(|value| value.get_filename().is_some());
        let mut content = Vec::new();
        while let Some(chunk) = part.try_next().await.map_err(unreadable)? {
            length += chunk.len();
            weight += if is_file { 0 } else { chunk.len() };
            if length > LONGEST || weight > LARGEST {
                return Err(Error::Unreadable("the form is too large".into()));
            }
            if !is_file || content.len() < LARGEST {
                content.extend_from_slice(&chunk);
            }
        }
        if is_file {
            file = Some(Bytes::from(content)).filter(|content| !content.is_empty()).or(file);
        } else {
            let text = String::from_utf8(content);
            let text = text.map_err(|_| Error::Unreadable("the form is not UTF-8".into()))?;
            fields.append_pair(&name, &text);
        }
    }
    Ok((fields.finish(), file))
}

/// For `deserialize_with`: a box that is ticked is sent, one that is not is left out and takes its default.
pub fn ticked<'de, D: Deserializer<'de>>(field: D) -> std::result::Result<bool, D::Error> {
    String::deserialize(field).map(|_| true)
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_html_form::from_bytes(body)
        .map_err(|error| Error::Unreadable(format!("the form cannot be read: {error}")))
}
