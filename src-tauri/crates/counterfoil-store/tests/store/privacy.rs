//! Personal texts stand nowhere but beside what commits to them, and go for good when erased.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use counterfoil_core::answer::SendEnd;
use counterfoil_core::audit::AuditFact;
use counterfoil_core::change::Event;
use counterfoil_core::command::{Command, ReasonCode};
use counterfoil_core::payment::{Details, Item, Payment};
use counterfoil_core::privacy::ERASED;
use counterfoil_store::erasing::{self, Due};
use counterfoil_store::table::{audit_entry, callback, change, payment, personal};
use counterfoil_store::{StoreError, life};

use crate::house::{
    House, account_id, adjust, asked, at, change_id, gbp, paid, payment_id, sent, staff_id,
};

/// In every personal text of these tests and nowhere else.
const MARK: &str = "Quillon";

fn text(what: &str) -> Option<String> {
    Some(format!("{MARK}-{what}"))
}

/// The payment p1 with a text in every place there is.
fn known_payment() -> Payment {
    let mut payment = paid("p1", "100.00");
    payment.customer = text("customer");
    payment.items = vec![Item { item: format!("{MARK}-item"), quantity: 1, price: gbp("100.00") }];
    payment.facts.invoice_number = text("invoice");
    payment.facts.reference = text("reference");
    payment.facts.details = Details {
        description: text("description"),
        metadata: BTreeMap::from([(format!("{MARK}-key"), format!("{MARK}-value"))]),
        ..Details::default()
    };
    payment
}

fn refund() -> Command {
    let reason = ReasonCode::parse("other").expect("it is a code");
    Command::Refund { amount: gbp("5.00"), reason, note: text("note") }
}

/// A house with a refund on p1 that was declined in words, a finding with a remark, a callback.
fn busy() -> House {
    let house = House::new();
    house.store.write(|c| payment::put(c, &known_payment())).expect("it is stored");
    let mut asked = asked("c1", Some("p1"), &refund(), false);
    let Event::Requested { base, .. } = &mut asked.event else { unreachable!("it is a request") };
    *base = Some(counterfoil_core::payment::Base::of(&known_payment().facts));
    house.try_ask(asked).expect("it fits");
    house.append("c1", sent(SendEnd::Refused { message: format!("no such {MARK}") }));
    house.tamper(&format!(
        "INSERT INTO finding (finding_id, account_id, class, payment_id, provider_ref, mark,
             fields, found_at, state, remark)
         VALUES ('f1', 'acc', 'amount_differs', 'p1', 'ref-p1', 'm', '[]', 1, 'resolved',
             '{MARK}-remark')"
    ));
    house
        .store
        .write(|connection| {
            let fact = AuditFact {
                at: at(11).to_rfc3339(),
                who: "bob".to_owned(),
                what: "finding.resolved".to_owned(),
                about: "f1".to_owned(),
                facts: serde_json::json!({"remark": format!("{MARK}-remark"), "class": "x"}),
            };
            audit_entry::append(connection, &fact)?;
            let row = callback::CallbackRow {
                account_id: account_id("acc"),
                event_id: "e1".to_owned(),
                provider_ref: "ref-p1".to_owned(),
                word: "paid".to_owned(),
                digest: "d".to_owned(),
                received_at: at(1),
            };
            callback::keep(connection, &row)
        })
        .expect("it is stored");
    house
}

fn erase(house: &House) -> erasing::Extent {
    let erase = |connection: &_| {
        let extent = erasing::erase_payment(connection, &payment_id("p1"), at(20))?;
        payment::settle_words(connection)?;
        Ok(extent)
    };
    let extent = house.store.write(erase).expect("nothing is open");
    assert!(house.store.empty_log().expect("it is written"), "nobody reads an older view");
    extent
}

/// Files of the folder that hold these bytes.
fn holding(folder: &Path, needle: &str) -> Vec<String> {
    let files = std::fs::read_dir(folder).expect("the folder reads");
    let names = files.filter_map(|file| {
        let file = file.expect("the folder reads");
        let bytes = std::fs::read(file.path()).expect("the file reads");
        let found =
            bytes.windows(needle.len()).any(|part| part.eq_ignore_ascii_case(needle.as_bytes()));
        found.then(|| file.file_name().to_string_lossy().into_owned())
    });
    names.collect()
}

fn append_only_texts(house: &House) -> String {
    let sql = "SELECT coalesce(group_concat(body), '') FROM
               (SELECT body FROM change_event UNION ALL SELECT body FROM audit_entry)";
    house.store.read(|c| Ok(c.query_row(sql, [], |row| row.get(0))?)).expect("it reads")
}

