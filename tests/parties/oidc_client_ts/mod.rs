//! npm `oidc-client-ts`, in a single-page app in Chromium.

use std::future::Future;
use std::time::{Duration, Instant};

use fantoccini::Locator;
use serde_json::json;

use crate::driver::Chromium;
use crate::party::Party;
use crate::provider::Provider;
use crate::support::{PASSWORD, on_both};

/// How long the page may take on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs what a browser does.
fn run(visit: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(visit);
}

/// A single-page app in a browser.
struct App {
    _party: Party,
    chromium: Chromium,
}

impl App {
    async fn open(provider: &Provider) -> Self {
        let mut party = Party::node(include_str!("site.mjs"), &provider.certificate);
        let origin = party.listen(&provider.certificate, include_str!("page.html"));
        party.ask(
            "connect",
            &provider.add_client(&json!({
                "client_id": "spa",
                "token_endpoint_auth_method": "none",
                "redirect_uris": [format!("{origin}/callback"), format!("{origin}/silent")],
                "post_logout_redirect_uris": [format!("{origin}/")],
                "grant_types": ["authorization_code", "refresh_token"],
            })),
        );
        let chromium = Chromium::open(true).await;
        chromium.go(&format!("{origin}/")).await;
        let app = Self { _party: party, chromium };
        app.wait_for("signed out").await;
        app
    }

    async fn text(&self, id: &str) -> String {
        match self.chromium.client.find(Locator::Id(id)).await {
            Ok(element) => element.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Waits until the page says so.
    async fn wait_for(&self, state: &str) {
        let begun = Instant::now();
        loop {
            let text = self.text("state").await;
            if text == state {
                return;
            }
            assert!(!text.starts_with("failed") && begun.elapsed() < PATIENCE, "{text}, not {state}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Presses a button that leads nowhere else.
    async fn press(&self, id: &str) {
        self.chromium.client.find(Locator::Id(id)).await.unwrap().click().await.unwrap();
    }

    async fn sign_in(&self) {
        self.chromium.click("sign-in").await;
        assert!(self.chromium.heading().await.starts_with("Sign in"));
        self.chromium.fill("username", "alice").await;
        self.chromium.fill("password", PASSWORD).await;
        self.chromium.click("sign-in").await;
        self.chromium.click("authorize").await;
        self.wait_for("signed in as alice@example.org").await;
        assert_eq!(self.text("sub").await, "sub-of-alice");
    }
}

on_both! {
    fn signs_in_refreshes_and_signs_out(setup) {
        let provider = Provider::start(setup.kind());
        run(async {
            let app = App::open(&provider).await;
            app.sign_in().await;
            let first = app.text("access-token").await;
            assert!(!first.is_empty());
            app.press("refresh").await;
            let begun = Instant::now();
            while app.text("access-token").await == first {
                assert!(begun.elapsed() < PATIENCE, "no new token");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            app.wait_for("signed in as alice@example.org").await;

            app.chromium.click("sign-out").await;
            app.wait_for("signed out").await;
            app.chromium.click("sign-in").await;
            assert!(app.chromium.heading().await.starts_with("Sign in"), "she is asked again");
            app.chromium.close().await;
        });
    }

    fn notices_a_sign_out_in_another_tab(setup) {
        let provider = Provider::start(setup.kind());
        run(async {
            let app = App::open(&provider).await;
            app.sign_in().await;
            // It asks the frame each second; nothing has changed so far.
            tokio::time::sleep(Duration::from_millis(2500)).await;
            app.wait_for("signed in as alice@example.org").await;

            let client = &app.chromium.client;
            let own = client.window().await.unwrap();
            let other = client.new_window(true).await.unwrap();
            client.switch_to_window(other.handle).await.unwrap();
            app.chromium.go(&format!("{}/logout", provider.issuer())).await;
            app.chromium.click("sign-out").await;
            client.close_window().await.unwrap();
            client.switch_to_window(own).await.unwrap();
            app.wait_for("signed out elsewhere").await;
            app.chromium.close().await;
        });
    }
}
