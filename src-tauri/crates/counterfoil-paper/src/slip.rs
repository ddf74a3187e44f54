//! The slip of one change. What it says is bound to the state: nothing that has not happened is
//! worded as if it had, and what is not known is said to be not known.

use counterfoil_core::change::State;
use counterfoil_core::command::Kind;
use counterfoil_core::money::Money;

use crate::paper::{Paper, Part};

/// What a scanner reads from a slip begins with this; the change's id follows.
pub const CODE: &str = "CF:";

/// The id in a scanned or typed `CF:<change id>`; none in any other text. Scanners of another
/// layout may write in lower case.
#[must_use]
pub fn scanned(text: &str) -> Option<&str> {
    let text = text.trim();
    let (mark, id) = text.split_at_checked(CODE.len())?;
    (mark.eq_ignore_ascii_case(CODE) && !id.is_empty()).then_some(id)
}

/// The facts of a slip. Names are as of then, times are the till's own, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    /// Where and by whom it is printed.
    pub till: Till,
    /// The change.
    pub change_id: String,
    /// Its kind.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// The provider has accepted it and is not done yet.
    pub accepted: bool,
    /// Why it stands there, where the provider, a person or the till said so.
    pub why: Option<String>,
    /// The provider, as people call it.
    pub provider: String,
    /// Name of the account.
    pub account: String,
    /// The provider's own reference of the payment.
    pub provider_ref: Option<String>,
    /// Invoice number, as known for the payment.
    pub invoice: Option<String>,
    /// Total before; none for a start.
    pub old: Option<Money>,
    /// What is asked for: the new total, the refund, what is taken.
    pub amount: Option<Money>,
    /// Who asked.
    pub requested_by: String,
    /// When.
    pub requested_at: String,
    /// Who agreed.
    pub approved_by: Vec<String>,
    /// Reason code.
    pub reason: Option<String>,
    /// When it came to stand where it stands.
    pub changed_at: String,
}

/// Where a paper comes from, and its place in the ledger of prints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Till {
    /// Name of the store.
    pub store: String,
    /// Name of the till.
    pub till: String,
    /// On a training till.
    pub training: bool,
    /// Who prints it.
    pub printed_by: String,
    /// When, in the till's zone and with it.
    pub printed_at: String,
    /// Entries of the trail, and the hash of the newest.
    pub head: (i64, String),
    /// Number in the ledger of prints, and which copy; none where nothing is printed.
    pub print: Option<(i64, u32)>,
}

/// Letters of the hash in short: 64 bits, enough to compare by eye with the trail.
const SHORT_HASH: usize = 16;

impl Till {
    pub(crate) fn marks(&self) -> Vec<String> {
        let mut marks = Vec::new();
        if self.training {
            marks.push("TRAINING - NO REAL MONEY".to_owned());
        }
        match self.print {
            None => marks.push("ON SCREEN - NOT A PRINTED PAPER".to_owned()),
            Some((_, copy)) if copy > 1 => marks.push(format!("COPY {copy}")),
            Some(_) => {}
        }
        marks
    }

    pub(crate) fn foot(&self, paper: &mut Paper) {
        paper.line("Store", &self.store);
        paper.line("Till", &self.till);
        paper.line("Printed by", &self.printed_by);
        paper.line("At", &self.printed_at);
        if let Some((number, copy)) = self.print {
            paper.line("Print no.", &format!("{number} (copy {copy})"));
        }
        let (entries, hash) = &self.head;
        let short: String = hash.chars().take(SHORT_HASH).collect();
        paper.line("Trail entry", &entries.to_string());
        paper.line("Trail hash", &short);
    }
}

