//! An order service proposes another amount for an order whose payment is linked to one of this
//! till (`docs/callbacks.md`). The proposal may still be rejected there, so what comes of it is a
//! change with a condition: it is sent only once the order, read again, carries the amount.
//!
//! Asked for by [`ORDERS`], under the rules for a cashier: above the limit a second person must
//! agree, and nobody is asked twice about the same proposal.

use counterfoil_connectors::norce::inbound::ProposedOrder;
use counterfoil_core::account::{Account, Provider};
use counterfoil_core::approval::Level;
use counterfoil_core::audit::{AuditFact, sha256_hex};
use counterfoil_core::change::{Change, Condition, Event, State};
use counterfoil_core::command::{Command, Kind};
use counterfoil_core::id::{ChangeId, StaffId};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use counterfoil_core::payment::{Base, Payment, PaymentFacts};
use counterfoil_core::reconcile::base_after;
use counterfoil_core::staff::{ORDERS, Role};
use counterfoil_runtime::{Decision, Notice, Proposals, Runtime};
use counterfoil_store::life::{self, NewChange};
use counterfoil_store::table::proposal::{self, Proposal};
use counterfoil_store::table::staff::{self, StaffRow};
use counterfoil_store::table::{account, audit_entry, change, payment};
use counterfoil_store::{Connection, StoreError};
use serde_json::json;

use crate::Fault;
use crate::input::Asked;
use crate::judging::{self, Asker, Judgement};
use crate::ruling::{self, Wish};
use crate::view::WarningView;

/// What the one who asks for orders is called; the second where a person has the first.
const NAMES: [&str; 2] = ["Norce order", "Norce order (this till)"];

/// In the place of a PIN's hash: it is none, so no PIN fits.
const NO_PIN: &str = "none";

/// What a cashier is warned of and may ask for all the same. Here nobody is there to weigh it, so
/// it is a no: the provider may decline the amount, or return money once more.
const GRAVE: [&str; 3] = ["below_minimum", "above_maximum", "refunded_before"];

/// Decides about proposed orders on the newest facts of this till.
pub struct Orders {
    runtime: Runtime,
}

/// A proposal with what is needed to decide about it.
struct Case {
    account: Account,
    order: ProposedOrder,
    change_id: ChangeId,
    now: Moment,
}

/// The payment of this till that an order's payment is linked to.
enum Linked {
    None,
    One(Box<(Account, Payment)>),
    Several,
}

impl Orders {
    pub fn new(runtime: Runtime) -> Self {
        Self { runtime }
    }
}

impl Proposals for Orders {
    fn decide(&self, account: &Account, order: &ProposedOrder) -> Result<Decision, StoreError> {
        let (now, random) = self.runtime.id_parts();
        let change_id = ChangeId::mint(now, random);
        let case = Case { account: account.clone(), order: order.clone(), change_id, now };
        // Judged and stored where nobody can come between.
        let decided = self.runtime.store().write(move |connection| case.decide(connection));
        let (decision, change_id) = decided?;
        if let Some(change_id) = change_id {
            self.runtime.notify(Notice::Change(change_id));
            self.runtime.notify(Notice::Line);
            self.runtime.look();
        }
        Ok(decision)
    }
}

type Decided = (Decision, Option<ChangeId>);

fn cannot(why: impl Into<String>) -> Decided {
    (Decision::Cannot { why: why.into() }, None)
}

impl Case {
    fn decide(&self, connection: &Connection) -> Result<Decided, StoreError> {
        let Some(reference) = &self.order.payment_reference else {
            return Ok((Decision::Unknown, None));
        };
        let linked = match linked(connection, &self.account, reference)? {
            Linked::None => return Ok((Decision::Unknown, None)),
            Linked::Several => return Ok(cannot("The order's payment names several payments.")),
            Linked::One(linked) => linked,
        };
        let (account, payment) = *linked;
        if payment.facts.amount.currency() != self.order.currency {
            return Ok(cannot("The linked payment is in another currency."));
        }
        match change::of_payment(connection, &payment.payment_id) {
            Ok(changes) => self.decide_on(connection, account, payment, &changes),
            Err(error) if error.is_damage() => {
                Ok(cannot("A change of the linked payment cannot be read."))
            }
            Err(error) => Err(error),
        }
    }

