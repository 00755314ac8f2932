//! Every form: only our own pages in the same browser may send it.

use cardea::store::{settings, users};

use crate::support::*;

/// Every address below which people send forms, with fields that would change something.
/// `/authorize` is not among them: it is asked by other sites.
const FORMS: &[(&str, &[(&str, &str)])] = &[
    ("/login", &[("username", "bob"), ("password", PASSWORD)]),
    ("/login/account", &[("account", "0"), ("flow", "x")]),
    ("/consent", &[("flow", "x"), ("decision", "authorize")]),
    ("/logout", &[("decision", "sign-out")]),
    ("/setup", &[("token", "x")]),
    ("/account", &[("given_name", "Mallory")]),
    ("/account/apps/shop/removal", &[]),
    ("/account/sessions/end", &[]),
    ("/account/sessions/x/end", &[]),
    ("/account/password", &[("current", PASSWORD), ("new", "a quite different passphrase")]),
];

/// The same in the console. Those about clients are `multipart/form-data`, and tested beside them.
const ADMIN_FORMS: &[(&str, &[(&str, &str)])] = &[
    ("/admin/settings", &[("organisation", "Mallory"), ("id_token_signed_response_alg", "RS256")]),
    ("/admin/clients/registration-tokens", &[("name", "mallory"), ("uses", "5"), ("days", "5")]),
    ("/admin/clients/registration-tokens/x/delete", &[]),
    ("/admin/logout-deliveries/x/retry", &[]),
    ("/admin/clients/shop/secret", &[("old", "revoke")]),
    ("/admin/clients/shop/secrets/secret-of-shop/delete", &[]),
    ("/admin/clients/shop/delete", &[("confirm", "shop")]),
    ("/admin/scopes", &[("name", "team"), ("title", "Team")]),
    ("/admin/scopes/team", &[("title", "Team")]),
    ("/admin/scopes/team/delete", &[]),
    ("/admin/users", &[("username", "mallory"), ("email", "m@x.example")]),
    ("/admin/users/sub-of-bob/edit", &[("username", "mallory"), ("is_admin", "on")]),
    ("/admin/users/sub-of-bob/password", &[("password", "a quite different passphrase")]),
    ("/admin/users/sub-of-bob/disable", &[("decision", "disable")]),
    ("/admin/users/sub-of-bob/sessions/delete", &[]),
    ("/admin/users/sub-of-bob/sessions/x/delete", &[]),
    ("/admin/users/sub-of-bob/consents/shop/delete", &[]),
    ("/admin/users/sub-of-bob/pause/delete", &[]),
    ("/admin/consents/sub-of-bob/shop/delete", &[]),
    ("/admin/sessions/x/delete", &[]),
    ("/admin/keys", &[("alg", "ES256"), ("start", "now")]),
    ("/admin/keys/rotate", &[("alg", "RS256"), ("old", "withdraw")]),
    ("/admin/keys/import", &[("key_pem", "x"), ("purpose", "sign")]),
    ("/admin/keys/x/retire", &[("old", "withdraw")]),
    ("/admin/encryption-keys/x", &[("old", "withdraw")]),
];

/// The forms of the console with a file.
const CLIENT_FORMS: &[&str] = &["/admin/clients", "/admin/clients/shop"];

/// The address of every form that `src/http/routes.rs` takes from people, such as `/admin/scopes/{name}`.
fn routes_of_forms() -> Vec<String> {
    let source = include_str!("../../src/http/routes.rs");
    let people = source.split_once("fn people(").expect("the routes of people have their function").1;
    let mut routes = Vec::new();
    for function in people.split("\nfn ") {
        let scope = match function {
            of if of.starts_with("account") => "/account",
            of if of.starts_with("admin") => "/admin",
            _ => "",
        };
        for resource in function
            .replace("each(routes, ", "web::resource(")
            .split("web::resource(")
            .skip(1)
            .filter(|it| it.contains("web::post()"))
        {
            routes.push(format!("{scope}{}", resource.split('"').nth(1).expect("a path is a literal")));
        }
    }
    assert_eq!(routes.len(), people.matches("web::post()").count(), "each resource takes one form");
    routes
}

