use proptest::prelude::*;

use super::*;
use crate::account::Provider;
use crate::change::{Change, State};
use crate::command::Command;
use crate::id::TillId;
use crate::moment::Moment;
use crate::money::{Currency, Money};
use crate::payment::{Base, PaymentState};
use crate::sample::{
    account_id, adjust, agreed, at, base, cancel, change_id, change_in, condition, gbp, item,
    known, payment_id, place, public_key_of, queued, reason, refund, relabel, seal, sealed_event,
    signed, staff, start, take,
};
use crate::staff::Role;

fn judged(change: &Change) -> Standing {
    Standing::judge(change, &place(), Some(&known("bob")))
}

fn every_kind() -> [Command; 7] {
    [
        adjust("80.00"),
        refund("5.00"),
        start("20.00"),
        cancel(),
        relabel("INV-2"),
        Command::Capture { amount: Some(gbp("20.00")), at: Some(at(5)) },
        Command::Void,
    ]
}

#[test]
fn what_was_signed_holds_until_its_moment() {
    for command in every_kind() {
        let standing = judged(&agreed("c1", &command));
        assert_eq!(standing, Standing::Holds { until: at(1_000_000) }, "{command:?}");
        assert_eq!(standing.void_at(at(999_999)), None);
        assert_eq!(standing.void_at(at(1_000_000)), Some(Void::Expired));
    }
    assert_eq!(judged(&queued("c1", &refund("5.00"))), Standing::NotNeeded);
}

#[test]
fn whoever_agreed_must_be_known_be_here_may_decide_and_have_the_same_key() {
    let change = agreed("c1", &refund("5.00"));
    let check = |approver: Option<Known>, expected: Void| {
        let standing = Standing::judge(&change, &place(), approver.as_ref());
        assert_eq!(standing, Standing::Void(expected), "{approver:?}");
    };
    check(None, Void::Unknown);
    check(Some(Known { here: false, ..known("bob") }), Void::Left);
    check(Some(Known { role: Role::Cashier, ..known("bob") }), Void::Role);
    check(Some(Known { role: Role::Auditor, ..known("bob") }), Void::Role);
    check(Some(Known { public_key: None, ..known("bob") }), Void::OtherKey);
    check(Some(Known { public_key: Some(public_key_of("carol")), ..known("bob") }), Void::OtherKey);
    let owner = Known { role: Role::Owner, ..known("bob") };
    let standing = Standing::judge(&change, &place(), Some(&owner));
    assert_eq!(standing.void_at(at(0)), None);
}

#[test]
fn without_a_second_person_or_without_a_signature_nothing_holds() {
    let mut change = agreed("c1", &refund("5.00"));
    change.seal = None;
    assert_eq!(judged(&change), Standing::Void(Void::Unsigned));
    change.approved_by.clear();
    assert_eq!(judged(&change), Standing::Void(Void::Missing));
    let mut own = agreed("c1", &refund("5.00"));
    own.requested_by = staff("bob");
    assert_eq!(judged(&own), Standing::Void(Void::SamePerson));
}

#[test]
fn another_till_provider_or_payment_there_is_another_operation() {
    let change = agreed("c1", &refund("5.00"));
    let check = |other: Place| {
        let standing = Standing::judge(&change, &other, Some(&known("bob")));
        assert_eq!(standing, Standing::Void(Void::Edited), "{other:?}");
    };
    check(Place { till_id: TillId::parse("other").unwrap(), ..place() });
    check(Place { provider: Provider::Wepay, ..place() });
    check(Place { provider_ref: Some("TOK".to_owned()), ..place() });
    check(Place { provider_ref: None, ..place() });
}

type Edit = fn(&mut Change);

fn seen(change: &mut Change) -> &mut Base {
    change.decided_on.as_mut().expect("it has a base")
}

