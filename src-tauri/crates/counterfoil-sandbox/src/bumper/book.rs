//! The provider's side of the rules: what each command does to a payment. No HTTP and no JSON
//! answers here; `answer` words the outcome and `serve` calls this.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rust_decimal::Decimal;

use super::account::Account;
use super::ask::{BAD_TOKEN, ChangeAsk, Refusal, StartAsk, refuse};
use super::money;
use super::payment::{Link, LinkState, Payment, PaymentStatus};
use super::switches::{AmountChanges, BumperSwitches, CancelOncePaid, RefundCap};
use crate::chance::Chance;
use crate::ledger::EffectKind;

/// Payment numbers of webhooks start here, so that they have six digits.
const FIRST_NUMBER: u32 = 100_001;

/// What a command did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Done {
    /// Nothing when a repeated cancel found nothing left to do.
    pub kind: Option<EffectKind>,
    pub token: String,
    pub amount: Option<Decimal>,
    pub invoice_number: Option<String>,
    /// The link the customer must open, for a signed increase.
    pub link: Option<String>,
}

/// All payments of all dealerships.
#[derive(Debug)]
pub(crate) struct Book {
    /// Address of this provider, without a slash at the end; links are made from it.
    pub base: String,
    pub accounts: Vec<Account>,
    pub switches: BumperSwitches,
    payments: Vec<Payment>,
    places: BTreeMap<String, usize>,
    links: BTreeMap<String, Link>,
    arrivals: BTreeMap<String, Vec<Instant>>,
}

impl Book {
    pub(crate) fn new(base: String) -> Self {
        Self {
            base,
            accounts: Account::all(),
            switches: BumperSwitches::default(),
            payments: Vec::new(),
            places: BTreeMap::new(),
            links: BTreeMap::new(),
            arrivals: BTreeMap::new(),
        }
    }

