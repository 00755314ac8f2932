//! `cardea registration-token`, and what the command line does about clients that registered themselves.

use serde_json::Value;

use crate::support::Place;

#[test]
fn a_token_is_made_listed_and_revoked() {
    for place in Place::of_each_kind() {
        let create =
            ["registration-token", "create", "--name", "Partners", "--uses", "5", "--expires", "30d"];
        let made = place.run(&[&create[..], &["--json"]].concat()).json();
        let token = made["token"].as_str().unwrap().to_owned();
        assert_eq!((token.len(), &made["uses_left"]), (43, &Value::from(5)));
        let lasts = made["expires_at"].as_i64().unwrap() - made["created_at"].as_i64().unwrap();
        assert_eq!(lasts, 30 * 86_400);
        assert_eq!(place.run(&["registration-token", "create", "--name", "Any"]).line().len(), 43);

        let listed = place.list("registration-token");
        assert_eq!(listed.len(), 2);
        assert!(!Value::from(listed).to_string().contains(&token));
        let text = place.run(&["registration-token", "list"]).good().stdout;
        assert!(text.contains("Partners") && text.contains("any number") && text.contains("never"), "{text}");

        let id = made["id"].as_str().unwrap();
        place.run(&["registration-token", "revoke", id]).good();
        place.run(&["registration-token", "revoke", id]).refused(&["no token"]);
        assert_eq!(place.list("registration-token").len(), 1);
    }
}

#[test]
fn a_bad_token_is_not_made() {
    let place = Place::sqlite();
    place.run(&["registration-token", "create", "--name", " "]).refused(&["--name"]);
    for words in [["--uses", "0"], ["--expires", "soon"], ["--expires", "1s"]] {
        let done = place.run(&[&["registration-token", "create", "--name", "x"][..], &words].concat());
        assert_eq!(done.code, Some(2), "{}", done.stderr);
    }
    assert!(place.list("registration-token").is_empty());
}

#[test]
fn registered_clients_are_removed_together_and_others_stay() {
    for place in Place::of_each_kind() {
        place
            .run(&["client", "add", "--client-id", "shop", "--redirect-uri", "https://shop.example/cb"])
            .good();
        let shown = place.run(&["client", "show", "shop", "--json"]).json();
        assert_eq!(shown["origin"], "command line");
        assert!(
            place.run(&["client", "list", "--registered", "--json"]).json().as_array().unwrap().is_empty()
        );
        assert_eq!(place.run(&["client", "remove", "--registered"]).line(), "0");
        assert_eq!(place.run(&["client", "remove"]).code, Some(2));
        assert_eq!(place.run(&["client", "remove", "shop", "--registered"]).code, Some(2));
        assert_eq!(place.list("client").len(), 1);
    }
}
