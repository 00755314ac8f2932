use serde_json::Value;

use crate::support::Place;

/// The keys that sign.
fn signing(place: &Place) -> Vec<Value> {
    place.list("key").into_iter().filter(|key| key["use"] == "sig").collect()
}

fn state(place: &Place, kid: &str) -> String {
    let keys = place.list("key");
    let key = keys.iter().find(|key| key["kid"] == kid).unwrap_or_else(|| panic!("no {kid}: {keys:?}"));
    key["state"].as_str().unwrap().to_owned()
}

// Conformance: K-7
#[test]
fn keys_are_made_listed_rotated_and_retired() {
    for place in Place::of_each_kind() {
        let first = signing(&place);
        assert_eq!(first.len(), 1);
        assert_eq!((first[0]["alg"].as_str(), first[0]["state"].as_str()), (Some("RS256"), Some("signing")));
        let first = first[0]["kid"].as_str().unwrap().to_owned();

        let next = place.run(&["key", "create"]).line();
        assert_eq!(state(&place, &next), "next");
        place.run(&["key", "create"]).refused(&[&next, "rotate"]);
        assert_eq!(place.run(&["key", "rotate"]).line(), next);
        assert_eq!((state(&place, &first).as_str(), state(&place, &next).as_str()), ("retired", "signing"));
        assert_eq!(signing(&place).len(), 3, "a rotation publishes a key that nobody has seen");

        let elliptic = place.run(&["key", "create", "--alg", "ES256"]).line();
        assert_eq!(state(&place, &elliptic), "signing");
        let second = place.run(&["key", "create", "--alg", "ES256", "--sign"]).line();
        assert_eq!(
            (state(&place, &elliptic).as_str(), state(&place, &second).as_str()),
            ("retired", "signing")
        );
        place.run(&["key", "retire", &elliptic, "--withdraw"]).good();
        assert_eq!(state(&place, &elliptic), "removed");
        place.run(&["key", "retire", &second]).good();
        assert_eq!(state(&place, &second), "retired");

        place.run(&["key", "retire", &next]).refused(&["only key", "rotate"]);
        place.run(&["key", "retire", "nobody"]).refused(&["no key nobody"]);
        // One thumbprint in 64 begins with a hyphen.
        place.run(&["key", "retire", "-nobody"]).refused(&["no key -nobody"]);
        place.run(&["client", "show", "-nobody"]).refused(&["no client -nobody"]);
        place.run(&["key", "rotate", "--alg", "PS256"]).refused(&["no key signs PS256"]);
        assert!(place.run(&["key", "list"]).good().stdout.starts_with("KEY ID"));
    }
}

#[test]
fn every_algorithm_has_its_kind_of_key() {
    let place = Place::sqlite();
    for alg in ["RS384", "PS256", "ES256", "ES384", "ES512", "EdDSA"] {
        let kid = place.run(&["key", "create", "--alg", alg]).line();
        assert_eq!(state(&place, &kid), "signing", "{alg}");
    }
    let kid = place.run(&["key", "create", "--alg", "PS384", "--bits", "3072"]).line();
    assert!(place.list("key").iter().any(|key| key["kid"] == kid.as_str() && key["bits"] == 3072));
    place.run(&["key", "create", "--alg", "RS512", "--bits", "1024"]).refused(&["2048"]);
    place.run(&["key", "create", "--alg", "EdDSA", "--bits", "2048"]).refused(&["RSA only"]);
    assert_eq!(place.run(&["key", "create", "--alg", "HS256"]).code, Some(2));
}

