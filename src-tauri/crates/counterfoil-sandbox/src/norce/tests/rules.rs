//! What the adapters answer, and what order management guards.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::chance::Chance;
use crate::ledger::EffectKind;
use crate::norce::access::Shop;
use crate::norce::adapter::{Flavour, flavour, manage, update_payment};
use crate::norce::book::Book;
use crate::norce::order::{payment, place, state, text};
use crate::norce::seed::{fill, put_states, seeded};
use crate::norce::service::new_order;
use crate::norce::{adapter, hooks};

const PAYMENT: &str = "p_1";

fn klarna() -> Flavour {
    flavour("klarna-adapter").expect("an adapter")
}

/// One order of 25 with one payment of this service.
fn book(service: &str) -> (Book, Shop, String) {
    let mut book = Book::new("http://127.0.0.1:1/norce/checkout".to_owned());
    let shop = book.shops[0];
    let given = json!({"cart": {"total": {"includingVat": 25, "excludingVat": 20}}});
    let order = new_order(&mut book, shop, "o_1", given);
    let flavour = flavour(service).expect("an adapter");
    let order = adapter::new_payment(&book, &order, flavour, PAYMENT);
    book.add(order);
    (book, shop, "o_1".to_owned())
}

fn order(book: &Book) -> Value {
    book.entry("o_1").expect("the order").order.clone()
}

fn answer(service: &str, edit: fn(&mut Value)) -> (u16, Value) {
    let (book, shop, id) = book(service);
    let mut proposed = order(&book);
    edit(&mut proposed);
    let flavour = flavour(service).expect("an adapter");
    let said = update_payment(&book, flavour, shop, (&id, PAYMENT), Some(&proposed));
    (said.status.as_u16(), said.body.unwrap_or_default())
}

#[test]
fn each_adapter_refuses_what_does_not_fit_in_its_own_way() {
    let foreign = |order: &mut Value| order["currency"] = json!("EUR");
    let other = |order: &mut Value| order["merchant"] = json!("other");
    let gone = |order: &mut Value| order["payments"] = json!([]);
    for (service, misfit) in [
        ("klarna-adapter", 400),
        ("adyen-adapter", 400),
        ("awardit-adapter", 400),
        ("qliro-adapter", 404),
        ("nonpsp-adapter", 404),
    ] {
        assert_eq!(answer(service, |_| {}).0, 200, "{service}");
        assert_eq!(answer(service, foreign).0, misfit, "{service}");
        assert_eq!(answer(service, other).0, misfit, "{service}");
        assert_eq!(answer(service, gone).0, 404, "{service}");
    }
    let (_, problem) = answer("adyen-adapter", foreign);
    assert_eq!((problem["status"].as_u64(), text(&problem, "title")), (Some(400), "Bad Request"));
    let (_, error) = answer("klarna-adapter", foreign);
    assert_eq!(text(&error, "code"), "order-bad-request");
}

#[test]
fn the_place_in_the_patch_is_found_by_id() {
    let turned = |order: &mut Value| {
        let list = order["payments"].as_array_mut().expect("a list");
        list.insert(0, json!({"id": "p_0", "amount": 5, "state": "intent"}));
    };
    let (status, patch) = answer("klarna-adapter", turned);
    assert_eq!(status, 200);
    let expected = json!([{"op": "replace", "path": "/payments/1/amount", "value": 20}]);
    assert_eq!(patch, expected);
}

#[test]
fn money_is_taken_returned_or_let_go_once_and_from_the_right_state() {
    let check = |from: &str, act: &str, expected: Option<(EffectKind, &str)>| {
        let (mut book, shop, id) = book("klarna-adapter");
        put_states(&mut book, (&id, PAYMENT), (from, "accepted"));
        let logged = book.entry(&id).map(|entry| entry.transactions.len());
        let managed = manage(&mut book, klarna(), shop, (&id, PAYMENT), act);
        let kind = managed.effect.map(|(kind, amount)| {
            assert_eq!(amount, Decimal::from(25));
            kind
        });
        assert_eq!(kind, expected.map(|(kind, _)| kind), "{from} {act}");
        let status = if expected.is_some() { 200 } else { 400 };
        assert_eq!(managed.said.status.as_u16(), status, "{from} {act}");
        let order = order(&book);
        let known = payment(&order, PAYMENT).expect("the payment");
        assert_eq!(state(known), expected.map_or(from, |(_, state)| state), "{from} {act}");
        assert!(logged.is_some());
        let again = manage(&mut book, klarna(), shop, (&id, PAYMENT), act);
        assert!(again.effect.is_none(), "{from} {act}: never twice");
    };
    check("reserved", "capture", Some((EffectKind::Capture, "captured")));
    check("captured", "refund", Some((EffectKind::Refund, "refunded")));
    check("reserved", "cancel", Some((EffectKind::Cancel, "cancelled")));
    for state in ["intent", "captured", "refunded", "cancelled"] {
        check(state, "capture", None);
        check(state, "cancel", None);
    }
    for state in ["intent", "reserved", "refunded", "cancelled"] {
        check(state, "refund", None);
    }
}

