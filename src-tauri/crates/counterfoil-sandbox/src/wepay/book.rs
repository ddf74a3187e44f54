//! The provider's side of the rules: what each command does to a payment. No HTTP here; `answer`
//! words the outcome and `serve` calls this.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value};

use super::account::App;
use super::answer;
use super::ask::{Amounts, RefundAsk, UpdateAsk};
use super::keys::Keys;
use super::payment::{Notice, Payment, Refund, RefundStatus, WepayStatus};
use super::problem::{At, Problem};
use super::switches::WepaySwitches;
use crate::chance::Chance;
use crate::clock::unix_millis;
use crate::ledger::EffectKind;

const DAY_S: i64 = 24 * 60 * 60;
/// How long an authorised amount waits, and how far ahead a capture may be set.
const WEEK_S: i64 = 7 * DAY_S;
/// Until when a payment can be refunded.
const REFUND_S: i64 = 60 * DAY_S;
/// Until when a card-present payment can be cancelled.
const CANCEL_S: i64 = 90 * 60;
/// The least refund, minor units.
const LEAST_REFUND: i64 = 100;
/// The window of the throttle.
const WINDOW_MS: i64 = 10_000;

/// What took effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Done {
    pub kind: EffectKind,
    pub id: String,
    /// Minor units, where money is concerned.
    pub amount: Option<i64>,
}

/// Everything of all applications.
#[derive(Debug)]
pub(crate) struct Book {
    /// Address of this provider, without a slash at the end.
    pub base: String,
    pub apps: Vec<App>,
    pub switches: WepaySwitches,
    pub keys: Keys,
    /// How far this provider's clock was put forward, milliseconds.
    pub skew_ms: i64,
    payments: Vec<Payment>,
    places: BTreeMap<String, usize>,
    refunds: BTreeMap<String, Refund>,
    notices: Vec<Notice>,
    arrivals: BTreeMap<String, VecDeque<i64>>,
}

impl Book {
    pub(crate) fn new(base: String) -> Self {
        Self {
            base,
            apps: App::all(),
            switches: WepaySwitches::default(),
            keys: Keys::default(),
            skew_ms: 0,
            payments: Vec::new(),
            places: BTreeMap::new(),
            refunds: BTreeMap::new(),
            notices: Vec::new(),
            arrivals: BTreeMap::new(),
        }
    }

    pub(crate) fn now_ms(&self) -> i64 {
        i64::try_from(unix_millis()).unwrap_or(i64::MAX).saturating_add(self.skew_ms)
    }

    pub(crate) fn payments(&self) -> &[Payment] {
        &self.payments
    }

    pub(crate) fn notices(&self) -> &[Notice] {
        &self.notices
    }

    pub(crate) fn refunds(&self) -> impl Iterator<Item = &Refund> {
        self.refunds.values()
    }

    pub(crate) fn payment(&self, id: &str) -> Option<&Payment> {
        self.payments.get(*self.places.get(id)?)
    }

    pub(crate) fn payment_mut(&mut self, id: &str) -> Option<&mut Payment> {
        self.payments.get_mut(*self.places.get(id)?)
    }

    /// The payment, if it belongs to the application. Ids are case-sensitive.
    pub(crate) fn owned(&self, app: &str, id: &str) -> Result<&Payment, Problem> {
        let found = self.payment(id).filter(|payment| payment.app_id == app);
        found.ok_or_else(|| self.unknown("id"))
    }

    fn owned_mut(&mut self, app: &str, id: &str) -> Result<&mut Payment, Problem> {
        let unknown = self.unknown("id");
        self.payment_mut(id).filter(|payment| payment.app_id == app).ok_or(unknown)
    }

    pub(crate) fn refund_of(&self, app: &str, id: &str) -> Result<&Refund, Problem> {
        let found = self.refunds.get(id).filter(|refund| refund.app_id == app);
        found.ok_or_else(|| self.unknown("id"))
    }

    /// Which status and reason an unknown id has is not documented (A-WEP-07).
    fn unknown(&self, target: &str) -> Problem {
        let status = self.switches.statuses.unknown_id;
        let mut problem =
            Problem::invalid(At::Path, target, "RESOURCE_NOT_FOUND", "There is no such resource.");
        problem.status = axum::http::StatusCode::from_u16(status).unwrap_or(problem.status);
        problem
    }

