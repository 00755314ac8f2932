//! `/healthz`: the process lives. `/readyz`: it can do its work.

use actix_web::HttpResponse;
use serde_json::json;

use crate::http::app::AppData;
use crate::http::error::{Error, Result};
use crate::store::settings;

pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// Asks the database something that every node needs. Whatever fails in that, other nodes may do better.
pub async fn ready(app: AppData) -> Result<HttpResponse> {
    app.store.read(settings::find).await.map_err(|error| match error.into() {
        Error::Fault(cause) => Error::Unreachable(cause),
        error => error,
    })?;
    let has_key = !app.store.catalogue().keys.algs().is_empty();
    if !has_key {
        return Ok(HttpResponse::ServiceUnavailable().json(json!({ "status": "no signing key" })));
    }
    Ok(HttpResponse::Ok().json(json!({ "status": "ok" })))
}
