//! The provider's side of the rules: what each command does to a payment. No HTTP and no JSON
//! answers here; `answer` words the outcome and `serve` calls this.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::account::Account;
use super::payment::{MoyasarStatus, Payment};
use super::problem::Problem;
use super::switches::MoyasarSwitches;
use super::texts::{self, TextAsk};
use crate::ledger::EffectKind;

/// What a command did: the payment, and its effect with the sum that moved in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Done {
    pub id: String,
    pub kind: EffectKind,
    pub amount: Option<i64>,
}

/// All payments of all merchants.
#[derive(Debug)]
pub(crate) struct Book {
    /// Address of this provider, without a slash at the end.
    pub base: String,
    pub accounts: Vec<Account>,
    pub switches: MoyasarSwitches,
    payments: Vec<Payment>,
    places: BTreeMap<String, usize>,
    arrivals: BTreeMap<usize, Vec<Instant>>,
}

impl Book {
    pub(crate) fn new(base: String) -> Self {
        Self {
            base,
            accounts: Account::all(),
            switches: MoyasarSwitches::default(),
            payments: Vec::new(),
            places: BTreeMap::new(),
            arrivals: BTreeMap::new(),
        }
    }

    pub(crate) fn payments(&self) -> &[Payment] {
        &self.payments
    }

    pub(crate) fn payment(&self, id: &str) -> Option<&Payment> {
        self.payments.get(*self.places.get(id)?)
    }

    pub(crate) fn payment_mut(&mut self, id: &str) -> Option<&mut Payment> {
        self.payments.get_mut(*self.places.get(id)?)
    }

    /// The payment, if it belongs to the merchant.
    pub(crate) fn owned(&self, account: usize, id: &str) -> Result<&Payment, Problem> {
        let payment = self.payment(id).filter(|payment| payment.account == account);
        payment.ok_or_else(Problem::missing)
    }

    fn owned_mut(&mut self, account: usize, id: &str) -> Result<&mut Payment, Problem> {
        let payment = self.payment_mut(id).filter(|payment| payment.account == account);
        payment.ok_or_else(Problem::missing)
    }

    /// Adds a payment as it is.
    pub(crate) fn add(&mut self, payment: Payment) {
        self.places.insert(payment.id.clone(), self.payments.len());
        self.payments.push(payment);
    }

    /// Counts a request against the limit of the merchant (A-MOY-09).
    pub(crate) fn within_rate(&mut self, account: usize, now: Instant) -> bool {
        let Some(max) = self.switches.rate.max_per_second else {
            return true;
        };
        let seen = self.arrivals.entry(account).or_default();
        seen.retain(|at| now.saturating_duration_since(*at) < Duration::from_secs(1));
        if seen.len() >= usize::try_from(max).unwrap_or(usize::MAX) {
            return false;
        }
        seen.push(now);
        true
    }

    /// Update Payment page: description and metadata, nothing else, ever.
    pub(crate) fn update(
        &mut self,
        account: usize,
        id: &str,
        ask: TextAsk,
        now: u64,
    ) -> Result<Done, Problem> {
        let switches = self.switches.clone();
        let payment = self.owned_mut(account, id)?;
        let only_in = switches.updates.only_in.as_ref();
        if only_in.is_some_and(|states| !states.contains(&payment.status)) {
            return Err(Problem::bad("This payment cannot be updated."));
        }
        texts::set(payment, ask, &switches)?;
        payment.updated_at = now;
        Ok(Done { id: id.to_owned(), kind: EffectKind::Update, amount: None })
    }

