//! `POST /authorize`: the same as with `GET`, from a form body (OpenID Connect Core 3.1.2.1).
//!
//! The session's cookie does not come along when another site posts, but when the browser asks after that. So who posts
//! without it is nobody yet: the browser is sent to ask again.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Path};

use super::authorize::{OVER, begin};
use crate::dice;
use crate::http::app::AppData;
use crate::http::browser::Browser;
use crate::http::error::Result;
use crate::http::html::see_other;
use crate::oidc::authorize::Params;
use crate::oidc::secret;
use crate::store::flows;

/// Longer queries than this are not for every proxy.
const LONGEST: usize = 4096;

/// Seconds until the browser has followed.
const PATIENCE: i64 = 60;

/// `POST /authorize`
pub async fn create(app: AppData, browser: Browser, body: Bytes) -> Result<HttpResponse> {
    if browser.has_cookie(&app) {
        return begin(&app, &browser, &body).await;
    }
    // All of it, what is unknown or comes twice too.
    let pairs = form_urlencoded::parse(&body);
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    // What would be kept is bounded, and may be longer than what came.
    Params::read(query.as_bytes())?;
    let path = app.path("/authorize");
    if query.len() <= LONGEST {
        let joint = if query.is_empty() { "" } else { "?" };
        return Ok(see_other(&format!("{path}{joint}{query}")));
    }
    let (id, now) = (secret::opaque(dice::bytes()), app.now());
    let key = flows::Key::posted(id.clone(), now);
    app.store.write(move |db| flows::add(db, &key, &query, now.plus(PATIENCE))).await?;
    Ok(see_other(&format!("{path}/posted/{id}")))
}

/// `GET /authorize/posted/{id}`: the request that was too long for an address, once.
pub async fn resume(app: AppData, browser: Browser, id: Path<String>) -> Result<HttpResponse> {
    let key = flows::Key::posted(id.into_inner(), app.now());
    let query = app.store.write(move |db| flows::take(db, &key)).await?;
    begin(&app, &browser, query.ok_or(OVER)?.as_bytes()).await
}
