//! Prints and closing reports: numbers without gaps, and sums that a recount by rows confirms.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_core::answer::SendEnd;
use counterfoil_core::change::{Change, Event, State};
use counterfoil_core::command::{Command, Kind, ReasonCode};
use counterfoil_core::money::Money;
use counterfoil_store::table::change::{self, Filter};
use counterfoil_store::table::print::{self, Ended, NewPrint};
use counterfoil_store::table::report::{self, Over, ZRow};
use counterfoil_store::{Connection, StoreError};
use serde_json::{Value, json};

use crate::house::{House, adjust, applied, asked, at, gbp, sent, staff_id};

/// Numbers in an order that looks like chance and is the same in every run.
struct Dice(u64);

impl Dice {
    fn of(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn begin(house: &House, about: &'static str) -> Result<(i64, u32), StoreError> {
    house.store.write(move |connection| {
        let place = print::next(connection, "slip", about)?;
        let by = staff_id("alice");
        let new = NewPrint { what: "slip", about, way: "printer", at: at(5), by: &by, digest: "d" };
        print::begin(connection, &new, place)?;
        Ok(place)
    })
}

#[test]
fn prints_are_numbered_without_gaps_and_count_the_papers_that_may_lie_about() {
    let house = House::new();
    let end = |number, ended| {
        house.store.write(move |connection| print::end(connection, number, ended, None, at(6)))
    };
    assert_eq!(begin(&house, "c1").expect("it is stored"), (1, 1));
    end(1, Ended::Nothing).expect("it ends");
    assert_eq!(begin(&house, "c1").expect("it is stored"), (2, 1), "no paper came of the first");
    end(2, Ended::Unknown).expect("it ends");
    assert_eq!(
        begin(&house, "c1").expect("it is stored"),
        (3, 2),
        "there may be one of the second"
    );
    assert_eq!(begin(&house, "c1").expect("it is stored"), (4, 3), "the third may be printing");
    assert_eq!(begin(&house, "c2").expect("it is stored"), (5, 1));
    assert!(end(2, Ended::Printed).is_err(), "a print ends once");
    let states = |house: &House| {
        let rows = house.store.read(|connection| print::newest(connection, 9)).expect("they read");
        rows.iter().map(|row| row.ended.word()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(states(&house), "under_way under_way under_way unknown nothing");
}

#[test]
fn neither_ledger_takes_a_gap_an_edit_or_a_removal() {
    let house = House::new();
    begin(&house, "c1").expect("it is stored");
    close(&house).expect("it closes");
    for sql in [
        "INSERT INTO print SELECT 3, what, about, way, copy, at, by, digest, state, why, ended_at
         FROM print",
        "UPDATE print SET copy = 7, state = 'printed'",
        "DELETE FROM print",
        "INSERT INTO z_report SELECT 3, at, last_change, entry, body, digest
         FROM z_report",
        "UPDATE z_report SET body = '{}'",
        "DELETE FROM z_report",
    ] {
        assert!(house.run(sql).is_err(), "{sql}");
    }
}

/// As the desk does it: counted and closed in one transaction.
fn close(house: &House) -> Result<Value, StoreError> {
    house.store.write(|connection| {
        let body = body(connection)?;
        close_with(connection, &body)?;
        Ok(body)
    })
}

fn body(connection: &Connection) -> Result<Value, StoreError> {
    let open = report::open(connection, Over::Period)?;
    let cells: Vec<Value> = report::groups(connection, Over::Period)?
        .into_iter()
        .map(|group| {
            json!([
                group.carried,
                group.kind,
                group.person,
                group.approver,
                group.reason,
                group.state,
                group.currency,
                group.count,
                group.more,
                group.less
            ])
        })
        .collect();
    let open: Vec<_> = open.into_iter().map(|one| json!({"change_id": one.change_id})).collect();
    Ok(json!({"cells": cells, "open": open}))
}

fn close_with(connection: &Connection, body: &Value) -> Result<(), StoreError> {
    let number = report::newest(connection)?.map_or(1, |last| last.number + 1);
    report::close(
        connection,
        &ZRow {
            number,
            at: at(9),
            last_change: report::last_change(connection)?,
            entry: 0,
            body: body.to_string(),
            digest: "d".to_owned(),
        },
    )
}

#[test]
fn a_closing_that_fails_in_the_middle_closes_nothing_and_leaves_no_gap() {
    let house = House::with_c1();
    let failed: Result<(), StoreError> = house.store.write(|connection| {
        close_with(connection, &body(connection)?)?;
        Err(StoreError::Missing("printer"))
    });
    assert!(failed.is_err());
    let closed = |house: &House| house.number("SELECT coalesce(max(number), 0) FROM z_report");
    assert_eq!(closed(&house), 0);
    let house = house.reopened();
    let first = close(&house).expect("it closes");
    assert_eq!((closed(&house), first["cells"].as_array().map(Vec::len)), (1, Some(1)));
}

fn random_command(dice: &mut Dice) -> Command {
    let minor = i64::try_from(dice.of(9_000)).expect("it is small") + 1;
    let amount = Money::from_minor(minor, gbp("1.00").currency()).expect("it is small");
    let reason = ["duplicate", "goods_returned"][usize::from(dice.of(2) == 0)];
    let reason = ReasonCode::parse(reason).expect("it is built in");
    match dice.of(6) {
        0 => Command::Start {
            total: amount,
            invoice: None,
            reference: None,
            email: None,
            items: vec![],
        },
        1 => adjust(&amount.to_decimal_text()),
        2 => Command::Cancel { reason: Some(reason) },
        3 => Command::Capture { amount: (dice.of(2) == 0).then_some(amount), at: None },
        4 => Command::Relabel {
            invoice: Some("I".to_owned()),
            reference: None,
            description: None,
            metadata: BTreeMap::new(),
        },
        _ => Command::Refund { amount, reason, note: None },
    }
}

/// One random step of a random day; what does not fit is let be.
fn step(house: &House, dice: &mut Dice, made: &mut Vec<String>) {
    if made.is_empty() || dice.of(3) == 0 {
        let id = format!("c{}", made.len());
        let command = random_command(dice);
        let payment = ["p1", "p2", "p3"][usize::try_from(dice.of(3)).expect("it is small")];
        let payment = (command.kind() != Kind::Start).then_some(payment);
        house.try_ask(asked(&id, payment, &command, dice.of(3) == 0)).expect("it is stored");
        made.push(id);
        return;
    }
    let one = usize::try_from(dice.of(u64::try_from(made.len()).expect("few"))).expect("few");
    let id = &made[one];
    let by = staff_id("bob");
    let events: Vec<Event> = match dice.of(6) {
        0 => vec![Event::Approved { operation: house.change(id).operation(), by, seal: None }],
        1 => vec![Event::Rejected { by, note: None }],
        2 => vec![Event::Withdrawn { by }],
        3 => sent(applied()).into(),
        4 => sent(SendEnd::Refused { message: "no".to_owned() }).into(),
        _ => sent(SendEnd::Unknown { why: "lost".to_owned() }).into(),
    };
    for event in events {
        // Not every event fits every state.
        let _ = house.try_append(id, event);
    }
}

/// What a report must say of these changes, by going through them one by one.
fn recount(changes: &[(bool, Change)]) -> Vec<Value> {
    let mut sums: BTreeMap<String, (Value, i64, i64, i64)> = BTreeMap::new();
    for (carried, of) in changes {
        let (currency, amount) = moved(of);
        let key = json!([
            carried,
            of.command.kind().word(),
            of.requested_by,
            of.approved_by.last(),
            of.command.reason().map(ReasonCode::as_str),
            of.state.word(),
            currency
        ]);
        let sum = sums.entry(key.to_string()).or_insert((key, 0, 0, 0));
        sum.1 += 1;
        sum.2 += amount.max(0);
        sum.3 += (-amount).max(0);
    }
    sums.into_values()
        .map(|(key, count, more, less)| {
            let mut row = key.as_array().expect("it is one").clone();
            row.extend([json!(count), json!(more), json!(less)]);
            Value::from(row)
        })
        .collect()
}

fn moved(of: &Change) -> (Option<&'static str>, i64) {
    let seen = of.decided_on.as_ref().map(|base| base.amount.minor());
    let amount = match &of.command {
        Command::Start { total, .. } => Some(total.minor()),
        Command::Adjust { total, .. } => seen.map(|seen| total.minor() - seen),
        Command::Refund { amount, .. } => Some(amount.minor()),
        Command::Capture { amount, .. } => amount.map(Money::minor).or(seen),
        Command::Cancel { .. } | Command::Void => seen,
        Command::Relabel { .. } => None,
    };
    (amount.map(|_| "GBP"), amount.unwrap_or(0))
}

#[test]
fn over_random_days_every_report_equals_a_recount_and_nothing_is_counted_twice_or_left_out() {
    let mut states = BTreeSet::new();
    for seed in 1..=20 {
        let (house, mut dice, mut made) = (House::new(), Dice(seed), Vec::new());
        let mut known = 0;
        let mut open: Vec<String> = Vec::new();
        let mut ended_in: BTreeMap<String, u32> = BTreeMap::new();
        for period in 0..4 {
            for _ in 0..dice.of(40) {
                step(&house, &mut dice, &mut made);
            }
            let said = close(&house).expect("it closes");
            let counted: Vec<(bool, Change)> = open
                .iter()
                .map(|id| (true, house.change(id)))
                .chain(made[known..].iter().map(|id| (false, house.change(id))))
                .collect();
            known = made.len();
            let sorted = |mut rows: Vec<Value>| {
                rows.sort_by_key(Value::to_string);
                rows
            };
            let cells = said["cells"].as_array().expect("it has cells").clone();
            assert_eq!(sorted(cells), sorted(recount(&counted)), "seed {seed} period {period}");
            open = counted
                .iter()
                .filter(|(_, of)| !of.state.is_final())
                .map(|(_, of)| of.change_id.to_string())
                .collect();
            for (_, of) in counted.iter().filter(|(_, of)| of.state.is_final()) {
                *ended_in.entry(of.change_id.to_string()).or_default() += 1;
            }
        }
        let filter = Filter { limit: 1_000, ..Filter::default() };
        let all =
            house.store.read(|connection| change::list(connection, &filter)).expect("it reads");
        for of in &all.rows {
            let times = ended_in.get(of.change_id.as_str()).copied().unwrap_or(0);
            assert_eq!(times, u32::from(of.state.is_final()), "seed {seed}: {}", of.change_id);
        }
        states.extend(all.rows.iter().map(|of| of.state));
    }
    for state in [State::Applied, State::InDoubt, State::Rejected, State::Withdrawn, State::Queued]
    {
        assert!(states.contains(&state), "no day came to {state:?}");
    }
}
