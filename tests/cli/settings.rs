use std::os::unix::fs::PermissionsExt;

use crate::support::Place;

#[test]
fn a_migration_runs_once() {
    for place in Place::of_each_kind() {
        let first = place.run(&["migrate"]).good();
        assert!(!first.stdout.is_empty());
        let second = place.run(&["migrate"]).good();
        assert_eq!(second.stdout, "");
    }
}

#[test]
fn every_problem_of_the_configuration_is_told() {
    let place = Place::sqlite();
    place.write("cardea.toml", "issuer = \"ftp://x\"\n[lifetimes]\ncode = \"20m\"\ncodes = 1\n");
    let words = ["cardea.toml, line 1: issuer", "cardea.toml, line 3: lifetimes.code", "lifetimes.codes"];
    place.run(&["config", "check"]).refused(&words);
    place.run(&["serve"]).refused(&words);
    place.run(&["user", "list"]).refused(&words);
    assert!(!place.path().join("cardea.db").exists());

    place.write("cardea.toml", "[lifetimes]\ncode = \"30s\"\n");
    assert_eq!(place.run(&["config", "check"]).line(), "the configuration is good");
    let shown = place.run(&["--set", "lifetimes.code=45s", "config", "show"]).good().stdout;
    assert!(shown.contains("code = \"45s\"  # command line"), "{shown}");
    assert_eq!(place.run(&["config", "check", "--set", "lifetimes.code"]).code, Some(2));
}

#[test]
fn secrets_are_masked() {
    let place = Place::sqlite();
    let url = "postgres://ada:s3cr3t@127.0.0.1:1/x";
    let shown = place.run(&["config", "show", "--database-url", url]).good();
    assert!(shown.stdout.contains("ada:********@") && !(shown.stdout + &shown.stderr).contains("s3cr3t"));
    for url in [url, "postgres://ada:s3cr3t/x@127.0.0.1:1/x"] {
        let done = place.run(&["migrate", "--database-url", url]);
        assert!(!done.stderr.contains("s3cr3t"), "{}", done.stderr);
        done.refused(&["********"]);
    }
}

#[test]
fn the_master_key_is_made_once_for_its_owner_alone() {
    for place in Place::of_each_kind() {
        let path = place.path().join("cardea.key");
        let starts: Vec<_> =
            (0..4).map(|_| place.command(&["key", "list", "--json"]).spawn().unwrap()).collect();
        let ends: Vec<_> = starts.into_iter().map(|start| start.wait_with_output().unwrap()).collect();
        for end in &ends {
            assert!(end.status.success(), "{}", String::from_utf8_lossy(&end.stderr));
            assert_eq!(end.stdout, ends[0].stdout, "one key signs, whoever was first");
        }
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        let key = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        place.run(&["user", "list"]).refused(&["cardea.key is missing", "put it back"]);
        assert!(!path.exists(), "no other key was made in its place");
        let with_key = place.run(&["key", "list", "--json", "--set", &format!("master_key={}", key.trim())]);
        assert_eq!(with_key.good().stdout.as_bytes(), ends[0].stdout);
        place.write("cardea.key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        place.run(&["user", "list"]).refused(&["master key"]);
    }
}

#[test]
fn a_database_that_is_not_there_is_named() {
    let place = Place::sqlite();
    place.run(&["user", "list", "--database-url", "sqlite://nowhere/x.db"]).refused(&["nowhere/x.db"]);
    place.write("broken.db", &"no database ".repeat(1000));
    place.run(&["user", "list", "--database-url", "sqlite://broken.db"]).refused(&["broken.db"]);
}

#[test]
fn a_database_of_a_newer_version_is_refused_by_every_command() {
    for place in Place::of_each_kind() {
        place.run(&["migrate"]).good();
        place.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')");
        for command in [&["serve"][..], &["migrate"], &["user", "list"], &["key", "rotate"]] {
            place.run(command).refused(&["99990101000000", "newer Cardea", "backup"]);
        }
        assert!(!place.path().join("cardea.key").exists());
    }
}

#[test]
fn templates_are_checked_too() {
    let place = Place::sqlite();
    for (name, text) in [
        ("login.html", "at the wrong place"),
        ("templates/lgoin.html", "misspelled"),
        ("templates/logout.htm", "misspelled"),
        ("templates/signed_out.html", "{% include \"parts/own.html\" %}"),
        ("templates/parts/own.html", "<img src=\"{{ asset(name=\"img/own.svg\") }}\">"),
        ("static/img/own.svg", "<svg/>"),
        ("static/cardae.css", ""),
        ("static/cardea.css", ""),
        (".hidden", ""),
    ] {
        let path = place.path().join("own").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let check = || place.run(&["config", "check", "--set", "templates=own"]);
    let done = check().good();
    let warned: Vec<_> = done.stderr.lines().collect();
    let replaces =
        |name: &str, near: &str| format!("warning: own/{name} replaces nothing: did you mean {near}?");
    for (name, near) in [
        ("login.html", "templates/login.html"),
        ("templates/lgoin.html", "templates/login.html"),
        ("templates/logout.htm", "templates/logout.html"),
        ("static/cardae.css", "static/cardea.css"),
    ] {
        assert!(warned.contains(&&*replaces(name, near)), "{name}: {}", done.stderr);
    }
    assert_eq!(warned.len(), 4, "{}", done.stderr);

    std::fs::write(place.path().join("own/templates/login.html"), "{{ no_such_name }}").unwrap();
    check().refused(&["a template is broken", "login.html", "no_such_name"]);
    place.run(&["serve", "--set", "templates=own"]).refused(&["a template is broken", "login.html"]);
}