    /// A refund of this much, or of all that is left. Nothing recognises a repetition.
    pub(crate) fn refund(
        &mut self,
        account: usize,
        id: &str,
        amount: Option<i64>,
        now: u64,
    ) -> Result<Done, Problem> {
        let switches = self.switches.clone();
        let payment = self.owned_mut(account, id)?;
        let left = left_to_refund(payment, &switches, now)?;
        let back = amount.unwrap_or(left);
        if back > left || left == 0 {
            return Err(Problem::field("amount", "must not be more than what is left"));
        }
        payment.refunded += back;
        payment.refunded_at = Some(now);
        payment.updated_at = now;
        if back == left || switches.partial_refunds.become_refunded {
            payment.status = MoyasarStatus::Refunded;
        }
        Ok(Done { id: id.to_owned(), kind: EffectKind::Refund, amount: Some(back) })
    }

    /// Takes this much of what is held, or all; the rest is released.
    pub(crate) fn capture(
        &mut self,
        account: usize,
        id: &str,
        amount: Option<i64>,
        now: u64,
    ) -> Result<Done, Problem> {
        let holds_ms = self.switches.authorisation.holds_ms;
        let payment = self.owned_mut(account, id)?;
        if payment.status != MoyasarStatus::Authorized {
            return Err(Problem::bad("Only authorized payments can be captured."));
        }
        if payment.dead || now > payment.created_at.saturating_add(holds_ms) {
            return Err(Problem::bad("The issuer no longer holds this authorization."));
        }
        let taken = amount.unwrap_or(payment.amount);
        if taken > payment.amount {
            return Err(Problem::field("amount", "must not be more than the authorized amount"));
        }
        payment.status = MoyasarStatus::Captured;
        payment.captured = taken;
        payment.captured_at = Some(now);
        payment.updated_at = now;
        Ok(Done { id: id.to_owned(), kind: EffectKind::Capture, amount: Some(taken) })
    }

    /// Lets go what is held or, by A-MOY-07, what is not settled yet.
    pub(crate) fn void(&mut self, account: usize, id: &str, now: u64) -> Result<Done, Problem> {
        let until_settled = self.switches.voids.until_settled;
        let payment = self.owned_mut(account, id)?;
        let possible = match payment.status {
            MoyasarStatus::Authorized => true,
            MoyasarStatus::Paid | MoyasarStatus::Captured => {
                until_settled && !payment.settled && payment.refunded == 0
            }
            MoyasarStatus::Initiated
            | MoyasarStatus::Failed
            | MoyasarStatus::Refunded
            | MoyasarStatus::Voided
            | MoyasarStatus::Verified => false,
        };
        if !possible {
            return Err(Problem::bad("This payment cannot be voided."));
        }
        let returned = Some(payment.returnable()).filter(|back| *back > 0);
        payment.status = MoyasarStatus::Voided;
        payment.voided_at = Some(now);
        payment.updated_at = now;
        Ok(Done { id: id.to_owned(), kind: EffectKind::Void, amount: returned })
    }
}

/// What a refund may return, or why none is taken. The sentence is the provider's own.
fn left_to_refund(payment: &Payment, switches: &MoyasarSwitches, now: u64) -> Result<i64, Problem> {
    let window = switches.refund_window.ends_after_ms;
    if window.is_some_and(|ms| now > payment.created_at.saturating_add(ms)) {
        return Err(Problem::bad("It is too late to refund this payment."));
    }
    let taken = if payment.captured > 0 { payment.captured } else { payment.amount };
    let again = payment.status == MoyasarStatus::Refunded && payment.refunded < taken;
    if again && switches.partial_refunds.second_allowed {
        return Ok(taken - payment.refunded);
    }
    match payment.status {
        MoyasarStatus::Paid | MoyasarStatus::Captured => {
            let untouched = payment.refunded == 0 || switches.partial_refunds.second_allowed;
            let message = "This payment was already refunded in part.";
            if untouched { Ok(payment.returnable()) } else { Err(Problem::bad(message)) }
        }
        MoyasarStatus::Initiated
        | MoyasarStatus::Authorized
        | MoyasarStatus::Failed
        | MoyasarStatus::Refunded
        | MoyasarStatus::Voided
        | MoyasarStatus::Verified => {
            Err(Problem::bad("Only paid or captured payments can be refunded."))
        }
    }
}
