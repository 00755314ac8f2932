//! `cardea scope` and `cardea settings`.

use serde_json::{Value, json};

use crate::support::Place;

const BERTHS: [&str; 7] =
    ["scope", "add", "berths:read", "--title", "See your berths", "--claims", "berths,harbour_role"];

fn scope(place: &Place, name: &str) -> Option<Value> {
    place.list("scope").into_iter().find(|own| own["name"] == name)
}

#[test]
fn scopes_are_added_changed_listed_and_removed() {
    for place in Place::of_each_kind() {
        place.run(&BERTHS).good();
        let expected = json!({"name": "berths:read", "title": "See your berths", "description": "",
            "claims": ["berths", "harbour_role"], "is_restricted": false, "is_default": false,
            "is_standard": false});
        assert_eq!(scope(&place, "berths:read"), Some(expected.clone()));

        place.run(&["scope", "set", "berths:read", "--restricted", "--description", "All of them"]).good();
        let mut changed = expected;
        changed["is_restricted"] = json!(true);
        changed["description"] = json!("All of them");
        assert_eq!(scope(&place, "berths:read"), Some(changed));
        place.run(&["scope", "set", "profile", "--claims", "name", "--default"]).good();
        let profile = scope(&place, "profile").unwrap();
        assert_eq!((&profile["claims"], &profile["is_default"]), (&json!(["name"]), &json!(true)));
        place.run(&["scope", "set", "profile", "--default", "false"]).good();
        assert_eq!(scope(&place, "profile").unwrap()["is_default"], false);

        place.run(&["scope", "remove", "berths:read"]).good();
        assert_eq!(scope(&place, "berths:read"), None);
    }
}

#[test]
fn bad_scopes_are_refused_and_change_nothing() {
    for place in Place::of_each_kind() {
        place.run(&BERTHS).good();
        let before = place.list("scope");
        place.run(&BERTHS).refused(&["there is a scope berths:read"]);
        place.run(&["scope", "add", "a b", "--title", ""]).refused(&["name:", "title:"]);
        place.run(&["scope", "add", "new", "--title", "New"]).refused(&["name:"]);
        place.run(&["scope", "set", "email", "--claims", "sub"]).refused(&["claims:", "sub"]);
        place.run(&["scope", "set", "openid", "--restricted"]).refused(&["is_restricted:", "openid"]);
        place.run(&["scope", "set", "absent", "--title", "x"]).refused(&["absent", "cardea scope list"]);
        place.run(&["scope", "remove", "absent"]).refused(&["absent"]);
        place.run(&["scope", "remove", "profile"]).refused(&["profile", "stays"]);
        assert_eq!(place.list("scope"), before);
    }
}

#[test]
fn settings_of_the_console_are_shown_and_changed() {
    for place in Place::of_each_kind() {
        let shown = || place.run(&["settings", "show", "--json"]).json();
        assert_eq!(shown(), json!({"organisation": null, "id_token_signed_response_alg": "RS256"}));
        let set =
            place.run(&["settings", "set", "--organisation", " Tidemark ", "--id-token-alg", "ES512"]).good();
        assert!(set.stderr.contains("no key signs ES512 yet"), "{}", set.stderr);
        let expected = json!({"organisation": "Tidemark", "id_token_signed_response_alg": "ES512"});
        assert_eq!(shown(), expected);
        place.run(&["settings", "set", "--id-token-alg", "HS256"]).refused(&["id_token_signed_response_alg"]);
        place.run(&["settings", "set", "--organisation", &"x".repeat(101)]).refused(&["organisation"]);
        assert_eq!(shown(), expected);
        let added =
            place.run(&["client", "add", "--name", "Shop", "--redirect-uri", "https://a.example/", "--json"]);
        assert_eq!(added.json()["id_token_signed_response_alg"], "ES512");

        place.run(&["settings", "set", "--organisation", ""]).good();
        assert_eq!(shown()["organisation"], Value::Null);
        assert_eq!(shown()["id_token_signed_response_alg"], "ES512", "what is not named stays");
    }
}
