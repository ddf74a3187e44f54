//! What the till says, held against what really took effect at the provider.

use std::fmt;

use counterfoil_sandbox::{Effect, EffectKind, ReceivedRequest};
use serde_json::Value;

use crate::day::{Asked, Day, End};

/// How far a day has come when it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A run came to its own end.
    Idle,
    /// People have settled what waited for them, and all was sent.
    Settled,
}

/// Something that must never be. The text tells what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A change that was acknowledged is gone, or is not what was asked for.
    Lost(String),
    /// An effect took place twice, or was sent again without anybody asking.
    Doubled(String),
    /// An effect that belongs to no change.
    Unasked(String),
    /// The till says something that the provider's ledger denies.
    Untrue(String),
    /// It neither ends nor waits for a person.
    Stuck(String),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// The till's list beside the provider's.
pub struct Books {
    asked: Vec<Asked>,
    changes: Vec<Value>,
    ledger: Vec<Effect>,
    requests: Vec<ReceivedRequest>,
}

/// Everything that is wrong at this stage; empty is the proof.
pub fn findings(books: &Books, stage: Stage) -> Vec<Finding> {
    let mut found = books.lost();
    found.extend(books.unasked());
    for change in &books.changes {
        found.extend(books.doubled(change));
        found.extend(books.untrue(change));
        found.extend(books.stuck(change));
        if stage == Stage::Idle {
            found.extend(books.sent_again(change));
        }
    }
    if stage == Stage::Settled {
        found.extend(books.ended());
    }
    found
}

/// True for what only a request of the till brings about.
fn is_asked_for(effect: &Effect) -> bool {
    match effect.kind {
        EffectKind::Start
        | EffectKind::Update
        | EffectKind::Cancel
        | EffectKind::Refund
        | EffectKind::Capture
        | EffectKind::Void => true,
        EffectKind::CustomerSigned | EffectKind::Control => false,
    }
}

fn word<'a>(change: &'a Value, name: &str) -> &'a str {
    change[name].as_str().unwrap_or_default()
}

/// Whether one of a change's attempts had these bytes.
fn sent(change: &Value, digest: &str) -> bool {
    let attempts = change["attempts"].as_array();
    attempts.is_some_and(|attempts| attempts.iter().any(|attempt| attempt["digest"] == digest))
}

/// The effects of a change: those whose bytes one of its attempts had.
pub fn effects_of<'a>(change: &Value, ledger: &'a [Effect]) -> Vec<&'a Effect> {
    let is_its = |effect: &&Effect| {
        effect.request_digest.as_deref().is_some_and(|digest| sent(change, digest))
    };
    ledger.iter().filter(is_its).collect()
}

impl Books {
    /// As they are now.
    pub fn of(day: &Day) -> Self {
        Self {
            asked: day.asked.clone(),
            changes: day.changes(),
            ledger: day.till.sandbox.ledger().into_iter().filter(is_asked_for).collect(),
            requests: day.till.sandbox.received_requests(),
        }
    }

    /// Everything that decides what happens from here, without times and ids.
    pub fn how_things_stand(&self, day: &Day) -> String {
        let attempts = |change: &Value| -> Vec<String> {
            let attempts = change["attempts"].as_array().into_iter().flatten();
            attempts.map(|attempt| attempt["outcome"].to_string()).collect()
        };
        let change = |asked: &Asked| {
            let change = self.change(&asked.change_id)?;
            Some((word(change, "state").to_owned(), attempts(change)))
        };
        let changes: Vec<_> = self.asked.iter().map(change).collect();
        let effects = self.ledger.iter().map(|effect| (effect.kind, &effect.token, &effect.amount));
        let effects: Vec<_> = effects.collect();
        let (standing, faults) = (day.standing(), day.till.sandbox.faults());
        format!("{changes:?} {effects:?} {standing:?} {faults:?}")
    }

    fn change(&self, change_id: &str) -> Option<&Value> {
        self.changes.iter().find(|change| change["change_id"] == change_id)
    }

    fn lost(&self) -> Vec<Finding> {
        let gone = |asked: &&Asked| {
            self.change(&asked.change_id).is_none_or(|change| change["kind"] != asked.kind.as_str())
        };
        let lost = self.asked.iter().filter(gone);
        lost.map(|asked| Finding::Lost(format!("{asked:?}"))).collect()
    }

    fn unasked(&self) -> Vec<Finding> {
        let owners = |effect: &Effect| {
            let digest = effect.request_digest.as_deref().unwrap_or_default();
            self.changes.iter().filter(|change| sent(change, digest)).count()
        };
        let strays = self.ledger.iter().filter(|effect| owners(effect) != 1);
        strays.map(|effect| Finding::Unasked(format!("{effect:?}"))).collect()
    }

    fn doubled(&self, change: &Value) -> Option<Finding> {
        let effects = effects_of(change, &self.ledger);
        let (first, last) = (effects.first()?, effects.last()?);
        // A total that is set again while nothing else happened moves no money.
        let harmless = first.kind == EffectKind::Update
            && !self.ledger.iter().any(|other| {
                let between = other.seq > first.seq && other.seq < last.seq;
                between
                    && other.token == first.token
                    && other.request_digest != first.request_digest
            });
        let once = effects.len() == 1 || harmless;
        (!once).then(|| Finding::Doubled(format!("{}: {effects:?}", shown(change))))
    }

    /// A refund or a start whose bytes arrived twice before a person said that they may.
    fn sent_again(&self, change: &Value) -> Option<Finding> {
        let relative = matches!(word(change, "kind"), "refund" | "start");
        let arrived =
            self.requests.iter().filter(|request| sent(change, &request.body_sha256)).count();
        let again = relative && arrived > 1;
        again.then(|| Finding::Doubled(format!("{} arrived {arrived} times", shown(change))))
    }

    fn untrue(&self, change: &Value) -> Option<Finding> {
        let effects = effects_of(change, &self.ledger);
        let fits = match word(change, "state") {
            "applied" => !effects.is_empty(),
            "needs_customer" => effects.iter().any(|effect| effect.awaits_customer),
            "in_doubt" | "sending" => true,
            _ => effects.is_empty(),
        };
        (!fits).then(|| Finding::Untrue(format!("{}: {effects:?}", shown(change))))
    }

    /// A run that ended by itself leaves nothing in the air, and no doubt that a reading settles.
    fn stuck(&self, change: &Value) -> Option<Finding> {
        let asked = self.asked.iter().find(|asked| change["change_id"] == asked.change_id.as_str());
        let stuck = match word(change, "state") {
            "sending" => true,
            "in_doubt" => asked.is_some_and(|asked| asked.shows),
            _ => false,
        };
        stuck.then(|| Finding::Stuck(shown(change)))
    }

    /// All is final, and as it was to end.
    fn ended(&self) -> Vec<Finding> {
        let wrong = self.asked.iter().filter_map(|asked| {
            let change = self.change(&asked.change_id)?;
            let fits = match (asked.end, word(change, "state")) {
                (End::Applied, state) => state == "applied",
                (End::Without, state) => {
                    matches!(state, "withdrawn" | "declined" | "awaiting_approval")
                }
            };
            (!fits).then(|| Finding::Stuck(format!("to be {:?}: {}", asked.end, shown(change))))
        });
        wrong.collect()
    }
}

fn shown(change: &Value) -> String {
    let words = ["change_id", "kind", "state", "explanation"].map(|name| word(change, name));
    let totals = [&change["total"]["text"], &change["refund"]["text"]];
    format!("{words:?} {totals:?} {}", change["attempts"])
}
