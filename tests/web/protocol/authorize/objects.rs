//! Request objects, by value and by reference.

use cardea::jobs::keep_keys;
use cardea::oidc::jose::{
    Alg, ClientKeys, ContentEncryption, DecryptionKey, Envelope, KeyManagementAlg, PrivateKey, Recipient,
    SharedSecret, encrypt, jwks, sign, sign_with_secret,
};
use cardea::store::client_secrets;
use cardea::store::encryption_keys::{self, Sealed};
use cardea::store::vault::NewSecret;
use serde_json::{Value, json};

use crate::support::*;

fn key(alg: Alg) -> PrivateKey {
    match alg.is_rsa() {
        true => PrivateKey::from_pem(Some(alg), include_str!("../../support/rsa.pem")).unwrap(),
        false => PrivateKey::generate(alg, None).unwrap(),
    }
}

/// A client with this key, and further members of metadata.
fn signing(server: &Server, id: &str, key: &PrivateKey, members: &Value) -> RelyingParty {
    let mut metadata = json!({
        "jwks": jwks([key.public_jwk("k1")]),
        "response_types": ["code", "id_token", "code id_token"],
        "grant_types": ["authorization_code", "implicit"],
    });
    metadata.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    server.relying_party_with(id, metadata)
}

fn claims(server: &Server, shop: &RelyingParty) -> Value {
    json!({
        "iss": shop.id(), "aud": server.issuer(), "client_id": shop.id(), "response_type": "code",
        "redirect_uri": shop.redirect_uri, "scope": "openid email", "state": "inside", "nonce": "inside",
        "max_age": 3600, "claims": {"userinfo": {"name": null}},
        "code_challenge": shop.challenge(), "code_challenge_method": "S256",
    })
}

fn signed(key: &PrivateKey, claims: &Value) -> String {
    sign(key, "k1", None, claims).unwrap()
}

fn encrypted(keys: &ClientKeys, alg: KeyManagementAlg, message: &str) -> String {
    let envelope = Envelope { alg, enc: ContentEncryption::ALL[0], cty: Some("JWT") };
    let recipient = Recipient::Key(keys.encrypting(alg).unwrap());
    encrypt(message.as_bytes(), &envelope, &recipient, &[7; 80]).unwrap()
}

/// Outside only what OpenID Connect wants there.
fn with<'a>(name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let gone = ["state", "nonce", "code_challenge", "code_challenge_method"].map(|name| (name, ""));
    gone.into_iter().chain([("scope", "openid email"), (name, value)]).collect()
}

fn is_answered(shop: &RelyingParty, browser: &Browser, changed: &[(&str, &str)]) {
    let response = shop.visit(browser, changed).response;
    assert_eq!(response.find("state"), Some("inside"), "{}", response.location);
    let tokens = shop.redeem(&response.code());
    assert!(tokens.is_granted(), "{}", tokens.0.body);
    assert_eq!(shop.userinfo(&tokens.access_token()).json()["name"], "Alice Example");
}

