//! Subject: by which identifier the app knows people.

use crate::http::pages::admin::ClientOptions;
use crate::oidc::metadata::Metadata;
use crate::oidc::options::{Options, SubjectType};

pub const FIELDS: [&str; 2] = ["subject_type", "sector_identifier_uri"];

pub fn show(own: &Options, form: &mut ClientOptions) {
    form.subject_type = own.subject_type.to_string();
    form.sector_identifier_uri = own.sector_identifier_uri.clone().unwrap_or_default();
}

pub fn put(form: &ClientOptions, metadata: &mut Metadata) {
    metadata.subject_type = Some(form.subject_type.clone());
    metadata.sector_identifier_uri = Some(form.sector_identifier_uri.clone());
}

pub fn is_used(form: &ClientOptions) -> bool {
    form.subject_type == SubjectType::Pairwise.as_str() || !form.sector_identifier_uri.is_empty()
}

pub fn part(own: &Options) -> Options {
    Options {
        subject_type: own.subject_type,
        sector_identifier_uri: own.sector_identifier_uri.clone(),
        ..Options::default()
    }
}
