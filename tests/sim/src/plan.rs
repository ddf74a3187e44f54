//! What a seed stands for: who is there, how bad things are, and what happens when.

use counterfoil_core::account::Provider as Name;
use counterfoil_core::change::Event;
use counterfoil_core::engine::{Policy, Schedule};
use counterfoil_core::id::ChangeId;
use counterfoil_core::payment::PaymentState;

use crate::approvals::APPROVERS;
use crate::book::Book;
use crate::dice::Dice;
use crate::line::Line;
use crate::paper::{first_states, kept_from_the_first};
use crate::provider::{Kind, Payment, Provider};
use crate::real::Setup;
use crate::staff::Act;
use crate::till::{Rules, Till};
use crate::trace::Trace;
use crate::wire::Pay;
use crate::world::{Happening, World};

/// When every schedule begins, milliseconds since the epoch: 2026-03-01T09:00:00Z.
pub const BEGINNING: i64 = 1_772_355_600_000;

/// A connector tells less than the provider keeps: between judging the age of a key and the
/// arrival lie a reading, a commit and the account's turn.
pub const KEY_MARGIN_MS: i64 = 60_000;

/// How bad things are, in a thousand.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// Something happens to a request or its answer.
    pub bad_line: u64,
    /// A crash at one of the points of a commit.
    pub crash_at_commit: u64,
    /// A crash right before or after bytes leave.
    pub crash_at_send: u64,
    /// A crash right before an answer is heard.
    pub crash_at_answer: u64,
    /// An adjustment is what an order elsewhere proposed.
    pub proposed: u64,
    /// An account whose line is good and whose till is left alone.
    pub steady: Option<usize>,
    /// Approvals that somebody gave.
    pub given: Vec<(usize, ChangeId, Event)>,
    /// How long things go on happening, milliseconds.
    pub length_ms: i64,
}

/// Which providers there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cast {
    /// Made up from the classes of repeat-safety.
    MadeUp,
    /// The real four on paper, spoken to by the real connectors.
    Real,
}

impl Cast {
    fn kinds(self) -> [Kind; 4] {
        match self {
            Self::MadeUp => Kind::ALL,
            Self::Real => Name::ALL.map(Kind::Real),
        }
    }
}

/// The world of a seed.
pub fn world_of(cast: Cast, seed: u64, keep_lines: bool) -> World {
    let mut dice = Dice::new(seed);
    let tills = dice.pick(&[1, 1, 1, 1, 2, 2, 3]).unwrap_or(1);
    let accounts = dice.pick(&[1, 2, 2, 3]).unwrap_or(1);
    let kinds: Vec<Kind> =
        (0..accounts).map(|_| dice.pick(&cast.kinds()).unwrap_or(Kind::Plain)).collect();
    let mut profile = profile(&mut dice, accounts);
    profile.proposed = proposed(seed);
    if cast == Cast::Real {
        // How long a reading takes differs too much between the real ones for one bound.
        profile.steady = None;
    }
    let mut rules = rules(&mut dice, &kinds);
    if let Some(account) = profile.steady {
        rules.leave_room(account);
    }
    rules.set_up(&mut dice);
    let mut book = Book::new(kinds, rules.retention_ms.clone(), tills);
    book.steady = profile.steady;
    let people_dice = Dice::new(seed.wrapping_add(PEOPLE));
    let mut world = World::new((dice, people_dice), profile, rules, book, Trace::new(keep_lines));
    people_the_providers(&mut world);
    for place in 0..tills {
        let mut till = Till::new(place, world.rules.policy, world.now);
        let clock = till.clock(world.now);
        for pay in payments_of(&world) {
            if let Some(facts) = world.facts(pay, clock) {
                till.facts.insert(pay.id(), facts);
            }
        }
        world.tills.push(till);
    }
    what_happens(&mut world);
    world
}

/// A salt, as the one below.
const PEOPLE: u64 = 811 << 32;

/// In a quarter of all schedules some adjustments wait for an order. Told by other dice, with a
/// salt by which the seeds kept from before there were orders run as they did.
fn proposed(seed: u64) -> u64 {
    const SALT: u64 = 802 << 32;
    if Dice::new(seed.wrapping_add(SALT)).chance(250) { 400 } else { 0 }
}

fn profile(dice: &mut Dice, accounts: usize) -> Profile {
    let steady = (accounts > 1 && dice.chance(120)).then_some(accounts - 1);
    let crash = if steady.is_some() { 0 } else { dice.pick(&[0, 0, 5, 20, 60]).unwrap_or(0) };
    Profile {
        bad_line: dice.pick(&[0, 60, 200, 400, 600]).unwrap_or(0),
        crash_at_commit: crash,
        crash_at_send: crash * 2,
        crash_at_answer: crash,
        proposed: 0,
        steady,
        given: Vec::new(),
        length_ms: if dice.chance(120) {
            dice.between(200_000, 500_000)
        } else {
            dice.between(20_000, 150_000)
        },
    }
}

