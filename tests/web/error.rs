//! What is answered when something is wrong.

use crate::support::*;

on_both! {
    fn a_page_that_is_not_there_says_so_with_a_request_id(setup) {
        let server = setup.start();
        let ids: Vec<String> = ["/no/such/page", "/account2", "/login/x"]
            .into_iter()
            .map(|path| {
                let answer = server.get(path);
                assert_eq!(answer.status, 404, "{path}");
                assert!(text(&answer.body).contains("We cannot continue"));
                let tags = tags(&answer.body);
                let id = tags.iter().find(|tag| tag.attribute("id") == Some("rid")).unwrap();
                id.attribute("value").unwrap().to_owned()
            })
            .collect();
        for id in &ids {
            assert!(id.len() == 20 && id.bytes().all(|b| b.is_ascii_alphanumeric()), "{id}");
            assert_eq!(ids.iter().filter(|other| *other == id).count(), 1);
        }
    }

    fn the_console_is_not_for_everybody(setup) {
        let server = setup.start();
        let (alice, carol) = (server.browser(), server.browser());
        assert!(alice.open("/admin").is_at("/login"));
        alice.sign_in("alice");
        for path in [
            "/admin",
            "/admin/clients",
            "/admin/clients/new",
            "/admin/sessions",
            "/admin/audit",
            "/admin/consents",
        ] {
            let page = alice.open(path);
            assert_eq!(page.status(), 403, "{path}");
            assert!(page.text().contains("for administrators"));
        }
        carol.sign_in("carol");
        assert_eq!(carol.open("/admin").status(), 200);
    }

    fn an_administrator_who_is_one_no_longer_is_kept_out_at_once(setup) {
        let server = setup.start();
        let carol = server.browser();
        carol.sign_in("carol");
        assert_eq!(carol.open("/admin/clients").status(), 200);
        server.change_user("sub-of-carol", |user| user.is_admin = false);
        assert_eq!(carol.open("/admin/clients").status(), 403);
    }

    /// The database lacks a table: nobody could foresee that.
    // Seed: G12
    fn a_fault_is_logged_with_its_cause_and_shows_nothing(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        // The process goes by the time of the system.
        server.advance(cardea::clock::Clock::System.now().since(NOW));
        let visit = shop.sign_in("alice");
        let log = tempfile::NamedTempFile::new().unwrap();
        let settings = [("log.filter", "info"), ("issuer", server.issuer())];
        let process = Process::start_telling(&server.database().url, &settings, log.reopen().unwrap());
        let there = shop.at(process.site());

        server.database().execute("ALTER TABLE grants RENAME TO gone");
        let refused = there.redeem(&visit.code());
        assert_eq!((refused.0.status, &*refused.error()), (500, "server_error"));
        let request = process.site().request("GET", &shop.request(&[]));
        let page = request.header("Cookie", &visit.browser.cookies()).send();
        assert_eq!(page.status, 500);
        assert!(page.header("location").is_none(), "nobody is sent on");
        assert!(text(&page.body).contains("We cannot continue"), "{}", page.body);
        server.database().execute("ALTER TABLE gone RENAME TO grants");

        let told = std::fs::read_to_string(log.path()).unwrap();
        for (path, answer) in [("/token", &refused.0), ("/authorize", &page)] {
            assert!(!answer.body.contains("grants"), "{}", answer.body);
            let at = format!("path={path} ");
            let lines: Vec<_> = told.lines().filter(|line| line.contains(&at)).collect();
            let [line] = lines[..] else { panic!("{path} is not told once: {told}") };
            assert!(line.contains("ERROR") && line.contains("grants"), "{line}");
        }
        assert!(!told.contains(&visit.code()) && !told.contains(&shop.secret), "{told}");
        assert!(shop.redeem(&visit.code()).is_granted(), "nothing was used up");
    }

    fn a_method_that_is_not_for_a_page_is_refused(setup) {
        let server = setup.start();
        for (method, path) in [
            ("DELETE", "/login"),
            ("PUT", "/consent"),
            ("PATCH", "/logout"),
            ("GET", "/account/sessions/end"),
            ("TRACE", "/login"),
        ] {
            let browser = server.browser();
            browser.sign_in("alice");
            let answer = browser.send(server.request(method, path));
            assert_eq!(answer.status, 405, "{method} {path}");
            assert!(answer.header("allow").is_some(), "{method} {path}");
            assert!(browser.open("/account").is_at("/account"));
        }
    }

    fn a_body_that_is_too_large_is_refused(setup) {
        let server = setup.start();
        let large = vec![b'x'; 3 * 1024 * 1024];
        for path in ["/token", "/userinfo", "/authorize", "/login"] {
            let answer = server.request("POST", path).raw_form(large.clone()).send();
            assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
        }
        assert_eq!(server.get("/healthz").status, 200);
    }

    fn what_is_no_form_is_refused(setup) {
        let server = setup.start();
        for path in ["/login", "/consent"] {
            let request = server.request("POST", path).header("Content-Type", "application/json");
            assert_eq!(request.send().status, 400, "{path}");
        }
    }

    fn a_query_that_cannot_be_read_is_no_fault(setup) {
        let server = setup.start();
        for path in [
            "/login?flow=%ff",
            "/consent?flow=a&flow=b",
            "/login?%",
            "/login?next=%c3%28",
            "/authorize?%=%&=&&&",
            "/setup",
            "/setup?token=%00",
        ] {
            let answer = server.get(path);
            assert!(answer.status < 500, "{path}: {}", answer.status);
        }
    }

    fn no_answer_names_its_software(setup) {
        let server = setup.start();
        for path in ["/login", "/jwks", "/no/such/page"] {
            assert_eq!(server.get(path).header("server"), None);
            assert_eq!(server.get(path).header("x-powered-by"), None);
        }
    }
}
