//! Where a server is reached: all that a browser or a client knows of it, wherever it runs.

use std::net::SocketAddr;

use openssl::ssl::SslConnector;

use super::{Browser, Request, Server};

#[derive(Clone)]
pub struct Site {
    address: SocketAddr,
    issuer: String,
    tls: Option<SslConnector>,
    /// Kept from stopping.
    _server: Option<Server>,
}

impl Site {
    pub fn new(address: SocketAddr, issuer: &str) -> Self {
        Self { address, issuer: issuer.into(), tls: None, _server: None }
    }

    /// The same over https.
    #[must_use]
    pub fn over(self, tls: SslConnector) -> Self {
        Self { tls: Some(tls), ..self }
    }

    pub(super) fn kept_by(self, server: &Server) -> Self {
        Self { _server: Some(server.clone()), ..self }
    }

    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> &str {
        self.divided().0
    }

    /// A local address below the mount prefix.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.divided().1)
    }

    /// Origin and mount prefix.
    fn divided(&self) -> (&str, &str) {
        let start = self.issuer.find("://").unwrap() + 3;
        let end = self.issuer[start..].find('/').map_or(self.issuer.len(), |end| start + end);
        self.issuer.split_at(end)
    }

    /// A request for a path, without the mount prefix.
    pub fn request(&self, method: &str, path: &str) -> Request {
        self.raw_request(method, &self.path(path))
    }

    /// A request for exactly this target.
    pub fn raw_request(&self, method: &str, target: &str) -> Request {
        Request::new(self.address, method, target).over(self.tls.as_ref())
    }

    pub fn browser(&self) -> Browser {
        Browser::new(self.clone())
    }
}