/// Whether `path` is one of those that `route` stands for.
fn fits(route: &str, path: &str) -> bool {
    let (route, path): (Vec<_>, Vec<_>) = (route.split('/').collect(), path.split('/').collect());
    route.len() == path.len() && route.iter().zip(path).all(|(own, it)| own.starts_with('{') || *own == it)
}

#[test]
fn every_address_that_takes_a_form_is_tried_here() {
    let routes = routes_of_forms();
    let tried = FORMS.iter().chain(ADMIN_FORMS).map(|(path, _)| *path).chain(CLIENT_FORMS.iter().copied());
    let tried: Vec<&str> = tried.collect();
    for route in routes.iter().filter(|route| *route != "/authorize") {
        // `/admin/clients/registration-tokens` does not stand for `/admin/clients/{client_id}`.
        let is_own = |path: &&&str| **path == route.as_str() || !routes.iter().any(|other| other == **path);
        assert!(tried.iter().filter(is_own).any(|path| fits(route, path)), "{route} is not tried");
    }
}

fn token_of(browser: &Browser) -> String {
    browser.open("/account").form_to("/account").field("csrf").unwrap().to_owned()
}

fn post(browser: &Browser, server: &Server, path: &str, (fields, csrf): (&[(&str, &str)], &str)) -> Answer {
    let fields = [fields, &[("csrf", csrf)]].concat();
    browser.send(server.request("POST", path).form(&fields))
}

