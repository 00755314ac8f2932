//! Headers, cookies and the safety of every page.

use crate::support::*;

/// Every page that somebody who is signed in, or nobody, can open.
fn pages(server: &Server, shop: &RelyingParty) -> Vec<Page> {
    let (nobody, alice, carol) = (server.browser(), server.browser(), server.browser());
    alice.sign_in("alice");
    carol.sign_in("carol");
    let mut pages: Vec<Page> =
        ["/login", "/logout/done", "/no/such/page", "/authorize", "/authorize/x", "/setup?token=x"]
            .map(|path| nobody.open(path))
            .into();
    pages.push(nobody.open(&shop.request(&[])));
    pages.extend(
        ["/account", "/account/apps", "/account/sessions", "/account/password", "/logout", "/admin"]
            .map(|path| alice.open(path)),
    );
    pages.push(alice.open(&shop.request(&[])));
    pages.push(alice.open(&shop.request(&[("prompt", "select_account")])));
    pages.push(alice.open(&shop.request(&[("scope", ""), ("response_mode", "form_post")])));
    pages.extend(
        ["/admin", "/admin/clients", "/admin/clients/new", "/admin/audit"].map(|path| carol.open(path)),
    );
    let wrong = nobody.open("/login");
    pages.push(nobody.press(&wrong, "sign-in", &[("username", "alice"), ("password", "wrong")]));
    pages
}

