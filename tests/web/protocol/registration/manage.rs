//! RFC 7592: reading, replacing and removing.

use cardea::store::clients;
use serde_json::{Value, json};

use super::{metadata, open, register};
use crate::support::*;

/// A request to the address of a registration, with its token.
pub fn request(server: &Server, method: &str, registered: &Value) -> Request {
    let uri = registered["registration_client_uri"].as_str().unwrap();
    let path = uri.strip_prefix(server.issuer()).unwrap();
    server.request(method, path).bearer(registered["registration_access_token"].as_str().unwrap())
}

fn put(server: &Server, registered: &Value, members: Value) -> Answer {
    let mut sent = metadata(members);
    sent["client_id"] = registered["client_id"].clone();
    request(server, "PUT", registered).content("application/json", sent.to_string().into_bytes()).send()
}

on_both! {
    // Conformance: C-6, C-7, C-9
    // Seed: E17
    fn a_client_reads_replaces_and_removes_itself(setup) {
        let server = open(setup);
        let own = register(&server, json!({
            "initiate_login_uri": "https://tide.example/start", "grant_types": ["authorization_code", "refresh_token"],
        }));
        let answer = request(&server, "GET", &own).send();
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
        let read = answer.json();
        for (name, value) in own.as_object().unwrap() {
            // A secret is shown once.
            if !name.starts_with("client_secret") {
                assert_eq!(&read[name], value, "{name}");
            }
        }
        assert_eq!(request(&server, "HEAD", &own).send().status, 200);

        let shop = server.registered(&own);
        let token = shop.redeem(&shop.sign_in("alice").code()).access_token();
        let answer = put(&server, &own, json!({"client_name": "Ebb", "client_secret": own["client_secret"]}));
        assert_eq!(answer.status, 200, "{}", answer.body);
        let after = answer.json();
        assert_eq!((&after["client_name"], after.get("initiate_login_uri")), (&json!("Ebb"), None));
        assert_eq!(after["grant_types"], json!(["authorization_code"]));
        assert_eq!(after["registration_access_token"], own["registration_access_token"]);
        assert_eq!(after.get("client_secret"), None);
        assert!(shop.redeem(&shop.sign_in("alice").code()).is_granted());
        assert!(server.audit("client_changed").len() == 1 && shop.is_live(&token));

        let gone = request(&server, "DELETE", &own).send();
        assert_eq!((gone.status, gone.body.as_str()), (204, ""));
        assert_eq!(server.read(clients::count), 0);
        assert!(!shop.is_live(&token));
        assert!(server.browser().open(&shop.request(&[])).status() >= 400);
        for method in ["GET", "DELETE"] {
            assert_eq!(request(&server, method, &own).send().status, 401);
        }
        assert_eq!(server.audit("client_removed").len(), 1);
    }

    fn whoever_has_another_token_learns_nothing(setup) {
        let server = open(setup);
        let (own, other) = (register(&server, json!({})), register(&server, json!({})));
        server.relying_party("console");
        let told = |answer: Answer| (answer.status, answer.header("www-authenticate").map(str::to_owned), answer.body);
        let mut answers = Vec::new();
        for id in [other["client_id"].as_str().unwrap(), "console", "nobody"] {
            for method in ["GET", "PUT", "DELETE"] {
                let token = own["registration_access_token"].as_str().unwrap();
                let request = server.request(method, &format!("/register/{id}")).bearer(token);
                answers.push(told(request.content("application/json", b"{}".to_vec()).send()));
            }
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        assert!(answers[0].0 == 401 && answers[0].2.contains("invalid_token"));
        let without = server.get("/register/nobody");
        assert_eq!((without.status, without.error().as_str()), (401, "invalid_token"));
        assert_eq!(server.read(clients::count), 3);
    }

    fn an_update_that_is_refused_changes_nothing(setup) {
        let server = open(setup);
        let own = register(&server, json!({"policy_uri": "https://tide.example/policy"}));
        for (members, error) in [
            (json!({"client_secret": "mine"}), "invalid_client_metadata"),
            (json!({"registration_access_token": own["registration_access_token"]}), "invalid_client_metadata"),
            (json!({"client_id_issued_at": 1}), "invalid_client_metadata"),
            (json!({"redirect_uris": ["https://tide.example/#x"]}), "invalid_redirect_uri"),
            (json!({"initiate_login_uri": "http://tide.example/"}), "invalid_client_metadata"),
        ] {
            let answer = put(&server, &own, members);
            assert_eq!((answer.status, answer.error().as_str()), (400, error));
        }
        let foreign = json!({"client_id": "other", "redirect_uris": ["https://tide.example/cb"]});
        let foreign = request(&server, "PUT", &own).content("application/json", foreign.to_string().into_bytes());
        assert_eq!(foreign.send().error(), "invalid_client_metadata");
        let read = request(&server, "GET", &own).send().json();
        assert_eq!(read["policy_uri"], "https://tide.example/policy");
    }

    fn changes_that_make_us_ask_others_count_like_registrations(setup) {
        let remote = Remote::start();
        let setup = setup.reaching(&remote).with("registration.mode", "open").with("registration.per_hour", "3");
        let server = setup.start();
        let uris = ["https://tide.example/cb"];
        remote.answer("/sector", 200, "application/json", json!(uris).to_string());
        let sector = |name: &str| json!({
            "redirect_uris": uris, "client_name": name,
            "subject_type": "pairwise", "sector_identifier_uri": remote.url("/sector"),
        });
        let own = register(&server, json!({}));
        assert_eq!(put(&server, &own, sector("one")).status, 200);
        assert_eq!(put(&server, &own, json!({"logo_uri": remote.url("/nowhere")})).status, 200);
        for members in [sector("two"), json!({"logo_uri": remote.url("/nowhere")})] {
            let answer = put(&server, &own, members);
            assert_eq!((answer.status, answer.error().as_str()), (429, "temporarily_unavailable"));
            assert_eq!(answer.header("retry-after"), Some("3600"));
        }
        assert_eq!(remote.requests().len(), 2);
        let read = request(&server, "GET", &own).send().json();
        assert_eq!((&read["logo_uri"], read.get("sector_identifier_uri")), (&json!(remote.url("/nowhere")), None));
        // Nobody is asked for this one.
        assert_eq!(put(&server, &own, json!({"client_name": "Ebb"})).status, 200);
        server.advance(3600);
        assert_eq!(put(&server, &own, sector("two")).status, 200);
    }

    fn a_secret_comes_and_goes_with_the_method(setup) {
        let server = open(setup);
        let own = register(&server, json!({"token_endpoint_auth_method": "none"}));
        assert_eq!((own.get("client_secret"), own.get("client_secret_expires_at")), (None, None));
        let confidential = put(&server, &own, json!({})).json();
        assert_eq!((confidential["client_secret"].as_str().unwrap().len(), &confidential["client_secret_expires_at"]), (43, &json!(0)));
        let shop = server.registered(&confidential);
        assert!(shop.redeem(&shop.sign_in("alice").code()).is_granted());
        let public = put(&server, &own, json!({"token_endpoint_auth_method": "none"}));
        assert_eq!((public.status, public.json().get("client_secret")), (200, None));
        assert!(server.registered(&own).client().secrets.is_empty());
    }

    fn other_methods_are_refused(setup) {
        let server = open(setup);
        let own = register(&server, json!({}));
        let answer = request(&server, "POST", &own).send();
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD, PUT, DELETE")));
        for method in ["GET", "PUT", "DELETE"] {
            let answer = server.request(method, "/register").send();
            assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
        }
    }
}