fn rules(dice: &mut Dice, kinds: &[Kind]) -> Rules {
    let concurrency = dice.pick(&[1, 2, 4, 8]).unwrap_or(4);
    let per_account = dice.pick(&[1, 2, 4]).unwrap_or(2).min(concurrency);
    let retry = Schedule {
        base_ms: 1_000,
        max_ms: dice.pick(&[8_000, 60_000]).unwrap_or(60_000),
        jitter_percent: 20,
    };
    let spacing = dice.pick(&[0, 0, 200, 1_000]).unwrap_or(0);
    let retention = dice.pick(&[15_000, 60_000, 600_000]).unwrap_or(60_000);
    Rules {
        policy: Policy::new(concurrency, per_account, retry, dice.roll()),
        settle_ms: dice.pick(&[5_000, 10_000, 30_000]).unwrap_or(10_000),
        timeout_ms: dice.pick(&[4_000, 8_000]).unwrap_or(8_000),
        spacing_ms: vec![spacing; kinds.len()],
        retention_ms: vec![retention; kinds.len()],
        kinds: kinds.to_vec(),
        setups: vec![None; kinds.len()],
    }
}

impl Rules {
    /// Sets the till up for the accounts with real providers.
    fn set_up(&mut self, dice: &mut Dice) {
        for (account, kind) in self.kinds.iter().enumerate() {
            let Some(name) = kind.real() else { continue };
            let setup = Setup::of(account, name, dice.chance(500));
            if let Some(retention) = self.retention_ms.get_mut(account) {
                *retention = setup.retention_ms();
            }
            if let Some(place) = self.setups.get_mut(account) {
                *place = Some(setup);
            }
        }
    }

    /// One place for each account: what hangs elsewhere, and hangs long, must not touch a steady
    /// account.
    fn leave_room(&mut self, steady: usize) {
        self.policy.concurrency = self.kinds.len();
        self.policy.per_account = 1;
        self.timeout_ms = 30_000;
        if let Some(spacing) = self.spacing_ms.get_mut(steady) {
            *spacing = 0;
        }
    }
}

fn people_the_providers(world: &mut World) {
    let kinds = world.rules.kinds.clone();
    for (account, kind) in kinds.into_iter().enumerate() {
        let retention = world.rules.retention_ms.get(account).copied().unwrap_or(0);
        let mut provider = Provider::new(account, kind, retention + KEY_MARGIN_MS);
        let setup = world.rules.setup(account);
        provider.paper.other_way = setup.is_some_and(Setup::is_the_other_way);
        let steady = world.profile.steady == Some(account);
        let most = if steady { 6 } else { 3 };
        for place in 0..world.dice.between(1, most) {
            let made_up = [PaymentState::Paid, PaymentState::Paid, PaymentState::Open];
            let states = kind.real().map_or(made_up, first_states);
            let state = world.dice.pick(&states).unwrap_or(PaymentState::Paid);
            let amount = world.dice.between(2, 20) * 500;
            let mut payment = Payment::new(state, amount, format!("N{place}"));
            payment.custom = kind.real().map(kept_from_the_first).unwrap_or_default();
            provider.payments.push(payment);
        }
        world.providers.push(provider);
        world.lines.push(Line::Open);
    }
}

fn payments_of(world: &World) -> Vec<Pay> {
    let of = |provider: &Provider| {
        let account = provider.account;
        (0..provider.payments.len()).map(move |place| Pay { account, place })
    };
    world.providers.iter().flat_map(of).collect()
}

fn what_happens(world: &mut World) {
    let tills = world.tills.len();
    for till in 0..tills {
        let asks = world.dice.between(1, 5);
        for _ in 0..asks {
            let at = happens(world, Happening::Staff { till, act: Act::Ask });
            if world.dice.chance(400) {
                // One change seldom comes alone, and second thoughts come soon.
                let again = at + world.dice.between(20, 4_000);
                let act = if world.dice.chance(300) { Act::Replace } else { Act::Ask };
                world.plan(again, Happening::Staff { till, act });
            }
        }
        people_act(world, till);
        people_come_and_go(world, till);
        if till != 0 || world.profile.steady.is_none() {
            mishaps(world, till);
        }
    }
    lines_change(world);
}

/// At some time of the schedule.
fn happens(world: &mut World, happening: Happening) -> i64 {
    let at = world.now + world.dice.between(0, world.profile.length_ms);
    world.plan(at, happening);
    at
}

