//! `/.well-known/openid-configuration`, RFC 8414's document, and `/jwks`.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use cardea::oidc::jose::{Alg, PrivateKey};
use cardea::oidc::keys::{KeyRecord, KeyState};
use cardea::store::keys;
use serde_json::Value;

use crate::support::*;

const DOCUMENT: &str = "/.well-known/openid-configuration";
const OAUTH_DOCUMENT: &str = "/.well-known/oauth-authorization-server";

fn words(value: &Value) -> Vec<&str> {
    let list = value.as_array().unwrap_or_else(|| panic!("{value} is no list"));
    list.iter().map(|word| word.as_str().unwrap_or_else(|| panic!("{word} is no text"))).collect()
}

on_both! {
    // Conformance: D-4, D-5, D-6, D-7, D-8, D-9, D-10, D-11, D-12, D-13, D-14, D-15, D-16, D-19, D-17, M-8
    fn the_document_names_what_is_offered(setup) {
        let server = setup.start();
        let document = server.get(DOCUMENT).json();

        assert_eq!(document["issuer"], server.issuer());
        for (member, path) in [
            ("authorization_endpoint", "/authorize"),
            ("token_endpoint", "/token"),
            ("userinfo_endpoint", "/userinfo"),
            ("jwks_uri", "/jwks"),
            ("introspection_endpoint", "/introspect"),
            ("revocation_endpoint", "/revoke"),
        ] {
            assert_eq!(document[member], format!("{}{path}", server.issuer()));
        }
        for (member, values) in [
            (
                "response_types_supported",
                vec![
                    "code",
                    "id_token",
                    "id_token token",
                    "code id_token",
                    "code token",
                    "code id_token token",
                    "token",
                ],
            ),
            ("response_modes_supported", vec!["query", "fragment", "form_post"]),
            ("subject_types_supported", vec!["public", "pairwise"]),
            ("id_token_signing_alg_values_supported", vec!["RS256", "HS256", "HS384", "HS512"]),
            ("userinfo_signing_alg_values_supported", vec!["RS256", "HS256", "HS384", "HS512"]),
            (
                "token_endpoint_auth_methods_supported",
                vec![
                    "client_secret_basic",
                    "client_secret_post",
                    "client_secret_jwt",
                    "private_key_jwt",
                    "none",
                ],
            ),
            ("code_challenge_methods_supported", vec!["S256"]),
            ("claim_types_supported", vec!["normal"]),
            ("ui_locales_supported", vec!["en"]),
            ("scopes_supported", vec!["openid", "profile", "email", "address", "phone", "offline_access"]),
        ] {
            let (mut given, mut expected) = (words(&document[member]), values);
            given.sort_unstable();
            expected.sort_unstable();
            assert_eq!(given, expected, "{member}");
        }
        assert!(!words(&document["acr_values_supported"]).is_empty());
        let grant_types = words(&document["grant_types_supported"]);
        for value in ["authorization_code", "implicit", "refresh_token", "client_credentials"] {
            assert!(grant_types.contains(&value), "{value}");
        }
        assert!(!grant_types.contains(&"password"), "it is switched off");
        for claim in ["sub", "name", "email", "email_verified", "phone_number", "address", "updated_at"] {
            assert!(words(&document["claims_supported"]).contains(&claim), "{claim}");
        }
        assert_eq!(document["authorization_response_iss_parameter_supported"], true);
        for present in [
            "request_parameter_supported",
            "request_uri_parameter_supported",
            "claims_parameter_supported",
            "require_request_uri_registration",
        ] {
            assert_eq!(document[present], true, "{present}");
        }
        let algs = words(&document["request_object_signing_alg_values_supported"]);
        assert!(algs.contains(&"RS256") && algs.contains(&"HS256") && !algs.contains(&"none"));
        assert_eq!(document.get("claims_locales_supported"), None);
    }

    // Conformance: T-1, D-1, D-2, D-3, D-18
    fn every_url_of_an_https_provider_is_https(setup) {
        let server = setup.with("issuer", "https://op.example").with("registration.mode", "open").start();
        let document = server.get(DOCUMENT).json();
        for name in [
            "issuer",
            "authorization_endpoint",
            "token_endpoint",
            "userinfo_endpoint",
            "jwks_uri",
            "registration_endpoint",
            "end_session_endpoint",
            "check_session_iframe",
        ] {
            assert!(document[name].is_string(), "{name}");
        }
        for (name, url) in document.as_object().unwrap() {
            if let Some(url) = url.as_str() {
                assert!(url.starts_with("https://"), "{name}: {url}");
            }
        }
        for name in ["frontchannel", "backchannel"] {
            for part in ["", "_session"] {
                assert_eq!(document[format!("{name}_logout{part}_supported")], true);
            }
        }
    }

    // Conformance: D-20, D-21
    fn every_member_is_standard_and_has_its_type(setup) {
        const MEMBERS: &[&str] = &[
            "issuer",
            "authorization_endpoint",
            "token_endpoint",
            "userinfo_endpoint",
            "jwks_uri",
            "scopes_supported",
            "response_types_supported",
            "response_modes_supported",
            "grant_types_supported",
            "acr_values_supported",
            "subject_types_supported",
            "id_token_signing_alg_values_supported",
            "id_token_encryption_alg_values_supported",
            "id_token_encryption_enc_values_supported",
            "userinfo_signing_alg_values_supported",
            "userinfo_encryption_alg_values_supported",
            "userinfo_encryption_enc_values_supported",
            "token_endpoint_auth_methods_supported",
            "token_endpoint_auth_signing_alg_values_supported",
            "introspection_endpoint",
            "introspection_endpoint_auth_methods_supported",
            "introspection_endpoint_auth_signing_alg_values_supported",
            "revocation_endpoint",
            "revocation_endpoint_auth_methods_supported",
            "revocation_endpoint_auth_signing_alg_values_supported",
            // RFC 9728 4.
            "protected_resources",
            "display_values_supported",
            "claim_types_supported",
            "claims_supported",
            "ui_locales_supported",
            "prompt_values_supported",
            "claims_parameter_supported",
            "request_parameter_supported",
            "request_uri_parameter_supported",
            "require_request_uri_registration",
            "require_signed_request_object",
            "request_object_signing_alg_values_supported",
            "request_object_encryption_alg_values_supported",
            "request_object_encryption_enc_values_supported",
            "code_challenge_methods_supported",
            "authorization_response_iss_parameter_supported",
            "service_documentation",
            "end_session_endpoint",
            "check_session_iframe",
            "frontchannel_logout_supported",
            "frontchannel_logout_session_supported",
            "backchannel_logout_supported",
            "backchannel_logout_session_supported",
        ];
        let document = setup.start().get(DOCUMENT).json();
        for (name, value) in document.as_object().unwrap() {
            assert!(MEMBERS.contains(&name.as_str()), "{name} is in no specification");
            match value {
                Value::String(text) => assert!(url::Url::parse(text).is_ok(), "{name}: {text}"),
                Value::Bool(_) => assert!(name.ends_with("_supported") || name.starts_with("require_"), "{name}"),
                list => {
                    let is_list = name.ends_with("_supported") || name == "protected_resources";
                    assert!(is_list && !words(list).is_empty(), "{name}");
                }
            }
        }
    }

    fn both_documents_are_the_same_and_a_slash_may_follow(setup) {
        let server = setup.start();
        let document = server.get(DOCUMENT).json();
        for path in
            [OAUTH_DOCUMENT, "/.well-known/openid-configuration/", "/.well-known/oauth-authorization-server/"]
        {
            assert_eq!(server.get(path).json(), document, "{path}");
        }
        assert_eq!(server.get("/jwks/").json(), server.get("/jwks").json());
    }

    fn an_issuer_with_a_path_has_its_documents_where_the_specifications_say(setup) {
        let server = setup.with("issuer", "https://op.example/auth/id").start();
        let get = |target: &str| server.raw_request("GET", target).send();

        let document = get("/auth/id/.well-known/openid-configuration").json();
        assert_eq!(document["issuer"], "https://op.example/auth/id");
        assert_eq!(document["jwks_uri"], "https://op.example/auth/id/jwks");
        // RFC 8414, 3.1: the well-known part comes before the issuer's path.
        for slash in ["", "/"] {
            let path = format!("/.well-known/oauth-authorization-server/auth/id{slash}");
            assert_eq!(get(&path).json(), document, "{path}");
            let path = format!("/.well-known/oauth-protected-resource/auth/id/userinfo{slash}");
            assert_eq!(get(&path).json()["resource"], "https://op.example/auth/id/userinfo", "{path}");
        }
        for front in ["/auth/id", "/auth/id/"] {
            let answer = get(front);
            assert_eq!((answer.status, answer.location()), (303, "/auth/id/account"), "{front}");
        }
        for nowhere in ["/.well-known/openid-configuration", "/jwks", "/", "/auth", "/login"] {
            assert_eq!(get(nowhere).status, 404, "{nowhere}");
        }
    }

    fn the_whole_way_works_below_a_path(setup) {
        let server = setup.with("issuer", "https://op.example/id").start();
        let shop = server.relying_party("shop");
        let visit = shop.sign_in("alice");

        assert_eq!(visit.response.find("iss"), Some("https://op.example/id"));
        let tokens = shop.redeem(&visit.code());
        assert_eq!(claims_of(&server, &tokens.id_token()).1["iss"], "https://op.example/id");
        assert!(shop.is_live(&tokens.access_token()));
        assert_eq!(visit.browser.open("/account").status(), 200);
    }

    fn programs_may_keep_the_documents_and_scripts_may_read_them(setup) {
        let server = setup.start();
        for path in [DOCUMENT, OAUTH_DOCUMENT, "/jwks"] {
            let answer = server.request("GET", path).header("Origin", "https://spa.example").send();
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
            assert_eq!(answer.header("cache-control"), Some("public, max-age=3600"), "{path}");
            assert_eq!(answer.header("set-cookie"), None, "{path}");
            let head = server.request("HEAD", path).send();
            assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
        }
    }

    fn the_operator_says_how_long_the_documents_are_kept(setup) {
        let server = setup.with("keys.max_age", "5m").start();
        for path in [DOCUMENT, OAUTH_DOCUMENT, "/.well-known/oauth-protected-resource/userinfo", "/jwks"] {
            assert_eq!(server.get(path).header("cache-control"), Some("public, max-age=300"), "{path}");
        }
    }

    fn no_header_changes_a_url(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let document = server.get(DOCUMENT).json();
        let lies = [
            ("Host", "evil.example"),
            ("X-Forwarded-Host", "evil.example"),
            ("X-Forwarded-Proto", "gopher"),
            ("Forwarded", "host=evil.example;proto=gopher"),
            ("X-Forwarded-Prefix", "/evil.example"),
            ("X-Original-URL", "/evil.example"),
        ];
        for (name, value) in lies {
            let ask = |path: &str| server.request("GET", path).header(name, value).send();
            assert_eq!(ask(DOCUMENT).json(), document, "{name}");
            let location = ask(&shop.request(&[])).location().to_owned();
            assert!(location.starts_with("/login?flow="), "{name}: {location}");
            assert!(ask("/account").location().starts_with("/login?next=%2Faccount"), "{name}");
            assert!(!ask("/login").body.contains("evil.example"), "{name}");
            assert!(!ask("/no/such/page").body.contains("evil.example"), "{name}");
        }
        let absolute = format!("http://evil.example{DOCUMENT}");
        assert_eq!(server.raw_request("GET", &absolute).send().json(), document);
    }

    // Conformance: K-1, K-2, K-3, K-4, K-5
    fn only_public_members_of_keys_are_published(setup) {
        let server = setup.start();
        for alg in [Alg::PS256, Alg::ES256, Alg::ES512, Alg::EdDSA] {
            server.add_key(alg);
        }
        let jwks = server.get("/jwks").json();
        let keys = jwks["keys"].as_array().unwrap();
        assert_eq!(keys.len(), 5);
        let mut kids = Vec::new();
        for key in keys {
            for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
                assert!(key.get(private).is_none(), "{private}");
            }
            assert_eq!(key["use"], "sig");
            assert!(key["alg"].is_string());
            let members: &[&str] = match key["kty"].as_str().unwrap() {
                "RSA" => &["n", "e"],
                "EC" => &["x", "y"],
                "OKP" => &["x"],
                other => panic!("kty {other}"),
            };
            let crv = key["crv"].as_str().unwrap_or_default();
            let alg = key["alg"].as_str().unwrap();
            let expected = match alg {
                "ES256" => "P-256",
                "ES512" => "P-521",
                "EdDSA" => "Ed25519",
                _ => "",
            };
            assert_eq!(crv, expected, "{alg}");
            for member in members {
                assert!(BASE64_URL_SAFE_NO_PAD.decode(key[*member].as_str().unwrap()).is_ok(), "{member}");
            }
            kids.push(key["kid"].as_str().unwrap().to_owned());
        }
        assert!(keys.iter().any(|key| key["kty"] == "RSA" && key["alg"] == "RS256"));
        let count = kids.len();
        kids.sort_unstable();
        kids.dedup();
        assert_eq!(kids.len(), count, "{jwks}");
        assert!(kids.iter().all(|kid| !kid.trim().is_empty()));
    }

    fn the_document_lists_every_algorithm_that_can_sign(setup) {
        let server = setup.start();
        server.add_key(Alg::ES256);
        server.add_key(Alg::EdDSA);
        let document = server.get(DOCUMENT).json();
        let algs = words(&document["id_token_signing_alg_values_supported"]);
        assert_eq!(algs.len(), 6, "{algs:?}");
        // The last three with the secrets of clients.
        for alg in ["RS256", "ES256", "EdDSA", "HS256", "HS384", "HS512"] {
            assert!(algs.contains(&alg), "{alg}");
        }
    }

    // Conformance: K-8
    fn a_key_is_published_from_its_birth_to_its_removal(setup) {
        let server = setup.start();
        let kids = || {
            let jwks = server.get("/jwks").json();
            jwks["keys"]
                .as_array()
                .unwrap()
                .iter()
                .map(|key| key["kid"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        let old = kids().pop().unwrap();
        let shop = server.relying_party("shop");
        let before = shop.redeem(&shop.sign_in("alice").code()).id_token();

        let key = PrivateKey::generate(Alg::RS256, None).unwrap();
        let new = key.thumbprint();
        let record = KeyRecord {
            kid: new.clone(),
            alg: Alg::RS256,
            state: KeyState::Next,
            public_jwk: key.public_jwk(&new),
            is_imported: false,
            created_at: NOW,
            signs_at: None,
            retired_at: None,
            removed_at: None,
        };
        let sealed = keys::seal(&server.app().store.vault(), [2; 12], &new, &key.to_der().unwrap());
        server.write(move |db| keys::add(db, &record, &sealed));
        server.refresh();
        assert_eq!(kids().len(), 2);
        let tokens = shop.redeem(&shop.sign_in("alice").code());
        assert_eq!(
            claims_of(&server, &tokens.id_token()).0["kid"],
            old.as_str(),
            "the next key does not sign yet"
        );

        let retiring = old.clone();
        server.write(move |db| {
            keys::retire(db, &retiring, NOW, NOW.plus(600))?;
            keys::promote_next(db, Alg::RS256, NOW).map(|_| ())
        });
        server.refresh();
        assert_eq!(kids().len(), 2);
        let tokens = shop.redeem(&shop.sign_in("alice").code());
        assert_eq!(claims_of(&server, &tokens.id_token()).0["kid"], new.as_str());
        assert_eq!(
            claims_of(&server, &before).0["kid"],
            old.as_str(),
            "what the old key signed can be checked still"
        );

        server.write(move |db| keys::remove(db, &old, NOW).map(|_| ()));
        server.refresh();
        assert_eq!(kids(), [new.as_str()]);

        // Without any key there is a document still.
        server.write(move |db| {
            keys::retire(db, &new, NOW, NOW)?;
            keys::remove(db, &new, NOW).map(|_| ())
        });
        server.refresh();
        assert!(kids().is_empty());
    }

    fn other_methods_are_told_which_ones_work(setup) {
        let server = setup.start();
        for (method, path, allow) in [
            ("POST", DOCUMENT, "GET, HEAD"),
            ("DELETE", "/jwks", "GET, HEAD"),
            ("GET", "/token", "POST, OPTIONS"),
            ("PUT", "/token", "POST, OPTIONS"),
            ("DELETE", "/token", "POST, OPTIONS"),
            ("DELETE", "/userinfo", "GET, HEAD, POST, OPTIONS"),
        ] {
            let answer = server.request(method, path).send();
            assert_eq!((answer.status, answer.header("allow")), (405, Some(allow)), "{method} {path}");
            assert_eq!(answer.error(), "invalid_request");
        }
    }
}
