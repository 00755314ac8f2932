//! OpenID Connect Session Management 1.0. That its script computes the same is proved in a real browser.

use serde_json::json;

use super::*;

const COOKIE: &str = "op_browser_state";

/// The state that a browser holds.
fn state(browser: &Browser) -> String {
    let cookies = browser.cookies();
    let own = cookies.split("; ").find_map(|pair| pair.strip_prefix("op_browser_state="));
    own.unwrap_or_else(|| panic!("no state among {cookies}")).to_owned()
}

/// What the frame would answer an app at this origin.
fn is_unchanged(browser: &Browser, response: &Response, origin: &str) -> bool {
    let told = response.find("session_state").expect("a session_state");
    let (hash, salt) = told.split_once('.').unwrap();
    let text = format!("shop {origin} {} {salt}", state(browser));
    hash == openssl::sha::sha256(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
}

on_both! {
    // Conformance: SM-1, SM-5, P-7
    // Seed: S02
    fn every_answer_tells_the_state_of_the_session(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let origin = "https://shop.example";
        let visit = shop.sign_in("alice");
        assert!(is_unchanged(&visit.browser, &visit.response, origin));
        assert!(!is_unchanged(&visit.browser, &visit.response, "https://evil.example"));
        let again = shop.visit(&visit.browser, &[("prompt", "none")]);
        assert!(is_unchanged(&again.browser, &again.response, origin));
        assert_ne!(again.response.find("session_state"), visit.response.find("session_state"), "salted");
        let form = shop.visit(&visit.browser, &[("response_mode", "form_post")]);
        assert!(is_unchanged(&form.browser, &form.response, origin));

        visit.browser.press(&visit.browser.open("/logout"), "sign-out", &[]);
        assert!(!is_unchanged(&visit.browser, &visit.response, origin));
        let refused = shop.visit(&visit.browser, &[("prompt", "none")]);
        assert_eq!(refused.response.error(), "login_required");
        assert!(is_unchanged(&refused.browser, &refused.response, origin), "an error tells it too");
    }

    // Conformance: SM-3
    // Seed: S01
    fn the_state_changes_with_whoever_goes_on_and_is_one_for_all_strangers(setup) {
        let one = setup.clone().start();
        let two = setup.start_on(one.database());
        let (here, there) = (one.browser(), two.browser());
        here.open("/login");
        there.open("/login");
        let anonymous = state(&here);
        assert_eq!(state(&there), anonymous, "on every node");
        here.sign_in("alice");
        let alices = state(&here);
        assert_ne!(alices, anonymous);
        here.sign_in_on(&here.open("/login"), "bob");
        let bobs = state(&here);
        assert!(bobs != alices && bobs != anonymous);
        let shop = one.relying_party("shop");
        let page = here.open(&shop.request(&[("prompt", "select_account")]));
        let choice = page.forms().into_iter().find(|form| form.action.ends_with("/login/account")).unwrap();
        here.submit(&choice.with("account", "1"));
        assert_eq!(state(&here), alices, "another account goes on");
        here.press(&here.open("/logout"), "sign-out", &[]);
        assert_eq!(state(&here), anonymous);
        here.sign_in("alice");
        assert!(state(&here) != alices && state(&here) != anonymous, "a new session");
        // Ended from elsewhere, it changes with the next visit.
        one.write(|db| cardea::store::users::end_everything(db, "sub-of-alice", NOW));
        assert_eq!(shop.visit(&here, &[("prompt", "none")]).response.error(), "login_required");
        assert_eq!(state(&here), anonymous);
    }

    // Conformance: SM-3
    fn the_cookie_is_for_scripts_and_frames_and_is_sent_only_when_it_is_news(setup) {
        let server = setup.clone().start();
        let browser = server.browser();
        let set = |answer: &Answer| {
            answer.headers("set-cookie").find(|cookie| cookie.starts_with(COOKIE)).map(str::to_owned)
        };
        let cookie = set(&browser.send(server.request("GET", "/login"))).unwrap();
        assert!(!cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        assert_eq!(set(&browser.send(server.request("GET", "/login"))), None);
        let https = setup.with("issuer", "https://op.example").with("trusted_proxies", "127.0.0.1").start();
        let cookie = set(&https.get("/login")).unwrap();
        for attribute in ["; Secure", "; SameSite=None", "; Path=/"] {
            assert!(cookie.contains(attribute), "{attribute}: {cookie}");
        }
        assert!(!cookie.contains("HttpOnly"), "{cookie}");
    }

    // Conformance: SM-3, SM-5
    fn what_another_site_has_a_browser_load_changes_no_state(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let visit = shop.sign_in("alice");
        let own = format!("{COOKIE}={}", state(&visit.browser));
        // Over https this cookie comes along, and the session's does not.
        let asked = |method: &str, path: &str| server.request(method, path).header("Cookie", &own);
        let silent = shop.request(&[("prompt", "none")]);
        for (method, path, destination) in [
            ("GET", silent.as_str(), "iframe"),
            ("GET", &shop.request(&[]), "iframe"),
            ("GET", "/login", "image"),
            ("GET", "/logout", "iframe"),
            ("POST", &silent, "document"),
            ("POST", "/login", "document"),
            ("POST", "/logout", "document"),
        ] {
            let request = asked(method, path).header("Sec-Fetch-Site", "cross-site");
            let answer = request.header("Sec-Fetch-Dest", destination).send();
            assert_eq!(answer.header("set-cookie"), None, "{method} {path}: {}", answer.status);
        }
        let states = |answer: &Answer| answer.headers("set-cookie").filter(|own| own.starts_with(COOKIE)).count();
        // Browsers that do not say are not believed to have nobody.
        assert_eq!(states(&asked("GET", "/login").send()), 0);
        // In a window of its own all cookies come along that there are.
        let window = asked("GET", "/login").header("Sec-Fetch-Site", "cross-site");
        assert_eq!(states(&window.header("Sec-Fetch-Dest", "document").send()), 1);
        assert!(is_unchanged(&visit.browser, &visit.response, "https://shop.example"));
    }

    // Conformance: SM-2, SM-4, D-18
    // Seed: E15
    fn any_site_may_frame_the_page_that_answers(setup) {
        let server = setup.with("issuer", "http://localhost:8080/id").start();
        let discovery = server.get("/.well-known/openid-configuration").json();
        assert_eq!(discovery["check_session_iframe"], "http://localhost:8080/id/check-session-iframe");
        assert_eq!(discovery["end_session_endpoint"], "http://localhost:8080/id/logout");
        for member in [
            "frontchannel_logout_supported", "frontchannel_logout_session_supported",
            "backchannel_logout_supported", "backchannel_logout_session_supported",
        ] {
            assert_eq!(discovery[member], true, "{member}");
        }
        let page = server.get("/check-session-iframe");
        assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
        assert_eq!(page.header("x-frame-options"), None);
        let policy = page.header("content-security-policy").unwrap();
        assert!(!policy.contains("frame-ancestors") && policy.contains("script-src 'self'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(page.header("cache-control").unwrap().contains("max-age=3600"));
        assert!(page.body.len() < 400 && page.header("set-cookie").is_none());
        let script = tags(&page.body).into_iter().find(|tag| tag.name == "script").unwrap();
        assert_eq!(script.attribute("data-cookie"), Some(COOKIE));
        let script = server.raw_request("GET", script.attribute("src").unwrap()).send();
        assert_eq!((script.status, script.body.contains("postMessage(answer, origin)")), (200, true));
        let tag = page.header("etag").unwrap();
        let again = server.request("GET", "/check-session-iframe").header("If-None-Match", tag).send();
        assert_eq!((again.status, again.body.len()), (304, 0));
    }

    fn switched_off_there_is_nothing_of_it(setup) {
        let server = setup.with("features.session_management", "false").start();
        let shop = leaving_shop(&server, &json!({}));
        let visit = shop.sign_in("alice");
        assert_eq!(visit.response.find("session_state"), None);
        assert!(!visit.browser.cookies().contains(COOKIE));
        assert_eq!(server.get("/check-session-iframe").status, 404);
        let discovery = server.get("/.well-known/openid-configuration").json();
        assert_eq!(discovery.get("check_session_iframe"), None);
    }
}
