use counterfoil_connectors::bumper::wire::amount_text;
use counterfoil_core::money::{Currency, MAX_MINOR, Money};

use crate::amount::{CURRENCIES, currency, decimals, is_exactly, parts};
use crate::feed::Feed;

/// Amounts as text and sums of them. A text that is taken is exactly the money it says; it comes
/// back as the same money, with exactly the currency's decimals; nothing is rounded or guessed;
/// sums are those of wider integers, or refused.
pub fn money(data: &[u8]) {
    let mut feed = Feed::new(data);
    let code = feed.pick(&CURRENCIES.map(|(code, _)| code));
    let currency = currency(code);
    let (one, other) = (feed.bound(), feed.bound());
    sums(one, other, u32::from(feed.short()), currency);
    let rest = String::from_utf8_lossy(feed.rest());
    codes(&rest);
    for text in rest.split('\n') {
        texts(text, currency);
    }
}

fn texts(text: &str, currency: Currency) {
    let staff = Money::parse(text, currency);
    let provider = Money::parse_from_provider(text, currency);
    if let Ok(money) = staff {
        assert_eq!(provider, Ok(money), "a provider may write what staff may write: {text:?}");
        let (_, fraction) = parts(text).expect("only digits and a dot are an amount");
        assert!(fraction.len() <= decimals(currency), "{text:?} has too many decimals");
    }
    match provider {
        Ok(money) => {
            assert!(is_exactly(text, money), "{text:?} was read as {money}");
            printed(money);
        }
        Err(_) => assert!(!must_be_taken(text, currency), "{text:?} was refused"),
    }
}

/// Short plain numbers within the currency's decimals.
fn must_be_taken(text: &str, currency: Currency) -> bool {
    parts(text)
        .is_some_and(|(whole, fraction)| whole.len() <= 9 && fraction.len() <= decimals(currency))
}

fn printed(money: Money) {
    let text = money.to_decimal_text();
    assert_eq!(Money::parse(&text, money.currency()), Ok(money), "{text}");
    let fraction = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    assert_eq!(fraction, decimals(money.currency()), "{text}");
    if let Some(wire) = amount_text(money) {
        assert!(is_exactly(&wire, money), "{money} goes out as {wire}");
    } else {
        assert!(decimals(money.currency()) > 2 && money.minor() % 10 != 0, "{money}");
    }
}

fn sums(one: i64, other: i64, times: u32, currency: Currency) {
    let exact = |wide: i128| {
        let within = wide.unsigned_abs() <= u128::from(MAX_MINOR.unsigned_abs());
        i64::try_from(wide).ok().filter(|_| within)
    };
    let read = |minor: i64| {
        let money = Money::from_minor(minor, currency).ok();
        assert_eq!(money.map(Money::minor), exact(i128::from(minor)), "{minor}");
        money
    };
    let (Some(a), Some(b)) = (read(one), read(other)) else { return };
    let (wide_a, wide_b) = (i128::from(one), i128::from(other));
    let minor = |sum: Result<Money, _>| sum.ok().map(Money::minor);
    assert_eq!(minor(a.plus(b)), exact(wide_a + wide_b), "{one} + {other}");
    assert_eq!(minor(a.minus(b)), exact(wide_a - wide_b), "{one} - {other}");
    assert_eq!(minor(a.times(times)), exact(wide_a * i128::from(times)), "{one} * {times}");
    assert_eq!(a.compare(b), Ok(one.cmp(&other)));
    if a.is_positive() {
        printed(a);
    }
}

fn codes(text: &str) {
    if let Ok(currency) = Currency::parse(text) {
        assert_eq!(currency.code(), text, "a code is taken to the letter");
        assert!(currency.decimals() <= 4, "{text}");
    }
}
