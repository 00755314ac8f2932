//! A query and a request object, parted by a line break. JSON is signed for the client first, so that its claims are
//! looked at; any other text is a token as it stands, which counts only if the corpus has it. Whatever comes of both,
//! the client stays the one whose signature was checked, and nobody is redirected but to a registered URI.
#![no_main]

mod shared;

use std::sync::LazyLock;

use cardea::oidc::authorize::{Ground, Params, Request};
use cardea::oidc::claims::{ScopeEntry, standard_scopes};
use cardea::oidc::client::Client;
use cardea::oidc::error::{Code, Refusal};
use cardea::oidc::features::Features;
use cardea::oidc::jose::{Accept, Alg, SharedSecret, Signers, Typ, sign_with_secret, verify_jwt};
use cardea::oidc::keys::KeyRing;
use cardea::oidc::metadata::Metadata;
use cardea::oidc::request_object::{self, Place, TYPES};
use cardea::oidc::scope::Scope;
use cardea::oidc::time::UnixTime;
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};
use shared::told_safely;

const ISSUER: &str = "https://op.example";
const NOW: UnixTime = UnixTime(1_795_190_400);
const WILDCARD: (&str, &str) = ("https://", ".w.example/cb");

static SCOPES: LazyLock<Vec<ScopeEntry>> = LazyLock::new(standard_scopes);
static SECRET: LazyLock<SharedSecret> =
    LazyLock::new(|| SharedSecret::new(&"everybody knows this secret. ".repeat(3)));

/// One that may do much, one that must sign, and one on people's devices.
static CLIENTS: LazyLock<[Client; 3]> = LazyLock::new(|| {
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
    let all = Metadata {
        may_have_wildcards: true,
        redirect_uris: words(&["https://a.example/cb", "https://a.example/q?x=1", "https://*.w.example/cb"]),
        grant_types: Some(words(&["authorization_code", "implicit", "refresh_token"])),
        response_types: Some(words(&["code", "id_token", "code id_token", "code id_token token"])),
        request_uris: Some(words(&["https://a.example/request.jwt#hash"])),
        resources: Some(words(&["https://berths.example/", "urn:cranes"])),
        ..Metadata::default()
    };
    let strict = Metadata { require_signed_request_object: Some(true), ..all.clone() };
    let native = Metadata {
        redirect_uris: words(&["http://127.0.0.1/cb", "com.example.n:/cb"]),
        application_type: Some("native".into()),
        scope: Some("openid email".into()),
        ..Metadata::default()
    };
    [("a", all), ("strict", strict), ("native", native)]
        .map(|(id, metadata)| metadata.check(id.into(), NOW).expect("this client keeps the rules"))
});

fuzz_target!(|text: &str| {
    let (query, object) = text.split_once('\n').unwrap_or((text, ""));
    let params = Params::parse(query.as_bytes());
    let client = CLIENTS.iter().find(|client| Some(&client.id) == params.client_id.as_ref());
    let features = Features {
        wildcard_redirect_uris: true,
        approval_prompt: true,
        plain_pkce: query.len() % 2 == 0,
        ..Features::default()
    };
    // As http/protocol/request_object has it.
    let Some(client) = client.filter(|_| !params.are_ambiguous()) else {
        check(&params, client, features).expect_err("no client, or parameters that came twice");
        return;
    };
    match Place::of(&params, client, features) {
        Ok(None) => {
            assert!(!client.options.require_signed_request_object);
            assert_eq!((&params.request, &params.request_uri), (&None, &None));
            let _ = check(&params, Some(client), features);
        }
        Ok(Some(place)) => {
            match place {
                Place::Here(here) => assert_eq!(Some(here), params.request),
                Place::There(uri) => assert!(client.options.request_uris.contains(&uri)),
            }
            // What is not yet resolved is never granted.
            check(&params, Some(client), features).expect_err("an object that nobody has read");
            let Some(object) = believed(object, client) else { return };
            let ground = request_object::Ground { client, issuer: ISSUER, now: NOW, features };
            match request_object::join(&params, &object, &ground) {
                Ok(joined) => joined_well(&params, &object, &joined, (client, features)),
                Err(refusal) => {
                    assert_eq!((refusal.code, &refusal.reply_to), (Code::InvalidRequestObject, &None));
                    told_safely(&refusal, ISSUER, |_| false);
                    let mut refused = params.clone();
                    refused.refuse_object(refusal);
                    check(&refused, Some(client), features).expect_err("its object was refused");
                }
            }
        }
        Err(refusal) => told_safely(&refusal, ISSUER, |_| false),
    }
});