    fn decide_on(
        &self,
        connection: &Connection,
        account: Account,
        payment: Payment,
        changes: &[Change],
    ) -> Result<Decided, StoreError> {
        let condition = self.condition();
        let proposal = self.proposal(&payment);
        let open = changes.iter().filter(|change| !change.state.is_final());
        let mut stands = open.filter(|change| change.only_if.as_ref() == Some(&condition));
        if let Some(change) = stands.next() {
            // The same once more: one change stands for both, and its time begins anew.
            proposal::put(connection, &proposal, &change.change_id, self.now)?;
            return Ok((Decision::Queued, None));
        }
        let known = as_known(&payment, changes);
        let will_carry = will_carry(changes).unwrap_or(known.amount);
        if will_carry == self.order.to_cover {
            return Ok((Decision::Carries, None));
        }
        if let Some(why) = not_settled(changes) {
            return Ok(cannot(why));
        }
        if let Some(why) = refused_before(connection, &proposal, changes)? {
            return Ok(cannot(why));
        }
        self.ask(connection, (account, payment), known, will_carry, &proposal)
    }

    /// Judged as if a cashier asked for it, on the amount that the payment will carry once what is
    /// queued has been sent.
    fn ask(
        &self,
        connection: &Connection,
        (account, payment): (Account, Payment),
        base: Base,
        will_carry: Money,
        proposal: &Proposal,
    ) -> Result<Decided, StoreError> {
        let total = self.order.to_cover;
        let command = Command::Adjust { total, invoice: None, items: Vec::new() };
        let asker = Asker { person: asker(connection, self.now)?, now: self.now };
        let later = PaymentFacts { amount: will_carry, ..payment.facts.clone() };
        let later = Payment { facts: later, ..payment.clone() };
        let asked = Asked { account, payment: Some(later), command, instead_of: None };
        match judging::judge(connection, &asker, &asked)? {
            Err(fault) => return Ok(cannot(in_words(&fault))),
            Ok(Judgement { warnings, .. }) => {
                let grave = |warning: &&WarningView| GRAVE.contains(&warning.code.as_str());
                if let Some(warning) = warnings.iter().find(grave) {
                    return Ok(cannot(of_code(&warning.code)));
                }
            }
        }
        let (payment_id, now) = (Some(&payment.payment_id), self.now);
        let ruled = |base: &Base| {
            let (by, command, base) = (&asker.person, &asked.command, Some(base));
            let wish = Wish { by, command, base, payment_id, change_id: None, now };
            ruling::verdict(connection, &wish)
        };
        // On the amount as it is known, and on the one it will have: the stricter holds.
        let (known, later) = (ruled(&base)?, ruled(&Base { amount: will_carry, ..base.clone() })?);
        let verdict = if later.level > known.level { later } else { known };
        let needs_approval = verdict.level != Level::Allowed;
        let event = Event::Requested {
            account_id: asked.account.account_id,
            payment_id: Some(payment.payment_id),
            command: asked.command,
            base: Some(base),
            by: asker.person.staff_id,
            needs_approval,
            only_if: Some(Box::new(self.condition())),
        };
        let new = NewChange { change_id: self.change_id.clone(), at: self.now, event };
        life::request(connection, &new)?;
        if needs_approval {
            ruling::keep(connection, &self.change_id, &verdict)?;
        }
        proposal::put(connection, proposal, &self.change_id, self.now)?;
        Ok((Decision::Queued, Some(self.change_id.clone())))
    }

    fn condition(&self) -> Condition {
        let ProposedOrder { order_id, payment_id, to_cover, .. } = &self.order;
        Condition {
            account_id: self.account.account_id.clone(),
            provider_ref: format!("{order_id}/{payment_id}"),
            amount: *to_cover,
        }
    }

    fn proposal(&self, payment: &Payment) -> Proposal {
        let meaning = format!("{} {}", self.order.digest, payment.payment_id);
        Proposal {
            account_id: self.account.account_id.clone(),
            order_id: self.order.order_id.clone(),
            payment_id: self.order.payment_id.clone(),
            digest: sha256_hex(meaning.as_bytes()),
            amount: self.order.to_cover,
        }
    }
}

