//! The words that these tests speak.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use serde_json::Value;
use tempfile::TempDir;

use crate::port::free_port;

pub const PASSWORD: &str = "a lighthouse at noon";

/// A working directory with a database of its own.
pub struct Place {
    directory: TempDir,
    pub database_url: String,
}

/// How a command ended.
pub struct Done {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    pub fn of_each_kind() -> Vec<Self> {
        let url = std::env::var("CARDEA_TEST_POSTGRES_URL").unwrap_or_else(|_| {
            panic!(
                "CARDEA_TEST_POSTGRES_URL names no PostgreSQL; run the tests with tests/run, which starts one"
            )
        });
        vec![Self::sqlite(), Self::postgres(&url)]
    }

    pub fn sqlite() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), database_url: "sqlite://cardea.db".into() }
    }

    fn postgres(server: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("cardea_cli_{}_{number}", std::process::id());
        let mut conn = PgConnection::establish(server).unwrap();
        conn.batch_execute(&format!("DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name}"))
            .unwrap_or_else(
                // Two statements in one text are one transaction, in which no database can be created.
                |_| conn.batch_execute(&format!("CREATE DATABASE {name}")).unwrap(),
            );
        let (server, _) = server.rsplit_once('/').unwrap();
        Self { directory: tempfile::tempdir().unwrap(), database_url: format!("{server}/{name}") }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Runs a statement beside Cardea's back.
    pub fn execute(&self, statement: &str) {
        match self.database_url.strip_prefix("sqlite://") {
            Some(path) => {
                let path = self.path().join(path);
                let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                conn.batch_execute(statement).unwrap();
            }
            None => PgConnection::establish(&self.database_url).unwrap().batch_execute(statement).unwrap(),
        }
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cardea"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARDEA_")) {
            command.env_remove(name);
        }
        command
            .current_dir(self.path())
            .args(["--database-url", &self.database_url])
            .args(["--set", "password.hash_memory_kib=1024", "--set", "password.hash_iterations=1"])
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn run(&self, args: &[&str]) -> Done {
        self.run_with(args, "")
    }

    pub fn run_with(&self, args: &[&str], stdin: &str) -> Done {
        let mut child = self.command(args).spawn().unwrap();
        // A command that is refused may be gone before it reads.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Done { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    pub fn add_user(&self, args: &[&str]) -> Done {
        let args = [&["user", "add"], args, &["--password-stdin"]].concat();
        self.run_with(&args, &format!("{PASSWORD}\n"))
    }

    /// What a list prints as JSON.
    pub fn list(&self, what: &str) -> Vec<Value> {
        let Value::Array(rows) = self.run(&[what, "list", "--json"]).json() else { panic!("no list") };
        rows
    }

    /// Every byte that is stored in SQLite's files.
    pub fn stored(&self) -> Vec<u8> {
        let read = |name: &str| std::fs::read(self.path().join(name)).unwrap_or_default();
        ["cardea.db", "cardea.db-wal"].into_iter().flat_map(read).collect()
    }

    pub fn serve(&self) -> Server {
        Server::start(self, &[])
    }
}

impl Done {
    #[track_caller]
    pub fn good(self) -> Self {
        assert_eq!(self.code, Some(0), "{}{}", self.stdout, self.stderr);
        self
    }

    /// Refused, with these words, and without any result.
    #[track_caller]
    pub fn refused(self, words: &[&str]) {
        assert_eq!(self.code, Some(1), "{}{}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "");
        for word in words {
            assert!(self.stderr.contains(word), "{word} is not in: {}", self.stderr);
        }
    }

    #[track_caller]
    pub fn json(self) -> Value {
        let done = self.good();
        serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {}", done.stdout))
    }

    #[track_caller]
    pub fn line(self) -> String {
        let done = self.good();
        assert_eq!(done.stdout.lines().count(), 1, "{}", done.stdout);
        done.stdout.trim().to_owned()
    }
}

/// `cardea serve` while it runs.
pub struct Server {
    child: Child,
    out: BufReader<ChildStdout>,
    pub issuer: String,
}

impl Server {
    pub fn start(place: &Place, args: &[&str]) -> Self {
        Self::start_at(place, "127.0.0.1", args)
    }

    /// Listens at another address too.
    pub fn start_at(place: &Place, host: &str, args: &[&str]) -> Self {
        let port = free_port();
        let (issuer, listen) = (format!("http://127.0.0.1:{port}"), format!("{host}:{port}"));
        let args = [&["serve", "--issuer", &issuer, "--listen", &listen], args].concat();
        let mut child = place.command(&args).stderr(Stdio::inherit()).spawn().unwrap();
        let mut server = Self { out: BufReader::new(child.stdout.take().unwrap()), child, issuer };
        assert_eq!(server.next_line(), format!("Cardea listens at {}", server.issuer));
        server
    }

    pub fn next_line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Everything that it prints until its end.
    pub fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        rest
    }

    pub fn get(&self, path: &str) -> Value {
        let mut answer = ureq::get(format!("{}{path}", self.issuer)).call().unwrap();
        serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap()
    }

    /// Of the keys that verify what the server signs.
    pub fn kids(&self) -> Vec<String> {
        let jwks = self.get("/jwks");
        let signing = jwks["keys"].as_array().unwrap().iter().filter(|key| key["use"] == "sig");
        signing.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits for a change by the command line; it must be seen within a second (and the machine may be slow).
    #[track_caller]
    pub fn soon(&self, is_so: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !is_so(self) {
            assert!(start.elapsed() < Duration::from_secs(15), "not seen after {:?}", start.elapsed());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    pub fn wait(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
