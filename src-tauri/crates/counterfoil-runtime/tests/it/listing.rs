//! All pages of what a provider lists.

use counterfoil_runtime::BrokeOff;
use counterfoil_sandbox::{Command, FaultKind, FaultRule, LineState};

use crate::till::Till;

#[test]
fn a_list_is_read_page_by_page_to_its_end_and_each_payment_is_there_once() {
    let till = Till::new();
    let moyasar = till.moyasar("M");
    let mut ids: Vec<String> = (0..95).map(|_| till.make_moyasar_payment()).collect();
    let listed = till.list(&moyasar, false).expect("it lists");
    ids.sort();
    assert_eq!(listed.payments.into_keys().collect::<Vec<_>>(), ids);
    assert_eq!((listed.pages, listed.unreadable.len(), listed.broke_off), (3, 0, None));
}

#[test]
fn a_provider_that_cannot_list_is_not_asked() {
    let till = Till::new();
    let bumper = till.bumper("B");
    assert_eq!(till.list(&bumper, false), None);
    assert_eq!(till.requests(), 0);
}

#[test]
fn a_list_ends_when_it_is_asked_to_and_says_why_it_broke_off() {
    let till = Till::new();
    let moyasar = till.moyasar("M");
    till.make_moyasar_payment();
    let stopped = till.list(&moyasar, true).expect("it lists");
    assert_eq!(stopped.broke_off, Some(BrokeOff::Stopped));
    assert_eq!(till.requests(), 0);
    till.sandbox.set_line(LineState::Refusing).expect("the line goes down");
    let cut = till.list(&moyasar, false).expect("it lists");
    assert!(matches!(cut.broke_off, Some(BrokeOff::Unreachable { .. })), "{cut:?}");
}

#[test]
fn a_page_that_brings_nothing_is_asked_for_again() {
    let till = Till::new();
    let moyasar = till.moyasar("M");
    till.make_moyasar_payment();
    till.sandbox.set_fault(FaultRule::on(Command::List, FaultKind::NotJson200).once());
    let listed = till.list(&moyasar, false).expect("it lists");
    assert_eq!((listed.payments.len(), listed.broke_off), (1, None));
    till.sandbox.set_fault(FaultRule::on(Command::List, FaultKind::NotJson200));
    let unclear = till.list(&moyasar, false).expect("it lists");
    assert!(matches!(unclear.broke_off, Some(BrokeOff::Unclear { .. })), "{unclear:?}");
    assert_eq!(till.requests(), 5);
}