on_both! {
    fn a_form_without_the_token_of_this_browser_changes_nothing(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let (browser, second, stranger) = (shop.sign_in("alice").browser, server.browser(), server.browser());
        second.sign_in("alice");
        stranger.sign_in("bob");
        let (own, foreign) = (token_of(&browser), token_of(&stranger));
        let second_own = token_of(&second);
        let before = server.user("sub-of-alice");
        let hash = server.read(|db| users::password_hash(db, "sub-of-alice"));
        for (path, fields) in FORMS {
            for csrf in ["", "x", &foreign, &second_own, &own[1..], &own.to_lowercase()] {
                let answer = post(&browser, &server, path, (fields, csrf));
                assert_eq!(answer.status, 400, "{path} {csrf}");
                assert!(text(&answer.body).contains("form token"), "{path}: {}", text(&answer.body));
            }
        }
        assert_eq!(format!("{:?}", server.user("sub-of-alice")), format!("{before:?}"));
        assert_eq!(server.read(|db| users::password_hash(db, "sub-of-alice")), hash);
        assert!(browser.open("/account").is_at("/account") && second.open("/account").is_at("/account"));
        assert!(
            shop.visit(&browser, &[("prompt", "none")]).response.find("code").is_some(),
            "the consent stands"
        );
    }

    fn a_form_that_another_site_sends_changes_nothing(setup) {
        let server = setup.start();
        let browser = server.browser();
        browser.sign_in("alice");
        let csrf = token_of(&browser);
        for (path, fields) in FORMS {
            for (name, value) in [
                ("Origin", "https://evil.example"),
                ("Origin", "http://localhost"),
                ("Sec-Fetch-Site", "cross-site"),
                ("Sec-Fetch-Site", "same-site"),
            ] {
                let fields = [*fields, &[("csrf", csrf.as_str())]].concat();
                let answer = browser.send(server.request("POST", path).header(name, value).form(&fields));
                assert_eq!(answer.status, 400, "{path} {name}: {value}");
            }
        }
        assert_eq!(server.user("sub-of-alice").profile.given_name.as_deref(), Some("Alice"));
        assert!(browser.open("/account").is_at("/account"));
        server.browser().sign_in("alice");
    }

    fn a_form_of_the_console_without_its_token_changes_nothing(setup) {
        let server = setup.start();
        let shop = server.relying_party("shop");
        let bob = shop.sign_in("bob").browser;
        let carol = server.browser();
        carol.sign_in("carol");
        let (own, foreign) = (token_of(&carol), token_of(&bob));
        let keys = server.get("/jwks").json();
        let settings = server.read(settings::find);
        for (path, fields) in ADMIN_FORMS {
            for csrf in ["", "x", foreign.as_str()] {
                let answer = post(&carol, &server, path, (fields, csrf));
                assert_eq!(answer.status, 400, "{path} {csrf}");
                assert!(text(&answer.body).contains("form token"), "{path}: {}", text(&answer.body));
            }
            let fields = [*fields, &[("csrf", own.as_str())]].concat();
            let request = server.request("POST", path).header("Sec-Fetch-Site", "cross-site").form(&fields);
            assert_eq!(carol.send(request).status, 400, "{path}");
        }
        server.refresh();
        assert_eq!(server.get("/jwks").json(), keys);
        assert_eq!(format!("{:?}", server.read(settings::find)), format!("{settings:?}"));
        assert!(server.read(|db| users::find_by_login(db, "mallory")).is_none());
        assert!(!carol.open("/admin/clients/registration-tokens").text().contains("mallory"));
        assert!(bob.open("/account").is_at("/account"), "his session goes on");
        let code = shop.visit(&bob, &[("prompt", "none")]).response.find("code").map(str::to_owned);
        assert!(shop.redeem(&code.expect("the consent stands")).is_granted(), "the secret works");
    }

    fn a_form_of_the_console_for_clients_without_its_token_changes_nothing(setup) {
        let server = setup.start();
        server.relying_party("shop");
        let carol = server.browser();
        carol.sign_in("carol");
        for path in CLIENT_FORMS {
            for csrf in ["", "x"] {
                let part = |name: &str, value: &str| {
                    format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                };
                let fields = [("csrf", csrf), ("client_name", "Mallory"), ("client_id", "mallory")];
                let body: String = fields.iter().map(|(name, value)| part(name, value)).collect();
                let body = format!("{body}--b--\r\n").into_bytes();
                let request = server.request("POST", path).content("multipart/form-data; boundary=b", body);
                assert_eq!(carol.send(request).status, 400, "{path}");
            }
        }
        let found = server.read(|db| cardea::store::clients::find(db, "mallory"));
        assert!(found.is_none());
        let shop = server.read(|db| cardea::store::clients::find(db, "shop")).unwrap();
        assert_eq!(shop.name, "The shop");
    }

    fn a_form_from_our_own_page_is_taken(setup) {
        let server = setup.start();
        let browser = server.browser();
        browser.sign_in("alice");
        let csrf = token_of(&browser);
        for (name, value) in [
            ("Origin", server.issuer()),
            ("Origin", "null"),
            ("Sec-Fetch-Site", "same-origin"),
            ("Sec-Fetch-Site", "none"),
        ] {
            let request = server.request("POST", "/account").header(name, value);
            let answer = browser.send(request.form(&[("given_name", "Alicia"), ("csrf", &csrf)]));
            assert_eq!(answer.status, 303, "{name}: {value}");
        }
    }

    fn the_token_of_before_the_sign_in_is_worth_nothing_after_it(setup) {
        let server = setup.start();
        let browser = server.browser();
        let before = browser.open("/login").form_with("sign-in").field("csrf").unwrap().to_owned();
        browser.sign_in("alice");
        assert_eq!(post(&browser, &server, "/logout", (&[("decision", "sign-out")], &before)).status, 400);
        assert!(browser.open("/account").is_at("/account"));
    }

    fn a_stranger_can_post_no_sign_in_for_somebody_else(setup) {
        let server = setup.start();
        let victim = server.browser();
        // A form that another site has prepared, sent by a browser that never saw our page.
        let answer = post(&victim, &server, "/login", (&[("username", "bob"), ("password", PASSWORD)], "x"));
        assert_eq!(answer.status, 400);
        assert!(victim.open("/account").is_at("/login"));
    }

    fn the_account_takes_no_forms_from_nobody(setup) {
        let server = setup.start();
        for (path, fields) in FORMS.iter().filter(|(path, _)| path.starts_with("/account")) {
            let browser = server.browser();
            let csrf = browser.open("/login").form_with("sign-in").field("csrf").unwrap().to_owned();
            let answer = post(&browser, &server, path, (fields, &csrf));
            assert!(
                answer.status == 303 && answer.location().starts_with("/login"),
                "{path}: {}",
                answer.status
            );
        }
        assert_eq!(server.user("sub-of-alice").profile.given_name.as_deref(), Some("Alice"));
    }
}
