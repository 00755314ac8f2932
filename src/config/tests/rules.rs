use std::os::unix::fs::PermissionsExt;

use super::*;

#[test]
fn plain_http_stays_on_loopback_or_behind_a_named_proxy() {
    let open = ("listen", "0.0.0.0:8080");
    let issuer = ("issuer", "https://id.example.com");
    let problem = refusal(&[open, issuer]);
    assert_eq!((problem.key.as_deref(), &problem.source), (Some("listen"), &Source::Flag("listen".into())));
    assert!(from_flags(&[open, issuer, ("trusted_proxies", "10.0.0.1")]).is_ok());
    assert!(from_flags(&[("listen", "[::1]:8080")]).is_ok());

    let pair = certificate_and_key();
    let pem = pair.text();
    let config = from_flags(&[open, issuer, ("tls.certificate", pem), ("tls.private_key", pem)]).unwrap();
    assert_eq!(config.tls.files(), Some((Path::new(pem), Path::new(pem))));
    assert_eq!(refused_key(&[open, issuer, ("tls.certificate", pem)]), "tls.certificate");
    assert_eq!(refused_key(&[open, issuer, ("tls.private_key", pem)]), "tls.private_key");
    assert_eq!(refused_key(&[("tls.certificate", pem), ("tls.private_key", "no/such")]), "tls.private_key");
}

#[test]
fn an_http_issuer_stays_on_loopback_or_behind_a_named_proxy() {
    assert_eq!(refused_key(&[("issuer", "http://id.example.com")]), "issuer");
    assert!(from_flags(&[("issuer", "http://127.0.0.1:8080/auth")]).is_ok());
    let config =
        from_flags(&[("issuer", "http://id.example.com"), ("trusted_proxies", "127.0.0.1")]).unwrap();
    assert_eq!(config.warnings().len(), 1, "{:?}", config.warnings());
}

#[test]
fn the_default_issuer_follows_listen_and_tls() {
    assert_eq!(from_flags(&[("listen", "127.0.0.1:9000")]).unwrap().issuer.as_str(), "http://localhost:9000");
    assert_eq!(from_flags(&[("listen", "127.0.0.1:80")]).unwrap().issuer.as_str(), "http://localhost");
    assert_eq!(refused_key(&[("listen", "127.0.0.1:0")]), "issuer");
    assert!(from_flags(&[("listen", "127.0.0.1:0"), ("issuer", "http://localhost:1")]).is_ok());
    let pair = certificate_and_key();
    let pem = pair.text();
    let config = from_flags(&[("tls.certificate", pem), ("tls.private_key", pem)]).unwrap();
    assert_eq!(config.issuer.as_str(), "https://localhost:8080");
    assert_eq!(config.cookies.session, "__Host-cardea");
}

#[test]
fn the_session_cookie_is_bound_to_its_host_over_https() {
    let issuer = ("issuer", "https://id.example.com/auth");
    assert_eq!(from_flags(&[issuer]).unwrap().cookies.session, "__Host-cardea");
    assert_eq!(from_flags(&[issuer, ("cookies.session", "id")]).unwrap().cookies.session, "id");
    assert_eq!(refused_key(&[("cookies.session", "__host-id")]), "cookies.session");
    assert_eq!(refused_key(&[("cookies.theme", "__Secure-theme")]), "cookies.theme");
    assert_eq!(refused_key(&[("cookies.browser_state", "__Host-state")]), "cookies.browser_state");
    assert!(from_flags(&[issuer, ("cookies.browser_state", "__Host-state")]).is_ok());
}

#[test]
fn each_cookie_has_a_name_of_its_own() {
    assert_eq!(refused_key(&[("cookies.theme", "same"), ("cookies.session", "same")]), "cookies.theme");
    for taken in ["cardea", "cardea-theme"] {
        let problem = refusal(&[("cookies.browser_state", taken)]);
        assert_eq!(problem.key.as_deref(), Some("cookies.browser_state"), "{taken}");
        assert!(problem.mend.contains("a name of its own"), "{problem}");
    }
}

#[test]
fn times_that_contradict_each_other_are_refused() {
    assert_eq!(refused_key(&[("lifetimes.session_idle", "31d")]), "lifetimes.session_idle");
    assert_eq!(
        refused_key(&[("lifetimes.session_max", "10h"), ("lifetimes.session_idle", "5h")]),
        "lifetimes.session_unremembered"
    );
    assert_eq!(refused_key(&[("throttle.pause", "16m")]), "throttle.pause");
    assert_eq!(refused_key(&[("keys.publish_ahead", "90d")]), "keys.publish_ahead");
    assert_eq!(refused_key(&[("lifetimes.code", "601")]), "lifetimes.code");
}

#[test]
fn apps_forget_an_old_key_set_before_the_next_key_signs() {
    let max_age = |flags: &[(&str, &str)]| from_flags(flags).unwrap().keys.max_age;
    assert_eq!(max_age(&[]), 3600);
    assert_eq!(max_age(&[("keys.publish_ahead", "10m")]), 600);
    assert_eq!(max_age(&[("keys.publish_ahead", "0s")]), 0);
    assert_eq!(max_age(&[("keys.publish_ahead", "2h"), ("keys.max_age", "2h")]), 7200);
    assert_eq!(refused_key(&[("keys.publish_ahead", "10m"), ("keys.max_age", "11m")]), "keys.max_age");
}

