//! Whether the time of a refused sign-in tells who has an account: medians over real requests to a real server.
//!
//! `cargo bench --bench sign_in_timing`. Nothing is asserted, for a busy machine proves nothing; look at the numbers.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use ureq::Agent;

const ROUNDS: usize = 60;
/// Not counted: connections, caches and the rows of both names are made in these.
const WARM_UP: usize = 10;
const KNOWN: &str = "alice";
const UNKNOWN: &str = "nobody";

fn main() -> Result<()> {
    // `cargo test --all-targets` starts it too, and waits for nothing.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let directory = tempfile::tempdir()?;
    let server = Server::start(directory.path())?;
    let visitor = Visitor::new(&server.issuer)?;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for round in 0..WARM_UP + ROUNDS {
        // Each goes first as often as the other.
        let times = if round % 2 == 0 {
            [visitor.try_as(KNOWN)?, visitor.try_as(UNKNOWN)?]
        } else {
            let second = visitor.try_as(UNKNOWN)?;
            [visitor.try_as(KNOWN)?, second]
        };
        if round >= WARM_UP {
            known.push(times[0]);
            unknown.push(times[1]);
        }
    }
    report("known user, wrong password", &mut known);
    report("unknown user", &mut unknown);
    Ok(())
}

/// Prints the quartiles.
fn report(name: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |quarter: usize| times[quarter * (times.len() - 1) / 4];
    println!("{name:28} median {:9.3?}, half of all from {:9.3?} to {:9.3?}", at(2), at(1), at(3));
}

/// `cardea serve` on SQLite, with one person, hashing as it does by default, and without a limit that is ever reached.
struct Server {
    child: Child,
    issuer: String,
}

impl Server {
    fn start(directory: &Path) -> Result<Self> {
        let mut add = command(directory).args(["user", "add", KNOWN, "--password-stdin"]).spawn()?;
        add.stdin.take().context("its input is a pipe")?.write_all(b"a lighthouse at noon\n")?;
        ensure!(add.wait()?.success(), "the person cannot be added");

        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let issuer = format!("http://{address}");
        let mut child = command(directory)
            .args(["serve", "--listen", &address.to_string(), "--issuer", &issuer])
            .args(["--set", "throttle.account_failures=1000", "--set", "throttle.address_failures=1000"])
            .spawn()?;
        let output = child.stdout.take().context("its output is a pipe")?;
        let server = Self { child, issuer };
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        ensure!(line.contains(&server.issuer), "the server does not start");
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cardea"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARDEA_")) {
        command.env_remove(name);
    }
    command.current_dir(directory).stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// A browser on the sign-in page, with one connection.
struct Visitor {
    agent: Agent,
    url: String,
    cookie: String,
    csrf: String,
}

impl Visitor {
    fn new(issuer: &str) -> Result<Self> {
        let agent: Agent =
            Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
        let url = format!("{issuer}/login");
        let mut page = agent.get(&url).call()?;
        let cookie = page.headers().get("set-cookie").context("the page sets a cookie")?.to_str()?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let body = page.body_mut().read_to_string()?;
        let (_, rest) = body.split_once(r#"name="csrf" value=""#).context("the form has a token")?;
        let csrf = rest.split('"').next().unwrap_or_default().to_owned();
        Ok(Self { agent, url, cookie, csrf })
    }

    /// How long it takes until a sign-in is refused.
    fn try_as(&self, username: &str) -> Result<Duration> {
        let form = [("csrf", &*self.csrf), ("username", username), ("password", "wrong horse")];
        let start = Instant::now();
        let mut answer = self.agent.post(&self.url).header("cookie", &self.cookie).send_form(form)?;
        let body = answer.body_mut().read_to_string()?;
        let time = start.elapsed();
        ensure!(answer.status() == 422 && body.contains("do not match"), "{}: {body}", answer.status());
        Ok(time)
    }
}
