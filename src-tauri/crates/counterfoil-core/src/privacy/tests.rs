use serde_json::json;

use super::*;
use crate::answer::{SendEnd, SendRecord};
use crate::change::{Event, Finding};
use crate::command::Command;
use crate::payment::Item;
use crate::sample::{at, attempt_id, base, gbp, item, reason, requested, staff};

/// Every personal text of these tests begins like this; nothing else does.
const MARK: &str = "p:";

fn marked(what: &str) -> Option<String> {
    Some(format!("{MARK}{what}"))
}

fn metadata() -> BTreeMap<String, String> {
    BTreeMap::from([(format!("{MARK}key"), format!("{MARK}value"))])
}

fn seen() -> Base {
    let mut base = base("100.00");
    base.invoice_number = marked("invoice");
    base.reference = marked("reference");
    base.details.description = marked("description");
    base.details.metadata = metadata();
    base
}

fn commands() -> Vec<Command> {
    let items = vec![Item { item: format!("{MARK}tyres"), ..item("5.00") }];
    vec![
        Command::Start {
            total: gbp("5.00"),
            invoice: marked("i"),
            reference: marked("r"),
            email: marked("e"),
            items: items.clone(),
        },
        Command::Adjust { total: gbp("5.00"), invoice: marked("i"), items },
        Command::Relabel {
            invoice: marked("i"),
            reference: marked("r"),
            description: marked("d"),
            metadata: metadata(),
        },
        Command::Refund { amount: gbp("5.00"), reason: reason("other"), note: marked("n") },
        Command::Cancel { reason: Some(reason("duplicate")) },
        Command::Capture { amount: None, at: None },
        Command::Void,
    ]
}

/// Every place of every event where a personal text may stand, filled.
fn events() -> Vec<Event> {
    let text = || format!("{MARK}text");
    let ended = |end| Event::AttemptEnded {
        attempt_id: attempt_id("a1"),
        end,
        http_status: Some(200),
        correlation_id: None,
    };
    let record = SendRecord { body: marked("body"), ..crate::sample::record() };
    let mut all: Vec<Event> = commands()
        .iter()
        .map(|command| {
            let Event::Requested { account_id, payment_id, command, by, .. } =
                requested(command, false).event
            else {
                unreachable!("it is a request")
            };
            Event::Requested {
                account_id,
                payment_id,
                command,
                base: Some(seen()),
                by,
                needs_approval: true,
                only_if: None,
            }
        })
        .collect();
    all.extend([
        Event::Rejected { by: staff("s"), note: marked("note") },
        Event::Lapsed { why: text() },
        Event::Expired { why: text() },
        Event::AttemptStarted { attempt_id: attempt_id("a1"), record, baseline: Some(seen()) },
        ended(SendEnd::Applied { provider_ref: Some("ref".to_owned()), link: marked("link") }),
        ended(SendEnd::NeedsCustomer { redirect_url: text() }),
        ended(SendEnd::Refused { message: text() }),
        ended(SendEnd::RefusedForNow { message: text(), retry_after_ms: None }),
        ended(SendEnd::CredentialsRefused { message: text() }),
        ended(SendEnd::NeverLeft { why: text() }),
        ended(SendEnd::Unknown { why: text() }),
        Event::ProvedApplied { now: seen() },
        Event::ProvedNotApplied { now: seen() },
        Event::Concluded { failed: marked("failed") },
        Event::ReadBack { now: seen(), why: text() },
        Event::ConflictFound { now: seen(), why: text() },
        Event::Rebased { by: staff("s"), base: seen(), needs_approval: true, evidence: None },
        Event::CustomerActed { now: seen() },
        Event::Resolved {
            by: staff("s"),
            with: staff("t"),
            finding: Finding::Happened,
            reason: text(),
            evidence: "digest".to_owned(),
        },
    ]);
    all.extend(
        commands()
            .into_iter()
            .map(|applied| Event::BaseMoved { because: crate::sample::change_id("c9"), applied }),
    );
    all
}

/// Salts that differ, as random ones do.
fn salts(many: usize) -> Vec<u8> {
    (0..many * SALT_BYTES).map(|place| u8::try_from(place % 251).expect("below 251")).collect()
}

fn concealed(event: &Event) -> (Value, Vec<Personal>) {
    let mut value = serde_json::to_value(event).expect("events are JSON");
    let texts = texts_of_event(&mut value);
    let salts = salts(texts.len());
    let kept = conceal(texts, &salts);
    (value, kept)
}

