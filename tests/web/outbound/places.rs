//! Others whose answers hang: whom they keep waiting, and whom they do not.

use std::time::Duration;

use cardea::oidc::jose::{Alg, PrivateKey, jwks, sign};
use cardea::outbound::cache::Cache;
use cardea::outbound::{Fault, Options, Outbound, Wanted};
use cardea::store::clients;
use serde_json::json;

use super::options;
use crate::support::*;

/// Longer than anybody waits here.
const FOR_LONG: Duration = Duration::from_secs(30);

/// As many as are asked of one host at a time.
const OF_ONE_HOST: usize = 4;

on_both! {
    fn documents_that_hang_keep_only_documents_waiting(setup) {
        let remote = Remote::start();
        let key = PrivateKey::generate(Alg::ES256, None).unwrap();
        remote.answer("/jwks", 200, "application/json", jwks([key.public_jwk("k1")]).to_string());
        remote.reply("/hang", Reply::new(200, "application/jwt", "").after(FOR_LONG));
        let server = setup
            .reaching(&remote)
            .with("outbound_timeout", "12s")
            .with("registration.mode", "open")
            .start();
        let uri = remote.url("/hang");
        let shop = server.relying_party_with("shop", json!({ "request_uris": [uri] }));
        server.relying_party_with("robot", json!({
            "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": remote.url("/jwks"),
            "grant_types": ["client_credentials"], "response_types": [], "scope": "email",
        }));
        let claims = json!({
            "iss": "robot", "sub": "robot", "aud": server.issuer(), "jti": "1", "exp": server.now().plus(60),
        });
        let assertion = sign(&key, "k1", None, &claims).unwrap();
        let browser = server.browser();
        browser.sign_in("alice");
        std::thread::scope(|scope| {
            for _ in 0..OF_ONE_HOST {
                scope.spawn(|| server.get(&shop.request(&[("request_uri", &uri)])));
            }
            while remote.requests().len() < OF_ONE_HOST {
                std::thread::sleep(Duration::from_millis(20));
            }
            let response = shop.visit(&browser, &[("request_uri", &uri)]).response;
            assert_eq!(response.error(), "temporarily_unavailable");
            assert!(response.find("error_description").unwrap().contains("try again"));

            let before = server.read(clients::count);
            let registration = json!({
                "redirect_uris": ["https://tide.example/cb"],
                "subject_type": "pairwise", "sector_identifier_uri": remote.url("/sector"),
            });
            let registration = registration.to_string().into_bytes();
            let answer = server.request("POST", "/register").content("application/json", registration).send();
            assert_eq!((answer.status, &*answer.error()), (503, "temporarily_unavailable"), "{}", answer.body);
            assert!(answer.header("retry-after").is_some());
            assert_eq!(server.read(clients::count), before);
            assert_eq!(remote.requests().len(), OF_ONE_HOST, "nobody else was asked");

            let tokens = Tokens(server.request("POST", "/token").form(&[
                ("grant_type", "client_credentials"),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", &assertion),
            ]).send());
            assert!(tokens.is_granted(), "{}", tokens.0.body);
        });
    }
}

#[test]
fn whoever_found_no_place_is_not_remembered_as_a_failure() {
    let remote = Remote::start();
    remote.answer("/jwks", 200, "application/json", "{}");
    remote.reply("/hang", Reply::new(200, "application/json", "").after(FOR_LONG));
    let alone = Options { concurrency: 1, timeout: Duration::from_secs(3), ..options(&remote) };
    let outbound = Outbound::new(&alone).unwrap();
    let cache = Cache::new(outbound.clone(), Wanted::KEY_SET, |fetched| Ok(fetched.body.clone()));
    let (hang, jwks) = (remote.url("/hang"), remote.url("/jwks"));
    block_on(async {
        let (hung, (fresh, again)) = tokio::join!(outbound.get(&hang, Wanted::KEY_SET), async {
            (cache.get_fresh(&jwks, NOW).await, cache.refetch(&jwks, NOW).await)
        });
        assert!(matches!(hung.unwrap_err().fault, Fault::Timeout(_)));
        assert_eq!(fresh.unwrap_err().fault, Fault::Busy);
        // The place became free while this one waited.
        assert_eq!(*again.unwrap(), b"{}");
        assert_eq!(remote.requests().len(), 2);
        assert!(cache.get_fresh(&jwks, NOW).await.is_ok());
    });
}
