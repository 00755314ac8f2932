//! Signing and encryption of what goes to the app and of what it sends.

use super::options::words;
use crate::http::pages::admin::ClientOptions;
use crate::oidc::metadata::Metadata;
use crate::oidc::options::Options;

pub const FIELDS: [&str; 8] = [
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_signed_response_alg",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "request_object_signing_alg",
    "request_object_encryption_alg",
    "request_object_encryption_enc",
];

pub fn show(own: &Options, form: &mut ClientOptions) {
    let text = |alg: Option<crate::oidc::jose::Alg>| alg.map(|alg| alg.to_string()).unwrap_or_default();
    (form.id_token_encrypted_response_alg, form.id_token_encrypted_response_enc) =
        words(own.id_token_encryption);
    form.userinfo_signed_response_alg = text(own.userinfo_signed_response_alg);
    (form.userinfo_encrypted_response_alg, form.userinfo_encrypted_response_enc) =
        words(own.userinfo_encryption);
    form.request_object_signing_alg = text(own.request_object_signing_alg);
    (form.request_object_encryption_alg, form.request_object_encryption_enc) =
        words(own.request_object_encryption);
}

pub fn put(form: &ClientOptions, metadata: &mut Metadata) {
    let text = |value: &String| Some(value.clone());
    metadata.id_token_encrypted_response_alg = text(&form.id_token_encrypted_response_alg);
    metadata.id_token_encrypted_response_enc = text(&form.id_token_encrypted_response_enc);
    metadata.userinfo_signed_response_alg = text(&form.userinfo_signed_response_alg);
    metadata.userinfo_encrypted_response_alg = text(&form.userinfo_encrypted_response_alg);
    metadata.userinfo_encrypted_response_enc = text(&form.userinfo_encrypted_response_enc);
    metadata.request_object_signing_alg = text(&form.request_object_signing_alg);
    metadata.request_object_encryption_alg = text(&form.request_object_encryption_alg);
    metadata.request_object_encryption_enc = text(&form.request_object_encryption_enc);
}

pub fn is_used(form: &ClientOptions) -> bool {
    let texts = [
        &form.id_token_encrypted_response_alg,
        &form.userinfo_signed_response_alg,
        &form.userinfo_encrypted_response_alg,
        &form.request_object_signing_alg,
        &form.request_object_encryption_alg,
    ];
    texts.iter().any(|text| !text.is_empty())
}

pub fn part(own: &Options) -> Options {
    Options {
        id_token_encryption: own.id_token_encryption,
        userinfo_signed_response_alg: own.userinfo_signed_response_alg,
        userinfo_encryption: own.userinfo_encryption,
        request_object_signing_alg: own.request_object_signing_alg,
        request_object_encryption: own.request_object_encryption,
        ..Options::default()
    }
}