fn known(kept: &[Personal]) -> BTreeMap<String, String> {
    kept.iter().map(|personal| (personal.commitment(), personal.text.clone())).collect()
}

#[test]
fn no_personal_text_of_any_event_stands_open_and_each_comes_back_as_it_was() {
    for event in events() {
        let open = serde_json::to_value(&event).expect("events are JSON");
        let (mut value, kept) = concealed(&event);
        assert!(!value.to_string().contains(MARK), "{}: {value}", event.word());
        if open.to_string().contains(MARK) {
            assert!(may_hold_sealed(&value.to_string()), "{}", event.word());
        }
        assert_eq!(reveal(&mut value, &known(&kept)), 0);
        assert_eq!(value, open);
    }
}

#[test]
fn an_erased_event_still_reads_with_marks_in_the_places_of_its_texts() {
    for event in events() {
        let (mut value, kept) = concealed(&event);
        assert_eq!(reveal(&mut value, &BTreeMap::new()), kept.len(), "{}", event.word());
        assert_eq!(holds_erased(&value), !kept.is_empty(), "{}", event.word());
        let read: Event = serde_json::from_value(value).expect("it still is an event");
        assert_eq!(read.word(), event.word());
        // Nothing is left to be concealed in what is erased.
        let mut again = serde_json::to_value(&read).expect("events are JSON");
        let texts = texts_of_event(&mut again);
        assert!(texts.iter().all(|text| !text.is_string()), "{texts:?}");
    }
}

#[test]
fn equal_texts_have_different_commitments_and_one_flipped_bit_is_another_text() {
    let check = |salt: u8, text: &str| {
        Personal { salt: [salt; SALT_BYTES], text: text.to_owned() }.commitment()
    };
    assert_eq!(check(1, "Ann"), check(1, "Ann"));
    assert_ne!(check(1, "Ann"), check(2, "Ann"));
    assert_ne!(check(1, "Ann"), check(1, "Anm"));
}

#[test]
fn names_notes_and_remarks_of_facts_are_concealed_but_not_the_name_of_an_account() {
    let check = |what: &str, facts: Value, many: usize| {
        let mut facts = facts;
        assert_eq!(texts_of_fact(what, &mut facts).len(), many, "{what}: {facts}");
    };
    check("staff.added", json!({"name": "Ann", "role": "cashier"}), 1);
    check("staff.renamed", json!({"old_name": "Ann", "new_name": "Anna"}), 2);
    check("store.set_up", json!({"store": "Shop", "till": "Till 1", "owner": "Ann"}), 1);
    check("account.added", json!({"name": "Main", "provider": "bumper"}), 0);
    check("account.paused", json!({"why": "Ann is unknown"}), 1);
    check("till.refused_to_send", json!({"why": "a_copy"}), 0);
    check("finding.resolved", json!({"remark": "Ann called", "class": "only_there"}), 1);
    check("report.z", json!({"people": [{"name": "Ann"}, {"name": "Bob"}], "note": null}), 2);
    check("setting.changed", json!({"from": "1", "to": "2"}), 0);
    check("staff.added", json!({"name": ERASED}), 0);
}

#[test]
fn a_reading_of_an_erased_payment_is_kept_without_its_texts() {
    let mut value =
        serde_json::to_value(Event::ProvedApplied { now: seen() }).expect("events are JSON");
    strip_readings(&mut value);
    assert!(!value.to_string().contains(MARK), "{value}");
    let read: Event = serde_json::from_value(value).expect("it still is an event");
    let mut stripped = seen();
    strip_base(&mut stripped);
    assert_eq!(read, Event::ProvedApplied { now: stripped.clone() });
    assert!(crate::reconcile::still_as_seen(&stripped, &seen()), "it is the same payment");
    let later = Base { amount: gbp("99.00"), read_at: at(9), ..seen() };
    assert!(!crate::reconcile::still_as_seen(&stripped, &later), "money still counts");
}

#[test]
fn a_text_that_only_looks_like_a_commitment_is_left_alone() {
    let mut value = json!({"a": {"sealed": "short"}, "b": {"sealed": "f".repeat(64), "c": 1}});
    let before = value.clone();
    assert_eq!(reveal(&mut value, &BTreeMap::new()), 0);
    assert_eq!(value, before);
}

#[test]
#[should_panic(expected = "no text is concealed without a salt")]
fn a_text_without_a_salt_is_never_let_through() {
    let mut value = json!({"note": "p:note"});
    let _ = conceal(texts_of_event(&mut value), &[]);
}
