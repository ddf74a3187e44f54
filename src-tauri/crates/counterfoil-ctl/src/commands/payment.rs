use counterfoil_api::Fault;
use counterfoil_api::call::{Ask, Call, PaymentQuery, PaymentRef, Track};
use serde_json::Value;

use super::change;
use crate::answer::Answer;
use crate::arguments::{Payment, Start};
use crate::plain::{self, Table, amount, rows, word};
use crate::session::Door;

pub fn carry_out(door: &Door<'_>, payment: &Payment) -> Result<Answer, Fault> {
    match payment {
        Payment::Start(start) => change::ask(door, asked(start), start.preview),
        Payment::Track { account, provider_ref } => {
            let (account, provider_ref) = (account.clone(), provider_ref.clone());
            one(door, Call::PaymentTrack(Track { account, provider_ref }))
        }
        Payment::Show { payment } => {
            let asked = Call::PaymentShow(PaymentRef { payment: payment.clone() });
            shown(door.sign_in_to_read()?.call(asked)?)
        }
        Payment::Refresh { payment } => {
            one(door, Call::PaymentRefresh(PaymentRef { payment: payment.clone() }))
        }
        Payment::List { query, state, limit, after } => {
            let (query, state, after) = (query.clone(), state.clone(), after.clone());
            list(door, PaymentQuery { query, state, limit: *limit, after })
        }
    }
}

fn asked(start: &Start) -> Ask {
    Ask::Start {
        account: start.account.clone(),
        amount: start.amount.clone(),
        currency: start.currency.clone(),
        invoice: start.invoice.clone(),
        reference: start.reference.clone(),
        email: start.email.clone(),
        items: start.items.clone(),
    }
}

/// The payment itself for scripts; a person also sees what was asked for on it.
fn one(door: &Door<'_>, call: Call) -> Result<Answer, Fault> {
    shown(door.sign_in()?.call(call)?)
}

fn shown(mut detail: Value) -> Result<Answer, Fault> {
    let payment = detail["payment"].take();
    let mut lines = plain::payment(&payment);
    let changes = rows(&detail["changes"]);
    if !changes.is_empty() {
        lines.push_str(&format!("\n\n{}", plain::changes(changes)));
    }
    lines.push_str(&plain::unreadable(&detail));
    Ok(Answer::done(payment, lines))
}

fn list(door: &Door<'_>, query: PaymentQuery) -> Result<Answer, Fault> {
    let page = door.sign_in_to_read()?.call(Call::PaymentList(query))?;
    let mut lines = table(rows(&page["payments"]));
    lines.push_str(&plain::unreadable(&page));
    if let Some(next) = page["next"].as_str() {
        lines.push_str(&format!("\nThere are more: --after {next}"));
    }
    Ok(Answer::done(page, lines))
}

fn table(payments: &[Value]) -> String {
    let mut table = Table::new(&["ID", "ACCOUNT", "INVOICE", "REFERENCE", "AMOUNT", "STATE"]);
    for payment in payments {
        table.row([
            word(&payment["payment_id"]),
            word(&payment["account"]),
            word(&payment["invoice_number"]),
            word(&payment["reference"]),
            amount(&payment["amount"]),
            word(&payment["state"]),
        ]);
    }
    table.to_string()
}
