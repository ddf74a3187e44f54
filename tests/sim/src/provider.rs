//! Providers, each with a ledger of its own: made-up ones, written from the repeat-safety classes
//! alone, and (`paper/`) the real four. They know nothing of changes. The tag of a request is for
//! the checker: no rule here looks at it.

use std::collections::BTreeMap;

use counterfoil_core::account::Provider as Name;
use counterfoil_core::id::AttemptId;
use counterfoil_core::payment::PaymentState;

use crate::paper::Paper;
use crate::wire::{Ask, Pay, Reply};

/// What a provider is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Totals are absolute, an increase after signing needs the customer, refunds can neither be
    /// read nor recognised.
    Plain,
    /// Recognises a key and identical bytes for a while; refunds can be read.
    Keyed,
    /// No keys, refunds can be read.
    Readable,
    /// As [`Kind::Readable`], but that nothing shows proves nothing.
    Careful,
    /// A real provider on paper, spoken to by its real connector.
    Real(Name),
}

impl Kind {
    /// Every made-up kind.
    pub const ALL: [Self; 4] = [Self::Plain, Self::Keyed, Self::Readable, Self::Careful];

    /// Which real provider it is, if any.
    pub fn real(self) -> Option<Name> {
        match self {
            Self::Real(name) => Some(name),
            Self::Plain | Self::Keyed | Self::Readable | Self::Careful => None,
        }
    }

    /// True where readings bring the sum of all refunds.
    pub fn shows_refunds(self) -> bool {
        match self {
            Self::Plain | Self::Real(Name::Bumper) => false,
            Self::Keyed | Self::Readable | Self::Careful | Self::Real(_) => true,
        }
    }
}

/// A name under which the shop keeps something from the first, which no change is about.
pub const KEPT: &str = "kept";

/// A name under which the shop keeps a text with a payment, at providers that let it.
pub const NOTE: &str = "note";

/// What is kept under [`NOTE`] begins with this, and no other label does.
pub const NOTE_MARK: &str = "M-";

/// A payment as the provider has it.
#[derive(Debug, Clone)]
pub struct Payment {
    /// Where it stands.
    pub state: PaymentState,
    /// What is owed or paid, minor units.
    pub amount: i64,
    /// The invoice number.
    pub invoice: String,
    /// Returned so far.
    pub refunded: i64,
    /// An increase the customer may sign, with the tag of the request that made it.
    pub offer: Option<(i64, AttemptId)>,
    /// The invoice number that comes with it.
    pub offer_label: Option<String>,
    /// What the shop keeps with it: names and exact JSON.
    pub custom: BTreeMap<String, String>,
    /// False once [`KEPT`] was lost, which nobody asked for.
    pub keeps: bool,
    /// What was taken, where that was a step of its own.
    pub captured: Option<i64>,
    /// What it last was to its order, until that looks anew.
    pub shown: Option<&'static str>,
    /// When it was changed last, true milliseconds.
    pub touched_at: i64,
}

/// What happened to money or to what is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The total was set.
    Total(i64),
    /// The invoice number was set, and the total with it where the request carried one.
    Label(String, Option<i64>),
    /// Money was returned.
    Refund(i64),
    /// It was ended.
    Cancel,
    /// Held money was taken.
    Capture(i64),
    /// Held money was released.
    Void,
    /// It was made.
    Start(i64),
}

/// One line of the ledger.
#[derive(Debug, Clone)]
pub struct Effect {
    /// On which payment.
    pub pay: Pay,
    /// What.
    pub what: What,
    /// The request behind it; none for somebody at the provider.
    pub tag: Option<AttemptId>,
    /// False where it was like that before.
    pub changes: bool,
    /// True where the customer's signature brought it.
    pub by_customer: bool,
    /// When, true milliseconds.
    pub at: i64,
}

struct Kept {
    body: String,
    at: i64,
    reply: Reply,
}

