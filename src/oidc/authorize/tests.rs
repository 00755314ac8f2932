//! The rules of the authorization request, one fact each.

mod front_channel;
mod steps;

use serde_json::json;

use super::*;
use crate::oidc::claims::standard_scopes;
use crate::oidc::jose::{Alg, PrivateKey, sign};
use crate::oidc::keys::{KeyRecord, KeyState};
use crate::oidc::metadata::Metadata;
use crate::oidc::time::UnixTime;

const NOW: UnixTime = UnixTime(1_795_190_400);
const ISSUER: &str = "https://op.example";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const GOOD: &str =
    "client_id=shop&redirect_uri=https%3A%2F%2Fshop.example%2Fcb&response_type=code&scope=openid&state=s";

fn client() -> Client {
    let metadata = Metadata {
        redirect_uris: vec!["https://shop.example/cb".into(), "https://shop.example/other?bar=foo".into()],
        ..Metadata::default()
    };
    metadata.check("shop".into(), NOW).unwrap()
}

fn public_client(redirect_uri: &str) -> Client {
    let metadata = Metadata {
        redirect_uris: vec![redirect_uri.into()],
        token_endpoint_auth_method: Some("none".into()),
        ..Metadata::default()
    };
    metadata.check("shop".into(), NOW).unwrap()
}

fn check_with(client: Option<&Client>, query: &str) -> Result<Request, Refusal> {
    let ground = Ground {
        client,
        scopes: &standard_scopes(),
        keys: &KeyRing::default(),
        secrets: &[],
        issuer: ISSUER,
        features: Features::default(),
    };
    Request::check(&Params::parse(query.as_bytes()), &ground)
}

fn check(query: &str) -> Result<Request, Refusal> {
    check_with(Some(&client()), query)
}

/// The code, and whether the client is told.
fn refusal(query: &str) -> (&'static str, bool) {
    let refusal = check(query).unwrap_err();
    (refusal.code.as_str(), refusal.reply_to.is_some())
}

#[test]
fn a_plain_request_is_good() {
    let request = check(GOOD).unwrap();
    assert_eq!(request.reply_to.redirect_uri, "https://shop.example/cb");
    assert_eq!(request.reply_to.mode, ResponseMode::Query);
    assert_eq!(request.reply_to.state.as_deref(), Some("s"));
    assert!(request.is_openid());
}

#[test]
fn unknown_and_empty_parameters_are_ignored() {
    let request =
        check(&format!("{GOOD}&extra=foobar&extra=x&nonce=&display=popup&ui_locales=se&acr_values=1"))
            .unwrap();
    assert_eq!(request.nonce, None);
}

#[test]
fn without_a_known_client_nobody_is_redirected() {
    assert_eq!(check_with(None, GOOD).unwrap_err().reply_to, None);
    assert_eq!(refusal("redirect_uri=https%3A%2F%2Fshop.example%2Fcb"), ("invalid_request", false));
    let mut disabled = client();
    disabled.disabled_at = Some(NOW);
    assert_eq!(check_with(Some(&disabled), GOOD).unwrap_err().reply_to, None);
}

#[test]
fn only_a_registered_redirect_uri_is_redirected_to() {
    for uri in [
        "",
        "https%3A%2F%2Fshop.example%2Fcb%2Fextra",
        "https%3A%2F%2Fshop.example%2Fcb%3Ffoo%3Dbar",
        "https%3A%2F%2Fshop.example%2Fother%3Ffoo%3Dbar",
        "https%3A%2F%2Fevil.example%2Fcb",
    ] {
        let query = format!("client_id=shop&redirect_uri={uri}&response_type=code&scope=openid");
        assert_eq!(refusal(&query), ("invalid_request", false), "{uri}");
    }
    let kept = "client_id=shop&redirect_uri=https%3A%2F%2Fshop.example%2Fother%3Fbar%3Dfoo&response_type=code&scope=openid";
    assert!(check(kept).is_ok());
}

#[test]
fn what_comes_twice_is_refused_and_told_where_that_is_safe() {
    assert_eq!(refusal(&format!("{GOOD}&client_id=shop")), ("invalid_request", false));
    assert_eq!(
        refusal(&format!("{GOOD}&redirect_uri=https%3A%2F%2Fevil.example")),
        ("invalid_request", false)
    );
    assert_eq!(refusal(&format!("{GOOD}&scope=email")), ("invalid_request", true));
}

