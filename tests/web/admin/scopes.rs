//! `/admin/scopes`.

use cardea::oidc::scope::Scope;
use cardea::store::scopes;
use serde_json::{Value, json};

use super::{assert_done, assert_refused, carols, noted, send};
use crate::support::*;

const LIST: &str = "/admin/scopes";
const NEW: &str = "/admin/scopes/new";

/// Adds the scope `berths:read`, which lets out Alice's `harbour_role`.
fn add_berths(server: &Server, browser: &Browser) {
    server.change_user("sub-of-alice", |alice| {
        alice.profile.extra.insert("harbour_role".into(), "pilot".into());
        alice.profile.extra.insert("berths".into(), json!([4, 12]));
    });
    let typed = [
        ("name", "berths:read"),
        ("title", "See your berths"),
        ("description", "Which ones are yours"),
        ("claims", "harbour_role\r\nharbour_role"),
    ];
    assert_done(&send(browser, NEW, (LIST, &typed)), LIST);
}

fn userinfo(shop: &RelyingParty) -> Value {
    let visit = shop.sign_in_with("alice", &[("scope", "openid berths:read"), ("prompt", "consent")]);
    shop.userinfo(&shop.redeem(&visit.code()).access_token()).json()
}

fn supported(server: &Server) -> Value {
    server.get("/.well-known/openid-configuration").json()["scopes_supported"].clone()
}

fn names(server: &Server) -> Vec<String> {
    server.read(scopes::list).into_iter().map(|entry| entry.name).collect()
}

