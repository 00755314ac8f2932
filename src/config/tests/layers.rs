use std::path::PathBuf;

use super::*;

#[test]
fn a_later_layer_wins() {
    let file = written(
        "c.toml",
        "organisation = \"file\"\nworkers = 3\n[lifetimes]\ncode = 10\nid_token = \"2m\"\n",
    );
    let config = Config::load(Sources {
        file: Some(file.path.clone()),
        env: pairs(&[
            ("CARDEA_LIFETIMES_CODE", "20"),
            ("CARDEA_ORGANISATION", "environment"),
            ("PATH", "/bin"),
        ]),
        flags: pairs(&[("organisation", "flag")]),
        ..Sources::default()
    })
    .unwrap();
    assert_eq!(config.organisation, "flag");
    assert_eq!(config.lifetimes.code, 20);
    assert_eq!(config.lifetimes.id_token, 120);
    assert_eq!(config.workers, 3);
    assert_eq!(config.lifetimes.access_token, 3600);

    assert_eq!(config.source("organisation"), &Source::Flag("organisation".into()));
    assert_eq!(config.source("lifetimes.code"), &Source::Env("CARDEA_LIFETIMES_CODE".into()));
    assert_eq!(config.source("workers"), &Source::File { path: file.path.clone(), line: Some(2) });
    assert_eq!(config.source("lifetimes.access_token"), &Source::Default);
}

#[test]
fn a_named_file_must_be_there_and_the_default_one_need_not() {
    let missing = || Some(PathBuf::from("no/such/cardea.toml"));
    let errors = Config::load(Sources { file: missing(), ..Sources::default() }).unwrap_err();
    assert!(errors.to_string().starts_with("no/such/cardea.toml: cannot be read"), "{errors}");
    assert!(from_env(&[("CARDEA_CONFIG", "no/such/cardea.toml")]).is_err());
    assert!(Config::load(Sources { default_file: missing(), ..Sources::default() }).is_ok());

    let default = written("cardea.toml", "organisation = \"default\"");
    let named = written("other.toml", "organisation = \"named\"");
    let organisation = |file: Option<&Written>, env: &[(&str, &str)]| {
        let file = file.map(|file| file.path.clone());
        let default_file = Some(default.path.clone());
        Config::load(Sources { file, default_file, env: pairs(env), flags: vec![] }).unwrap().organisation
    };
    let by_env = [("CARDEA_CONFIG", named.path.to_str().unwrap())];
    assert_eq!(organisation(None, &[]), "default");
    assert_eq!(organisation(None, &by_env), "named");
    assert_eq!(organisation(Some(&named), &[]), "named");
    assert_eq!(organisation(Some(&default), &by_env), "default");
}

#[test]
fn a_bad_value_is_named_with_its_place_and_cure() {
    let file = written("cardea.toml", "workers = 2\n\n[lifetimes]\ncode = \"20m\"\n");
    let errors = Config::load(Sources { file: Some(file.path.clone()), ..Sources::default() }).unwrap_err();
    let place = file.path.display();
    assert_eq!(
        errors.to_string(),
        format!(
            "{place}, line 4: lifetimes.code: \"20m\" is too large; \
             write a time from 1s to 10m, in seconds or with s, m, h or d"
        )
    );
    let errors = from_env(&[("CARDEA_METRICS", "maybe")]).unwrap_err();
    assert_eq!(
        errors.to_string(),
        "environment, CARDEA_METRICS: metrics: \"maybe\" is neither true nor false; write true or false"
    );
}

#[test]
fn all_problems_are_told_at_once() {
    let file = written("cardea.toml", "listen = \"here\"\nlisten_on = 1\n[throttle]\npause = \"1h\"\n");
    let errors = Config::load(Sources {
        file: Some(file.path.clone()),
        env: pairs(&[("CARDEA_ISSUER", "ftp://x"), ("CARDEA_ISUER", "https://x")]),
        flags: pairs(&[("workers", "0")]),
        ..Sources::default()
    })
    .unwrap_err();
    let mut keys: Vec<_> = errors.problems().iter().map(|problem| problem.key.as_deref().unwrap()).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["CARDEA_ISUER", "issuer", "listen", "listen_on", "throttle.pause", "workers"]);
    assert_eq!(errors.to_string().lines().count(), 6);
}

#[test]
fn a_broken_file_is_named_with_its_line() {
    let errors = from_file("workers = 2\nlisten = = 3\n").unwrap_err();
    assert!(errors.to_string().contains("cardea.toml, line 2: "), "{errors}");
    let errors = from_file("workers = 2\nworkers = 3\n").unwrap_err();
    assert!(errors.to_string().contains("duplicate"), "{errors}");
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_known() {
    let mend = |text| {
        let errors = from_file(text).unwrap_err();
        assert_eq!(errors.problems().len(), 1, "{errors}");
        errors.problems()[0].mend.clone()
    };
    assert_eq!(mend("isuer = \"https://a\""), "did you mean issuer?");
    assert_eq!(mend("[lifetime]\ncode = 5"), "did you mean lifetimes.code?");
    assert_eq!(mend("access_token = 5"), "did you mean lifetimes.access_token?");
    assert_eq!(mend("[lifetimes.code]\nx = 5"), "did you mean lifetimes.code?");
    assert_eq!(mend("[colours]"), "docs/configuration.md lists all settings");
    assert!(mend("lifetimes = 5").starts_with("write [lifetimes]"));

    let problem = from_env(&[("CARDEA_DATABASEURL", "x")]).unwrap_err().problems()[0].clone();
    assert_eq!(problem.mend, "did you mean CARDEA_DATABASE_URL?");
    assert_eq!(refusal(&[("lifetimes.cod", "5")]).mend, "did you mean lifetimes.code?");
}

#[test]
fn variables_that_are_not_for_us_are_passed_over() {
    let config = from_env(&[
        ("CARDEA_TEST_POSTGRES_URL", "postgres://x/y"),
        ("CARDEA_SERVICE_HOST", "10.0.0.1"),
        ("CARDEA_SERVICE_PORT_HTTP", "80"),
        ("CARDEA_PORT", "tcp://10.0.0.1:80"),
        ("CARDEA_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("CARDEA_ORGANISATION", ""),
        ("HOME", "/root"),
    ]);
    assert_eq!(config.unwrap().organisation, "Cardea");
    assert!(from_env(&[("CARDEA_PORT", "8080")]).is_err());
}

#[test]
fn only_lists_take_a_list() {
    let config = from_file("trusted_proxies = [\"10.0.0.0/8\", \"::1\"]").unwrap();
    assert!(config.trusts("10.1.2.3".parse().unwrap()) && config.trusts("::1".parse().unwrap()));
    assert!(config.trusts("::ffff:10.1.2.3".parse().unwrap()));
    assert!(!config.trusts("11.1.2.3".parse().unwrap()));
    let config = from_env(&[("CARDEA_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1")]).unwrap();
    assert!(config.trusts("192.0.2.1".parse().unwrap()) && !config.trusts("192.0.2.2".parse().unwrap()));

    let errors = from_file("organisation = [\"a\", \"b\"]").unwrap_err();
    assert!(errors.to_string().contains("several values"), "{errors}");
}
