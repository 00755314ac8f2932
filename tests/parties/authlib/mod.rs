//! PyPI `Authlib`, in an app on Flask.

use serde_json::json;

use crate::party::Party;
use crate::provider::Provider;
use crate::support::on_both;
use crate::tour::Tour;

on_both! {
    fn signs_in_refreshes_and_signs_out(setup) {
        let provider = Provider::start(setup.kind());
        let mut party = Party::python(include_str!("app.py"), &provider.certificate);
        let app = party.listen(&provider.certificate, "");
        let mut client = provider.add_client(&json!({
            "client_id": "flask",
            "redirect_uris": [format!("{app}/cb")],
            "post_logout_redirect_uris": [format!("{app}/logged-out")],
            "grant_types": ["authorization_code", "refresh_token"],
        }));
        client["scope"] = "openid email offline_access".into();
        party.ask("connect", &client);

        let tour = Tour::with(&provider, &app);
        assert_eq!(tour.open(&format!("{app}/")).answer.json(), json!({ "signed_in": false }));
        let account = tour.sign_in(&format!("{app}/login"), "alice").answer.json();
        assert_eq!(account["claims"]["sub"], "sub-of-alice");
        assert_eq!(account["userinfo"]["email"], "alice@example.org");

        let renewed = tour.open(&format!("{app}/refresh")).answer.json();
        assert_eq!(renewed["userinfo"]["email"], "alice@example.org");
        assert_ne!(renewed["token"], account["token"]);

        // It checks the state that comes back.
        let goodbye = tour.open(&format!("{app}/logout"));
        assert!(goodbye.is_at("/logged-out"), "{}", goodbye.text());
        assert_eq!(goodbye.answer.json(), json!({ "signed_in": false }));
        assert!(tour.open(&format!("{app}/login")).text().starts_with("Sign in"));
    }
}
