//! The rules of the authorization request, one fact each.

use serde_json::json;

use super::*;
use crate::oidc::claims::standard_scopes;
use crate::oidc::client::ConsentPolicy;
use crate::oidc::jose::{Alg, PrivateKey, sign};
use crate::oidc::keys::{KeyRecord, KeyState};
use crate::oidc::metadata::Metadata;
use crate::oidc::session::{Consent, Session};
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

fn session(auth_time: UnixTime) -> Session {
    Session { sid: "sid".into(), user_id: "u".into(), auth_time }
}

fn consent(scope: &str) -> Consent {
    Consent { scope: Scope::parse(scope).unwrap(), granted_at: NOW, expires_at: NOW.plus(100) }
}

/// The next step for somebody who signed in ten seconds ago.
struct Scene {
    client: Client,
    query: String,
    session: Option<Session>,
    consent: Option<Consent>,
    met: Met,
}

impl Scene {
    fn of(more: &str) -> Self {
        Self {
            client: client(),
            query: format!("{GOOD}{more}"),
            session: Some(session(NOW.minus(10))),
            consent: Some(consent("openid")),
            met: Met::default(),
        }
    }

    fn next(&self) -> Result<Step, &'static str> {
        let request = check_with(Some(&self.client), &self.query).unwrap();
        let (session, consent) = (self.session.as_ref(), self.consent.as_ref());
        let standing = Standing { session, sub: "u", consent, met: &self.met, now: NOW };
        request.next(&self.client, &standing).map_err(|refusal| {
            assert!(refusal.reply_to.is_some(), "the client is told");
            refusal.code.as_str()
        })
    }
}

fn decided(user_id: &str, is_allowed: bool) -> Met {
    Met { decision: Some(Decision { user_id: user_id.into(), is_allowed }), ..Met::default() }
}

#[test]
fn who_is_signed_in_and_agreed_before_is_let_through() {
    assert_eq!(Scene::of("").next(), Ok(Step::Grant));
    assert_eq!(Scene::of("&prompt=none").next(), Ok(Step::Grant));
}

#[test]
fn without_a_session_somebody_signs_in_or_nobody_is_asked() {
    let scene = |more| Scene { session: None, ..Scene::of(more) };
    assert_eq!(scene("").next(), Ok(Step::Login));
    assert_eq!(scene("&prompt=none").next(), Err("login_required"));
    assert_eq!(scene("&prompt=select_account").next(), Ok(Step::Login));
}

#[test]
fn a_new_sign_in_is_asked_for_once() {
    for more in ["&prompt=login", "&max_age=5", "&prompt=login&max_age=0"] {
        let mut scene = Scene::of(more);
        assert_eq!(scene.next(), Ok(Step::Login), "{more}");
        // Somebody who signed in before this request does not count.
        scene.met.login_at = Some(NOW);
        assert_eq!(scene.next(), Ok(Step::Login), "{more}");
        scene.session = Some(session(NOW));
        assert_eq!(scene.next(), Ok(Step::Grant), "{more}");
    }
    assert_eq!(Scene::of("&max_age=10").next(), Ok(Step::Grant));
    assert_eq!(Scene::of("&max_age=5&prompt=none").next(), Err("login_required"));
}

#[test]
fn an_account_is_chosen_once() {
    let mut scene = Scene::of("&prompt=select_account");
    assert_eq!(scene.next(), Ok(Step::ChooseAccount));
    scene.met.has_chosen_account = true;
    assert_eq!(scene.next(), Ok(Step::Grant));
    // Whoever signs in for it has chosen, too.
    scene.met = Met { login_at: Some(NOW.minus(10)), ..Met::default() };
    assert_eq!(scene.next(), Ok(Step::Grant));
}

#[test]
fn all_prompts_together_come_to_an_end() {
    let mut scene = Scene::of("&prompt=login+consent+select_account");
    assert_eq!(scene.next(), Ok(Step::Login));
    scene.met.login_at = Some(NOW.minus(10));
    assert_eq!(scene.next(), Ok(Step::Consent));
    scene.met.decision = Some(Decision { user_id: "u".into(), is_allowed: true });
    assert_eq!(scene.next(), Ok(Step::Grant));
}

#[test]
fn consent_is_asked_for_what_is_new_expired_or_never_agreed() {
    let asked = |consent, more| Scene { consent, ..Scene::of(more) }.next();
    assert_eq!(asked(None, ""), Ok(Step::Consent));
    assert_eq!(asked(None, "&prompt=none"), Err("consent_required"));
    assert_eq!(asked(Some(consent("openid")), "&prompt=consent"), Ok(Step::Consent));
    let expired = Consent { expires_at: NOW, ..consent("openid") };
    assert_eq!(asked(Some(expired), ""), Ok(Step::Consent));
    let more = Scene { query: GOOD.replace("openid", "openid+email"), ..Scene::of("") };
    assert_eq!(more.next(), Ok(Step::Consent));
}

