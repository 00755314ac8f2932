//! An app on another site that posts its authorization request: browsers leave the session's cookie out.

use serde_json::json;

use crate::driver::Chromium;
use crate::run;
use crate::sign_out::{App, visit};
use crate::support::{Kind, Setup, decode};
use crate::url;

#[test]
// Conformance: A-1
fn somebody_whose_app_posts_from_another_site_is_not_asked_again_and_stays_signed_in() {
    let server = Setup::on(Kind::Sqlite).start();
    let app = App::listen("127.0.0.1");
    let shop = app.relying_party(&server);
    let script = "const [action, fields] = arguments, form = document.createElement('form');
        form.method = 'post';
        form.action = action;
        for (const [name, value] of fields) {
            const field = form.appendChild(document.createElement('input'));
            field.name = name;
            field.value = value;
        }
        document.body.append(form);
        form.submit();";
    run(async {
        let chromium = Chromium::open(true).await;
        visit(&chromium, &url(&server, &shop.request(&[]))).await;
        let long = "x".repeat(5000);
        for state in ["short", &long] {
            chromium.go(&format!("{}/elsewhere", app.origin)).await;
            let fields = decode(&shop.query(&[("prompt", "none"), ("state", state)]));
            let arguments = vec![url(&server, "/authorize").into(), json!(fields)];
            chromium.client.execute(script, arguments).await.unwrap();
            let begun = std::time::Instant::now();
            let answered = |query: &String| decode(query).iter().any(|(_, value)| value == state);
            let query = loop {
                if let Some(query) = app.hits("/cb").into_iter().find(answered) {
                    break query;
                }
                assert!(begun.elapsed().as_secs() < 20, "no answer came");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            };
            let code = decode(&query).into_iter().find(|(name, _)| name == "code");
            let code = code.unwrap_or_else(|| panic!("no code in {query}")).1;
            assert!(shop.redeem(&code).is_granted());
            chromium.go(&url(&server, "/account")).await;
            assert!(!chromium.heading().await.starts_with("Sign in"));
        }
        chromium.close().await;
    });
}
