//! `/.well-known/openid-configuration` (OpenID Connect Discovery 4), RFC 8414's document, and `/jwks`.

use actix_web::HttpResponse;
use actix_web::http::header;
use serde_json::Value;

use crate::config::RegistrationMode;
use crate::http::app::AppData;
use crate::oidc::discovery;

/// Seconds for which apps may keep the documents; a new key is published long before it signs.
const KEEP: &str = "public, max-age=3600";

/// `GET /.well-known/openid-configuration` and `GET /.well-known/oauth-authorization-server`
pub async fn show(app: AppData) -> HttpResponse {
    let catalogue = app.store.catalogue();
    let mut content = discovery::document(app.issuer(), &catalogue.keys, &catalogue.scopes);
    if app.config.registration.mode != RegistrationMode::Off {
        content["registration_endpoint"] = format!("{}/register", app.issuer()).into();
    }
    document(&content)
}

/// `GET /jwks` (RFC 7517 5)
pub async fn jwks(app: AppData) -> HttpResponse {
    document(&app.store.catalogue().jwks)
}

fn document(content: &Value) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, KEEP)).json(content)
}