    pub(crate) fn account(&self, api_key: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.api_key == api_key)
    }

    pub(crate) fn payments(&self) -> &[Payment] {
        &self.payments
    }

    pub(crate) fn payment(&self, token: &str) -> Option<&Payment> {
        self.payments.get(*self.places.get(token)?)
    }

    pub(crate) fn payment_mut(&mut self, token: &str) -> Option<&mut Payment> {
        self.payments.get_mut(*self.places.get(token)?)
    }

    /// The payment, if the token belongs to the dealership.
    pub(crate) fn owned(&self, api_key: &str, token: &str) -> Result<&Payment, Refusal> {
        match self.payment(token) {
            Some(payment) if payment.api_key == api_key => Ok(payment),
            Some(_) | None => refuse(BAD_TOKEN),
        }
    }

    fn owned_mut(&mut self, api_key: &str, token: &str) -> Result<&mut Payment, Refusal> {
        match self.payment_mut(token) {
            Some(payment) if payment.api_key == api_key => Ok(payment),
            Some(_) | None => refuse(BAD_TOKEN),
        }
    }

    /// Adds a payment as it is.
    pub(crate) fn add(&mut self, payment: Payment) {
        self.places.insert(payment.token.clone(), self.payments.len());
        self.payments.push(payment);
    }

    pub(crate) fn next_number(&self) -> u32 {
        u32::try_from(self.payments.len()).unwrap_or(0).saturating_add(FIRST_NUMBER)
    }

    /// Counts a request against the limit of the dealership (A-BUM-14).
    pub(crate) fn within_rate(&mut self, api_key: &str, now: Instant) -> bool {
        let Some(max) = self.switches.rate.max_per_second else {
            return true;
        };
        let seen = self.arrivals.entry(api_key.to_owned()).or_default();
        seen.retain(|at| now.saturating_duration_since(*at) < Duration::from_secs(1));
        if seen.len() >= usize::try_from(max).unwrap_or(usize::MAX) {
            return false;
        }
        seen.push(now);
        true
    }

    /// Start Payment page: a request the site picks from on the PayPad.
    pub(crate) fn start(
        &mut self,
        api_key: &str,
        ask: StartAsk,
        chance: &mut Chance,
    ) -> Result<Done, Refusal> {
        self.within_thresholds(api_key, ask.amount)?;
        let token = chance.hex32();
        let done = Done {
            kind: Some(EffectKind::Start),
            token: token.clone(),
            amount: Some(ask.amount),
            invoice_number: ask.invoice_number.clone(),
            link: None,
        };
        self.add(Payment {
            token,
            api_key: api_key.to_owned(),
            status: PaymentStatus::Pending,
            signed: false,
            settled: false,
            amount: ask.amount,
            paid: Decimal::ZERO,
            refunded: Decimal::ZERO,
            refund_digests: Vec::new(),
            invoice_number: ask.invoice_number,
            order_reference: ask.order_reference,
            user_email: ask.user_email,
            currency: ask.currency.unwrap_or_else(|| "GBP".to_owned()),
            items: ask.items,
            additional_data: ask.additional_data,
            payment_type: self.switches.types.paypad.clone(),
            number: self.next_number(),
            customer: None,
        });
        Ok(done)
    }

    /// Update page: a new total, an invoice number, or both. A higher total on a signed payment
    /// leaves the amount alone until the customer agrees.
    pub(crate) fn update(
        &mut self,
        api_key: &str,
        token: &str,
        ask: ChangeAsk,
        chance: &mut Chance,
        now: Instant,
    ) -> Result<Done, Refusal> {
        self.may_update(api_key, token, &ask)?;
        let switches = self.switches.clone();
        if switches.signed_increase.newer_update_ends_link {
            self.supersede_links(token);
        }
        let payment = self.owned_mut(api_key, token)?;
        let increase = payment.signed && ask.amount > payment.amount;
        if increase {
            if switches.signed_increase.amount_changes == AmountChanges::AtOnce {
                payment.amount = ask.amount;
            }
        } else {
            lower_or_set(payment, ask.amount, switches.signed_decrease.returns_money);
        }
        relabel(payment, &ask);
        let link = increase.then(|| self.make_link(token, ask.amount, chance, now));
        Ok(Done {
            kind: Some(EffectKind::Update),
            token: token.to_owned(),
            amount: Some(ask.amount),
            invoice_number: ask.invoice_number,
            link,
        })
    }

    fn may_update(&self, api_key: &str, token: &str, ask: &ChangeAsk) -> Result<(), Refusal> {
        let payment = self.owned(api_key, token)?;
        if payment.status.is_dead() && !self.switches.ended.update_succeeds {
            return refuse(format!("A {} payment cannot be updated.", payment.status.as_str()));
        }
        if payment.settled && self.switches.after_settled.refuse_update {
            return refuse("A settled payment cannot be updated.");
        }
        if let Some(other) = &ask.new_api_key {
            if !self.switches.new_api_key.allowed {
                return refuse("new_api_key is not available for this product.");
            }
            if self.account(other).is_none() {
                return refuse("new_api_key is invalid.");
            }
        }
        self.within_thresholds(api_key, ask.amount)
    }

    /// Update page: the amount moves within the dealership's minimum and maximum.
    fn within_thresholds(&self, api_key: &str, amount: Decimal) -> Result<(), Refusal> {
        let Some(account) = self.account(api_key) else {
            return refuse("api_key is invalid.");
        };
        if amount < account.min || amount > account.max {
            let (min, max) = (money::two_decimals(account.min), money::two_decimals(account.max));
            return refuse(format!("amount must be between {min} and {max}."));
        }
        Ok(())
    }

    /// Cancel page: ends what is not paid yet.
    pub(crate) fn cancel(&mut self, api_key: &str, token: &str) -> Result<Done, Refusal> {
        let switches = self.switches.clone();
        let payment = self.owned_mut(api_key, token)?;
        let mut kind = Some(EffectKind::Cancel);
        let mut returned = None;
        match payment.status {
            PaymentStatus::Pending | PaymentStatus::InProgress => {}
            PaymentStatus::Completed => match switches.cancel_once_paid {
                CancelOncePaid::Refuse => {
                    return refuse("A completed payment cannot be cancelled.");
                }
                CancelOncePaid::CancelAndReturn => {
                    returned = Some(payment.returnable());
                    payment.refunded = payment.paid;
                }
            },
            PaymentStatus::Cancelled if switches.ended.second_cancel_succeeds => kind = None,
            PaymentStatus::Cancelled => return refuse("The payment is already cancelled."),
            PaymentStatus::Failed | PaymentStatus::Error => {
                let state = payment.status.as_str();
                return refuse(format!("A {state} payment cannot be cancelled."));
            }
        }
        payment.status = PaymentStatus::Cancelled;
        self.supersede_links(token);
        let token = token.to_owned();
        Ok(Done { kind, token, amount: returned, invoice_number: None, link: None })
    }

    /// Refund page: returns up to what was paid. Leaves no trace that status would show.
    pub(crate) fn refund(
        &mut self,
        api_key: &str,
        token: &str,
        ask: ChangeAsk,
        body_digest: &str,
    ) -> Result<Done, Refusal> {
        let switches = self.switches.clone();
        let payment = self.owned_mut(api_key, token)?;
        may_refund(payment, &ask, &switches, body_digest)?;
        payment.refunded += ask.amount;
        payment.refund_digests.push(body_digest.to_owned());
        if switches.refunds.lowers_amount {
            payment.amount = (payment.amount - ask.amount).max(Decimal::ZERO);
        }
        Ok(Done {
            kind: Some(EffectKind::Refund),
            token: token.to_owned(),
            amount: Some(ask.amount),
            invoice_number: None,
            link: None,
        })
    }

    fn make_link(
        &mut self,
        token: &str,
        amount: Decimal,
        chance: &mut Chance,
        made: Instant,
    ) -> String {
        let name = chance.hex32();
        let link = Link { token: token.to_owned(), amount, made, state: LinkState::Open };
        self.links.insert(name.clone(), link);
        name
    }

    fn supersede_links(&mut self, token: &str) {
        for link in self.links.values_mut().filter(|link| link.token == token) {
            if link.state == LinkState::Open {
                link.state = LinkState::Superseded;
            }
        }
    }

    /// A link as it stands now.
    pub(crate) fn link(&self, name: &str, now: Instant) -> Option<Link> {
        let mut link = self.links.get(name)?.clone();
        let lives = self.switches.signed_increase.link_lives_ms.map(Duration::from_millis);
        let age = now.saturating_duration_since(link.made);
        if link.state == LinkState::Open && lives.is_some_and(|lives| age >= lives) {
            link.state = LinkState::Expired;
        }
        Some(link)
    }

    /// The newest open link of a payment.
    pub(crate) fn open_link(&self, token: &str, now: Instant) -> Option<&str> {
        let open = |name: &&String| {
            self.link(name, now).is_some_and(|l| l.token == token && l.state == LinkState::Open)
        };
        let names = self.links.keys().filter(open);
        names.max_by_key(|name| self.links.get(*name).map(|link| link.made)).map(String::as_str)
    }

    /// The customer agrees on the page of a link: the payment takes the new total.
    pub(crate) fn complete_link(&mut self, name: &str, now: Instant) -> Option<Done> {
        let link = self.link(name, now).filter(|link| link.state == LinkState::Open)?;
        self.links.get_mut(name)?.state = LinkState::Done;
        let payment = self.payment_mut(&link.token)?;
        payment.amount = link.amount;
        payment.paid = link.amount;
        Some(Done {
            kind: Some(EffectKind::CustomerSigned),
            token: link.token,
            amount: Some(link.amount),
            invoice_number: None,
            link: None,
        })
    }
}