on_both! {
    fn a_scope_lets_its_claims_out_as_long_as_it_is_there(setup) {
        let server = setup.start();
        let (carols, shop) = (carols(&server), server.relying_party("shop"));
        add_berths(&server, &carols);
        assert!(supported(&server).as_array().unwrap().contains(&json!("berths:read")));
        let asked = shop.request(&[("scope", "openid berths:read")]);
        let browser = server.browser();
        let page = browser.sign_in_on(&browser.open(&asked), "alice");
        assert!(page.text().contains("See your berths"), "{}", page.text());
        assert_eq!(userinfo(&shop), json!({"sub": "sub-of-alice", "harbour_role": "pilot"}));

        let path = "/admin/scopes/berths%3Aread";
        assert_done(&send(&carols, path, (path, &[("claims", "berths")])), LIST);
        assert_eq!(userinfo(&shop), json!({"sub": "sub-of-alice", "berths": [4, 12]}));

        assert_done(&send(&carols, &format!("{path}/delete"), ("/delete", &[])), LIST);
        assert_eq!(userinfo(&shop), json!({"sub": "sub-of-alice"}));
        assert!(!supported(&server).as_array().unwrap().contains(&json!("berths:read")));
        for event in ["scope_added", "scope_changed", "scope_removed"] {
            assert_eq!(noted(&server, event), [("Carol Example".into(), "berths:read".into())]);
        }
    }

    fn a_restricted_scope_is_for_clients_that_list_it(setup) {
        let server = setup.start();
        let carols = carols(&server);
        add_berths(&server, &carols);
        let kiosk = server.relying_party_with("kiosk", json!({"scope": "openid berths:read"}));
        let shop = server.relying_party("shop");
        let path = "/admin/scopes/berths%3Aread";
        assert_done(&send(&carols, path, (path, &[("is_restricted", "on")])), LIST);
        assert_eq!(userinfo(&kiosk)["harbour_role"], "pilot");
        let browser = server.browser();
        let page = browser.open(&shop.request(&[("scope", "openid berths:read")]));
        assert_eq!(shop.response(&browser, &page).error(), "invalid_scope");

        let asked = carols.open(&format!("{path}/delete")).text();
        assert!(asked.contains("1 client lists it: The kiosk."), "{asked}");
    }

    fn no_scope_comes_of_a_bad_form(setup) {
        let server = setup.start();
        let carols = carols(&server);
        add_berths(&server, &carols);
        let before = names(&server);
        for (field, value) in [
            ("name", ""),
            ("name", "two words"),
            ("name", "quo\"te"),
            ("name", "café"),
            ("name", "openid"),
            ("name", "berths:read"),
            ("name", "new"),
            ("name", ".."),
            ("title", " "),
            ("claims", "harbour_role sub"),
            ("claims", "aud"),
        ] {
            let typed = [("name", "team"), ("title", "See your team"), ("claims", "groups"), ("is_restricted", "on"), (field, value)];
            let page = send(&carols, NEW, (LIST, &typed));
            assert_refused(&page, field);
            let form = page.form_to(LIST);
            assert_eq!((form.field(field), form.field("is_restricted")), (Some(value.trim()), Some("on")));
        }
        assert_eq!(names(&server), before);
        assert_eq!(noted(&server, "scope_added").len(), 1);
    }

    fn a_bad_change_is_not_saved(setup) {
        let server = setup.start();
        let carols = carols(&server);
        add_berths(&server, &carols);
        let before = server.read(scopes::list);
        let path = "/admin/scopes/berths%3Aread";
        for (field, value) in [("title", ""), ("claims", "harbour_role nonce")] {
            let page = send(&carols, path, (path, &[("description", "Other"), (field, value)]));
            assert_refused(&page, field);
            assert_eq!(page.form_to(path).field("description"), Some("Other"));
        }
        assert_eq!(server.read(scopes::list), before);
        assert!(noted(&server, "scope_changed").is_empty());
    }

    fn standard_scopes_are_not_deleted(setup) {
        let server = setup.start();
        let carols = carols(&server);
        let csrf = carols.open(NEW).form_to(LIST).field("csrf").unwrap().to_owned();
        let before = server.read(scopes::list);
        let deleted = |name: &str| format!("{LIST}/{name}/delete");
        let standard = ["openid", "profile", "email", "phone", "address", "offline_access"].map(deleted);
        for path in standard.into_iter().chain([deleted("absent"), format!("{LIST}/absent")]) {
            assert_eq!(carols.open(&path).status(), 404, "{path}");
            let fields = [("csrf", &*csrf), ("title", "Mine"), ("claims", "groups")];
            assert_eq!(carols.send(server.request("POST", &path).form(&fields)).status, 404, "{path}");
        }
        assert_eq!(server.read(scopes::list), before);
    }

    // Seed: C04, C08
    fn a_standard_scope_says_and_lets_out_what_the_operator_says(setup) {
        let server = setup.clone().start();
        let (carols, shop) = (carols(&server), server.relying_party("shop"));
        let path = "/admin/scopes/profile";
        let typed = [("title", "See who you are"), ("claims", "nickname name")];
        assert_done(&send(&carols, path, (path, &typed)), LIST);
        assert!(!carols.open(path).answer.body.contains("Delete scope"));
        // Another start adds nothing back.
        let again = setup.start_on(server.database());
        for server in [&server, &again] {
            let asked = shop.request(&[("scope", "openid profile"), ("prompt", "consent")]);
            let browser = server.browser();
            let page = browser.sign_in_on(&browser.open(&asked), "alice");
            assert!(page.text().contains("See who you are"), "{}", page.text());
        }
        let visit = shop.sign_in_with("alice", &[("scope", "openid profile"), ("prompt", "consent")]);
        let told = shop.userinfo(&shop.redeem(&visit.code()).access_token()).json();
        let mut names: Vec<_> = told.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["name", "nickname", "sub"]);
        assert_eq!(noted(&server, "scope_changed"), [("Carol Example".into(), "profile".into())]);
    }

    fn openid_stays_open_to_every_app(setup) {
        let server = setup.start();
        let (carols, shop) = (carols(&server), server.relying_party("shop"));
        let path = "/admin/scopes/openid";
        let before = server.read(scopes::list);
        assert_refused(&send(&carols, path, (path, &[("is_restricted", "on")])), "is_restricted");
        assert_eq!(server.read(scopes::list), before);
        assert!(shop.redeem(&shop.sign_in("alice").code()).is_granted());
    }

    // Seed: C07
    fn who_sends_no_scope_asks_for_the_default_ones(setup) {
        let server = setup.start();
        let (carols, shop) = (carols(&server), server.relying_party("shop"));
        let bare = [("scope", "")];
        assert_eq!(shop.visit(&server.browser(), &bare).response.error(), "invalid_scope");
        for name in ["openid", "email"] {
            let path = format!("{LIST}/{name}");
            assert_done(&send(&carols, &path, (&path, &[("is_default", "on")])), LIST);
        }
        let tokens = shop.redeem(&shop.sign_in_with("alice", &bare).code());
        assert_eq!(tokens.member("scope").as_deref(), Some("openid email"));
        // What is said counts alone.
        let said = shop.redeem(&shop.sign_in_with("alice", &[("scope", "openid")]).code());
        assert_eq!(said.member("scope").as_deref(), Some("openid"));
        // A client gets no more than it may have.
        server.change_client("shop", |client| client.scope = Scope::parse("openid").unwrap());
        let narrow = shop.redeem(&shop.sign_in_with("alice", &bare).code());
        assert_eq!(narrow.member("scope").as_deref(), Some("openid"));
    }

    fn a_name_with_any_sign_that_a_scope_may_have_has_its_page(setup) {
        let server = setup.start();
        let carols = carols(&server);
        let before = names(&server);
        for name in ["https://berths.harbour.example/read", "a+b?c#d%2Fe&f=g;h", "a/../b"] {
            assert_done(&send(&carols, NEW, (LIST, &[("name", name), ("title", "Odd")])), LIST);
            let link = carols.open(LIST);
            let link = tags(&link.answer.body).into_iter().find(|tag| tag.name == "a" && tag.text == name);
            let path = link.unwrap().attribute("href").unwrap().to_owned();
            let page = carols.go(&path);
            assert_eq!(page.status(), 200, "{name}");
            let form = page.forms().into_iter().find(|form| form.action == path).unwrap();
            assert_done(&carols.submit(&form.with("title", "Odder")), LIST);
            let asked = carols.go(&format!("{path}/delete"));
            assert_done(&carols.submit(&asked.form_to("/delete")), LIST);
        }
        assert_eq!(names(&server), before);
        assert_eq!(noted(&server, "scope_changed").len(), 3);
    }
}
