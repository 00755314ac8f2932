//! Apps on other origins notice a sign-out: by the check-session iframe, and by frames of their own.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fantoccini::Locator;
use serde_json::{Value, json};

use crate::driver::Chromium;
use crate::support::{Certificate, Kind, Process, RelyingParty, Server, Setup, decode, encode};
use crate::{run, sign_in, url};

const PATIENCE: Duration = Duration::from_secs(20);

/// An app: the page of the example at its redirect URI, and another page everywhere else.
pub struct App {
    pub origin: String,
    hits: Arc<Mutex<Vec<String>>>,
}

impl App {
    /// On this host, which is the machine itself.
    pub fn listen(host: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{host}:{}", listener.local_addr().unwrap().port());
        let hits = Arc::<Mutex<Vec<String>>>::default();
        let own = hits.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let own = own.clone();
                // Browsers open connections ahead, and say nothing on them.
                std::thread::spawn(move || serve(&stream, &own));
            }
        });
        Self { origin, hits }
    }

    pub fn relying_party(&self, server: &Server) -> RelyingParty {
        let at = |path: &str| format!("{}{path}", self.origin);
        server.relying_party_with(
            "shop",
            json!({
                "redirect_uris": [at("/cb")],
                "post_logout_redirect_uris": [at("/bye")],
                "frontchannel_logout_uri": at("/out?a=1"),
            }),
        )
    }

    /// The queries of what was asked for at this path.
    pub fn hits(&self, path: &str) -> Vec<String> {
        let hits = self.hits.lock().unwrap();
        let at = hits.iter().filter_map(|target| target.split_once('?').or(Some((target, ""))));
        at.filter(|(own, _)| *own == path).map(|(_, query)| query.to_owned()).collect()
    }
}

fn serve(mut stream: &TcpStream, hits: &Mutex<Vec<String>>) -> Option<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    for line in lines {
        if line.ok()?.is_empty() {
            break;
        }
    }
    let target = first.split_whitespace().nth(1)?;
    hits.lock().unwrap().push(target.to_owned());
    let (media_type, body) = match target.split('?').next()? {
        "/cb" => ("text/html", include_str!("../../examples/session-rp/index.html")),
        "/monitor.js" => ("text/javascript", include_str!("../../examples/session-rp/monitor.js")),
        _ => ("text/html", "<!doctype html><title>App</title><h1>Arrived</h1>"),
    };
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nConnection: close\r\n");
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).ok()
}

