use counterfoil_connectors::answer::tidy;
use counterfoil_core::command::ReasonCode;
use counterfoil_core::id::{ChangeId, TillId};
use counterfoil_core::moment::Moment;
use counterfoil_core::screening::{MAX_TEXT_CHARS, TextRefused, screen};
use counterfoil_core::settings::{Setting, whole};
use counterfoil_vault::{Pin, PinHash, SecretName, VaultSettings};

use crate::feed::Feed;

/// Texts as people type, paste and scan them. What is kept holds no card number and nothing
/// hidden, whatever stands around it; ids, settings, PINs and names of secrets are of their
/// alphabet or refused.
pub fn texts(data: &[u8]) {
    let mut feed = Feed::new(data);
    let digits = feed.bytes(18);
    let gap = feed.pick(&["", " ", "-", "."]);
    let place = usize::from(feed.byte());
    let text = String::from_utf8_lossy(feed.rest()).into_owned();
    screened(&text);
    with_card(&text, &card(digits), gap, place);
    tidied(&text);
    ids(&text);
    settings(&text);
    people(&text);
}

fn screened(text: &str) {
    if screen(text).is_ok() {
        assert!(!text.trim().is_empty() && text.chars().count() <= MAX_TEXT_CHARS, "{text:?}");
        assert!(!text.chars().any(char::is_control), "{text:?}");
        assert!(!holds_card(text), "a card number was kept: {text:?}");
    } else {
        let plain = text.chars().all(|c| c.is_alphabetic() || c == ' ');
        let short = (1..=MAX_TEXT_CHARS).contains(&text.trim().chars().count());
        let short = short && text.chars().count() <= MAX_TEXT_CHARS;
        assert!(!(plain && short), "an everyday text was refused: {text:?}");
    }
}

/// A text into which a card number was pasted, with the same gap after every fourth digit.
fn with_card(text: &str, card: &str, gap: &str, place: usize) {
    let place = (0..=text.len()).rev().find(|at| *at <= place && text.is_char_boundary(*at));
    let (before, after) = text.split_at(place.unwrap_or(0));
    let groups: Vec<&str> = card.as_bytes().chunks(4).filter_map(ascii).collect();
    let pasted = format!("{before}{}{after}", groups.join(gap));
    assert!(screen(&pasted).is_err(), "a card number was kept: {pasted:?}");
    let (bare, kept) = (format!("x{}x", groups.join(gap)), tidy(&pasted));
    assert_eq!(screen(&bare), Err(TextRefused::CardNumber), "{bare:?}");
    assert!(!holds_card(&kept), "a card number was kept: {kept:?}");
}

fn ascii(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// Thirteen to nineteen digits with the right check digit behind them.
fn card(bytes: &[u8]) -> String {
    let mut digits: Vec<u32> = bytes.iter().map(|byte| u32::from(byte % 10)).collect();
    digits.resize(digits.len().max(12), 4);
    let sum = weighted(&digits, 1);
    digits.push((10 - sum % 10) % 10);
    if digits.iter().all(|digit| *digit == 0) {
        return "4111111111111111".to_owned();
    }
    digits.iter().filter_map(|digit| char::from_digit(*digit, 10)).collect()
}

/// Digits added up from the right; every second one counts double, by the sum of its digits.
fn weighted(digits: &[u32], first: usize) -> u32 {
    let weigh = |(place, digit): (usize, &u32)| match (place + first) % 2 {
        1 => digit * 2 / 10 + digit * 2 % 10,
        _ => *digit,
    };
    digits.iter().rev().enumerate().map(weigh).sum()
}

/// Digits side by side that carry a check digit.
fn holds_card(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit()).any(|run| {
        let run: Vec<u32> = run.chars().filter_map(|c| c.to_digit(10)).collect();
        let valid =
            |part: &[u32]| weighted(part, 0).is_multiple_of(10) && part.iter().any(|d| *d > 0);
        (13..=19).any(|length| run.windows(length).any(valid))
    })
}