fn people_act(world: &mut World, till: usize) {
    use Act::{
        Approve, ApproveOwn, ApproveStale, Drop, Reject, Replace, Resolve, ResolveAlone, Retry,
        Settle, Withdraw,
    };
    let often = [
        Approve,
        Approve,
        Approve,
        Approve,
        ApproveOwn,
        ApproveStale,
        Reject,
        Resolve,
        Resolve,
        ResolveAlone,
        Settle,
        Settle,
        Drop,
        Withdraw,
        Retry,
        Retry,
        Replace,
    ];
    for _ in 0..world.dice.between(2, 10) {
        if let Some(act) = world.dice.pick(&often) {
            happens(world, Happening::Staff { till, act });
        }
    }
}

/// Approvers leave, lose their role, get another key and come back; somebody tampers with what
/// they gave.
fn people_come_and_go(world: &mut World, till: usize) {
    if till == 0 && world.profile.steady.is_some() {
        return;
    }
    let length = world.profile.length_ms;
    for at_most in [(250, 2), (200, 1), (150, 2)] {
        let (per_mille, times) = at_most;
        for _ in 0..times {
            if !world.people_dice.chance(per_mille) {
                continue;
            }
            let who = world.people_dice.pick(&APPROVERS).unwrap_or(APPROVERS[0]);
            let at = world.now + world.people_dice.between(0, length);
            let (one, other) = match world.people_dice.below(3) {
                0 => (Act::Here(who, false), Act::Here(who, true)),
                1 => (Act::Decides(who, false), Act::Decides(who, true)),
                _ => (Act::NewKey(who), Act::NewKey(who)),
            };
            world.plan(at, Happening::Staff { till, act: one });
            let back = at + world.people_dice.between(1_000, 30_000);
            world.plan(back, Happening::Staff { till, act: other });
        }
    }
    for act in [Act::Tamper, Act::Tamper, Act::ApproveUnsigned] {
        if world.people_dice.chance(150) {
            let at = world.now + world.people_dice.between(0, length);
            world.plan(at, Happening::Staff { till, act });
        }
    }
}

fn mishaps(world: &mut World, till: usize) {
    if world.dice.chance(250) {
        let at = happens(world, Happening::Staff { till, act: Act::Purpose(true) });
        let until = at + world.dice.between(1_000, 40_000);
        world.plan(until, Happening::Staff { till, act: Act::Purpose(false) });
    }
    if world.dice.chance(200) {
        let at = happens(world, Happening::Keyring { till, closed: true });
        let until = at + world.dice.between(1_000, 40_000);
        world.plan(until, Happening::Keyring { till, closed: false });
    }
    if world.dice.chance(120) {
        let at = happens(world, Happening::DiskFull { till, full: true });
        let until = at + world.dice.between(500, 20_000);
        world.plan(until, Happening::DiskFull { till, full: false });
    }
    if world.dice.chance(300) {
        let jumps = [-86_400_000, -3_600_000, -30_000, 30_000, 3_600_000, 86_400_000];
        for _ in 0..world.dice.between(1, 3) {
            let ahead = world.dice.pick(&jumps).unwrap_or(0);
            happens(world, Happening::SetWall { till, ahead });
        }
    }
    if world.dice.chance(150) {
        let ms = world.dice.between(1_000, 120_000);
        happens(world, Happening::Sleeps { till, ms });
    }
    if world.profile.crash_at_commit > 0 && world.dice.chance(400) {
        happens(world, Happening::Crash { till });
    }
}

fn lines_change(world: &mut World) {
    for account in 0..world.providers.len() {
        let steady = world.profile.steady == Some(account);
        for _ in 0..world.dice.between(0, 2) {
            if !steady {
                happens(world, Happening::Outside { account });
            }
        }
        for _ in 0..world.dice.between(0, 2) {
            happens(world, Happening::Signs { account });
        }
        let bad = if world.profile.steady.is_some() { 900 } else { 450 };
        if !steady && world.dice.chance(bad) {
            let lines = [Line::Down, Line::Down, Line::Hangs, Line::Refuses];
            let hangs = world.profile.steady.is_some() && world.dice.chance(600);
            let line = world.dice.pick(&lines).filter(|_| !hangs).unwrap_or(Line::Hangs);
            let at = happens(world, Happening::LineIs { account, line });
            let longest = if world.dice.chance(200) { 300_000 } else { 60_000 };
            let until = at + world.dice.between(1_000, longest);
            world.plan(until, Happening::LineIs { account, line: Line::Open });
            happens(world, Happening::Staff { till: 0, act: Act::Unpause });
        }
    }
}
