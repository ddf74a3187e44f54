//! What may be asked for, walked over every state and kind, and what may be done again.

use std::collections::BTreeMap;

use counterfoil_connectors::norce::Norce;
use counterfoil_connectors::{Connector, Subject, Warning};
use counterfoil_core::account::Account;
use counterfoil_core::capability::{RepeatSafety, WhyNot};
use counterfoil_core::command::{Command, Kind};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::{Item, PaymentFacts};

use super::support::{
    account, account_with, adjust, caller, cancel, capture, facts, facts_in, facts_of, label,
    order, order_in, refund, rename, sek, subject,
};

const WORDS: [&str; 13] = [
    "intent",
    "processing",
    "pending",
    "confirmed",
    "reserved",
    "captured",
    "credited",
    "refunded",
    "failed",
    "declined",
    "cancelled",
    "removed",
    "somethingNew",
];
const ADAPTERS: [(&str, bool); 7] = [
    ("klarna_checkout_adapter", true),
    ("klarna_payments_adapter", true),
    ("walley_checkout_adapter", true),
    ("qliro_checkout_adapter", true),
    ("adyen_dropin_adapter", false),
    ("nonpsp_adapter", false),
    ("our_own", false),
];

fn check(account: &Account, command: &Command, facts: &PaymentFacts) -> Result<(), WhyNot> {
    Norce.check(account, command, Some(&subject(facts))).map(|_| ())
}

fn one_of_each() -> [Command; 6] {
    [adjust("15.00"), rename("SO-9"), refund("12.50"), cancel(), capture(), Command::Void]
}

/// The page's rules once more, in words of the test's own.
fn expected(kind: Kind, word: &str, managed: bool) -> Result<(), &'static str> {
    let in_state = |allowed: &[&str]| match word {
        "somethingNew" => Err("state_unclear"),
        _ if allowed.contains(&word) => Ok(()),
        _ => Err("state"),
    };
    match kind {
        Kind::Start => Err("not_offered"),
        Kind::Adjust => in_state(&["intent", "processing", "pending", "confirmed", "reserved"]),
        Kind::Relabel => Ok(()),
        _ if !managed => Err("not_offered"),
        Kind::Refund => in_state(&["captured"]),
        Kind::Cancel | Kind::Capture => in_state(&["reserved"]),
        Kind::Void => Err("use_instead"),
    }
}

#[test]
fn every_state_adapter_and_kind_is_as_the_page_says_and_offers_say_the_same() {
    for word in WORDS {
        for (adapter_id, managed) in ADAPTERS {
            let facts = facts_of(&order_in(word, adapter_id, "checkout"));
            let offers = Norce.offers(&account(), &subject(&facts));
            assert_eq!(offers.len(), 6);
            for (offer, command) in offers.iter().zip(one_of_each()) {
                assert_eq!(offer.kind, command.kind());
                let said = check(&account(), &command, &facts).map_err(|why| why.code());
                let row = offer.why_not.as_ref().map_or(Ok(()), |why| Err(why.code()));
                let wanted = expected(offer.kind, word, managed);
                assert_eq!(said, wanted, "{word} {adapter_id} {:?}", offer.kind);
                assert_eq!(row, wanted, "{word} {adapter_id} {:?}, offered", offer.kind);
            }
        }
    }
}

#[test]
fn a_direct_caller_may_only_ask_for_another_amount() {
    for word in WORDS {
        let facts = facts_in(word, "checkout");
        for offer in Norce.offers(&caller(), &subject(&facts)) {
            let allowed = offer.why_not.is_none();
            assert!(!allowed || offer.kind == Kind::Adjust, "{word} {:?}", offer.kind);
        }
        assert_eq!(Norce.refundable(&caller(), &subject(&facts)), None);
    }
    assert_eq!(check(&caller(), &adjust("15.00"), &facts()), Ok(()));
    assert_eq!(check(&caller(), &rename("SO-9"), &facts()), Err(WhyNot::NotOffered));
}

