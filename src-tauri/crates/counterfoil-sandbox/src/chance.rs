//! Seeded chance: tokens, made-up payments, key order and fault probability all come from here, so
//! that one seed always gives the same run. Not fit for secrets, and none are made with it.

/// The golden-ratio step of the splitmix64 generator.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A small deterministic generator (splitmix64).
#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `0..bound`; 0 when the bound is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.bits() % bound).unwrap_or(0)
    }

    /// One entry of a list that must not be empty.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let index = self.below(list.len());
        list.get(index).expect("the lists picked from are written in this crate and not empty")
    }

    /// True in `per_mille` of 1000 calls.
    pub(crate) fn happens(&mut self, per_mille: u16) -> bool {
        self.below(1000) < usize::from(per_mille)
    }

    /// Puts a list into another order (Fisher-Yates).
    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }

    /// 32 lower-case hex digits, the shape of the token on the provider's update page.
    pub(crate) fn hex32(&mut self) -> String {
        format!("{:016x}{:016x}", self.bits(), self.bits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_run() {
        let (mut one, mut two, mut other) = (Chance::new(7), Chance::new(7), Chance::new(8));
        let first = one.hex32();
        assert_eq!(first, two.hex32());
        assert_ne!(first, other.hex32());
        assert_eq!(first.len(), 32);
    }

    #[test]
    fn a_probability_is_roughly_kept() {
        let mut chance = Chance::new(1);
        let hits = (0..10_000).filter(|_| chance.happens(300)).count();
        assert!((2_700..3_300).contains(&hits), "{hits}");
        assert!((0..100).all(|_| chance.happens(1000)));
        assert!(!(0..100).any(|_| chance.happens(0)));
    }
}
