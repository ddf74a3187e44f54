//! How many requests reading payments again costs, and what keeps it from asking.

use counterfoil_core::payment::PaymentState;
use counterfoil_core::polling::{MOST_PER_TURN, TURN_EVERY_MS};
use counterfoil_runtime::PollMemory;
use counterfoil_sandbox::{Command, FaultKind, FaultRule, LineState};
use counterfoil_store::table::{account, meta};

use crate::till::{DAY, HOUR, MINUTE, Till};

#[test]
fn an_open_payment_is_read_quickly_at_first_slower_later_and_never_once_it_is_paid() {
    let till = Till::new();
    let bumper = till.bumper("B");
    let token = till.open_payment(&bumper);
    let memory = PollMemory::default();
    let before = till.requests();
    assert_eq!(till.poll(&memory).payments, 0, "it was read just now");
    // The schedule says 45 in the first hour and 92 in the rest of the day; looks come a little
    // later than what is due.
    let hour = till.poll_for(&memory, HOUR);
    assert!((40..=45).contains(&hour.payments), "{hour:?}");
    let day = till.poll_for(&memory, 23 * HOUR);
    assert!((85..=92).contains(&day.payments), "{day:?}");
    assert_eq!(till.requests() - before, usize::try_from(hour.payments + day.payments).unwrap());

    till.sandbox.sign(&token).expect("the customer pays");
    till.poll_for(&memory, 3 * HOUR);
    assert_eq!(till.held(&bumper, &token).facts.state, PaymentState::Paid);
    let paid = till.requests();
    assert_eq!(till.poll_for(&memory, 3 * DAY).payments, 0, "nothing is open");
    assert_eq!(till.requests(), paid);
}

#[test]
fn however_many_are_open_one_account_reads_a_few_in_a_turn() {
    let till = Till::new();
    let bumper = till.bumper("B");
    let tokens: Vec<String> = (0..40).map(|_| till.open_payment(&bumper)).collect();
    let memory = PollMemory::default();
    let before = till.requests();
    till.pass(MINUTE);
    let all = till.poll_for(&memory, 5 * MINUTE);
    let turns = u32::try_from(5 * MINUTE / TURN_EVERY_MS).expect("few");
    assert!(all.payments <= turns * MOST_PER_TURN, "{all:?}");
    assert_eq!(till.requests() - before, usize::try_from(all.payments).unwrap());
    // In turn: nobody waits for ever.
    let begin = till.now().plus_millis(-5 * MINUTE);
    let fresh = tokens.iter().filter(|token| till.held(&bumper, token).facts.read_at >= begin);
    assert_eq!(fresh.count(), tokens.len());
}

#[test]
fn nothing_is_asked_while_the_till_is_offline_on_purpose_or_the_account_is_paused() {
    let till = Till::new();
    let bumper = till.bumper("B");
    till.open_payment(&bumper);
    let memory = PollMemory::default();
    let before = till.requests();
    till.write(|connection| meta::set(connection, meta::OFFLINE_ON_PURPOSE, "true"));
    assert_eq!(till.poll_for(&memory, HOUR).payments, 0);
    till.write(|connection| meta::set(connection, meta::OFFLINE_ON_PURPOSE, "false"));
    let id = bumper.account_id.clone();
    till.write(move |connection| account::set_paused(connection, &id, Some("refused")));
    assert_eq!(till.poll_for(&memory, HOUR).payments, 0);
    assert_eq!(till.requests(), before);
    let id = bumper.account_id;
    till.write(move |connection| account::set_paused(connection, &id, None));
    assert_eq!(till.poll(&memory).payments, 1);
}

#[test]
fn an_account_that_does_not_answer_rests_and_keeps_no_other_from_its_turn() {
    let till = Till::new();
    let bumper = till.bumper("B");
    let tokens = [(); 6].map(|()| till.open_payment(&bumper));
    till.sandbox.set_fault(FaultRule::on(Command::Status, FaultKind::Html502));
    let memory = PollMemory::default();
    till.pass(MINUTE);
    let before = till.requests();
    let hour = till.poll_for(&memory, HOUR);
    // 30 s, 1, 2, 4, 8, 15 minutes, and again: one request each.
    assert!((6..=9).contains(&hour.payments), "{hour:?}");
    assert_eq!(till.requests() - before, usize::try_from(hour.payments).unwrap());
    till.sandbox.clear_faults();
    till.poll_for(&memory, 13 * HOUR);
    let fresh = till.now().plus_millis(-13 * HOUR);
    for token in &tokens {
        assert!(till.held(&bumper, token).facts.read_at >= fresh, "{token}");
    }
}

#[test]
fn one_payment_that_the_provider_does_not_know_holds_up_no_other() {
    let till = Till::new();
    let bumper = till.bumper("B");
    let known = till.open_payment(&bumper);
    till.hold(&bumper, &known, "gone");
    let other = till.open_payment(&bumper);
    let memory = PollMemory::default();
    let read = till.held(&bumper, "gone").facts.read_at;
    till.poll_for(&memory, HOUR);
    assert_eq!(till.held(&bumper, "gone").facts.read_at, read);
    for token in [&known, &other] {
        assert!(till.now().millis_since(till.held(&bumper, token).facts.read_at) < 5 * MINUTE);
    }
    assert!(till.paused(&bumper).is_none(), "one lost payment stops no sending");
}

#[test]
fn a_line_that_is_cut_costs_a_few_tries_an_hour() {
    let till = Till::new();
    let bumper = till.bumper("B");
    till.open_payment(&bumper);
    till.sandbox.set_line(LineState::Refusing).expect("the line goes down");
    let memory = PollMemory::default();
    let hour = till.poll_for(&memory, HOUR);
    assert!((5..=9).contains(&hour.payments), "{hour:?}");
    till.sandbox.set_line(LineState::Up).expect("the line is up");
    let hour = till.poll_for(&memory, HOUR);
    assert!(hour.payments > 3, "{hour:?}");
}

#[test]
fn a_drainer_that_goes_on_reads_by_itself() {
    let till = Till::new();
    let bumper = till.bumper("B");
    let token = till.open_payment(&bumper);
    till.sandbox.sign(&token).expect("the customer pays");
    till.pass(MINUTE);
    till.drain_until(|| till.held(&bumper, &token).facts.state == PaymentState::Paid);
}
