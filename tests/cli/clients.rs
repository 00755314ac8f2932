use serde_json::{Value, json};

use crate::support::Place;

const SHOP: [&str; 8] = [
    "client",
    "add",
    "--client-id",
    "shop",
    "--redirect-uri",
    "https://shop.example/cb",
    "--json",
    "--name=The Shop",
];

#[test]
fn what_goes_beyond_a_code_flow_has_flags() {
    let place = Place::of_each_kind().into_iter().next().unwrap();
    let flags = [
        "--access-token-format=jwt",
        "--resource",
        "https://api.example",
        "--pairwise",
        "--jwks-uri=https://shop.example/jwks",
        "--token-endpoint-auth-method=private_key_jwt",
        "--backchannel-logout-uri=https://shop.example/bc",
        "--frontchannel-logout-uri=https://shop.example/fc",
        "--cors-origin=https://web.example",
        "--may-introspect",
    ];
    let added = place.run(&[&SHOP[..], &flags[..]].concat()).json();
    assert_eq!(added["client_secret"], Value::Null);
    let shown = place.run(&["client", "show", "shop", "--json"]).json();
    assert_eq!(shown["access_token_format"], "jwt");
    assert_eq!(shown["resources"], json!(["https://api.example"]));
    assert_eq!(shown["subject_type"], "pairwise");
    assert_eq!(shown["jwks_uri"], "https://shop.example/jwks");
    assert_eq!(shown["backchannel_logout_uri"], "https://shop.example/bc");
    assert_eq!(shown["frontchannel_logout_uri"], "https://shop.example/fc");
    assert_eq!(shown["cors_origins"], json!(["https://web.example"]));
    assert_eq!(shown["may_introspect"], true);
    let clash = ["--client-id=x", "--pairwise", "--subject-type=public"];
    assert_eq!(place.run(&[&["client", "add"][..], &clash[..]].concat()).code, Some(2));
    assert_eq!(place.list("client").len(), 1);
}

#[test]
fn a_client_is_added_by_flags() {
    for place in Place::of_each_kind() {
        let flags = [
            "--redirect-uri",
            "https://shop.example/other",
            "--post-logout-redirect-uri",
            "https://shop.example/bye",
            "--response-type",
            "code",
            "--grant-type",
            "authorization_code",
            "refresh_token",
            "--scope",
            "openid",
            "email",
            "--token-endpoint-auth-method",
            "client_secret_post",
            "--id-token-alg",
            "RS256",
            "--no-consent",
        ];
        let added = place.run(&[&SHOP[..], &flags[..]].concat()).json();
        assert_eq!(added["client_id"], "shop");
        assert_eq!(added["client_name"], "The Shop");
        assert_eq!(added["redirect_uris"], json!(["https://shop.example/cb", "https://shop.example/other"]));
        assert_eq!(added["grant_types"], json!(["authorization_code", "refresh_token"]));
        assert_eq!(added["scope"], "openid email");
        assert_eq!(added["token_endpoint_auth_method"], "client_secret_post");
        assert_eq!(added["client_secret_expires_at"], 0);
        assert!(added["client_secret"].as_str().unwrap().len() >= 32);

        let shown = place.run(&["client", "show", "shop", "--json"]).json();
        assert_eq!(shown["post_logout_redirect_uris"], json!(["https://shop.example/bye"]));
        assert_eq!(shown["consent"], "never");
        assert_eq!(shown["client_secret"], Value::Null);
        assert!(place.run(&["client", "list"]).good().stdout.contains("The Shop"));
        assert_eq!(place.list("client").len(), 1);

        place.run(&["client", "remove", "shop"]).good();
        assert_eq!(place.list("client").len(), 0);
        place.run(&["client", "remove", "shop"]).refused(&["no client shop"]);
    }
}

#[test]
fn a_client_is_added_by_metadata() {
    for place in Place::of_each_kind() {
        let file = place.write(
            "client.json",
            r#"{"client_name": "Field Notes", "redirect_uris": ["https://notes.example/cb"], "unknown": 1,
                "grant_types": ["authorization_code", "refresh_token"], "contacts": ["team@notes.example"]}"#,
        );
        let added = place.run(&["client", "add", "--metadata", file.to_str().unwrap(), "--json"]).json();
        assert!(added["client_id"].as_str().unwrap().len() >= 20);
        assert_eq!(added["client_name"], "Field Notes");
        assert_eq!(added["contacts"], json!(["team@notes.example"]));
        assert_eq!(added["client_secret_expires_at"], 0);
        assert!(added["client_id_issued_at"].as_i64().unwrap() > 0);

        let file = place.write(
            "own.json",
            r#"{"client_id": "own", "client_secret": "0123456789abcdef0123456789abcdef", "redirect_uris": ["https://own.example/"]}"#,
        );
        let own = place.run(&["client", "add", "--metadata", file.to_str().unwrap(), "--json"]).json();
        assert_eq!(
            (&own["client_id"], &own["client_secret"]),
            (&json!("own"), &json!("0123456789abcdef0123456789abcdef"))
        );
        let both = place.run(&["client", "add", "--metadata", "own.json", "--name", "x"]);
        assert_eq!(both.code, Some(2));
    }
}