#[test]
fn no_personal_text_stands_in_an_event_or_in_the_trail_and_a_change_still_tells_all() {
    let house = busy();
    assert!(!append_only_texts(&house).contains(MARK));
    let change = house.change("c1");
    assert_eq!(change.command, refund());
    assert_eq!(change.base.expect("it has one").invoice_number, text("invoice"));
    assert_eq!(change.why, Some(format!("no such {MARK}")));
    let mut facts = Vec::new();
    let fill_in = |connection: &_| {
        audit_entry::for_each(connection, |entry| {
            let body: serde_json::Value = serde_json::from_str(&entry.body).expect("JSON");
            let mut told = body["facts"].clone();
            let about = body["about"].as_str().expect("a text");
            personal::fill_in_facts(connection, about, &mut told)?;
            facts.push(told);
            Ok(())
        })
    };
    house.store.read(fill_in).expect("it reads");
    assert_eq!(facts[0]["command"]["note"], format!("{MARK}-note"));
    assert_eq!(facts[3]["remark"], format!("{MARK}-remark"));
}

#[test]
fn an_erased_payment_is_gone_from_every_file_while_the_trail_verifies_and_the_change_folds() {
    let house = busy();
    assert!(!holding(house.dir.path(), MARK).is_empty(), "the finder finds what is there");
    let before = house.store.read(audit_entry::verify).expect("it verifies");
    let extent = erase(&house);
    let counted = (extent.changes, extent.payment_texts, extent.findings, extent.callbacks);
    assert_eq!(counted, (1, 6, 1, 1));
    assert_eq!((extent.texts, extent.stays_in_older_events), (7, 0), "{extent:?}");
    assert_eq!(holding(house.dir.path(), MARK), [""; 0], "it is found nowhere");
    assert_eq!(house.store.read(audit_entry::verify).expect("it verifies"), before);
    let change = house.change("c1");
    assert_eq!(change.why.as_deref(), Some(ERASED));
    assert_eq!(change.command.refund(), Some(gbp("5.00")), "money stays");
    let held = house.store.read(|c| payment::get(c, &payment_id("p1"))).expect("it is there");
    assert_eq!(held.facts.invoice_number.as_deref(), Some(ERASED));
    assert_eq!((held.customer, held.items), (None, Vec::new()));
    let page = payment::Page { words: vec![MARK.to_owned()], limit: 9, ..Default::default() };
    let found = house.store.read(|c| payment::page(c, &page)).expect("it reads").0;
    assert_eq!(found.rows, []);
    let again = house.reopened();
    assert_eq!(again.change("c1").why.as_deref(), Some(ERASED));
}

#[test]
fn a_later_reading_and_a_later_change_do_not_bring_the_texts_back() {
    let house = busy();
    erase(&house);
    house.store.write(|c| payment::put(c, &known_payment())).expect("it is stored");
    let set = |c: &_| payment::set_items(c, &payment_id("p1"), &known_payment().items);
    house.store.write(set).expect("it is stored");
    let mut later = asked("c2", Some("p1"), &adjust("80.00"), false);
    let Event::Requested { base, .. } = &mut later.event else { unreachable!("it is a request") };
    *base = Some(counterfoil_core::payment::Base::of(&known_payment().facts));
    house.try_ask(later).expect("it fits");
    assert!(house.store.empty_log().expect("it is written"));
    assert_eq!(holding(house.dir.path(), MARK), [""; 0]);
    let base = house.change("c2").base.expect("it has one");
    assert_eq!(base.invoice_number.as_deref(), Some(ERASED));
    let fresh = counterfoil_core::payment::Base::of(&known_payment().facts);
    assert!(counterfoil_core::reconcile::still_as_seen(&base, &fresh), "it can still be sent");
    // What is asked for afterwards is a text of its own, and is kept until it is erased in turn.
    house.try_ask(asked("c3", Some("p1"), &refund(), false)).expect("it fits");
    assert_eq!(house.change("c3").command, refund());
}

#[test]
fn nothing_is_erased_while_a_change_or_a_finding_is_open() {
    let house = busy();
    house.ask("c2", Some("p1"), &adjust("80.00"));
    let erase = |c: &_| erasing::erase_payment(c, &payment_id("p1"), at(20));
    assert!(matches!(house.store.write(erase), Err(StoreError::Taken("payment"))));
    house.append("c2", [Event::Withdrawn { by: staff_id("alice") }]);
    house.tamper("UPDATE finding SET state = 'open'");
    assert!(matches!(house.store.write(erase), Err(StoreError::Taken("payment"))));
    house.tamper("UPDATE finding SET state = 'gone'");
    house.store.write(erase).expect("nothing is open");
}

#[test]
fn a_changed_text_and_a_missing_text_of_an_open_change_are_damage_and_never_sent() {
    let check = |sql: &str| {
        let house = House::new();
        house.try_ask(asked("c1", Some("p1"), &refund(), false)).expect("it fits");
        assert_eq!(house.change("c1").command, refund());
        house.tamper(sql);
        let error = house.store.read(|c| change::get(c, &change_id("c1"))).expect_err("damage");
        assert!(error.is_damage(), "{sql}: {error}");
    };
    check("UPDATE personal SET texts = replace(texts, 'Quillon', 'Mallory')");
    check("UPDATE personal SET texts = '[]'");
    check("UPDATE personal SET texts = '{'");
    check("UPDATE personal SET texts = '[[\"zz\", \"x\"]]'");
    check("DELETE FROM personal");
    // Of a final change only what is there may not be another text.
    let house = busy();
    house.tamper("UPDATE personal SET texts = replace(texts, 'Quillon', 'Mallory')");
    assert!(house.store.read(|c| change::get(c, &change_id("c1"))).is_err());
}

