//! One connection type for both databases, and how each is opened.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;
use diesel::{Connection, ConnectionError};

/// A connection to either database. Plain queries are written once on it.
#[derive(diesel::MultiConnection)]
pub enum Db {
    Pg(PgConnection),
    Sqlite(SqliteConnection),
}

/// Runs a query that is written once on the connection within: for statements that [`Db`] cannot carry, such as
/// upserts, and for hot ones, which `Db` would build twice.
macro_rules! on_either {
    ($db:expr, $conn:ident => $body:expr) => {
        match $db {
            $crate::store::db::Db::Pg($conn) => $body,
            $crate::store::db::Db::Sqlite($conn) => $body,
        }
    };
}
pub(super) use on_either;

/// Where the data lives, as `database_url` says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Pg(String),
    /// A path, as SQLite takes it.
    Sqlite(String),
}

impl Place {
    pub(super) fn parse(url: &str) -> Result<Self, ConnectionError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Pg(url.to_owned()));
        }
        let path = url.strip_prefix("sqlite://").filter(|path| !path.is_empty());
        path.map(|path| Self::Sqlite(path.to_owned())).ok_or_else(|| {
            ConnectionError::InvalidConnectionUrl("use sqlite://PATH or postgres://USER@HOST/NAME".into())
        })
    }
}

/// Opens connections.
#[derive(Clone, Debug)]
pub(super) struct Manager {
    pub(super) place: Place,
    /// After which PostgreSQL gives a statement up.
    pub(super) statement_timeout: Duration,
}

impl Manager {
    pub(super) fn open(&self) -> Result<Db, ConnectionError> {
        match &self.place {
            Place::Pg(url) => {
                let mut conn = PgConnection::establish(url)?;
                let limit = self.statement_timeout.as_millis();
                conn.batch_execute(&format!("SET statement_timeout = {limit}"))
                    .map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(Db::Pg(conn))
            }
            Place::Sqlite(path) => open_sqlite(path).map(Db::Sqlite),
        }
    }
}

/// How long a connection to SQLite waits for others, in each statement and while it opens.
const BUSY: Duration = Duration::from_secs(5);

/// Opens the file, and tries again while others hold it: where one process turns a new file to WAL, or the last one
/// that had it open tidies its log away, SQLite says "locked" at once and does not keep to the busy timeout.
fn open_sqlite(path: &str) -> Result<SqliteConnection, ConnectionError> {
    let since = Instant::now();
    loop {
        match set_up_sqlite(path) {
            Err(error) if error.to_string().contains("locked") && since.elapsed() < BUSY => {
                std::thread::sleep(Duration::from_millis(5));
            }
            done => return done,
        }
    }
}

fn set_up_sqlite(path: &str) -> Result<SqliteConnection, ConnectionError> {
    let mut conn = SqliteConnection::establish(path)?;
    conn.batch_execute(&format!(
        "PRAGMA busy_timeout = {}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
         PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;",
        BUSY.as_millis(),
    ))
    .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lock that a process holds as it turns a new file to WAL, for which SQLite lets nobody wait.
    #[test]
    fn a_new_file_is_waited_for_while_another_process_begins_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new.db");
        let path = path.to_str().unwrap();
        let mut other = SqliteConnection::establish(path).unwrap();
        // It waits in its turn, until nobody looks at the file, before it commits.
        let begin = "PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE; CREATE TABLE begun (at INTEGER)";
        other.batch_execute(begin).unwrap();
        std::thread::scope(|scope| {
            let opened = scope.spawn(|| open_sqlite(path));
            std::thread::sleep(Duration::from_millis(200));
            other.batch_execute("COMMIT").unwrap();
            assert!(opened.join().unwrap().is_ok());
        });
    }
}
