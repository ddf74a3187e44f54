//! Every command on every payment that the rules tell apart.

use std::collections::BTreeMap;

use counterfoil_connectors::Subject;
use counterfoil_core::command::{Command, ReasonCode};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use counterfoil_core::payment::{Base, Details, PaymentFacts, PaymentState};

use crate::houses::House;

/// When it is judged: an hour after the payment was made.
pub fn now() -> Moment {
    Moment::from_millis(1_750_000_000_000)
}

impl House {
    /// An amount by its hundredths, whatever the decimals of the currency are.
    pub fn money(&self, text: &str) -> Money {
        let (whole, part) = text.split_once('.').expect("two decimals");
        let hundredths: i64 = format!("{whole}{part}").parse().expect("digits");
        let decimals = u32::try_from(self.account.currency.decimals()).expect("at most four");
        let minor = hundredths * 10_i64.pow(decimals) / 100;
        Money::from_minor(minor, self.account.currency).expect("a small amount")
    }

    /// Payments in every state, with and without what some providers say.
    pub fn payments(&self) -> Vec<PaymentFacts> {
        let mut all = Vec::new();
        for state in PaymentState::ALL {
            for captured in [None, Some("0.00"), Some("100.00")] {
                for refunded in [None, Some("0.00"), Some("30.00"), Some("100.00")] {
                    for marks in marks() {
                        all.push(self.payment(state, captured, refunded, marks));
                    }
                }
            }
        }
        all
    }

    fn payment(
        &self,
        state: PaymentState,
        captured: Option<&str>,
        refunded: Option<&str>,
        marks: BTreeMap<String, String>,
    ) -> PaymentFacts {
        PaymentFacts {
            provider_ref: self.provider_ref.to_owned(),
            state,
            provider_status: state.word().to_owned(),
            amount: self.money("100.00"),
            invoice_number: Some("INV-1".to_owned()),
            reference: Some("R-1".to_owned()),
            minimum: None,
            maximum: None,
            payment_type: None,
            refunded: refunded.map(|text| self.money(text)),
            details: Details {
                captured: captured.map(|text| self.money(text)),
                made_at: Some(now().plus_millis(-3_600_000)),
                marks,
                ..Details::default()
            },
            read_at: now(),
        }
    }

    /// One command of every shape that staff can ask for on a payment.
    pub fn commands(&self) -> Vec<Command> {
        let reason = ReasonCode::parse("goods_returned").expect("a code that every till knows");
        let adjust = |total: &str| Command::Adjust {
            total: self.money(total),
            invoice: None,
            items: Vec::new(),
        };
        let refund = |amount: &str| Command::Refund {
            amount: self.money(amount),
            reason: reason.clone(),
            note: None,
        };
        let capture = |amount: Option<&str>, at: Option<Moment>| Command::Capture {
            amount: amount.map(|text| self.money(text)),
            at,
        };
        let text = |text: &str| Some(text.to_owned());
        let relabel = |invoice, reference, description, metadata: &[(&str, &str)]| {
            let pair = |(key, text): &(&str, &str)| ((*key).to_owned(), (*text).to_owned());
            let metadata = metadata.iter().map(pair).collect();
            Command::Relabel { invoice, reference, description, metadata }
        };
        vec![
            adjust("80.00"),
            adjust("110.00"),
            adjust("0.00"),
            relabel(text("INV-2"), None, None, &[]),
            relabel(None, text("R-2"), None, &[]),
            relabel(None, None, text("four tyres"), &[]),
            relabel(None, None, None, &[("colour", "red")]),
            refund("100.00"),
            refund("10.00"),
            refund("0.00"),
            refund("100.01"),
            Command::Cancel { reason: None },
            Command::Cancel { reason: Some(reason.clone()) },
            capture(None, None),
            capture(Some("60.00"), None),
            capture(Some("100.01"), None),
            capture(None, Some(now().plus_millis(86_400_000))),
            Command::Void,
        ]
    }

    /// Every command on every payment.
    pub fn each(&self, check: impl FnMut(&Command, &Subject<'_>, &Base)) {
        self.each_of(&self.commands(), check);
    }

    /// These commands on every payment.
    pub fn each_of(
        &self,
        commands: &[Command],
        mut check: impl FnMut(&Command, &Subject<'_>, &Base),
    ) {
        for facts in self.payments() {
            let subject = Subject {
                facts: &facts,
                refunded_here: Money::zero(self.account.currency),
                open_decrease: false,
                open_refund: false,
                now: now(),
            };
            for command in commands {
                check(command, &subject, &Base::of(&facts));
            }
        }
    }
}

/// Without any marks of a connector, and with those that open what is closed without them.
fn marks() -> Vec<BTreeMap<String, String>> {
    vec![BTreeMap::new()]
}
