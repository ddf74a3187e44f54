//! Made-up payments of a car workshop, for training: the same seed gives the same ones. Nobody
//! named here exists.

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Map, Value};

use super::PROVIDER;
use super::book::Book;
use super::money;
use super::payment::{Payment, PaymentStatus, SeededItem};
use crate::chance::Chance;

/// Keeps the payments apart from the other draws of the same seed.
const SALT: u64 = 0x0062_756d_7065_7221;

const FIRST_NAMES: [&str; 32] = [
    "Amelia", "Oliver", "Priya", "Jack", "Zoë", "Mohammed", "Grace", "Kwame", "Siobhán", "Harry",
    "Aisha", "Thomas", "Chloe", "Rhys", "Ewa", "George", "Nia", "Callum", "Yasmin", "Daniel",
    "Freya", "Arjun", "Ellie", "Tomasz", "Isla", "Leon", "Fatima", "Owen", "Martha", "Dylan",
    "Hannah", "Samuel",
];
const LAST_NAMES: [&str; 32] = [
    "Hartley",
    "Okafor",
    "Patel",
    "Whitcombe",
    "O'Brien",
    "Khan",
    "Fairbairn",
    "Mensah",
    "Núñez",
    "Pritchard",
    "Sørensen",
    "Blackwood",
    "Kowalska",
    "Ashworth",
    "Begum",
    "Carmichael",
    "Dhillon",
    "Ellery",
    "Fenwick",
    "Gallagher",
    "Hussain",
    "Inglis",
    "Jessop",
    "Kelleher",
    "Lockwood",
    "MacLeod",
    "Ndlovu",
    "Ormerod",
    "Penhale",
    "Rowntree",
    "Smith-Jones",
    "Thackeray",
];
/// What a workshop sells, with the price of one in pence.
const WORK: [(&str, i64, &[&str]); 22] = [
    ("MOT test", 5_485, &["1"]),
    ("Interim service", 14_900, &["1"]),
    ("Full service", 24_900, &["1"]),
    ("Major service", 38_950, &["1"]),
    ("Brake pads, front axle", 12_750, &["1"]),
    ("Brake discs and pads, front axle", 26_400, &["1"]),
    ("Brake discs and pads, rear axle", 24_150, &["1"]),
    ("Brake fluid change", 5_995, &["1"]),
    ("Timing belt and water pump", 52_900, &["1"]),
    ("Clutch replacement", 84_500, &["1"]),
    ("Air conditioning re-gas", 7_950, &["1"]),
    ("Wheel alignment", 6_250, &["1"]),
    ("205/55 R16 tyre, fitted", 9_450, &["1", "2", "4"]),
    ("225/45 R17 tyre, fitted", 12_325, &["1", "2", "4"]),
    ("245/40 R18 tyre, fitted", 16_890, &["2", "4"]),
    ("Battery 12 V 70 Ah", 13_999, &["1"]),
    ("Alternator", 34_780, &["1"]),
    ("Exhaust rear section", 19_625, &["1"]),
    ("Suspension arm, front", 17_340, &["1", "2"]),
    ("Shock absorber, rear", 11_260, &["2"]),
    ("Diagnostics, per hour", 8_400, &["1", "2"]),
    ("Labour, per hour", 7_800, &["1", "2", "3"]),
];

/// A made-up payment, with what a till would know of it from the shop's own books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeededPayment {
    /// Which provider holds it, for example `bumper`.
    pub provider: &'static str,
    /// The provider's handle (a Bumper token).
    pub provider_ref: String,
    /// The shop's invoice number.
    pub invoice_number: String,
    /// The shop's reference, given to the provider at start.
    pub reference: String,
    /// Who pays; the provider does not say it.
    pub customer: String,
    /// What is paid for; the provider does not say it either.
    pub items: Vec<SeededItem>,
    /// Major units, two decimals, as at start.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
    /// The state at start.
    pub status: PaymentStatus,
    /// Whether the customer had paid at start.
    pub signed: bool,
}

impl SeededPayment {
    pub(crate) fn of(payment: &Payment) -> Self {
        Self {
            provider: PROVIDER,
            provider_ref: payment.token.clone(),
            invoice_number: payment.invoice_number.clone().unwrap_or_default(),
            reference: payment.order_reference.clone().unwrap_or_default(),
            customer: payment.customer.clone().unwrap_or_default(),
            items: payment.items.clone(),
            amount: money::two_decimals(payment.amount),
            currency: payment.currency.clone(),
            status: payment.status,
            signed: payment.signed,
        }
    }
}

