use counterfoil_core::change::{Change, Event, Recorded, State};
use counterfoil_core::id::ChangeId;
use counterfoil_core::moment::Moment;
use counterfoil_core::money::MAX_MINOR;
use serde_json::{Value, json};

use crate::feed::Feed;

/// Most events in one log: enough to come back to a state.
const MOST: usize = 16;

/// Logs of a change: made of any events in any order, or read from any text. A log that is taken
/// keeps the rules of a change's life and reads back as it was written; an event that does not
/// fit changes nothing.
pub fn events(data: &[u8]) {
    let mut feed = Feed::new(data);
    if feed.flag() {
        stored(&String::from_utf8_lossy(feed.rest()));
    } else {
        lived(&mut feed);
    }
}

/// One event in each line, as the database holds them.
fn stored(text: &str) {
    let mut log = Vec::new();
    for (line, at) in text.split('\n').zip(0..) {
        let Ok(event) = serde_json::from_str::<Event>(line) else { continue };
        reads_back(line, &event);
        log.push(Recorded { at: Moment::from_millis(at), event });
    }
    let id = change_id();
    let folded = Change::fold(&id, &log);
    let again: Vec<Recorded> = log.iter().map(rewritten).collect();
    assert_eq!(Change::fold(&id, &again), folded);
    if let Ok(change) = folded {
        check_rules(&change);
    }
}

fn rewritten(recorded: &Recorded) -> Recorded {
    let text = serde_json::to_string(recorded).expect("an event is written");
    let again = serde_json::from_str(&text).expect("what is written reads back");
    assert_eq!(recorded, &again, "{text}");
    again
}

/// What an event says is what its text says; a text may hold more, as of a newer version.
pub(crate) fn reads_back(text: &str, event: &Event) {
    let told = serde_json::to_value(event).expect("an event is written");
    assert!(is_money(&told), "{text} was read as {told}");
    if let Ok(stored) = serde_json::from_str::<Value>(text) {
        assert!(holds(&stored, &told), "{text} was read as {told}");
    }
}

/// True where every amount is one that money can be.
fn is_money(told: &Value) -> bool {
    let minor = told.get("minor").and_then(Value::as_i64);
    let within = minor.is_none_or(|minor| minor.unsigned_abs() <= MAX_MINOR.unsigned_abs());
    within
        && match told {
            Value::Object(fields) => fields.values().all(is_money),
            Value::Array(parts) => parts.iter().all(is_money),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        }
}

fn holds(stored: &Value, told: &Value) -> bool {
    // A personal text stands beside the event; whether it is the one is checked where it is read.
    if stored.get("sealed").is_some_and(Value::is_string) {
        return true;
    }
    match (stored, told) {
        (Value::Object(stored), Value::Object(told)) => told.iter().all(|(key, told)| {
            stored.get(key).map_or(told.is_null(), |stored| holds(stored, told))
        }),
        (Value::Array(stored), Value::Array(told)) => {
            stored.len() == told.len() && stored.iter().zip(told).all(|(s, t)| holds(s, t))
        }
        (stored, told) => stored == told,
    }
}

fn lived(feed: &mut Feed<'_>) {
    let first = Recorded { at: Moment::from_millis(0), event: read(requested(feed)) };
    let mut change = Change::begin(&change_id(), &first).expect("it is a request");
    let mut log = vec![first];
    while !feed.is_empty() && log.len() < MOST {
        let at = Moment::from_millis(i64::from(feed.byte()));
        let recorded = Recorded { at, event: read(later(&change, feed)) };
        let before = change.clone();
        match change.take(&recorded) {
            Ok(()) => {
                check_step(&before, &recorded.event, &change);
                log.push(recorded);
            }
            Err(_) => assert_eq!(change, before, "a refused event changed something"),
        }
        check_rules(&change);
    }
    let again: Vec<Recorded> = log.iter().map(rewritten).collect();
    assert_eq!(Change::fold(&change_id(), &again), Ok(change));
}

fn check_rules(change: &Change) {
    let open = change.attempts.iter().filter(|attempt| attempt.ended_at.is_none()).count();
    assert_eq!(open, usize::from(change.state == State::Sending), "{change:?}");
    assert!(!change.approved_by.contains(&change.requested_by), "{change:?}");
    assert!(change.state != State::NeedsCustomer || change.redirect_url.is_some(), "{change:?}");
    assert_eq!(State::from_word(change.state.word()), Some(change.state));
}

fn check_step(before: &Change, event: &Event, after: &Change) {
    let (word, from, to) = (event.word(), before.state, after.state);
    assert!(!from.is_final(), "{word} after the end: {from:?}");
    assert_eq!(after.events, before.events + 1);
    assert!(from == to || to != State::Sending || word == "attempt_started", "{word}");
    if to == State::Applied {
        let proofs = ["attempt_ended", "proved_applied", "customer_acted", "resolved"];
        assert!(proofs.contains(&word), "{word} made it applied");
    }
    if to == State::Withdrawn {
        assert!(from.is_unsent(), "withdrawn while {from:?}");
    }
    // What may have reached the provider is never forgotten by going back to the queue.
    if from == State::InDoubt && to == State::Queued {
        assert!(["proved_not_applied", "resolved"].contains(&word), "{word} ended a doubt");
    }
}