#[test]
fn what_happens_behind_norces_back_shows_after_a_refresh() {
    let (mut book, shop, id) = book("qliro-adapter");
    let qliro = flavour("qliro-adapter").expect("an adapter");
    book.switches.management.shows_after_refresh = true;
    put_states(&mut book, (&id, PAYMENT), ("captured", "completed"));
    assert!(manage(&mut book, qliro, shop, (&id, PAYMENT), "refund").effect.is_some());
    let shown = |book: &Book| state(payment(&order(book), PAYMENT).expect("the payment"));
    assert_eq!(shown(&book), "captured");
    assert!(manage(&mut book, qliro, shop, (&id, PAYMENT), "refund").effect.is_none());
    assert_eq!(manage(&mut book, qliro, shop, (&id, PAYMENT), "refresh").said.status, 200);
    assert_eq!(shown(&book), "refunded");
    let log = book.entry(&id).expect("the order").transactions[PAYMENT].clone();
    assert_eq!(log.last().map(|last| text(last, "event").to_owned()).as_deref(), Some("refund"));
}

#[test]
fn adyen_non_psp_and_other_adapters_payments_have_no_order_management() {
    for (of, asked) in [
        ("adyen-adapter", "adyen-adapter"),
        ("nonpsp-adapter", "nonpsp-adapter"),
        ("klarna-adapter", "walley-adapter"),
    ] {
        let (mut book, shop, id) = book(of);
        put_states(&mut book, (&id, PAYMENT), ("captured", "completed"));
        let flavour = flavour(asked).expect("an adapter");
        let managed = manage(&mut book, flavour, shop, (&id, PAYMENT), "refund");
        assert_eq!(managed.said.status.as_u16(), 404, "{of} {asked}");
    }
}

#[test]
fn an_adapter_has_one_live_payment_of_an_order_and_removing_it_takes_its_hook() {
    let (book, _, _) = book("klarna-adapter");
    let mut chance = Chance::new(1);
    let act = |order: &Value, act: (&str, &str), chance: &mut Chance| {
        adapter::live(&book, klarna(), order, act, chance)
    };
    let order = order(&book);
    let second = act(&order, ("", "create"), &mut chance).expect_err("there is one");
    assert_eq!(second.status.as_u16(), 409);
    let (after, _) = act(&order, (PAYMENT, "remove"), &mut chance).expect("removed");
    assert_eq!(place(&after, PAYMENT), Some(0), "soft-deleted: it stays in the list");
    assert_eq!(after["hooks"], json!([]));
    assert!(act(&after, (PAYMENT, "remove"), &mut chance).is_err());
    assert!(act(&after, ("", "create"), &mut chance).is_ok());
}

#[test]
fn hooks_are_asked_by_target_then_scope_then_adapter_and_only_about_what_changed() {
    let hook = |name: &str, scope: &str, target: &str, adapter: &str| {
        json!({"invoke": format!("http://127.0.0.1:9/{name}/{{order.id}}"), "scope": scope,
            "target": target, "adapterId": adapter})
    };
    let v0 = json!({"invoke": "http://127.0.0.1:9/v0/{order_id}", "subscribeTo": "/reference"});
    let hooks = json!([
        hook("adapter", "/total", "", "klarna_checkout_adapter"),
        hook("scope", "/total", "", ""),
        hook("target", "/total", "/payments", "other_adapter"),
        hook("elsewhere", "/cart", "", ""),
        v0,
    ]);
    let before = json!({"id": "o_1", "hooks": hooks, "total": 1, "cart": 1, "reference": "a"});
    let mut after = before.clone();
    after["total"] = json!(2);
    after["reference"] = json!("b");
    let asked = |except: &str| -> Vec<String> {
        let found = hooks::concerned("http://127.0.0.1:1/x", &before, &after, except);
        let name = |asked: hooks::Asked| match asked {
            hooks::Asked::Address(url) => url.replace("http://127.0.0.1:9/", ""),
            hooks::Asked::Adapter(flavour, _) => flavour.service.to_owned(),
        };
        found.into_iter().map(name).collect()
    };
    assert_eq!(asked(""), ["target/o_1", "scope/o_1", "v0/o_1", "adapter/o_1"]);
    assert_eq!(asked("other_adapter"), ["scope/o_1", "v0/o_1", "adapter/o_1"]);
    assert!(hooks::concerned("x", &before, &before, "").is_empty());
}

#[test]
fn a_seed_always_gives_the_same_orders_in_many_states_each_adding_up() {
    let filled = |seed: u64| {
        let mut book = Book::new("http://127.0.0.1:1/norce/checkout".to_owned());
        fill(&mut book, seed, 60);
        book
    };
    assert_eq!(seeded(&filled(1)), seeded(&filled(1)));
    assert_ne!(seeded(&filled(1)), seeded(&filled(2)));
    let book = filled(1);
    let payments = seeded(&book);
    assert_eq!(payments.len(), 60);
    for state in ["intent", "reserved", "captured"] {
        assert!(payments.iter().any(|payment| payment.state == state), "{state}");
    }
    for payment in &payments {
        let sum: Decimal = payment
            .items
            .iter()
            .map(|(_, _, price)| price.parse::<Decimal>().expect("a price"))
            .sum();
        assert_eq!(format!("{sum:.2}"), payment.amount, "{}", payment.provider_ref);
    }
    let removed = book.orders().any(|order| order["payments"][0]["state"] == "removed");
    assert!(removed, "some had a payment before");
}
