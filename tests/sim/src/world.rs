//! The world of one schedule: true time, what is going to happen, and who is told.

use std::collections::BTreeMap;
use std::fmt;

use counterfoil_connectors::WireRequest;
use counterfoil_core::answer::{ReadEnd, WireEnd};
use counterfoil_core::engine::Input;
use counterfoil_core::id::ChangeId;

use crate::book::Book;
use crate::connector::Garble;
use crate::dice::Dice;
use crate::line::{Letter, Line};
use crate::plan::Profile;
use crate::provider::{Effect, Provider};
use crate::real::Errand;
use crate::rows::Write;
use crate::staff::Act;
use crate::till::{Rules, Till};
use crate::trace::Trace;

/// Something that is going to happen.
#[derive(Debug)]
pub enum Happening {
    /// A till's pause is over.
    Wake { till: usize, epoch: u32, wake: u64 },
    /// A till's disk makes durable what waits.
    Sync { till: usize, epoch: u32 },
    /// A till's engine hears something.
    Heard { till: usize, epoch: u32, input: Box<Input> },
    /// A person at a till hears that it is kept.
    Kept { till: usize, epoch: u32, id: ChangeId },
    /// A till has the answer to a reading.
    ReadHeard { till: usize, epoch: u32, id: ChangeId, end: Box<ReadEnd> },
    /// A request arrives at its provider.
    Lands(Box<Letter>),
    /// A reading arrives at its provider.
    ReadLands { till: usize, epoch: u32, id: ChangeId, answer_at: i64, odd: bool },
    /// One request of a real errand arrives at its provider.
    ErrandLands {
        errand: Box<Errand>,
        request: Box<WireRequest>,
        garble: Garble,
        heard_at: i64,
        lost: bool,
    },
    /// The end of one request of a real errand is heard.
    ErrandHeard { errand: Box<Errand>, end: Box<WireEnd> },
    /// What a provider had accepted comes to its end.
    SlowEnds { account: usize, place: usize },
    /// A person at a till does something.
    Staff { till: usize, act: Act },
    /// Somebody at the provider does something.
    Outside { account: usize },
    /// The customer signs, where there is something to sign.
    Signs { account: usize },
    /// Somebody sets a till's wall clock.
    SetWall { till: usize, ahead: i64 },
    /// A till sleeps.
    Sleeps { till: usize, ms: i64 },
    /// A till's program ends without warning.
    Crash { till: usize },
    /// It starts again.
    Start { till: usize, new_boot: bool },
    /// An account's line changes.
    LineIs { account: usize, line: Line },
    /// A till's keyring.
    Keyring { till: usize, closed: bool },
    /// A till's disk is full, or no longer.
    DiskFull { till: usize, full: bool },
}

/// The world.
pub struct World {
    /// True milliseconds.
    pub now: i64,
    /// Chance.
    pub dice: Dice,
    /// Chance in what people sign and whether they are here: apart, so that a schedule stays what
    /// it was.
    pub people_dice: Dice,
    /// How bad things are in this schedule.
    pub profile: Profile,
    /// What every till goes by.
    pub rules: Rules,
    /// The tills.
    pub tills: Vec<Till>,
    /// The providers.
    pub providers: Vec<Provider>,
    /// The line to each.
    pub lines: Vec<Line>,
    /// What happened at the providers.
    pub ledger: Vec<Effect>,
    /// The reference model.
    pub book: Book,
    /// What happened.
    pub trace: Trace,
    /// What was seen of the real connectors, and how often.
    pub seen: BTreeMap<String, u32>,
    /// True once nothing bad happens any more.
    pub calm: bool,
    queue: BTreeMap<(i64, u64), Happening>,
    happened: u64,
}

impl World {
    /// A world with nothing in it that is going to happen.
    pub fn new(
        (dice, people_dice): (Dice, Dice),
        profile: Profile,
        rules: Rules,
        book: Book,
        trace: Trace,
    ) -> Self {
        Self {
            now: crate::plan::BEGINNING,
            dice,
            people_dice,
            profile,
            rules,
            tills: Vec::new(),
            providers: Vec::new(),
            lines: Vec::new(),
            ledger: Vec::new(),
            book,
            trace,
            seen: BTreeMap::new(),
            calm: false,
            queue: BTreeMap::new(),
            happened: 0,
        }
    }