fn change_id() -> ChangeId {
    ChangeId::parse("c1").expect("plain letters")
}

fn read(event: Value) -> Event {
    serde_json::from_value(event).expect("an event as it is stored")
}

fn requested(feed: &mut Feed<'_>) -> Value {
    let payment = feed.maybe(|_| "p1");
    json!({
        "event": "requested", "account_id": "acc", "payment_id": payment,
        "command": command(feed), "base": feed.maybe(base), "by": person(feed),
        "needs_approval": feed.flag(),
    })
}

/// Any event but a request; now and then a request all the same.
fn later(change: &Change, feed: &mut Feed<'_>) -> Value {
    let attempt = ["A1", "A2", "A3"][feed.below(3)];
    let why = feed.pick(&["why", ""]);
    match feed.below(16) {
        0 => requested(feed),
        1 => json!({ "event": "approved", "by": person(feed), "operation": seen(change, feed) }),
        2 => json!({ "event": "rejected", "by": person(feed), "note": feed.maybe(|_| "no") }),
        3 => json!({ "event": "withdrawn", "by": person(feed) }),
        4 => json!({ "event": "base_moved", "because": "c0", "applied": command(feed) }),
        5 => json!({
            "event": "attempt_started", "attempt_id": attempt, "record": record(feed),
            "baseline": feed.maybe(base),
        }),
        6 => json!({
            "event": "attempt_ended", "attempt_id": attempt, "end": end(feed), "http_status": null,
        }),
        7 => json!({ "event": "interrupted", "attempt_id": attempt }),
        8 => json!({ "event": "proved_applied", "now": base(feed) }),
        9 => json!({ "event": "proved_not_applied", "now": base(feed) }),
        10 => json!({ "event": "conflict_found", "now": base(feed), "why": why }),
        11 => json!({
            "event": "rebased", "by": person(feed), "base": base(feed),
            "needs_approval": feed.flag(),
        }),
        12 => json!({ "event": "customer_acted", "now": base(feed) }),
        13 if feed.below(8) == 0 => json!({
            "event": "approval_voided", "void": feed.pick(&["expired", "left", "forged"]),
        }),
        13 => json!({ "event": "expired", "why": why }),
        _ => json!({
            "event": "resolved", "by": person(feed), "with": person(feed),
            "finding": feed.pick(&["happened", "not_happened", "wait"]), "reason": why,
            "evidence": "e",
        }),
    }
}

fn seen(change: &Change, feed: &mut Feed<'_>) -> String {
    if feed.flag() { change.operation() } else { feed.text() }
}

fn person(feed: &mut Feed<'_>) -> &'static str {
    feed.pick(&["alice", "bob", "carol"])
}

fn money(feed: &mut Feed<'_>) -> Value {
    let minor = feed.bound() % (MAX_MINOR + 1);
    json!({ "minor": minor, "currency": feed.pick(&["GBP", "JPY"]) })
}

fn command(feed: &mut Feed<'_>) -> Value {
    match feed.below(4) {
        0 => json!({ "kind": "adjust", "total": money(feed), "invoice": null, "items": [] }),
        1 => json!({
            "kind": "refund", "amount": money(feed), "reason": "other", "note": feed.text(),
        }),
        2 => json!({ "kind": "cancel", "reason": null }),
        _ => json!({
            "kind": "relabel", "invoice": feed.maybe(Feed::text), "reference": null,
            "description": null, "metadata": {},
        }),
    }
}

fn base(feed: &mut Feed<'_>) -> Value {
    json!({
        "amount": money(feed), "state": feed.pick(&["open", "paid", "unclear"]),
        "provider_status": "x", "invoice_number": feed.maybe(|_| "INV-1"), "reference": null,
        "refunded": null, "read_at": 1,
    })
}

fn record(feed: &mut Feed<'_>) -> Value {
    json!({
        "method": "POST", "path": "/v2/x/", "digest": feed.pick(&["d1", "d2"]),
        "key": feed.maybe(|feed| feed.pick(&["k1", "k2"])), "at": 1,
    })
}

fn end(feed: &mut Feed<'_>) -> Value {
    match feed.below(7) {
        0 => json!({ "end": "applied", "provider_ref": null, "link": null }),
        1 => json!({ "end": "needs_customer", "redirect_url": "https://x.example/" }),
        2 => json!({ "end": "refused", "message": "no" }),
        3 => json!({ "end": "refused_for_now", "message": "no", "retry_after_ms": null }),
        4 => json!({ "end": "credentials_refused", "message": "no" }),
        5 => json!({ "end": "never_left", "why": "no" }),
        _ => json!({ "end": "unknown", "why": "no" }),
    }
}
