//! Pages in a real Chromium: with its content policy, its cookies and its forms.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected has failed")]

mod driver;
mod posted;
mod sign_out;
#[path = "../web/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the words are shared; not each is spoken here")]
mod support;

use std::future::Future;

use driver::{App, Chromium};
use fantoccini::Locator;
use serde_json::json;
use support::{PASSWORD, RelyingParty, Server, on_both};

/// Runs what a browser does.
fn run(visit: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(visit);
}

/// The relying party of an app that listens.
fn relying_party(server: &Server, app: &App) -> RelyingParty {
    server.relying_party_with("shop", json!({ "redirect_uris": [app.redirect_uri] }))
}

fn url(server: &Server, path: &str) -> String {
    format!("{}{path}", server.issuer())
}

async fn sign_in(chromium: &Chromium, name: &str) {
    assert!(chromium.heading().await.starts_with("Sign in"));
    chromium.fill("username", name).await;
    chromium.fill("password", PASSWORD).await;
    chromium.click("sign-in").await;
}

on_both! {
    // Conformance: H-8, H-10
    fn somebody_signs_in_agrees_and_is_not_asked_again(setup) {
        let (server, app) = (setup.start(), App::listen());
        let shop = relying_party(&server, &app);
        run(async {
            let chromium = Chromium::open(true).await;
            chromium.go(&url(&server, &shop.request(&[]))).await;
            sign_in(&chromium, "alice").await;
            assert_eq!(chromium.heading().await, "The shop wants to use your account");
            chromium.click("authorize").await;
            let first = app.arrival();
            assert_eq!(chromium.heading().await, "Arrived");
            assert_eq!(first.value("state").as_deref(), Some("state-1"));
            assert_eq!(first.value("iss").as_deref(), Some(server.issuer()));
            assert!(shop.redeem(&first.value("code").unwrap()).is_granted());

            chromium.go(&url(&server, &shop.request(&[("prompt", "none")]))).await;
            let second = app.arrival();
            assert!(shop.redeem(&second.value("code").unwrap()).is_granted());
            chromium.close().await;
        });
    }
}

#[test]
fn whoever_declines_is_sent_back_without_a_code() {
    let setup = support::Setup::on(support::Kind::Sqlite);
    let (server, app) = (setup.start(), App::listen());
    let shop = relying_party(&server, &app);
    run(async {
        let chromium = Chromium::open(true).await;
        chromium.go(&url(&server, &shop.request(&[]))).await;
        sign_in(&chromium, "alice").await;
        chromium.click("decline").await;
        let arrival = app.arrival();
        assert_eq!(arrival.value("error").as_deref(), Some("access_denied"));
        assert_eq!(arrival.value("code"), None);
        chromium.close().await;
    });
}

// Conformance: H-1
#[test]
fn everything_works_without_script() {
    let setup = support::Setup::on(support::Kind::Sqlite);
    let (server, app) = (setup.start(), App::listen());
    let shop = relying_party(&server, &app);
    run(async {
        let chromium = Chromium::open(false).await;
        chromium.go(&url(&server, &shop.request(&[("response_mode", "form_post")]))).await;
        sign_in(&chromium, "alice").await;
        chromium.click("authorize").await;
        // Without script the page waits for its button.
        chromium.click("continue").await;
        let arrival = app.arrival();
        assert_eq!(
            (arrival.method.as_str(), arrival.content_type.as_str()),
            ("POST", "application/x-www-form-urlencoded")
        );
        assert!(shop.redeem(&arrival.value("code").unwrap()).is_granted());

        chromium.go(&url(&server, "/logout")).await;
        chromium.click("sign-out").await;
        assert!(chromium.heading().await.contains("signed out"));
        chromium.close().await;
    });
}

