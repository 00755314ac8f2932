//! A scope and a `claims` parameter, parted by a line break: what is kept of it says the same, and nothing about a person
//! is told that neither of the two asked for.
#![no_main]

use std::sync::LazyLock;

use cardea::oidc::authorize::{Ground, Params, Request};
use cardea::oidc::claims::{ScopeEntry, Target, Telling, standard_scopes};
use cardea::oidc::claims_request::{ClaimsRequest, Wishes};
use cardea::oidc::client::Client;
use cardea::oidc::error::Code;
use cardea::oidc::features::Features;
use cardea::oidc::keys::KeyRing;
use cardea::oidc::metadata::Metadata;
use cardea::oidc::profile::Profile;
use cardea::oidc::scope::Scope;
use cardea::oidc::time::UnixTime;
use cardea::oidc::user::User;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const NOW: UnixTime = UnixTime(1_795_190_400);
const MANY: usize = 100;

const PROFILE: &str = r#"{
    "name": "Ada Okafor", "given_name": "Ada", "gender": "female", "birthdate": "1990-01-31", "locale": "en-GB",
    "email": "ada@tidemark.example", "email_verified": true, "phone_number": "+31 6 12345678",
    "address": {"street_address": "Quay 1", "locality": "Rotterdam"},
    "groups": ["editors"], "berths": 4, "salary": 1, "nested": {"a": {"b": [1.5, null]}}
}"#;

static USER: LazyLock<User> = LazyLock::new(|| User {
    id: "u1".into(),
    subject: None,
    username: "ada".into(),
    profile: Profile::parse(PROFILE).expect("these claims keep the rules"),
    is_admin: false,
    disabled_at: None,
    created_at: UnixTime(1_700_000_000),
    updated_at: UnixTime(1_750_000_000),
});

/// `salary` is let out by a scope that this client may not ask for, `nested` by none.
static SCOPES: LazyLock<Vec<ScopeEntry>> = LazyLock::new(|| {
    let custom = |name: &str, claims: &[&str], is_restricted| ScopeEntry {
        name: name.into(),
        title: name.into(),
        description: String::new(),
        claims: claims.iter().map(ToString::to_string).collect(),
        is_restricted,
        is_default: false,
    };
    let more = [custom("team", &["groups", "berths"], false), custom("payroll", &["salary"], true)];
    standard_scopes().into_iter().chain(more).collect()
});

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let metadata = Metadata { redirect_uris: vec!["https://a.example/cb".into()], ..Metadata::default() };
    metadata.check("a".into(), NOW).expect("this client keeps the rules")
});

fuzz_target!(|text: &str| {
    let (scope, claims) = text.split_once('\n').unwrap_or(("openid", text));
    let parsed = ClaimsRequest::parse(claims);
    match &parsed {
        Ok(request) => read_well(request, claims),
        Err(refusal) => assert_eq!(refusal.code, Code::InvalidRequest),
    }

    let mut params = Params::default();
    params.client_id = Some("a".into());
    params.redirect_uri = Some("https://a.example/cb".into());
    params.response_type = Some("code".into());
    params.scope = Some(scope.to_owned());
    params.claims = Some(claims.to_owned());
    let keys = KeyRing::default();
    let features = Features::default();
    let ground = Ground {
        client: Some(&CLIENT),
        scopes: &SCOPES,
        keys: &keys,
        secrets: &[],
        issuer: "https://op.example",
        features,
    };
    if let Ok(request) = Request::check(&params, &ground) {
        assert!(parsed.is_ok_and(|parsed| is_part(&request.claims, &parsed)));
        told_well(&request);
    }
});

fn read_well(request: &ClaimsRequest, text: &str) {
    assert!(text.len() <= 8 * 1024);
    for wishes in [&request.id_token, &request.userinfo] {
        assert!(wishes.len() <= MANY && wishes.values().all(|wish| wish.values.len() <= MANY));
    }
    let kept = request.to_json();
    assert_eq!(kept.is_empty(), request.is_empty());
    let again = ClaimsRequest::stored(&kept);
    assert_eq!(again.names().collect::<Vec<_>>(), request.names().collect::<Vec<_>>());
    let mut wishes = request.id_token.values().chain(request.userinfo.values());
    if !wishes.any(|wish| wish.values.iter().any(has_fraction)) {
        assert_eq!(again, *request, "{kept}");
        assert_eq!(again.to_json(), kept);
    }

    let is_short = |name: &str| name.len() < 5;
    let fewer = request.clone().only(is_short);
    assert!(fewer.names().all(is_short) && is_part(&fewer, request));
    assert_eq!(fewer.names().count(), request.names().filter(|name| is_short(name)).count());
    assert!(request.clone().only(|_| false).is_empty());
}

/// Whether a number is in `value` that serde_json may read as its neighbour.
fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(values) => values.iter().any(has_fraction),
        Value::Object(members) => members.values().any(has_fraction),
        _ => false,
    }
}

/// Whether nothing is asked for by `fewer`, or asked otherwise, than by `all`.
fn is_part(fewer: &ClaimsRequest, all: &ClaimsRequest) -> bool {
    let is_within =
        |fewer: &Wishes, all: &Wishes| fewer.iter().all(|(name, wish)| all.get(name) == Some(wish));
    is_within(&fewer.id_token, &all.id_token) && is_within(&fewer.userinfo, &all.userinfo)
}

fn told_well(request: &Request) {
    let of_scope = |scope: &Scope, name: &str| {
        let mut granted = SCOPES.iter().filter(|entry| scope.contains(&entry.name));
        granted.any(|entry| entry.claims.iter().any(|own| own == name))
    };
    for (target, wishes) in
        [(Target::IdToken, &request.claims.id_token), (Target::Userinfo, &request.claims.userinfo)]
    {
        for is_with_scope in [false, true] {
            let requested = request.claims.to_json();
            let telling = Telling {
                user: &USER,
                scope: &request.scope,
                registry: &SCOPES,
                requested: &requested,
                is_with_scope,
            };
            let told = telling.claims(target);
            for (name, value) in &told {
                let is_wished = wishes.get(name).is_some_and(|wish| wish.is_met_by(value));
                assert!(is_wished || (is_with_scope && of_scope(&request.scope, name)), "{name}");
                assert!(of_scope(&request.consent, name), "nobody agreed to {name}");
                assert!(!matches!(name.as_str(), "salary" | "nested" | "sub" | "acr"));
            }
            // What is asked for, known and allowed is told.
            if wishes.get("email").is_some_and(|wish| wish.values.is_empty()) {
                assert_eq!(told["email"], "ada@tidemark.example");
            }
        }
    }
}