/// Waits until the app's page says so, and gives how long that took.
async fn wait_for(chromium: &Chromium, state: &str) -> Duration {
    let begun = Instant::now();
    loop {
        let output = chromium.client.find(Locator::Id("session")).await.unwrap().text().await.unwrap();
        if output == state {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < PATIENCE, "still {output}, not {state}");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// Signs in at the app, whose page then watches.
pub async fn visit(chromium: &Chromium, start: &str) {
    chromium.go(start).await;
    sign_in(chromium, "alice").await;
    chromium.click("authorize").await;
    assert_eq!(chromium.heading().await, "Signed in");
}

#[test]
// Conformance: SM-2, SM-5
// Seed: S03
fn an_app_on_another_origin_sees_a_sign_out_in_another_tab() {
    let server = Setup::on(Kind::Sqlite).start();
    let app = App::listen("localhost");
    let shop = app.relying_party(&server);
    run(async {
        let chromium = Chromium::open(true).await;
        visit(&chromium, &url(&server, &shop.request(&[]))).await;
        wait_for(&chromium, "unchanged").await;

        let watching = chromium.client.window().await.unwrap();
        let tab = chromium.client.new_window(true).await.unwrap();
        chromium.client.switch_to_window(tab.handle).await.unwrap();
        chromium.go(&url(&server, "/logout")).await;
        chromium.click("sign-out").await;
        assert!(chromium.heading().await.contains("signed out"));
        chromium.client.switch_to_window(watching).await.unwrap();
        let took = wait_for(&chromium, "changed").await;
        // Within a second, and the machine may be slow.
        assert!(took < Duration::from_secs(5), "{took:?}");
        // Nothing runs in circles.
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(app.hits("/cb").len(), 1);
        chromium.close().await;
    });
}

/// What the frame answers an app on another site, over https.
fn answer_on_another_site(prefs: Value, state: &'static str) {
    let server = Setup::on(Kind::Sqlite).start();
    let app = App::listen("127.0.0.1");
    let certificate = Certificate::new();
    let (path, key_path) = (certificate.path(), certificate.key_path());
    let settings = [("tls.certificate", &*path), ("tls.private_key", &*key_path)];
    let shop = app.relying_party(&server);
    let process = Process::start_with(&server.database().url, &settings);
    let shop = shop.at(process.site().over(certificate.connector()));
    run(async {
        let chromium = Chromium::open_with(prefs).await;
        visit(&chromium, &format!("{}{}", shop.site().issuer(), shop.request(&[]))).await;
        wait_for(&chromium, state).await;
        // What this site has the browser load comes without the session's cookie, and is no sign-out.
        let script = "for (const [element, path] of [['img', '/login'], ['iframe', '/logout']]) {
            document.body.append(Object.assign(document.createElement(element), { src: arguments[0] + path }));
        }";
        chromium.client.execute(script, vec![shop.site().issuer().into()]).await.unwrap();
        tokio::time::sleep(Duration::from_secs(2)).await;
        wait_for(&chromium, state).await;
        assert_eq!(app.hits("/cb").len(), 1);
        chromium.close().await;
    });
}

#[test]
// Conformance: SM-2, SM-3
fn an_app_on_another_site_is_answered_over_https() {
    // Debian's Chromium blocks them unless it is told otherwise.
    let prefs = json!({ "profile.block_third_party_cookies": false, "profile.cookie_controls_mode": 0 });
    answer_on_another_site(prefs, "unchanged");
}

#[test]
fn where_cookies_of_other_sites_are_blocked_the_answer_is_an_error_and_nothing_runs_in_circles() {
    let prefs = json!({ "profile.block_third_party_cookies": true, "profile.cookie_controls_mode": 1 });
    answer_on_another_site(prefs, "error");
}

/// Whatever is sent to the frame that is no question is an error, or none of its business.
#[test]
// Conformance: SM-2
fn the_frame_answers_only_questions_and_only_who_asks() {
    let server = Setup::on(Kind::Sqlite).start();
    let app = App::listen("localhost");
    app.relying_party(&server);
    run(async {
        let chromium = Chromium::open(true).await;
        chromium.go(&format!("{}/elsewhere", app.origin)).await;
        let script = "const [frameUrl, questions, done] = arguments;
            const frame = document.createElement('iframe'), answers = [];
            frame.src = frameUrl;
            addEventListener('message', event => answers.push([event.data, event.origin]));
            frame.onload = async () => {
                for (const question of questions) frame.contentWindow.postMessage(question, '*');
                const words = ['error', 'changed', 'unchanged'];
                const due = questions.filter(own => typeof own === 'string' && !words.includes(own)).length;
                const end = Date.now() + 10000;
                const look = () => {
                    const waits = answers.length < due && Date.now() < end;
                    waits ? setTimeout(look, 50) : setTimeout(() => done(answers), 500);
                };
                look();
            };
            document.body.append(frame);";
        let ask = async |questions: Value| {
            let arguments = vec![url(&server, "/check-session-iframe").into(), questions];
            chromium.client.execute_async(script, arguments).await.unwrap()
        };
        let origin = server.issuer();
        // Nobody has been here, so that there is no cookie yet.
        assert_eq!(ask(json!(["shop hash.salt"])).await, json!([["error", origin]]));
        chromium.go(&url(&server, "/login")).await;
        chromium.go(&format!("{}/elsewhere", app.origin)).await;
        let wrong = json!(["", "shop", "shop nothing", "shop .salt", "shop hash.", " hash.salt"]);
        let errors: Vec<_> = (0..6).map(|_| json!(["error", origin])).collect();
        assert_eq!(ask(wrong).await, Value::from(errors));
        assert_eq!(ask(json!(["shop hash.salt"])).await, json!([["changed", origin]]));
        let ignored = json!([{ "a": 1 }, null, 7, "error", "changed", "unchanged"]);
        assert_eq!(ask(ignored).await, json!([]));
        chromium.close().await;
    });
}

#[test]
// Conformance: FC-1, FC-2, FC-3
fn the_browser_loads_the_frames_of_apps_and_goes_back() {
    let server = Setup::on(Kind::Sqlite).start();
    let app = App::listen("127.0.0.1");
    let shop = app.relying_party(&server);
    for has_script in [true, false] {
        run(async {
            let before = app.hits("/cb").len();
            let chromium = Chromium::open(has_script).await;
            chromium.go(&url(&server, &shop.request(&[]))).await;
            sign_in(&chromium, "alice").await;
            if chromium.has("#authorize").await {
                chromium.click("authorize").await;
            }
            assert_eq!(chromium.heading().await, "Signed in");
            let query = app.hits("/cb").remove(before);
            let code = decode(&query).into_iter().find(|(name, _)| name == "code").unwrap().1;
            let hint = shop.redeem(&code).id_token();
            let goodbye = format!("{}/bye", app.origin);
            let leave =
                [("id_token_hint", &*hint), ("post_logout_redirect_uri", &*goodbye), ("state", "a'<b>&\"")];
            chromium.go(&url(&server, &format!("/logout?{}", encode(&leave)))).await;
            let begun = Instant::now();
            while !chromium.client.current_url().await.unwrap().as_str().starts_with(&goodbye) {
                assert!(begun.elapsed() < PATIENCE, "the browser does not go on");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            chromium.close().await;
        });
    }
    let told: Vec<_> = app.hits("/out").iter().map(|query| decode(query)).collect();
    assert_eq!(told.len(), 2);
    for query in told {
        let names: Vec<_> = query.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "iss", "sid"]);
        assert_eq!(query[1].1, server.issuer());
    }
    for query in app.hits("/bye") {
        assert_eq!(decode(&query), [("state".to_owned(), "a'<b>&\"".to_owned())]);
    }
}
