//! Made-up payments of a bicycle shop, for training: the same seed gives the same ones. Nobody
//! named here exists.

use serde_json::{Map, Value};

use super::book::{Book, uuid};
use super::money::two_decimals;
use super::payment::{Payment, WepayItem, WepayStatus};
use crate::chance::Chance;

/// Keeps the payments apart from the other draws of the same seed.
const SALT: u64 = 0x0000_7765_7061_7921;

const NAMES: [&str; 12] = [
    "Maya Torres",
    "Ethan Brooks",
    "Zoë Lindqvist",
    "Carlos Fuentes",
    "Hana Sato",
    "Noah O'Connell",
    "Amara Obi",
    "Lucas Tremblay",
    "Sofia Rossi",
    "Ravi Menon",
    "Claire Dubois",
    "Jonas Weber",
];

/// What the shop sells, with the price of one in cents.
const WARES: [(&str, i64, u32); 12] = [
    ("City bicycle", 64_900, 1),
    ("Gravel bicycle", 189_900, 1),
    ("Helmet", 8_950, 2),
    ("Lock", 5_995, 1),
    ("Tyre 700x40C", 4_450, 2),
    ("Inner tube", 995, 4),
    ("Service, small", 7_900, 1),
    ("Service, large", 16_900, 1),
    ("Lights, set", 6_250, 1),
    ("Child seat", 12_900, 1),
    ("Saddle", 8_400, 1),
    ("Pannier bags, pair", 13_999, 1),
];

/// Adds `count` payments to the first application.
pub(crate) fn fill(book: &mut Book, seed: u64, count: usize) {
    let mut chance = Chance::new(seed ^ SALT);
    let Some(app) = book.apps.first().cloned() else { return };
    let now = book.now_ms().div_euclid(1_000);
    for index in 0..count {
        let mut payment = made_up(&mut chance, index, now);
        payment.app_id = app.id.to_owned();
        payment.owner = app.owner.to_owned();
        payment.currency = app.currency.to_owned();
        book.add(payment);
    }
}

fn made_up(chance: &mut Chance, index: usize, now: i64) -> Payment {
    let mut wares = WARES;
    chance.shuffle(&mut wares);
    let lines = 1 + chance.below(3);
    let taken = || wares.iter().take(lines);
    let amount = taken().map(|(_, price, quantity)| price * i64::from(*quantity)).sum();
    let items = taken().map(|(item, price, quantity)| WepayItem {
        item: (*item).to_owned(),
        quantity: *quantity,
        price: two_decimals(*price),
    });
    let order = Value::String(format!("{}", 54_321 + index));
    let mut payment = Payment {
        id: uuid(chance),
        number: 0,
        app_id: String::new(),
        owner: String::new(),
        create_time: now,
        status: WepayStatus::Pending,
        amount,
        authorised: amount,
        refunded: 0,
        disputed: 0,
        currency: String::new(),
        auto_capture: false,
        capture_at: None,
        completes_at_ms: None,
        card_present: false,
        custom_data: Some(Map::from_iter([("invoice_id".to_owned(), order)])),
        reference_id: Some(format!("WEB-{}", 70_001 + index)),
        failure: None,
        authorization_code: Some("0224241".to_owned()),
        method_id: uuid(chance),
        rbits: Vec::new(),
        cancel_reason: None,
        customer: Some((*chance.pick(&NAMES)).to_owned()),
        items: items.collect(),
    };
    put_state(&mut payment, chance, index);
    payment
}

/// The first five are one of each; after them about half wait for their capture and a third are
/// completed. What waits was made within the last minutes, so that a training of hours can still
/// capture it.
fn put_state(payment: &mut Payment, chance: &mut Chance, index: usize) {
    let hours = |hours: i64| hours * 60 * 60;
    let drawn = [0, 60, 92, 95, 98].get(index).copied().unwrap_or_else(|| chance.below(100));
    match drawn {
        0..55 => payment.create_time -= 600,
        55..90 => {
            payment.status = WepayStatus::Completed;
            payment.create_time -= hours(24 + i64::try_from(chance.below(480)).unwrap_or(0));
        }
        90..94 => payment.auto_capture = true,
        94..97 => {
            payment.status = WepayStatus::Canceled;
            payment.create_time -= hours(30);
        }
        _ => {
            payment.status = WepayStatus::Failed;
            payment.failure = Some(("NOT_CAPTURED", "card_declined"));
            payment.create_time -= hours(40);
        }
    }
}