    /// Adds a payment as it is.
    pub(crate) fn add(&mut self, mut payment: Payment) {
        payment.number = u64::try_from(self.payments.len()).unwrap_or(0) + 1;
        self.places.insert(payment.id.clone(), self.payments.len());
        self.payments.push(payment);
    }

    /// Counts a request against the limit of an endpoint.
    pub(crate) fn within_rate(&mut self, app: &str, endpoint: &str, now_ms: i64) -> bool {
        let Some(most) = self.switches.throttle.per_ten_seconds else { return true };
        let seen = self.arrivals.entry(format!("{app} {endpoint}")).or_default();
        while seen.front().is_some_and(|at| now_ms - at >= WINDOW_MS) {
            seen.pop_front();
        }
        if seen.len() >= most {
            return false;
        }
        seen.push_back(now_ms);
        true
    }

    /// What time alone has done since it was last asked.
    pub(crate) fn tick(&mut self, now_ms: i64) -> Vec<Done> {
        let now = now_ms.div_euclid(1_000);
        let due: Vec<String> = self
            .payments
            .iter()
            .filter(|payment| is_due(payment, now, now_ms))
            .map(|payment| payment.id.clone())
            .collect();
        let done = due.iter().filter_map(|id| self.overdue(id, now, now_ms)).collect();
        let ready = |refund: &&Refund| {
            let due = refund.completes_at_ms.is_some_and(|at| at <= now_ms);
            refund.status == RefundStatus::Pending && due
        };
        let ready: Vec<String> =
            self.refunds.values().filter(ready).map(|r| r.id.clone()).collect();
        for id in ready {
            self.end_refund(&id, RefundStatus::Completed, now);
        }
        done
    }

    fn overdue(&mut self, id: &str, now: i64, now_ms: i64) -> Option<Done> {
        let pending_ms = self.switches.after_capture.pending_ms;
        let payment = self.payment_mut(id)?;
        if payment.completes_at_ms.is_some() {
            payment.completes_at_ms = None;
            payment.status = WepayStatus::Completed;
            self.tell(id, "payments.completed", now);
            return None;
        }
        if payment.capture_at.is_some_and(|at| at <= now) {
            return self.take(id, pending_ms, now_ms);
        }
        payment.status = WepayStatus::Failed;
        payment.failure = Some(("PAYMENT_EXPIRED", "request_expired"));
        self.tell(id, "payments.failed", now);
        None
    }

    /// The capture itself. Networks decline what is more than 120 % of what was authorised.
    fn take(&mut self, id: &str, pending_ms: i64, now_ms: i64) -> Option<Done> {
        let now = now_ms.div_euclid(1_000);
        let payment = self.payment_mut(id)?;
        if payment.amount.saturating_mul(100) > payment.authorised.saturating_mul(120) {
            payment.status = WepayStatus::Failed;
            payment.failure = Some(("NOT_CAPTURED", "card_declined"));
            self.tell(id, "payments.failed", now);
            return None;
        }
        let amount = payment.amount;
        if pending_ms > 0 {
            payment.capture_at = Some(now);
            payment.completes_at_ms = Some(now_ms.saturating_add(pending_ms));
        } else {
            payment.status = WepayStatus::Completed;
            self.tell(id, "payments.completed", now);
        }
        Some(Done { kind: EffectKind::Capture, id: id.to_owned(), amount: Some(amount) })
    }

    /// Update page.
    pub(crate) fn update(
        &mut self,
        app: &str,
        id: &str,
        ask: UpdateAsk,
        now_ms: i64,
    ) -> Result<Done, Problem> {
        let now = now_ms.div_euclid(1_000);
        let switches = self.switches.clone();
        let payment = self.owned_mut(app, id)?;
        if !(payment.waits() || switches.updates.texts_always && !ask.concerns_money()) {
            return Err(Problem::state("Only a payment that waits for its capture is updated."));
        }
        if let Some(Some(at)) = ask.capture_at
            && !(now < at && at <= now.saturating_add(WEEK_S))
        {
            let message = "capture_at must lie ahead, by seven days at most.";
            return Err(Problem::body("capture_at", message));
        }
        let total = fitting(payment, ask.amounts.as_ref())?;
        set(payment, ask, total, &switches);
        Ok(Done { kind: EffectKind::Update, id: id.to_owned(), amount: total })
    }

