//! Cardea as a process of its own, over https, with clients made on the command line.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Browser, Certificate, Database, Kind, MASTER_KEY_TEXT, Process, Site};

pub struct Provider {
    site: Site,
    _process: Process,
    database: Database,
    pub certificate: Certificate,
}

impl Provider {
    pub fn start(kind: Kind) -> Self {
        Self::start_with(kind, &[])
    }

    /// With settings by their keys. Its certificate is good for relying parties too.
    pub fn start_with(kind: Kind, settings: &[(&str, &str)]) -> Self {
        let (database, certificate) = (Database::filled(kind), Certificate::new());
        let (path, key_path) = (certificate.path(), certificate.key_path());
        let mut all = vec![
            ("tls.certificate", &*path),
            ("tls.private_key", &key_path),
            ("keys.rotate", "false"),
            ("outbound_trust_anchors", &path),
            ("outbound_exempt_hosts", "localhost"),
        ];
        all.extend(settings);
        let process = Process::start_with(&database.url, &all);
        let site = process.site().over(certificate.connector());
        Self { site, _process: process, database, certificate }
    }

    pub fn issuer(&self) -> &str {
        self.site.issuer()
    }

    pub fn browser(&self) -> Browser {
        self.site.browser()
    }

    /// Adds a client by its metadata; gives how it is connected: `issuer`, `client_id` and `client_secret`.
    pub fn add_client(&self, metadata: &Value) -> Value {
        let printed = self.command(&["client", "add", "--metadata", "-", "--json"], &metadata.to_string());
        let mut client: Value = serde_json::from_slice(&printed).unwrap();
        let [id, secret] = ["client_id", "client_secret"].map(|name| client[name].take());
        json!({ "issuer": self.issuer(), "client_id": id, "client_secret": secret, "metadata": metadata })
    }

    /// With which clients may register where strangers may not.
    pub fn initial_access_token(&self) -> String {
        let printed = self.command(&["registration-token", "create", "--name", "Partners"], "");
        String::from_utf8(printed).unwrap().trim().to_owned()
    }

    /// Adds a key that signs with `alg`, and waits until the server knows it.
    pub fn add_key(&self, alg: &str) {
        if !self.signs(alg) {
            self.command(&["key", "create", "--alg", alg, "--sign"], "");
            let begun = Instant::now();
            while !self.signs(alg) {
                assert!(begun.elapsed() < Duration::from_secs(30), "no key for {alg} is published");
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }

    /// Lets a new key take over, and waits until the server knows it.
    pub fn rotate_key(&self) {
        let kids = || -> usize {
            let jwks = self.site.request("GET", "/jwks").send().json();
            jwks["keys"].as_array().unwrap().len()
        };
        let before = kids();
        self.command(&["key", "rotate"], "");
        let begun = Instant::now();
        while kids() == before {
            assert!(begun.elapsed() < Duration::from_secs(30), "no new key is published");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn signs(&self, alg: &str) -> bool {
        let jwks = self.site.request("GET", "/jwks").send().json();
        jwks["keys"].as_array().unwrap().iter().any(|key| key["alg"] == alg)
    }

    /// Runs a command beside the server; gives what it prints.
    fn command(&self, arguments: &[&str], input: &str) -> Vec<u8> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cardea"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARDEA_")) {
            command.env_remove(name);
        }
        command
            .args(["--database-url", &self.database.url])
            .args(arguments)
            .env("CARDEA_MASTER_KEY", MASTER_KEY_TEXT)
            .current_dir(env!("CARGO_TARGET_TMPDIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }
}