/// One account at a provider.
pub struct Provider {
    /// Its place among the accounts.
    pub account: usize,
    /// What it is like.
    pub kind: Kind,
    /// Its payments.
    pub payments: Vec<Payment>,
    /// How long a key is recognised, milliseconds.
    pub retention_ms: i64,
    /// What only a real one keeps.
    pub paper: Paper,
    keys: BTreeMap<String, Kept>,
}

impl Provider {
    /// A provider without payments.
    pub fn new(account: usize, kind: Kind, retention_ms: i64) -> Self {
        let (payments, paper) = (Vec::new(), Paper::default());
        Self { account, kind, payments, retention_ms, paper, keys: BTreeMap::new() }
    }

    /// Obeys a request that arrived.
    pub fn serve(
        &mut self,
        body: &str,
        key: Option<&str>,
        tag: &AttemptId,
        at: i64,
        ledger: &mut Vec<Effect>,
    ) -> Reply {
        let known = key.filter(|_| self.kind == Kind::Keyed).and_then(|key| self.keys.get(key));
        if let Some(kept) = known.filter(|kept| at - kept.at <= self.retention_ms) {
            if kept.body == body {
                return kept.reply.clone();
            }
            return Reply::No("this key was used for another request");
        }
        let Some(ask) = Ask::read(body) else { return Reply::No("not understood") };
        let reply = self.obey(&ask, tag, at, ledger);
        if let Some(key) = key {
            let kept = Kept { body: body.to_owned(), at, reply: reply.clone() };
            self.keys.insert(key.to_owned(), kept);
        }
        reply
    }

    fn obey(&mut self, ask: &Ask, tag: &AttemptId, at: i64, ledger: &mut Vec<Effect>) -> Reply {
        let tag = Some(tag.clone());
        let mut write = |pay: Pay, what: What, changes: bool| {
            let tag = tag.clone();
            ledger.push(Effect { pay, what, tag, changes, by_customer: false, at });
        };
        if let Ask::Start(minor) = ask {
            let pay = Pay { account: self.account, place: self.payments.len() };
            self.payments.push(Payment::new(PaymentState::Open, *minor, format!("N{}", pay.place)));
            write(pay, What::Start(*minor), true);
            return Reply::Done { pay, minor: *minor };
        }
        let shows_offers = self.kind == Kind::Plain;
        let Some(pay) = ask.pay() else { return Reply::No("no payment was named") };
        let Some(payment) = self.payments.get_mut(pay.place) else {
            return Reply::No("no such payment");
        };
        if payment.is_over() {
            return Reply::No("this payment has ended");
        }
        match ask {
            Ask::Total(_, minor) => {
                let raises = *minor > payment.amount && payment.state == PaymentState::Paid;
                payment.offer = None;
                if shows_offers && raises {
                    payment.offer = tag.map(|tag| (*minor, tag));
                    return Reply::Sign(pay);
                }
                let changes = payment.amount != *minor;
                payment.amount = *minor;
                write(pay, What::Total(*minor), changes);
                Reply::Done { pay, minor: *minor }
            }
            Ask::Label(_, invoice, carried) => {
                let total = carried.unwrap_or(payment.amount);
                let changes = payment.invoice != *invoice || payment.amount != total;
                payment.invoice.clone_from(invoice);
                payment.amount = total;
                write(pay, What::Label(invoice.clone(), *carried), changes);
                Reply::Done { pay, minor: payment.amount }
            }
            Ask::Refund(_, minor) => {
                if payment.state != PaymentState::Paid {
                    return Reply::No("nothing was paid yet");
                }
                payment.refunded += minor;
                write(pay, What::Refund(*minor), true);
                Reply::Done { pay, minor: *minor }
            }
            Ask::Cancel(_) => {
                if payment.state == PaymentState::Paid {
                    return Reply::No("it is paid");
                }
                payment.state = PaymentState::Cancelled;
                payment.offer = None;
                write(pay, What::Cancel, true);
                Reply::Done { pay, minor: payment.amount }
            }
            Ask::Start(_) => Reply::No("not understood"),
        }
    }

