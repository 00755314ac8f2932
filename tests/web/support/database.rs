//! A database for each test: a copy of one that was migrated and filled once.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use cardea::oidc::jose::{Alg, PrivateKey};
use cardea::oidc::keys::{KeyRecord, KeyState};
use cardea::oidc::profile::Profile;
use cardea::oidc::time::UnixTime;
use cardea::oidc::user::User;
use cardea::password::{self, Cost};
use cardea::store::vault::Vault;
use cardea::store::{Db, Error, Options, Store, keys, scopes, users};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection, sql_query};
use tempfile::TempDir;

use super::{NOW, PASSWORD, block_on};

pub const MASTER_KEY: [u8; 32] = [7; 32];
pub const MASTER_KEY_TEXT: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
/// As cheap as the configuration lets it be.
pub const COST: Cost = Cost { memory: 1024, passes: 1, lanes: 1 };

/// Which of the two databases a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

#[derive(diesel::QueryableByName)]
struct Name {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
}

/// A database that is gone when this is dropped.
pub struct Database {
    pub url: String,
    _directory: Option<TempDir>,
    postgres: Option<String>,
}

impl Database {
    /// With the schema, the standard scopes, an RS256 key, and the people of [`PEOPLE`].
    pub fn filled(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => Self::sqlite(&SQLITE_TEMPLATE),
            Kind::Postgres => Self::postgres(&POSTGRES_TEMPLATE),
        }
    }

    /// Without even a schema.
    pub fn empty(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => Self::sqlite(&[]),
            Kind::Postgres => Self::postgres("template0"),
        }
    }

    fn sqlite(content: &[u8]) -> Self {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("cardea.db");
        std::fs::write(&path, content).unwrap();
        Self { url: sqlite_url(&path), _directory: Some(directory), postgres: None }
    }

    fn postgres(template: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("{PREFIX}{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        administer(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Self { url: postgres_url(&name), _directory: None, postgres: Some(name) }
    }

    pub fn options(&self) -> Options {
        Options {
            url: self.url.clone(),
            pool_size: 4,
            wait: Duration::from_secs(20),
            statement_timeout: Duration::from_secs(20),
            write_queue: 1024,
        }
    }

    /// Names of all tables, in order.
    pub fn tables(&self) -> Vec<String> {
        let names = |table: &str, name: &str, rest: &str| {
            format!("SELECT {name} AS name FROM {table} WHERE {rest} ORDER BY 1")
        };
        let rows: Vec<Name> = if self.postgres.is_some() {
            let mut conn = PgConnection::establish(&self.url).unwrap();
            sql_query(names("pg_tables", "tablename::text", "schemaname = 'public'")).load(&mut conn).unwrap()
        } else {
            let mut conn = SqliteConnection::establish(self.url.strip_prefix("sqlite://").unwrap()).unwrap();
            let rest = "type = 'table' AND name NOT LIKE 'sqlite_%'";
            sql_query(names("sqlite_master", "name", rest)).load(&mut conn).unwrap()
        };
        rows.into_iter().map(|row| row.name).collect()
    }

    /// Runs a statement beside the store's back.
    pub fn execute(&self, statement: &str) {
        if self.postgres.is_some() {
            PgConnection::establish(&self.url).unwrap().batch_execute(statement).unwrap();
        } else {
            let mut conn = SqliteConnection::establish(self.url.strip_prefix("sqlite://").unwrap()).unwrap();
            conn.batch_execute("PRAGMA busy_timeout = 20000").unwrap();
            conn.batch_execute(statement).unwrap();
        }
    }

    pub fn open(&self) -> Store {
        Store::open(&self.options(), Vault::new(&MASTER_KEY)).unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(name) = &self.postgres {
            administer(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

static SQLITE_TEMPLATE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let database = Database::empty(Kind::Sqlite);
    fill(&database);
    let path = database.url.strip_prefix("sqlite://").unwrap();
    let mut conn = SqliteConnection::establish(path).unwrap();
    // The store's writer may still be closing.
    conn.batch_execute("PRAGMA busy_timeout = 20000").unwrap();
    // Part of it may still stand in the log beside the file.
    sql_query(format!("VACUUM INTO '{path}.copy'")).execute(&mut conn).unwrap();
    std::fs::read(format!("{path}.copy")).unwrap()
});

static POSTGRES_TEMPLATE: LazyLock<String> = LazyLock::new(|| {
    remove_leftovers();
    let name = format!("{PREFIX}{}_template", std::process::id());
    administer(&format!("CREATE DATABASE {name} TEMPLATE template0"));
    let database = Database { url: postgres_url(&name), _directory: None, postgres: None };
    fill(&database);
    name
});

const PREFIX: &str = "cardea_test_";

fn sqlite_url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

fn server_url() -> url::Url {
    let url = std::env::var("CARDEA_TEST_POSTGRES_URL").unwrap_or_else(|_| {
        panic!("CARDEA_TEST_POSTGRES_URL names no PostgreSQL; run the tests with tests/run, which starts one")
    });
    url::Url::parse(&url).expect("CARDEA_TEST_POSTGRES_URL is a URL")
}

fn postgres_url(name: &str) -> String {
    let mut url = server_url();
    url.set_path(name);
    url.into()
}

/// Runs a statement that stands outside of any of the tests' databases, one at a time.
fn administer(statement: &str) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut conn = PgConnection::establish(server_url().as_str()).expect("PostgreSQL answers");
    sql_query(statement).execute(&mut conn).unwrap();
}

/// Drops the databases of runs that have ended.
fn remove_leftovers() {
    let mut conn = PgConnection::establish(server_url().as_str()).expect("PostgreSQL answers");
    let query = format!("SELECT datname::text AS name FROM pg_database WHERE datname LIKE '{PREFIX}%'");
    let names: Vec<Name> = sql_query(query).load(&mut conn).unwrap();
    let is_over = |name: &str| {
        let number = name.strip_prefix(PREFIX).and_then(|rest| rest.split('_').next());
        number.is_some_and(|number| !Path::new("/proc").join(number).exists())
    };
    for Name { name } in names.into_iter().filter(|row| is_over(&row.name)) {
        administer(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    }
}

/// User name, e-mail address, and whether it is an administrator.
const PEOPLE: [(&str, &str, bool); 3] = [
    ("alice", "alice@example.org", false),
    ("bob", "bob@example.org", false),
    ("carol", "carol@example.org", true),
];

fn fill(database: &Database) {
    let store = database.open();
    let vault = store.vault();
    let key = PrivateKey::from_pem(Some(Alg::RS256), include_str!("rsa.pem")).unwrap();
    let filled = block_on(store.write(move |db| {
        scopes::add_standard(db)?;
        add_key(db, &vault, &key)?;
        for (name, email, is_admin) in PEOPLE {
            add_person(db, &person(name, email, is_admin), PASSWORD)?;
        }
        Ok::<_, Error>(())
    }));
    filled.unwrap();
}

/// Adds a key that signs from now on.
pub fn add_key(db: &mut Db, vault: &Vault, key: &PrivateKey) -> Result<(), Error> {
    let kid = format!("{}-{}", key.alg().as_str(), &key.thumbprint()[..8]);
    let sealed = keys::seal(vault, [1; 12], &kid, &key.to_der().unwrap());
    let record = KeyRecord {
        alg: key.alg(),
        state: KeyState::Signing,
        public_jwk: key.public_jwk(&kid),
        is_imported: true,
        created_at: NOW,
        signs_at: Some(NOW),
        retired_at: None,
        removed_at: None,
        kid,
    };
    keys::add(db, &record, &sealed)
}

/// Somebody whose `sub` is made from the name.
pub fn person(name: &str, email: &str, is_admin: bool) -> User {
    let mut capital = name.to_owned();
    capital[..1].make_ascii_uppercase();
    User {
        id: format!("sub-of-{name}"),
        username: name.into(),
        profile: Profile {
            name: Some(format!("{capital} Example")),
            given_name: Some(capital),
            family_name: Some("Example".into()),
            email: Some(email.into()),
            email_verified: true,
            ..Profile::default()
        },
        subject: None,
        is_admin,
        disabled_at: None,
        created_at: UnixTime(NOW.0 - 1000),
        updated_at: UnixTime(NOW.0 - 1000),
    }
}

pub fn add_person(db: &mut Db, user: &User, password: &str) -> Result<(), Error> {
    users::add(db, user)?;
    users::save_password(db, &user.id, &password::hash(password, COST, [9; 16]), user.created_at)
}