on_both! {
    // Conformance: O-3, O-4, O-7
    fn what_a_client_signs_counts_with_every_algorithm(setup) {
        let server = setup.start();
        let browser = server.browser();
        browser.sign_in("alice");
        for alg in Alg::ALL {
            let key = key(alg);
            let shop = signing(&server, &format!("shop-{alg}"), &key, &json!({}));
            is_answered(&shop, &browser, &with("request", &signed(&key, &claims(&server, &shop))));
        }
    }

    fn a_request_that_waits_for_its_person_is_the_same_afterwards(setup) {
        let server = setup.start();
        let key = key(Alg::ES256);
        let shop = signing(&server, "shop", &key, &json!({}));
        let mut claims = claims(&server, &shop);
        claims["exp"] = json!(server.now().0 + 60);
        let browser = server.browser();
        let page = browser.open(&shop.request(&with("request", &signed(&key, &claims))));
        assert!(page.is_at("/login"));
        // Meanwhile the object has expired; the request was made in time.
        server.advance(600);
        let page = browser.sign_in_on(&page, "alice");
        let visit = shop.finish(&browser, &page);
        assert_eq!(visit.response.find("state"), Some("inside"));
        let (_, id_token) = claims_of(&server, &shop.redeem(&visit.code()).id_token());
        assert_eq!(id_token["nonce"], "inside");
    }

    // Conformance: O-6
    fn what_others_made_or_nobody_signed_is_refused(setup) {
        let server = setup.start();
        let key = key(Alg::RS256);
        let shop = signing(&server, "shop", &key, &json!({}));
        let thief_key = PrivateKey::generate(Alg::ES256, None).unwrap();
        let thief = signing(&server, "thief", &thief_key, &json!({}));
        let browser = shop.sign_in("alice").browser;
        let good = claims(&server, &shop);
        let changed = |name: &str, value: Value| {
            let mut claims = good.clone();
            claims[name] = value;
            signed(&key, &claims)
        };
        let encode = |text: &str| {
            use base64::Engine;
            base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(text)
        };
        let body = encode(&good.to_string());
        // The public key as the key of an HMAC, and a key that the header brings along.
        let pem = openssl::pkey::PKey::private_key_from_pem(include_bytes!("../../support/rsa.pem")).unwrap();
        let public = pem.public_key_to_pem().unwrap();
        let confused = {
            let input = format!("{}.{body}", encode(r#"{"alg":"HS256","kid":"k1"}"#));
            let mac_key = openssl::pkey::PKey::hmac(&public).unwrap();
            let mut signer = openssl::sign::Signer::new(openssl::hash::MessageDigest::sha256(), &mac_key).unwrap();
            let mac = signer.sign_oneshot_to_vec(input.as_bytes()).unwrap();
            use base64::Engine;
            format!("{input}.{}", base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(mac))
        };
        let brought = {
            let own = signed(&thief_key, &good);
            let (_, rest) = own.split_once('.').unwrap();
            let header = json!({"alg": "ES256", "jwk": thief_key.public_jwk("k1"), "jku": "https://thief.example/"});
            format!("{}.{rest}", encode(&header.to_string()))
        };
        let long = changed("state", json!("x".repeat(20_000)));
        for object in [
            format!("{}.{body}.", encode(r#"{"alg":"none"}"#)),
            confused,
            brought,
            signed(&thief_key, &good),
            signed(&thief_key, &claims(&server, &thief)),
            signed(&key, &claims(&server, &thief)),
            changed("aud", json!("https://other.example")),
            changed("client_id", json!("thief")),
            changed("response_type", json!("id_token")),
            changed("request", json!("x")),
            changed("sub", json!("shop")),
            changed("exp", json!(server.now().0 - 60)),
            changed("nbf", json!(server.now().0 + 60)),
            changed("state", json!(["x"])),
            "e30.e30".into(),
            "nonsense".into(),
            long,
        ] {
            let response = shop.visit(&browser, &[("request", &object)]).response;
            assert_eq!(response.error(), "invalid_request_object", "{object:.200}");
        }
        // Twice is refused before anything is believed.
        let object = signed(&key, &good);
        let twice = format!("{}&request={object}", shop.request(&with("request", &object)));
        let page = browser.open(&twice);
        assert_eq!(shop.response(&browser, &page).error(), "invalid_request");
        // Nobody is redirected where the object says so alone.
        let page = browser.open(&shop.request(&[("request", &changed("redirect_uri", json!("https://evil.example/")))]));
        assert_eq!((page.status(), page.left_to), (400, None));
    }

    fn a_secret_signs_where_it_is_kept_for_that(setup) {
        let server = setup.start();
        let shop = server.relying_party_with("shop", json!({"request_object_signing_alg": "HS256"}));
        let text = "a secret of at least thirty-two bytes, to be a key";
        let new = NewSecret { id: "key".into(), text, nonce: [3; 12], now: server.now() };
        let kept = server.app().store.vault().keep_secret(shop.client(), new);
        server.write(move |db| client_secrets::add(db, "shop", &kept, NOW.plus(10_000)));
        server.refresh();
        let browser = server.browser();
        browser.sign_in("alice");
        let object = |secret: &str| {
            sign_with_secret(&SharedSecret::new(secret), Alg::HS256, None, &claims(&server, &shop)).unwrap()
        };
        is_answered(&shop, &browser, &with("request", &object(text)));
        let response = shop.visit(&browser, &[("request", &object("another secret of at least thirty-two bytes"))]).response;
        assert_eq!(response.error(), "invalid_request_object");
    }

    fn a_secret_that_is_kept_as_a_hash_is_no_key_and_the_app_is_told(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let text = "a secret of at least thirty-two bytes, to be a key";
        let new = NewSecret { id: "key".into(), text, nonce: [3; 12], now: server.now() };
        let kept = server.app().store.vault().keep_secret(shop.client(), new);
        assert_eq!(kept.sealed, None);
        server.write(move |db| client_secrets::add(db, "shop", &kept, NOW.plus(10_000)));
        server.refresh();
        let browser = server.browser();
        browser.sign_in("alice");
        let secret = SharedSecret::new(text);
        let signed = sign_with_secret(&secret, Alg::HS256, None, &claims(&server, &shop)).unwrap();
        let envelope = Envelope { alg: KeyManagementAlg::Dir, enc: ContentEncryption::ALL[0], cty: Some("JWT") };
        let sealed = encrypt(signed.as_bytes(), &envelope, &Recipient::Secret(&secret), &[7; 80]).unwrap();
        for (object, member) in [(signed, "request_object_signing_alg"), (sealed, "request_object_encryption_alg")] {
            let response = shop.visit(&browser, &[("request", &object)]).response;
            assert_eq!(response.error(), "invalid_request_object");
            let description = response.find("error_description").unwrap();
            assert!(description.contains(member) && description.contains("hash"), "{description}");
        }
    }

    fn a_client_signs_with_the_algorithm_that_it_is_registered_for(setup) {
        let server = setup.start();
        let key = key(Alg::RS256);
        let shop = signing(&server, "shop", &key, &json!({"request_object_signing_alg": "PS256"}));
        let browser = shop.sign_in("alice").browser;
        let response = shop.visit(&browser, &[("request", &signed(&key, &claims(&server, &shop)))]).response;
        assert_eq!(response.error(), "invalid_request_object");
    }

    fn where_it_is_required_nothing_counts_outside(setup) {
        let server = setup.start();
        let key = key(Alg::ES256);
        let shop = signing(&server, "shop", &key, &json!({"require_signed_request_object": true}));
        let browser = server.browser();
        browser.sign_in("alice");
        assert_eq!(shop.visit(&browser, &[]).response.error(), "invalid_request");
        let mut claims = claims(&server, &shop);
        is_answered(&shop, &browser, &[("request", &signed(&key, &claims)), ("state", "outside")]);
        claims.as_object_mut().unwrap().remove("redirect_uri");
        let page = browser.open(&shop.request(&[("request", &signed(&key, &claims))]));
        assert_eq!((page.status(), page.left_to), (400, None));
    }

    // Conformance: O-1, O-2, T-3
    fn a_registered_reference_is_fetched_without_its_fragment(setup) {
        let remote = Remote::start();
        let server = setup.reaching(&remote).start();
        let key = key(Alg::RS256);
        let uri = remote.url("/request.jwt") + "#not-its-hash";
        let shop = signing(&server, "shop", &key, &json!({"request_uris": [uri]}));
        let browser = server.browser();
        remote.answer("/request.jwt", 200, "application/jwt", signed(&key, &claims(&server, &shop)));
        let page = browser.open(&shop.request(&with("request_uri", &uri)));
        let page = browser.sign_in_on(&page, "alice");
        let visit = shop.finish(&browser, &page);
        assert_eq!(visit.response.find("state"), Some("inside"), "{}", visit.response.location);
        assert!(shop.redeem(&visit.code()).is_granted());
        let asked = remote.requests();
        assert_eq!(asked.len(), 1, "a request that waits is not fetched again");
        assert_eq!((&*asked[0].path, &*asked[0].query), ("/request.jwt", ""));

        let wrong = [remote.url("/request.jwt"), "https://127.0.0.1/".into(), format!("https://x.example/{}", "y".repeat(512))];
        for uri in &wrong {
            assert_eq!(shop.visit(&browser, &[("request_uri", uri)]).response.error(), "invalid_request_uri", "{uri}");
        }
        assert_eq!(remote.requests().len(), 1, "nobody is asked who was not registered");
        remote.answer("/request.jwt", 404, "text/plain", "");
        assert_eq!(shop.visit(&browser, &[("request_uri", &uri)]).response.error(), "invalid_request_uri");
        remote.answer("/request.jwt", 200, "application/jwt", "nonsense");
        assert_eq!(shop.visit(&browser, &[("request_uri", &uri)]).response.error(), "invalid_request_object");
    }

    // Conformance: X-5, T-3
    fn a_new_key_behind_a_jwks_uri_is_found(setup) {
        let remote = Remote::start();
        let server = setup.reaching(&remote).start();
        let (old, new) = (key(Alg::ES256), PrivateKey::generate(Alg::ES256, None).unwrap());
        let uri = remote.url("/jwks");
        let shop = server.relying_party_with("shop", json!({"jwks_uri": uri}));
        let publish = |key: &PrivateKey, kid: &str| {
            remote.answer("/jwks", 200, "application/json", jwks([key.public_jwk(kid)]).to_string());
        };
        let browser = server.browser();
        browser.sign_in("alice");
        publish(&old, "old");
        let claims = claims(&server, &shop);
        let object = |key: &PrivateKey, kid: &str| sign(key, kid, None, &claims).unwrap();
        is_answered(&shop, &browser, &with("request", &object(&old, "old")));
        publish(&new, "new");
        server.advance(5);
        is_answered(&shop, &browser, &with("request", &object(&new, "new")));
        let response = shop.visit(&browser, &[("request", &object(&old, "old"))]).response;
        assert_eq!(response.error(), "invalid_request_object");
        assert_eq!(remote.requests().len(), 2, "who makes up a kid does not make us ask at once again");
    }

    // Conformance: O-5, G-6
    fn the_redirect_uri_inside_counts(setup) {
        let server = setup.start();
        let key = key(Alg::ES256);
        let uris = ["https://shop.example/outside", "https://shop.example/inside"];
        let mut shop = signing(&server, "shop", &key, &json!({"redirect_uris": uris}));
        let mut claims = claims(&server, &shop);
        claims["redirect_uri"] = json!(uris[1]);
        let request = shop.request(&with("request", &signed(&key, &claims)));
        assert_eq!(shop.redirect_uri, uris[0]);
        shop.redirect_uri = uris[1].into();
        let browser = server.browser();
        let page = browser.sign_in_on(&browser.open(&request), "alice");
        let code = shop.finish(&browser, &page).code();
        assert_eq!(shop.redeem_with(&code, &[("redirect_uri", uris[0])]).error(), "invalid_grant");
        assert!(shop.redeem(&code).is_granted());
    }

    // Conformance: T-5
    fn the_media_type_of_what_is_fetched_does_not_matter(setup) {
        let remote = Remote::start();
        let server = setup.reaching(&remote).start();
        let browser = server.browser();
        browser.sign_in("alice");
        for (number, (of_keys, of_object)) in [
            ("application/jwk-set+json", "application/oauth-authz-req+jwt"),
            ("application/json", "application/jwt"),
            ("text/plain", "application/octet-stream"),
        ]
        .into_iter()
        .enumerate()
        {
            let key = key(Alg::ES256);
            let [keys, object] = ["jwks", "object"].map(|name| format!("/{name}-{number}"));
            let uri = remote.url(&object);
            let members = json!({"jwks_uri": remote.url(&keys), "request_uris": [uri]});
            let shop = server.relying_party_with(&format!("shop-{number}"), members);
            remote.answer(&keys, 200, of_keys, jwks([key.public_jwk("k1")]).to_string());
            remote.answer(&object, 200, of_object, signed(&key, &claims(&server, &shop)));
            is_answered(&shop, &browser, &with("request_uri", &uri));
        }
    }

    fn an_object_may_be_encrypted_to_us_and_must_be_signed_within(setup) {
        let server = setup.start();
        let vault = server.app().store.vault();
        let keys = [KeyManagementAlg::RsaOaep, KeyManagementAlg::EcdhEs];
        let keys = keys.map(|alg| Sealed::new(&vault, &DecryptionKey::generate(alg, None).unwrap()).unwrap());
        server.write(move |db| encryption_keys::add_first(db, &keys, NOW));
        server.refresh();
        let published = server.get("/jwks").json();
        let encrypting: Vec<_> =
            published["keys"].as_array().unwrap().iter().filter(|key| key["use"] == "enc").collect();
        assert_eq!(encrypting.len(), 2, "{published}");
        assert!(encrypting.iter().all(|key| key.get("d").is_none() && key["kid"].is_string()));

        let own = key(Alg::ES256);
        let shop = signing(&server, "shop", &own, &json!({}));
        let browser = server.browser();
        browser.sign_in("alice");
        let recipient = ClientKeys::from_jwks(&published).unwrap();
        for alg in [KeyManagementAlg::RsaOaep, KeyManagementAlg::RsaOaep256, KeyManagementAlg::EcdhEs, KeyManagementAlg::EcdhEsA256Kw] {
            let seal = |inner: &str| encrypted(&recipient, alg, inner);
            is_answered(&shop, &browser, &with("request", &seal(&signed(&own, &claims(&server, &shop)))));
            let bare = seal(&claims(&server, &shop).to_string());
            assert_eq!(shop.visit(&browser, &[("request", &bare)]).response.error(), "invalid_request_object");
        }
    }

    fn a_key_that_was_replaced_decrypts_for_a_while(setup) {
        let setup = setup.with("keys.rotate_every", "2d").with("keys.publish_ahead", "1d");
        let server = setup.clone().start();
        block_on(server.app().store.prepare(NOW)).unwrap();
        let other = setup.start_on(server.database());
        let own = key(Alg::ES256);
        let shop = signing(&server, "shop", &own, &json!({}));
        let published = || ClientKeys::from_jwks(&server.get("/jwks").json()).unwrap();
        let object = |keys: &ClientKeys, alg| encrypted(keys, alg, &signed(&own, &claims(&server, &shop)));
        let algs = [KeyManagementAlg::RsaOaep256, KeyManagementAlg::EcdhEs];
        let before = published();

        let pass = |seconds: i64| {
            for node in [&server, &other] {
                node.advance(seconds);
            }
            // Whichever node does it, each hears of it.
            block_on(keep_keys(other.app().clone())).unwrap();
            server.refresh();
            let browser = server.browser();
            browser.sign_in("alice");
            browser
        };
        let browser = pass(2 * 86_400);
        let after = published();
        let kids = |keys: &ClientKeys| algs.map(|alg| keys.encrypting(alg).unwrap().kid().map(str::to_owned));
        assert!(kids(&after).iter().all(|kid| !kids(&before).contains(kid)));
        assert_eq!(server.get("/jwks").json()["keys"].as_array().unwrap().iter().filter(|key| key["use"] == "enc").count(), 2);
        for alg in algs {
            is_answered(&shop, &browser, &with("request", &object(&before, alg)));
            is_answered(&shop, &browser, &with("request", &object(&after, alg)));
        }

        let browser = pass(86_400 + 3599);
        is_answered(&shop, &browser, &with("request", &object(&before, algs[0])));
        let browser = pass(1);
        for alg in algs {
            let refused = shop.visit(&browser, &[("request", &object(&before, alg))]).response;
            assert_eq!(refused.error(), "invalid_request_object");
            is_answered(&shop, &browser, &with("request", &object(&after, alg)));
        }
    }
}