#[test]
fn a_decision_counts_for_the_person_who_made_it() {
    let scene = |met| Scene { consent: None, met, ..Scene::of("") };
    assert_eq!(scene(decided("u", true)).next(), Ok(Step::Grant));
    assert_eq!(scene(decided("u", false)).next(), Err("access_denied"));
    assert_eq!(scene(decided("somebody else", true)).next(), Ok(Step::Consent));
}

#[test]
fn the_clients_policy_says_how_often_people_are_asked() {
    let with = |policy, consent| {
        let mut scene = Scene { consent, ..Scene::of("") };
        scene.client.consent = policy;
        scene.next()
    };
    assert_eq!(with(ConsentPolicy::Never, None), Ok(Step::Grant));
    assert_eq!(with(ConsentPolicy::Always, Some(consent("openid"))), Ok(Step::Consent));
}

#[test]
fn an_app_that_anybody_on_the_device_may_pose_as_is_always_asked_about() {
    let scene = |uri: &str, policy| {
        let mut client = public_client(uri);
        client.consent = policy;
        let encoded: String = form_urlencoded::byte_serialize(uri.as_bytes()).collect();
        let query = format!(
            "client_id=shop&redirect_uri={encoded}&response_type=code&scope=openid&code_challenge={CHALLENGE}&\
             code_challenge_method=S256"
        );
        Scene { client, query, ..Scene::of("") }
    };
    for uri in ["com.example.app:/cb", "http://127.0.0.1/cb"] {
        for policy in [ConsentPolicy::Once, ConsentPolicy::Never] {
            let mut scene = scene(uri, policy);
            assert_eq!(scene.next(), Ok(Step::Consent), "{uri}");
            scene.met = decided("u", true);
            assert_eq!(scene.next(), Ok(Step::Grant), "{uri}");
        }
    }
    assert_eq!(scene("https://shop.example/cb", ConsentPolicy::Once).next(), Ok(Step::Grant));
}

#[test]
fn another_person_than_the_hint_names_gets_no_answer() {
    let mut request = check(GOOD).unwrap();
    request.hinted_sub = Some("ada".into());
    let (client, session, consent) = (client(), session(NOW), consent("openid"));
    let mut met = Met::default();
    let next = |request: &Request, met: &Met| {
        let standing = Standing { session: Some(&session), sub: "u", consent: Some(&consent), met, now: NOW };
        request.next(&client, &standing).map_err(|refusal| refusal.code)
    };
    assert_eq!(next(&request, &met), Ok(Step::Login));
    met.login_at = Some(NOW);
    assert_eq!(next(&request, &met), Err(Code::LoginRequired));
    request.hinted_sub = Some("u".into());
    assert_eq!(next(&request, &Met::default()), Ok(Step::Grant));
}

fn hybrid_client() -> Client {
    let metadata = Metadata {
        redirect_uris: vec!["https://shop.example/cb".into()],
        response_types: Some(ResponseType::ALL.map(|own| own.as_str().to_owned()).into()),
        grant_types: Some(["authorization_code", "implicit", "refresh_token"].map(str::to_owned).into()),
        ..Metadata::default()
    };
    metadata.check("shop".into(), NOW).unwrap()
}

fn check_hybrid(query: &str, features: Features) -> Result<Request, Refusal> {
    let (client, scopes) = (hybrid_client(), standard_scopes());
    let ground = Ground {
        client: Some(&client),
        scopes: &scopes,
        keys: &KeyRing::default(),
        secrets: &[],
        issuer: ISSUER,
        features,
    };
    Request::check(&Params::parse(query.as_bytes()), &ground)
}

#[test]
fn an_id_token_through_the_browser_needs_a_nonce_and_openid() {
    for response_type in ResponseType::ALL {
        let words = response_type.as_str().replace(' ', "+");
        let query = GOOD.replace("=code", &format!("={words}"));
        let without = check_hybrid(&query, Features::default());
        assert_eq!(without.is_ok(), !response_type.id_token, "{response_type}");
        let with = check_hybrid(&format!("{query}&nonce=n"), Features::default()).unwrap();
        assert_eq!(with.reply_to.mode, response_type.default_mode());
        let plain = check_hybrid(&format!("{query}&nonce=n").replace("openid", "email"), Features::default());
        assert_eq!(plain.is_ok(), !response_type.id_token, "{response_type}");
    }
}

#[test]
fn no_token_is_shown_in_a_query_nor_a_refusal_where_no_token_may_be() {
    let query = GOOD.replace("=code", "=code+token") + "&response_mode=query";
    let refusal = check_hybrid(&query, Features::default()).unwrap_err();
    assert_eq!(
        (refusal.code, refusal.reply_to.unwrap().mode),
        (Code::InvalidRequest, ResponseMode::Fragment)
    );
    let query = GOOD.replace("=code", "=code+token") + "&prompt=shout";
    let refusal = check_hybrid(&query, Features::default()).unwrap_err();
    assert_eq!(refusal.reply_to.unwrap().mode, ResponseMode::Fragment);
    let query = GOOD.to_owned() + "&response_mode=fragment";
    assert_eq!(check_hybrid(&query, Features::default()).unwrap().reply_to.mode, ResponseMode::Fragment);
}