    /// Capture page.
    pub(crate) fn capture(
        &mut self,
        app: &str,
        id: &str,
        ask: UpdateAsk,
        now_ms: i64,
    ) -> Result<Option<Done>, Problem> {
        let switches = self.switches.clone();
        let payment = self.owned_mut(app, id)?;
        if !payment.waits() {
            return Err(Problem::state("Only a payment that waits for its capture is captured."));
        }
        let total = fitting(payment, ask.amounts.as_ref())?;
        set(payment, ask, total, &switches);
        Ok(self.take(id, switches.after_capture.pending_ms, now_ms))
    }

    /// Cancel page.
    pub(crate) fn cancel(
        &mut self,
        app: &str,
        id: &str,
        (reason, rbits): (String, Option<Vec<Value>>),
        now_ms: i64,
    ) -> Result<Done, Problem> {
        let now = now_ms.div_euclid(1_000);
        let payment = self.owned_mut(app, id)?;
        if payment.status != WepayStatus::Pending || payment.completes_at_ms.is_some() {
            let state = payment.status.as_str();
            return Err(Problem::state(format!("A {state} payment cannot be cancelled.")));
        }
        if payment.card_present && now - payment.create_time > CANCEL_S {
            let message = "A card-present payment is cancelled within 90 minutes.";
            return Err(Problem::state(message));
        }
        payment.status = WepayStatus::Canceled;
        payment.cancel_reason = Some(reason);
        payment.rbits.extend(rbits.unwrap_or_default());
        self.tell(id, "payments.canceled", now);
        Ok(Done { kind: EffectKind::Cancel, id: id.to_owned(), amount: None })
    }

    /// Refund page. The refund is there even where it failed at once.
    pub(crate) fn refund(
        &mut self,
        app: &str,
        ask: RefundAsk,
        chance: &mut Chance,
        now_ms: i64,
    ) -> Result<(String, Option<Done>), Problem> {
        let now = now_ms.div_euclid(1_000);
        let life = self.switches.refunds.clone();
        let payment = match self.payment(&ask.payment_id).filter(|p| p.app_id == app) {
            Some(payment) => payment.clone(),
            None => return Err(Problem::body("payment_id", "There is no such payment.")),
        };
        let amount = refundable(&payment, ask.amounts.as_ref(), now)?;
        let too_old = now - payment.create_time >= REFUND_S;
        let refund = Refund {
            id: uuid(chance),
            payment_id: payment.id.clone(),
            app_id: app.to_owned(),
            owner: payment.owner.clone(),
            create_time: now,
            status: RefundStatus::Pending,
            amount,
            fee_refund_amount: ask.amounts.and_then(|amounts| amounts.fee).unwrap_or(0),
            currency: payment.currency.clone(),
            reason: ask.reason,
            failure: None,
            custom_data: ask.custom_data,
            reference_id: ask.reference_id,
            order_id: ask.order_id,
            completes_at_ms: life.completes_after_ms.map(|wait| now_ms.saturating_add(wait)),
            counted: false,
        };
        let id = refund.id.clone();
        self.refunds.insert(id.clone(), refund);
        if too_old || life.fails {
            self.end_refund(&id, RefundStatus::Failed, now);
            return Ok((id, None));
        }
        if life.completes_after_ms == Some(0) {
            self.end_refund(&id, RefundStatus::Completed, now);
        } else if life.pending_counts {
            self.count(&id, true);
        }
        Ok((id, Some(Done { kind: EffectKind::Refund, id: payment.id, amount: Some(amount) })))
    }

    /// Ends a refund that is pending.
    pub(crate) fn end_refund(&mut self, id: &str, status: RefundStatus, now: i64) {
        self.count(id, status == RefundStatus::Completed);
        let Some(refund) = self.refunds.get_mut(id) else { return };
        refund.status = status;
        refund.completes_at_ms = None;
        refund.failure = (status == RefundStatus::Failed).then_some("unknown");
        let topic = match status {
            RefundStatus::Completed => "refunds.completed",
            RefundStatus::Failed => "refunds.failed",
            RefundStatus::Pending => return,
        };
        let (app, payload) = (refund.app_id.clone(), answer::refund(refund));
        self.note(app, topic, payload, now);
    }