/// The claims of an object with a good signature.
fn believed(object: &str, client: &Client) -> Option<Map<String, Value>> {
    let json = serde_json::from_str::<Map<String, Value>>(object).ok();
    let token = match &json {
        Some(claims) => sign_with_secret(&SECRET, Alg::HS256, Some(TYPES[0]), claims).expect("a long secret"),
        None => object.to_owned(),
    };
    let signers = Signers { keys: &[], secrets: std::slice::from_ref(&SECRET) };
    let accept = Accept { algs: &request_object::algs(client), typ: Typ::May(&TYPES) };
    let jwt = verify_jwt(&token, &signers, &accept).ok()?;
    // Those in the corpus say so.
    assert!(
        json.is_some() || jwt.claims.get("nonce").is_some_and(|nonce| nonce == "corpus"),
        "forged: {token}"
    );
    Some(jwt.claims)
}

fn joined_well(
    params: &Params,
    object: &Map<String, Value>,
    joined: &Params,
    (client, features): (&Client, Features),
) {
    assert_eq!(joined.client_id.as_ref(), Some(&client.id));
    assert_eq!((&joined.request, &joined.request_uri), (&None, &None));
    assert!(object.get("client_id").is_none_or(|id| *id == client.id));

    let is_openid =
        params.scope.as_deref().and_then(Scope::parse).is_some_and(|scope| scope.contains("openid"));
    let is_alone = client.options.require_signed_request_object || !is_openid;
    for (name, outside, joined) in [
        ("redirect_uri", &params.redirect_uri, &joined.redirect_uri),
        ("response_type", &params.response_type, &joined.response_type),
        ("response_mode", &params.response_mode, &joined.response_mode),
        ("scope", &params.scope, &joined.scope),
        ("state", &params.state, &joined.state),
        ("nonce", &params.nonce, &joined.nonce),
        ("claims", &params.claims, &joined.claims),
        ("code_challenge", &params.code_challenge, &joined.code_challenge),
        ("id_token_hint", &params.id_token_hint, &joined.id_token_hint),
    ] {
        match object.get(name) {
            Some(Value::String(inside)) if !inside.is_empty() => {
                assert_eq!(joined.as_ref(), Some(inside), "{name}");
            }
            Some(Value::Object(inside)) => {
                let read = joined.as_deref().map(serde_json::from_str::<Value>);
                assert!(
                    read.is_some_and(|read| read.is_ok_and(|read| read.is_object())),
                    "{name}: {inside:?}"
                );
            }
            Some(_) | None if is_alone => assert_eq!(*joined, None, "{name} stands outside only"),
            Some(_) | None => assert_eq!(joined, outside, "{name}"),
        }
    }

    // What waits is kept in this form, and comes to the same.
    let kept = joined.encode();
    let again = Params::parse(kept.as_bytes());
    assert!(!again.are_ambiguous());
    assert_eq!(again.encode(), kept);
    let (first, second) = (check(joined, Some(client), features), check(&again, Some(client), features));
    assert_eq!(format!("{first:?}"), format!("{second:?}"));
}

fn check(params: &Params, client: Option<&Client>, features: Features) -> Result<Request, Refusal> {
    let keys = KeyRing::default();
    let ground = Ground { client, scopes: &SCOPES, keys: &keys, secrets: &[], issuer: ISSUER, features };
    let checked = Request::check(params, &ground);
    match &checked {
        Ok(request) => {
            let client = client.expect("a request has a client");
            assert_eq!(request.client_id, client.id);
            assert!(is_registered(client, &request.reply_to.redirect_uri));
            assert!(client.response_types.contains(&request.response_type));
            assert!(request.scope.is_within(&request.consent));
            assert!(client.scope.is_empty() || request.consent.is_within(&client.scope));
            assert!(request.resources.iter().all(|own| client.options.resources.contains(own)));
            assert!(!request.response_type.id_token || request.nonce.is_some());
            for name in request.claims.names().filter(|name| !matches!(*name, "sub" | "acr")) {
                let is_agreed = |entry: &&ScopeEntry| request.consent.contains(&entry.name);
                assert!(
                    SCOPES.iter().filter(is_agreed).any(|entry| entry.claims.iter().any(|own| own == name)),
                    "{name}"
                );
            }
        }
        Err(refusal) => told_safely(refusal, ISSUER, |reply_to| {
            client.is_some_and(|client| is_registered(client, &reply_to.redirect_uri))
        }),
    }
    checked
}

fn is_registered(client: &Client, uri: &str) -> bool {
    let label = uri.strip_prefix(WILDCARD.0).and_then(|rest| rest.strip_suffix(WILDCARD.1));
    let port = uri.strip_prefix("http://127.0.0.1:").and_then(|rest| rest.strip_suffix("/cb"));
    client.redirect_uris.iter().any(|own| own == uri && !own.contains('*'))
        || (client.id != "native"
            && label.is_some_and(|label| label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')))
        || (client.id == "native" && port.is_some_and(|port| port.parse::<u16>().is_ok()))
}
