//! Sector identifiers and logos, which are fetched.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::{open, refused, register};
use crate::support::*;

/// One pixel.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

on_both! {
    // Conformance: C-10, D-7, T-3
    fn a_sector_must_list_every_redirect_uri(setup) {
        let remote = Remote::start();
        let server = open(setup.reaching(&remote));
        let supported = server.get("/.well-known/openid-configuration").json()["subject_types_supported"].clone();
        assert_eq!(supported, json!(["public", "pairwise"]));
        let uris = ["https://tide.example/cb", "https://ebb.example/cb"];
        let sector = |path: &str| json!({
            "redirect_uris": uris, "subject_type": "pairwise", "sector_identifier_uri": remote.url(path),
        });
        remote.answer("/all", 200, "application/json", json!(uris).to_string());
        let own = register(&server, sector("/all"));
        assert_eq!((&own["subject_type"], &own["sector_identifier_uri"]), (&json!("pairwise"), &json!(remote.url("/all"))));

        remote.answer("/some", 200, "application/json", json!([uris[0]]).to_string());
        remote.answer("/page", 200, "text/html", "<p>Hello");
        for path in ["/some", "/page", "/nowhere"] {
            refused(&server, sector(path), "invalid_client_metadata");
        }
        let unsaid = json!({"redirect_uris": uris, "subject_type": "pairwise"});
        refused(&server, unsaid, "invalid_client_metadata");
    }

    // Conformance: H-7
    fn a_logo_is_fetched_once_and_shown_with_what_the_app_says(setup) {
        let remote = Remote::start();
        remote.answer("/logo.png", 200, "image/png", BASE64_STANDARD.decode(PNG).unwrap());
        let server = open(setup.reaching(&remote));
        let own = register(&server, json!({
            "logo_uri": remote.url("/logo.png"),
            "policy_uri": "https://tide.example/policy",
            "tos_uri": "https://tide.example/terms",
        }));
        let shop = server.registered(&own);
        let page = server.browser().open(&shop.request(&[]));
        let logo = format!("/logos/{}?v=", shop.id());
        let body = page.answer.body.replace("&#x2F;", "/");
        for part in [&*logo, "https://tide.example/policy", "https://tide.example/terms", "registered itself", "tide.example"] {
            assert!(body.contains(part), "{part}: {body}");
        }
        assert!(page.answer.header("content-security-policy").unwrap().contains("img-src 'self'"));
        let picture = server.get(&format!("/logos/{}", shop.id()));
        assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/png")));
        assert_eq!(remote.requests().len(), 1);
    }

    fn a_logo_that_cannot_be_had_hinders_nobody(setup) {
        let remote = Remote::start();
        remote.answer("/page", 200, "image/png", "<svg xmlns='http://www.w3.org/2000/svg'/>");
        let server = open(setup.reaching(&remote));
        for path in ["/page", "/nowhere"] {
            let own = register(&server, json!({"logo_uri": remote.url(path)}));
            assert_eq!(own["logo_uri"], remote.url(path));
            assert_eq!(server.get(&format!("/logos/{}", own["client_id"].as_str().unwrap())).status, 404);
        }
        assert!(server.audit("client_registered").iter().all(|event| event.detail.contains("logo")));
    }

    fn nothing_is_asked_within_the_house(setup) {
        let remote = Remote::start();
        remote.answer("/s", 200, "application/json", json!(["https://tide.example/cb"]).to_string());
        let authority = remote.authority().to_str().unwrap().to_owned();
        let server = open(setup.with("outbound_trust_anchors", &authority));
        let by_address = remote.url("/s").replace("localhost", "127.0.0.1");
        for uri in [remote.url("/s"), by_address, "https://[::1]/s".into(), "https://169.254.169.254/s".into()] {
            let sector = json!({"subject_type": "pairwise", "sector_identifier_uri": uri});
            refused(&server, sector, "invalid_client_metadata");
            register(&server, json!({"logo_uri": uri}));
        }
        assert!(remote.requests().is_empty());
    }
}
