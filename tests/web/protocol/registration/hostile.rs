//! What comes from those who wish us ill.

use cardea::store::clients;
use serde_json::json;

use super::{open, register};
use crate::support::*;

on_both! {
    fn what_is_no_metadata_registers_nothing(setup) {
        let server = open(setup);
        let deep = format!("{{\"redirect_uris\": {}{}}}", "[".repeat(20_000), "]".repeat(20_000));
        let large = format!("{{\"client_name\": \"{}\"}}", "x".repeat(200_000));
        let huge = format!("{{\"client_name\": \"{}\"}}", "x".repeat(2_000_000));
        for body in ["", "null", "[]", "{", "{}x", "\u{0}", &deep, &large, &huge] {
            let request = server.request("POST", "/register").content("application/json", body.as_bytes().to_vec());
            let answer = request.send();
            assert_eq!(answer.status, 400, "{}", answer.body);
            assert!(["invalid_client_metadata", "invalid_request"].contains(&&*answer.error()), "{}", answer.body);
        }
        let good = br#"{"redirect_uris": ["https://tide.example/cb"]}"#.to_vec();
        for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
            let answer = server.request("POST", "/register").content(media_type, good.clone()).send();
            assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_client_metadata"));
        }
        assert_eq!(server.read(clients::count), 0);
        let charset = server.request("POST", "/register").content("application/json; charset=utf-8", good);
        assert_eq!(charset.send().status, 201);
    }

    fn what_an_app_says_about_itself_is_shown_as_text(setup) {
        let server = open(setup);
        let script = "<script>alert(1)</script>";
        let own = register(&server, json!({"client_name": script, "contacts": ["a@b.example"]}));
        assert_eq!(own["client_name"], script);
        let shop = server.registered(&own);
        let browser = server.browser();
        let login = browser.open(&shop.request(&[]));
        let consent = browser.sign_in_on(&login, "carol");
        let console = browser.open(&format!("/admin/clients/{}", shop.id()));
        let list = browser.open("/admin/clients?origin=registration");
        let audit = browser.open("/admin/audit");
        for page in [login, consent, console, list, audit] {
            assert_eq!(page.status(), 200);
            assert!(!page.answer.body.contains(script), "{}", page.path);
            assert!(page.text().contains("alert(1)"), "{}", page.path);
        }
        let text = browser.open(&format!("/admin/clients/{}", shop.id())).text();
        assert!(text.contains("registered itself") && text.contains("nobody has checked"), "{text}");
        assert!(!browser.open("/admin/clients?origin=console").text().contains("alert(1)"));
    }
}
