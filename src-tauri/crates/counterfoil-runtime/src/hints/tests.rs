use std::collections::BTreeMap;

use counterfoil_core::account::Provider;
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::{Details, PaymentState};
use counterfoil_store::Store;
use tempfile::TempDir;

use super::*;

fn at(millis: i64) -> Moment {
    Moment::from_millis(millis)
}

fn account_id() -> AccountId {
    AccountId::parse("acc").expect("plain")
}

fn gbp(minor: i64) -> Money {
    Money::from_minor(minor, Currency::parse("GBP").expect("pounds")).expect("an amount")
}

/// A payment of this name as read at a moment, when it stood at so many pence.
fn facts(name: &str, minor: i64, read_at: i64) -> PaymentFacts {
    PaymentFacts {
        provider_ref: name.to_owned(),
        state: PaymentState::Open,
        provider_status: "pending".to_owned(),
        amount: gbp(minor),
        invoice_number: None,
        reference: None,
        minimum: None,
        maximum: None,
        payment_type: None,
        refunded: None,
        details: Details::default(),
        read_at: at(read_at),
    }
}

fn heard(event: &str, payment: &str) -> CallbackRow {
    CallbackRow {
        account_id: account_id(),
        event_id: event.to_owned(),
        provider_ref: payment.to_owned(),
        word: "UPDATED".to_owned(),
        digest: "d".to_owned(),
        received_at: at(5),
    }
}

/// A store with an account and payments of these names.
fn house(payments: impl IntoIterator<Item = String>) -> (TempDir, Store) {
    let folder = TempDir::new().expect("a folder");
    let store = Store::open(&folder.path().join("till"), at(0)).expect("it opens");
    let account = Account {
        account_id: account_id(),
        name: "B".to_owned(),
        provider: Provider::Bumper,
        base_url: "https://provider.example".to_owned(),
        currency: Currency::parse("GBP").expect("pounds"),
        options: BTreeMap::new(),
        paused: None,
    };
    let payments: Vec<String> = payments.into_iter().collect();
    let furnish = move |connection: &Connection| {
        account::insert(connection, &account, at(0))?;
        for name in payments {
            let payment = Payment {
                payment_id: PaymentId::parse(&format!("id-{name}")).expect("plain"),
                account_id: account_id(),
                facts: facts(&name, 10_000, 1),
                customer: None,
                items: Vec::new(),
            };
            payment::put(connection, &payment)?;
        }
        Ok(())
    };
    store.write(furnish).expect("it is furnished");
    (folder, store)
}

/// SplitMix64: chance that repeats itself.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z ^= z >> 27;
        usize::try_from(z % u64::try_from(bound).expect("small")).expect("small")
    }
}

/// What is left of a payment and its hints, whatever happened on the way: its amount, what was not
/// read yet, how many events were new.
type End = (i64, usize, u32);

/// Hears five events twice each, in an order of these dice. Event `n` is told after the provider
/// had set the payment to its `n`th amount, so a reading shows at least the newest amount that was
/// told; readings are asked for whenever the dice say so and heard in any order. Then what is left
/// is read.
fn day(connection: &Connection, name: &str, dice: &mut Dice) -> Result<End, StoreError> {
    let mut letters: Vec<i64> = (1..=5).chain(1..=5).collect();
    for place in (1..letters.len()).rev() {
        letters.swap(place, dice.below(place + 1));
    }
    let mut under_way: Vec<(Hinted, PaymentFacts)> = Vec::new();
    let (mut new, mut told, mut now) = (0, 0, 10);
    for letter in letters {
        now += 1;
        told = told.max(letter);
        new += u32::from(keep_row(connection, &heard(&format!("{name}-{letter}"), name))?);
        if dice.below(3) == 0 {
            let seen = facts(name, 10_000 - 100 * told, now);
            let hinted = callback::untaken(connection, 10)?;
            under_way.extend(hinted.into_iter().map(|one| (one, seen.clone())));
        }
        if !under_way.is_empty() && dice.below(2) == 0 {
            let (hinted, seen) = under_way.swap_remove(dice.below(under_way.len()));
            taken_in(connection, &hinted, seen, now)?;
        }
    }
    while !under_way.is_empty() {
        let (hinted, seen) = under_way.swap_remove(dice.below(under_way.len()));
        taken_in(connection, &hinted, seen, now)?;
    }
    for hinted in callback::untaken(connection, 10)? {
        taken_in(connection, &hinted, facts(name, 10_000 - 100 * told, 50), 50)?;
    }
    let known = payment::by_ref(connection, &account_id(), name)?.expect("it is held");
    Ok((known.facts.amount.minor(), callback::untaken(connection, 10)?.len(), new))
}

fn taken_in(
    connection: &Connection,
    hinted: &Hinted,
    seen: PaymentFacts,
    now: i64,
) -> Result<(), StoreError> {
    callback::take(connection, hinted, at(now))?;
    put_newer(connection, &hinted.account_id, seen).map(|_| ())
}

#[test]
fn a_thousand_shuffles_of_doubled_hints_come_to_the_same_payment_and_the_same_inbox() {
    const ROUNDS: usize = 1_000;
    let name = |round: usize| format!("tok-{round}");
    let (_folder, store) = house((0..ROUNDS).map(name));
    let ends = store.write(move |connection| {
        let mut ends = Vec::new();
        for round in 0..ROUNDS {
            let mut dice = Dice(u64::try_from(round).expect("small"));
            ends.push(day(connection, &name(round), &mut dice)?);
        }
        Ok(ends)
    });
    for (round, end) in ends.expect("it is stored").into_iter().enumerate() {
        assert_eq!(end, (9_500, 0, 5), "round {round}");
    }
    let facts = store.read(callback::facts).expect("it is read");
    assert_eq!((facts.kept, facts.untaken), (5_000, 0));
}

#[test]
fn an_older_reading_that_comes_late_takes_nothing_back() {
    let (_folder, store) = house(["tok".to_owned()]);
    let known = store.write(|connection| {
        put_newer(connection, &account_id(), facts("tok", 8_000, 20))?;
        put_newer(connection, &account_id(), facts("tok", 10_000, 19))?;
        payment::by_ref(connection, &account_id(), "tok")
    });
    let known = known.expect("it is stored").expect("it is held");
    assert_eq!((known.facts.amount, known.facts.read_at), (gbp(8_000), at(20)));
}

#[test]
fn what_is_not_held_here_is_noted_and_never_read_and_names_are_kept_short() {
    let (_folder, store) = house(["tok".to_owned()]);
    let long = "x".repeat(100_000);
    let keep = move |connection: &Connection| {
        let all = [
            keep_row(connection, &heard("e1", "tok"))?,
            keep_row(connection, &heard("e2", "another till's"))?,
            keep_row(connection, &heard("e3", &long))?,
            keep_row(connection, &heard("e3", &long))?,
        ];
        Ok((all, callback::untaken(connection, 10)?))
    };
    let (kept, untaken) = store.write(keep).expect("it is stored");
    assert_eq!(kept, [true, false, false, false], "only the first is to be read");
    assert_eq!(untaken.iter().map(|one| one.provider_ref.as_str()).collect::<Vec<_>>(), ["tok"]);
    assert_eq!(store.read(callback::facts).expect("it is read").kept, 3);
    assert_eq!(short("a".repeat(201)).len(), 64);
    assert_eq!(short("a\u{0}b".to_owned()).len(), 64);
    assert_eq!(word("UP\nDATED\u{7}"), "UPDATED");
    assert_eq!(word(&"ü".repeat(500)).chars().count(), MAX_WORD_CHARS);
}
