//! What comes next for a person: sign-in, choice, consent or the answer.

use super::*;
use crate::oidc::client::ConsentPolicy;
use crate::oidc::session::{Consent, Session};

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
