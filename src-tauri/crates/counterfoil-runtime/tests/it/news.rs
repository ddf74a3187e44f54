//! Where a provider tells news, one request takes the place of reading payments one by one.

use counterfoil_core::payment::PaymentState;
use counterfoil_runtime::PollMemory;
use counterfoil_sandbox::{WepayChange, WepayStatus};

use crate::till::{DAY, HOUR, MINUTE, Till};

#[test]
fn twenty_open_payments_cost_one_request_in_their_turn_and_what_changed_is_read() {
    let till = Till::new();
    let moyasar = till.moyasar("M");
    let ids: Vec<String> = (0..20).map(|_| till.moyasar_payment(&moyasar)).collect();
    let memory = PollMemory::default();
    // What is heard of first happened before this till held them.
    till.poll_for(&memory, 2 * MINUTE);
    let before = till.requests();
    let quiet = till.poll_for(&memory, 5 * MINUTE);
    assert_eq!(quiet.payments, 0, "{quiet:?}");
    assert!((8..=10).contains(&quiet.news), "{quiet:?}");
    assert_eq!(till.requests() - before, usize::try_from(quiet.news).unwrap());

    till.sandbox.pay_moyasar_payment(&ids[7]).expect("the customer pays");
    let told = till.poll_for(&memory, MINUTE);
    assert_eq!(told.payments, 1, "{told:?}");
    assert_eq!(till.held(&moyasar, &ids[7]).facts.state, PaymentState::Paid);
    assert_eq!(till.held(&moyasar, &ids[6]).facts.state, PaymentState::InProgress);
    // It is told again and again while it is within the overlap, and read once.
    assert_eq!(till.poll_for(&memory, 5 * MINUTE).payments, 0);
}

#[test]
fn notifications_of_wepay_are_hints_and_what_they_are_about_is_read_once() {
    let till = Till::new();
    let wepay = till.wepay("W");
    let ids: Vec<String> = (0..3).map(|_| till.wepay_payment(&wepay)).collect();
    let memory = PollMemory::default();
    till.poll_for(&memory, 2 * MINUTE);
    let paid = WepayChange { status: Some(WepayStatus::Completed), ..WepayChange::default() };
    till.sandbox.change_at_wepay(&ids[1], &paid).expect("it is paid");
    let reads = till.requests_to(&ids[1]);
    till.poll_for(&memory, 2 * MINUTE);
    assert_eq!(till.held(&wepay, &ids[1]).facts.state, PaymentState::Paid);
    assert_eq!(till.requests_to(&ids[1]) - reads, 1);
    let hour = till.poll_for(&memory, HOUR);
    assert_eq!(hour.payments, 0, "{hour:?}");
}

#[test]
fn news_that_got_lost_is_caught_by_the_net_below() {
    let till = Till::new();
    let moyasar = till.moyasar("M");
    let id = till.moyasar_payment(&moyasar);
    let memory = PollMemory::default();
    till.poll_for(&memory, HOUR);
    // By this till's time it happened an hour ago: no news is asked for from then.
    till.sandbox.pay_moyasar_payment(&id).expect("the customer pays");
    let day = till.poll_for(&memory, 7 * HOUR);
    assert_eq!(day.payments, 1, "{day:?}");
    assert_eq!(till.held(&moyasar, &id).facts.state, PaymentState::Paid);
}

#[test]
fn where_nothing_is_open_no_news_is_asked_for() {
    let till = Till::new();
    let moyasar = till.moyasar("M");
    till.wepay("W");
    let id = till.moyasar_payment(&moyasar);
    till.sandbox.fail_moyasar_payment(&id).expect("it fails");
    let memory = PollMemory::default();
    till.poll_for(&memory, 2 * MINUTE);
    assert_eq!(till.held(&moyasar, &id).facts.state, PaymentState::Failed);
    let before = till.requests();
    assert_eq!(till.poll_for(&memory, DAY).news, 0);
    assert_eq!(till.requests(), before);
}
