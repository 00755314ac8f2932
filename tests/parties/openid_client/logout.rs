//! Sign-out that begins at the app (RP-Initiated Logout 1.0), and one that it is told of (Back-Channel Logout 1.0).

use serde_json::json;

use super::{GOODBYE, NOTHING, metadata, parameters, party, sign_in};
use crate::party::Party;
use crate::provider::Provider;
use crate::support::on_both;
use crate::tour::{Tour, left_to};

/// Asks for a sign-in without a page.
fn silent_answer(party: &mut Party, tour: &Tour) -> String {
    let url = party.ask("authorization_url", &parameters(json!({ "prompt": "none" })));
    left_to(&tour.open(url.as_str().unwrap()))
}

on_both! {
    fn signs_out(setup) {
        let provider = Provider::start(setup.kind());
        let tour = Tour::new(&provider);
        let mut party = party(&provider);
        party.ask("discover", &provider.add_client(&metadata(json!({}))));
        sign_in(&mut party, &tour, json!({}));
        assert!(silent_answer(&mut party, &tour).contains("code="));

        let members = json!({ "post_logout_redirect_uri": GOODBYE, "state": "bye 1+2" });
        let url = party.ask("end_session_url", &members);
        let page = tour.open(url.as_str().unwrap());
        let url = url::Url::parse(&left_to(&page)).unwrap();
        assert!(url.as_str().starts_with(GOODBYE), "{url}");
        assert_eq!(url.query_pairs().collect::<Vec<_>>(), [("state".into(), "bye 1+2".into())]);
        assert!(silent_answer(&mut party, &tour).contains("error=login_required"));
    }

    fn is_told_of_a_sign_out_elsewhere(setup) {
        let provider = Provider::start(setup.kind());
        let tour = Tour::new(&provider);
        let mut party = party(&provider);
        let origin = party.listen(&provider.certificate, "");
        let members = json!({
            "backchannel_logout_uri": format!("{origin}/logout"),
            "backchannel_logout_session_required": true,
        });
        party.ask("discover", &provider.add_client(&metadata(members)));
        let granted = sign_in(&mut party, &tour, json!({}));

        let page = tour.open(&format!("{}/logout", provider.issuer()));
        tour.press(&page, "sign-out");
        let told = party.ask("logout_token", &NOTHING);
        assert_eq!((&told["sub"], &told["sid"]), (&json!("sub-of-alice"), &granted["claims"]["sid"]));
        assert!(told["sid"].is_string(), "{told}");
        let events = &told["events"]["http://schemas.openid.net/event/backchannel-logout"];
        assert_eq!(events, &json!({}));
        assert!(told.get("nonce").is_none());
    }
}
