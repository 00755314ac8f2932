//! Posted forms. Reading one checks its token: no handler can forget it.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use serde::Deserialize;
use serde::de::DeserializeOwned;

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

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_html_form::from_bytes(body)
        .map_err(|error| Error::Unreadable(format!("the form cannot be read: {error}")))
}
