//! The demo app's own small web server: one thread a connection, one request a connection.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::page;
use super::relying_party::{Begun, Callback, RelyingParty, SignedIn};
use crate::dice;
use crate::oidc::secret;

/// The name of its cookie; both servers are on one host, which shares its cookies among all ports.
const COOKIE: &str = "demo-app";

/// Browsers that are remembered; all are forgotten when there are more.
const VISITS: usize = 1000;

/// Longer requests are cut off.
const LONGEST: u64 = 64 * 1024;

struct Site {
    relying_party: RelyingParty,
    visits: Mutex<HashMap<String, Visit>>,
}

/// How far one browser is.
#[derive(Default)]
struct Visit {
    begun: Option<Begun>,
    signed_in: Option<SignedIn>,
}

struct Request {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    cookie: Option<String>,
}

struct Answer {
    status: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// Serves the app in threads of its own, as long as the process lives.
pub fn start(listener: TcpListener, relying_party: RelyingParty) -> io::Result<()> {
    let site = Arc::new(Site { relying_party, visits: Mutex::default() });
    thread::Builder::new().name("demo-app".into()).spawn(move || {
        for stream in listener.incoming().flatten() {
            let site = site.clone();
            thread::spawn(move || {
                // A browser that goes away needs no answer.
                let _ = site.serve(&stream);
            });
        }
    })?;
    Ok(())
}

impl Site {
    fn serve(&self, mut stream: &TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let Some(request) = Request::read(stream)? else { return Ok(()) };
        let answer = self.answer(&request);
        write!(stream, "HTTP/1.1 {}\r\nConnection: close\r\n", answer.status)?;
        write!(stream, "Content-Length: {}\r\n", answer.body.len())?;
        for (name, value) in answer.headers {
            write!(stream, "{name}: {value}\r\n")?;
        }
        write!(stream, "\r\n{}", answer.body)
    }

    fn answer(&self, request: &Request) -> Answer {
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/cardea.css") => Answer::asset("text/css", page::STYLE),
            ("GET", "/mark.svg") => Answer::asset("image/svg+xml", page::MARK),
            ("GET", "/") => Answer::page(&match self.signed_in(request) {
                Some(signed_in) => page::signed_in(&signed_in),
                None => page::welcome(),
            }),
            ("POST", "/sign-in") => self.begin(),
            ("GET", "/callback") => self.finish(request),
            ("POST", "/refresh") => self.refresh(request),
            ("POST", "/forget") => {
                request.cookie.as_ref().map(|cookie| self.visits().remove(cookie));
                Answer::redirect("/")
            }
            _ => Answer { status: "404 Not Found", ..Answer::page(&page::trouble("Nothing is here.")) },
        }
    }

    fn begin(&self) -> Answer {
        let begun = match self.relying_party.begin() {
            Ok(begun) => begun,
            Err(error) => return Answer::trouble(&error),
        };
        let mut answer = Answer::redirect(&begun.url);
        // A new name each time, so that nobody who knew the old one is signed in.
        let cookie = secret::opaque(dice::bytes());
        answer.headers.push(("Set-Cookie", format!("{COOKIE}={cookie}; Path=/; HttpOnly; SameSite=Lax")));
        let mut visits = self.visits();
        if visits.len() >= VISITS {
            visits.clear();
        }
        visits.insert(cookie, Visit { begun: Some(begun), signed_in: None });
        answer
    }

    fn finish(&self, request: &Request) -> Answer {
        let begun = request.cookie.as_ref().and_then(|cookie| self.visits().get_mut(cookie)?.begun.take());
        if let Some(error) = request.find("error") {
            let description = request.find("error_description").unwrap_or_default();
            return Answer::trouble(&format!("Cardea answered {error}: {description}"));
        }
        let callback = request.find("code").zip(request.find("state"));
        let (Some(begun), Some((code, state))) = (begun, callback) else {
            return Answer::trouble("No sign-in was begun in this browser.");
        };
        self.keep(request, self.relying_party.finish(begun, Callback { code, state }))
    }

    fn refresh(&self, request: &Request) -> Answer {
        match self.signed_in(request) {
            Some(before) => self.keep(request, self.relying_party.refresh(&before)),
            None => Answer::redirect("/"),
        }
    }

    fn keep(&self, request: &Request, result: Result<SignedIn, String>) -> Answer {
        match result {
            Ok(signed_in) => {
                if let Some(cookie) = &request.cookie {
                    self.visits().entry(cookie.clone()).or_default().signed_in = Some(signed_in);
                }
                Answer::redirect("/")
            }
            Err(error) => Answer::trouble(&error),
        }
    }

    fn signed_in(&self, request: &Request) -> Option<SignedIn> {
        self.visits().get(request.cookie.as_deref()?)?.signed_in.clone()
    }

    fn visits(&self) -> MutexGuard<'_, HashMap<String, Visit>> {
        self.visits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Request {
    /// What comes after the head is left alone: no form here has a field. `None` if nothing that reads as HTTP comes.
    fn read(stream: &TcpStream) -> io::Result<Option<Self>> {
        let mut lines = BufReader::new(stream.take(LONGEST)).lines();
        let Some(first) = lines.next().transpose()? else { return Ok(None) };
        let mut words = first.split_ascii_whitespace();
        let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut cookie = None;
        for line in lines {
            let line = line?;
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("cookie")
            {
                let pairs = value.split(';').filter_map(|pair| pair.trim().split_once('='));
                cookie = pairs.filter(|(name, _)| *name == COOKIE).map(|(_, value)| value.to_owned()).next();
            }
        }
        let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Ok(Some(Self { method: method.to_owned(), path: path.to_owned(), query, cookie }))
    }

    fn find(&self, name: &str) -> Option<String> {
        self.query.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone())
    }
}

impl Answer {
    fn page(html: &str) -> Self {
        let policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'";
        let headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Security-Policy", policy),
            ("Cache-Control", "no-store"),
        ];
        Self {
            status: "200 OK",
            headers: headers.map(|(name, value)| (name, value.to_owned())).into(),
            body: html.to_owned(),
        }
    }

    fn trouble(text: &str) -> Self {
        Self { status: "400 Bad Request", ..Self::page(&page::trouble(text)) }
    }

    fn asset(media_type: &str, text: &str) -> Self {
        let headers = vec![("Content-Type", media_type.to_owned())];
        Self { status: "200 OK", headers, body: text.to_owned() }
    }

    fn redirect(url: &str) -> Self {
        let headers = vec![("Location", url.to_owned()), ("Cache-Control", "no-store".to_owned())];
        Self { status: "303 See Other", headers, body: String::new() }
    }
}