// Conformance: P-2
#[test]
fn a_form_post_answer_sends_itself() {
    let setup = support::Setup::on(support::Kind::Sqlite);
    let (server, app) = (setup.start(), App::listen());
    let shop = relying_party(&server, &app);
    run(async {
        let chromium = Chromium::open(true).await;
        chromium.go(&url(&server, &shop.request(&[("response_mode", "form_post")]))).await;
        sign_in(&chromium, "alice").await;
        chromium.click("authorize").await;
        let arrival = app.arrival();
        assert_eq!(arrival.method, "POST");
        assert_eq!(arrival.content_type, "application/x-www-form-urlencoded");
        assert_eq!(arrival.value("state").as_deref(), Some("state-1"));
        assert!(shop.redeem(&arrival.value("code").unwrap()).is_granted());
        chromium.close().await;
    });
}

#[test]
fn who_signs_out_is_asked_again() {
    let setup = support::Setup::on(support::Kind::Sqlite);
    let (server, app) = (setup.start(), App::listen());
    let shop = relying_party(&server, &app);
    run(async {
        let chromium = Chromium::open(true).await;
        chromium.go(&url(&server, "/login")).await;
        sign_in(&chromium, "alice").await;
        assert_eq!(chromium.path().await, "/account");

        chromium.go(&url(&server, "/logout")).await;
        chromium.click("stay").await;
        assert_eq!(chromium.path().await, "/account");

        chromium.go(&url(&server, "/logout")).await;
        chromium.click("sign-out").await;
        assert!(chromium.heading().await.contains("signed out"));
        chromium.go(&url(&server, &shop.request(&[("prompt", "none")]))).await;
        assert_eq!(app.arrival().value("error").as_deref(), Some("login_required"));
        chromium.close().await;
    });
}

// Conformance: H-5
#[test]
fn an_unregistered_redirect_uri_ends_at_a_page_that_says_so() {
    let setup = support::Setup::on(support::Kind::Sqlite);
    let (server, app) = (setup.start(), App::listen());
    let shop = relying_party(&server, &app);
    run(async {
        let chromium = Chromium::open(true).await;
        let wrong = format!("{}/", app.redirect_uri);
        chromium.go(&url(&server, &shop.request(&[("redirect_uri", &wrong)]))).await;
        assert!(chromium.heading().await.contains("cannot continue"));
        let text = chromium.client.find(Locator::Css("main")).await.unwrap().text().await.unwrap();
        assert!(text.contains("redirect_uri is not registered"), "{text}");
        assert_eq!(chromium.path().await, "/authorize");
        chromium.close().await;
    });
}

#[test]
fn an_administrator_adds_a_client_row_by_row() {
    let server = support::Setup::on(support::Kind::Sqlite).start();
    run(async {
        let chromium = Chromium::open(true).await;
        chromium.go(&url(&server, "/admin/clients/new")).await;
        sign_in(&chromium, "carol").await;
        assert_eq!(chromium.heading().await, "New client");
        chromium.fill("client_name", "Harbour").await;
        chromium.fill("client_id", "harbour").await;
        chromium.fill("redirect_uris-0", "not a URI").await;
        chromium.click_at(Locator::Css(".savebar [value=save]")).await;
        assert!(chromium.has("#redirect_uris-0[aria-invalid=true]").await);
        let name = chromium.client.find(Locator::Id("client_name")).await.unwrap();
        assert_eq!(name.prop("value").await.unwrap().as_deref(), Some("Harbour"));

        chromium.fill("redirect_uris-0", "https://harbour.example/cb").await;
        // With script another row needs no new page.
        let add = chromium.client.find(Locator::Css("[name=add][value=redirect_uris]")).await.unwrap();
        add.click().await.unwrap();
        let rows = chromium.client.find_all(Locator::Css("[name=redirect_uris]")).await.unwrap();
        assert_eq!(rows.len(), 2);
        rows[1].send_keys("https://harbour.example/other").await.unwrap();
        chromium.click_at(Locator::Css(".savebar [value=save]")).await;
        let secret = chromium.client.find(Locator::Id("secret")).await.unwrap();
        assert_eq!(secret.prop("value").await.unwrap().unwrap().len(), 43);

        chromium.go(&url(&server, "/admin/clients/harbour")).await;
        let rows = chromium.client.find_all(Locator::Css("[name=redirect_uris]")).await.unwrap();
        assert_eq!(rows.len(), 2);
        chromium.close().await;
    });
}
