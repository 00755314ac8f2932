//! Requests: how the app may ask, and what holds where it does not say.

use super::options::{lines, number};
use crate::http::pages::Errors;
use crate::http::pages::admin::ClientOptions;
use crate::oidc::metadata::Metadata;
use crate::oidc::options::Options;

pub const FIELDS: [&str; 5] =
    ["request_uris", "default_max_age", "default_acr_values", "initiate_login_uri", "cors_origins"];

pub fn show(own: &Options, form: &mut ClientOptions) {
    form.require_signed_request_object = own.require_signed_request_object;
    form.request_uris = own.request_uris.join("\n");
    form.default_max_age = own.default_max_age.map(|age| age.to_string()).unwrap_or_default();
    form.require_auth_time = own.require_auth_time;
    form.default_acr_values = own.default_acr_values.join("\n");
    form.initiate_login_uri = own.initiate_login_uri.clone().unwrap_or_default();
    form.cors_origins = own.cors_origins.join("\n");
}

pub fn put(form: &ClientOptions, metadata: &mut Metadata, errors: &mut Errors) {
    metadata.require_signed_request_object = Some(form.require_signed_request_object);
    metadata.request_uris = Some(lines(&form.request_uris));
    metadata.default_max_age = number(&form.default_max_age).unwrap_or_else(|message| {
        errors.add("default_max_age", message);
        None
    });
    metadata.require_auth_time = Some(form.require_auth_time);
    metadata.default_acr_values = Some(lines(&form.default_acr_values));
    metadata.initiate_login_uri = Some(form.initiate_login_uri.clone());
    metadata.cors_origins = Some(lines(&form.cors_origins));
}

pub fn is_used(form: &ClientOptions) -> bool {
    let texts = [
        &form.request_uris,
        &form.default_max_age,
        &form.default_acr_values,
        &form.initiate_login_uri,
        &form.cors_origins,
    ];
    texts.iter().any(|text| !text.is_empty()) || form.require_signed_request_object || form.require_auth_time
}

pub fn part(own: &Options) -> Options {
    Options {
        require_signed_request_object: own.require_signed_request_object,
        request_uris: own.request_uris.clone(),
        default_max_age: own.default_max_age,
        require_auth_time: own.require_auth_time,
        default_acr_values: own.default_acr_values.clone(),
        initiate_login_uri: own.initiate_login_uri.clone(),
        cors_origins: own.cors_origins.clone(),
        ..Options::default()
    }
}