fn tidied(text: &str) {
    let kept = tidy(text);
    assert!(kept.chars().count() <= MAX_TEXT_CHARS, "{kept:?}");
    assert!(!kept.chars().any(char::is_control), "{kept:?}");
    assert!(!holds_card(&kept), "{kept:?}");
    let longest = kept.split(|c: char| !c.is_ascii_hexdigit()).map(str::len).max();
    assert!(longest.unwrap_or(0) < 64, "a signature is kept: {kept:?}");
}

fn ids(text: &str) {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let fits = (1..=64).contains(&text.len()) && text.bytes().all(plain);
    assert_eq!(ChangeId::parse(text).is_ok(), fits, "{text:?}");
    assert_eq!(TillId::parse(text).ok().map(String::from), fits.then(|| text.to_owned()));
    let byte = |at: usize| text.as_bytes().get(at).copied().unwrap_or(0);
    let (random, millis) =
        (std::array::from_fn(byte), i64::from_be_bytes(std::array::from_fn(byte)));
    let minted = ChangeId::mint(Moment::from_millis(millis), random);
    assert_eq!(ChangeId::parse(minted.as_str()).as_ref(), Ok(&minted));
    assert!(!Moment::from_millis(millis).to_rfc3339().is_empty());
}

fn settings(text: &str) {
    if let Ok(setting) = Setting::parse(text) {
        assert_eq!(setting.key(), text);
    }
    for setting in Setting::ALL {
        if setting.check(text).is_ok() {
            assert!(is_of_its_kind(setting.key(), text), "{} took {text:?}", setting.key());
        }
    }
    if let Some(number) = whole(text) {
        assert!(number >= 0 && text.bytes().all(|byte| byte.is_ascii_digit()), "{text:?}");
    }
}

/// What a setting may hold at most, told without the rules that ship.
fn is_of_its_kind(key: &str, text: &str) -> bool {
    let of =
        |more: &[u8]| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte));
    match key {
        "till.time_zone" => !text.is_empty() && of(b"_-+/"),
        "reasons.more" => of(b"_, ") && text.bytes().all(|byte| !byte.is_ascii_uppercase()),
        "slip.printer" => {
            text == "off" || ((text.contains(':') || text.starts_with("/dev/")) && of(b"_-./:[]"))
        }
        "listen.addr" => text == "off" || is_address(text),
        _ if key.starts_with("permission.") => ["allowed", "approval", "denied"].contains(&text),
        _ => {
            ["never", "same", "true", "false"].contains(&text)
                || text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        }
    }
}

/// A port behind an address of digits, or of hex digits in brackets.
fn is_address(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let four =
        host.split('.').count() == 4 && host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let six = host.strip_prefix('[').is_some_and(|host| host.ends_with(']'));
    port.parse::<u16>().is_ok() && (four || six)
}

fn people(text: &str) {
    if Pin::parse(text).is_ok() {
        let fits = (6..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        assert!(fits, "a PIN of other length or letters");
    }
    if let Ok(hash) = PinHash::parse(text) {
        let again = PinHash::parse(&hash.to_phc());
        assert!(again.as_ref() == Ok(&hash), "a stored hash reads back as another");
    }
    if let Ok(name) = SecretName::new("till", text, "field") {
        assert_eq!(name.as_str().matches('/').count(), 2, "{name}");
    }
    if let Some(code) = ReasonCode::parse(text) {
        assert_eq!(code.as_str(), text);
    }
    let env = |name: &str| match name {
        "COUNTERFOIL_VAULT" => Some(text.to_owned()),
        _ => Some("passphrase".to_owned()),
    };
    let taken = VaultSettings::from_env(env).is_ok();
    assert_eq!(taken, text.strip_prefix("file:").is_some_and(|path| !path.is_empty()));
}