/// The payment that the reference names: `REF`, where exactly one account of another provider
/// holds a payment of this name, else `ACCOUNT/REF`.
fn linked(
    connection: &Connection,
    orders: &Account,
    reference: &str,
) -> Result<Linked, StoreError> {
    let is_other = |other: &Account| {
        other.account_id != orders.account_id && other.provider != Provider::Norce
    };
    let others: Vec<Account> = account::all(connection)?.into_iter().filter(is_other).collect();
    let mut found = Vec::new();
    for account in &others {
        if let Some(payment) = payment::by_ref(connection, &account.account_id, reference)? {
            found.push((account.clone(), payment));
        }
    }
    if let (true, Some((name, rest))) = (found.is_empty(), reference.split_once('/')) {
        let named = |other: &Account| other.name == name || other.account_id.as_str() == name;
        for account in others.into_iter().filter(named) {
            let payment = payment::by_ref(connection, &account.account_id, rest)?;
            found.extend(payment.map(|payment| (account, payment)));
        }
    }
    Ok(match (found.pop(), found.is_empty()) {
        (None, _) => Linked::None,
        (Some(one), true) => Linked::One(Box::new(one)),
        (Some(_), false) => Linked::Several,
    })
}

/// The payment as last read, moved by what this till has applied to it since: the reading that
/// shows it comes a moment later.
fn as_known(payment: &Payment, changes: &[Change]) -> Base {
    let base = Base::of(&payment.facts);
    let since = |change: &&Change| {
        change.state == State::Applied && change.changed_at >= payment.facts.read_at
    };
    changes.iter().filter(since).fold(base, |base, change| base_after(&base, &change.command))
}

/// The total of the newest adjustment that is not final.
fn will_carry(changes: &[Change]) -> Option<Money> {
    let adjusts =
        |change: &&Change| !change.state.is_final() && change.command.kind() == Kind::Adjust;
    changes.iter().rev().find(adjusts).and_then(|change| change.command.total())
}

/// What stands behind a doubt or a conflict is decided on a payment that is not settled.
fn not_settled(changes: &[Change]) -> Option<&'static str> {
    let unsettled = |change: &Change| matches!(change.state, State::InDoubt | State::Conflict);
    let any = changes.iter().any(unsettled);
    any.then_some("An earlier change of the linked payment is not settled yet.")
}

/// The same proposal once more makes nobody say no twice.
fn refused_before(
    connection: &Connection,
    proposal: &Proposal,
    changes: &[Change],
) -> Result<Option<&'static str>, StoreError> {
    let before = proposal::change_of(connection, proposal)?;
    let before = changes.iter().find(|change| Some(&change.change_id) == before.as_ref());
    Ok(before.and_then(|change| match change.state {
        State::Rejected => Some("This amount was refused for the linked payment."),
        State::Declined => Some("The linked payment's provider declined this amount."),
        State::AwaitingApproval
        | State::Queued
        | State::Sending
        | State::Applied
        | State::NeedsCustomer
        | State::InDoubt
        | State::Conflict
        | State::Expired
        | State::Withdrawn => None,
    }))
}

/// The row under which orders ask, made when the first one does.
fn asker(connection: &Connection, now: Moment) -> Result<StaffRow, StoreError> {
    if let Some(row) = staff::find(connection, ORDERS)? {
        return Ok(row);
    }
    let staff_id = StaffId::parse(ORDERS).expect("letters and a dash are an id");
    let mut row = StaffRow::new(staff_id, NAMES[0], Role::Cashier, NO_PIN);
    if staff::find(connection, NAMES[0])?.is_some() {
        NAMES[1].clone_into(&mut row.name);
    }
    staff::insert(connection, &row, now)?;
    let fact = AuditFact {
        at: now.to_rfc3339(),
        who: "till".to_owned(),
        what: "staff.added".to_owned(),
        about: ORDERS.to_owned(),
        facts: json!({ "name": row.name, "role": row.role.word() }),
    };
    audit_entry::append(connection, &fact)?;
    Ok(row)
}

/// A refusal for the order service: which rule, and no fact about the payment.
fn in_words(fault: &Fault) -> String {
    let code = json!(fault.code);
    let code = fault.detail.get("why").map(String::as_str).or(code.as_str()).unwrap_or_default();
    of_code(code)
}

fn of_code(code: &str) -> String {
    format!("The linked payment cannot take this amount ({code}).")
}
