//! Sign-out: how the app hears of it, and how far its own reaches.

use crate::http::pages::admin::ClientOptions;
use crate::oidc::metadata::Metadata;
use crate::oidc::options::Options;

pub const FIELDS: [&str; 2] = ["frontchannel_logout_uri", "backchannel_logout_uri"];

pub fn show(own: &Options, form: &mut ClientOptions) {
    let logout = &own.logout;
    form.frontchannel_logout_uri = logout.frontchannel_logout_uri.clone().unwrap_or_default();
    form.frontchannel_logout_session_required = logout.frontchannel_logout_session_required;
    form.backchannel_logout_uri = logout.backchannel_logout_uri.clone().unwrap_or_default();
    form.backchannel_logout_session_required = logout.backchannel_logout_session_required;
    form.logout_is_own_only = logout.is_own_only;
    form.logout_removes_tokens = logout.removes_tokens;
}

pub fn put(form: &ClientOptions, metadata: &mut Metadata) {
    metadata.frontchannel_logout_uri = Some(form.frontchannel_logout_uri.clone());
    metadata.frontchannel_logout_session_required = Some(form.frontchannel_logout_session_required);
    metadata.backchannel_logout_uri = Some(form.backchannel_logout_uri.clone());
    metadata.backchannel_logout_session_required = Some(form.backchannel_logout_session_required);
    metadata.logout_is_own_only = Some(form.logout_is_own_only);
    metadata.logout_removes_tokens = Some(form.logout_removes_tokens);
}

pub fn is_used(form: &ClientOptions) -> bool {
    !form.frontchannel_logout_uri.is_empty()
        || !form.backchannel_logout_uri.is_empty()
        || form.logout_is_own_only
        || form.logout_removes_tokens
}

pub fn part(own: &Options) -> Options {
    Options { logout: own.logout.clone(), ..Options::default() }
}
