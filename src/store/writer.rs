//! SQLite has one writer. This thread is it: it takes all that wait, runs each in its own savepoint, commits them
//! together, and only then answers each caller (group commit). Nothing is acknowledged before it is durable.

use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::{QueryResult, RunQueryDsl};
use tokio::sync::oneshot;

use super::db::{Db, on_either};
use super::error::{Error, Outcome};

/// How many are committed together at most.
const BATCH: usize = 64;

/// One caller's work. It is run once, then told whether what it did is durable.
trait Job: Send {
    /// Does the work; says whether its changes shall stay.
    fn run(&mut self, db: &mut Db) -> bool;
    /// Answers the caller; `committed` is false when the whole batch was lost.
    fn answer(self: Box<Self>, committed: bool);
}

pub(super) struct Writer {
    queue: SyncSender<Box<dyn Job>>,
    wait: Duration,
}

/// Where a piece of work stands: the caller may give up only what has not begun.
const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const GIVEN_UP: u8 = 2;

struct Work<F, T, E> {
    work: Option<F>,
    result: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
    state: Arc<AtomicU8>,
}

impl<F, T, E> Job for Work<F, T, E>
where
    F: FnOnce(&mut Db) -> Result<T, E> + Send,
    T: Send,
    E: Outcome,
{
    fn run(&mut self, db: &mut Db) -> bool {
        let may_begin =
            self.state.compare_exchange(WAITING, BEGUN, Ordering::AcqRel, Ordering::Acquire).is_ok();
        let Some(work) = self.work.take().filter(|_| may_begin) else { return false };
        let result =
            catch_unwind(AssertUnwindSafe(|| work(db))).unwrap_or_else(|_| Err(Error::Panicked.into()));
        let stays = !matches!(&result, Err(error) if error.fault().is_some());
        self.result = Some(result);
        stays
    }

    fn answer(mut self: Box<Self>, committed: bool) {
        let Some(result) = self.result.take() else { return };
        let is_fault = matches!(&result, Err(error) if error.fault().is_some());
        let result = if committed || is_fault {
            result
        } else {
            Err(Error::Unreachable("commit failed".into()).into())
        };
        // A caller that has gone away needs no answer.
        let _ = self.answer.send(result);
    }
}

impl Writer {
    /// Starts the thread on a connection of its own. At most `queue` callers wait, each at most `wait`.
    pub(super) fn start(db: Db, queue: usize, wait: Duration) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(queue);
        thread::Builder::new().name("store-writer".into()).spawn(move || serve(db, &receiver))?;
        Ok(Self { queue: sender, wait })
    }

    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Db) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Outcome,
    {
        let (answer, mut answered) = oneshot::channel();
        let state = Arc::new(AtomicU8::new(WAITING));
        let job = Work { work: Some(work), result: None, answer, state: state.clone() };
        self.queue.try_send(Box::new(job)).map_err(|error| match error {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Disconnected(_) => Error::Unreachable("the writer has stopped".into()),
        })?;
        let gone = || Error::Unreachable("the writer has stopped".into());
        match tokio::time::timeout(self.wait, &mut answered).await {
            Ok(result) => result.map_err(|_| gone())?,
            Err(_)
                if state.compare_exchange(WAITING, GIVEN_UP, Ordering::AcqRel, Ordering::Acquire).is_ok() =>
            {
                Err(Error::Busy.into())
            }
            // It has begun: only its end tells what is true.
            Err(_) => answered.await.map_err(|_| gone())?,
        }
    }
}

/// Runs until every sender is gone.
fn serve(mut db: Db, queue: &Receiver<Box<dyn Job>>) {
    while let Ok(first) = queue.recv() {
        let mut batch = vec![first];
        let committed = match run(&mut db, &mut batch, queue) {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(%error, "a batch of writes was lost");
                // Fails only when nothing is open, which is what is wanted.
                let _ = db.batch_execute("ROLLBACK");
                false
            }
        };
        for job in batch {
            job.answer(committed);
        }
    }
}

fn run(db: &mut Db, batch: &mut Vec<Box<dyn Job>>, queue: &Receiver<Box<dyn Job>>) -> QueryResult<()> {
    // Begun as a writer: a reader that becomes one fails at once when another was faster.
    say::<Begin>(db)?;
    let mut at = 0;
    while at < batch.len() {
        say::<Savepoint>(db)?;
        if !batch[at].run(db) {
            say::<RollbackTo>(db)?;
        }
        say::<Release>(db)?;
        at += 1;
        if batch.len() < BATCH {
            batch.extend(queue.try_recv().ok());
        }
    }
    say::<Commit>(db)
}

/// Says a statement of transaction control, which stays prepared: it comes with every piece of work.
fn say<S: Statement>(db: &mut Db) -> QueryResult<()> {
    on_either!(db, conn => Said::<S>(PhantomData).execute(conn)).map(|_| ())
}

trait Statement: 'static {
    const SQL: &str;
}

macro_rules! statements {
    ($($name:ident = $sql:literal),+ $(,)?) => {$(
        struct $name;
        impl Statement for $name {
            const SQL: &str = $sql;
        }
    )+};
}

statements! {
    Begin = "BEGIN IMMEDIATE",
    Savepoint = "SAVEPOINT job",
    RollbackTo = "ROLLBACK TO job",
    Release = "RELEASE job",
    Commit = "COMMIT",
}

struct Said<S>(PhantomData<S>);

impl<S: Statement> QueryId for Said<S> {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<S: Statement, DB: Backend> QueryFragment<DB> for Said<S> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(S::SQL);
        Ok(())
    }
}

impl<S, C> RunQueryDsl<C> for Said<S> {}
