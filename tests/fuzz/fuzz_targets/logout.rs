//! Any query as a request to sign out, whose `id_token_hint` is ours where it says `good`: nobody is sent on but to a
//! registered address of the client that the hint was issued to.
#![no_main]

mod shared;

use std::sync::LazyLock;

use cardea::oidc::client::Client;
use cardea::oidc::end_session::{EndSession, Params, Proof, Rules};
use cardea::oidc::id_token_hint::{Ground, Hint, claimed_client};
use cardea::oidc::jose::{Alg, PrivateKey, SharedSecret, sign};
use cardea::oidc::keys::{KeyRecord, KeyRing, KeyState};
use cardea::oidc::metadata::Metadata;
use cardea::oidc::time::UnixTime;
use libfuzzer_sys::fuzz_target;
use serde_json::json;
use shared::told_safely;

const ISSUER: &str = "https://op.example";
const NOW: UnixTime = UnixTime(1_795_190_400);

static CLIENTS: LazyLock<[Client; 2]> = LazyLock::new(|| {
    ["a", "b"].map(|id| {
        let metadata = Metadata {
            redirect_uris: vec![format!("https://{id}.example/cb")],
            post_logout_redirect_uris: vec![
                format!("https://{id}.example/bye"),
                format!("https://{id}.example/bye?x=1"),
            ],
            ..Metadata::default()
        };
        metadata.check(id.into(), NOW).expect("this client keeps the rules")
    })
});

/// A client whose hints its secret signs.
static BY_SECRET: LazyLock<Client> =
    LazyLock::new(|| Client { id_token_alg: Alg::HS256, ..CLIENTS[1].clone() });

/// A ring with one key, and an ID token of its for `a`. Nobody else has the key.
static OURS: LazyLock<(KeyRing, String)> = LazyLock::new(|| {
    let private = PrivateKey::generate(Alg::ES256, None).expect("OpenSSL makes keys");
    let claims = json!({"iss": ISSUER, "sub": "u", "aud": "a", "sid": "s", "exp": 1});
    let token = sign(&private, "k1", None, &claims).expect("OpenSSL signs");
    let record = KeyRecord {
        kid: "k1".into(),
        alg: Alg::ES256,
        state: KeyState::Signing,
        public_jwk: private.public_jwk("k1"),
        is_imported: false,
        created_at: NOW,
        signs_at: Some(NOW),
        retired_at: None,
        removed_at: None,
    };
    (KeyRing::new(vec![record], Vec::new()), token)
});

fuzz_target!(|query: &[u8]| {
    let mut params = Params::parse(query);
    let again = Params::parse(params.to_query().as_bytes());
    if again != params {
        // Only which value came twice is lost, and neither counts.
        for params in [&params, &again] {
            EndSession::check(params, None, None, Rules::default()).expect_err("a parameter came twice");
        }
    }
    let (keys, token) = &*OURS;
    let is_good = params.id_token_hint.as_deref() == Some("good");
    if is_good {
        params.id_token_hint = Some(token.clone());
    }
    let named = params.id_token_hint.as_deref().and_then(claimed_client);
    assert!(!is_good || named.as_deref() == Some("a"));
    // Nobody else has the secret either.
    let (client, secrets) = (&*BY_SECRET, [SharedSecret::new(&"s".repeat(64))]);
    let ground = Ground { keys, issuer: ISSUER, client: Some(client), secrets: &secrets };
    let hint = match params.id_token_hint.as_deref().map(|token| Hint::read(token, &ground)) {
        None => None,
        Some(Some(hint)) => Some(hint),
        Some(None) => {
            assert!(!is_good);
            return;
        }
    };
    assert_eq!(hint.is_some(), is_good, "forged");
    let named = EndSession::client_id(&params, hint.as_ref());
    let client = CLIENTS.iter().find(|client| Some(client.id.as_str()) == named);
    match EndSession::check(&params, hint.clone(), client, Rules::default()) {
        Ok(checked) => {
            assert_eq!(checked.proof == Proof::Hint, is_good);
            assert!(!is_good || client.is_some_and(|client| client.id == "a"));
            let Some(return_to) = checked.return_to else { return };
            let uri = params.post_logout_redirect_uri.expect("nobody is sent where they did not ask to go");
            assert!(client.is_some_and(|client| client.post_logout_redirect_uris.contains(&uri)));
            assert!(
                return_to.starts_with(&uri) && return_to.bytes().all(|b| b.is_ascii_graphic()),
                "{return_to}"
            );
        }
        Err(refusal) => told_safely(&refusal, ISSUER, |_| false),
    }
});
