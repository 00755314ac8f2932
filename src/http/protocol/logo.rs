//! `/logos/{client_id}`: the picture of a client, as we re-encoded it.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Path;

use crate::http::app::AppData;
use crate::http::error::{Error, Result};
use crate::store::logos;

pub async fn show(app: AppData, client_id: Path<String>) -> Result<HttpResponse> {
    let found = app.store.read(move |db| logos::find(db, &client_id)).await?;
    let logo = found.ok_or(Error::NotFound)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, logo.media_type))
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(logo.picture))
}
