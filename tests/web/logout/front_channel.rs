//! OpenID Connect Front-Channel Logout 1.0.

use serde_json::json;

use super::*;

/// The addresses of the frames on a page.
fn frames(page: &Page) -> Vec<String> {
    let frames = tags(&page.answer.body).into_iter().filter(|tag| tag.name == "iframe");
    frames.map(|tag| tag.attribute("src").unwrap().to_owned()).collect()
}

on_both! {
    // Conformance: FC-1, FC-2, FC-3, FC-4, H-4, I-8
    // Seed: S11
    fn every_app_of_the_session_is_framed_and_the_browser_goes_on(setup) {
        let server = setup.start();
        let shop = leaving_shop(&server, &json!({ "frontchannel_logout_uri": "https://shop.example/out?a=1" }));
        let bank = server.relying_party_with("bank", json!({
            "frontchannel_logout_uri": "https://bank.example/out",
            "frontchannel_logout_session_required": true,
        }));
        let other = json!({ "frontchannel_logout_uri": "https://other.example/out" });
        server.relying_party_with("other", other);
        let quiet = server.relying_party("quiet");
        let guest = guest(&shop);
        bank.visit(&guest.browser, &[]);
        quiet.visit(&guest.browser, &[]);
        let sid = claims_of(&server, &guest.hint).1["sid"].as_str().unwrap().to_owned();
        let parameters =
            [("id_token_hint", &*guest.hint), ("post_logout_redirect_uri", GOODBYE), ("state", "<\"x\">")];
        let page = guest.leave(&parameters);

        assert!(page.is_at("/logout/done") && page.text().contains("You are signed out"), "{}", page.text());
        let mut shown = frames(&page);
        shown.sort();
        let about = encode(&[("iss", server.issuer()), ("sid", &sid)]);
        assert_eq!(shown, [
            format!("https://bank.example/out?{about}"), format!("https://shop.example/out?a=1&{about}"),
        ]);
        let policy = page.answer.header("content-security-policy").unwrap();
        assert!(policy.contains(" frame-src https://bank.example https://shop.example;"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        let goodbye = format!("{GOODBYE}?state=%3C%22x%22%3E");
        let refresh = tags(&page.answer.body).into_iter().find(|tag| tag.attribute("http-equiv").is_some());
        assert_eq!(refresh.unwrap().attribute("content"), Some(&*format!("2; url={goodbye}")));
        let link = tags(&page.answer.body).into_iter().find(|tag| tag.attribute("id") == Some("back"));
        assert_eq!(link.unwrap().attribute("href"), Some(&*goodbye));
        assert!(page.text().contains("The quiet"), "who is told by nobody is named");
        assert!(!page.text().contains("The other"), "who was not visited is not");

        assert_eq!(shop.visit(&guest.browser, &[("prompt", "none")]).response.error(), "login_required");
        // Once more it tells nothing: the session is over.
        assert_eq!(guest.leave(&parameters).left_to.as_deref(), Some(&*goodbye));
    }

    fn who_signs_out_alone_is_led_nowhere_but_apps_are_told(setup) {
        let server = setup.start();
        let shop = leaving_shop(&server, &json!({ "frontchannel_logout_uri": "https://shop.example/out" }));
        let guest = guest(&shop);
        let page = guest.browser.press(&guest.browser.open("/logout"), "sign-out", &[]);
        assert_eq!(frames(&page).len(), 1);
        assert!(!page.answer.body.contains("http-equiv"));
    }

    fn the_last_page_is_good_for_a_moment_and_for_apps_as_they_are_registered(setup) {
        let server = setup.start();
        let frame = Some("https://shop.example/out".to_owned());
        let shop = leaving_shop(&server, &json!({ "frontchannel_logout_uri": frame }));
        let guest = guest(&shop);
        let page = guest.leave(&[("id_token_hint", &guest.hint), ("post_logout_redirect_uri", GOODBYE)]);
        let (address, later) = (page.path.as_str(), server.browser());
        assert!(address.starts_with("/logout/done?about="));
        // Its frames, and whether it leads to the app.
        let shown = || {
            let page = later.open(address);
            assert!(page.text().contains("You are signed out"), "{}", page.text());
            let leads = (page.answer.body.contains(GOODBYE), page.answer.body.contains("http-equiv"));
            (frames(&page).len(), leads)
        };
        assert_eq!(shown(), (1, (true, true)));
        server.change_client("shop", |client| client.disabled_at = Some(NOW));
        assert_eq!(shown(), (0, (false, false)));
        server.change_client("shop", |client| {
            client.disabled_at = None;
            client.post_logout_redirect_uris.clear();
        });
        assert_eq!(shown(), (1, (false, false)));
        server.change_client("shop", |client| {
            client.options.logout.frontchannel_logout_uri = None;
            client.post_logout_redirect_uris.push(GOODBYE.into());
        });
        assert_eq!(shown(), (0, (true, true)));
        server.advance(120);
        assert_eq!(shown(), (0, (false, false)));
    }
}
