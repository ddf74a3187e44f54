//! A till's day: from one midnight of its time zone to the next. The rules of the zones are those
//! that the program was built with, so that two tills of a version agree and none asks its disk.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::moment::Moment;

/// Longest name of a zone that is looked up.
const LONGEST_NAME: usize = 64;

/// The time zone of a till.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// A day of a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Date);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// Finds a zone by its IANA name, such as `Europe/London`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte);
        if name.len() > LONGEST_NAME || !name.bytes().all(plain) {
            return None;
        }
        TimeZone::get(name).ok().map(Self)
    }

    /// The day in which a moment falls; none at the ends of time.
    #[must_use]
    pub fn day_of(&self, at: Moment) -> Option<Day> {
        self.zoned(at).map(|zoned| Day(zoned.date()))
    }

    /// When a day begins: midnight, or the first moment after it where a clock change leaves it
    /// out. None at the ends of time.
    #[must_use]
    pub fn begins(&self, day: Day) -> Option<Moment> {
        let begins = day.0.to_zoned(self.0.clone()).ok()?.start_of_day().ok()?;
        Some(Moment::from_millis(begins.timestamp().as_millisecond()))
    }

    /// When a day ends: the moment at which the next one begins.
    #[must_use]
    pub fn ends(&self, day: Day) -> Option<Moment> {
        self.begins(day.next()?)
    }

    /// A moment as people of the till read it, to the second, with its offset:
    /// `2026-11-21 15:30:05 +01:00`.
    #[must_use]
    pub fn text(&self, at: Moment) -> String {
        let text = |zoned: Zoned| zoned.strftime("%Y-%m-%d %H:%M:%S %:z").to_string();
        self.zoned(at).map_or_else(|| at.to_rfc3339(), text)
    }

    fn zoned(&self, at: Moment) -> Option<Zoned> {
        let at = Timestamp::from_millisecond(at.as_millis()).ok()?;
        Some(at.to_zoned(self.0.clone()))
    }
}

impl Day {
    /// Reads `2026-11-21`; none for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        if plain { text.parse().ok().map(Self) } else { None }
    }

    /// The day after; none at the end of time.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        self.0.tomorrow().ok().map(Self)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        Zone::named(name).unwrap()
    }

    fn moment(text: &str) -> Moment {
        Moment::from_rfc3339(text).unwrap()
    }

    #[test]
    fn a_moment_falls_in_the_day_of_the_till_and_not_of_greenwich() {
        let check = |name: &str, at: &str, day: &str| {
            let found = zone(name).day_of(moment(at)).unwrap();
            assert_eq!(found.to_string(), day, "{name} {at}");
            assert_eq!(Day::parse(day), Some(found));
        };
        check("UTC", "2026-11-21T23:59:59Z", "2026-11-21");
        check("UTC", "2026-11-22T00:00:00Z", "2026-11-22");
        check("Asia/Riyadh", "2026-11-21T20:59:59Z", "2026-11-21");
        check("Asia/Riyadh", "2026-11-21T21:00:00Z", "2026-11-22");
        check("America/Chicago", "2026-11-22T05:59:59Z", "2026-11-21");
        check("Pacific/Kiritimati", "2026-11-21T10:00:00Z", "2026-11-22");
    }

    #[test]
    fn a_day_lasts_from_one_midnight_to_the_next_also_where_the_clocks_change() {
        let check = |name: &str, day: &str, begins: &str, hours: i64| {
            let (zone, day) = (zone(name), Day::parse(day).unwrap());
            let (from, until) = (zone.begins(day).unwrap(), zone.ends(day).unwrap());
            assert_eq!(from, moment(begins), "{name} {day}");
            assert_eq!(until.millis_since(from), hours * 3_600_000, "{name} {day}");
            assert_eq!(zone.day_of(from), Some(day));
            assert_eq!(zone.day_of(until), day.next());
        };
        check("UTC", "2026-11-21", "2026-11-21T00:00:00Z", 24);
        check("Europe/London", "2026-03-29", "2026-03-29T00:00:00Z", 23);
        check("Europe/London", "2026-10-25", "2026-10-24T23:00:00Z", 25);
        // Midnight itself is left out.
        check("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z", 23);
    }

    #[test]
    fn what_is_no_zone_or_no_day_is_none() {
        for name in ["", "Europe/Nowhere", "../etc/passwd", "UTC\n", &"x".repeat(99)] {
            assert_eq!(Zone::named(name), None, "{name}");
        }
        for text in ["", "2026-13-01", "2026-02-29", "26-01-01", "+2026-01-1", "2026-11-21T00"] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_moment_is_written_with_its_offset() {
        let at = moment("2026-07-01T12:00:00.250Z");
        assert_eq!(zone("Europe/London").text(at), "2026-07-01 13:00:00 +01:00");
        assert_eq!(Zone::UTC.text(at), "2026-07-01 12:00:00 +00:00");
        assert_eq!(Zone::UTC.text(Moment::from_millis(i64::MAX)), i64::MAX.to_string());
    }
}