impl Slip {
    /// The slip as a paper.
    #[must_use]
    pub fn paper(&self) -> Paper {
        let (banner, words) = self.standing();
        let mut paper = Paper::titled(&format!("{} - {}", what(self.kind), self.till.store));
        paper.marks = self.till.marks();
        paper.parts.push(Part::Banner(banner.to_owned()));
        paper.text(&words);
        self.money(&mut paper);
        paper.line("Provider", &self.provider);
        paper.line("Account", &self.account);
        paper.line("Provider's ref", self.provider_ref.as_deref().unwrap_or_default());
        paper.line("Invoice", self.invoice.as_deref().unwrap_or_default());
        paper.line("Asked by", &self.requested_by);
        paper.line("Asked at", &self.requested_at);
        paper.line("Agreed by", &self.approved_by.join(", "));
        paper.line("Reason", self.reason.as_deref().unwrap_or_default());
        paper.line("So since", &self.changed_at);
        paper.heading("Proof");
        paper.line("Change", &self.change_id);
        self.till.foot(&mut paper);
        paper.parts.push(Part::Code(format!("{CODE}{}", self.change_id)));
        paper
    }

    fn money(&self, paper: &mut Paper) {
        let named = |money: Option<Money>| money.map(|money| money.to_string()).unwrap_or_default();
        let asked = match self.kind {
            Kind::Start => "Total",
            Kind::Adjust => "New total",
            Kind::Refund => "To return",
            Kind::Capture => "To take",
            Kind::Relabel | Kind::Cancel | Kind::Void => "",
        };
        let done = self.state == State::Applied;
        let asked = match (self.kind, done) {
            (Kind::Refund, true) => "Returned",
            (Kind::Capture, true) => "Taken",
            _ => asked,
        };
        paper.line(
            if self.kind == Kind::Adjust { "Old total" } else { "Payment" },
            &named(self.old),
        );
        paper.line(asked, &named(self.amount));
        if self.kind == Kind::Adjust {
            let (new, old) = (self.amount, self.old);
            let difference = new.zip(old).and_then(|(new, old)| new.minus(old).ok());
            paper.line("Difference", &named(difference));
        }
    }

    /// The banner and the sentence below it.
    fn standing(&self) -> (&'static str, String) {
        let provider = &self.provider;
        let why = self.why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
        match self.state {
            State::AwaitingApproval => (
                "NOT EXECUTED - WAITS FOR APPROVAL",
                "A second person must agree first. Nothing was sent, no money moved.".to_owned(),
            ),
            State::Queued => (
                "QUEUED, NOT EXECUTED",
                format!("Waiting to send to {provider}. No money moved by it so far."),
            ),
            State::Sending => (
                "BEING SENT, NOT CONFIRMED",
                format!(
                    "It is on its way to {provider}. Whether it takes effect is not known yet."
                ),
            ),
            State::InDoubt if self.accepted => (
                "ACCEPTED, NOT DONE YET",
                format!("{provider} has accepted it; it is being checked until it is done."),
            ),
            State::InDoubt => (
                "BEING CHECKED - OUTCOME NOT KNOWN",
                format!(
                    "It was sent, but no clear answer came. It is being checked with {provider}: \
                     it may have happened or not, and it will not be done twice."
                ),
            ),
            State::NeedsCustomer => (
                "NOT IN EFFECT - CUSTOMER MUST ACT",
                format!("{provider} accepted it; the customer must sign first."),
            ),
            State::Conflict => (
                "NOT EXECUTED - STOPPED",
                "The payment is not what it was when this was asked for. Nothing was sent; a \
                 manager decides."
                    .to_owned(),
            ),
            State::Applied => ("FINAL SLIP - DONE", format!("{provider} has taken it.")),
            State::Declined => (
                "DECLINED - NOT EXECUTED",
                format!("{provider} said no{why}. No money moved by it."),
            ),
            State::Rejected => (
                "NOT APPROVED - NOT EXECUTED",
                format!("A second person refused it{why}. Nothing was sent, no money moved."),
            ),
            State::Withdrawn => (
                "WITHDRAWN - NOT EXECUTED",
                format!("It was taken back before it had an effect{why}. No money moved by it."),
            ),
            State::Expired => (
                "EXPIRED - NOT EXECUTED",
                format!("It came too late{why} and is not sent any more."),
            ),
        }
    }
}

fn what(kind: Kind) -> &'static str {
    match kind {
        Kind::Start => "New payment",
        Kind::Adjust => "Change of amount",
        Kind::Relabel => "Change of texts",
        Kind::Refund => "Refund",
        Kind::Cancel => "Cancellation",
        Kind::Capture => "Capture",
        Kind::Void => "Release of held money",
    }
}

#[cfg(test)]
mod tests;
