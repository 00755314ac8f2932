//! Floor 2: everything that Cardea asks of others, through one guarded client.
//!
//! The URLs come from clients, so whoever may register one could make Cardea knock at doors that only it can reach.
//! Hence: https only, public addresses only, whatever a name leads to at the moment of connecting; no redirects, no
//! proxy from the environment, and bounds for time, size and number. OpenID Connect Core 1.0, 6.2 and 10.1.1, Dynamic
//! Client Registration 1.0, 5 and Back-Channel Logout 1.0, 2.5 are why anybody is asked; RFC 9700, 4.16 is why this
//! needs care.

mod address;
mod answer;
pub mod cache;
mod error;
mod places;
mod resolver;
mod target;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use openssl::x509::X509;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE};
use reqwest::{Certificate, Client, Method, RequestBuilder, Response, redirect, tls};
use tokio::time::timeout;
use url::Url;

pub use answer::Fetched;
pub use error::{Error, Fault, StartError};

use answer::read;
use places::{Places, Purpose};
use resolver::Guarded;
use target::Exempt;

pub type Result<T> = std::result::Result<T, Error>;

/// A host that does not even take the connection by then is away.
const CONNECT: Duration = Duration::from_secs(3);

/// What the operator chooses.
#[derive(Clone, Debug)]
pub struct Options {
    /// A PEM file with certificates that are trusted beside the system's.
    pub trust_anchors: Option<PathBuf>,
    /// Exact names of hosts whose addresses need not be public. Nothing else is forgiven them.
    pub exempt_hosts: Vec<String>,
    /// For one request, from looking up the name to the last byte.
    pub timeout: Duration,
    /// How many requests run at a time, for each purpose.
    pub concurrency: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            trust_anchors: None,
            exempt_hosts: Vec::new(),
            timeout: Duration::from_secs(5),
            concurrency: 32,
        }
    }
}

/// What is asked for, and how much of it is taken.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The `Accept` header; it asks, and insists on nothing.
    pub accept: &'static str,
    pub max_bytes: usize,
    purpose: Purpose,
}

impl Wanted {
    /// A `sector_identifier_uri`.
    pub const JSON: Self =
        Self { accept: "application/json, */*;q=0.1", max_bytes: 256 * 1024, purpose: Purpose::Document };
    /// A `jwks_uri`. RFC 7517, 8.5.2.
    pub const KEY_SET: Self = Self {
        accept: "application/jwk-set+json, application/json, */*;q=0.1",
        purpose: Purpose::KeySet,
        ..Self::JSON
    };
    /// A `request_uri`. RFC 9101, 5.2.3.
    pub const REQUEST_OBJECT: Self =
        Self { accept: "application/oauth-authz-req+jwt, application/jwt, */*;q=0.1", ..Self::JSON };
    /// What a token is worth. RFC 7662, 2.2.
    pub const INTROSPECTION: Self =
        Self { accept: "application/json", max_bytes: 64 * 1024, purpose: Purpose::Service };
    /// What a hook of the operator makes of an answer.
    pub const HOOK: Self = Self::INTROSPECTION;
    /// A `logo_uri`.
    pub const PICTURE: Self = Self {
        accept: "image/png, image/jpeg, image/gif, image/webp",
        max_bytes: 1024 * 1024,
        purpose: Purpose::Document,
    };
}

/// A form that is posted by a client which proves itself.
#[derive(Clone, Copy)]
pub struct ClientForm<'a> {
    pub client_id: &'a str,
    pub client_secret: &'a str,
    pub fields: &'a [(&'a str, &'a str)],
}

/// A JSON document that is posted, with headers that vouch for it.
#[derive(Clone, Copy)]
pub struct JsonPost<'a> {
    pub headers: &'a [(&'static str, &'a str)],
    pub body: &'a str,
}

/// The client. Clones share its bounds.
#[derive(Clone, Debug)]
pub struct Outbound {
    client: Client,
    exempt: Arc<Exempt>,
    places: Arc<Places>,
    timeout: Duration,
}