    /// The customer signs what is offered.
    pub fn customer_signs(&mut self, pay: Pay, at: i64, ledger: &mut Vec<Effect>) -> bool {
        let Some(payment) = self.payments.get_mut(pay.place) else { return false };
        let Some((minor, tag)) = payment.offer.take() else { return false };
        payment.amount = minor;
        payment.touched_at = at;
        let what = match payment.offer_label.take() {
            Some(label) => {
                payment.invoice.clone_from(&label);
                What::Label(label, Some(minor))
            }
            None => What::Total(minor),
        };
        ledger.push(Effect { pay, what, tag: Some(tag), changes: true, by_customer: true, at });
        true
    }
}

impl Payment {
    /// A payment without history.
    pub fn new(state: PaymentState, amount: i64, invoice: String) -> Self {
        Self {
            state,
            amount,
            invoice,
            refunded: 0,
            offer: None,
            offer_label: None,
            custom: BTreeMap::new(),
            keeps: true,
            captured: None,
            shown: None,
            touched_at: crate::plan::BEGINNING,
        }
    }

    /// Somebody at a real provider does something, as far as its rules let anybody.
    pub fn changed_by_hand(
        &mut self,
        name: Name,
        act: u64,
        (part, step): (i64, i64),
        label: String,
    ) -> Option<What> {
        let held = matches!(self.state, PaymentState::Open | PaymentState::Authorized);
        let left = self.captured.unwrap_or(self.amount) - self.refunded;
        match (act, name) {
            (0, Name::Bumper) => {
                self.state = PaymentState::Paid;
                None
            }
            (0, _) if held => {
                self.state = PaymentState::Paid;
                self.captured = Some(self.amount);
                Some(What::Capture(self.amount))
            }
            (1, _) if self.state == PaymentState::Paid && left > 0 => {
                let back = if name == Name::Norce { left } else { part.min(left) };
                self.refunded += back;
                Some(What::Refund(back))
            }
            (2, _) if held => {
                self.state = PaymentState::Cancelled;
                Some(if name == Name::Moyasar { What::Void } else { What::Cancel })
            }
            (4, Name::Bumper | Name::Wepay | Name::Norce) if held || name == Name::Bumper => {
                self.offer = None;
                self.amount = (self.amount + step).max(500);
                Some(What::Total(self.amount))
            }
            (_, _) => {
                self.invoice.clone_from(&label);
                Some(What::Label(label, None))
            }
        }
    }

    /// What the shop keeps with it, as JSON.
    pub fn custom_as_json(&self) -> String {
        let part = |(name, raw): (&String, &String)| format!("\"{name}\":{raw}");
        let parts: Vec<String> = self.custom.iter().map(part).collect();
        format!("{{{}}}", parts.join(","))
    }

    /// Takes what a request says is to be kept: in the place of all that is there, or beside it.
    /// True where that changes anything.
    pub fn takes_custom(&mut self, sent: BTreeMap<String, String>, replaces: bool) -> bool {
        let before = self.custom.clone();
        if replaces {
            // Of what another hand brought a moment ago, no reading right before can tell.
            self.keeps &= !before.contains_key(KEPT) || sent.contains_key(KEPT);
            self.custom.clear();
        }
        self.custom.extend(sent);
        self.custom.retain(|_, raw| raw != "null" && raw != "\"\"");
        self.custom != before
    }

    /// True where the provider takes nothing more.
    pub fn is_over(&self) -> bool {
        match self.state {
            PaymentState::Cancelled | PaymentState::Failed => true,
            PaymentState::Open
            | PaymentState::InProgress
            | PaymentState::Authorized
            | PaymentState::Paid
            | PaymentState::Refunded
            | PaymentState::Unclear => false,
        }
    }
}
