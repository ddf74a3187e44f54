//! The people of the day: they look at the provider, tell the till the truth, and the customer
//! signs what waits for a signature.

use counterfoil_sandbox::PaymentView;
use serde_json::Value;

use crate::day::{Asked, Day};
use crate::till::pin_of;
use crate::verdict::effects_of;

/// More rounds than any of the day's lanes is long.
const ROUNDS: u32 = 12;

/// Settles everything that waits for somebody and sends what that lets go, until nothing waits.
pub fn settle(day: &Day) {
    for _ in 0..ROUNDS {
        let waiting = waiting(day);
        if waiting.is_empty() {
            return;
        }
        for (change, asked) in waiting {
            act(day, &change, &asked);
        }
        sync(day);
    }
    panic!("people never come to an end: {:?}", waiting(day));
}

/// Sends what waits; whatever is left waits for a person.
pub fn sync(day: &Day) {
    let (exit, code) = day.till.cashier(Day::SYNC).outcome();
    assert!(matches!(exit, 0 | 4 | 5 | 6), "a run ended with {exit}, {code:?}");
}

fn waiting(day: &Day) -> Vec<(Value, Asked)> {
    let waits = |change: &Value| {
        let state = change["state"].as_str().unwrap_or_default();
        matches!(state, "in_doubt" | "needs_customer" | "conflict")
    };
    let changes = day.changes().into_iter().filter(waits);
    let with_asked = changes.filter_map(|change| {
        let asked = day.asked.iter().find(|asked| change["change_id"] == asked.change_id.as_str());
        asked.cloned().map(|asked| (change, asked))
    });
    with_asked.collect()
}

fn act(day: &Day, change: &Value, asked: &Asked) {
    let state = change["state"].as_str().unwrap_or_default();
    if state == "conflict" {
        day.till.manager(&format!("change drop {}", asked.change_id)).exits(0);
    } else if let Some(token) = open_link(day, asked) {
        day.till.sandbox.complete_redirect(&token).expect("the link is open");
    } else if state == "in_doubt" {
        resolve(day, change, asked);
    }
}

/// The payment of a change whose customer is asked to agree.
fn open_link(day: &Day, asked: &Asked) -> Option<String> {
    let token = asked.token.clone()?;
    let open = |payment: PaymentView| payment.redirect_url.is_some();
    day.till.sandbox.bumper_payment(&token).is_ok_and(open).then_some(token)
}

/// Two people say what the provider's ledger shows.
fn resolve(day: &Day, change: &Value, asked: &Asked) {
    let happened = !effects_of(change, &day.till.sandbox.ledger()).is_empty();
    let outcome = if happened { "happened" } else { "not-happened" };
    let line = format!(
        "change resolve {} --outcome {outcome} --reason 'seen in the portal' --with Morgan",
        asked.change_id
    );
    day.till.owner(&line).env("COUNTERFOIL_SECOND_PIN", pin_of("Morgan")).exits(0);
}