impl Outbound {
    pub fn new(options: &Options) -> std::result::Result<Self, StartError> {
        let exempt = Arc::new(Exempt::new(&options.exempt_hosts));
        let client = Client::builder()
            .user_agent("Cardea")
            .https_only(true)
            .http1_only()
            .tls_version_min(tls::Version::TLS_1_2)
            .tls_certs_merge(trust_anchors(options.trust_anchors.as_deref())?)
            .dns_resolver(Guarded::new(exempt.clone()))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT.min(options.timeout))
            // Each request has a connection of its own, on the runtime of its caller; they are too rare to share one.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| StartError::Client(error.to_string()))?;
        let places = Arc::new(Places::new(options.concurrency));
        Ok(Self { client, exempt, places, timeout: options.timeout })
    }

    /// Fetches a document, without the fragment of its URL. Every status is an answer, redirects too; see
    /// [`Fetched::success`].
    pub async fn get(&self, url: &str, wanted: Wanted) -> Result<Fetched> {
        let url = target::parse(url, &self.exempt)?;
        let request = self.client.request(Method::GET, url.clone());
        let request = request.header(ACCEPT, wanted.accept).header(ACCEPT_ENCODING, "identity");
        self.within_bounds((wanted.purpose, &url), async |host| {
            read(host, send(host, request).await?, wanted.max_bytes).await
        })
        .await
    }

    /// Posts a form to tell a client something, and gives the status of the answer, of which nothing else is read.
    pub async fn post_form(&self, url: &str, fields: &[(&str, &str)]) -> Result<u16> {
        let url = target::parse(url, &self.exempt)?;
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.client.request(Method::POST, url.clone());
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        self.within_bounds((Purpose::Notice, &url), async |host| {
            Ok(send(host, request).await?.status().as_u16())
        })
        .await
    }

    /// Posts a form as a client (`client_secret_basic`), and reads the answer, whatever its status.
    pub async fn post_as_client(&self, url: &str, form: ClientForm<'_>, wanted: Wanted) -> Result<Fetched> {
        let url = target::parse(url, &self.exempt)?;
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form.fields).finish();
        // RFC 6749, 2.3.1: both halves are form-encoded.
        let [id, secret] = [form.client_id, form.client_secret]
            .map(|half| form_urlencoded::byte_serialize(half.as_bytes()).collect::<String>());
        let request = self.client.request(Method::POST, url.clone()).basic_auth(id, Some(secret));
        let request = request.header(ACCEPT, wanted.accept).header(ACCEPT_ENCODING, "identity");
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        self.within_bounds((wanted.purpose, &url), async |host| {
            read(host, send(host, request).await?, wanted.max_bytes).await
        })
        .await
    }

    /// Posts JSON to a service of the operator's, and gives the status of the answer, of which nothing else is read.
    pub async fn post_json(&self, url: &str, post: JsonPost<'_>) -> Result<u16> {
        let url = target::parse(url, &self.exempt)?;
        let request = self.json_request(&url, post);
        self.within_bounds((Purpose::Service, &url), async |host| {
            Ok(send(host, request).await?.status().as_u16())
        })
        .await
    }

    /// Posts JSON and reads the answer, whatever its status.
    pub async fn ask_by_json(&self, url: &str, post: JsonPost<'_>, wanted: Wanted) -> Result<Fetched> {
        let url = target::parse(url, &self.exempt)?;
        let request = self.json_request(&url, post);
        let request = request.header(ACCEPT, wanted.accept).header(ACCEPT_ENCODING, "identity");
        self.within_bounds((wanted.purpose, &url), async |host| {
            read(host, send(host, request).await?, wanted.max_bytes).await
        })
        .await
    }

    fn json_request(&self, url: &Url, post: JsonPost<'_>) -> RequestBuilder {
        let request = self.client.request(Method::POST, url.clone());
        let request = request.header(CONTENT_TYPE, "application/json").body(post.body.to_owned());
        post.headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    }

    async fn within_bounds<T>(
        &self,
        (purpose, url): (Purpose, &Url),
        work: impl AsyncFnOnce(&str) -> Result<T>,
    ) -> Result<T> {
        let host = url.host_str().unwrap_or_default();
        let Some(_place) = self.places.take(purpose, host).await else {
            return Err(Error::new(host, Fault::Busy));
        };
        let too_slow = || Err(Error::new(host, Fault::Timeout(self.timeout.as_millis())));
        timeout(self.timeout, work(host)).await.unwrap_or_else(|_| too_slow())
    }
}

async fn send(host: &str, request: RequestBuilder) -> Result<Response> {
    request.send().await.map_err(|error| Error::from_reqwest(host, &error))
}

/// The certificates of a PEM file, of which there must be one at least.
fn trust_anchors(path: Option<&Path>) -> std::result::Result<Vec<Certificate>, StartError> {
    let Some(path) = path else {
        return Ok(Vec::new());
    };
    let refuse = |why: &str| StartError::TrustAnchors(format!("{} {why}", path.display()));
    let pem = std::fs::read(path).map_err(|error| refuse(&format!("cannot be read ({error})")))?;
    let anchors = X509::stack_from_pem(&pem).map_err(|_| refuse("holds a damaged certificate"))?;
    if anchors.is_empty() {
        return Err(refuse("holds no certificate"));
    }
    let unusable =
        |error: &dyn std::fmt::Display| refuse(&format!("holds a certificate of no use ({error})"));
    anchors
        .iter()
        .map(|anchor| {
            let der = anchor.to_der().map_err(|error| unusable(&error))?;
            Certificate::from_der(&der).map_err(|error| unusable(&error))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(content: &[u8]) -> String {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("anchors.pem");
        std::fs::write(&path, content).unwrap();
        Outbound::new(&Options { trust_anchors: Some(path), ..Options::default() }).unwrap_err().to_string()
    }

    #[test]
    fn trust_anchors_must_be_certificates() {
        assert!(Outbound::new(&Options::default()).is_ok());
        let missing = Options { trust_anchors: Some("no/such.pem".into()), ..Options::default() };
        let missing = Outbound::new(&missing).unwrap_err().to_string();
        assert!(missing.starts_with("outbound_trust_anchors: no/such.pem cannot be read"), "{missing}");
        assert!(refused(b"").contains("holds no certificate"));
        assert!(refused(b"not PEM").contains("holds no certificate"));
        let damaged = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(refused(damaged).contains("holds a damaged certificate"));
    }
}
