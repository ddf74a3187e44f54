//! Orders elsewhere that changes wait for: what each comes to, and how a till reads it.

use counterfoil_core::change::{Condition, ConditionSeen};
use counterfoil_core::command::Command;
use counterfoil_core::engine::Input;
use counterfoil_core::id::{AccountId, ChangeId};

use crate::world::{Happening, World};

/// The longest until an order carries what it proposed, milliseconds.
const LONGEST_MS: i64 = 6_000;

/// What a proposed order comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// From when on it carries the amount; none: never.
    pub carries_from: Option<i64>,
    /// It was cancelled, and says so.
    pub cancelled: bool,
    /// When it was read last.
    pub read_at: i64,
}

impl Order {
    /// True where it carries the amount at this moment.
    pub fn carries(&self, at: i64) -> bool {
        self.carries_from.is_some_and(|from| from <= at)
    }

    fn seen(&self, at: i64) -> ConditionSeen {
        if self.carries(at) {
            return ConditionSeen::Holds;
        }
        let why = "the order does not carry it".to_owned();
        if self.cancelled { ConditionSeen::Gone { why } } else { ConditionSeen::NotYet { why } }
    }
}

impl World {
    /// An adjustment may be what an order proposed. That of the steady account never is: it would
    /// wait for somebody else.
    pub fn proposes(
        &mut self,
        till: usize,
        id: &ChangeId,
        account: usize,
        command: &Command,
    ) -> Option<Box<Condition>> {
        let Command::Adjust { total, .. } = command else { return None };
        if self.profile.steady == Some(account) || !self.dice.chance(self.profile.proposed) {
            return None;
        }
        let carries = self.dice.chance(600);
        let carries_from = carries.then(|| self.now + self.dice.between(0, LONGEST_MS));
        let cancelled = !carries && self.dice.chance(300);
        let order = Order { carries_from, cancelled, read_at: 0 };
        self.book.orders.insert((till, id.clone()), order);
        Some(Box::new(Condition {
            account_id: AccountId::parse("orders").expect("plain text"),
            provider_ref: format!("o/{id}"),
            amount: *total,
        }))
    }

    /// A till reads an order: what it says is what is true when it is asked.
    pub fn reads_order(&mut self, till: usize, id: ChangeId, keyring_closed: bool) {
        let unread = keyring_closed || self.mischief(self.profile.bad_line);
        let now = self.now;
        let Some(epoch) = self.tills.get(till).map(|till| till.epoch) else { return };
        let Some(order) = self.book.orders.get_mut(&(till, id.clone())) else { return };
        order.read_at = now;
        let unread = unread.then(|| ConditionSeen::Unread { why: "no line".to_owned() });
        let seen = unread.unwrap_or_else(|| order.seen(now));
        let input = Box::new(Input::ConditionRead { change_id: id, seen });
        self.soon(1, 400, Happening::Heard { till, epoch, input });
    }
}
