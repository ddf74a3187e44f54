//! A moment in time, handed in from outside. Nothing in this crate asks a clock.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01 UTC.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Moment(i64);

impl Moment {
    /// From milliseconds since the epoch.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// This many milliseconds later; stops at the end of time instead of wrapping.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds since `earlier`; zero where `earlier` is later, as after a clock change.
    #[must_use]
    pub fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).max(0)
    }

    /// Reads RFC 3339 with its zone, such as `2026-03-01T09:30:00Z`, to the millisecond; none for
    /// anything else.
    #[must_use]
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        text.parse::<Timestamp>().ok().map(|read| Self(read.as_millisecond()))
    }

    /// RFC 3339 in UTC, such as `2026-03-01T09:30:00.250Z`.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        Timestamp::from_millisecond(self.0).map_or_else(|_| self.0.to_string(), |t| t.to_string())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_print_as_rfc3339_and_never_panic() {
        assert_eq!(Moment::from_millis(0).to_rfc3339(), "1970-01-01T00:00:00Z");
        assert_eq!(Moment::from_millis(1_500).to_rfc3339(), "1970-01-01T00:00:01.5Z");
        assert_eq!(Moment::from_millis(i64::MAX).to_rfc3339(), i64::MAX.to_string());
    }

    #[test]
    fn rfc_3339_is_read_with_its_zone_or_not_at_all() {
        let read = |text: &str| Moment::from_rfc3339(text).map(Moment::as_millis);
        assert_eq!(read("1970-01-01T00:00:01.5Z"), Some(1_500));
        assert_eq!(read("1970-01-01T01:00:01.5+01:00"), Some(1_500));
        assert_eq!(read("1970-01-01T00:00:01.5001234Z"), Some(1_500));
        for other in ["", "1970-01-01", "1970-01-01T00:00:01", "soon", "1500"] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn a_clock_set_back_gives_no_negative_age() {
        let now = Moment::from_millis(10);
        assert_eq!(now.millis_since(Moment::from_millis(50)), 0);
    }
}