/// One edit of everything the operation is made of, texts included.
fn edits() -> Vec<(&'static str, Edit)> {
    vec![
        ("another change", |c| c.change_id = change_id("c2")),
        ("another account", |c| c.account_id = account_id("other")),
        ("another payment", |c| c.payment_id = Some(payment_id("other"))),
        ("no payment", |c| c.payment_id = None),
        ("another requester", |c| c.requested_by = staff("dave")),
        ("a condition", |c| c.only_if = Some(condition("80.00"))),
        ("another kind", |c| c.command = Command::Void),
        ("a penny more", |c| c.command = refund("5.01")),
        ("another currency", |c| {
            let amount = Money::from_minor(500, Currency::parse("EUR").unwrap()).unwrap();
            c.command = Command::Refund { amount, reason: reason("goods_returned"), note: None };
        }),
        ("another reason", |c| {
            let reason = reason("duplicate");
            c.command = Command::Refund { amount: gbp("5.00"), reason, note: None };
        }),
        ("a note", |c| {
            let (reason, note) = (reason("goods_returned"), Some("twice".to_owned()));
            c.command = Command::Refund { amount: gbp("5.00"), reason, note };
        }),
        ("no base", |c| c.decided_on = None),
        ("another amount seen", |c| seen(c).amount = gbp("100.01")),
        ("another state seen", |c| seen(c).state = PaymentState::Paid),
        ("another word seen", |c| seen(c).provider_status = "paid".to_owned()),
        ("another invoice seen", |c| seen(c).invoice_number = None),
        ("another reference seen", |c| seen(c).reference = Some("R-2".to_owned())),
        ("another sum returned", |c| seen(c).refunded = Some(gbp("0.01"))),
        ("another sum taken", |c| seen(c).details.captured = Some(gbp("1.00"))),
        ("another description", |c| seen(c).details.description = Some("x".to_owned())),
        ("other metadata", |c| {
            seen(c).details.metadata.insert("k".to_owned(), "v".to_owned());
        }),
        ("read at another time", |c| seen(c).read_at = at(1)),
    ]
}

#[test]
fn any_edit_of_any_part_of_the_operation_voids_it() {
    let change = agreed("c1", &refund("5.00"));
    for (name, edit) in edits() {
        let mut edited = change.clone();
        edit(&mut edited);
        assert_ne!(edited, change, "{name} edits nothing");
        let standing = judged(&edited);
        assert!(matches!(standing, Standing::Void(Void::Edited | Void::Forged)), "{name}");
    }
}

#[test]
fn any_edit_of_a_text_of_any_kind_of_change_voids_it() {
    let lines = |price: &str| Command::Adjust {
        total: gbp("80.00"),
        invoice: None,
        items: vec![item(price)],
    };
    let email = |email: &str| Command::Start {
        total: gbp("20.00"),
        invoice: None,
        reference: None,
        email: Some(email.to_owned()),
        items: Vec::new(),
    };
    let at_time = |millis: i64| Command::Capture { amount: None, at: Some(at(millis)) };
    for (one, other) in [
        (lines("80.00"), lines("80.01")),
        (email("a@shop.example"), email("b@shop.example")),
        (relabel("INV-2"), relabel("INV-3")),
        (at_time(1), at_time(2)),
    ] {
        let mut change = agreed("c1", &one);
        assert_eq!(judged(&change).void_at(at(0)), None);
        change.command = other;
        assert_eq!(judged(&change), Standing::Void(Void::Edited), "{one:?}");
    }
}

#[test]
fn an_own_change_in_front_moves_the_base_and_not_what_was_signed() {
    let mut change = agreed("c2", &adjust("80.00"));
    let applied = adjust("95.00");
    take(&mut change, crate::change::Event::BaseMoved { because: change_id("c1"), applied });
    assert_eq!(change.base.as_ref().map(|base| base.amount), Some(gbp("95.00")));
    assert_eq!(judged(&change).void_at(at(0)), None);
}

#[test]
fn a_signature_of_another_person_another_change_or_an_older_base_is_none() {
    let change = change_in(State::AwaitingApproval, "c1", &refund("5.00"));
    let check = |seal: Seal| {
        let mut change = change.clone();
        let yes = sealed_event(&change, "bob", seal);
        take(&mut change, yes);
        assert_eq!(judged(&change), Standing::Void(Void::Forged));
    };
    let own = seal(&change, "bob", "n1");
    let statement = change.statement(&own, &staff("bob"));
    check(Seal { signature: signed("carol", &statement), ..own.clone() });
    let other = change_in(State::AwaitingApproval, "c2", &refund("5.00"));
    check(Seal { signature: seal(&other, "bob", "n1").signature, ..own.clone() });
    check(Seal { signature: seal(&change, "bob", "n0").signature, ..own.clone() });
    let mut older = change.clone();
    older.decided_on = Some(base("99.00"));
    check(Seal { signature: seal(&older, "bob", "n1").signature, ..own });
}

/// The text of one field of a seal.
fn field(seal: &mut Seal, which: usize) -> &mut String {
    match which {
        0 => &mut seal.nonce,
        1 => &mut seal.salt,
        2 => &mut seal.texts,
        3 => &mut seal.public_key,
        _ => &mut seal.signature,
    }
}

