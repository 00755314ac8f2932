//! A real Chromium through chromedriver, and a place where an app's redirect URI is listened to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

/// How long a page may take on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(30);

/// chromedriver, stopped with the test.
struct Driver {
    process: Child,
    address: SocketAddr,
}

impl Driver {
    fn start() -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], crate::support::free_port()));
        let process = Command::new("chromedriver")
            .arg(format!("--port={}", address.port()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed; run the tests with tests/run, which installs it");
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(begun.elapsed() < PATIENCE, "chromedriver does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { process, address }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One browser with its own profile.
pub struct Chromium {
    pub client: Client,
    _driver: Driver,
    _profile: tempfile::TempDir,
}

impl Chromium {
    pub async fn open(has_script: bool) -> Self {
        let without = json!({ "profile.managed_default_content_settings.javascript": 2 });
        Self::open_with(if has_script { json!({}) } else { without }).await
    }

    /// With preferences of the person's; any certificate will do.
    pub async fn open_with(prefs: Value) -> Self {
        let driver = Driver::start();
        let profile = tempfile::tempdir().unwrap();
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".into(),
            "--disable-gpu".into(),
            "--disable-dev-shm-usage".into(),
            "--disable-quic".into(),
            "--no-first-run".into(),
            "--disable-background-networking".into(),
            "--disable-component-update".into(),
            "--disable-sync".into(),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        let options = json!({ "args": arguments, "prefs": prefs });
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".into(), options);
        // Those of tests are signed by themselves.
        capabilities.insert("acceptInsecureCerts".into(), true.into());
        capabilities.insert("goog:loggingPrefs".into(), json!({ "browser": "ALL" }));
        let (address, mut tries) = (format!("http://{}", driver.address), 0);
        // Two that start at once on a slow machine may hinder each other.
        let client = loop {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            match builder.capabilities(capabilities.clone()).connect(&address).await {
                Ok(client) => break client,
                Err(error) if tries == 3 => panic!("Chromium does not start: {error}"),
                Err(_) => tries += 1,
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        };
        Self { client, _driver: driver, _profile: profile }
    }

    pub async fn go(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    pub async fn fill(&self, id: &str, text: &str) {
        let field = self.client.find(Locator::Id(id)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Clicks what has this id, and waits until another page is there.
    pub async fn click(&self, id: &str) {
        self.click_at(Locator::Id(id)).await;
    }

    pub async fn click_at(&self, place: Locator<'_>) {
        let before = self.client.find(Locator::Css("html")).await.unwrap();
        self.client.find(place).await.unwrap().click().await.unwrap();
        let begun = Instant::now();
        // The old page is gone once its elements are stale.
        while before.tag_name().await.is_ok() {
            assert!(begun.elapsed() < PATIENCE, "no other page came");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        self.client.wait().at_most(PATIENCE).for_element(Locator::Css("body")).await.unwrap();
    }

    pub async fn heading(&self) -> String {
        self.client
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::Css("h1"))
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    }

    pub async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }

    pub async fn has(&self, css: &str) -> bool {
        !self.client.find_all(Locator::Css(css)).await.unwrap().is_empty()
    }

    pub async fn close(self) {
        self.client.clone().close().await.unwrap();
    }
}

/// What reached an app.
#[derive(Debug)]
pub struct Arrival {
    /// `GET` or `POST`.
    pub method: String,
    /// The query of a GET, the body of a POST.
    pub parameters: String,
    pub content_type: String,
}

impl Arrival {
    pub fn value(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.parameters.as_bytes());
        pairs.find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
    }
}

/// An app's redirect URI: it answers with a page that says *Arrived*.
pub struct App {
    pub redirect_uri: String,
    arrivals: Receiver<Arrival>,
}

impl App {
    pub fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let redirect_uri = format!("http://127.0.0.1:{}/cb", listener.local_addr().unwrap().port());
        let (tell, arrivals) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Some(arrival) = read(stream)
                    && tell.send(arrival).is_err()
                {
                    return;
                }
            }
        });
        Self { redirect_uri, arrivals }
    }

    /// The next visitor at the redirect URI.
    pub fn arrival(&self) -> Arrival {
        self.arrivals.recv_timeout(PATIENCE).expect("the browser reaches the app")
    }
}

/// Reads a request and answers it; the browser's own questions (its icon) are no arrivals.
fn read(stream: TcpStream) -> Option<Arrival> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let (mut length, mut content_type) = (0, String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "content-type" => content_type = value.to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let page = "<!doctype html><title>App</title><h1>Arrived</h1>";
    let mut stream = stream;
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: ";
    write!(stream, "{head}{}\r\n\r\n{page}", page.len()).ok()?;
    let mut words = first.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let parameters = if method == "POST" { String::from_utf8(body).ok()? } else { query.to_owned() };
    (path == "/cb").then_some(Arrival { method, parameters, content_type })
}
