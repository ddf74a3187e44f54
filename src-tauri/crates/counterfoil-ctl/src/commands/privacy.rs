use counterfoil_api::Fault;
use counterfoil_api::call::{Call, ErasePayment, ErasePerson, Nothing};
use serde_json::Value;

use crate::answer::Answer;
use crate::arguments::Privacy;
use crate::plain::word;
use crate::session::Door;

pub fn carry_out(door: &Door<'_>, privacy: &Privacy) -> Result<Answer, Fault> {
    match privacy {
        Privacy::Erase { payment, reason, confirm } => {
            let ask = ErasePayment {
                payment: payment.clone(),
                reason: reason.clone(),
                confirm: confirm.clone(),
            };
            told(door, Call::PrivacyErase(ask), &PAYMENT)
        }
        Privacy::EraseName { who, reason, confirm } => {
            let ask = ErasePerson {
                staff: who.clone(),
                reason: reason.clone(),
                confirm: confirm.clone(),
            };
            told(door, Call::PrivacyErasePerson(ask), &NAME)
        }
        Privacy::Sweep => sweep(door),
    }
}

/// What is counted, with its words.
type Counts = [(&'static str, &'static str)];

const PAYMENT: [(&str, &str); 7] = [
    ("payment_texts", "texts of the payment"),
    ("texts", "texts of its changes, of findings and of the trail"),
    ("changes", "changes (they stay, without texts)"),
    ("findings", "findings (they stay, without remarks)"),
    ("callbacks", "callbacks"),
    ("proposals", "proposals"),
    ("stays_in_older_events", "events of an earlier version that hold texts and stay as they are"),
];

const NAME: [(&str, &str); 3] = [
    ("past", "entries of the person's past that hold the name"),
    ("trail", "places of the trail that hold the name"),
    ("shared", "names that somebody else has as well and that stay in the trail"),
];

fn told(door: &Door<'_>, call: Call, counts: &Counts) -> Result<Answer, Fault> {
    let view = door.sign_in()?.call(call)?;
    let mut plain = match view["confirm"].as_str() {
        Some(word) => format!("Nothing is erased yet. To erase this, add --confirm {word}:\n"),
        None => "Erased:\n".to_owned(),
    };
    for (key, words) in counts {
        plain.push_str(&format!("{:>6}  {words}\n", word(&view[*key])));
    }
    let copies = view["older_copies"].as_array().into_iter().flatten();
    for copy in copies.filter_map(Value::as_str) {
        plain.push_str(&format!("An older copy beside the database holds what it held: {copy}\n"));
    }
    if view["erased"] == true && view["settled"] == false {
        plain.push_str("The database's log still holds traces; the till clears it by itself.\n");
    }
    Ok(Answer::done(view, plain.trim_end()))
}

fn sweep(door: &Door<'_>) -> Result<Answer, Fault> {
    let swept = door.sign_in()?.call(Call::PrivacySweep(Nothing {}))?;
    let plain = match swept["keep_days"].as_u64() {
        None => {
            "Texts are kept for ever here; the setting privacy.keep_days says otherwise.".to_owned()
        }
        Some(days) => format!(
            "Erased what was at rest for more than {days} days: {} payments, {} changes, {} texts.",
            word(&swept["payments"]),
            word(&swept["changes"]),
            word(&swept["texts"]),
        ),
    };
    Ok(Answer::done(swept, plain))
}
