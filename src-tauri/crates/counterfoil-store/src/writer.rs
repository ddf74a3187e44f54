use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;

use rusqlite::{Connection, TransactionBehavior};

use crate::StoreError;

/// Most writes in one commit: bounds how long the first of them waits for its answer.
const MOST_IN_ONE_COMMIT: usize = 128;

type Job = Box<dyn FnOnce(&Connection) -> Answer + Send>;
/// Sends the job's own result once the commit's result is known.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// The thread that owns the only connection that writes. Jobs that wait while a commit is under
/// way share the next one: many callers, one sync.
pub struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub fn start(connection: Connection) -> Result<Self, StoreError> {
        let (jobs, received) = channel();
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || write_until_closed(connection, &received))
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
            let outcome = in_savepoint(connection, job);
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

fn write_until_closed(mut connection: Connection, received: &Receiver<Job>) {
    while let Ok(first) = received.recv() {
        let jobs = with_those_waiting(first, received);
        commit_together(&mut connection, jobs);
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

fn commit_together(connection: &mut Connection, jobs: Vec<Job>) {
    let mut answers = Vec::with_capacity(jobs.len());
    let committed = connection.transaction_with_behavior(TransactionBehavior::Immediate).and_then(
        |transaction| {
            answers.extend(jobs.into_iter().map(|job| job(&transaction)));
            transaction.commit()
        },
    );
    let failed = committed.err().map(std::sync::Arc::new);
    for answer in answers {
        answer(failed.as_ref().map_or(Ok(()), |error| Err(not_committed(error))));
    }
}

/// Each caller gets its own error; SQLite's cannot be copied, so its words are.
fn not_committed(error: &rusqlite::Error) -> StoreError {
    tracing::error!(%error, "a commit failed");
    in_words(&error.to_string())
}

fn in_words(words: &str) -> StoreError {
    StoreError::Sqlite(rusqlite::Error::ToSqlConversionFailure(words.into()))
}

fn in_savepoint<T>(
    connection: &Connection,
    job: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    if connection.is_autocommit() {
        // SQLite took the whole commit back because of a job before this one, as on a full disk.
        return Err(in_words("the commit was taken back"));
    }
    connection.execute_batch("SAVEPOINT job")?;
    let outcome = job(connection);
    let end = if outcome.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
    connection.execute_batch(end)?;
    outcome
}
