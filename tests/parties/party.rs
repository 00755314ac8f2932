//! A relying party in another language: a process that is asked for one step after the other.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::support::Certificate;

/// It ends with its standard input.
pub struct Party {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Party {
    /// Runs a script of Node.js that trusts the certificate.
    pub fn node(script: &str, certificate: &Certificate) -> Self {
        let mut command = Command::new("node");
        // Imports of such a script are looked for in the working directory.
        command.args(["--input-type=module", "--eval", script]);
        Self::start(command.env("NODE_EXTRA_CA_CERTS", certificate.path()))
    }

    /// The same of Python.
    pub fn python(script: &str, certificate: &Certificate) -> Self {
        let mut command = Command::new(installed().join("venv/bin/python"));
        command.args(["-I", "-c", script]);
        Self::start(command.env("REQUESTS_CA_BUNDLE", certificate.path()))
    }

    /// The same of Java: the class `Main` below `name`, which `tests/run` has compiled.
    pub fn java(name: &str) -> Self {
        let directory = installed().join(name);
        let classes = format!("{0}/classes:{0}/lib/*", directory.display());
        Self::start(Command::new("java").args(["-XX:+UseSerialGC", "-Xmx512m", "-cp", &classes, "Main"]))
    }

    fn start(command: &mut Command) -> Self {
        assert!(installed().join("ready").exists(), "nothing is installed; run the tests with tests/run");
        command.current_dir(installed()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (questions, answers) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, questions, answers }
    }

    /// The answer to a step that succeeds.
    pub fn ask(&mut self, step: &str, details: &Value) -> Value {
        let mut answer = self.exchange(step, details);
        assert!(answer.get("error").is_none(), "{step} {details}: {answer}");
        answer["answer"].take()
    }

    /// The error of a step that is refused.
    pub fn refusal(&mut self, step: &str, details: &Value) -> String {
        let answer = self.exchange(step, details);
        answer["error"].as_str().unwrap_or_else(|| panic!("{step} {details}: {answer}")).to_owned()
    }

    fn exchange(&mut self, step: &str, details: &Value) -> Value {
        writeln!(self.questions.as_mut().unwrap(), "{}", json!([step, details])).unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{step} {details}: {error} in {line:?}"))
    }

    /// Lets it listen for browsers, or for the provider; gives its origin.
    pub fn listen(&mut self, certificate: &Certificate, page: &str) -> String {
        let details =
            json!({ "certificate": certificate.path(), "key": certificate.key_path(), "page": page });
        let answer = self.ask("listen", &details);
        format!("https://localhost:{}", answer["port"])
    }
}

impl Drop for Party {
    fn drop(&mut self) {
        drop(self.questions.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where `tests/run` has installed the libraries.
fn installed() -> PathBuf {
    let temporary = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    temporary.parent().expect("it lies in the target directory").join("parties")
}