fn lower_or_set(payment: &mut Payment, amount: Decimal, returns_money: bool) {
    payment.amount = amount;
    if payment.signed && returns_money {
        payment.paid = payment.paid.min(amount);
    }
}

fn relabel(payment: &mut Payment, ask: &ChangeAsk) {
    if let Some(invoice_number) = &ask.invoice_number {
        payment.invoice_number = Some(invoice_number.clone());
    }
    if let Some(items) = &ask.items {
        payment.items.clone_from(items);
    }
    if let Some(other) = &ask.new_api_key {
        payment.api_key.clone_from(other);
    }
}

fn may_refund(
    payment: &Payment,
    ask: &ChangeAsk,
    switches: &BumperSwitches,
    body_digest: &str,
) -> Result<(), Refusal> {
    let rules = &switches.refunds;
    if payment.status != PaymentStatus::Completed || !payment.signed {
        return refuse("Only a completed payment can be refunded.");
    }
    if payment.payment_type == "paylater" && !rules.paylater {
        return refuse("A PayLater payment cannot be refunded.");
    }
    if switches.repeats.refuse_same_body && payment.refund_digests.iter().any(|d| d == body_digest)
    {
        return refuse("This refund was already made.");
    }
    let cap = match rules.refund_cap {
        RefundCap::PaidMinusRefunds => payment.returnable(),
        RefundCap::PerRequest => payment.paid,
    };
    if ask.amount > cap {
        return refuse("amount can't be greater than the amount paid.");
    }
    if !rules.partial && ask.amount != cap {
        return refuse("Only the whole amount can be refunded.");
    }
    Ok(())
}