proptest! {
    #[test]
    fn any_flipped_bit_of_what_was_given_voids_it(
        which in 0_usize..5,
        at_byte: prop::sample::Index,
        bit in 0_u8..7,
    ) {
        let mut change = agreed("c1", &refund("5.00"));
        let mut seal = change.seal.clone().expect("it was signed");
        let text = field(&mut seal, which);
        let mut bytes = text.clone().into_bytes();
        let place = at_byte.index(bytes.len());
        bytes[place] ^= 1 << bit;
        *text = String::from_utf8(bytes).expect("seven bits are a letter");
        change.seal = Some(seal);
        prop_assert!(matches!(judged(&change), Standing::Void(Void::Edited | Void::Forged)));
    }

    #[test]
    fn any_other_expiry_voids_it(millis: i64) {
        prop_assume!(millis != 1_000_000);
        let mut change = agreed("c1", &refund("5.00"));
        let seal = change.seal.take().expect("it was signed");
        change.seal = Some(Seal { expires_at: Moment::from_millis(millis), ..seal });
        prop_assert_eq!(judged(&change), Standing::Void(Void::Forged));
    }

    #[test]
    fn any_flipped_bit_of_the_signed_text_is_found(at_byte: prop::sample::Index, bit in 0_u8..7) {
        let change = agreed("c1", &refund("5.00"));
        let seal = change.seal.clone().expect("it was signed");
        let text = change.statement(&seal, &staff("bob"));
        prop_assert!(is_signed(&text, &seal.public_key, &seal.signature));
        let mut bytes = text.into_bytes();
        let place = at_byte.index(bytes.len());
        bytes[place] ^= 1 << bit;
        let text = String::from_utf8(bytes).expect("seven bits are a letter");
        prop_assert!(!is_signed(&text, &seal.public_key, &seal.signature));
    }

    #[test]
    fn no_text_makes_reading_panic(text in "(CF1|CA1|CK1)?\\.?.{0,80}") {
        prop_assert!(Challenge::parse(&text).is_err());
        prop_assert!(Answer::parse(&text).is_err());
        prop_assert!(KeyCard::parse(&text).is_err());
    }
}

#[test]
fn a_key_of_low_order_signs_nothing() {
    for weak in ["00".repeat(32), format!("01{}", "00".repeat(31))] {
        assert!(!is_public_key(&weak));
        assert!(!is_signed("anything", &weak, &"00".repeat(64)));
    }
    assert!(is_public_key(&public_key_of("bob")));
    assert!(!is_public_key(&public_key_of("bob").to_uppercase()));
    assert!(!is_public_key(""));
}

#[test]
fn every_reason_has_a_word_of_its_own_and_is_stored_as_it() {
    for why in Void::ALL {
        assert_eq!(serde_json::to_value(why).expect("a word"), why.word());
        let same = Void::ALL.into_iter().filter(|other| other.word() == why.word()).count();
        assert_eq!(same, 1);
    }
}

fn challenge(change: &Change) -> Challenge {
    Challenge {
        till_id: TillId::parse("till").unwrap(),
        till: "Counter 1".to_owned(),
        requester: "Alice".to_owned(),
        account: "shop".to_owned(),
        provider: Provider::Bumper,
        provider_ref: Some("tok".to_owned()),
        change_id: change.change_id.clone(),
        account_id: change.account_id.clone(),
        payment_id: change.payment_id.clone(),
        command: change.command.clone(),
        only_if: change.only_if.clone(),
        base: change.decided_on.clone(),
        requested_by: change.requested_by.clone(),
        salt: "salt".to_owned(),
        nonce: "n1".to_owned(),
        approval_expires_at: at(1_000_000),
        expires_at: at(900_000),
    }
}

fn answer(challenge: &Challenge, by: &str) -> Answer {
    Answer {
        nonce: challenge.nonce.clone(),
        approver: staff(by),
        public_key: public_key_of(by),
        signature: signed(by, &challenge.statement(&staff(by))),
    }
}

#[test]
fn an_answer_from_another_till_makes_an_approval_that_holds_here() {
    for command in every_kind() {
        let mut change = change_in(State::AwaitingApproval, "c1", &command);
        let text = challenge(&change).to_text();
        let there = Challenge::parse(&text).expect("it was just written");
        let back = Answer::parse(&answer(&there, "bob").to_text()).expect("it was just written");
        let seal = challenge(&change).seal(&back);
        assert_eq!(seal, self::seal(&change, "bob", "n1"), "as if it had been given here");
        let yes = sealed_event(&change, "bob", seal);
        take(&mut change, yes);
        assert_eq!(judged(&change).void_at(at(0)), None, "{command:?}");
    }
}

