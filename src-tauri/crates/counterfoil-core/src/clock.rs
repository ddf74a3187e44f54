//! The clock guard: what time it is, whoever sets the clock.
//!
//! A till's wall clock is set by hand, by the network, by a flat battery. Lock-outs, pauses, limits
//! of age and the order of the trail must not follow it. So the till keeps a **trusted** time of
//! its own: a moment it once took over (the [`Mark`]) and what the machine's own counter since its
//! start has counted since. Nobody sets that counter, and it counts a sleep too. The mark is
//! stored, so that every program on the till goes by the same time.
//!
//! - Within one start of the machine, setting the wall clock moves nothing. Daylight saving is no
//!   jump at all: moments are UTC.
//! - After a new start, trusted time goes on from the wall clock, but never before the newest
//!   moment that is stored. How long the machine was off nobody can tell without a clock, so a
//!   clock set forward meanwhile is believed until a provider contradicts it.
//! - A provider's `Date` and the wall clock **together** move trusted time, forwards only. One
//!   alone moves nothing. Backwards nothing ever moves: what is stored keeps its order.
//!
//! Pure: readings come in, the mark and what is to be told go out.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::moment::Moment;

/// From here on two clocks differ. What a person would see on a wrist watch; far more than the
/// network's gentle corrections and a crystal's drift, far less than the shortest thing that
/// hangs on time (a seat locks after ten minutes, a PIN opens after thirty).
pub const DIFFERS_MS: i64 = 60_000;

/// How far a provider's `Date` may be off and still agree, beside the way there and back. Servers
/// are kept by the network's time within a second; five leave room for a tired one.
pub const DATE_SLACK_MS: i64 = 5_000;

/// A `Date` names the second that has begun.
const DATE_STEP_MS: i64 = 1_000;

/// A `Date` that took longer there and back says too little: it may have waited in a machine that
/// slept.
pub const LONGEST_ROUND_TRIP_MS: i64 = 30_000;

/// From here on the machine slept. Shorter ones cost nothing: a till looks once a second anyway.
pub const SLEPT_MS: i64 = 5_000;

/// What the machine's clocks read, all at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readings {
    /// The clock that people and the network set.
    pub wall: Moment,
    /// Milliseconds since the machine was started, sleep included.
    pub boot_ms: i64,
    /// Milliseconds the machine was awake, from any beginning.
    pub awake_ms: i64,
    /// Names this start of the machine: `boot_ms` can be compared within it only.
    pub boot: Arc<str>,
}

/// A provider's `Date`, as it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateSeen {
    /// What the provider's clock read, cut to the second.
    pub date: Moment,
    /// Milliseconds between asking and the beginning of the answer, sleep included.
    pub round_trip_ms: i64,
    /// [`Readings::boot_ms`] when the answer began.
    pub boot_ms: i64,
}

/// What trusted time is counted from. Stored once for each start of the machine, and when there
/// is something to tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    boot: String,
    boot_ms: i64,
    trusted: Moment,
    /// By how much the wall clock was ahead of trusted time when that was told last.
    wall_ahead_ms: i64,
    /// How long this start of the machine had slept when that was looked at last.
    #[serde(default)]
    asleep_ms: i64,
    /// By account: how far its provider's clock is ahead of trusted time, where they differ.
    #[serde(default)]
    providers: BTreeMap<String, i64>,
    /// By how much trusted time runs ahead of a provider and the wall clock, as told last.
    #[serde(default)]
    runs_ahead_ms: i64,
}

/// Something about the clocks that is to be told, each once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// The machine was started since the mark: there is a new one.
    NewBoot,
    /// The wall clock was set, by so much against trusted time; negative is back.
    WallSet {
        /// Milliseconds since it was told last.
        by_ms: i64,
    },
    /// The machine slept.
    Slept {
        /// Milliseconds.
        ms: i64,
    },
    /// Trusted time was moved forwards, to a provider's and the wall clock's.
    Corrected {
        /// Milliseconds.
        by_ms: i64,
    },
    /// Trusted time runs ahead of a provider's and the wall clock's, and stays so.
    RunsAhead {
        /// Milliseconds.
        by_ms: i64,
    },
    /// A provider's clock differs and the wall clock does not side with it.
    ProviderDiffers {
        /// Milliseconds; positive where the provider's clock is ahead.
        by_ms: i64,
    },
    /// A provider's clock that differed agrees again.
    ProviderAgrees,
}

/// What a person should know about the clocks now, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockWarning {
    /// Provider and wall clock agree; the till's own time runs ahead of both, by so many
    /// milliseconds, and waits for nobody.
    Ahead(i64),
    /// A provider's clock differs by so many milliseconds; positive is ahead.
    ProviderDiffers(i64),
    /// The wall clock is so many milliseconds behind.
    SetBack(i64),
    /// The wall clock is so many milliseconds ahead.
    SetForward(i64),
}

