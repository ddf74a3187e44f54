use counterfoil_core::money::Currency;
use proptest::prelude::*;

use super::*;
use crate::{COLUMNS, Width, bytes, fragment, plain};

fn gbp(text: &str) -> Money {
    Money::parse(text, Currency::parse("GBP").expect("a currency")).expect("an amount")
}

fn slip(kind: Kind, state: State) -> Slip {
    Slip {
        till: Till {
            store: "Hill Garage".to_owned(),
            till: "Till 1".to_owned(),
            training: false,
            printed_by: "Casey".to_owned(),
            printed_at: "2026-11-21 15:30:00 +00:00 (Europe/London)".to_owned(),
            head: (
                41,
                "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
            ),
            print: Some((12, 1)),
        },
        change_id: "01931a2b-7c00-7000-8000-000000000001".to_owned(),
        kind,
        state,
        accepted: false,
        why: None,
        provider: "Bumper".to_owned(),
        account: "B".to_owned(),
        provider_ref: Some("tok_1".to_owned()),
        invoice: Some("INV-1".to_owned()),
        old: Some(gbp("300.00")),
        amount: Some(gbp("350.00")),
        requested_by: "Casey".to_owned(),
        requested_at: "2026-11-21 15:29:00 +00:00".to_owned(),
        approved_by: vec!["Morgan".to_owned()],
        reason: Some("goods_returned".to_owned()),
        changed_at: "2026-11-21 15:29:00 +00:00".to_owned(),
    }
}

#[test]
fn each_state_says_what_is_known_and_no_more() {
    let check = |state: State, banner: &str| {
        let text = plain(&slip(Kind::Refund, state).paper(), 80);
        assert!(text.contains(banner), "{state:?}: {text}");
        let final_words = ["FINAL SLIP", "DONE", "Returned", "has taken it"];
        let says_done = final_words.iter().any(|words| text.contains(words));
        assert_eq!(says_done, state == State::Applied, "{state:?}: {text}");
        let not_known = matches!(state, State::Sending | State::InDoubt | State::NeedsCustomer);
        let says_nothing_moved = text.contains("no money moved") || text.contains("No money moved");
        assert!(!(not_known && says_nothing_moved), "{state:?}: {text}");
    };
    check(State::AwaitingApproval, "NOT EXECUTED - WAITS FOR APPROVAL");
    check(State::Queued, "QUEUED, NOT EXECUTED");
    check(State::Queued, "Waiting to send to Bumper");
    check(State::Sending, "BEING SENT, NOT CONFIRMED");
    check(State::InDoubt, "being checked with Bumper");
    check(State::NeedsCustomer, "NOT IN EFFECT - CUSTOMER MUST ACT");
    check(State::Conflict, "NOT EXECUTED - STOPPED");
    check(State::Applied, "FINAL SLIP - DONE");
    check(State::Declined, "DECLINED - NOT EXECUTED");
    check(State::Rejected, "NOT APPROVED - NOT EXECUTED");
    check(State::Withdrawn, "WITHDRAWN - NOT EXECUTED");
    check(State::Expired, "EXPIRED - NOT EXECUTED");
}

#[test]
fn what_is_accepted_and_not_done_is_neither_unknown_nor_final() {
    let accepted = Slip { accepted: true, ..slip(Kind::Refund, State::InDoubt) };
    let text = plain(&accepted.paper(), 80);
    assert!(text.contains("ACCEPTED, NOT DONE YET") && !text.contains("NOT KNOWN"), "{text}");
}

#[test]
fn a_slip_of_an_adjustment_on_80_mm() {
    insta::assert_snapshot!(plain(&slip(Kind::Adjust, State::Queued).paper(), COLUMNS));
}

#[test]
fn a_final_slip_of_a_refund_on_80_mm() {
    insta::assert_snapshot!(plain(&slip(Kind::Refund, State::Applied).paper(), COLUMNS));
}

#[test]
fn every_slip_of_a_training_till_and_every_copy_says_so_at_both_ends() {
    let mut training = slip(Kind::Refund, State::Applied);
    training.till.training = true;
    training.till.print = Some((13, 2));
    for text in [plain(&training.paper(), COLUMNS), fragment(&training.paper(), Width::A4)] {
        assert_eq!(text.matches("TRAINING - NO REAL MONEY").count(), 2, "{text}");
        assert_eq!(text.matches("COPY 2").count(), 2, "{text}");
    }
    let honest = plain(&slip(Kind::Refund, State::Applied).paper(), COLUMNS);
    assert!(!honest.contains("TRAINING") && !honest.contains("COPY"), "{honest}");
}

#[test]
fn the_code_scans_back_to_the_change() {
    let slip = slip(Kind::Refund, State::Queued);
    let code = slip.paper().parts.into_iter().find_map(|part| match part {
        Part::Code(code) => Some(code),
        _ => None,
    });
    let code = code.expect("a slip has its code");
    assert_eq!(scanned(&code), Some(slip.change_id.as_str()));
    assert_eq!(scanned(" cf:abc\n"), Some("abc"));
    for other in ["CF:", "CF", "INV-1", "xCF:abc", "é:", ""] {
        assert_eq!(scanned(other), None, "{other}");
    }
}

proptest! {
    #[test]
    fn no_text_of_a_provider_or_of_staff_forges_a_line_of_the_slip(text in ".{0,40}") {
        let mut hostile = slip(Kind::Refund, State::Queued);
        for field in [&mut hostile.provider_ref, &mut hostile.invoice, &mut hostile.reason] {
            *field = Some(text.clone());
        }
        hostile.requested_by = text.clone();
        hostile.account = text;
        let said = plain(&hostile.paper(), COLUMNS);
        prop_assert!(said.chars().all(|c| c == '\n' || !c.is_control()));
        prop_assert!(said.lines().all(|line| line.chars().count() <= COLUMNS + 4));
        prop_assert!(bytes(&hostile.paper(), COLUMNS).is_ok());
    }
}
