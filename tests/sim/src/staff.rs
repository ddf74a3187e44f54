//! People: at the tills, at the providers, and the customer.

use counterfoil_core::account::Provider as Name;
use counterfoil_core::approval::{Facts, Level, Rules as ApprovalRules, judge};
use counterfoil_core::change::{Change, Event, Finding, State};
use counterfoil_core::command::{Command, ReasonCode};
use counterfoil_core::engine::Input;
use counterfoil_core::id::{ChangeId, StaffId};
use counterfoil_core::lane::sums;
use counterfoil_core::payment::{Base, PaymentState};
use counterfoil_core::staff::Role;

use crate::connector::cents;
use crate::disk::{After, Tx};
use crate::provider::{Effect, Kind, What};
use crate::till::{account_id, account_place};
use crate::wire::Pay;
use crate::world::World;

/// The manager, who may refund alone.
pub const MANAGER: &str = "bob";

/// A cashier's refund above this needs a second person, cents.
pub const REFUND_LIMIT: i64 = 300;

/// What a person at a till does; on which change is for the dice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Asks for a change.
    Ask,
    /// Asks for another total in the place of one that was not sent.
    Replace,
    /// Agrees to what somebody else asked for.
    Approve,
    /// Tries to agree to what they asked for themselves.
    ApproveOwn,
    /// Tries to agree with what was given earlier, or to something else.
    ApproveStale,
    /// Agrees without a signature, as before there were any.
    ApproveUnsigned,
    /// An approver leaves, or is back.
    Here(&'static str, bool),
    /// An approver loses their role, or has it again.
    Decides(&'static str, bool),
    /// An approver has another PIN, and so another key.
    NewKey(&'static str),
    /// Somebody changes what an approver gave, in the store itself.
    Tamper,
    /// Refuses.
    Reject,
    /// Takes back, or tries to.
    Withdraw,
    /// Wants it now.
    Retry,
    /// Looks at the provider's back office and settles a doubt, with a second person.
    Resolve,
    /// Tries to settle a doubt alone.
    ResolveAlone,
    /// Puts a conflict on a new base, or drops it.
    Settle,
    /// Drops a conflict.
    Drop,
    /// Offline on purpose, or no longer.
    Purpose(bool),
    /// Has tested the credentials.
    Unpause,
}

pub fn person(name: &str) -> StaffId {
    StaffId::parse(name).expect("plain text")
}

fn needs_approval(by: &StaffId, command: &Command, base: Option<&Base>) -> bool {
    let manager = by.as_str() == MANAGER;
    let (role, limit) =
        if manager { (Role::Manager, None) } else { (Role::Cashier, Some(cents(REFUND_LIMIT))) };
    let rules = ApprovalRules { refund_over: limit, ..ApprovalRules::OPEN };
    let now = counterfoil_core::moment::Moment::default();
    let facts = Facts { command, base, made_at: None, now, refunds_today: None };
    judge(&rules, role, &facts).level != Level::Allowed
}

impl World {
    /// A person at a till does something.
    pub fn staff_acts(&mut self, till: usize, act: Act) {
        let awake = self.tills.get(till).is_some_and(|t| t.up && t.asleep_until <= self.now);
        if !awake {
            return;
        }
        match act {
            Act::Ask => self.asks_for(till),
            Act::Replace => self.replaces(till),
            Act::Approve => self.approves(till, false),
            Act::ApproveOwn => self.approves(till, true),
            Act::ApproveStale => self.approves_stale(till),
            Act::ApproveUnsigned => self.approves_unsigned(till),
            Act::Here(who, here) => self.is_here(till, who, here),
            Act::Decides(who, decides) => self.is_decider(till, who, decides),
            Act::NewKey(who) => self.has_new_key(till, who),
            Act::Tamper => self.tampers(till),
            Act::Reject => {
                let event = Event::Rejected { by: person("carol"), note: None };
                self.on_one_of(till, &[State::AwaitingApproval], event);
            }
            Act::Withdraw => self.withdraws(till),
            Act::Retry => self.retries(till),
            Act::Resolve => self.resolves(till, "carol"),
            Act::ResolveAlone => self.resolves(till, "bob"),
            Act::Settle => self.settles(till),
            Act::Drop => {
                let event = Event::Withdrawn { by: person("bob") };
                self.on_one_of(till, &[State::Conflict], event);
            }
            Act::Purpose(on) => {
                self.note(format_args!("t{till} people: on purpose {on}"));
                self.book.pace.excuse(till, self.now);
                self.commit(till, Tx::OnPurpose(on), After::Nobody);
            }
            Act::Unpause => self.unpauses(till),
        }
    }

    /// One of the changes in these states.
    pub fn one_of(&mut self, till: usize, states: &[State]) -> Option<Change> {
        let rows = &self.tills.get(till)?.rows.rows;
        let fitting: Vec<&Change> = rows
            .values()
            .map(|row| &row.change)
            .filter(|change| states.contains(&change.state))
            .collect();
        let place = self.dice.place(fitting.len());
        fitting.get(place).map(|change| (*change).clone())
    }

    fn on_one_of(&mut self, till: usize, states: &[State], event: Event) {
        let Some(change) = self.one_of(till, states) else { return };
        self.says(till, &change.change_id, event);
    }

    pub fn says(&mut self, till: usize, id: &ChangeId, event: Event) {
        let word = event.word();
        self.note(format_args!("t{till} people: {id} {word}"));
        self.commit(till, Tx::Append(id.clone(), Box::new(event), None), After::Person(id.clone()));
    }

    fn asks_for(&mut self, till: usize) {
        let by = person(if self.dice.chance(300) { MANAGER } else { "alice" });
        if self.dice.chance(60) && self.starts_payments(0) {
            let total = cents(self.dice.between(1, 3) * 1_000);
            let command = Command::Start {
                total,
                invoice: None,
                reference: None,
                email: None,
                items: Vec::new(),
            };
            return self.requests(till, by, command, None, 0);
        }
        let Some((pay, base, kind)) = self.payment_to_change(till) else { return };
        let command = match kind.real() {
            Some(name) => self.real_wish(name, &base),
            None => self.wish(kind, &base),
        };
        if self.fits(till, pay, &command) {
            self.requests(till, by, command, Some((pay, base)), pay.account);
        }
    }

    /// A payment can be begun at any made-up provider; of the real ones only at Bumper.
    fn starts_payments(&self, account: usize) -> bool {
        let kind = self.rules.kinds.get(account).copied();
        kind.is_some_and(|kind| matches!(kind.real(), None | Some(Name::Bumper)))
    }

    fn payment_to_change(&mut self, till: usize) -> Option<(Pay, Base, Kind)> {
        let place = self.tills.get(till)?;
        // Changes of one payment wait for each other: the first payment is asked for often.
        let often = self.dice.chance(400);
        let at = if often { 0 } else { self.dice.place(place.facts.len()) };
        let (id, facts) = place.facts.iter().nth(at)?;
        let pay = Pay::parse(id.as_str())?;
        if self.profile.steady == Some(pay.account) {
            let busy = |till: &crate::till::Till| {
                till.rows.rows.values().any(|row| row.change.payment_id.as_ref() == Some(id))
            };
            if till != 0 || self.tills.iter().any(busy) {
                return None;
            }
        }
        let kind = self.providers.get(pay.account)?.kind;
        Some((pay, Base::of(facts), kind))
    }

    fn wish(&mut self, kind: Kind, base: &Base) -> Command {
        let amount = base.amount.minor();
        let refund = |minor: i64| Command::Refund {
            amount: cents(minor),
            reason: ReasonCode::parse("goods_returned").expect("every till knows it"),
            note: None,
        };
        let paid = base.state == PaymentState::Paid;
        let adjusts = kind == Kind::Plain || kind == Kind::Keyed;
        match self.dice.below(10) {
            0..=3 if paid => refund(self.dice.between(1, 5) * 100),
            4 if !paid => Command::Cancel { reason: None },
            5 | 6 if kind != Kind::Keyed => Command::Relabel {
                invoice: Some(format!("N-{}", self.dice.below(40))),
                reference: None,
                description: None,
                metadata: std::collections::BTreeMap::new(),
            },
            _ if adjusts => {
                let total = (amount + self.dice.between(-3, 3) * 500).max(500);
                let total = if total == amount { amount + 500 } else { total };
                Command::Adjust { total: cents(total), invoice: None, items: Vec::new() }
            }
            _ => refund(self.dice.between(1, 5) * 100),
        }
    }

    fn fits(&self, till: usize, pay: Pay, command: &Command) -> bool {
        let Some(place) = self.tills.get(till) else { return false };
        let Some(facts) = place.facts.get(&pay.id()) else { return false };
        let of_payment: Vec<Change> = place
            .rows
            .rows
            .values()
            .filter(|row| row.change.payment_id == Some(pay.id()))
            .map(|row| row.change.clone())
            .collect();
        let Ok(sums) = sums(&of_payment, cents(0), None) else { return false };
        let lowers = command.total().is_some_and(|total| total.minor() < facts.amount.minor());
        let twice =
            (command.refund().is_some() && sums.open_decrease) || (lowers && sums.open_refund);
        let refusal = self.refusal(pay.account, command, facts, sums.refunded.minor());
        !twice && refusal.is_none()
    }

    fn requests(
        &mut self,
        till: usize,
        by: StaffId,
        command: Command,
        on: Option<(Pay, Base)>,
        account: usize,
    ) {
        let Some(place) = self.tills.get_mut(till) else { return };
        let id = place.next_change();
        let only_if = self.proposes(till, &id, account, &command);
        let (pay, base) = on.map_or((None, None), |(pay, base)| (Some(pay), Some(base)));
        let event = Event::Requested {
            account_id: account_id(account),
            payment_id: pay.map(Pay::id),
            needs_approval: needs_approval(&by, &command, base.as_ref()),
            command: command.clone(),
            base,
            by,
            only_if,
        };
        let word = command.kind().word();
        let minor = command.total().or(command.refund()).map_or(0, |money| money.minor());
        self.note(format_args!("t{till} people: ask {id} {word} {minor} on {pay:?}"));
        self.commit(till, Tx::Request(id.clone(), Box::new(event)), After::Person(id));
    }

    fn replaces(&mut self, till: usize) {
        let unsent = [State::AwaitingApproval, State::Queued];
        let Some(old) = self.one_of(till, &unsent) else { return };
        let (Command::Adjust { total, .. }, Some(base)) = (&old.command, &old.decided_on) else {
            return;
        };
        let account = account_place(&old.account_id);
        if self.profile.steady == Some(account) {
            return;
        }
        let total = cents((total.minor() + self.dice.between(1, 3) * 500).max(500));
        let command = Command::Adjust { total, invoice: None, items: Vec::new() };
        let by = old.requested_by.clone();
        let Some(place) = self.tills.get_mut(till) else { return };
        let id = place.next_change();
        let superseded = Event::Superseded { by: by.clone(), with: id.clone() };
        // The new one is asked for on what its person saw: the newest facts.
        let facts = old.payment_id.as_ref().and_then(|id| place.facts.get(id));
        if facts.is_some_and(|facts| facts.amount == total) {
            return;
        }
        let request = Event::Requested {
            account_id: old.account_id.clone(),
            payment_id: old.payment_id.clone(),
            needs_approval: needs_approval(&by, &command, Some(base)),
            command,
            base: facts.map(Base::of),
            by,
            only_if: None,
        };
        let old = old.change_id;
        self.note(format_args!("t{till} people: {id} takes the place of {old}"));
        let tx = Tx::Replace(old, Box::new(superseded), id.clone(), Box::new(request));
        self.commit(till, tx, After::Person(id));
    }

    fn withdraws(&mut self, till: usize) {
        let any = self.dice.chance(250);
        let unsent = [State::AwaitingApproval, State::Queued, State::Conflict];
        let event = Event::Withdrawn { by: person("alice") };
        self.on_one_of(till, if any { &State::ALL } else { &unsent }, event);
    }

    fn retries(&mut self, till: usize) {
        let open = [State::Queued, State::InDoubt, State::NeedsCustomer];
        let Some(change) = self.one_of(till, &open) else { return };
        self.book.pace.excuse(till, self.now);
        self.note(format_args!("t{till} people: {} now", change.change_id));
        self.commit(till, Tx::Forward(change.change_id), After::Nobody);
        let Some(epoch) = self.tills.get(till).map(|till| till.epoch) else { return };
        let input = Box::new(Input::Nudge(change.account_id));
        self.soon(0, 10, crate::world::Happening::Heard { till, epoch, input });
    }

    /// The provider's back office tells the truth, once nothing can still be on its way.
    fn resolves(&mut self, till: usize, with: &str) {
        let Some(change) = self.one_of(till, &[State::InDoubt]) else { return };
        let id = change.change_id.clone();
        if self.may_still_land(till, &id) {
            return;
        }
        let open_offer = change.payment_id.as_ref().is_some_and(|pay| {
            let pay = Pay::parse(pay.as_str());
            let provider = pay.and_then(|pay| self.providers.get(pay.account));
            let payment = provider.zip(pay).and_then(|(of, pay)| of.payments.get(pay.place));
            let offer = payment.and_then(|payment| payment.offer.as_ref());
            offer.is_some_and(|(_, tag)| {
                change.attempts.iter().any(|attempt| attempt.attempt_id == *tag)
            })
        });
        let under_way = self.providers.iter().any(|provider| {
            provider.is_at_it(|tag| change.attempts.iter().any(|sent| sent.attempt_id == *tag))
        });
        let open = open_offer || under_way;
        let finding = match (self.book.effects_of(till, &id), open) {
            (0, true) => Finding::Wait,
            (0, false) => Finding::NotHappened,
            (_, _) => Finding::Happened,
        };
        let event = Event::Resolved {
            by: person("bob"),
            with: person(with),
            finding,
            reason: "seen in the back office".to_owned(),
            evidence: "digest".to_owned(),
        };
        self.note(format_args!("t{till} people: {id} {finding:?} with {with}"));
        self.says(till, &id, event);
    }

    fn settles(&mut self, till: usize) {
        let Some(change) = self.one_of(till, &[State::Conflict]) else { return };
        let pay = change.payment_id.as_ref().and_then(|id| Pay::parse(id.as_str()));
        let clock = self.tills.get(till).map(|place| place.clock(self.now));
        let facts = pay.zip(clock).and_then(|(pay, clock)| self.facts(pay, clock));
        let Some(facts) = facts else { return };
        let id = change.change_id.clone();
        let by = person("bob");
        let account = account_place(&change.account_id);
        let drops = self.refusal(account, &change.command, &facts, 0).is_some();
        if drops || self.dice.chance(300) {
            return self.says(till, &id, Event::Withdrawn { by });
        }
        let base = Base::of(&facts);
        if let (Some(place), Some(pay)) = (self.tills.get_mut(till), pay) {
            place.facts.insert(pay.id(), facts);
        }
        let needs_approval = needs_approval(&change.requested_by, &change.command, Some(&base));
        let event = Event::Rebased { by, base, needs_approval, evidence: None };
        self.says(till, &id, event);
    }

    fn unpauses(&mut self, till: usize) {
        let Some(place) = self.tills.get(till) else { return };
        let paused = place.rows.paused.iter().filter(|(_, paused)| **paused);
        let accounts: Vec<usize> = paused.map(|(account, _)| *account).collect();
        for account in accounts {
            self.book.pace.excuse(till, self.now);
            self.note(format_args!("t{till} people: account {account} tested"));
            self.commit(till, Tx::Paused(account, false), After::Nobody);
        }
    }

    /// Somebody at the provider changes a payment.
    pub fn somebody_else_acts(&mut self, account: usize) {
        let now = self.now;
        let Some(provider) = self.providers.get_mut(account) else { return };
        let place = self.dice.place(provider.payments.len());
        let Some(payment) = provider.payments.get_mut(place) else { return };
        if payment.is_over() {
            return;
        }
        let pay = Pay { account, place };
        if let Some(name) = provider.kind.real() {
            return self.somebody_acts_at(name, pay);
        }
        let what = match self.dice.below(5) {
            0 => {
                payment.state = PaymentState::Paid;
                None
            }
            1 if payment.state == PaymentState::Paid => {
                let minor = self.dice.between(1, 5) * 100;
                payment.refunded += minor;
                Some(What::Refund(minor))
            }
            2 if payment.state == PaymentState::Open => {
                payment.state = PaymentState::Cancelled;
                Some(What::Cancel)
            }
            3 => {
                payment.invoice = format!("N-{}", self.dice.below(40));
                Some(What::Label(payment.invoice.clone(), None))
            }
            _ => {
                payment.offer = None;
                payment.amount = (payment.amount + self.dice.between(-2, 4) * 500).max(500);
                Some(What::Total(payment.amount))
            }
        };
        self.note(format_args!("somebody at acc{account} {pay} {what:?}"));
        if let Some(what) = what {
            let before = self.ledger.len();
            let effect =
                Effect { pay, what, tag: None, changes: true, by_customer: false, at: now };
            self.ledger.push(effect);
            self.tell_the_book(before);
        }
    }

    /// As far as that provider's rules let anybody.
    fn somebody_acts_at(&mut self, name: Name, pay: Pay) {
        let (now, act) = (self.now, self.dice.below(5));
        let (part, step) = (self.dice.between(1, 5) * 100, self.dice.between(-2, 4) * 500);
        let label = format!("N-{}", self.dice.below(40));
        let Some(provider) = self.providers.get_mut(pay.account) else { return };
        let ends_by_itself = provider.paper.slow.iter().any(|slow| slow.pay == pay);
        let Some(payment) = provider.payments.get_mut(pay.place) else { return };
        if ends_by_itself {
            return;
        }
        let what = payment.changed_by_hand(name, act, (part, step), label);
        payment.touched_at = now;
        self.note(format_args!("somebody at acc{} {pay} {what:?}", pay.account));
        if let Some(what) = what {
            let before = self.ledger.len();
            let effect =
                Effect { pay, what, tag: None, changes: true, by_customer: false, at: now };
            self.ledger.push(effect);
            self.tell_the_book(before);
        }
    }

    /// The customer signs where there is something to sign.
    pub fn customer_signs(&mut self, account: usize) {
        let now = self.now;
        let Some(provider) = self.providers.get_mut(account) else { return };
        let offered = provider.payments.iter().position(|payment| payment.offer.is_some());
        let Some(place) = offered else { return };
        let before = self.ledger.len();
        let pay = Pay { account, place };
        if provider.customer_signs(pay, now, &mut self.ledger) {
            self.note(format_args!("the customer signs {pay}"));
            self.tell_the_book(before);
        }
    }
}
