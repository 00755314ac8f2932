//! A whole sign-in with `cardea demo`, by following its links and forms.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Child;

use crate::support::Place;

/// A browser without scripts: cookies by port, redirects, and the fields of forms.
struct Browser {
    agent: ureq::Agent,
    cookies: BTreeMap<String, String>,
    url: String,
    html: String,
}

impl Browser {
    fn new() -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let agent = config.build().into();
        Self { agent, cookies: BTreeMap::new(), url: String::new(), html: String::new() }
    }

    fn get(&mut self, url: &str) {
        self.ask(url, None);
    }

    fn post(&mut self, url: &str, fields: &[(&str, &str)]) {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.ask(url, Some(body));
    }

    fn ask(&mut self, url: &str, mut body: Option<String>) {
        let mut url = url.to_owned();
        for _ in 0..10 {
            let cookie: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let cookie = cookie.join("; ");
            let mut answer = match body.take() {
                Some(body) => {
                    let request = self.agent.post(&url).header("Cookie", cookie);
                    request.content_type("application/x-www-form-urlencoded").send(body).unwrap()
                }
                None => self.agent.get(&url).header("Cookie", cookie).call().unwrap(),
            };
            for set in answer.headers().get_all("set-cookie") {
                let (name, value) = set.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            let Some(location) = answer.headers().get("location") else {
                self.html = answer.body_mut().read_to_string().unwrap();
                self.url = url;
                return;
            };
            let base = url::Url::parse(&url).unwrap();
            url = base.join(location.to_str().unwrap()).unwrap().to_string();
        }
        panic!("too many redirects: {url}");
    }

    /// Sends the form of the page that posts to `action`, with its hidden fields and these.
    fn submit(&mut self, action: &str, typed: &[(&str, &str)]) {
        let html = self.html.clone();
        let form = html.split("<form").find(|form| form.contains(&format!("action=\"{action}\"")));
        let form = form.unwrap_or_else(|| panic!("no form for {action} at {}: {html}", self.url));
        let hidden = form.split("<input").filter(|input| input.contains("type=\"hidden\""));
        let mut fields: Vec<_> =
            hidden.map(|input| (between(input, "name=\""), between(input, "value=\""))).collect();
        fields.extend(typed);
        let url = url::Url::parse(&self.url).unwrap().join(action).unwrap();
        self.post(url.as_str(), &fields);
    }
}

fn between<'a>(text: &'a str, start: &str) -> &'a str {
    text.split_once(start).map_or("", |(_, rest)| rest.split('"').next().unwrap())
}

struct Demo {
    child: Child,
    home: String,
    password: String,
}

impl Demo {
    fn start() -> Self {
        let place = Place::sqlite();
        let mut child = place.command(&["demo"]).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let said: Vec<_> = lines.take_while(|line| !line.contains("Ctrl-C")).collect();
        let after = |word: &str| {
            let line = said.iter().find_map(|line| line.strip_prefix(word));
            line.unwrap_or_else(|| panic!("no {word} in {said:?}")).trim().to_owned()
        };
        Self { home: after("Open the demo app:"), password: after("Password:"), child }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = std::process::Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

#[test]
fn a_newcomer_sees_a_whole_sign_in() {
    let demo = Demo::start();
    let mut browser = Browser::new();
    browser.get(&demo.home);
    assert!(browser.html.contains("Sign in with Cardea"));
    browser.submit("/sign-in", &[]);
    browser.submit("/login", &[("username", "ada"), ("password", &demo.password)]);
    browser.submit("/consent", &[("decision", "authorize")]);
    assert_eq!(browser.url, demo.home);
    for words in ["Hello, Ada Lovelace", "at_hash", "ada@example.org", "Refresh the tokens"] {
        assert!(browser.html.contains(words), "{words}: {}", browser.html);
    }
    browser.submit("/refresh", &[]);
    assert!(browser.html.contains("Refreshed once"), "{}", browser.html);
    browser.submit("/refresh", &[]);
    assert!(browser.html.contains("Refreshed 2 times"), "{}", browser.html);

    // The second time nobody is asked.
    browser.submit("/forget", &[]);
    browser.submit("/sign-in", &[]);
    assert!(browser.html.contains("Hello, Ada Lovelace"), "{}", browser.html);
}

#[test]
fn who_declines_is_told_so() {
    let demo = Demo::start();
    let mut browser = Browser::new();
    browser.get(&demo.home);
    browser.submit("/sign-in", &[]);
    browser.submit("/login", &[("username", "ada"), ("password", &demo.password)]);
    browser.submit("/consent", &[("decision", "decline")]);
    assert!(browser.html.contains("Cardea answered access_denied"), "{}", browser.html);
    browser.get(&format!("{}callback?code=c&state=s", demo.home));
    assert!(browser.html.contains("No sign-in was begun"), "{}", browser.html);
}
