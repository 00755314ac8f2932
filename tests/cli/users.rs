use serde_json::json;

use crate::support::{PASSWORD, Place};

#[test]
fn people_are_added_listed_stopped_and_let_in_again() {
    for place in Place::of_each_kind() {
        let claims =
            place.write("claims.json", r#"{"given_name": "Ada", "email": "old@x.example", "berth": 7}"#);
        let claims = claims.to_str().unwrap();
        place.add_user(&["ada", "--email", "ada@example.org", "--admin", "--claims", claims]).good();
        let done = place.add_user(&["bob", "--email", "bob@example.org", "--name", "Bob Ross"]).good();
        assert_eq!(done.stdout, "");

        let people = place.list("user");
        assert_eq!(people.len(), 2);
        let of = |username: &str| people.iter().find(|user| user["username"] == username).unwrap().clone();
        assert_eq!(of("ada")["email"], "ada@example.org");
        assert_eq!(
            (of("ada")["is_admin"].clone(), of("bob")["is_admin"].clone()),
            (json!(true), json!(false))
        );
        assert_eq!(of("bob")["name"], "Bob Ross");
        assert_ne!(of("ada")["id"], of("bob")["id"]);
        let table = place.run(&["user", "list"]).good().stdout;
        assert!(table.starts_with("USER NAME") && table.contains("Bob Ross"), "{table}");

        place.run(&["user", "disable", "bob@example.org"]).good();
        assert!(
            place.list("user").iter().any(|user| user["username"] == "bob" && user["is_disabled"] == true)
        );
        place.run(&["user", "enable", "bob"]).good();
        assert!(place.list("user").iter().all(|user| user["is_disabled"] == false));
        place.run(&["user", "disable", "ada"]).refused(&["ada", "only administrator"]);
        place.run(&["user", "disable", "eve"]).refused(&["eve", "user list"]);

        let new = "another lighthouse";
        place.run_with(&["user", "set-password", "bob", "--password-stdin"], new).good();
        place
            .run_with(&["user", "set-password", "bob", "--password-stdin"], "short")
            .refused(&["12 characters"]);
    }
}

#[test]
fn a_taken_name_or_address_is_refused() {
    for place in Place::of_each_kind() {
        place.add_user(&["ada", "--email", "ada@example.org"]).good();
        place.add_user(&["ADA", "--email", "ada2@example.org"]).refused(&["user name ADA is taken"]);
        place.add_user(&["eve", "--email", "Ada@example.org"]).refused(&["Ada@example.org"]);
        assert_eq!(place.list("user").len(), 1);
    }
}

#[test]
fn bad_input_is_refused_whole_and_leaves_nothing_behind() {
    for place in Place::of_each_kind() {
        place.add_user(&["ada", "--email", "nowhere"]).refused(&["email:", "ada@example.org"]);
        let done = place.run_with(&["user", "add", "a b", "--password-stdin"], "short\n");
        done.refused(&["no blanks", "12 characters"]);
        place.run_with(&["user", "add", "ada", "--password-stdin"], "").refused(&["standard input is empty"]);
        let claims = place.write("claims.json", r#"{"birthdate": "yesterday", "website": "ada"}"#);
        place.add_user(&["ada", "--claims", claims.to_str().unwrap()]).refused(&["birthdate:", "website:"]);
        place.add_user(&["ada", "--claims", "absent.json"]).refused(&["absent.json"]);
        assert_eq!(place.list("user"), Vec::<serde_json::Value>::new());
    }
}

#[test]
fn a_password_is_asked_for_and_never_kept() {
    let place = Place::sqlite();
    let done = place.run(&["user", "add", "ada"]);
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("--password-stdin"), "{}", done.stderr);
    let done = place.add_user(&["ada"]).good();
    assert!(!(done.stdout + &done.stderr).contains(PASSWORD));
    let stored = place.stored();
    assert!(!stored.windows(PASSWORD.len()).any(|bytes| bytes == PASSWORD.as_bytes()));
    assert!(stored.windows(10).any(|bytes| bytes == b"$argon2id$"));
}