    /// Plans a happening.
    pub fn plan(&mut self, at: i64, happening: Happening) {
        self.happened += 1;
        self.queue.insert((at.max(self.now), self.happened), happening);
    }

    /// Plans a happening after `least` to `most` milliseconds.
    pub fn soon(&mut self, least: i64, most: i64, happening: Happening) {
        let after = self.dice.between(least, most);
        self.plan(self.now + after, happening);
    }

    /// One line of the trace.
    pub fn note(&mut self, words: fmt::Arguments<'_>) {
        self.trace.line(self.now - crate::plan::BEGINNING, words);
    }

    /// Something bad, so many times in a thousand; never once it is calm.
    pub fn mischief(&mut self, per_mille: u64) -> bool {
        !self.calm && self.dice.chance(per_mille)
    }

    /// True while a request is on its way to a provider, or a provider is still at one.
    pub fn letters_under_way(&self) -> bool {
        let is_open = |happening: &Happening| {
            matches!(happening, Happening::Lands(_) | Happening::SlowEnds { .. })
        };
        self.queue.values().any(is_open)
    }

    /// True while a sending of this change may still arrive.
    pub fn may_still_land(&self, till: usize, id: &ChangeId) -> bool {
        self.queue.values().any(|happening| match happening {
            Happening::Lands(letter) => letter.till == till && letter.id == *id,
            _ => false,
        })
    }

    /// Of what a till had on its way when it crashed, nothing arrives later than the settle time.
    pub fn hurry_letters(&mut self, till: usize) {
        let latest = self.now + self.rules.settle_ms * 9 / 10;
        let late: Vec<(i64, u64)> = self
            .queue
            .range((latest, 0)..)
            .filter(|(_, happening)| match happening {
                Happening::Lands(letter) => letter.till == till,
                _ => false,
            })
            .map(|(key, _)| *key)
            .collect();
        for key in late {
            if let Some(letter) = self.queue.remove(&key) {
                let span = self.rules.settle_ms * 9 / 10;
                self.soon(0, span, letter);
            }
        }
    }

    /// Runs until `end`, until nothing is planned, or until `enough` says so.
    pub fn run(&mut self, end: i64, most: u64, mut enough: impl FnMut(&Self) -> bool) {
        for _ in 0..most {
            let Some(entry) = self.queue.first_entry() else { return };
            let at = entry.key().0;
            if at > end || !self.book.violations.is_empty() {
                self.now = self.now.max(at.min(end));
                return;
            }
            let happening = entry.remove();
            self.now = self.now.max(at);
            self.happens(happening);
            if enough(self) {
                return;
            }
        }
    }

    fn happens(&mut self, happening: Happening) {
        match happening {
            Happening::Wake { till, epoch, wake } => {
                if self.is_on(till, epoch) && self.tills.get(till).is_some_and(|t| t.wake == wake) {
                    match self.sleeps_until(till) {
                        Some(at) => self.plan(at, Happening::Wake { till, epoch, wake }),
                        None => self.pump(till),
                    }
                }
            }
            Happening::Sync { till, epoch } => {
                if self.is_on(till, epoch) {
                    self.sync(till);
                }
            }
            Happening::Heard { till, epoch, input } => {
                if self.is_on(till, epoch) {
                    match self.sleeps_until(till) {
                        Some(at) => self.plan(at, Happening::Heard { till, epoch, input }),
                        None => self.hears(till, *input),
                    }
                }
            }
            Happening::Kept { till, epoch, id } => {
                if self.is_on(till, epoch) {
                    self.note(format_args!("t{till} says {id} is kept"));
                    self.book.told(till, &id);
                }
            }
            Happening::ReadHeard { till, epoch, id, end } => {
                if self.is_on(till, epoch) {
                    match self.sleeps_until(till) {
                        Some(at) => {
                            self.plan(at, Happening::ReadHeard { till, epoch, id, end });
                        }
                        None => self.read_heard(till, id, *end),
                    }
                }
            }
            Happening::Lands(letter) => self.lands(*letter),
            Happening::ReadLands { till, epoch, id, answer_at, odd } => {
                self.read_lands(till, epoch, id, answer_at, odd);
            }
            Happening::ErrandLands { errand, request, garble, heard_at, lost } => {
                self.errand_lands(errand, &request, garble, (heard_at, lost));
            }
            Happening::ErrandHeard { errand, end } => {
                if self.is_on(errand.till, errand.epoch) {
                    match self.sleeps_until(errand.till) {
                        Some(at) => self.plan(at, Happening::ErrandHeard { errand, end }),
                        None => self.errand_heard(*errand, *end),
                    }
                }
            }
            Happening::SlowEnds { account, place } => self.slow_ends(account, place),
            Happening::Staff { till, act } => self.staff_acts(till, act),
            Happening::Outside { account } => self.somebody_else_acts(account),
            Happening::Signs { account } => self.customer_signs(account),
            other => self.machinery(other),
        }
    }

