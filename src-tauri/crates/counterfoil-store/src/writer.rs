use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use thiserror::Error;

use crate::table::meta;
use crate::{StoreError, connect, look};

/// Most writes in one commit: bounds how long the first of them waits for its answer.
const MOST_IN_ONE_COMMIT: usize = 128;

/// How many commits the disk has failed at and the writer has taken back.
const TAKEN_BACK: &str = "commits_taken_back";

/// Runs in the transaction of the commit, or is told why there is none.
type Job = Box<dyn FnOnce(Result<&Connection, StoreError>) -> Answer + Send>;
/// Sends the job's own result once the commit's result is known.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// What a caller is told whose commit the disk failed at.
#[derive(Debug, Error)]
pub enum DiskFailed {
    /// The log was written over where the commit stood, and that was synced.
    #[error("the disk failed ({0}); what was to be stored was taken back and is not there")]
    TakenBack(String),
    /// The disk went on failing.
    #[error("the disk failed ({0}) and still does; it is not known whether this was stored")]
    NotKnown(String),
    /// An earlier commit failed and the disk has not worked since. Nothing was tried.
    #[error("the disk failed earlier and still does ({0}); nothing of this was stored")]
    StillFailing(String),
}

/// The thread that owns the only connection that writes. Jobs that wait while a commit is under
/// way share the next one: many callers, one sync.
pub struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread with a connection to the database at this path.
    pub fn start(connection: Connection, path: &Path) -> Result<Self, StoreError> {
        let (jobs, received) = channel();
        let mut pen = Pen { connection, path: path.to_owned(), failed: false };
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || write_until_closed(&mut pen, &received))
            .map_err(StoreError::Io)?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Runs one job in a transaction of its own and answers when it is durable. A job that
    /// fails leaves nothing behind.
    pub fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = channel();
        let boxed: Job = Box::new(move |connection| {
            let outcome = connection.and_then(|connection| in_savepoint(connection, job));
            Box::new(move |committed| {
                let both = committed.and(outcome);
                // A caller that has gone away does not change what was stored.
                let _ = answer.send(both);
            })
        });
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(boxed).map_err(|_| StoreError::Closed)?;
        answered.recv().map_err(|_| StoreError::Closed)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // Waits for what was accepted; a panic there was reported by the thread itself.
            let _ = thread.join();
        }
    }
}

fn write_until_closed(pen: &mut Pen, received: &Receiver<Job>) {
    while let Ok(first) = received.recv() {
        let jobs = with_those_waiting(first, received);
        pen.commit_together(jobs);
    }
}

fn with_those_waiting(first: Job, received: &Receiver<Job>) -> Vec<Job> {
    let mut jobs = vec![first];
    while jobs.len() < MOST_IN_ONE_COMMIT {
        match received.try_recv() {
            Ok(job) => jobs.push(job),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
        }
    }
    jobs
}

/// The connection that writes, and whether the disk can be believed.
struct Pen {
    connection: Connection,
    path: PathBuf,
    failed: bool,
}

impl Pen {
    fn commit_together(&mut self, jobs: Vec<Job>) {
        if self.failed
            && let Err(error) = self.renew()
        {
            let words = in_words(&error);
            return refuse(jobs, || of_disk(DiskFailed::StillFailing(words.clone())));
        }
        let behavior = TransactionBehavior::Immediate;
        let transaction = match self.connection.transaction_with_behavior(behavior) {
            Ok(transaction) => transaction,
            Err(error) => {
                self.failed = is_of_disk(&error);
                tracing::error!(%error, "a commit could not begin");
                return refuse(jobs, || again(&error));
            }
        };
        let answers: Vec<_> = jobs.into_iter().map(|job| job(Ok(&transaction))).collect();
        let committed = transaction.commit();
        let failed = committed.err().map(|error| self.take_back(error));
        for answer in answers {
            answer(failed.as_ref().map_or(Ok(()), |tell| Err(tell())));
        }
    }