#[test]
fn an_imported_key_keeps_its_id() {
    for place in Place::of_each_kind() {
        let pem = || {
            let key = openssl::rsa::Rsa::generate(2048).unwrap();
            String::from_utf8(key.private_key_to_pem().unwrap()).unwrap()
        };
        let first = place.list("key")[0]["kid"].as_str().unwrap().to_owned();
        let file = place.write("old.pem", &pem());
        let import = ["key", "import", file.to_str().unwrap()];
        assert_eq!(place.run(&[&import[..], &["--kid", "django-1"]].concat()).line(), "django-1");
        assert_eq!(
            (state(&place, "django-1").as_str(), state(&place, &first).as_str()),
            ("signing", "retired")
        );
        place.run(&[&import[..], &["--kid", "django-1"]].concat()).refused(&["django-1", "another ID"]);

        let verify = place.run_with(&["key", "import", "-", "--verify-only"], &pem()).line();
        assert_eq!((state(&place, &verify).as_str(), verify.len()), ("retired", 43));
        let next = place.run_with(&["key", "import", "-", "--next", "--alg", "RS256"], &pem()).line();
        assert_eq!(state(&place, &next), "next");

        let before = place.list("key");
        place.run_with(&["key", "import", "-"], "nothing").refused(&["no private key"]);
        place.run_with(&["key", "import", "-", "--alg", "ES256"], &pem()).refused(&["ES256"]);
        place.run(&["key", "import", "absent.pem"]).refused(&["absent.pem"]);
        assert_eq!(place.list("key"), before);
    }
}

#[test]
fn private_keys_are_sealed() {
    let place = Place::sqlite();
    let key = openssl::rsa::Rsa::generate(2048).unwrap();
    let pem = String::from_utf8(key.private_key_to_pem().unwrap()).unwrap();
    place.run_with(&["key", "import", "-"], &pem).good();
    let (stored, prime) = (place.stored(), key.p().unwrap().to_vec());
    assert!(!stored.windows(prime.len()).any(|bytes| bytes == prime));
    let line = pem.lines().nth(10).unwrap().as_bytes();
    assert!(!stored.windows(line.len()).any(|bytes| bytes == line));
}

#[test]
fn a_retired_key_says_until_when_it_verifies() {
    let place = Place::sqlite();
    let first = place.list("key")[0].clone();
    place.run(&["key", "rotate"]).good();
    let keys = place.list("key");
    let retired = keys.iter().find(|key| key["kid"] == first["kid"]).unwrap();
    let [from, until] = ["retired_at", "removed_at"].map(|member| retired[member].as_i64().unwrap());
    assert!(until > from + 600, "longer than an ID token lives");
    assert_eq!(first["removed_at"], Value::Null);
}

#[test]
fn keys_for_encryption_are_listed_and_rotated() {
    for place in Place::of_each_kind() {
        let of = |alg: &str| {
            let keys = place.list("key").into_iter().filter(|key| key["use"] == "enc" && key["alg"] == alg);
            let kid = |key: &Value| key["kid"].as_str().unwrap().to_owned();
            keys.map(|key| (key["state"].as_str().unwrap().to_owned(), kid(&key))).collect::<Vec<_>>()
        };
        for alg in ["RSA-OAEP", "ECDH-ES"] {
            let [(state_before, first)] = of(alg).try_into().unwrap();
            assert_eq!(state_before, "current");
            let second = place.run(&["key", "rotate", "--alg", alg]).line();
            assert_eq!(
                (state(&place, &first).as_str(), state(&place, &second).as_str()),
                ("retired", "current")
            );
            let key = place.list("key").into_iter().find(|key| key["kid"] == first.as_str()).unwrap();
            let [from, until] = ["retired_at", "removed_at"].map(|member| key[member].as_i64().unwrap());
            assert_eq!(until - from, 14 * 86_400 + 3600);

            place.run(&["key", "retire", &first]).refused(&["retired already"]);
            place.run(&["key", "retire", &second, "--withdraw"]).refused(&["rotate instead"]);
            place.run(&["key", "retire", &first, "--withdraw"]).good();
            assert_eq!(state(&place, &first), "removed");
            let third = place.run(&["key", "rotate", "--withdraw", "--alg", alg]).line();
            assert_eq!(
                (state(&place, &second).as_str(), state(&place, &third).as_str()),
                ("removed", "current")
            );
        }
        assert_eq!(signing(&place).len(), 1, "what signs is left alone");
        assert_eq!(place.run(&["key", "rotate", "--alg", "RSA1_5"]).code, Some(2));
        let table = place.run(&["key", "list"]).good().stdout;
        assert!(table.contains("published since") && table.contains("ECDH-ES"), "{table}");
    }
}
