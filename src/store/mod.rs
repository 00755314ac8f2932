//! Floor 2: what is remembered. Diesel is imported only here.
//!
//! [`Store`] hides the pool, the blocking threads, the backend, batching and the transaction behind two verbs,
//! [`Store::read`] and [`Store::write`]. The modules below it show a handful of verbs each, in the words of `oidc`.

pub mod audit;
pub mod browsers;
pub mod catalogue;
mod cleanup;
pub mod client_secrets;
pub mod client_tokens;
pub mod clients;
pub mod consents;
mod db;
pub mod encryption_keys;
mod error;
#[cfg(test)]
mod fixture;
pub mod flows;
pub mod grants;
pub mod initial_access_tokens;
pub mod keys;
mod list;
pub mod logos;
pub mod logout_deliveries;
mod migrate;
mod pool;
pub mod rotation;
pub mod scopes;
#[rustfmt::skip]
mod schema;
pub mod sessions;
pub mod settings;
pub mod throttles;
pub mod tokens;
pub mod used_jwts;
pub mod users;
pub mod vault;
mod writer;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use diesel::Connection;
use tokio::sync::Semaphore;

pub use self::catalogue::Catalogue;
pub use self::db::Db;
use self::db::{Manager, Place};
pub use self::error::{Error, Outcome, Result};
pub use self::list::{PAGE, Page, Search};
use self::pool::Pool;
use self::vault::Vault;
use self::writer::Writer;

/// How a transaction that lost against others is tried again.
const ATTEMPTS: u32 = 10;

/// How the store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// `sqlite://PATH` or `postgres://…`.
    pub url: String,
    pub pool_size: u32,
    /// How long a caller waits for its turn.
    pub wait: Duration,
    /// After which PostgreSQL gives a statement up.
    pub statement_timeout: Duration,
    /// How many writes may wait on SQLite.
    pub write_queue: usize,
}

/// The database.
pub struct Store {
    pool: Pool,
    /// As many as the pool has connections, so that waiting blocks no thread.
    turns: Arc<Semaphore>,
    wait: Duration,
    /// SQLite's one writer; PostgreSQL groups commits itself.
    writer: Option<Writer>,
    catalogue: RwLock<Arc<Catalogue>>,
    vault: Arc<Vault>,
}

impl Store {
    /// Connects, brings the schema up to date and reads the catalogue. Blocks; call it off the reactor.
    pub fn open(options: &Options, vault: Vault) -> Result<Self> {
        let manager = manager(options)?;
        migrate::run(&manager)?;
        let unreachable = |error: String| Error::Unreachable(error);
        // One by hand first: the pool would retry for a long time without a word.
        let mut db = manager.open().map_err(|error| unreachable(error.to_string()))?;
        let catalogue = catalogue::load(&mut db, &vault)?;
        let writer = match manager.place {
            Place::Sqlite(_) => Some(
                Writer::start(db, options.write_queue, options.wait)
                    .map_err(|error| unreachable(error.to_string()))?,
            ),
            Place::Pg(_) => None,
        };
        Ok(Self {
            pool: Pool::new(manager, options.pool_size, options.wait)?,
            turns: Arc::new(Semaphore::new(options.pool_size as usize)),
            wait: options.wait,
            writer,
            catalogue: RwLock::new(Arc::new(catalogue)),
            vault: Arc::new(vault),
        })
    }

    /// Runs `work`, which changes nothing.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Db) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Outcome,
    {
        self.on_pool(work).await
    }

    /// Runs `work` in one transaction: a refusal commits, a fault rolls back. What it answers is durable.
    ///
    /// It may run more than once where the database asks for that; only its last run counts.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: Fn(&mut Db) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Outcome,
    {
        match &self.writer {
            Some(writer) => writer.write(move |db: &mut Db| work(db)).await,
            None => self.on_pool(move |db| in_transaction(db, work)).await,
        }
    }

    async fn on_pool<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Db) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Outcome,
    {
        let turn = tokio::time::timeout(self.wait, self.turns.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| Error::Busy)?.expect("the semaphore is never closed");
        let pool = self.pool.clone();
        let result = tokio::task::spawn_blocking(move || {
            let result = pool.run(work);
            drop(turn);
            result
        });
        result.await.map_err(|_| Error::Panicked)?
    }

    /// Clients, keys, scopes and settings as they were at most a second ago.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.catalogue.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the catalogue again if anything in it has changed; says whether it had.
    pub async fn refresh(&self) -> Result<bool> {
        let known = self.catalogue().revision();
        let vault = self.vault.clone();
        let newer = self.read(move |db| catalogue::load_newer(db, &vault, known)).await?;
        let Some(newer) = newer else { return Ok(false) };
        let mut held = self.catalogue.write().unwrap_or_else(PoisonError::into_inner);
        // Who read before another refresh did must not bring its older state back.
        if held.revision() == known || newer.revision() > held.revision() {
            *held = Arc::new(newer);
        }
        Ok(true)
    }

    /// What encrypts and authenticates under the master key.
    pub fn vault(&self) -> Arc<Vault> {
        self.vault.clone()
    }
}

/// Runs the migrations that have not run yet, and gives their names.
pub fn migrate(options: &Options) -> Result<Vec<String>> {
    migrate::run(&manager(options)?)
}

/// Names of the migrations that have not run.
pub fn pending_migrations(options: &Options) -> Result<Vec<String>> {
    migrate::pending(&manager(options)?)
}

/// Whether anything is there that only the master key opens. The schema must be up to date.
pub fn is_sealed(options: &Options) -> Result<bool> {
    let mut db = manager(options)?.open().map_err(|error| Error::Unreachable(error.to_string()))?;
    keys::is_any_sealed(&mut db)
}

/// Takes all migrations back, and all data with them. Says how many there were.
pub fn revert_migrations(options: &Options) -> Result<usize> {
    migrate::revert_all(&manager(options)?)
}

fn manager(options: &Options) -> Result<Manager> {
    let place = Place::parse(&options.url).map_err(|error| Error::Unreachable(error.to_string()))?;
    Ok(Manager { place, statement_timeout: options.statement_timeout })
}

/// A refusal must pass diesel's transaction as a success, or it would roll back.
enum Undone<E> {
    Fault(E),
    Query(diesel::result::Error),
}

impl<E> From<diesel::result::Error> for Undone<E> {
    fn from(error: diesel::result::Error) -> Self {
        Self::Query(error)
    }
}

fn in_transaction<T, E: Outcome>(db: &mut Db, work: impl Fn(&mut Db) -> Result<T, E>) -> Result<T, E> {
    let mut attempt = 1;
    loop {
        let done = db.transaction(|db| match work(db) {
            Err(error) if error.fault().is_some() => Err(Undone::Fault(error)),
            result => Ok(result),
        });
        let error = match done {
            Ok(result) => return result,
            Err(Undone::Fault(error)) => error,
            Err(Undone::Query(error)) => Error::Query(error).into(),
        };
        if attempt == ATTEMPTS || !error.fault().is_some_and(Error::is_to_be_retried) {
            return Err(error);
        }
        std::thread::sleep(Duration::from_millis(u64::from(attempt * attempt)));
        attempt += 1;
    }
}