#[test]
fn a_public_client_has_no_secret() {
    for place in Place::of_each_kind() {
        let added = place.run(&[&SHOP[..], &["--public"]].concat()).json();
        assert_eq!(added["token_endpoint_auth_method"], "none");
        assert_eq!(added["require_pkce"], false, "it did not ask; the server requires it");
        assert_eq!(
            (&added["client_secret"], &added["client_secret_expires_at"]),
            (&Value::Null, &Value::Null)
        );
        place.run(&["client", "rotate-secret", "shop"]).refused(&["shop", "public"]);
        let file = place.write(
            "client.json",
            r#"{"client_secret": "0123456789abcdef0123456789abcdef", "token_endpoint_auth_method": "none",
                "redirect_uris": ["https://notes.example/cb"]}"#,
        );
        place
            .run(&["client", "add", "--metadata", file.to_str().unwrap()])
            .refused(&["client_secret", "none"]);
    }
}

#[test]
fn secrets_are_shown_once_and_kept_as_hashes() {
    let place = Place::sqlite();
    let given = "given-secret-0123456789-0123456789";
    let added =
        place.run_with(&[&SHOP[..], &["--client-secret-stdin"]].concat(), &format!("{given}\n")).json();
    assert_eq!(added["client_secret"], given);
    let made = place.run(&["client", "rotate-secret", "shop"]).line();
    let again = place.run(&["client", "rotate-secret", "shop", "--revoke-old", "--json"]).json();
    let again = again["client_secret"].as_str().unwrap().to_owned();
    assert!(made.len() >= 32 && made != again);

    let stored = place.stored();
    let shown = place.run(&["client", "show", "shop"]).good().stdout;
    for secret in [given, &made, &again] {
        assert!(!stored.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()), "{secret}");
        assert!(!shown.contains(secret));
    }
    let key = std::fs::read_to_string(place.path().join("cardea.key")).unwrap();
    assert!(!stored.windows(key.trim().len()).any(|bytes| bytes == key.trim().as_bytes()));
}

#[test]
fn bad_clients_are_refused_with_every_problem_and_leave_nothing_behind() {
    for place in Place::of_each_kind() {
        let flags = ["--redirect-uri", "https://a/#b", "--grant-type", "magic", "--id-token-alg", "none"];
        let done = place.run(&[&["client", "add"], &flags[..]].concat());
        done.refused(&["redirect_uris[0]:", "grant_type 'magic'", "id_token_signed_response_alg:"]);
        place.run(&["client", "add"]).refused(&["redirect_uris:"]);
        let file = place.write("client.json", r#"{"redirect_uris": "https://notes.example/cb"}"#);
        place.run(&["client", "add", "--metadata", file.to_str().unwrap()]).refused(&["client.json"]);
        assert_eq!(place.list("client").len(), 0);

        place.run(&SHOP).good();
        place.run(&SHOP).refused(&["shop is taken"]);
        assert_eq!(place.list("client").len(), 1);
    }
}

#[test]
fn an_algorithm_without_a_key_is_warned_of() {
    let place = Place::sqlite();
    let done = place.run(&[&SHOP[..], &["--id-token-alg", "ES256"]].concat()).good();
    assert!(done.stderr.contains("cardea key create --alg ES256"), "{}", done.stderr);
    serde_json::from_str::<Value>(&done.stdout).unwrap();
    place.run(&["key", "create", "--alg", "ES256"]).good();
    let flags = ["client", "add", "--redirect-uri", "https://a.example/", "--id-token-alg", "ES256"];
    assert!(!place.run(&flags).good().stderr.contains("warning"));
}

#[test]
fn a_public_app_on_a_device_is_native_and_picks_its_port() {
    for place in Place::of_each_kind() {
        let add = |id: &str, flags: &[&str]| {
            place.run(&[&["client", "add", "--json", "--client-id", id], flags].concat()).json()
        };
        let loopback = ["--redirect-uri", "http://127.0.0.1/cb"];
        let native = add("native", &[&["--public"], &loopback[..]].concat());
        assert_eq!(native["application_type"], "native");
        let own = add("own", &["--token-endpoint-auth-method=none", "--redirect-uri", "com.example.app:/cb"]);
        assert_eq!(own["application_type"], "native");
        let mixed = [&["--public", "--redirect-uri", "https://app.example/cb"], &loopback[..]].concat();
        assert_eq!(add("mixed", &mixed)["application_type"], "web");
        assert_eq!(add("server", &loopback)["application_type"], "web");
        let said = [&["--public", "--application-type=web"], &loopback[..]].concat();
        assert_eq!(add("said", &said)["application_type"], "web");
        let claimed = ["--public", "--application-type=native", "--redirect-uri", "https://app.example/cb"];
        assert_eq!(add("claimed", &claimed)["application_type"], "native");

        let server = place.serve();
        let is_known = |client_id: &str| {
            let uri = "http%3A%2F%2F127.0.0.1%3A5555%2Fcb";
            let query = format!("client_id={client_id}&redirect_uri={uri}&response_type=code&scope=openid");
            let pkce =
                "code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
            ureq::get(format!("{}/authorize?{query}&{pkce}", server.issuer)).call().is_ok()
        };
        assert!(is_known("native"));
        assert!(!is_known("said") && !is_known("server"));
    }
}

#[test]
fn a_client_id_that_the_console_cannot_open_is_refused() {
    let place = Place::sqlite();
    for id in ["new", "registration-tokens", ".", ".."] {
        let flags = ["client", "add", "--redirect-uri", "https://shop.example/cb", "--client-id", id];
        place.run(&flags).refused(&["client_id:", "choose another"]);
    }
    assert_eq!(place.list("client").len(), 0);
}