    /// Counts a refund in the payment's sum, or no longer.
    fn count(&mut self, id: &str, counts: bool) {
        let Some(refund) = self.refunds.get_mut(id) else { return };
        let change = match (refund.counted, counts) {
            (false, true) => refund.amount,
            (true, false) => -refund.amount,
            (true, true) | (false, false) => 0,
        };
        refund.counted = counts;
        let payment_id = refund.payment_id.clone();
        if let Some(payment) = self.payment_mut(&payment_id) {
            payment.refunded += change;
        }
    }

    /// Tells of a payment.
    pub(crate) fn tell(&mut self, id: &str, topic: &'static str, now: i64) {
        let Some(payment) = self.payment(id) else { return };
        let (app, payload) = (payment.app_id.clone(), answer::payment(payment));
        self.note(app, topic, payload, now);
    }

    fn note(&mut self, app_id: String, topic: &'static str, payload: Value, event_time: i64) {
        let number = u64::try_from(self.notices.len()).unwrap_or(0) + 1;
        let id = format!("00000000-0000-0000-0001-{number:012x}");
        self.notices.push(Notice { number, id, app_id, event_time, topic, payload });
    }
}

/// True where time alone has something to do.
fn is_due(payment: &Payment, now: i64, now_ms: i64) -> bool {
    if payment.completes_at_ms.is_some_and(|at| at <= now_ms) {
        return true;
    }
    let captured = payment.capture_at.is_some_and(|at| at <= now);
    payment.waits() && (captured || now >= payment.create_time.saturating_add(WEEK_S))
}

/// Card present: up or down. Card not present: down only.
fn fitting(payment: &Payment, amounts: Option<&Amounts>) -> Result<Option<i64>, Problem> {
    let Some(amounts) = amounts else { return Ok(None) };
    if amounts.currency != payment.currency {
        return Err(Problem::body("currency", "The payment is in another currency."));
    }
    if amounts.total > payment.amount && !payment.card_present {
        return Err(Problem::body("amount", "It may only be lowered."));
    }
    Ok(Some(amounts.total))
}

fn set(payment: &mut Payment, ask: UpdateAsk, total: Option<i64>, switches: &WepaySwitches) {
    if let Some(total) = total {
        payment.amount = total;
    }
    if let Some(at) = ask.capture_at {
        payment.capture_at = at;
    }
    if let Some(reference) = ask.reference_id {
        payment.reference_id = reference;
    }
    payment.rbits.extend(ask.rbits.unwrap_or_default());
    match ask.custom_data {
        Some(Some(given)) => set_custom_data(payment, given, switches),
        Some(None) if switches.custom_data.null_clears => payment.custom_data = None,
        Some(None) | None => {}
    }
}

/// A-WEP-04.
fn set_custom_data(payment: &mut Payment, given: Map<String, Value>, switches: &WepaySwitches) {
    let rules = &switches.custom_data;
    let kept = payment.custom_data.take().filter(|_| rules.merges).unwrap_or_default();
    let mut members = kept;
    for (key, value) in given {
        if value.is_null() && rules.null_removes {
            members.remove(&key);
        } else {
            members.insert(key, value);
        }
    }
    payment.custom_data = Some(members);
}

/// What goes back; all that is left where no amount is named.
fn refundable(payment: &Payment, amounts: Option<&Amounts>, now: i64) -> Result<i64, Problem> {
    if payment.status != WepayStatus::Completed {
        return Err(Problem::state("Only a completed payment is refunded."));
    }
    let left = payment.returnable();
    if left == 0 {
        return Err(Problem::state("Nothing is left to refund."));
    }
    if now - payment.create_time >= REFUND_S && !payment.card_present {
        return Err(Problem::state("A payment is refunded within 60 days."));
    }
    let Some(amounts) = amounts else { return Ok(left) };
    if amounts.currency != payment.currency {
        return Err(Problem::body("currency", "The payment is in another currency."));
    }
    if amounts.total < LEAST_REFUND {
        return Err(Problem::body("total_amount", "The least refund is 100."));
    }
    if amounts.total > left {
        return Err(Problem::body("total_amount", "That much is not left."));
    }
    if payment.disputed > 0 && amounts.total < left {
        return Err(Problem::body("total_amount", "After a dispute the rest goes back whole."));
    }
    Ok(amounts.total)
}

/// An id in the shape of the provider's.
pub(crate) fn uuid(chance: &mut Chance) -> String {
    let hex = chance.hex32();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}
