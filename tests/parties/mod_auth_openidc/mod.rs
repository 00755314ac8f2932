//! Debian's `libapache2-mod-auth-openidc`, in an Apache of its own.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::provider::Provider;
use crate::support::{free_port, on_both};
use crate::tour::Tour;

/// Apache in the foreground; stopped, and its directory removed, when this is dropped.
struct Apache {
    child: Child,
    directory: TempDir,
}

impl Apache {
    fn start(provider: &Provider, client: &Value, port: u16) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        // Its workers are somebody else where it is started by root.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(path, open).unwrap();
        std::fs::create_dir(path.join("pages")).unwrap();
        for name in ["index", "goodbye"] {
            std::fs::write(path.join(format!("pages/{name}.html")), format!("<h1>{name}</h1>")).unwrap();
        }
        let text = |name: &str| client[name].as_str().unwrap().to_owned();
        let config = [
            ("port", port.to_string()),
            ("directory", path.display().to_string()),
            ("modules", "/usr/lib/apache2/modules".into()),
            ("certificate", provider.certificate.path()),
            ("key", provider.certificate.key_path()),
            ("issuer", text("issuer")),
            ("client_id", text("client_id")),
            ("client_secret", text("client_secret")),
        ]
        .iter()
        .fold(include_str!("apache.conf").to_owned(), |config, (name, value)| {
            config.replace(&format!("{{{name}}}"), value)
        });
        std::fs::write(path.join("apache.conf"), config).unwrap();
        let child = Command::new("/usr/sbin/apache2")
            .args(["-D", "FOREGROUND", "-f"])
            .arg(path.join("apache.conf"))
            .stdin(Stdio::null())
            .spawn()
            .expect("Apache is installed; run the tests with tests/run, which installs it");
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = std::fs::read_to_string(path.join("error.log")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(30), "Apache does not answer: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { child, directory }
    }
}

impl Drop for Apache {
    fn drop(&mut self) {
        // Told to stop, it stops its workers too.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.directory.path().join("error.log"));
            eprintln!("Apache's log: {}", log.unwrap_or_default());
        }
    }
}

/// An Apache whose every page but one asks for a sign-in.
fn guard(provider: &Provider) -> (Apache, String) {
    let port = free_port();
    let app = format!("https://localhost:{port}");
    let client = provider.add_client(&json!({
        "client_id": "apache",
        "redirect_uris": [format!("{app}/cb")],
        "post_logout_redirect_uris": [format!("{app}/goodbye.html")],
        "backchannel_logout_uri": format!("{app}/cb?logout=backchannel"),
        "backchannel_logout_session_required": true,
        "grant_types": ["authorization_code", "refresh_token"],
    }));
    (Apache::start(provider, &client, port), app)
}

fn query(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

on_both! {
    fn guards_a_site_refreshes_and_signs_out(setup) {
        let provider = Provider::start(setup.kind());
        let (_apache, app) = guard(&provider);
        let (tour, home) = (Tour::with(&provider, &app), format!("{app}/"));
        let page = tour.sign_in(&home, "alice");
        assert_eq!(page.text(), "index");
        assert_eq!(page.answer.header("x-sub"), Some("sub-of-alice"));
        assert_eq!(page.answer.header("x-email"), Some("alice@example.org"));

        let info = || tour.open(&format!("{app}/cb?info=json")).answer.json();
        let before = info();
        assert_eq!(before["id_token"]["sub"], "sub-of-alice");
        assert_eq!(before["userinfo"]["email"], "alice@example.org");
        let token = before["access_token"].as_str().unwrap();
        let refresh = query(&[("refresh", &home), ("access_token", token)]);
        let page = tour.open(&format!("{app}/cb?{refresh}"));
        assert_eq!((page.text(), page.parameter("error_code")), ("index".into(), None));
        let after = info();
        for name in ["access_token", "refresh_token"] {
            assert_ne!(after[name], before[name], "{name} is renewed");
        }

        let logout = query(&[("logout", &format!("{app}/goodbye.html"))]);
        let page = tour.open(&format!("{app}/cb?{logout}"));
        assert_eq!(page.text(), "goodbye");
        assert!(tour.open(&home).text().starts_with("Sign in"));
    }

    fn ends_its_session_when_it_is_told_of_a_sign_out(setup) {
        let provider = Provider::start(setup.kind());
        let (_apache, app) = guard(&provider);
        let (tour, home) = (Tour::with(&provider, &app), format!("{app}/"));
        assert_eq!(tour.sign_in(&home, "alice").text(), "index");

        let page = tour.open(&format!("{}/logout", provider.issuer()));
        tour.press(&page, "sign-out");
        let begun = Instant::now();
        while tour.open(&home).text() == "index" {
            assert!(begun.elapsed() < Duration::from_secs(20), "the session at the app goes on");
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(tour.open(&home).text().starts_with("Sign in"));
    }
}
