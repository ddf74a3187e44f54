use counterfoil_core::payment::{Item, Payment, PaymentState};
use counterfoil_store::StoreError;
use counterfoil_store::table::payment::{self, Page};

use crate::house::{House, account_id, at, gbp, paid, payment_id, shop_account};

impl House {
    fn put(&self, payment: Payment) -> String {
        let id = self.store.write(move |connection| payment::put(connection, &payment));
        id.expect("it fits").to_string()
    }

    fn payment(&self, id: &str) -> Payment {
        self.store.read(|c| payment::get(c, &payment_id(id))).expect("it is there")
    }

    fn found(&self, words: &str) -> String {
        let words = words.split_whitespace().map(str::to_owned).collect();
        let page = Page { words, limit: 100, ..Page::default() };
        let (found, _) = self.store.read(|c| payment::page(c, &page)).expect("it searches");
        found.rows.iter().map(|p| p.payment_id.to_string()).collect::<Vec<_>>().join(" ")
    }
}

fn goods() -> Vec<Item> {
    vec![Item { item: "brake pads".to_owned(), quantity: 2, price: gbp("50.00") }]
}

#[test]
fn a_fresh_reading_replaces_the_facts_and_keeps_what_only_the_till_knows() {
    let house = House::new();
    let known =
        Payment { customer: Some("Jane".to_owned()), items: goods(), ..paid("p1", "100.00") };
    house.put(known);
    let mut fresh = Payment { payment_id: payment_id("other"), ..paid("p1", "80.00") };
    fresh.facts.state = PaymentState::Paid;
    fresh.facts.invoice_number = None;
    fresh.facts.refunded = Some(gbp("1.50"));
    fresh.facts.read_at = at(99);
    assert_eq!(house.put(fresh.clone()), "p1", "it keeps its id");
    let kept = house.payment("p1");
    assert_eq!(kept.facts, fresh.facts);
    assert_eq!((kept.customer.as_deref(), kept.items), (Some("Jane"), goods()));
    let named = Payment { customer: Some("Joe".to_owned()), ..fresh };
    house.put(named);
    assert_eq!(house.payment("p1").customer.as_deref(), Some("Joe"));
    assert_eq!(house.number("SELECT count(*) FROM payment"), 3);
}

#[test]
fn the_same_reference_at_another_account_is_another_payment() {
    let house = House::new();
    let other = shop_account("other");
    let added =
        house.store.write(move |c| counterfoil_store::table::account::insert(c, &other, at(1)));
    added.expect("it fits");
    let twin = Payment {
        payment_id: payment_id("twin"),
        account_id: account_id("other"),
        ..paid("p1", "7.00")
    };
    assert_eq!(house.put(twin), "twin");
    let by_ref = |account: &str, provider_ref: &str| {
        let found = house.store.read(|c| payment::by_ref(c, &account_id(account), provider_ref));
        found.expect("it reads").map(|found| found.payment_id.to_string())
    };
    assert_eq!(by_ref("acc", "ref-p1").as_deref(), Some("p1"));
    assert_eq!(by_ref("other", "ref-p1").as_deref(), Some("twin"));
    assert_eq!(by_ref("acc", "REF-P1"), None, "references are case-sensitive");
}

#[test]
fn lines_that_were_sent_are_kept() {
    let house = House::new();
    let set = house.store.write(|c| payment::set_items(c, &payment_id("p1"), &goods()));
    set.expect("it writes");
    assert_eq!(house.payment("p1").items, goods());
    let missing = house.store.read(|c| payment::get(c, &payment_id("p9")));
    assert!(matches!(missing, Err(StoreError::Missing("payment"))));
}

fn searched() -> House {
    let house = House::new();
    for (id, amount, customer, invoice) in [
        ("s1", "350.00", "Zoë O'Brien", "QZ-7001"),
        ("s2", "35.10", "Bob \"Bo\" Smith", "QZ-7002"),
        ("s3", "12.34", "Smithson & Sons", "WX/9"),
    ] {
        let mut payment = paid(id, amount);
        payment.customer = Some(customer.to_owned());
        payment.facts.invoice_number = Some(invoice.to_owned());
        house.put(payment);
    }
    house
}

#[test]
fn payments_are_found_by_words_and_beginnings_of_words_newest_first() {
    let house = searched();
    let check = |words: &str, expected: &str| assert_eq!(house.found(words), expected, "{words}");
    check("smith", "s3 s2");
    check("SMITHS", "s3");
    check("qz", "s2 s1");
    check("QZ-7001", "s1");
    check("qz 7002 smith", "s2");
    check("zoe", "s1");
    check("o'brien", "s1");
    check("350.00", "s1");
    check("35", "s2 s1");
    check("ref-s3", "s3");
    check("wx/9", "s3");
    check("mith", "");
    check("smith 350", "");
}

