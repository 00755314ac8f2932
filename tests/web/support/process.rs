//! `cardea serve` as a process of its own, with the time of the system.

use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{MASTER_KEY_TEXT, Site};

/// It is killed when this is dropped.
pub struct Process {
    child: Child,
    address: SocketAddr,
    issuer: String,
}

impl Process {
    pub fn start(database_url: &str) -> Self {
        Self::start_with(database_url, &[])
    }

    /// The same with further settings by their keys.
    pub fn start_with(database_url: &str, settings: &[(&str, &str)]) -> Self {
        Self::start_telling(database_url, settings, Stdio::inherit())
    }

    /// The same; what it logs goes to `stderr`.
    pub fn start_telling(database_url: &str, settings: &[(&str, &str)], stderr: impl Into<Stdio>) -> Self {
        let process = Self::spawn(database_url, settings, stderr.into());
        let start = Instant::now();
        while TcpStream::connect(process.address).is_err() {
            assert!(start.elapsed() < Duration::from_secs(30), "the server does not start");
            std::thread::sleep(Duration::from_millis(5));
        }
        process
    }

    /// Starts it with settings that it refuses; gives what it says about them.
    pub fn refusal(database_url: &str, settings: &[(&str, &str)]) -> String {
        let mut process = Self::spawn(database_url, settings, Stdio::piped());
        let start = Instant::now();
        let status = loop {
            if let Some(status) = process.child.try_wait().unwrap() {
                break status;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "the server starts");
            std::thread::sleep(Duration::from_millis(5));
        };
        assert_eq!(status.code(), Some(1));
        let mut text = String::new();
        process.child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }

    fn spawn(database_url: &str, settings: &[(&str, &str)], stderr: Stdio) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], super::free_port()));
        let mut command = Command::new(env!("CARGO_BIN_EXE_cardea"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARDEA_")) {
            command.env_remove(name);
        }
        command
            .args(["serve", "--database-url", database_url, "--listen", &address.to_string()])
            .args(["--set", "workers=1", "--set", "password.hash_memory_kib=1024", "--set", "log.filter=off"])
            .args(["--set", "database.wait=20s"])
            .env("CARDEA_MASTER_KEY", MASTER_KEY_TEXT)
            .stdout(Stdio::null())
            .stderr(stderr);
        for (key, value) in settings {
            command.args(["--set", &format!("{key}={value}")]);
        }
        let find = |name: &str| settings.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        let scheme = if find("tls.certificate").is_some() { "https" } else { "http" };
        // As it is by default.
        let issuer = format!("{scheme}://localhost:{}", address.port());
        let issuer = find("issuer").map_or(issuer, str::to_owned);
        Self { child: command.spawn().unwrap(), address, issuer }
    }

    /// Where it is, or was.
    pub fn site(&self) -> Site {
        Site::new(self.address, &self.issuer)
    }
}

impl Drop for Process {
    /// Rust kills with SIGKILL.
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