impl ClockWarning {
    /// The code that screens and scripts know.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Ahead(_) => "ahead",
            Self::ProviderDiffers(_) => "provider_differs",
            Self::SetBack(_) => "set_back",
            Self::SetForward(_) => "set_forward",
        }
    }

    /// By how many milliseconds. Signed for a provider alone: positive is ahead of the till.
    #[must_use]
    pub fn by_ms(self) -> i64 {
        match self {
            Self::Ahead(by)
            | Self::ProviderDiffers(by)
            | Self::SetBack(by)
            | Self::SetForward(by) => by,
        }
    }
}

impl Said {
    /// True where the mark must be stored, so that it is told once on this till.
    #[must_use]
    pub fn is_kept(self) -> bool {
        match self {
            Self::Slept { .. } => false,
            Self::NewBoot
            | Self::WallSet { .. }
            | Self::Corrected { .. }
            | Self::RunsAhead { .. }
            | Self::ProviderDiffers { .. }
            | Self::ProviderAgrees => true,
        }
    }

    /// The trail's word and facts, where an auditor must know.
    #[must_use]
    pub fn entry(self) -> Option<(&'static str, Value)> {
        match self {
            Self::WallSet { by_ms } => {
                let direction = if by_ms < 0 { "back" } else { "forward" };
                let by_ms = by_ms.saturating_abs();
                Some(("clock.changed", json!({ "by_ms": by_ms, "direction": direction })))
            }
            Self::Corrected { by_ms } => Some(("clock.corrected", json!({ "by_ms": by_ms }))),
            Self::RunsAhead { by_ms } => Some(("clock.ahead", json!({ "by_ms": by_ms }))),
            Self::NewBoot
            | Self::Slept { .. }
            | Self::ProviderDiffers { .. }
            | Self::ProviderAgrees => None,
        }
    }
}

impl Mark {
    /// The mark to go by: the stored one within the same start of the machine, else a new one at
    /// the wall clock, but not before `newest`, the newest moment stored.
    #[must_use]
    pub fn open(stored: Option<Self>, newest: Option<Moment>, now: &Readings) -> (Self, Vec<Said>) {
        let newest = newest.max(stored.as_ref().map(|mark| mark.trusted));
        match stored {
            Some(mark) if mark.is_of(now) => (mark, Vec::new()),
            Some(_) | None => {
                let mark = Self::new(newest.map_or(now.wall, |newest| newest.max(now.wall)), now);
                (mark, vec![Said::NewBoot])
            }
        }
    }

    fn new(trusted: Moment, now: &Readings) -> Self {
        Self {
            boot: now.boot.to_string(),
            boot_ms: now.boot_ms,
            trusted,
            wall_ahead_ms: 0,
            asleep_ms: asleep_ms(now),
            providers: BTreeMap::new(),
            runs_ahead_ms: 0,
        }
    }

    /// True while this mark can be counted on from: the machine was not started since. A counter
    /// that went back is another machine's, whatever it calls itself.
    #[must_use]
    pub fn is_of(&self, now: &Readings) -> bool {
        self.boot == *now.boot && now.boot_ms >= self.boot_ms
    }

    /// Trusted time.
    #[must_use]
    pub fn trusted(&self, now: &Readings) -> Moment {
        self.trusted.plus_millis(now.boot_ms.saturating_sub(self.boot_ms).max(0))
    }

    /// How long ago something was can only be told from here on: before it the machine was off, or
    /// trusted time was moved.
    #[must_use]
    pub fn counted_from(&self) -> Moment {
        self.trusted
    }

    /// Takes over what another program stored, unless time would go back by it.
    pub fn take_over(&mut self, stored: Self, now: &Readings) {
        if stored.is_of(now) && stored.trusted(now) >= self.trusted(now) {
            *self = Self { asleep_ms: self.asleep_ms, ..stored };
        }
    }

    /// Looks at the clocks: was the wall clock set, did the machine sleep?
    pub fn look(&mut self, now: &Readings) -> Vec<Said> {
        let mut said = Vec::new();
        let asleep_ms = asleep_ms(now);
        let slept = asleep_ms.saturating_sub(self.asleep_ms);
        if slept.saturating_abs() >= SLEPT_MS {
            self.asleep_ms = asleep_ms;
            said.extend((slept > 0).then_some(Said::Slept { ms: slept }));
        }
        let ahead = millis_from(self.trusted(now), now.wall);
        let by_ms = ahead.saturating_sub(self.wall_ahead_ms);
        if by_ms.saturating_abs() > DIFFERS_MS {
            self.wall_ahead_ms = ahead;
            said.push(Said::WallSet { by_ms });
        }
        said
    }

