//! The check of a PIN while the keyring is away: ten bits and no more.

use std::fmt;

use crate::cost::PinCost;
use crate::pin::Pin;
use crate::pin_hash::{PinHashRefused, PinSalt};

/// The first part of the stored text: what it is, and its form.
const FORM: &str = "cf-short-1";

/// How many of the derived bits are kept. A stolen database leaves about a thousand of a million
/// six-digit PINs, and nothing that tells which of them is the one; whoever types a wrong PIN at a
/// till whose keyring is away gets through once in 1,024 tries, of which six are had each half
/// hour.
const BITS: u32 = 10;

/// Ten bits of what argon2id makes of a PIN under a salt of its own and **without** pepper. Kept
/// in the database beside the whole hash, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ShortCheck {
    cost: PinCost,
    salt: PinSalt,
    bits: u16,
}

impl ShortCheck {
    /// Makes the check of a PIN; takes about 25 ms. The salt is 16 fresh random bytes, other ones
    /// than those of the hash.
    #[must_use]
    pub fn make(pin: &Pin, salt: &PinSalt) -> Self {
        Self::make_at(PinCost::TILL, pin, salt)
    }

    fn make_at(cost: PinCost, pin: &Pin, salt: &PinSalt) -> Self {
        Self { cost, salt: *salt, bits: bits(cost, pin, salt) }
    }

    /// False for most wrong PINs, true for the right one; takes about 25 ms. Good for letting
    /// somebody ask; never for letting anybody decide.
    #[must_use]
    pub fn passes(&self, pin: &Pin) -> bool {
        bits(self.cost, pin, &self.salt) == self.bits
    }

    /// The text to store: `cf-short-1$COST$SALT$BITS`, the last two in hex.
    #[must_use]
    pub fn to_text(&self) -> String {
        let cost = self.cost.to_text();
        format!("{FORM}${cost}${}${:03x}", hex::encode(self.salt), self.bits)
    }

    /// Reads a stored text.
    ///
    /// # Errors
    /// It is not exactly what [`ShortCheck::to_text`] writes, or asks for a cost that a till does
    /// not spend.
    pub fn parse(text: &str) -> Result<Self, PinHashRefused> {
        let mut parts = text.split('$');
        let mut next = || parts.next().ok_or(PinHashRefused::NotOurs);
        let (form, cost, salt, bits) = (next()?, next()?, next()?, next()?);
        if form != FORM {
            return Err(PinHashRefused::NotOurs);
        }
        let cost = PinCost::parse(cost).ok_or(PinHashRefused::Cost)?;
        let bits = u16::from_str_radix(bits, 16).map_err(|_| PinHashRefused::NotOurs)?;
        let mut read = Self { cost, salt: [0; 16], bits };
        hex::decode_to_slice(salt, &mut read.salt).map_err(|_| PinHashRefused::NotOurs)?;
        let whole = bits >> BITS == 0 && read.to_text() == text;
        if whole { Ok(read) } else { Err(PinHashRefused::NotOurs) }
    }
}

impl fmt::Debug for ShortCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShortCheck(set)")
    }
}

/// Argon2id gives four bytes at least; what is not kept is forgotten.
fn bits(cost: PinCost, pin: &Pin, salt: &PinSalt) -> u16 {
    let mut derived = [0; 4];
    cost.derive(pin, salt, None, &mut derived);
    u16::from_be_bytes([derived[0], derived[1]]) >> (u16::BITS - BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: PinSalt = *b"sixteen bytes ok";

    fn pin(text: &str) -> Pin {
        Pin::parse(text).expect("a good PIN")
    }

    #[test]
    fn the_right_pin_always_passes_and_about_one_other_in_1024_does() {
        let (mut tried, mut passed) = (0_u32, 0_u32);
        for salt in 0..8_u8 {
            let check = ShortCheck::make_at(PinCost::LEAST, &pin("482913"), &[salt; 16]);
            assert!(check.passes(&pin("482913")), "the right one");
            for other in 100_000..103_000 {
                let Ok(other) = Pin::parse(&format!("{other}")) else { continue };
                tried += 1;
                passed += u32::from(check.passes(&other));
            }
        }
        // 24,000 tries: 23.4 are expected; 6 and 50 are beyond four standard deviations (4.8).
        assert!(tried > 23_900 && (6..50).contains(&passed), "{passed} of {tried}");
    }

    #[test]
    fn the_stored_text_holds_ten_bits_and_checks_after_a_restart() {
        let text = ShortCheck::make(&pin("482913"), &SALT).to_text();
        let (rest, bits) = text.rsplit_once('$').expect("four parts");
        assert_eq!(rest, format!("cf-short-1$m=19456,t=2,p=1${}", hex::encode(SALT)));
        assert!(u16::from_str_radix(bits, 16).expect("hex digits") < 1024);
        let read = ShortCheck::parse(&text).expect("our own text");
        assert!(read.passes(&pin("482913")));
        assert_eq!(read.to_text(), text);
    }

    #[test]
    fn stored_texts_that_are_not_ours_are_refused() {
        let check = ShortCheck { cost: PinCost::LEAST, salt: SALT, bits: 0x2ab };
        let good = check.to_text();
        assert_eq!(ShortCheck::parse(&good), Ok(check));
        for (from, to, expected) in [
            ("cf-short-1", "cf-short-2", PinHashRefused::NotOurs),
            ("2ab", "2AB", PinHashRefused::NotOurs),
            ("2ab", "02ab", PinHashRefused::NotOurs),
            ("2ab", "6ab", PinHashRefused::NotOurs),
            ("2ab", "2ab$", PinHashRefused::NotOurs),
            ("$2ab", "", PinHashRefused::NotOurs),
            ("6f6b", "6f6", PinHashRefused::NotOurs),
            ("6f6b", "6F6B", PinHashRefused::NotOurs),
            ("m=8", "m=4194304", PinHashRefused::Cost),
            ("t=1", "t=4000000", PinHashRefused::Cost),
            ("p=1", "p=64", PinHashRefused::Cost),
        ] {
            let bad = good.replace(from, to);
            assert_ne!(bad, good, "{from} stands in it");
            assert_eq!(ShortCheck::parse(&bad), Err(expected), "{bad}");
        }
        assert_eq!(ShortCheck::parse(""), Err(PinHashRefused::NotOurs));
    }

    #[test]
    fn debug_shows_nothing() {
        let check = ShortCheck::make_at(PinCost::LEAST, &pin("482913"), &SALT);
        assert_eq!(format!("{check:?}"), "ShortCheck(set)");
    }
}
