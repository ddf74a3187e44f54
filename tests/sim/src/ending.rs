//! The end of a schedule: nothing bad happens any more and time runs on. First everything must be
//! final or visibly wait for a person; then the people clear the desk and everything must be final.

use counterfoil_core::change::{Change, State};
use counterfoil_core::engine::WaitWhy;

use crate::line::Line;
use crate::rows::Row;
use crate::staff::Act;
use crate::till::{Till, account_place};
use crate::world::{Happening, World};

/// How long a till may take to come to rest once nothing bad happens: a provider may have asked
/// for twenty seconds, a pause may last a minute, a settle time half of one.
const REST_MS: i64 = 1_800_000;

/// Happenings in one stretch: more is a storm.
const MOST_HAPPENINGS: u64 = 6_000;

/// How often the people go over the desk before what is left counts as stuck.
const ROUNDS: usize = 14;

/// Runs a schedule to its end.
pub fn run_to_the_end(world: &mut World) {
    let end = world.now + world.profile.length_ms;
    let nothing = |_: &World| false;
    world.run(end, MOST_HAPPENINGS, nothing);
    world.calm_down();
    world.comes_to_rest("nothing is silently stuck");
    for round in 0..ROUNDS {
        if !world.book.violations.is_empty() || !world.has_open() {
            break;
        }
        world.clear_the_desk(round);
        world.comes_to_rest("nothing is silently stuck");
    }
    world.final_check();
}

impl World {
    fn calm_down(&mut self) {
        self.calm = true;
        self.book.delays(self.now);
        self.book.steady = None;
        self.note(format_args!("CALM"));
        for line in &mut self.lines {
            *line = Line::Open;
        }
        for till in &mut self.tills {
            till.keyring_closed = false;
            till.asleep_until = 0;
            till.disk.full = false;
        }
        for till in 0..self.tills.len() {
            self.everybody_is_here(till);
            let now = self.now;
            self.plan(now, Happening::Start { till, new_boot: false });
            for act in [Act::Purpose(false), Act::Unpause] {
                self.plan(now + 50, Happening::Staff { till, act });
                self.plan(now + 60_000, Happening::Staff { till, act });
            }
        }
    }

    fn comes_to_rest(&mut self, rule: &'static str) {
        let end = self.now + REST_MS;
        let soonest = self.now + 1_000;
        self.run(end, MOST_HAPPENINGS, |world| {
            world.now > soonest && world.unsettled().is_none() && !world.letters_under_way()
        });
        if !self.book.violations.is_empty() {
            return;
        }
        if let Some(what) = self.unsettled() {
            self.book.broken(rule, what);
        }
    }

    /// A change that is neither final nor visibly waiting for a person.
    fn unsettled(&self) -> Option<String> {
        self.tills.iter().find_map(|till| {
            if !till.up {
                return Some(format!("till {} is down", till.place));
            }
            let stuck = till.rows.rows.values().find(|row| !is_settled(till, row))?;
            let (id, state) = (&stuck.change.change_id, stuck.change.state.word());
            let plan = stuck.out.as_ref().map(|out| &out.plan);
            Some(format!("till {} {id} {state} {plan:?}", till.place))
        })
    }

    fn has_open(&self) -> bool {
        let open =
            |row: &Row| !row.change.state.is_final() && row.change.state != State::NeedsCustomer;
        self.tills.iter().any(|till| till.rows.rows.values().any(open))
    }

    fn clear_the_desk(&mut self, round: usize) {
        for till in 0..self.tills.len() {
            // First what may be done; whoever still stands in conflict late in the day is dropped.
            let conflict = if round > 3 { Act::Drop } else { Act::Settle };
            for act in
                [Act::Unpause, Act::Approve, Act::Resolve, conflict, Act::Approve, Act::Resolve]
            {
                let after = self.dice.between(0, 400);
                self.plan(self.now + after, Happening::Staff { till, act });
            }
        }
        for account in 0..self.providers.len() {
            self.plan(self.now + 500, Happening::Signs { account });
        }
        self.now += 600;
    }

    fn final_check(&mut self) {
        if !self.book.violations.is_empty() {
            return;
        }
        self.book.balance();
        for till in 0..self.tills.len() {
            let Some(rows) = self.tills.get(till).map(|till| till.disk.fold()) else { continue };
            self.book.compare(till, &rows, true);
        }
        if self.book.violations.is_empty() && self.has_open() {
            let left = self.tills.iter().flat_map(|till| till.rows.rows.values());
            let left = left.filter(|row| !row.change.state.is_final());
            let words: Vec<String> = left
                .map(|row| format!("{} {}", row.change.change_id, row.change.state.word()))
                .collect();
            self.book.broken("every queue drains", words.join(", "));
        }
    }
}

fn is_settled(till: &Till, row: &Row) -> bool {
    let account = account_place(&row.change.account_id);
    if till.rows.paused.get(&account).copied().unwrap_or(false) {
        // The pause is shown; staff test the credentials.
        return row.change.state != State::Sending;
    }
    match row.change.state {
        State::Rejected
        | State::Applied
        | State::Declined
        | State::Expired
        | State::Withdrawn
        | State::AwaitingApproval
        | State::NeedsCustomer
        | State::Conflict => true,
        State::InDoubt => row
            .out
            .as_ref()
            .is_some_and(|out| out.plan.why == WaitWhy::Person && out.plan.error.is_some()),
        State::Sending => false,
        State::Queued => stands_behind_a_person(till, row),
    }
}

/// Behind a conflict or a doubt that waits for a person, which is shown.
fn stands_behind_a_person(till: &Till, row: &Row) -> bool {
    let place = |row: &Row| row.out.as_ref().map_or(u32::MAX, |out| out.place);
    let waits = |change: &Change| matches!(change.state, State::Conflict | State::InDoubt);
    row.change.payment_id.is_some()
        && till.rows.rows.values().any(|other| {
            other.change.payment_id == row.change.payment_id
                && waits(&other.change)
                && place(other) < place(row)
        })
}
