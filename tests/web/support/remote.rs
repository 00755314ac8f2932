//! Somebody else's https server, which Cardea asks: its certificate is from an authority of the tests' own.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use futures_util::{StreamExt, stream};
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{SslAcceptor, SslAcceptorBuilder, SslMethod};
use openssl::x509::extension::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName, SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509Builder, X509Name};
use tempfile::TempDir;

use super::decode;

/// A running server; the last clone stops it. Paths that nobody has taught it are answered with 404.
#[derive(Clone)]
pub struct Remote(Arc<Running>);

struct Running {
    address: SocketAddr,
    authority: PathBuf,
    state: Arc<State>,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
    _directory: TempDir,
}

#[derive(Default)]
struct State {
    handlers: Mutex<BTreeMap<String, Handler>>,
    requests: Mutex<Vec<Received>>,
}

type Handler = Arc<dyn Fn(&Received) -> Reply + Send + Sync>;

/// A request that came in.
#[derive(Clone, Debug)]
pub struct Received {
    pub method: String,
    pub path: String,
    pub query: String,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A field of the form that was posted.
    pub fn field(&self, name: &str) -> Option<String> {
        let fields = decode(std::str::from_utf8(&self.body).unwrap());
        fields.into_iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }
}

/// What it answers.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    delay: Duration,
    sending: Sending,
}

#[derive(Clone, Copy, Debug)]
enum Sending {
    /// With its length said before.
    Whole,
    Chunked,
    /// A part that is never followed by the rest.
    Stalled,
}

impl Reply {
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self { status, headers, body: body.into(), delay: Duration::ZERO, sending: Sending::Whole }
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sent so much later.
    #[must_use]
    pub const fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sent without telling its length first.
    #[must_use]
    pub const fn chunked(mut self) -> Self {
        self.sending = Sending::Chunked;
        self
    }

    /// Begun, and never ended.
    #[must_use]
    pub const fn stalled(mut self) -> Self {
        self.sending = Sending::Stalled;
        self
    }

    async fn send(self) -> HttpResponse {
        actix_web::rt::time::sleep(self.delay).await;
        let mut response = HttpResponse::build(StatusCode::from_u16(self.status).unwrap());
        for (name, value) in self.headers {
            response.append_header((name, value));
        }
        let chunks: Vec<_> = self.body.chunks(16 * 1024).map(Bytes::copy_from_slice).collect();
        let chunks = stream::iter(chunks).map(Ok::<_, std::io::Error>);
        match self.sending {
            Sending::Whole => response.body(self.body),
            Sending::Chunked => response.streaming(chunks),
            Sending::Stalled => response.streaming(chunks.chain(stream::pending())),
        }
    }
}