#[test]
fn every_other_fault_is_told_to_the_client() {
    for (query, code) in [
        (GOOD.replace("response_type=code", ""), "invalid_request"),
        (GOOD.replace("=code", "=nonsense"), "unsupported_response_type"),
        (GOOD.replace("=code", "=token"), "unauthorized_client"),
        (GOOD.replace("scope=openid", ""), "invalid_scope"),
        (GOOD.replace("scope=openid", "scope=unheard-of"), "invalid_scope"),
        (format!("{GOOD}&response_mode=pigeon"), "invalid_request"),
        (format!("{GOOD}&request=e30"), "invalid_request_object"),
        (format!("{GOOD}&request_uri=https%3A%2F%2Fx"), "invalid_request_object"),
        (format!("{GOOD}&registration=%7B%7D"), "registration_not_supported"),
        (format!("{GOOD}&prompt=none+login"), "invalid_request"),
        (format!("{GOOD}&prompt=shout"), "invalid_request"),
        (format!("{GOOD}&max_age=-1"), "invalid_request"),
        (format!("{GOOD}&max_age=soon"), "invalid_request"),
        (format!("{GOOD}&code_challenge={CHALLENGE}"), "invalid_request"),
        (format!("{GOOD}&code_challenge={CHALLENGE}&code_challenge_method=plain"), "invalid_request"),
        (format!("{GOOD}&id_token_hint=e30.e30."), "invalid_request"),
    ] {
        assert_eq!(refusal(&query), (code, true), "{query}");
    }
}

#[test]
fn a_refusal_travels_the_way_that_was_asked_for() {
    let query = GOOD.replace("response_type=code", "response_mode=form_post");
    assert_eq!(check(&query).unwrap_err().reply_to.unwrap().mode, ResponseMode::FormPost);
    let query = GOOD.replace("response_type=code", "");
    assert_eq!(check(&query).unwrap_err().reply_to.unwrap().mode, ResponseMode::Query);
}

#[test]
fn a_public_client_must_prove_its_key() {
    let client = public_client("https://shop.example/cb");
    assert_eq!(check_with(Some(&client), GOOD).unwrap_err().code, Code::InvalidRequest);
    let query = format!("{GOOD}&code_challenge={CHALLENGE}&code_challenge_method=S256");
    assert!(check_with(Some(&client), &query).is_ok());
}

fn ring(key: &PrivateKey) -> KeyRing {
    let record = KeyRecord {
        kid: "k".into(),
        alg: key.alg(),
        state: KeyState::Retired,
        public_jwk: key.public_jwk("k"),
        is_imported: false,
        created_at: NOW,
        signs_at: None,
        retired_at: None,
        removed_at: None,
    };
    KeyRing::new(vec![record], Vec::new())
}

#[test]
fn a_hint_is_an_id_token_of_ours_even_an_expired_one() {
    let key = PrivateKey::generate(Alg::ES256, None).unwrap();
    let keys = ring(&key);
    let hint = |claims| sign(&key, "k", None, &claims).unwrap();
    let hinted = |hint: &str| {
        let (client, scopes) = (client(), standard_scopes());
        let ground = Ground {
            client: Some(&client),
            scopes: &scopes,
            keys: &keys,
            secrets: &[],
            issuer: ISSUER,
            features: Features::default(),
        };
        let params = Params::parse(format!("{GOOD}&id_token_hint={hint}").as_bytes());
        Request::check(&params, &ground).map(|request| request.hinted_sub)
    };
    assert_eq!(
        hinted(&hint(json!({"iss": ISSUER, "sub": "u", "aud": "other", "exp": 1}))).unwrap().as_deref(),
        Some("u")
    );
    assert!(hinted(&hint(json!({"iss": "https://other.example", "sub": "u", "aud": "other"}))).is_err());
    assert!(hinted(&hint(json!({"iss": ISSUER, "aud": "other"}))).is_err());
    let stranger = PrivateKey::generate(Alg::ES256, None).unwrap();
    assert!(
        hinted(&sign(&stranger, "k", None, &json!({"iss": ISSUER, "sub": "u", "aud": "other"})).unwrap())
            .is_err()
    );
}

#[test]
fn a_client_has_a_maximum_age_of_its_own() {
    let mut old = client();
    old.options.default_max_age = Some(60);
    assert_eq!(check_with(Some(&old), GOOD).unwrap().max_age, Some(60));
    assert_eq!(check_with(Some(&old), &format!("{GOOD}&max_age=5")).unwrap().max_age, Some(5));
}
