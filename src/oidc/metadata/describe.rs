//! A client as registration shows it.

use serde_json::{Map, Value, json};

use crate::oidc::client::Client;
use crate::oidc::options::{AccessTokenFormat, Encryption, Keys, Refresh};

/// What registration answers (RFC 7591 3.2.1): every member as it is kept.
pub fn describe(client: &Client) -> Map<String, Value> {
    let words = |list: Vec<&'static str>| json!(list);
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()) {
            members.insert(name.to_owned(), value);
        }
    };
    put("client_id", json!(client.id));
    put("client_id_issued_at", json!(client.created_at));
    put("client_name", json!(client.name));
    put("application_type", json!(client.application_type.as_str()));
    put("redirect_uris", json!(client.redirect_uris));
    put("post_logout_redirect_uris", json!(client.post_logout_redirect_uris));
    put("response_types", words(client.response_types.iter().map(|t| t.as_str()).collect()));
    put("grant_types", words(client.grant_types.iter().map(|t| t.as_str()).collect()));
    put("token_endpoint_auth_method", json!(client.auth_method.as_str()));
    put("id_token_signed_response_alg", json!(client.id_token_alg.as_str()));
    if !client.scope.is_empty() {
        put("scope", json!(client.scope));
    }
    put("client_uri", json!(client.client_uri));
    put("policy_uri", json!(client.policy_uri));
    put("tos_uri", json!(client.tos_uri));
    describe_options(client, &mut put);
    members
}

fn describe_options(client: &Client, put: &mut impl FnMut(&str, Value)) {
    let own = &client.options;
    put("contacts", json!(own.contacts));
    put("logo_uri", json!(own.logo_uri));
    put("software_id", json!(own.software_id));
    put("software_version", json!(own.software_version));
    match &own.keys {
        Keys::None => {}
        Keys::Jwks(jwks) => put("jwks", jwks.clone()),
        Keys::JwksUri(uri) => put("jwks_uri", json!(uri)),
    }
    put("token_endpoint_auth_signing_alg", json!(own.token_endpoint_auth_signing_alg));
    put("userinfo_signed_response_alg", json!(own.userinfo_signed_response_alg));
    put("request_object_signing_alg", json!(own.request_object_signing_alg));
    let mut put_encryption = |alg: &str, enc: &str, own: Option<Encryption>| {
        put(alg, json!(own.map(|own| own.alg)));
        put(enc, json!(own.map(|own| own.enc)));
    };
    put_encryption(
        "id_token_encrypted_response_alg",
        "id_token_encrypted_response_enc",
        own.id_token_encryption,
    );
    put_encryption(
        "userinfo_encrypted_response_alg",
        "userinfo_encrypted_response_enc",
        own.userinfo_encryption,
    );
    put_encryption(
        "request_object_encryption_alg",
        "request_object_encryption_enc",
        own.request_object_encryption,
    );
    put("require_signed_request_object", json!(own.require_signed_request_object));
    put("request_uris", json!(own.request_uris));
    put("subject_type", json!(own.subject_type));
    put("sector_identifier_uri", json!(own.sector_identifier_uri));
    put("default_max_age", json!(own.default_max_age));
    put("require_auth_time", json!(own.require_auth_time));
    put("default_acr_values", json!(own.default_acr_values));
    put("initiate_login_uri", json!(own.initiate_login_uri));
    let logout = &own.logout;
    put("frontchannel_logout_uri", json!(logout.frontchannel_logout_uri));
    if logout.frontchannel_logout_uri.is_some() {
        put("frontchannel_logout_session_required", json!(logout.frontchannel_logout_session_required));
    }
    put("backchannel_logout_uri", json!(logout.backchannel_logout_uri));
    if logout.backchannel_logout_uri.is_some() {
        put("backchannel_logout_session_required", json!(logout.backchannel_logout_session_required));
    }
    describe_own(client, put);
}

/// Members that are ours alone, where they differ from what a new client has.
fn describe_own(client: &Client, put: &mut impl FnMut(&str, Value)) {
    let own = &client.options;
    let set = |is_set: bool| if is_set { json!(true) } else { Value::Null };
    put("require_pkce", json!(client.requires_pkce));
    if own.access_token_format != AccessTokenFormat::default() {
        put("access_token_format", json!(own.access_token_format));
    }
    put("resources", json!(own.resources));
    put("audiences", json!(own.audiences));
    put("cors_origins", json!(own.cors_origins));
    put("id_token_claims", set(own.id_token_claims));
    if !own.extra_claims.is_empty() {
        put("extra_claims", json!(own.extra_claims));
    }
    if own.refresh != Refresh::default() {
        put("refresh", json!(own.refresh));
    }
    put("strict_audience", set(own.strict_audience));
    put("may_introspect", set(own.may_introspect));
    put("logout_is_own_only", set(own.logout.is_own_only));
    put("logout_removes_tokens", set(own.logout.removes_tokens));
}