on_both! {
    fn every_page_carries_the_headers_that_keep_it_safe(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        for page in pages(&server, &shop) {
            let header = |name: &str| {
                page.answer.header(name).unwrap_or_else(|| panic!("{name} is missing at {}", page.path))
            };
            assert_eq!(header("content-type"), "text/html; charset=utf-8");
            assert_eq!(header("cache-control"), "no-store", "{}", page.path);
            assert_eq!(header("x-frame-options"), "DENY");
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert_eq!(header("referrer-policy"), "no-referrer");
            let policy = header("content-security-policy");
            for part in [
                "default-src 'none'",
                "script-src 'self';",
                "style-src 'self';",
                "frame-ancestors 'none'",
                "base-uri 'none'",
                "form-action 'self'",
            ] {
                assert!(policy.contains(part), "{part} is missing in {policy}");
            }
            for unsafe_part in ["unsafe-inline", "unsafe-eval", "*", "http:", "https: "] {
                assert!(!policy.contains(unsafe_part), "{unsafe_part} is in {policy}");
            }
        }
    }

    fn no_page_has_anything_inline_or_from_elsewhere(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        for page in pages(&server, &shop) {
            for tag in tags(&page.answer.body) {
                for (name, value) in tag.attributes() {
                    assert!(!name.starts_with("on") && name != "style", "{name} on {}", page.path);
                    let is_loaded =
                        name == "src" || (tag.name == "link" && name == "href") || tag.name == "use";
                    assert!(!is_loaded || value.starts_with("/static/"), "{value} on {}", page.path);
                    assert!(!value.trim_start().to_lowercase().starts_with("javascript:"), "{value}");
                }
                let has_code = matches!(tag.name.as_str(), "script" | "style") && !tag.text.trim().is_empty();
                assert!(!has_code, "inline code on {}: {}", page.path, tag.text);
            }
        }
    }

    fn every_page_has_one_heading_and_every_field_a_label(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        for page in pages(&server, &shop) {
            let tags = tags(&page.answer.body);
            assert_eq!(tags.iter().filter(|tag| tag.name == "h1").count(), 1, "{}", page.path);
            let labels: Vec<_> = tags
                .iter()
                .filter(|tag| tag.name == "label")
                .filter_map(|tag| tag.attribute("for"))
                .collect();
            for tag in tags.iter().filter(|tag| matches!(tag.name.as_str(), "input" | "select" | "textarea"))
            {
                let is_shown =
                    !matches!(tag.attribute("type"), Some("hidden" | "checkbox" | "radio" | "file"))
                        && tag.attribute("hidden").is_none();
                let is_named = tag.attribute("id").is_some_and(|id| labels.contains(&id))
                    || tag.attribute("aria-label").is_some();
                assert!(!is_shown || is_named, "{tag:?} on {}", page.path);
            }
        }
    }

    fn every_static_file_that_a_page_names_is_there(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let mut seen = std::collections::BTreeSet::new();
        for page in pages(&server, &shop) {
            for tag in tags(&page.answer.body) {
                for name in ["src", "href"] {
                    let Some(path) = tag.attribute(name).filter(|path| path.starts_with("/static/")) else {
                        continue;
                    };
                    let path = path.split('#').next().unwrap().to_owned();
                    if seen.insert(path.clone()) {
                        let answer = server.raw_request("GET", &path).send();
                        assert_eq!(answer.status, 200, "{path}");
                        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
                        assert!(answer.header("cache-control").unwrap().contains("immutable"), "{path}");
                    }
                }
            }
        }
        assert!(seen.len() > 4, "{seen:?}");
    }

    fn no_static_file_leads_out_of_its_directory(setup) {
        let server = setup.start();
        for path in [
            "/static/../Cargo.toml",
            "/static/..%2fCargo.toml",
            "/static//etc/passwd",
            "/static/%2e%2e/Cargo.toml",
            "/static/",
            "/static/templates/login.html",
            "/static/\\..\\x",
        ] {
            let answer = server.raw_request("GET", path).send();
            assert_eq!(answer.status, 404, "{path}");
        }
    }

    // Conformance: H-8
    fn the_sign_in_form_may_end_at_the_clients_origin_and_nowhere_else(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let browser = server.browser();
        let login = browser.open(&shop.request(&[]));
        let consent = browser.sign_in_on(&login, "alice");
        for page in [&login, &consent] {
            let policy = page.answer.header("content-security-policy").unwrap();
            assert!(policy.contains("form-action 'self' https://shop.example;"), "{policy}");
        }
        let plain = server.get("/login");
        assert!(plain.header("content-security-policy").unwrap().contains("form-action 'self';"));
    }

    // Conformance: H-9
    fn the_cookie_is_for_this_server_alone(setup) {
        let server = setup.with("issuer", "https://op.example").start();
        let answer = server.get("/login");
        let mut cookies = answer.headers("set-cookie");
        let cookie = cookies.find(|cookie| cookie.starts_with("__Host-cardea=")).unwrap();
        for attribute in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
            assert!(cookie.contains(attribute), "{attribute} is missing in {cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }

    fn without_https_the_cookie_has_another_name(setup) {
        let answer = setup.start().get("/login");
        let mut cookies = answer.headers("set-cookie");
        let cookie = cookies.find(|cookie| cookie.starts_with("cardea=")).unwrap();
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
            "{cookie}"
        );
        assert!(!cookie.contains("Secure"), "{cookie}");
    }

    fn programs_get_no_cookie(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let tokens = shop.redeem(&shop.sign_in("alice").code());
        assert_eq!(tokens.0.header("set-cookie"), None);
        for path in ["/userinfo", "/jwks", "/healthz", "/readyz", "/metrics", "/static/cardea.css"] {
            assert_eq!(server.get(path).header("set-cookie"), None, "{path}");
        }
    }

    fn what_people_write_about_themselves_is_text_on_every_page(setup) {
        const SCRIPT: &str = "<script>alert(1)</script>\"'&";
        let server = setup.start();
        server.change_user("sub-of-alice", |user| user.profile.name = Some(SCRIPT.into()));
        let shop = server.relying_party_with("shop", serde_json::json!({ "client_name": SCRIPT }));
        for page in pages(&server, &shop) {
            assert!(!page.answer.body.contains("<script>alert"), "{}", page.path);
        }
    }
}
