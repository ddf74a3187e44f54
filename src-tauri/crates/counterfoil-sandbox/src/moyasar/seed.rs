//! Made-up payments of an online shop, for training: the same seed gives the same ones. Nobody
//! named here exists.

use serde_json::{Map, Value, json};

use super::book::Book;
use super::create::{approved, blank, uuid};
use super::payment::{MoyasarStatus, Payment};
use crate::chance::Chance;

/// Keeps the payments apart from the other draws of the same seed.
const SALT: u64 = 0x006d_6f79_6173_6172;

/// One made-up payment is at most this much older than the next, so that the newest
/// authorisations still hold: 20 minutes.
const STEP_MS: usize = 20 * 60 * 1000;

const NAMES: [&str; 16] = [
    "Noura Al-Harbi",
    "Faisal Al-Otaibi",
    "Layla Hassan",
    "Omar Siddiqui",
    "Reem Al-Qahtani",
    "Khalid Bin Saeed",
    "Maha Al-Shehri",
    "Yousef Haddad",
    "Sara Al-Dossari",
    "Tariq Mansour",
    "Hind Al-Ghamdi",
    "Bilal Ahmed",
    "Dana Al-Mutairi",
    "Ziad Khoury",
    "Amal Al-Zahrani",
    "Priya Nair",
];
/// What the shop sells, with its price in halalas.
const GOODS: [(&str, i64); 12] = [
    ("Coffee grinder", 34_900),
    ("Espresso cups, set of six", 12_500),
    ("Dates, gift box", 8_950),
    ("Prayer rug", 15_900),
    ("Oud, 12 ml", 42_000),
    ("Running shoes", 37_995),
    ("Abaya, linen", 45_000),
    ("Headphones", 89_900),
    ("Desk lamp", 19_975),
    ("Suitcase, cabin size", 54_900),
    ("Cast iron pan", 23_450),
    ("Children's bicycle", 64_900),
];
const COMPANIES: [&str; 4] = ["mada", "visa", "master", "amex"];

/// Adds `count` payments to the first merchant, the newest made just before `now`.
pub(crate) fn fill(book: &mut Book, seed: u64, count: usize, now: u64) {
    let mut chance = Chance::new(seed ^ SALT);
    let Some(currency) = book.accounts.first().map(|account| account.currency) else { return };
    let ages: Vec<usize> = (0..count).map(|_| 1 + chance.below(STEP_MS)).collect();
    let mut age: usize = ages.iter().sum();
    for (index, step) in ages.into_iter().enumerate() {
        let made = now.saturating_sub(u64::try_from(age).unwrap_or(0));
        age = age.saturating_sub(step);
        book.add(made_up(&mut chance, index, currency, made));
    }
}

fn made_up(chance: &mut Chance, index: usize, currency: &str, made: u64) -> Payment {
    let (goods, price) = *chance.pick(&GOODS);
    let name = *chance.pick(&NAMES);
    let company = *chance.pick(&COMPANIES);
    let digits = format!("{:04}", chance.below(10_000));
    let id = uuid(chance);
    let mut payment = Payment {
        description: Some(format!("Order {}: {goods}", 5_001 + index)),
        metadata: metadata(index, chance),
        card: approved(company, name.to_owned(), digits, chance),
        customer: Some(name.to_owned()),
        ..blank(id, 0, price, currency.to_owned(), made)
    };
    put_state(&mut payment, chance, made);
    payment
}

fn metadata(index: usize, chance: &mut Chance) -> Map<String, Value> {
    let branch = *chance.pick(&["Riyadh", "Jeddah", "Dammam"]);
    let entries = json!({"order": (5_001 + index).to_string(), "branch": branch});
    entries.as_object().cloned().unwrap_or_default()
}

/// About half paid, a quarter held, the rest mixed.
fn put_state(payment: &mut Payment, chance: &mut Chance, made: u64) {
    payment.status = match chance.below(100) {
        0..45 => MoyasarStatus::Paid,
        45..70 => MoyasarStatus::Authorized,
        70..82 => MoyasarStatus::Captured,
        82..87 => MoyasarStatus::Initiated,
        87..91 => MoyasarStatus::Refunded,
        91..95 => MoyasarStatus::Voided,
        _ => MoyasarStatus::Failed,
    };
    match payment.status {
        MoyasarStatus::Paid => payment.settled = chance.happens(300),
        MoyasarStatus::Authorized => payment.manual = true,
        MoyasarStatus::Captured => {
            let part = chance.happens(300);
            payment.captured = if part { payment.amount / 2 } else { payment.amount };
            (payment.manual, payment.captured_at) = (true, Some(made));
        }
        MoyasarStatus::Refunded => {
            (payment.refunded, payment.refunded_at) = (payment.amount, Some(made));
        }
        MoyasarStatus::Voided => (payment.manual, payment.voided_at) = (true, Some(made)),
        MoyasarStatus::Failed => {
            (payment.card.message, payment.card.response_code) = ("DECLINED", Some("05"));
        }
        MoyasarStatus::Initiated | MoyasarStatus::Verified => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(seed: u64) -> Vec<Payment> {
        let mut book = Book::new(String::new());
        fill(&mut book, seed, 300, 2_000_000_000_000);
        book.payments().to_vec()
    }

    #[test]
    fn a_seed_always_gives_the_same_payments_and_another_seed_others() {
        let ids = |seed| filled(seed).into_iter().map(|p| (p.id, p.created_at)).collect::<Vec<_>>();
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1), ids(2));
    }

    #[test]
    fn the_states_are_mixed_and_the_numbers_fit_them() {
        let payments = filled(1);
        let count = |status| payments.iter().filter(|p| p.status == status).count();
        for status in MoyasarStatus::ALL {
            assert_eq!(count(status) == 0, status == MoyasarStatus::Verified, "{status:?}");
        }
        for payment in &payments {
            let captured = payment.status == MoyasarStatus::Captured;
            assert_eq!(payment.captured > 0, captured);
            assert!(payment.captured <= payment.amount && payment.refunded <= payment.amount);
            assert!(payment.created_at < 2_000_000_000_000);
        }
        assert!(payments.windows(2).all(|pair| pair[0].created_at <= pair[1].created_at));
    }
}