    /// Compares with the `Date` that a provider of this account sent.
    pub fn take_date(&mut self, account: &str, seen: &DateSeen, now: &Readings) -> Option<Said> {
        if !(0..=LONGEST_ROUND_TRIP_MS).contains(&seen.round_trip_ms) {
            return None;
        }
        let ahead = seen.ahead_of(self.trusted(now), now);
        if ahead.saturating_abs() <= DIFFERS_MS {
            return self.providers.remove(account).map(|_| Said::ProviderAgrees);
        }
        let wall_agrees = seen.ahead_of(now.wall, now) == 0;
        if wall_agrees && ahead > 0 {
            return Some(self.correct(now));
        }
        let runs_ahead = ahead.saturating_neg();
        if wall_agrees && !is_near(runs_ahead, self.runs_ahead_ms) {
            self.providers.insert(account.to_owned(), ahead);
            self.runs_ahead_ms = runs_ahead;
            return Some(Said::RunsAhead { by_ms: runs_ahead });
        }
        let known = self.providers.get(account).is_some_and(|was| is_near(*was, ahead));
        if known {
            return None;
        }
        self.providers.insert(account.to_owned(), ahead);
        Some(Said::ProviderDiffers { by_ms: ahead })
    }

    /// Moves trusted time forwards to the wall clock, which reads it finer than the provider.
    fn correct(&mut self, now: &Readings) -> Said {
        let by_ms = millis_from(self.trusted(now), now.wall);
        *self = Self::new(now.wall, now);
        Said::Corrected { by_ms }
    }

    /// By how many milliseconds the wall clock is ahead of trusted time.
    #[must_use]
    pub fn wall_ahead_ms(&self, now: &Readings) -> i64 {
        millis_from(self.trusted(now), now.wall)
    }

    /// By how many milliseconds the provider that differs most is ahead of trusted time; none
    /// while none differs.
    #[must_use]
    pub fn provider_ahead_ms(&self) -> Option<i64> {
        self.providers.values().copied().max_by_key(|ahead| ahead.saturating_abs())
    }

    /// What a person should know now.
    #[must_use]
    pub fn warning(&self, now: &Readings) -> Option<ClockWarning> {
        let wall = self.wall_ahead_ms(now);
        match self.provider_ahead_ms() {
            Some(ahead) if ahead < 0 && is_near(ahead, wall) => {
                Some(ClockWarning::Ahead(ahead.saturating_neg()))
            }
            Some(ahead) => Some(ClockWarning::ProviderDiffers(ahead)),
            None if wall < -DIFFERS_MS => Some(ClockWarning::SetBack(wall.saturating_neg())),
            None if wall > DIFFERS_MS => Some(ClockWarning::SetForward(wall)),
            None => None,
        }
    }
}

impl DateSeen {
    /// By how many milliseconds the provider's clock is ahead of `local`, a clock here that reads
    /// this `now`; 0 while they may agree.
    fn ahead_of(&self, local: Moment, now: &Readings) -> i64 {
        let since = now.boot_ms.saturating_sub(self.boot_ms).max(0);
        let earliest = self.date.plus_millis(since);
        let latest = earliest.plus_millis(DATE_STEP_MS.saturating_add(self.round_trip_ms));
        if local.plus_millis(DATE_SLACK_MS) < earliest {
            millis_from(local, earliest)
        } else if local > latest.plus_millis(DATE_SLACK_MS) {
            millis_from(local, latest)
        } else {
            0
        }
    }
}

fn asleep_ms(now: &Readings) -> i64 {
    now.boot_ms.saturating_sub(now.awake_ms)
}

fn millis_from(from: Moment, to: Moment) -> i64 {
    to.as_millis().saturating_sub(from.as_millis())
}

fn is_near(one: i64, other: i64) -> bool {
    one.saturating_sub(other).saturating_abs() <= DIFFERS_MS
}

/// Reads an HTTP date such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7). The two older
/// forms, which senders may no longer use, are not read.
#[must_use]
pub fn http_date(text: &str) -> Option<Moment> {
    let whole = text.len() == "Sun, 06 Nov 1994 08:49:37 GMT".len() && text.ends_with(" GMT");
    let read = whole.then(|| DateTimeParser::new().parse_timestamp(text).ok()).flatten()?;
    Some(Moment::from_millis(read.as_millisecond()))
}

/// Reads RFC 3339 in UTC as the trail writes it.
#[must_use]
pub fn rfc3339(text: &str) -> Option<Moment> {
    let read: Timestamp = text.parse().ok()?;
    Some(Moment::from_millis(read.as_millisecond()))
}

#[cfg(test)]
mod tests;
