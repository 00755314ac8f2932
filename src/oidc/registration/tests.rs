use std::sync::Arc;

use super::*;
use crate::oidc::claims::standard_scopes;
use crate::oidc::client::{AuthMethod, ConsentPolicy, Lifetimes};
use crate::oidc::jose::{Alg, PrivateKey};
use crate::oidc::keys::SigningKey;

const NOW: UnixTime = UnixTime(1_795_190_400);

fn ring() -> KeyRing {
    let private = PrivateKey::generate(Alg::ES256, None).unwrap();
    KeyRing::new(Vec::new(), vec![Arc::new(SigningKey { kid: "k".into(), private })])
}

fn with_offer<T>(implicit: bool, work: impl FnOnce(&Offer) -> T) -> T {
    let mut scopes = standard_scopes();
    scopes.iter_mut().filter(|entry| entry.name == "phone").for_each(|entry| entry.is_restricted = true);
    work(&Offer { implicit, keys: &ring(), scopes: &scopes, now: NOW })
}

/// With what these tests do not ask about.
fn sent(mut members: Value) -> Sent {
    let whole = members.as_object_mut().unwrap();
    whole.entry("redirect_uris").or_insert(json!(["https://app.example/cb"]));
    whole.entry("id_token_signed_response_alg").or_insert(json!("ES256"));
    Sent::parse(members.to_string().as_bytes()).unwrap()
}

fn register(members: Value) -> Result<Client, Refusal> {
    with_offer(true, |offer| sent(members).register("id".into(), offer))
}

#[track_caller]
fn refused(members: Value, code: Code, word: &str) {
    let refusal = register(members).unwrap_err();
    assert_eq!(refusal.code, code, "{refusal}");
    assert!(refusal.description.contains(word), "{word} is not in: {refusal}");
}

#[test]
fn a_stranger_chooses_neither_its_id_nor_what_is_ours_alone() {
    let client = register(json!({
        "client_id": "harbour-portal", "client_secret": "mine", "require_pkce": true, "may_introspect": true,
        "resources": ["https://api.example/"], "id_token_claims": true, "strict_audience": true,
        "extra_claims": {"openid": ["groups"]}, "cors_origins": ["https://evil.example"], "consent": "never",
        "refresh": {"rotates": false}, "audiences": ["other"], "unknown": {"deep": [1]},
    }))
    .unwrap();
    assert_eq!(
        (client.id.as_str(), client.consent, client.origin),
        ("id", ConsentPolicy::Once, Origin::Registration)
    );
    assert!(client.secrets.is_empty() && !client.requires_pkce);
    let plain = register(json!({})).unwrap();
    assert_eq!(client.options, plain.options);
}

#[test]
fn a_stranger_sets_no_terms_and_is_not_told_them() {
    let terms = json!({"consent": "never", "lifetimes": {"access_token": 315_360_000}, "owner": "ada"});
    let client = register(terms.clone()).unwrap();
    assert_eq!((client.consent, client.lifetimes), (ConsentPolicy::Once, Lifetimes::default()));

    let lifetimes = Lifetimes { code: Some(30), ..Lifetimes::default() };
    let before = Client { consent: ConsentPolicy::Always, lifetimes, owner_id: Some("7".into()), ..client };
    let mut members = terms;
    members["client_id"] = json!(before.id);
    let after = replace(&before, members).unwrap();
    assert_eq!((after.consent, after.lifetimes), (ConsentPolicy::Always, lifetimes));
    assert_eq!(after.owner_id, before.owner_id);
    let described = metadata::describe(&after);
    assert!(["consent", "lifetimes", "owner"].iter().all(|name| !described.contains_key(*name)));
}

#[test]
fn what_a_stranger_may_not_have_is_refused_by_name() {
    use Code::{InvalidClientMetadata as Metadata, InvalidRedirectUri as Uri};
    refused(json!({"scope": "openid phone"}), Metadata, "phone");
    refused(json!({"scope": "berths"}), Metadata, "scope");
    refused(json!({"grant_types": ["authorization_code", "password"]}), Metadata, "password");
    refused(json!({"id_token_signed_response_alg": "RS256"}), Metadata, "ES256");
    refused(json!({"userinfo_signed_response_alg": "PS256"}), Metadata, "userinfo_signed_response_alg");
    refused(json!({"redirect_uris": ["https://app.example/cb#part"]}), Uri, "redirect_uris[0]");
    refused(json!({"redirect_uris": ["javascript:alert(1)"]}), Uri, "redirect_uris[0]");
    refused(json!({"redirect_uris": "https://app.example/cb"}), Uri, "redirect_uris");
    refused(json!({"client_name": ["x"]}), Metadata, "client_name");
    refused(json!({"initiate_login_uri": "http://app.example/start"}), Metadata, "initiate_login_uri");
    refused(json!({"logo_uri": "http://app.example/logo.png"}), Metadata, "logo_uri");
}

