//! How often a till asks, and when it must not ask at all.

use std::collections::{BTreeMap, VecDeque};

use counterfoil_core::id::ChangeId;

/// A minute, in milliseconds.
const MINUTE_MS: i64 = 60_000;

/// Requests for one change in any minute: a retry schedule that starts at one second needs fewer.
const MOST_PER_CHANGE: usize = 30;

/// Contacts with an account that cannot be reached, in any minute.
const MOST_IN_VAIN: usize = 16;

/// What a person, a clock or a restart adds to either.
const PER_EXCUSE: usize = 12;

/// Counts of the last minute, and what each till was told to leave alone.
#[derive(Debug)]
pub struct Pace {
    per_change: BTreeMap<(usize, ChangeId), VecDeque<i64>>,
    in_vain: BTreeMap<(usize, usize), VecDeque<i64>>,
    excuses: Vec<VecDeque<i64>>,
    /// When the last request of a till to an account went out, by the till's own clock.
    last: BTreeMap<(usize, usize), i64>,
    /// Tills told to work offline.
    pub on_purpose: Vec<bool>,
    /// Accounts a till was told to leave alone.
    pub paused: Vec<Vec<bool>>,
}

impl Pace {
    /// Nothing counted yet.
    pub fn new(tills: usize, accounts: usize) -> Self {
        Self {
            per_change: BTreeMap::new(),
            in_vain: BTreeMap::new(),
            excuses: vec![VecDeque::new(); tills],
            last: BTreeMap::new(),
            on_purpose: vec![false; tills],
            paused: vec![vec![false; accounts]; tills],
        }
    }

    /// A person, a clock or a restart makes a till try sooner.
    pub fn excuse(&mut self, till: usize, now: i64) {
        if let Some(excuses) = self.excuses.get_mut(till) {
            excuses.push_back(now);
        }
        self.last.retain(|(of, _), _| *of != till);
    }

    /// A request goes out. Says what is wrong with that.
    pub fn request(
        &mut self,
        till: usize,
        account: usize,
        id: &ChangeId,
        (now, clock): (i64, i64),
        spacing: i64,
    ) -> Option<String> {
        let last = self.last.insert((till, account), clock);
        if last.is_some_and(|last| clock - last < spacing) {
            return Some(format!("till {till} account {account} {id}: faster than {spacing} ms"));
        }
        let most = MOST_PER_CHANGE + self.excused(till, now);
        let times = self.per_change.entry((till, id.clone())).or_default();
        (count(times, now) > most).then(|| format!("till {till} {id}: a storm of requests"))
    }

    /// A request found nobody. Says what is wrong with that.
    pub fn in_vain(&mut self, till: usize, account: usize, now: i64) -> Option<String> {
        let most = MOST_IN_VAIN + self.excused(till, now);
        let times = self.in_vain.entry((till, account)).or_default();
        let storms = count(times, now) > most;
        storms.then(|| format!("till {till}: a storm against account {account}, which is down"))
    }

    /// True where this till must begin nothing with this account.
    pub fn is_closed(&self, till: usize, account: usize) -> bool {
        let paused = self.paused.get(till).and_then(|of| of.get(account)).copied();
        self.on_purpose.get(till).copied().unwrap_or(false) || paused.unwrap_or(false)
    }

    /// Notes that a till was told about an account.
    pub fn pause(&mut self, till: usize, account: usize, paused: bool) {
        let place = self.paused.get_mut(till).and_then(|of| of.get_mut(account));
        if let Some(place) = place {
            *place = paused;
        }
    }

    fn excused(&mut self, till: usize, now: i64) -> usize {
        let Some(excuses) = self.excuses.get_mut(till) else { return 0 };
        while excuses.front().is_some_and(|at| now - at > MINUTE_MS) {
            excuses.pop_front();
        }
        excuses.len() * PER_EXCUSE
    }
}

fn count(times: &mut VecDeque<i64>, now: i64) -> usize {
    times.push_back(now);
    while times.front().is_some_and(|at| now - at >= MINUTE_MS) {
        times.pop_front();
    }
    times.len()
}
