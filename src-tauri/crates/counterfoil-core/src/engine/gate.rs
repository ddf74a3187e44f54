//! An account's way to its provider: a breaker that opens when nothing comes through, the wait a
//! provider asked for, the pause a person must end, and the least time between two requests.

use super::schedule::{LONGEST_ASKED_MS, Schedule, dice};
use crate::id::AccountId;
use crate::moment::Moment;

/// Lost or unclear answers in a row until an account is left alone: one is a hiccup, and one bad
/// payment must not stop the others for long.
const MOST_UNCLEAR: u32 = 3;

/// What an exchange says about the way to the provider, whatever it says about the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contact {
    /// It answered in its own words.
    Answered,
    /// It asks to be left alone for so many milliseconds.
    AskedToWait(i64),
    /// No byte got through.
    Unreachable,
    /// Bytes left and nothing that can be read came back.
    Unclear,
    /// This till could not even ask: its keyring is closed.
    Hindered,
}

impl Contact {
    /// True where the provider or the way to it is at fault.
    pub fn is_outage(self) -> bool {
        match self {
            Self::Unreachable | Self::Unclear => true,
            Self::Answered | Self::AskedToWait(_) | Self::Hindered => false,
        }
    }
}

/// The gate of one account.
#[derive(Debug, Default)]
pub struct Gate {
    /// Not asked before this moment; then by one change at a time until it answers.
    open_until: Option<Moment>,
    /// Openings in a row.
    openings: u32,
    /// Lost or unclear answers in a row.
    unclear: u32,
    /// Only a person ends this.
    pub paused: bool,
    /// The earliest moment of the next request.
    next_turn: Moment,
}

impl Gate {
    /// When another change of the account may begin, while `in_flight` are under way. None: not
    /// before something else happens.
    pub fn begins_at(&self, in_flight: usize) -> Option<Moment> {
        match self.open_until {
            _ if self.paused => None,
            None => Some(Moment::default()),
            Some(until) if in_flight == 0 => Some(until),
            Some(_) => None,
        }
    }

    /// The earliest moment of the next request.
    pub fn next_turn(&self) -> Moment {
        self.next_turn
    }

    /// A request leaves now.
    pub fn take_turn(&mut self, now: Moment, spacing_ms: i64) {
        self.next_turn = now.plus_millis(spacing_ms);
    }

    /// Until when the account is not asked; none while it answers.
    pub fn open_until(&self) -> Option<Moment> {
        self.open_until
    }

    /// Takes in how an exchange went. True where people should see the difference.
    pub fn note(
        &mut self,
        contact: Contact,
        account_id: &AccountId,
        retry: &Schedule,
        seed: u64,
        now: Moment,
    ) -> bool {
        match contact {
            Contact::Answered => {
                self.unclear = 0;
                self.openings = 0;
                self.open_until.take().is_some()
            }
            Contact::AskedToWait(millis) => {
                self.unclear = 0;
                self.close_for(millis.clamp(0, LONGEST_ASKED_MS), now)
            }
            Contact::Unreachable | Contact::Hindered => self.open(account_id, retry, seed, now),
            Contact::Unclear => {
                self.unclear = self.unclear.saturating_add(1);
                let enough = self.unclear >= MOST_UNCLEAR || self.open_until.is_some();
                enough && self.open(account_id, retry, seed, now)
            }
        }
    }

    /// A person wants it tried now.
    pub fn nudge(&mut self, now: Moment) {
        if let Some(until) = &mut self.open_until {
            *until = now.min(*until);
        }
    }

    fn open(&mut self, id: &AccountId, retry: &Schedule, seed: u64, now: Moment) -> bool {
        // Several changes in flight fail together: that is one failure of the line.
        if self.open_until.is_some_and(|until| until > now) {
            return false;
        }
        let pause = retry.pause_ms(self.openings, dice(seed, id.as_str(), self.openings));
        self.openings = self.openings.saturating_add(1);
        self.close_for(pause, now)
    }

    fn close_for(&mut self, millis: i64, now: Moment) -> bool {
        let until = now.plus_millis(millis);
        self.open_until = Some(self.open_until.map_or(until, |before| before.max(until)));
        true
    }
}
