//! `cardea client set|disable|enable`, and what the operator alone decides about a client.

use serde_json::{Value, json};

use crate::support::Place;

const SHOP: &str = r#"{"client_id": "shop", "client_name": "Shop", "redirect_uris": ["https://shop.example/cb"],
    "contacts": ["team@shop.example"], "consent": "always", "owner": "ada",
    "lifetimes": {"access_token": 600, "code": 30}}"#;

/// A place with a person and the client `shop`.
fn shops() -> impl Iterator<Item = Place> {
    Place::of_each_kind().into_iter().inspect(|place| {
        place.add_user(&["ada", "--email", "ada@example.org"]).good();
        place.run_with(&["client", "add", "--metadata", "-", "--json"], SHOP).json();
    })
}

fn set(place: &Place, change: &Value) -> Value {
    place.run_with(&["client", "set", "shop", "--metadata", "-", "--json"], &change.to_string()).json()
}

fn shown(place: &Place) -> Value {
    place.run(&["client", "show", "shop", "--json"]).json()
}

#[test]
fn what_the_operator_alone_decides_stands_beside_the_metadata() {
    for place in shops() {
        let shop = shown(&place);
        assert_eq!((&shop["consent"], &shop["owner"]), (&json!("always"), &json!("ada")));
        assert_eq!(shop["lifetimes"], json!({"access_token": 600, "code": 30}));
    }
}

#[test]
fn a_change_names_what_changes_and_leaves_the_rest() {
    for place in shops() {
        let before = shown(&place);
        let after = set(
            &place,
            &json!({"client_name": "Shop 2", "contacts": null, "lifetimes": {"code": null, "id_token": 60},
                "consent": "never", "owner": null}),
        );
        assert_eq!(shown(&place), after);
        assert_eq!((&after["client_name"], &after["consent"]), (&json!("Shop 2"), &json!("never")));
        assert_eq!(after["lifetimes"], json!({"access_token": 600, "id_token": 60}));
        assert!(after.get("contacts").is_none_or(|own| own == &json!([])) && after.get("owner").is_none());
        for same in
            ["client_id", "redirect_uris", "origin", "token_endpoint_auth_method", "client_id_issued_at"]
        {
            assert_eq!(after[same], before[same], "{same}");
        }
    }
}

#[test]
fn a_bad_change_is_refused_by_name_and_changes_nothing() {
    for place in shops() {
        let before = shown(&place);
        for (change, words) in [
            (json!({"client_id": "other"}), vec!["client_id", "keeps its ID"]),
            (json!({"client_secret": "0123456789abcdef0123456789abcdef"}), vec!["rotate-secret"]),
            (json!({"is_disabled": true}), vec!["client disable"]),
            (json!({"redirect_uris": ["shop.example"]}), vec!["redirect_uris"]),
            (json!({"lifetimes": {"code": 0}}), vec!["lifetimes", "code"]),
            (json!({"lifetimes": {"cod": 1}}), vec!["lifetimes"]),
            (json!({"consent": "maybe"}), vec!["consent", "maybe"]),
            (json!({"owner": "nobody"}), vec!["owner", "nobody"]),
        ] {
            let done = place.run_with(&["client", "set", "shop", "--metadata", "-"], &change.to_string());
            done.refused(&words);
            assert_eq!(shown(&place), before, "{change}");
        }
        place.run_with(&["client", "set", "absent", "--metadata", "-"], "{}").refused(&["absent"]);
    }
}

#[test]
fn a_client_is_stopped_and_let_in_again() {
    for place in shops() {
        assert_eq!(shown(&place)["is_disabled"], false);
        place.run(&["client", "disable", "shop"]).good();
        assert_eq!(shown(&place)["is_disabled"], true);
        place.run(&["client", "enable", "shop"]).good();
        assert_eq!(shown(&place)["is_disabled"], false);
        place.run(&["client", "disable", "absent"]).refused(&["absent"]);
    }
}
