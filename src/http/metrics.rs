//! What is counted, for `/metrics` (OpenMetrics).

use std::sync::atomic::AtomicU64;

use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use secrecy::ExposeSecret;

use super::app::{App, AppData};
use super::client_address;
use super::error::{Error, Result};
use crate::oidc::secret;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    /// The route's pattern, so that the labels stay few.
    path: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Issued {
    grant_type: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct SignedIn {
    outcome: &'static str,
}

pub struct Metrics {
    registry: Registry,
    answered: Family<Answered, Counter<u64, AtomicU64>>,
    issued: Family<Issued, Counter<u64, AtomicU64>>,
    sign_ins: Family<SignedIn, Counter<u64, AtomicU64>>,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let mut registry = Registry::with_prefix("cardea");
        let (answered, issued, sign_ins) = (Family::default(), Family::default(), Family::default());
        registry.register("requests", "Answers by route and status", answered.clone());
        registry.register("tokens_issued", "Token responses by grant type", issued.clone());
        registry.register("sign_ins", "Attempts to sign in by outcome", sign_ins.clone());
        Self { registry, answered, issued, sign_ins }
    }

    pub fn note_issued(&self, grant_type: &'static str) {
        self.issued.get_or_create(&Issued { grant_type }).inc();
    }

    /// `outcome` is `succeeded`, `failed` or `paused`.
    pub fn note_sign_in(&self, outcome: &'static str) {
        self.sign_ins.get_or_create(&SignedIn { outcome }).inc();
    }

    fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a string takes any text");
        text
    }
}

/// Counts an answer.
pub fn note(answer: &ServiceResponse<impl MessageBody>) {
    if let Some(app) = answer.request().app_data::<AppData>() {
        let path = answer.request().match_pattern().unwrap_or_else(|| "none".to_owned());
        let status = answer.status().as_u16();
        app.metrics.answered.get_or_create(&Answered { path, status }).inc();
    }
}

/// `GET /metrics`: for this machine, and for whoever knows the token.
pub async fn show(app: AppData, request: HttpRequest) -> Result<HttpResponse> {
    if !app.config.metrics || !may_see(&app, &request) {
        return Err(Error::NotFound);
    }
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, media_type)).body(app.metrics.text()))
}

fn may_see(app: &App, request: &HttpRequest) -> bool {
    let bearer = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = bearer.and_then(|value| value.strip_prefix("Bearer "));
    match (&app.config.metrics_token, given) {
        (Some(token), Some(given)) => secret::same(token.expose_secret(), given),
        _ => client_address::of(app, request).is_some_and(|address| address.is_loopback()),
    }
}
