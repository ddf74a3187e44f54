//! Everything the stand-in knows, behind one lock: a request is recorded, judged, applied and
//! entered into the ledger in one step that no other request can come between.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode};
use thiserror::Error;

use crate::bumper::book::Book;
use crate::bumper::seed::{self, SeededPayment};
use crate::chance::Chance;
use crate::clock::unix_millis;
use crate::faults::Switchboard;
use crate::ledger::{Arrivals, Ledger, ReceivedRequest, sha256_hex};
use crate::line::Line;

/// Why a control act was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ControlError {
    /// No payment has this token.
    #[error("no payment has this token")]
    UnknownPayment,
    /// No dealership has this key.
    #[error("no dealership has this api_key")]
    UnknownAccount,
    /// Not a positive decimal with at most two places.
    #[error("the amount must be a text with a positive decimal of at most two places")]
    BadAmount,
    /// The payment's state does not allow it.
    #[error("not possible for a payment that is {0}")]
    NotPossible(&'static str),
    /// There is no link the customer could open.
    #[error("this payment has no open link")]
    NoOpenLink,
    /// Webhooks go to loopback addresses only.
    #[error("the url must be http:// with a loopback address, a port and a path")]
    BadUrl,
    /// The port could not be taken again.
    #[error("the line could not be changed")]
    Line,
}

impl ControlError {
    /// The HTTP status of the control interface.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::UnknownPayment | Self::UnknownAccount => StatusCode::NOT_FOUND,
            Self::BadAmount | Self::BadUrl => StatusCode::BAD_REQUEST,
            Self::NotPossible(_) | Self::NoOpenLink => StatusCode::CONFLICT,
            Self::Line => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// The state behind the lock.
#[derive(Debug)]
pub(crate) struct World {
    pub ledger: Ledger,
    pub arrivals: Arrivals,
    pub faults: Switchboard,
    pub chance: Chance,
    pub bumper: Book,
    pub moyasar: crate::moyasar::book::Book,
    pub norce: crate::norce::book::Book,
    pub wepay: crate::wepay::book::Book,
    /// Payments not made by a start command, for training mode to track.
    pub made_up: Vec<SeededPayment>,
}

/// The state, its lock and the line, shared by all connections.
#[derive(Debug)]
pub(crate) struct Shared {
    pub line: Arc<Line>,
    world: Mutex<World>,
}

impl Shared {
    pub(crate) fn new(line: Arc<Line>, random_seed: u64, payments: usize) -> Self {
        let mut bumper = Book::new(format!("http://{}/bumper", line.address()));
        seed::fill(&mut bumper, random_seed, payments);
        let moyasar = moyasar(&line, random_seed, payments);
        let mut wepay = crate::wepay::book::Book::new(format!("http://{}/wepay", line.address()));
        crate::wepay::seed::fill(&mut wepay, random_seed, payments);
        let norce = norce(&line, random_seed, payments);
        let made_up = bumper.payments().iter().map(SeededPayment::of).collect();
        let world = World {
            ledger: Ledger::default(),
            arrivals: Arrivals::default(),
            faults: Switchboard::default(),
            chance: Chance::new(random_seed),
            bumper,
            moyasar,
            norce,
            wepay,
            made_up,
        };
        Self { line, world: Mutex::new(world) }
    }

    /// Works on the state. The work must not wait for anything.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        // Should a handler ever panic, the others still get to see the ledger.
        work(&mut self.world.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Moyasar's book. Its base URL ends with `/v1`, as the real one does; its made-up payments are
/// young enough that what is held still holds.
fn moyasar(line: &Line, random_seed: u64, payments: usize) -> crate::moyasar::book::Book {
    let base = format!("http://{}/moyasar/v1", line.address());
    let mut book = crate::moyasar::book::Book::new(base);
    crate::moyasar::seed::fill(&mut book, random_seed, payments, unix_millis());
    book
}

/// As many orders of Norce as fill a page: each holds a whole order.
const MOST_NORCE_ORDERS: usize = 60;

fn norce(line: &Line, random_seed: u64, payments: usize) -> crate::norce::book::Book {
    let base = format!("http://{}/norce/checkout", line.address());
    let mut book = crate::norce::book::Book::new(base);
    crate::norce::seed::fill(&mut book, random_seed, payments.min(MOST_NORCE_ORDERS));
    book
}

/// One request as it arrived, with the path below its provider's prefix.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub method: Method,
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Call {
    /// Lower-case hex SHA-256 of the body.
    pub(crate) fn digest(&self) -> String {
        sha256_hex(&self.body)
    }

    /// The entry for the list of requests, without what only the provider can say.
    pub(crate) fn received(&self, provider: &str) -> ReceivedRequest {
        ReceivedRequest {
            seq: 0, // numbered on entry
            at_ms: unix_millis(),
            method: self.method.as_str().to_owned(),
            path: format!("/{provider}{}", self.path),
            body_sha256: self.digest(),
            body_bytes: self.body.len(),
            signature_valid: None,
            api_key: None,
            token: None,
            fault: None,
            idempotency_key: None,
        }
    }
}