#[test]
fn scopes_that_nobody_knows_are_left_out() {
    let client = register(json!({"scope": "openid berths email"})).unwrap();
    assert_eq!(client.scope.to_string(), "openid email");
}

#[test]
fn without_the_implicit_flow_only_code_can_be_registered() {
    let hybrid = json!({
        "response_types": ["token id_token code"], "grant_types": ["authorization_code", "implicit"],
    });
    assert_eq!(register(hybrid.clone()).unwrap().response_types[0].as_str(), "code id_token token");
    with_offer(false, |offer| {
        let refusal = sent(hybrid).register("id".into(), offer).unwrap_err();
        assert_eq!(refusal.code, Code::InvalidClientMetadata);
        assert!(sent(json!({})).register("id".into(), offer).is_ok());
    });
}

#[test]
fn a_software_statement_is_refused_by_its_own_name() {
    let refusal = Sent::parse(br#"{"software_statement": "a.b.c"}"#).unwrap_err();
    assert_eq!(refusal.code, Code::InvalidSoftwareStatement);
}

#[test]
fn what_is_no_object_of_bounded_depth_and_size_is_refused() {
    let deep = format!("{{\"jwks\": {}{}}}", "[".repeat(5000), "]".repeat(5000));
    let large = format!("{{\"client_name\": \"{}\"}}", "x".repeat(LARGEST));
    for body in ["", "[]", "\"x\"", "{", "{\"a\":1} x", "redirect_uris=x", &deep, &large] {
        let refusal = Sent::parse(body.as_bytes()).unwrap_err();
        assert_eq!(refusal.code, Code::InvalidClientMetadata, "{refusal}");
    }
}

fn replace(before: &Client, members: Value) -> Result<Client, Refusal> {
    with_offer(true, |offer| sent(members).replace(before, offer, |text| text == "the secret"))
}

#[test]
fn an_update_replaces_what_is_the_clients_and_keeps_the_rest() {
    let mut before = register(json!({"client_name": "Old", "policy_uri": "https://app.example/p"})).unwrap();
    before.requires_pkce = true;
    before.consent = ConsentPolicy::Always;
    before.owner_id = Some("ada".into());
    before.disabled_at = Some(NOW);
    before.options.may_introspect = true;
    before.scope = Scope::parse("openid phone").unwrap();
    before.registration_token_hash = Some("hash".into());
    let members = json!({
        "client_id": "id", "client_secret": "the secret", "scope": "openid phone",
        "token_endpoint_auth_method": "client_secret_post", "may_introspect": false, "require_pkce": false,
    });
    let after = replace(&before, members).unwrap();
    assert_eq!((after.name.as_str(), &after.policy_uri), ("id", &None));
    assert_eq!(after.auth_method, AuthMethod::ClientSecretPost);
    assert!(after.requires_pkce && after.options.may_introspect && after.is_disabled());
    assert_eq!((after.consent, after.owner_id.as_deref()), (ConsentPolicy::Always, Some("ada")));
    assert_eq!(after.scope.to_string(), "openid phone");
    assert_eq!(after.registration_token_hash.as_deref(), Some("hash"));
}

#[test]
fn an_update_that_is_not_of_this_client_is_refused() {
    let before = register(json!({})).unwrap();
    assert!(replace(&before, json!({"client_id": "id"})).is_ok());
    for members in [
        json!({}),
        json!({"client_id": "other"}),
        json!({"client_id": 1}),
        json!({"client_id": "id", "client_secret": "mine"}),
        json!({"client_id": "id", "client_secret": 1}),
        json!({"client_id": "id", "registration_access_token": "t"}),
        json!({"client_id": "id", "registration_client_uri": "https://op.example/"}),
        json!({"client_id": "id", "client_secret_expires_at": 0}),
        json!({"client_id": "id", "client_id_issued_at": 1}),
    ] {
        let refusal = replace(&before, members.clone()).unwrap_err();
        assert_eq!(refusal.code, Code::InvalidClientMetadata, "{members}");
    }
}

#[test]
fn a_sector_lists_every_redirect_uri() {
    let uris = ["https://a.example/cb".to_owned(), "https://b.example/cb".to_owned()];
    let all = br#"["https://b.example/cb", "https://c.example/", "https://a.example/cb"]"#;
    assert_eq!(check_sector(all, &uris), Ok(()));
    assert!(
        check_sector(br#"["https://a.example/cb"]"#, &uris).unwrap_err().contains("https://b.example/cb")
    );
    for document in [&b""[..], b"{}", b"[1]", b"<html>"] {
        assert!(check_sector(document, &uris).is_err());
    }
}
