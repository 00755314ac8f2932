//! Requests as bytes on a socket, so that a test says exactly what is sent.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use openssl::ssl::SslConnector;
use serde_json::Value;

/// A request that has not been sent yet.
#[derive(Clone, Debug)]
pub struct Request {
    address: SocketAddr,
    tls: Option<SslConnector>,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    pub fn new(address: SocketAddr, method: &str, target: &str) -> Self {
        Self {
            address,
            tls: None,
            method: method.into(),
            target: target.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Over https where there is a connector, to `localhost`.
    #[must_use]
    pub fn over(mut self, tls: Option<&SslConnector>) -> Self {
        self.tls = tls.cloned();
        self
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        self.raw_form(encode(fields).into_bytes())
    }

    /// A form body that is sent as it is.
    #[must_use]
    pub fn raw_form(self, body: Vec<u8>) -> Self {
        self.content("application/x-www-form-urlencoded", body)
    }

    #[must_use]
    pub fn content(mut self, media_type: &str, body: Vec<u8>) -> Self {
        self.body = body;
        self.header("Content-Type", media_type)
    }

    pub fn send(&self) -> Answer {
        self.try_send().unwrap_or_else(|| panic!("no answer to {} {}", self.method, self.target))
    }

    /// `None` where the server died before it had answered in full.
    pub fn try_send(&self) -> Option<Answer> {
        let stream = TcpStream::connect(self.address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        match &self.tls {
            Some(tls) => self.exchange(tls.connect("localhost", stream).ok()?),
            None => self.exchange(stream),
        }
    }

    fn exchange(&self, mut stream: impl Read + Write) -> Option<Answer> {
        // A body that is too large is refused before all of it is read; the answer still counts.
        let _ = stream.write_all(&self.head()).and_then(|()| stream.write_all(&self.body));
        let mut bytes = Vec::new();
        let mut chunk = [0; 16 * 1024];
        while let Ok(length @ 1..) = stream.read(&mut chunk) {
            bytes.extend_from_slice(&chunk[..length]);
        }
        Answer::parse(&bytes)
    }

    fn head(&self) -> Vec<u8> {
        let has_host = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        if !has_host {
            let host = match self.tls {
                Some(_) => format!("localhost:{}", self.address.port()),
                None => self.address.to_string(),
            };
            head.push_str(&format!("Host: {host}\r\n"));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.body.is_empty() || self.method == "POST" {
            head.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        head.push_str("Connection: close\r\n\r\n");
        head.into_bytes()
    }
}

/// What the server answered.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let body = &bytes[end + 4..];
        let is_chunked =
            headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        let length = headers.iter().find(|(name, _)| name == "content-length");
        if length.is_some_and(|(_, length)| length.parse().is_ok_and(|length: usize| body.len() < length)) {
            // HEAD is answered with the length of what GET would send.
            return body.is_empty().then(|| Self { status, headers, body: String::new() });
        }
        let body = if is_chunked { unchunked(body)? } else { body.to_vec() };
        Some(Self { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        let name = name.to_ascii_lowercase();
        self.headers.iter().filter(move |(own, _)| *own == name).map(|(_, value)| value.as_str())
    }

    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_else(|| panic!("{} leads nowhere: {}", self.status, self.body))
    }

    pub fn json(&self) -> Value {
        let media_type = self.header("content-type").unwrap_or_default();
        assert!(media_type.starts_with("application/json"), "{media_type}: {}", self.body);
        serde_json::from_str(&self.body).unwrap()
    }

    /// The `error` of a JSON answer that is a refusal.
    pub fn error(&self) -> String {
        assert!(self.status >= 400, "{} {}", self.status, self.body);
        let json = self.json();
        for member in ["access_token", "refresh_token", "id_token", "sub"] {
            assert!(json.get(member).is_none(), "a refusal that grants: {json}");
        }
        json["error"].as_str().unwrap().to_owned()
    }
}

fn unchunked(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&body[..end]).ok()?, 16).ok()?;
        if length == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(body.get(end + 2..end + 2 + length)?);
        body = body.get(end + 4 + length..)?;
    }
}

pub fn encode(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Name and value of each parameter of a query, fragment or form body.
pub fn decode(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}