#[test]
fn two_equal_texts_cannot_be_told_to_be_equal() {
    let house = House::new();
    for id in ["c1", "c2"] {
        house.try_ask(asked(id, Some("p1"), &refund(), false)).expect("it fits");
    }
    let notes = "SELECT count(DISTINCT json_extract(body, '$.command.note.sealed'))
                 FROM change_event";
    assert_eq!(house.number(notes), 2);
    let salts = "SELECT count(DISTINCT json_extract(t.value, '$[0]')) = count(*)
                 FROM personal, json_each(personal.texts) t";
    assert_eq!(house.number(salts), 1, "no salt is used twice");
}

#[test]
fn names_are_erased_from_the_trail_wherever_they_stand() {
    let house = House::new();
    let told = |what: &'static str, about: &'static str, facts: serde_json::Value| {
        let fact = AuditFact {
            at: at(2).to_rfc3339(),
            who: "alice".to_owned(),
            what: what.to_owned(),
            about: about.to_owned(),
            facts,
        };
        house.store.write(move |c| audit_entry::append(c, &fact)).expect("it is stored");
    };
    told("staff.added", "s1", serde_json::json!({"name": "Quillon", "role": "cashier"}));
    told("report.z", "till", serde_json::json!({"people": [{"name": "Quillon", "note": "kept"}]}));
    let names = BTreeSet::from(["Quillon".to_owned()]);
    let forget = |only_count| {
        let names = names.clone();
        house.store.write(move |c| personal::forget_names(c, &names, only_count)).expect("it runs")
    };
    assert_eq!((forget(true), forget(false), forget(false)), (2, 2, 0));
    house.store.empty_log().expect("it is written");
    assert_eq!(holding(house.dir.path(), "Quillon"), [""; 0]);
    assert_eq!(holding(house.dir.path(), "\"kept\"").len(), 1, "other texts stay");
    house.store.read(audit_entry::verify).expect("it verifies");
}

#[test]
fn what_is_at_rest_is_due_and_what_is_not_stays() {
    let house = busy();
    let due = |before: i64| house.store.read(|c| erasing::due(c, at(before), 9)).expect("it reads");
    assert_eq!(due(100), [], "the payment is still to be paid");
    house.tamper("UPDATE payment SET state = 'paid', poll_at = NULL");
    let all: Vec<Due> = ["p1", "p2", "p3"].map(|id| Due::Payment(payment_id(id))).into();
    assert_eq!(due(100), all);
    assert_eq!(due(11), all);
    assert_eq!(due(10), all[1..], "its newest change was at 10");
    let some = house.store.read(|c| erasing::due(c, at(100), 2)).expect("it reads");
    assert_eq!(some, all[..2]);
    house.tamper("UPDATE finding SET state = 'open'");
    assert_eq!(due(100), all[1..]);
    house.ask("c2", Some("p2"), &adjust("80.00"));
    assert_eq!(due(100), all[2..]);
    // A start that came to nothing has no payment.
    house.tamper("UPDATE payment SET erased_at = 5");
    house.tamper("UPDATE finding SET state = 'gone'");
    assert_eq!(due(100), [Due::Change(change_id("c1"))]);
    let erase = |c: &_| erasing::erase_change(c, &change_id("c1"));
    assert!(house.store.write(erase).expect("it is final").texts > 0);
    assert_eq!(due(100), []);
    let open = |c: &_| erasing::erase_change(c, &change_id("c2"));
    assert!(matches!(house.store.write(open), Err(StoreError::Taken("change"))));
}

#[test]
fn what_an_older_version_stored_in_the_open_is_read_as_ever_and_counted() {
    let house = House::new();
    house.ask("c1", Some("p1"), &adjust("80.00"));
    let event = serde_json::to_string(&asked("c9", Some("p1"), &refund(), false).event)
        .expect("events are JSON");
    house.tamper(&format!(
        "DROP TRIGGER change_event_is_never_edited;
         DELETE FROM personal;
         UPDATE change_event SET body = '{event}';"
    ));
    assert_eq!(house.change("c1").command, refund());
    house.append("c1", [Event::Withdrawn { by: staff_id("alice") }]);
    let extent = erase(&house);
    assert_eq!((extent.texts, extent.stays_in_older_events), (0, 1));
    assert_eq!(house.change("c1").command, refund(), "what is append-only stays as it is");
}

/// What is asked for is one commit: the event, the row, the queue, the trail and the texts.
#[test]
fn a_request_that_breaks_off_leaves_no_text_behind() {
    let house = House::new();
    let broken = house.store.write(|connection| {
        life::request(connection, &asked("c1", Some("p1"), &refund(), false))?;
        Err::<(), _>(StoreError::Missing("end of the test"))
    });
    assert!(broken.is_err());
    assert_eq!(house.number("SELECT count(*) FROM personal"), 0);
}
