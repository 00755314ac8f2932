//! The schema's migrations: one folder for both databases, embedded, run at start by one node at a time.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::migration::{MigrationSource, MigrationVersion};
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::db::{Db, Manager, Place, on_either};
use super::error::{Error, Result};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Any number of ours that no other program locks in the same database.
const LOCK: i64 = 0x0000_6361_7264_6561;

/// Runs what has not run yet; gives the names of those that ran.
pub(super) fn run(manager: &Manager) -> Result<Vec<String>> {
    // Usually there is nothing to do, and nobody to wait for.
    if pending(manager)?.is_empty() {
        return Ok(Vec::new());
    }
    with_lock(manager, |db| {
        // Asked again: another node may have run them meanwhile.
        let names = pending_in(db)?;
        on_either!(db, conn => conn.run_pending_migrations(MIGRATIONS).map(drop).map_err(fault))?;
        Ok(names)
    })
}

/// Takes every migration back, the newest first: for tests, and for whoever gives Cardea up. Says how many there were.
pub(super) fn revert_all(manager: &Manager) -> Result<usize> {
    with_lock(
        manager,
        |db| on_either!(db, conn => Ok(conn.revert_all_migrations(MIGRATIONS).map_err(fault)?.len())),
    )
}

/// Names of the migrations that have not run. Fails where one ran that this program does not know.
pub(super) fn pending(manager: &Manager) -> Result<Vec<String>> {
    match manager.place {
        // The question makes the table of migrations, and on PostgreSQL two who make it at once both fail.
        Place::Pg(_) => with_lock(manager, pending_in),
        Place::Sqlite(_) => pending_in(&mut open(manager)?),
    }
}

fn pending_in(db: &mut Db) -> Result<Vec<String>> {
    let known = MigrationSource::<Sqlite>::migrations(&MIGRATIONS).map_err(fault)?;
    let is_known = |ran: &MigrationVersion| known.iter().any(|migration| migration.name().version() == *ran);
    on_either!(db, conn => {
        let ran = MigrationHarness::<_>::applied_migrations(conn).map_err(fault)?;
        if let Some(newer) = ran.iter().find(|ran| !is_known(ran)) {
            return Err(Error::Newer(newer.to_string()));
        }
        let pending = MigrationHarness::<_>::pending_migrations(conn, MIGRATIONS).map_err(fault)?;
        Ok(pending.iter().map(|migration| migration.name().to_string()).collect())
    })
}

/// One node at a time: the others wait here, then find nothing left to do.
fn with_lock<T>(manager: &Manager, work: impl FnOnce(&mut Db) -> Result<T>) -> Result<T> {
    let mut db = open(manager)?;
    match &mut db {
        Db::Pg(conn) => {
            // A long migration, or waiting for another node's, is no reason to give up.
            conn.batch_execute(&format!("SET statement_timeout = 0; SELECT pg_advisory_lock({LOCK})"))?;
            let result = work(&mut db);
            let Db::Pg(conn) = &mut db else { return result };
            conn.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})"))?;
            result
        }
        // One transaction around all of them, begun as a writer. It waits for others, and others for it; a server
        // that runs on the same file keeps answering.
        Db::Sqlite(conn) => {
            AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE")?;
            let result = work(&mut db);
            let Db::Sqlite(conn) = &mut db else { return result };
            match &result {
                Ok(_) => AnsiTransactionManager::commit_transaction(conn)?,
                Err(_) => AnsiTransactionManager::rollback_transaction(conn)?,
            }
            result
        }
    }
}

fn open(manager: &Manager) -> Result<Db> {
    manager.open().map_err(|error| Error::Unreachable(error.to_string()))
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn fault(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::Unreadable(format!("a migration failed: {error}"))
}