#[test]
fn nothing_that_is_typed_is_taken_for_syntax() {
    let house = searched();
    for words in [
        "\"",
        "\"\"",
        "\"bo\"",
        "'",
        "*",
        "^smith",
        "-smith",
        "words:smith",
        "NEAR(smith",
        "(",
        ")",
        "a*b",
        "\\",
        "%",
        "--",
        ";",
        "smith\" OR \"zoe",
        "\u{0}",
        "smith\u{0}",
        "bo\"",
        "\"bo",
        "\u{202E}",
        "é",
        "💥",
        "OR",
        "AND",
        "NOT",
        "{a b}",
        "+",
    ] {
        let words: Vec<String> = vec![words.to_owned()];
        let page = Page { words: words.clone(), limit: 10, ..Page::default() };
        let found = house.store.read(|c| payment::page(c, &page).map(|(f, _)| f.rows.len()));
        assert!(found.is_ok(), "{words:?}: {found:?}");
    }
    assert_eq!(house.found("smith OR zoe"), "");
    let one_word = vec!["smith\" OR \"zoe".to_owned()];
    let page = Page { words: one_word, limit: 10, ..Page::default() };
    let (found, _) = house.store.read(|c| payment::page(c, &page)).expect("it searches");
    assert!(found.rows.is_empty());
    assert_eq!(house.found("\"bo\""), "s2");
}

#[test]
fn punctuation_alone_narrows_nothing_and_does_not_hide_what_other_words_find() {
    let house = searched();
    assert_eq!(house.found("smithson & sons"), "s3");
    assert_eq!(house.found("bob - smith"), "s2");
    let all = house.found("");
    assert_eq!(house.found("-"), all);
}

#[test]
fn a_changed_payment_is_found_by_its_new_words_only() {
    let house = searched();
    let mut changed = paid("s1", "12.00");
    changed.facts.invoice_number = Some("NEW-5".to_owned());
    house.put(changed);
    assert_eq!((house.found("QZ-7001"), house.found("350")), (String::new(), String::new()));
    assert_eq!((house.found("new-5"), house.found("brien")), ("s1".to_owned(), "s1".to_owned()));
}

fn visited(house: &House, page: &Page) -> Vec<String> {
    let mut page = page.clone();
    let mut seen = Vec::new();
    loop {
        let (found, next) = house.store.read(|c| payment::page(c, &page)).expect("it reads");
        assert!(found.rows.len() <= usize::try_from(page.limit).expect("it is small"));
        seen.extend(found.rows.iter().map(|p| p.payment_id.to_string()));
        assert!(seen.len() < 100, "the pages do not end");
        match next {
            Some(next) => page.after = Some(next),
            None => return seen,
        }
    }
}

#[test]
fn pages_visit_each_payment_once_newest_first_whatever_their_length() {
    let house = House::new();
    let wrote = house.store.write(|connection| {
        for number in 0..50 {
            let mut payment = paid(&format!("n{number:02}"), "1.00");
            let even = number % 2 == 0;
            payment.facts.state = if even { PaymentState::Paid } else { PaymentState::Failed };
            payment.customer = Some("Many".to_owned());
            payment::put(connection, &payment)?;
        }
        Ok(())
    });
    wrote.expect("it writes");
    let every: Vec<_> = (0..50).rev().map(|number| format!("n{number:02}")).collect();
    let paid_ones: Vec<_> = every.iter().skip(1).step_by(2).cloned().collect();
    for limit in [1, 7, 10, 25, 50, 200] {
        let words = vec!["many".to_owned()];
        let page = Page { words, limit, ..Page::default() };
        assert_eq!(visited(&house, &page), every, "{limit}");
        let state = Some(PaymentState::Paid);
        assert_eq!(visited(&house, &Page { state, ..page }), paid_ones, "{limit}");
        let page = Page { state, limit, ..Page::default() };
        assert_eq!(visited(&house, &page), paid_ones, "{limit}");
        let all = visited(&house, &Page { limit, ..Page::default() });
        assert_eq!((all.len(), &all[..50]), (53, every.as_slice()), "{limit}");
    }
}

#[test]
fn the_newest_payment_and_the_last_reading_of_an_account_are_known() {
    let house = House::new();
    let mut late = paid("p1", "100.00");
    late.facts.read_at = at(500);
    house.put(late);
    let newest = house.store.read(|c| payment::newest_of(c, &account_id("acc")));
    let newest = newest.expect("it reads").map(|newest| newest.payment_id);
    assert_eq!(newest, Some(payment_id("p3")));
    let last = |id: &str| house.store.read(|c| payment::last_read(c, &account_id(id)));
    assert_eq!(last("acc").expect("it reads"), Some(at(500)));
    assert_eq!(last("none").expect("it reads"), None);
    assert_eq!(house.store.read(payment::count).expect("it reads"), 3);
}
