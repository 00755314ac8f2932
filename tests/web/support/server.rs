//! Cardea in process, on a port and a database of its own, with a clock that the test moves.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use cardea::clock::Clock;
use cardea::config::{Config, Sources};
use cardea::http::app::{App, SharedApp};
use cardea::http::pages::Pages;
use cardea::http::server;
use cardea::oidc::client::Client;
use cardea::oidc::jose::{Alg, PrivateKey};
use cardea::oidc::metadata::Metadata;
use cardea::oidc::time::UnixTime;
use cardea::oidc::user::User;
use cardea::store::vault::Vault;
use cardea::store::{Db, Error, Options, Search, Store, audit, clients, users};
use serde_json::{Value, json};

use super::database::{Database, Kind, MASTER_KEY, MASTER_KEY_TEXT, add_key};
use super::{Answer, Browser, NOW, RelyingParty, Remote, Request, Site, block_on};

/// How a server shall be started.
#[derive(Clone)]
pub struct Setup {
    kind: Kind,
    settings: Vec<(String, String)>,
}

impl Setup {
    pub fn on(kind: Kind) -> Self {
        // The real ones pause after five wrong passwords; tests of that set them back.
        let settings = [
            ("workers", "1"),
            ("password.hash_memory_kib", "1024"),
            ("password.hash_iterations", "1"),
            ("password.workers", "2"),
            ("database.pool_size", "3"),
            ("database.wait", "20s"),
            ("shutdown_grace", "0s"),
        ];
        let settings = settings.map(|(key, value)| (key.to_owned(), value.to_owned()));
        Self { kind, settings: settings.into() }
    }

    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// A setting by its key, such as `issuer`.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.settings.retain(|(own, _)| own != key);
        self.settings.push((key.into(), value.into()));
        self
    }

    /// Able to ask this remote, and any other.
    #[must_use]
    pub fn reaching(self, remote: &Remote) -> Self {
        self.with("outbound_trust_anchors", remote.authority().to_str().unwrap())
            .with("outbound_exempt_hosts", Remote::HOST)
    }

    pub fn start(self) -> Server {
        let database = Arc::new(Database::filled(self.kind));
        self.start_on(&database)
    }

    /// One more node on a database; nodes share nothing else but the clock, which tests set for each.
    pub fn start_on(&self, database: &Arc<Database>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (clock, hand) = Clock::fixed(NOW.0);
        let config = self.config(address);
        let options = Options {
            url: database.url.clone(),
            pool_size: config.database.pool_size,
            wait: std::time::Duration::from_secs(config.database.wait.unsigned_abs()),
            ..database.options()
        };
        let store = Store::open(&options, Vault::new(&MASTER_KEY)).unwrap();
        let pages = Pages::load(config.templates.as_deref()).unwrap();
        let app: SharedApp = Arc::new(App::new(config, store, pages, clock).unwrap());
        let (handle, thread) = run(app.clone(), listener);
        Server(Arc::new(Running {
            address,
            app,
            hand,
            handle,
            thread: Some(thread),
            database: database.clone(),
        }))
    }

    fn config(&self, address: SocketAddr) -> Config {
        let mut flags = self.settings.clone();
        let issuer = format!("http://localhost:{}", address.port());
        for (key, value) in
            [("listen", address.to_string()), ("issuer", issuer), ("master_key", MASTER_KEY_TEXT.into())]
        {
            if !flags.iter().any(|(own, _)| own == key) {
                flags.push((key.into(), value));
            }
        }
        Config::load(Sources { flags, ..Sources::default() }).unwrap()
    }
}

fn run(app: SharedApp, listener: TcpListener) -> (ServerHandle, JoinHandle<()>) {
    let (tell, told) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = server::start(&app, listener).unwrap();
            drop(app);
            tell.send(server.handle()).unwrap();
            server.await.unwrap();
        });
    });
    (told.recv().unwrap(), thread)
}

/// A running server; the last clone stops it.
#[derive(Clone)]
pub struct Server(Arc<Running>);

struct Running {
    address: SocketAddr,
    app: SharedApp,
    hand: Arc<AtomicI64>,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
    /// Dropped last, after the connections to it.
    database: Arc<Database>,
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

impl Server {
    pub fn issuer(&self) -> &str {
        self.0.app.issuer()
    }