    /// After a failed commit: answers what its callers are told.
    fn take_back(&mut self, error: rusqlite::Error) -> Box<dyn Fn() -> StoreError> {
        tracing::error!(%error, "a commit failed");
        if !is_of_disk(&error) {
            return Box::new(move || again(&error));
        }
        let words = error.to_string();
        match self.renew() {
            Ok(()) => Box::new(move || of_disk(DiskFailed::TakenBack(words.clone()))),
            Err(_) => Box::new(move || of_disk(DiskFailed::NotKnown(words.clone()))),
        }
    }

    /// A sync that failed is not tried again: the database is opened anew and checked, and a
    /// commit of our own is written over the place in the log where the failed one stood, so that
    /// no start finds it there. Nothing is acknowledged before all of that has worked.
    fn renew(&mut self) -> Result<(), StoreError> {
        self.failed = true;
        // The old connection stays open until then: while there is one, the log is not read from
        // its beginning, where the failed commit may look whole.
        let fresh = connect::writing(&self.path)?;
        check(&fresh)?;
        mark(&fresh)?;
        self.connection = fresh;
        self.failed = false;
        tracing::warn!("the database was opened anew after the disk failed, and is whole");
        Ok(())
    }
}

fn refuse(jobs: Vec<Job>, why: impl Fn() -> StoreError) {
    for job in jobs {
        job(Err(why()))(Ok(()));
    }
}

fn check(connection: &Connection) -> Result<(), StoreError> {
    match look::structure(connection)? {
        None => Ok(()),
        Some(found) => Err(StoreError::damaged("sqlite_schema", found)),
    }
}

fn mark(connection: &Connection) -> Result<(), StoreError> {
    let many = meta::get(connection, TAKEN_BACK)?.and_then(|many| many.parse().ok()).unwrap_or(0);
    let more = u64::saturating_add(many, 1);
    // A statement outside a transaction is its own commit, synced like every other.
    meta::set(connection, TAKEN_BACK, &more.to_string())
}

/// False for what leaves the disk as it was: somebody else is writing, or a rule of the schema.
fn is_of_disk(error: &rusqlite::Error) -> bool {
    let harmless =
        [ErrorCode::DatabaseBusy, ErrorCode::DatabaseLocked, ErrorCode::ConstraintViolation];
    !error.sqlite_error_code().is_some_and(|code| harmless.contains(&code))
}

fn of_disk(failed: DiskFailed) -> StoreError {
    StoreError::Io(std::io::Error::other(failed))
}

/// Each caller gets its own error; SQLite's cannot be copied, so its code and words are.
fn again(error: &rusqlite::Error) -> StoreError {
    StoreError::Sqlite(match error {
        rusqlite::Error::SqliteFailure(code, words) => {
            rusqlite::Error::SqliteFailure(*code, words.clone())
        }
        other => rusqlite::Error::ToSqlConversionFailure(other.to_string().into()),
    })
}

/// An error with what caused it.
fn in_words(error: &StoreError) -> String {
    let cause = std::error::Error::source(error);
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

fn given_up(words: &str) -> StoreError {
    StoreError::Sqlite(rusqlite::Error::ToSqlConversionFailure(words.into()))
}

fn in_savepoint<T>(
    connection: &Connection,
    job: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    if connection.is_autocommit() {
        // SQLite took the whole commit back because of a job before this one, as on a full disk.
        return Err(given_up("the commit was taken back"));
    }
    connection.execute_batch("SAVEPOINT job")?;
    let outcome = catch_unwind(AssertUnwindSafe(|| job(connection)))
        .unwrap_or_else(|_| Err(given_up("the write broke off in the middle")));
    let end = if outcome.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
    if let Err(error) = connection.execute_batch(end) {
        // It cannot be told what is left of this job: better nothing of anybody's. Fails where
        // SQLite has already done so, and then it is done.
        let _ = connection.execute_batch("ROLLBACK");
        return outcome.and(Err(error.into()));
    }
    outcome
}