#[test]
fn an_adjustment_stays_within_the_order_and_the_voucher() {
    let facts = facts();
    let check = |total: &str, expected: Result<(), WhyNot>| {
        assert_eq!(check(&account(), &adjust(total), &facts), expected, "{total}");
    };
    check("0.01", Ok(()));
    check("12.49", Ok(()));
    check("12.50", Err(WhyNot::NothingChanges));
    check("25.00", Ok(()));
    check("25.01", Err(WhyNot::AboveMaximum { maximum: sek("25.00") }));
    check("0.00", Err(WhyNot::NotPositive));
    let dear = order().replace(
        r#""currency":"SEK","state":"intent",
        "reference""#,
        r#""currency":"SEK","upperLimitAmount":20,"state":"intent","reference""#,
    );
    let dear = facts_of(&dear);
    let above = super::rules::check(&account(), &adjust("20.01"), &dear);
    assert_eq!(above, Err(WhyNot::AboveMaximum { maximum: sek("20.00") }));
    let none = facts_of(&order().replace(r#""total":{"includingVat":25,"excludingVat":20},"#, ""));
    assert_eq!(super::rules::check(&account(), &adjust("9999.00"), &none), Ok(()));
}

#[test]
fn an_adjustment_carries_no_invoice_number_no_lines_and_no_other_currency() {
    let facts = facts();
    let with = |invoice: Option<&str>, items: Vec<Item>| Command::Adjust {
        total: sek("15.00"),
        invoice: invoice.map(str::to_owned),
        items,
    };
    let item = Item { item: "Lamp".to_owned(), quantity: 1, price: sek("15.00") };
    let refused = |field| Err(WhyNot::TextNotOffered { field });
    assert_eq!(check(&account(), &with(Some("I"), Vec::new()), &facts), refused("invoice"));
    assert_eq!(check(&account(), &with(None, vec![item]), &facts), refused("items"));
    for (code, text) in [("EUR", "15.00"), ("JPY", "15"), ("KWD", "15.000")] {
        let currency = Currency::parse(code).expect("a currency");
        let total = Money::parse(text, currency).expect("an amount");
        let command = Command::Adjust { total, invoice: None, items: Vec::new() };
        assert_eq!(check(&account(), &command, &facts), Err(WhyNot::Currency), "{code}");
        // An account set up past the check still sends nothing of 0 or 3 decimals.
        let odd = account_with(code, &[("merchant", "norce"), ("channel", "1")]);
        let refused = check(&odd, &command, &facts).map_err(|why| why.code());
        let wanted = if code == "EUR" { "currency" } else { "text_not_carried" };
        assert_eq!(refused, Err(wanted), "{code}");
    }
}

#[test]
fn outside_of_checkout_the_server_decides_and_staff_are_told() {
    for (status, warned) in
        [("checkout", false), ("Checkout", false), ("processing", true), ("accepted", true)]
    {
        let facts = facts_in("intent", status);
        for command in [adjust("15.00"), rename("SO-9"), label(&[("a", "b")])] {
            let warnings = Norce.check(&account(), &command, Some(&subject(&facts)));
            let expected = Warning::StateUndocumented { status: status.to_lowercase() };
            let expected = if warned { vec![expected] } else { Vec::new() };
            assert_eq!(warnings, Ok(expected), "{status} {command:?}");
        }
    }
}

#[test]
fn only_all_of_it_goes_back_and_only_once() {
    let facts = facts_in("captured", "completed");
    let judge = |amount: &str, edit: fn(&mut Subject<'_>)| {
        let mut subject = subject(&facts);
        edit(&mut subject);
        Norce.check(&account(), &refund(amount), Some(&subject)).map(|_| ())
    };
    let over = |left: &str| Err(WhyNot::OverRefundable { refundable: sek(left) });
    assert_eq!(judge("12.50", |_| {}), Ok(()));
    assert_eq!(judge("12.49", |_| {}), Err(WhyNot::PartNotOffered));
    assert_eq!(judge("12.51", |_| {}), over("12.50"));
    assert_eq!(judge("0.00", |_| {}), Err(WhyNot::NotPositive));
    assert_eq!(judge("12.50", |s| s.refunded_here = sek("12.50")), over("0.00"));
    assert_eq!(judge("12.50", |s| s.refunded_here = sek("0.01")), over("0.00"));
    assert_eq!(judge("12.50", |s| s.open_refund = true), over("0.00"));
    assert_eq!(judge("12.50", |s| s.open_decrease = true), Err(WhyNot::DecreaseAndRefund));
    let mut partly = facts_in("captured", "completed");
    partly.refunded = Some(sek("2.50"));
    assert_eq!(check(&account(), &refund("10.00"), &partly), over("0.00"));
    assert_eq!(Norce.refundable(&account(), &subject(&partly)), Some(sek("0.00")));
    assert_eq!(Norce.refundable(&account(), &subject(&facts)), Some(sek("12.50")));
    for word in WORDS.iter().filter(|word| **word != "captured") {
        let other = facts_in(word, "completed");
        assert_eq!(Norce.refundable(&account(), &subject(&other)), None, "{word}");
    }
}

#[test]
fn a_capture_is_whole_now_and_once() {
    let facts = facts_in("reserved", "accepted");
    let command = |amount: Option<&str>, at: Option<i64>| Command::Capture {
        amount: amount.map(sek),
        at: at.map(Moment::from_millis),
    };
    let check = |command: &Command| check(&account(), command, &facts);
    assert_eq!(check(&command(None, None)), Ok(()));
    assert_eq!(check(&command(Some("12.50"), None)), Ok(()));
    assert_eq!(check(&command(Some("12.49"), None)), Err(WhyNot::PartNotOffered));
    assert!(check(&command(Some("12.51"), None)).is_err());
    let later = Err(WhyNot::TextNotOffered { field: "at" });
    assert_eq!(check(&command(None, Some(9))), later);
    let mut taken = facts_in("reserved", "accepted");
    taken.details.captured = Some(sek("12.50"));
    assert_eq!(super::rules::check(&account(), &capture(), &taken), Err(WhyNot::State));
}

#[test]
fn a_relabelling_is_one_call_and_changes_something() {
    let facts = facts();
    let code = |command: &Command| check(&account(), command, &facts).map_err(|why| why.code());
    let relabel = |invoice: Option<&str>, reference: Option<&str>, description: Option<&str>| {
        Command::Relabel {
            invoice: invoice.map(str::to_owned),
            reference: reference.map(str::to_owned),
            description: description.map(str::to_owned),
            metadata: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
        }
    };
    assert_eq!(code(&relabel(None, None, None)), Ok(()));
    assert_eq!(code(&relabel(Some("I"), None, None)), Err("text_not_offered"));
    assert_eq!(code(&relabel(None, None, Some("D"))), Err("text_not_offered"));
    assert_eq!(code(&relabel(None, Some("R"), None)), Err("text_not_carried"));
    assert_eq!(code(&rename("INV1234")), Err("nothing_changes"));
    assert_eq!(code(&rename("")), Err("text_not_carried"));
    assert_eq!(code(&rename("a\nb")), Err("text_not_carried"));
    assert_eq!(code(&rename(&"x".repeat(201))), Err("text_not_carried"));
    assert_eq!(code(&rename(&"é".repeat(200))), Ok(()));
    assert_eq!(code(&label(&[])), Err("nothing_changes"));
    assert_eq!(code(&label(&[("seller", "7")])), Err("nothing_changes"));
    assert_eq!(code(&label(&[("other", "")])), Err("nothing_changes"));
    assert_eq!(code(&label(&[("seller", "")])), Ok(()));
    assert_eq!(code(&label(&[("", "x")])), Err("text_not_carried"));
}

#[test]
fn a_payment_begins_elsewhere() {
    let start = Command::Start {
        total: sek("15.00"),
        invoice: None,
        reference: None,
        email: None,
        items: Vec::new(),
    };
    assert_eq!(Norce.check(&account(), &start, None), Err(WhyNot::NotOffered));
    let missing = Err(WhyNot::Missing { field: "payment" });
    assert_eq!(Norce.check(&account(), &cancel(), None), missing);
}

#[test]
fn what_sets_a_value_may_be_sent_again_and_what_moves_money_asks_a_person() {
    let check = |account: &Account, command: &Command, expected: RepeatSafety| {
        assert_eq!(Norce.repeat_safety(account, command, None), expected, "{command:?}");
    };
    for command in [adjust("15.00"), rename("SO-9"), label(&[("a", "b")])] {
        check(&account(), &command, RepeatSafety::Absolute);
    }
    for command in [refund("12.50"), cancel(), capture()] {
        check(&account(), &command, RepeatSafety::ReadBackThenHuman);
        check(&caller(), &command, RepeatSafety::HumanOnly);
    }
    check(&caller(), &adjust("15.00"), RepeatSafety::ReadBackThenHuman);
    check(&account(), &Command::Void, RepeatSafety::HumanOnly);
}

#[test]
fn the_words_say_what_moves_and_what_does_not() {
    let base = counterfoil_core::payment::Base::of(&facts());
    let words =
        |account: &Account, command: &Command| Norce.effect_in_words(account, command, Some(&base));
    let said = words(&account(), &adjust("15.00"));
    assert!(said.contains("SEK 15.00") && said.contains("SEK 12.50"), "{said}");
    let said = words(&caller(), &adjust("15.00"));
    assert!(said.contains("changes no order"), "{said}");
    assert!(words(&account(), &rename("SO-9")).starts_with("No money moves."));
    assert!(words(&account(), &label(&[("a", "b")])).contains("attributes change: a"));
    assert!(words(&account(), &refund("12.50")).contains("all or nothing"));
}
