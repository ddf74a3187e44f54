//! What a PIN's check may cost, and the derivation behind every check of a PIN.

use argon2::{Algorithm, Argon2, Params, Version};

use crate::pepper::Pepper;
use crate::pin::Pin;

/// The most a stored text may ask for: a row changed by hand must not take the till's memory.
const MOST_MEMORY_KIB: u32 = 256 * 1024;
const MOST_PASSES: u32 = 16;
const MOST_LANES: u32 = 4;

/// What argon2id spends on one derivation from a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl PinCost {
    /// OWASP's first choice for argon2id with little memory (19 MiB, 2 passes, 1 lane): about
    /// 25 ms on a till, unnoticed by the person and 7 hours for all six-digit PINs on a stolen
    /// file, which is why a pepper is mixed in and why wrong tries are counted.
    pub const TILL: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };

    /// The least that argon2 takes: for tests of what is around it.
    #[cfg(test)]
    pub const LEAST: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };

    /// What a stored text asks for; `None` where a till does not spend that.
    pub fn accept(params: &Params) -> Option<Self> {
        let cost =
            Self { memory_kib: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() };
        let fits = cost.memory_kib <= MOST_MEMORY_KIB
            && cost.passes <= MOST_PASSES
            && cost.lanes <= MOST_LANES;
        fits.then_some(cost)
    }

    /// `m=19456,t=2,p=1`.
    pub fn to_text(self) -> String {
        format!("m={},t={},p={}", self.memory_kib, self.passes, self.lanes)
    }

    /// Reads [`PinCost::to_text`]; `None` for anything else and for what a till does not spend.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(',');
        let mut number = |name: &str| parts.next()?.strip_prefix(name)?.parse::<u32>().ok();
        let (memory_kib, passes, lanes) = (number("m=")?, number("t=")?, number("p=")?);
        let cost = Self::accept(&Params::new(memory_kib, passes, lanes, None).ok()?)?;
        // One text for one cost: no leading zero, no sign, nothing behind it.
        (cost.to_text() == text).then_some(cost)
    }

    /// The argon2id of this cost, with the pepper where there is one.
    pub fn hasher(self, pepper: Option<&Pepper>) -> Argon2<'_> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, None)
            .expect("constants, or checked when they were read");
        match pepper {
            None => Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            Some(pepper) => Argon2::new_with_secret(
                pepper.expose(),
                Algorithm::Argon2id,
                Version::V0x13,
                params,
            )
            .expect("32 bytes are within argon2's bounds"),
        }
    }

    /// Fills `derived` from the PIN.
    pub fn derive(self, pin: &Pin, salt: &[u8], pepper: Option<&Pepper>, derived: &mut [u8]) {
        self.hasher(pepper)
            .hash_password_into(pin.bytes(), salt, derived)
            .expect("salt, PIN, length and cost are within argon2's bounds");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cost_has_one_text_and_a_till_spends_no_more_than_its_most() {
        assert_eq!(PinCost::parse("m=19456,t=2,p=1"), Some(PinCost::TILL));
        for refused in [
            "",
            "m=19456,t=2",
            "m=19456,t=2,p=1,",
            "m=019456,t=2,p=1",
            "m=+19456,t=2,p=1",
            "m=19456,p=1,t=2",
            " m=19456,t=2,p=1",
            "m=262145,t=2,p=1",
            "m=19456,t=17,p=1",
            "m=19456,t=2,p=5",
            "m=7,t=1,p=1",
            "m=19456,t=0,p=1",
            "m=99999999999,t=2,p=1",
        ] {
            assert_eq!(PinCost::parse(refused), None, "{refused}");
        }
    }
}
