//! Cardea as a process of its own, over https, with clients made on the command line.

use std::io::Write;
use std::process::{Command, Stdio};

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
        let mut all =
            vec![("tls.certificate", &*path), ("tls.private_key", &key_path), ("keys.rotate", "false")];
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
        let mut client = self.command(&["client", "add", "--metadata", "-", "--json"], metadata);
        let [id, secret] = ["client_id", "client_secret"].map(|name| client[name].take());
        json!({ "issuer": self.issuer(), "client_id": id, "client_secret": secret, "metadata": metadata })
    }

    /// Runs a command beside the server, which answers with JSON.
    pub fn command(&self, arguments: &[&str], input: &Value) -> Value {
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
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{arguments:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}
