//! Connections that are kept open. A good one is used without asking first whether it still is: that would cost
//! PostgreSQL a round trip each time. Where a query fails, its connection is asked. If the database has closed it, as
//! when it starts anew, all others that were open by then are asked before they are used again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::R2D2Connection;

use super::db::{Db, Manager};
use super::error::{Error, Outcome, Result};

#[derive(Clone)]
pub(super) struct Pool {
    connections: r2d2::Pool<Opener>,
    losses: Losses,
}

/// How often a connection was found closed.
type Losses = Arc<AtomicU64>;

#[derive(Clone)]
pub(super) struct Opener {
    manager: Manager,
    losses: Losses,
}

/// An open connection.
pub(super) struct Line {
    db: Db,
    /// How many losses there had been when it was last known to be good.
    good_after: u64,
    is_lost: bool,
}

impl Line {
    fn ask(&mut self) -> diesel::QueryResult<()> {
        self.db.batch_execute("SELECT 1")
    }
}

impl Pool {
    /// With at most `size` connections, for one of which a caller waits at most `wait`.
    pub(super) fn new(manager: Manager, size: u32, wait: Duration) -> Result<Self> {
        let losses = Losses::default();
        let opener = Opener { manager, losses: losses.clone() };
        let connections = r2d2::Pool::builder()
            .max_size(size)
            .connection_timeout(wait)
            // A connection that nobody waits for could still be opening while the process ends, which OpenSSL does
            // not survive.
            .min_idle(Some(0))
            .test_on_check_out(false)
            .build(opener)
            .map_err(|error| Error::Unreachable(error.to_string()))?;
        Ok(Self { connections, losses })
    }

    /// Runs `work` on a connection. Blocks.
    pub(super) fn run<T, E: Outcome>(&self, work: impl FnOnce(&mut Db) -> Result<T, E>) -> Result<T, E> {
        let mut line = self.take()?;
        let result = work(&mut line.db);
        if !matches!(&result, Err(error) if error.fault().is_some()) {
            return result;
        }
        match line.ask() {
            Ok(()) => result,
            Err(cause) => {
                line.is_lost = true;
                self.losses.fetch_add(1, Ordering::AcqRel);
                Err(Error::Unreachable(cause.to_string()).into())
            }
        }
    }

    fn take(&self) -> Result<r2d2::PooledConnection<Opener>> {
        loop {
            let mut line = self.connections.get().map_err(|error| Error::Unreachable(error.to_string()))?;
            let losses = self.losses.load(Ordering::Acquire);
            if line.good_after == losses {
                return Ok(line);
            }
            if line.ask().is_ok() {
                line.good_after = losses;
                return Ok(line);
            }
            line.is_lost = true;
        }
    }
}

impl r2d2::ManageConnection for Opener {
    type Connection = Line;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Line, Self::Error> {
        let good_after = self.losses.load(Ordering::Acquire);
        let db = self.manager.open().map_err(diesel::r2d2::Error::ConnectionError)?;
        Ok(Line { db, good_after, is_lost: false })
    }

    fn is_valid(&self, line: &mut Line) -> Result<(), Self::Error> {
        line.ask().map_err(diesel::r2d2::Error::QueryError)
    }

    /// Diesel looks only at how the last transaction ended.
    fn has_broken(&self, line: &mut Line) -> bool {
        line.is_lost
            || std::thread::panicking()
            || match &mut line.db {
                Db::Pg(conn) => conn.is_broken(),
                Db::Sqlite(conn) => conn.is_broken(),
            }
    }
}