#[test]
fn what_is_switched_off_is_refused() {
    let off = Features { implicit: false, require_pkce: true, ..Features::default() };
    let query = GOOD.replace("=code", "=token");
    assert_eq!(check_hybrid(&query, off).unwrap_err().code, Code::UnsupportedResponseType);
    assert_eq!(check_hybrid(GOOD, off).unwrap_err().code, Code::InvalidRequest);
    let query = format!("{GOOD}&code_challenge={CHALLENGE}&code_challenge_method=S256");
    assert!(check_hybrid(&query, off).is_ok());
    let plain = format!("{GOOD}&code_challenge={CHALLENGE}");
    assert!(check_hybrid(&plain, Features { plain_pkce: true, ..Features::default() }).is_ok());
}

#[test]
fn offline_access_means_nothing_without_a_code() {
    let scope = |response_type: &str| {
        let query =
            GOOD.replace("=code", response_type).replace("openid", "openid+offline_access") + "&nonce=n";
        check_hybrid(&query, Features::default()).unwrap().scope.to_string()
    };
    assert_eq!(scope("=code"), "openid offline_access");
    assert_eq!(scope("=id_token+token"), "openid");
}

#[test]
fn approval_prompt_counts_where_it_is_switched_on() {
    let on = Features { approval_prompt: true, ..Features::default() };
    let prompt =
        |more: &str, features| check_hybrid(&format!("{GOOD}{more}"), features).map(|own| own.prompt);
    assert!(prompt("&approval_prompt=force", on).unwrap().consent);
    assert!(!prompt("&approval_prompt=auto", on).unwrap().consent);
    assert!(!prompt("&approval_prompt=force", Features::default()).unwrap().consent);
    assert!(prompt("&approval_prompt=never", on).is_err());
    assert!(prompt("&approval_prompt=force&prompt=none", on).is_err());
}

fn with_claims(claims: &str) -> Result<Request, Refusal> {
    let claims: String = form_urlencoded::byte_serialize(claims.as_bytes()).collect();
    check(&format!("{GOOD}&claims={claims}"))
}

#[test]
fn claims_that_are_asked_for_by_name_are_agreed_to_like_their_scope() {
    let request = with_claims(r#"{"userinfo": {"name": null, "unknown": null, "sub": null}}"#).unwrap();
    assert_eq!(request.scope.to_string(), "openid");
    assert_eq!(request.consent.to_string(), "openid profile");
    assert_eq!(request.claims.names().collect::<Vec<_>>(), ["name", "sub"]);

    let mut narrow = client();
    narrow.scope = Scope::parse("openid email").unwrap();
    let claims = "&claims=%7B%22userinfo%22%3A%7B%22name%22%3Anull%2C%22email%22%3Anull%7D%7D";
    let request = check_with(Some(&narrow), &format!("{GOOD}{claims}")).unwrap();
    assert_eq!(request.consent.to_string(), "openid email", "what the client may not ask for is ignored");
    assert_eq!(with_claims("[]").unwrap_err().code, Code::InvalidRequest);
}

#[test]
fn an_essential_class_that_cannot_be_met_is_refused() {
    let acr =
        |rest: &str| with_claims(&format!(r#"{{"id_token": {{"acr": {rest}}}}}"#)).map_err(|own| own.code);
    let refused = Err(Code::UnmetAuthenticationRequirements);
    assert_eq!(acr(r#"{"essential": true, "values": ["gold"]}"#).map(|_| ()), refused);
    assert!(acr(&format!(r#"{{"essential": true, "values": ["gold", "{ACR_PASSWORD}"]}}"#)).is_ok());
    assert!(acr(r#"{"values": ["gold"]}"#).is_ok());
    assert!(acr(r#"{"essential": true}"#).is_ok());
}

#[test]
fn a_client_has_a_maximum_age_of_its_own() {
    let mut old = client();
    old.options.default_max_age = Some(60);
    assert_eq!(check_with(Some(&old), GOOD).unwrap().max_age, Some(60));
    assert_eq!(check_with(Some(&old), &format!("{GOOD}&max_age=5")).unwrap().max_age, Some(5));
}

#[test]
fn a_maximum_age_of_nothing_asks_whoever_has_just_signed_in() {
    let mut scene = Scene { session: Some(session(NOW)), ..Scene::of("&max_age=0") };
    assert_eq!(scene.next(), Ok(Step::Login));
    scene.met.login_at = Some(NOW);
    assert_eq!(scene.next(), Ok(Step::Grant));
}

#[test]
fn a_subject_that_is_demanded_gets_its_answer_alone() {
    let claims = "&claims=%7B%22id_token%22%3A%7B%22sub%22%3A%7B%22value%22%3A%22WHO%22%7D%7D%7D";
    assert_eq!(Scene::of(&claims.replace("WHO", "u")).next(), Ok(Step::Grant));
    let mut scene = Scene::of(&claims.replace("WHO", "eve"));
    assert_eq!(scene.next(), Ok(Step::Login));
    scene.met.login_at = Some(NOW.minus(10));
    assert_eq!(scene.next(), Err("login_required"));
    assert_eq!(Scene::of(&(claims.replace("WHO", "eve") + "&prompt=none")).next(), Err("login_required"));
}