/// Adds `count` payments to the first dealership.
pub(crate) fn fill(book: &mut Book, seed: u64, count: usize) {
    let mut chance = Chance::new(seed ^ SALT);
    let Some((api_key, currency)) = book.accounts.first().map(|a| (a.api_key, a.currency)) else {
        return;
    };
    for index in 0..count {
        let payment = made_up(&mut chance, index, api_key, currency, book.next_number());
        book.add(payment);
    }
}

fn made_up(
    chance: &mut Chance,
    index: usize,
    api_key: &str,
    currency: &str,
    number: u32,
) -> Payment {
    let (first, last) = (*chance.pick(&FIRST_NAMES), *chance.pick(&LAST_NAMES));
    let (items, amount) = work(chance);
    let mut payment = Payment {
        token: chance.hex32(),
        api_key: api_key.to_owned(),
        status: PaymentStatus::Pending,
        signed: false,
        settled: false,
        amount,
        paid: Decimal::ZERO,
        refunded: Decimal::ZERO,
        refund_digests: Vec::new(),
        invoice_number: Some(format!("INV-{}", 10_001 + index)),
        order_reference: Some(format!("JOB-{}", 26_352 + 3 * index)),
        user_email: None,
        currency: currency.to_owned(),
        items,
        additional_data: chance.happens(300).then(|| vehicle(chance)),
        payment_type: "paynow".to_owned(),
        number,
        customer: Some(format!("{first} {last}")),
    };
    put_state(&mut payment, chance);
    payment
}

/// About 60 % open, 30 % paid (a third of them settled), the rest mixed.
fn put_state(payment: &mut Payment, chance: &mut Chance) {
    match chance.below(100) {
        0..60 => {}
        60..90 => {
            payment.sign();
            payment.settled = chance.happens(333);
        }
        90..93 => payment.status = PaymentStatus::InProgress,
        93..96 => payment.status = PaymentStatus::Failed,
        _ => payment.status = PaymentStatus::Cancelled,
    }
}

/// One to four different lines that come to something between the usual thresholds.
fn work(chance: &mut Chance) -> (Vec<SeededItem>, Decimal) {
    let (least, most) = (Decimal::new(6_000, 2), Decimal::new(300_000, 2));
    loop {
        let mut offers = WORK;
        chance.shuffle(&mut offers);
        let lines = 1 + chance.below(4);
        let mut total = Decimal::ZERO;
        let mut items = Vec::with_capacity(lines);
        for (item, pence, quantities) in offers.iter().take(lines) {
            let (quantity, price) = (*chance.pick(quantities), Decimal::new(*pence, 2));
            total += price * quantity.parse::<Decimal>().unwrap_or(Decimal::ONE);
            items.push(SeededItem {
                item: (*item).to_owned(),
                quantity: quantity.to_owned(),
                price: money::two_decimals(price),
            });
        }
        if total >= least && total <= most {
            return (items, total);
        }
    }
}

fn vehicle(chance: &mut Chance) -> Map<String, Value> {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNOPRSTUVWXY";
    let mut letters =
        |count| -> String { (0..count).map(|_| char::from(*chance.pick(LETTERS))).collect() };
    let (area, rest) = (letters(2), letters(3));
    let plate = format!("{area}{:02} {rest}", 10 + chance.below(15));
    Map::from_iter([("vehicle_reg".to_owned(), Value::String(plate))])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(seed: u64) -> Vec<SeededPayment> {
        let mut book = Book::new(String::new());
        fill(&mut book, seed, 300);
        book.payments().iter().map(SeededPayment::of).collect()
    }

    #[test]
    fn a_seed_always_gives_the_same_payments_and_another_seed_others() {
        assert_eq!(filled(1), filled(1));
        assert_ne!(filled(1), filled(2));
    }

    #[test]
    fn the_states_are_mixed_and_the_items_add_up() {
        let payments = filled(1);
        let count = |status| payments.iter().filter(|p| p.status == status).count();
        assert!((150..210).contains(&count(PaymentStatus::Pending)));
        assert!((65..115).contains(&count(PaymentStatus::Completed)));
        assert!(count(PaymentStatus::Failed) > 0 && count(PaymentStatus::InProgress) > 0);
        let mut invoices = std::collections::BTreeSet::new();
        for payment in &payments {
            let sum: Decimal = payment
                .items
                .iter()
                .map(|i| {
                    i.quantity.parse::<Decimal>().expect("a number")
                        * money::parse(&i.price).expect("a price")
                })
                .sum();
            assert_eq!(money::two_decimals(sum), payment.amount);
            assert!(sum >= Decimal::new(6_000, 2) && sum <= Decimal::new(300_000, 2));
            assert_eq!(payment.signed, payment.status == PaymentStatus::Completed);
            assert!(invoices.insert(payment.invoice_number.clone()));
        }
        assert!(invoices.contains("INV-10001"));
    }
}
