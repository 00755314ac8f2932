//! `/admin/audit`: what an administrator finds there.

use cardea::store::clients;
use serde_json::json;

use super::*;

/// The ID that an error page shows.
fn request_id(answer: &Answer) -> String {
    let tags = tags(&answer.body);
    let id = tags.iter().find(|tag| tag.attribute("id") == Some("rid")).expect("an error page has one");
    id.attribute("value").unwrap().to_owned()
}

/// The text of the audit log about one request, as the console shows it, and how many entries there are.
fn found(carols: &Browser, request_id: &str) -> (String, usize) {
    let page = carols.open(&format!("/admin/audit?q={request_id}"));
    assert_eq!(page.status(), 200);
    let rows = page.answer.body.matches("data-label=\"What\"").count();
    (page.text(), rows)
}

fn refusals(server: &Server) -> usize {
    server.audit("request_refused").len()
}

on_both! {
    fn the_request_id_of_an_error_page_leads_to_what_came_and_what_is_registered(setup) {
        let server = setup.start();
        let carols = carols(&server);
        let shop = server.relying_party_with(
            "shop",
            json!({ "redirect_uris": ["https://shop.example/a", "https://shop.example/b"] }),
        );
        let by_get = server.get(&shop.request(&[("redirect_uri", "https://shop.example/a/")]));
        let query = shop.query(&[("redirect_uri", "https://shop.example/a/")]);
        let stranger = server.browser();
        stranger.open("/login");
        let by_post = stranger.send(server.request("POST", "/authorize").raw_form(query.into_bytes()));
        for answer in [by_get, by_post] {
            assert_eq!((answer.status, answer.header("location")), (400, None));
            let (text, rows) = found(&carols, &request_id(&answer));
            assert_eq!(rows, 1, "{text}");
            for part in [
                "Request refused",
                "The shop (shop): redirect_uri is not registered",
                "It sent \"https://shop.example/a/\"",
                "Registered now: https://shop.example/a , https://shop.example/b",
                "127.0.0.1",
            ] {
                assert!(text.contains(part), "{part} is missing: {text}");
            }
        }
        let event = &server.audit("request_refused")[0];
        assert_eq!((event.client_id.as_deref(), event.user_id.as_deref()), (Some("shop"), None));
        let page = carols.open("/admin/audit?client=shop");
        assert!(page.answer.body.contains("href=\"/admin/clients/shop\""), "{}", page.answer.body);

        server.write(|db| clients::remove(db, "shop").map(|_| ()));
        server.refresh();
        let (text, _) = found(&carols, &event.request_id);
        assert!(text.contains("https://shop.example/a/") && !text.contains("Registered now"), "{text}");
    }

    fn a_client_that_is_not_to_be_had_is_named_as_it_came(setup) {
        let server = setup.start();
        let (carols, shop) = (carols(&server), server.relying_party("shop"));
        server.change_client("shop", |client| client.disabled_at = Some(NOW));
        let strange = "https://evil.example/\u{202e}\r\n<b>";
        for (changed, expected) in [
            (("client_id", "nobody"), "\"nobody\": client_id does not name an active client. It sent"),
            (("client_id", "shop"), "The shop (shop): client_id does not name an active client. It sent"),
            (("client_id", ""), "An unnamed client: client_id is missing. It sent"),
            (("redirect_uri", ""), "It sent no redirect_uri"),
            (("redirect_uri", strange), r#"It sent "https://evil.example/\u{202e}\u{d}\u{a}<b>""#),
            (("redirect_uri", "https://shop.example/cb\0"), r#"It sent "https://shop.example/cb\u{0}""#),
        ] {
            let answer = server.get(&shop.request(&[changed]));
            let (text, rows) = found(&carols, &request_id(&answer));
            assert!(rows == 1 && text.contains(expected), "{rows} {changed:?}: {text}");
        }
    }

    fn a_redemption_with_another_redirect_uri_stands_there_too(setup) {
        let server = setup.start();
        let uris = ["https://shop.example/a", "https://shop.example/b"];
        let shop = server.relying_party_with("shop", json!({ "redirect_uris": uris }));
        let code = shop.sign_in("alice").code();
        assert_eq!(shop.redeem_with(&code, &[("redirect_uri", uris[1])]).error(), "invalid_grant");
        assert_eq!(shop.redeem_with(&code, &[("code_verifier", "")]).error(), "invalid_grant");
        let events = server.audit("request_refused");
        assert_eq!(events.len(), 1, "{events:?}");
        let detail = "The shop (shop): the code was asked for with redirect_uri https://shop.example/a. \
                      It sent \"https://shop.example/b\"";
        assert_eq!(events[0].detail, detail);
        assert_eq!(events[0].client_id.as_deref(), Some("shop"));
        assert!(found(&carols(&server), &events[0].request_id).0.contains("Registered now"));

        assert!(shop.redeem(&code).is_granted());
        assert_eq!(refusals(&server), 1);
    }

    fn what_the_client_is_told_itself_is_not_noted(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let answer = server.get(&shop.request(&[("scope", "")]));
        assert!(answer.location().starts_with("https://shop.example/cb?error=invalid_scope"));
        assert_eq!(refusals(&server), 0);
    }

    fn strangers_cannot_fill_the_log(setup) {
        let server = setup.with("trusted_proxies", "127.0.0.1/32").start();
        let shop = server.relying_party("shop");
        let code = shop.sign_in("alice").code();
        let from = |address: &str, path: &str| {
            let answer = server.request("GET", path).header("X-Forwarded-For", address).send();
            assert_eq!(answer.status, 400);
            request_id(&answer)
        };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10).for_each(|_| _ = from("2001:db8::1", "/authorize")));
            }
        });
        assert_eq!(refusals(&server), 10);
        // The whole network counts as one; nobody else is kept out by it.
        from("2001:db8::2", "/authorize");
        assert_eq!(refusals(&server), 10);
        let id = from("192.0.2.1", "/authorize");
        assert_eq!(found(&carols(&server), &id).1, 1);
        assert_eq!(shop.redeem_with(&code, &[("redirect_uri", "")]).error(), "invalid_grant");
        assert_eq!(refusals(&server), 12);

        // One a minute while it goes on; ten again once it has been quiet.
        for minute in 1..=3 {
            server.advance(60);
            (0..10).for_each(|_| _ = from("2001:db8::1", "/authorize"));
            assert_eq!(refusals(&server), 12 + minute);
        }
        server.advance(121);
        (0..20).for_each(|_| _ = from("2001:db8::1", "/authorize"));
        assert_eq!(refusals(&server), 25);
    }
}
