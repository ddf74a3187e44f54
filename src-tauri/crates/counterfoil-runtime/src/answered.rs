//! What came back for an attempt, told to the trail by its digest: the answer's meaning stands in
//! the change's own event, its bytes nowhere.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use counterfoil_core::answer::WireAnswer;
use counterfoil_core::audit::{AuditFact, sha256_hex};
use counterfoil_core::id::{AttemptId, ChangeId};
use counterfoil_core::moment::Moment;
use serde_json::json;

/// The answers whose ends are not stored yet.
#[derive(Debug, Default)]
pub struct Memory(Mutex<BTreeMap<AttemptId, Answered>>);

/// One answer, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    status: u16,
    digest: String,
    bytes: usize,
}

impl Memory {
    /// Notes an answer as it comes in.
    pub fn note(&self, attempt_id: &AttemptId, answer: &WireAnswer) {
        let answered = Answered {
            status: answer.status,
            digest: sha256_hex(&answer.body),
            bytes: answer.body.len(),
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(attempt_id.clone(), answered);
    }

    /// Takes it, for the commit in which the end of its attempt is stored.
    pub fn take(&self, attempt_id: &AttemptId) -> Option<Answered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(attempt_id)
    }
}

impl Answered {
    /// The entry that tells of it.
    pub fn fact(&self, change_id: &ChangeId, attempt_id: &AttemptId, at: Moment) -> AuditFact {
        AuditFact {
            at: at.to_rfc3339(),
            who: "till".to_owned(),
            what: "attempt.answered".to_owned(),
            about: change_id.to_string(),
            facts: json!({
                "attempt_id": attempt_id,
                "http_status": self.status,
                "digest": self.digest,
                "bytes": self.bytes,
            }),
        }
    }
}
