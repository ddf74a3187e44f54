//! The table of unique keys: what was asked under a key, and what became of it.

use std::collections::BTreeMap;

use super::problem::Problem;
use super::switches::{KeyLife, OtherBody, WepaySwitches};
use crate::ledger::sha256_hex;
use crate::world::Call;

/// What a key fetches once its request is finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The payment that was changed.
    Payment(String),
    /// The refund that was made.
    Refund(String),
    /// A refusal that is remembered (A-WEP-11).
    Refused(Problem),
}

/// One key of one application.
#[derive(Debug, Clone)]
struct Entry {
    /// Method, path, version and body, as one digest.
    request: String,
    first_ms: i64,
    in_use_until_ms: i64,
    outcome: Outcome,
}

/// All keys.
#[derive(Debug, Default)]
pub(crate) struct Keys(BTreeMap<(String, String), Entry>);

/// What a request under a key is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// The first one, or one after the key was forgotten.
    New,
    /// The same once more.
    Again(Outcome),
}

impl Keys {
    /// Looks a request up.
    pub(crate) fn look(
        &mut self,
        switches: &WepaySwitches,
        app: &str,
        key: &str,
        call: &Call,
        now_ms: i64,
    ) -> Result<Known, Problem> {
        let KeyLife { kept_ms, .. } = switches.key_life;
        self.0.retain(|_, entry| now_ms < entry.first_ms.saturating_add(kept_ms));
        let Some(entry) = self.0.get(&(app.to_owned(), key.to_owned())) else {
            return Ok(Known::New);
        };
        if entry.request == digest(call) {
            if now_ms < entry.in_use_until_ms {
                return Err(Problem::key_in_use());
            }
            return Ok(Known::Again(entry.outcome.clone()));
        }
        match switches.other_body {
            OtherBody::Refuse => {
                let message = "This key was used for another request.";
                let at = super::problem::At::Header;
                Err(Problem::invalid(at, "Unique-Key", "UNIQUE_KEY_REUSED", message))
            }
            OtherBody::Replay => Ok(Known::Again(entry.outcome.clone())),
            OtherBody::Execute => Ok(Known::New),
        }
    }

    /// Remembers what became of a request. It is in use for `busy_ms` more.
    pub(crate) fn keep(
        &mut self,
        app: &str,
        key: &str,
        call: &Call,
        outcome: Outcome,
        (now_ms, busy_ms): (i64, i64),
    ) {
        let entry = Entry {
            request: digest(call),
            first_ms: now_ms,
            in_use_until_ms: now_ms.saturating_add(busy_ms),
            outcome,
        };
        self.0.insert((app.to_owned(), key.to_owned()), entry);
    }
}

/// "The same JSON body, parameters, headers and values": method, path, version and body here.
fn digest(call: &Call) -> String {
    let version = call.headers.get("api-version").map(|v| v.as_bytes()).unwrap_or_default();
    let head = format!("{} {}?{}\n", call.method, call.path, call.query);
    sha256_hex(&[head.as_bytes(), version, b"\n", &call.body].concat())
}