#[test]
fn any_edit_of_a_challenge_gives_another_statement_and_another_code() {
    let change = change_in(State::AwaitingApproval, "c1", &refund("5.00"));
    let whole = challenge(&change);
    let statement = whole.statement(&staff("bob"));
    let code = short_code(&whole.to_text());
    assert_eq!(code.len(), 8);
    let other = change_in(State::AwaitingApproval, "c1", &refund("5.01"));
    let edited = [
        Challenge { command: other.command.clone(), ..whole.clone() },
        Challenge { nonce: "n2".to_owned(), ..whole.clone() },
        Challenge { salt: "other".to_owned(), ..whole.clone() },
        Challenge { approval_expires_at: at(1), ..whole.clone() },
        Challenge { till_id: TillId::parse("other").unwrap(), ..whole.clone() },
        Challenge { provider_ref: None, ..whole.clone() },
        Challenge { provider: Provider::Norce, ..whole.clone() },
        Challenge { base: None, ..whole.clone() },
        Challenge { requested_by: staff("dave"), ..whole.clone() },
        Challenge { change_id: change_id("c2"), ..whole.clone() },
        Challenge { account_id: account_id("other"), ..whole.clone() },
        Challenge { payment_id: None, ..whole.clone() },
        Challenge { only_if: Some(condition("1.00")), ..whole.clone() },
    ];
    for edited in edited {
        assert_ne!(edited.statement(&staff("bob")), statement, "{edited:?}");
        assert_ne!(short_code(&edited.to_text()), code, "{edited:?}");
    }
    let words = Challenge { requester: "Mallory".to_owned(), ..whole };
    assert_ne!(short_code(&words.to_text()), code, "what people read is in the code as well");
}

#[test]
fn a_text_is_read_only_as_it_was_written() {
    let change = change_in(State::AwaitingApproval, "c1", &refund("5.00"));
    let text = challenge(&change).to_text();
    assert!(Challenge::parse(&format!("  {text}\n")).is_ok(), "copied with white space around it");
    let long = format!("CF1.{}", "A".repeat(40_000));
    let padded = format!("{text}=");
    let cut = &text[..text.len() - 1];
    let split = format!("{} {}", &text[..9], &text[9..]);
    for other in ["", "CF1.", "CF2.e30", &text[4..], cut, &padded, &split, &long] {
        assert!(Challenge::parse(other).is_err(), "{other}");
        assert!(Answer::parse(other).is_err(), "{other}");
    }
    assert!(Answer::parse(&text).is_err(), "a challenge is no answer");
}

#[test]
fn a_key_card_brings_a_key_and_its_fingerprint_is_the_keys_own() {
    let card = KeyCard {
        till_id: TillId::parse("till").unwrap(),
        till: "Counter 1".to_owned(),
        staff_id: staff("bob"),
        name: "Bob".to_owned(),
        role: Role::Manager,
        public_key: public_key_of("bob"),
    };
    assert_eq!(KeyCard::parse(&card.to_text()), Ok(card.clone()));
    let fingerprint = fingerprint(&card.public_key);
    assert_eq!((fingerprint.len(), fingerprint.split('-').count()), (24, 5), "{fingerprint}");
    assert_ne!(super::fingerprint(&public_key_of("carol")), fingerprint);
    let weak = KeyCard { public_key: "00".repeat(32), ..card };
    assert!(KeyCard::parse(&weak.to_text()).is_err(), "a key that signs nothing");
}

/// The example of `docs/approvals.md`, to the byte.
#[test]
fn the_page_shows_exactly_what_is_signed() {
    let page = include_str!("../../../../../docs/approvals.md");
    let change = agreed("c1", &refund("5.00"));
    let seal = change.seal.clone().expect("it was signed");
    let text = change.statement(&seal, &staff("bob"));
    for part in [
        format!("```json\n{text}\n```"),
        crate::audit::sha256_hex(text.as_bytes()),
        seal.public_key,
        seal.signature,
    ] {
        assert!(page.contains(&part), "the page does not show {part}");
    }
    for why in Void::ALL {
        assert!(page.contains(&format!("`{}`", why.word())), "{why:?}");
    }
}
