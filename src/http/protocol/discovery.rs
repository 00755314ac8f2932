//! `/.well-known/openid-configuration` (OpenID Connect Discovery 4), RFC 8414's document, and `/jwks`.

use std::sync::{Arc, PoisonError, RwLock};

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Bytes;
use serde_json::Value;

use crate::config::RegistrationMode;
use crate::http::app::{App, AppData};
use crate::oidc::discovery;

/// The documents as they are sent, written anew when the catalogue has changed.
pub struct Documents {
    written: RwLock<Option<Arc<Written>>>,
    /// How long apps may keep them; a new key is published before it signs.
    cache_control: HeaderValue,
}

struct Written {
    revision: i64,
    metadata: Bytes,
    jwks: Bytes,
}

impl Documents {
    pub fn new(max_age: i64) -> Self {
        let cache_control = HeaderValue::try_from(format!("public, max-age={max_age}"));
        Self {
            written: RwLock::default(),
            cache_control: cache_control.expect("letters and digits stand in every header"),
        }
    }

    fn of(&self, app: &App) -> Arc<Written> {
        let catalogue = app.store.catalogue();
        let kept = self.written.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(kept) = kept.filter(|kept| kept.revision == catalogue.revision()) {
            return kept;
        }
        let written = Arc::new(Written {
            revision: catalogue.revision(),
            metadata: Bytes::from(metadata(app).to_string()),
            jwks: Bytes::from(catalogue.jwks.to_string()),
        });
        *self.written.write().unwrap_or_else(PoisonError::into_inner) = Some(written.clone());
        written
    }
}

/// `GET /.well-known/openid-configuration` and `GET /.well-known/oauth-authorization-server`
pub async fn show(app: AppData) -> HttpResponse {
    document(&app, app.documents.of(&app).metadata.clone())
}

fn metadata(app: &App) -> Value {
    let catalogue = app.store.catalogue();
    let features = app.features();
    let mut content = discovery::document(app.issuer(), &catalogue.keys, &catalogue.scopes, features);
    if app.config.registration.mode != RegistrationMode::Off {
        content["registration_endpoint"] = format!("{}/register", app.issuer()).into();
    }
    if app.config.features.session_management {
        content["check_session_iframe"] = format!("{}/check-session-iframe", app.issuer()).into();
    }
    content
}

/// `GET /.well-known/oauth-protected-resource/userinfo` (RFC 9728 3)
pub async fn protected_resource(app: AppData) -> HttpResponse {
    let scopes = &app.store.catalogue().scopes;
    let content = discovery::protected_resource(app.issuer(), scopes, app.features());
    document(&app, Bytes::from(content.to_string()))
}

/// `GET /jwks` (RFC 7517 5)
pub async fn jwks(app: AppData) -> HttpResponse {
    document(&app, app.documents.of(&app).jwks.clone())
}

fn document(app: &App, content: Bytes) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, app.documents.cache_control.clone()))
        .insert_header((header::CONTENT_TYPE, HeaderValue::from_static("application/json")))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")))
        .body(content)
}
