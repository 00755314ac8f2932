//! Keys and authentication: where the app's public keys are, and how it proves itself with them.

use serde_json::Value;

use crate::http::pages::Errors;
use crate::http::pages::admin::ClientOptions;
use crate::oidc::metadata::Metadata;
use crate::oidc::options::{Keys, Options};

pub const FIELDS: [&str; 3] = ["token_endpoint_auth_signing_alg", "jwks", "jwks_uri"];

pub fn show(own: &Options, form: &mut ClientOptions) {
    form.token_endpoint_auth_signing_alg =
        own.token_endpoint_auth_signing_alg.map(|alg| alg.to_string()).unwrap_or_default();
    match &own.keys {
        Keys::None => {}
        Keys::Jwks(jwks) => form.jwks = serde_json::to_string_pretty(jwks).unwrap_or_default(),
        Keys::JwksUri(uri) => form.jwks_uri.clone_from(uri),
    }
    form.strict_audience = own.strict_audience;
    form.may_introspect = own.may_introspect;
}

pub fn put(form: &ClientOptions, metadata: &mut Metadata, errors: &mut Errors) {
    metadata.token_endpoint_auth_signing_alg = Some(form.token_endpoint_auth_signing_alg.clone());
    metadata.jwks = match form.jwks.trim() {
        "" => None,
        text => match serde_json::from_str::<Value>(text) {
            Ok(jwks) => Some(jwks),
            Err(error) => {
                errors.add("jwks", format!("This cannot be read as JSON: {error}."));
                None
            }
        },
    };
    metadata.jwks_uri = Some(form.jwks_uri.clone());
    metadata.strict_audience = Some(form.strict_audience);
    metadata.may_introspect = Some(form.may_introspect);
}

pub fn is_used(form: &ClientOptions) -> bool {
    let texts = [&form.token_endpoint_auth_signing_alg, &form.jwks, &form.jwks_uri];
    texts.iter().any(|text| !text.is_empty()) || form.strict_audience || form.may_introspect
}

pub fn part(own: &Options) -> Options {
    Options {
        keys: own.keys.clone(),
        token_endpoint_auth_signing_alg: own.token_endpoint_auth_signing_alg,
        strict_audience: own.strict_audience,
        may_introspect: own.may_introspect,
        ..Options::default()
    }
}
