use counterfoil_core::id::AccountId;
use counterfoil_core::money::{Currency, Money};
use counterfoil_store::table::account;
use counterfoil_store::table::callback::{self, CallbackRow, Hinted, InboxFacts};
use counterfoil_store::table::proposal::{self, Proposal};

use crate::house::{House, account_id, adjust, at, change_id, shop_account};

fn heard(event: &str, payment: &str, millis: i64) -> CallbackRow {
    CallbackRow {
        account_id: account_id("acc"),
        event_id: event.to_owned(),
        provider_ref: payment.to_owned(),
        word: "UPDATED".to_owned(),
        digest: "d".to_owned(),
        received_at: at(millis),
    }
}

fn keep(house: &House, row: CallbackRow) -> bool {
    house.store.write(move |c| callback::keep(c, &row)).expect("it is kept")
}

fn untaken(house: &House) -> Vec<(String, i64)> {
    let rows = house.store.read(|c| callback::untaken(c, 10)).expect("they are read");
    rows.into_iter().map(|row| (row.provider_ref, row.newest)).collect()
}

fn take(house: &House, payment: &str, newest: i64, millis: i64) {
    let (account_id, provider_ref) = (account_id("acc"), payment.to_owned());
    let hinted = Hinted { account_id, provider_ref, newest };
    house.store.write(move |c| callback::take(c, &hinted, at(millis))).expect("it is noted");
}

fn facts(house: &House) -> InboxFacts {
    house.store.read(callback::facts).expect("they are read")
}

#[test]
fn an_event_is_kept_once_for_each_account() {
    let house = House::new();
    assert!(keep(&house, heard("e1", "tok-1", 1)));
    assert!(!keep(&house, heard("e1", "tok-1", 2)), "the same event once more");
    assert!(!keep(&house, heard("e1", "tok-2", 3)), "whatever else it says then");
    assert!(keep(&house, heard("e2", "tok-1", 4)));
    house
        .store
        .write(|c| account::insert(c, &shop_account("other"), at(0)))
        .expect("another account");
    let account_id = account_id("other");
    assert!(keep(&house, CallbackRow { account_id, ..heard("e1", "tok-9", 5) }));
    assert_eq!(untaken(&house), [("tok-1".to_owned(), 2), ("tok-9".to_owned(), 3)]);
    let expected = InboxFacts { kept: 3, untaken: 3, newest_at: Some(at(5)) };
    assert_eq!(facts(&house), expected);
}

#[test]
fn a_reading_takes_the_hints_before_it_and_none_that_came_meanwhile() {
    let house = House::new();
    for (event, payment) in [("e1", "tok-1"), ("e2", "tok-2"), ("e3", "tok-1")] {
        keep(&house, heard(event, payment, 1));
    }
    let seen = untaken(&house);
    assert_eq!(seen, [("tok-1".to_owned(), 3), ("tok-2".to_owned(), 2)]);
    keep(&house, heard("e4", "tok-1", 2));
    take(&house, "tok-1", 3, 9);
    assert_eq!(untaken(&house), [("tok-2".to_owned(), 2), ("tok-1".to_owned(), 4)]);
    assert_eq!(facts(&house).untaken, 2);
    house.store.write(|c| callback::forget(c, at(9))).expect("nothing is that old");
    assert_eq!(facts(&house).kept, 4);
    house.store.write(|c| callback::forget(c, at(10))).expect("what was taken is forgotten");
    assert_eq!(untaken(&house).len(), 2, "what was not taken stays");
    assert_eq!(facts(&house).kept, 2);
}

#[test]
fn the_inbox_goes_with_its_account() {
    let house = House::new();
    house
        .store
        .write(|c| account::insert(c, &shop_account("spare"), at(0)))
        .expect("another account");
    let account_id = AccountId::parse("spare").expect("plain");
    keep(&house, CallbackRow { account_id: account_id.clone(), ..heard("e1", "tok-1", 1) });
    house.store.write(move |c| account::remove(c, &account_id)).expect("nothing names it");
    assert_eq!(facts(&house), InboxFacts::default());
}

#[test]
fn a_proposal_is_known_by_its_meaning_and_names_its_newest_change() {
    let house = House::new();
    house.ask("c1", Some("p1"), &adjust("80.00"));
    house.ask("c2", Some("p2"), &adjust("80.00"));
    let gbp = Currency::parse("GBP").expect("pounds");
    let proposal = |digest: &str| Proposal {
        account_id: account_id("acc"),
        order_id: "o_1".to_owned(),
        payment_id: "p_1".to_owned(),
        digest: digest.to_owned(),
        amount: Money::from_minor(8_000, gbp).expect("an amount"),
    };
    let put = |digest: &str, change: &str, millis: i64| {
        let (proposal, change) = (proposal(digest), change_id(change));
        let put = move |c: &_| proposal::put(c, &proposal, &change, at(millis));
        house.store.write(put).expect("it is stored");
    };
    let of = |digest: &str| {
        house.store.read(|c| proposal::change_of(c, &proposal(digest))).expect("it is read")
    };
    let newest = |change: &str| {
        house.store.read(|c| proposal::proposed_at(c, &change_id(change))).expect("it is read")
    };
    assert_eq!((of("d1"), newest("c1")), (None, None));
    put("d1", "c1", 5);
    put("d1", "c1", 9);
    assert_eq!((of("d1"), newest("c1")), (Some(change_id("c1")), Some(at(9))));
    put("d1", "c2", 11);
    assert_eq!((of("d1"), newest("c1")), (Some(change_id("c2")), None));
    assert_eq!(of("d2"), None);
}