#[test]
fn the_key_file_lies_beside_the_database_and_is_its_owners_alone() {
    let file = |url| from_flags(&[("database_url", url)]).unwrap().master_key_file;
    assert_eq!(file("sqlite:///var/lib/cardea/c.db"), Path::new("/var/lib/cardea/cardea.key"));
    assert_eq!(file("postgres://localhost/cardea"), Path::new("cardea.key"));

    let key = written("cardea.key", KEY);
    let url = format!("sqlite://{}", key.dir.path().join("c.db").display());
    let mode = |mode| fs::set_permissions(&key.path, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o600);
    assert_eq!(from_flags(&[("database_url", &url)]).unwrap().master_key_file, key.path);
    for open in [0o640, 0o604, 0o620] {
        mode(open);
        assert_eq!(refused_key(&[("database_url", &url)]), "master_key_file");
    }
    assert!(from_flags(&[("database_url", &url), ("master_key", KEY)]).is_ok(), "the file is not used");
}

#[test]
fn hooks_need_a_secret() {
    for key in ["hooks.introspection", "hooks.end_session"] {
        let hook = (key, "https://hooks.example.com/cardea");
        let problem = refusal(&[hook]);
        assert_eq!(problem.key.as_deref(), Some("hooks.secret"));
        assert!(problem.mend.contains("openssl rand"), "{problem}");
        let config = from_flags(&[hook, ("hooks.secret", KEY)]).unwrap();
        assert!(config.show().contains("secret = \"********\"") && !config.show().contains(KEY));
        assert_eq!(refused_key(&[hook, ("hooks.secret", "c2hvcnQ=")]), "hooks.secret");
    }
}

#[test]
fn templates_must_be_a_directory() {
    let file = written("x", "");
    assert_eq!(refused_key(&[("templates", file.path.to_str().unwrap())]), "templates");
    let dir = file.dir.path().to_str().unwrap();
    assert_eq!(from_flags(&[("templates", dir)]).unwrap().templates.as_deref(), Some(file.dir.path()));
}

#[test]
fn what_is_risky_is_said() {
    let warning = |flags: &[(&str, &str)]| {
        let warnings = from_flags(flags).unwrap().warnings();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        warnings[0].split(' ').next().unwrap().to_owned()
    };
    let proxy = ("trusted_proxies", "10.0.0.1");
    let issuer = ("issuer", "https://id.example.com");
    assert_eq!(warning(&[("listen", "0.0.0.0:80"), proxy]), "issuer");
    assert_eq!(warning(&[issuer]), "issuer");
    assert_eq!(warning(&[("trusted_proxies", "0.0.0.0/0")]), "trusted_proxies");
    assert_eq!(warning(&[issuer, proxy, ("cookies.session", "id")]), "cookies.session");
    assert_eq!(warning(&[("throttle.enabled", "false")]), "throttle.enabled");
    assert_eq!(warning(&[("password.hash_iterations", "1")]), "password.hash_memory_kib");
    assert_eq!(warning(&[("lifetimes.access_token", "2d")]), "lifetimes.access_token");
    assert_eq!(warning(&[("features.require_pkce", "registered")]), "features.require_pkce");
    assert_eq!(warning(&[("metrics_token", "metrics-token-0123456789")]), "metrics_token");
    assert_eq!(from_flags(&[issuer, proxy]).unwrap().warnings(), Vec::<String>::new());

    let pair = certificate_and_key();
    let pem = pair.text();
    let tls = [("tls.certificate", pem), ("tls.private_key", pem), ("issuer", "http://localhost:8080")];
    assert_eq!(warning(&tls), "issuer");

    let both = from_env(&[("CARDEA_MASTER_KEY", KEY), ("CARDEA_MASTER_KEY_FILE", "other.key")]).unwrap();
    assert!(both.warnings()[0].starts_with("master_key is set"), "{:?}", both.warnings());
}

#[test]
fn a_file_with_secrets_should_not_be_everybodys() {
    let file = written("cardea.toml", &format!("master_key = \"{KEY}\""));
    let warnings = |mode| {
        fs::set_permissions(&file.path, fs::Permissions::from_mode(mode)).unwrap();
        Config::load(Sources { file: Some(file.path.clone()), ..Sources::default() }).unwrap().warnings()
    };
    assert_eq!(warnings(0o640), Vec::<String>::new());
    assert!(warnings(0o644)[0].contains("chmod"), "{:?}", warnings(0o644));
}

#[test]
fn of_whom_pkce_is_required_may_still_be_said_as_by_a_switch() {
    use crate::oidc::features::RequirePkce::{Everybody, Public, Registered};
    let said = |value: &str| {
        let config = from_file(&format!("[features]\nrequire_pkce = {value}\n")).unwrap();
        config.features.require_pkce
    };
    assert_eq!(["\"everybody\"", "true"].map(said), [Everybody; 2]);
    assert_eq!(["\"public\"", "false"].map(said), [Public; 2]);
    assert_eq!(said("\"registered\""), Registered);
    assert_eq!(from_flags(&[]).unwrap().features.require_pkce, Public);
    assert_eq!(refused_key(&[("features.require_pkce", "nobody")]), "features.require_pkce");
}