    pub fn database(&self) -> &Arc<Database> {
        &self.0.database
    }

    pub fn now(&self) -> UnixTime {
        UnixTime(self.0.hand.load(Ordering::Relaxed))
    }

    pub fn advance(&self, seconds: i64) {
        self.0.hand.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Where it is; it runs on while anybody knows.
    pub fn site(&self) -> Site {
        Site::new(self.0.address, self.issuer()).kept_by(self)
    }

    /// A request for a path on this server, without the mount prefix.
    pub fn request(&self, method: &str, path: &str) -> Request {
        self.site().request(method, path)
    }

    /// A request for exactly this target.
    pub fn raw_request(&self, method: &str, target: &str) -> Request {
        self.site().raw_request(method, target)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send()
    }

    pub fn browser(&self) -> Browser {
        self.site().browser()
    }

    /// A confidential client that may refresh, with `https://{id}.example/cb` as its redirect URI.
    pub fn relying_party(&self, id: &str) -> RelyingParty {
        self.relying_party_with(id, json!({}))
    }

    /// The same with further members of client metadata.
    pub fn relying_party_with(&self, id: &str, members: Value) -> RelyingParty {
        let metadata = RelyingParty::metadata(id, members);
        let metadata: Metadata = serde_json::from_value(metadata).unwrap();
        let client = metadata.check(id.into(), self.now()).unwrap();
        self.add_client(client)
    }

    pub fn add_client(&self, client: Client) -> RelyingParty {
        let relying_party = RelyingParty::new(self, client);
        let client = relying_party.client().clone();
        self.write(move |db| clients::add(db, &client));
        relying_party
    }

    /// The client that `/register` answered with.
    pub fn registered(&self, answer: &Value) -> RelyingParty {
        let id = answer["client_id"].as_str().unwrap().to_owned();
        let client = self.read(move |db| clients::find(db, &id)).unwrap();
        let mut relying_party = RelyingParty::new(self, client);
        relying_party.secret = answer["client_secret"].as_str().unwrap_or_default().to_owned();
        relying_party
    }

    /// Changes a client in the store, as the console would.
    pub fn change_client(&self, id: &str, change: impl Fn(&mut Client)) {
        let own = id.to_owned();
        let mut client = self.read(move |db| clients::find(db, &own)).unwrap();
        change(&mut client);
        self.write(move |db| clients::save(db, &client).map(|_| ()));
        self.refresh();
    }

    pub fn change_user(&self, id: &str, change: impl Fn(&mut User)) {
        let mut user = self.user(id);
        change(&mut user);
        self.write(move |db| users::save(db, &user).map(|_| ()));
    }

    /// Entries of the audit log about one kind of event.
    pub fn audit(&self, event: &str) -> Vec<audit::Event> {
        let search = Search { state: Some(event.into()), ..Search::default() };
        self.read(move |db| audit::list(db, &search, &audit::Filter::default())).rows
    }

    pub fn user(&self, id: &str) -> User {
        let id = id.to_owned();
        self.read(move |db| users::find(db, &id)).unwrap()
    }

    /// Adds a key that signs with `alg`.
    pub fn add_key(&self, alg: Alg) {
        let key = match alg.as_str().as_bytes()[0] {
            b'R' | b'P' => PrivateKey::from_pem(Some(alg), include_str!("rsa.pem")),
            _ => PrivateKey::generate(alg, None),
        };
        let (key, vault) = (key.unwrap(), self.0.app.store.vault());
        self.write(move |db| add_key(db, &vault, &key));
        self.refresh();
    }

    /// Notices what has changed in clients, keys and scopes, as the real server does each second.
    pub fn refresh(&self) {
        block_on(self.0.app.store.refresh()).unwrap();
    }

    pub fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, Error> + Send + 'static,
    ) -> T {
        block_on(self.0.app.store.read(work)).unwrap()
    }

    pub fn write(&self, work: impl Fn(&mut Db) -> Result<(), Error> + Send + 'static) {
        block_on(self.0.app.store.write(work)).unwrap();
    }

    pub fn app(&self) -> &SharedApp {
        &self.0.app
    }
}
