//! effectum as a peer of the figures: the first line it prints is what it is and what its writing
//! connection reads back; then, for every number on its standard input, so many times enqueue,
//! claim and finish, and the nanoseconds all of them took.
//!
//! The queue keeps its connections to itself, so SQLite is asked to tell of every connection it
//! opens; the first one is the one that writes. Nobody uses it while its pragmas are read or set:
//! no job is there yet.

use std::ffi::{c_char, c_int};
use std::io::BufRead;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Instant;

use effectum::{Error, Job, JobRunner, Queue, RunningJob, Worker};
use rusqlite::{Connection, ffi};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// Addresses of the connections, in the order they were opened.
static OPENED: Mutex<Vec<usize>> = Mutex::new(Vec::new());

unsafe extern "C" fn note(
    connection: *mut ffi::sqlite3,
    _error: *mut *const c_char,
    _routines: *const ffi::sqlite3_api_routines,
) -> c_int {
    if let Ok(mut opened) = OPENED.lock() {
        opened.push(connection as usize);
    }
    ffi::SQLITE_OK
}

/// The connection that writes, without owning it.
fn writing() -> Connection {
    let opened = OPENED.lock().expect("nothing panics while it is held");
    let first = *opened.first().expect("the queue opened its database");
    // SAFETY: the queue is open as long as this program runs and its writer waits for work.
    unsafe { Connection::from_handle(first as *mut ffi::sqlite3) }.expect("it is a connection")
}

fn facts() -> serde_json::Value {
    let connection = writing();
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    let full: i64 = connection.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap();
    serde_json::json!({
        "version": "0.7.0", "sqlite": rusqlite::version(),
        "journal_mode": mode, "synchronous": full,
    })
}

/// The job does nothing but end; its end is stored before this returns.
async fn finish(job: RunningJob, done: UnboundedSender<()>) -> Result<(), Error> {
    job.complete(()).await?;
    let _ = done.send(());
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().expect("a folder"));
    let manner = arguments.next().expect("a manner");
    // SAFETY: the function has the form that SQLite asks for and lives as long as the program.
    unsafe { ffi::sqlite3_auto_extension(Some(note)) };
    let queue = Queue::new(&folder.join("effectum.db")).await.expect("a new queue opens");
    if manner == "full-sync" {
        writing().execute_batch("PRAGMA synchronous = FULL").expect("SQLite knows it");
    }
    println!("{}", facts());
    let (done, mut finished) = unbounded_channel();
    let runner = JobRunner::builder("bench", finish).build();
    let worker = Worker::builder(&queue, done).jobs([runner]).build().await;
    let _worker = worker.expect("the worker starts");
    for line in std::io::stdin().lock().lines() {
        let operations: u32 = line.expect("text").trim().parse().expect("a number");
        let began = Instant::now();
        for _ in 0..operations {
            let job = Job::builder("bench").payload(vec![b'x'; 300]);
            job.add_to(&queue).await.expect("it is taken");
            finished.recv().await.expect("it is finished");
        }
        println!("{}", began.elapsed().as_nanos());
    }
}