    fn machinery(&mut self, happening: Happening) {
        match happening {
            Happening::SetWall { till, ahead } => {
                self.note(format_args!("t{till} clock set {ahead}"));
                self.book.pace.excuse(till, self.now);
                if let Some(till) = self.tills.get_mut(till) {
                    till.set_wall(ahead);
                }
            }
            Happening::Sleeps { till, ms } => {
                self.note(format_args!("t{till} sleeps {ms}"));
                let until = self.now + ms;
                if let Some(till) = self.tills.get_mut(till) {
                    till.asleep_until = until;
                }
            }
            Happening::Crash { till } => self.crash(till),
            Happening::Start { till, new_boot } => self.start(till, new_boot),
            Happening::LineIs { account, line } => {
                self.note(format_args!("line {account} {line:?}"));
                if let Some(place) = self.lines.get_mut(account) {
                    *place = line;
                }
            }
            Happening::Keyring { till, closed } => {
                self.note(format_args!("t{till} keyring closed {closed}"));
                if let Some(till) = self.tills.get_mut(till) {
                    till.keyring_closed = closed;
                }
            }
            Happening::DiskFull { till, full } => {
                self.note(format_args!("t{till} disk full {full}"));
                if let Some(till) = self.tills.get_mut(till) {
                    till.disk.full = full;
                }
            }
            Happening::Wake { .. }
            | Happening::Sync { .. }
            | Happening::Heard { .. }
            | Happening::Kept { .. }
            | Happening::ReadHeard { .. }
            | Happening::Lands(_)
            | Happening::ReadLands { .. }
            | Happening::ErrandLands { .. }
            | Happening::ErrandHeard { .. }
            | Happening::SlowEnds { .. }
            | Happening::Staff { .. }
            | Happening::Outside { .. }
            | Happening::Signs { .. } => {}
        }
    }

    /// True where a till's program still is the one that was meant.
    pub fn is_on(&self, till: usize, epoch: u32) -> bool {
        self.tills.get(till).is_some_and(|till| till.up && till.epoch == epoch)
    }

    fn sleeps_until(&self, till: usize) -> Option<i64> {
        let until = self.tills.get(till)?.asleep_until;
        (until > self.now).then_some(until)
    }

    /// A till's program ends without warning.
    pub fn crash(&mut self, till: usize) {
        let Some(place) = self.tills.get_mut(till).filter(|till| till.up) else { return };
        place.crash();
        self.note(format_args!("t{till} CRASH"));
        self.hurry_letters(till);
        let new_boot = self.dice.chance(400);
        if new_boot && self.mischief(400) {
            // A flat battery, or a hand that sets the clock before the program runs.
            let ahead = self.dice.pick(&[-86_400_000, -60_000, 60_000, 86_400_000]).unwrap_or(0);
            self.soon(0, 10, Happening::SetWall { till, ahead });
        }
        self.soon(20, 20_000, Happening::Start { till, new_boot });
    }

    fn start(&mut self, till: usize, new_boot: bool) {
        let (policy, now) = (self.rules.policy, self.now);
        let Some(place) = self.tills.get_mut(till).filter(|till| !till.up) else { return };
        place.start(policy, new_boot, now);
        let rows = std::mem::take(&mut place.rows);
        self.note(format_args!("t{till} starts, new boot {new_boot}"));
        self.book.compare(till, &rows, true);
        self.book.pace.excuse(till, now);
        if let Some(place) = self.tills.get_mut(till) {
            place.rows = rows;
        }
        self.look(till);
        self.pump(till);
    }

    /// Takes durable writes into the reference model.
    pub fn tell_durable(&mut self, till: usize, writes: &[Write]) {
        for write in writes {
            if let Write::Take(id, recorded, _) = write {
                let word = recorded.event.word();
                self.trace.line(
                    self.now - crate::plan::BEGINNING,
                    format_args!("t{till} {id} stored {word}"),
                );
            }
            self.book.durable(till, write, self.now);
        }
    }
}
