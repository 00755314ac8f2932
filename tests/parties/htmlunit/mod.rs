//! The OpenID Foundation's conformance suite, played by Java with the libraries that it is made of: its browser,
//! HtmlUnit, walks the pages, and Nimbus reads and makes the tokens.

use serde_json::json;

use crate::party::Party;
use crate::provider::Provider;
use crate::support::{PASSWORD, on_both};

/// Runs the modules of a plan; none may find anything wrong.
fn walk(party: &mut Party, plan: &str) {
    let failures = party.ask(plan, &json!(null));
    assert_eq!(failures, json!([]), "{plan}: {failures:#}");
}

fn start(provider: &Provider) -> Party {
    let mut party = Party::java("htmlunit");
    let details = json!({
        "issuer": provider.issuer(), "username": "alice", "password": PASSWORD,
        "certificate": provider.certificate.path(), "key": provider.certificate.key_path(),
    });
    party.ask("start", &details);
    party
}

on_both! {
    // Conformance: P-2, H-1, H-2, H-3, H-4, SM-2, SM-5, K-7, K-8
    fn the_suites_browser_and_libraries_find_nothing_wrong(setup) {
        let provider = Provider::start_with(setup.kind(), &[
            ("registration.mode", "open"),
            ("registration.per_hour", "10000"),
            ("outbound_exempt_hosts", "localhost, 127.0.0.1"),
        ]);
        let mut party = start(&provider);
        for plan in [
            "discovery", "registration", "response-types", "without-script", "requests", "request-objects",
            "logout", "session", "keys",
        ] {
            walk(&mut party, plan);
        }
        provider.rotate_key();
        walk(&mut party, "keys-after-rotation");
    }
}