impl Remote {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let directory = TempDir::new().unwrap();
        let authority = directory.path().join("authority.pem");
        std::fs::write(&authority, AUTHORITY.certificate.to_pem().unwrap()).unwrap();
        let state = Arc::new(State::default());
        let (handle, thread) = run(state.clone(), listener);
        Self(Arc::new(Running {
            address,
            authority,
            state,
            handle,
            thread: Some(thread),
            _directory: directory,
        }))
    }

    /// `https://localhost:…` and the path.
    pub fn url(&self, path: &str) -> String {
        format!("https://{}:{}{path}", Self::HOST, self.0.address.port())
    }

    /// The host in every URL, which Cardea has to be told to exempt. The certificate also serves 127.0.0.1.
    pub const HOST: &str = "localhost";

    /// The PEM file of the authority, which Cardea has to be told to trust. All remotes have the same.
    pub fn authority(&self) -> &Path {
        &self.0.authority
    }

    /// From now on the path is answered with this.
    #[expect(clippy::too_many_arguments, reason = "read in the order in which they stand on the wire")]
    pub fn answer(&self, path: &str, status: u16, content_type: &str, body: impl Into<Vec<u8>>) {
        self.reply(path, Reply::new(status, content_type, body));
    }

    pub fn reply(&self, path: &str, reply: Reply) {
        self.handle(path, move |_| reply.clone());
    }

    /// From now on whoever asks for the path is answered by this.
    pub fn handle(&self, path: &str, handler: impl Fn(&Received) -> Reply + Send + Sync + 'static) {
        locked(&self.0.state.handlers).insert(path.to_owned(), Arc::new(handler));
    }

    /// All that was asked, in order.
    pub fn requests(&self) -> Vec<Received> {
        locked(&self.0.state.requests).clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            // A panic of the server's thread has failed the test already.
            let _ = thread.join();
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn run(state: Arc<State>, listener: TcpListener) -> (ServerHandle, JoinHandle<()>) {
    let (tell, told) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let state = web::Data::from(state);
            let app = move || App::new().app_data(state.clone()).default_service(web::to(receive));
            let server = HttpServer::new(app).workers(1).shutdown_timeout(0).disable_signals();
            // Otherwise each first answer waits 40 ms for the client to acknowledge the session tickets.
            let server = server.tcp_nodelay(true);
            let server = server.listen_openssl(listener, acceptor()).unwrap().run();
            tell.send(server.handle()).unwrap();
            server.await.unwrap();
        });
    });
    (told.recv().unwrap(), thread)
}

async fn receive(request: HttpRequest, body: Bytes, state: web::Data<State>) -> HttpResponse {
    let headers = request.headers().iter();
    let received = Received {
        method: request.method().to_string(),
        path: request.path().to_owned(),
        query: request.query_string().to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
            .collect(),
        body: body.to_vec(),
    };
    locked(&state.requests).push(received.clone());
    let handler = locked(&state.handlers).get(&received.path).cloned();
    let reply = handler.map_or_else(|| Reply::new(404, "text/plain", ""), |handler| handler(&received));
    reply.send().await
}

struct Authority {
    certificate: X509,
    key: PKey<Private>,
}

static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| {
    let key = key();
    let mut builder = builder("Cardea's tests", &key);
    builder.set_issuer_name(&name("Cardea's tests")).unwrap();
    builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    builder.append_extension(KeyUsage::new().critical().key_cert_sign().crl_sign().build().unwrap()).unwrap();
    let identifier = SubjectKeyIdentifier::new().build(&builder.x509v3_context(None, None)).unwrap();
    builder.append_extension(identifier).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    Authority { certificate: builder.build(), key }
});

/// With a certificate that the authority signs on the spot.
fn acceptor() -> SslAcceptorBuilder {
    let key = key();
    let mut builder = builder(Remote::HOST, &key);
    builder.set_issuer_name(AUTHORITY.certificate.subject_name()).unwrap();
    let names = SubjectAlternativeName::new()
        .dns(Remote::HOST)
        .ip("127.0.0.1")
        .build(&builder.x509v3_context(Some(&AUTHORITY.certificate), None))
        .unwrap();
    builder.append_extension(names).unwrap();
    builder.append_extension(ExtendedKeyUsage::new().server_auth().build().unwrap()).unwrap();
    builder.sign(&AUTHORITY.key, MessageDigest::sha256()).unwrap();

    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
    acceptor.set_certificate(&builder.build()).unwrap();
    acceptor.set_private_key(&key).unwrap();
    acceptor
}

fn key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

fn name(text: &str) -> X509Name {
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_nid(Nid::COMMONNAME, text).unwrap();
    name.build()
}

/// All but the issuer and the extensions.
fn builder(subject: &str, key: &PKey<Private>) -> X509Builder {
    let mut builder = X509::builder().unwrap();
    let mut serial = BigNum::new().unwrap();
    serial.rand(127, openssl::bn::MsbOption::MAYBE_ZERO, false).unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&name(subject)).unwrap();
    builder.set_pubkey(key).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(4_000_000_000).unwrap()).unwrap();
    builder
}
