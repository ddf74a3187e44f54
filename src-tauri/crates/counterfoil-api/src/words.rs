//! Where a change stands, in plain English: what happened, whether money moved, what to do.

use counterfoil_core::capability::RepeatSafety;
use counterfoil_core::change::{Change, State};

/// One or two sentences for the command line and for support; screens have their own words.
pub fn explanation(
    change: &Change,
    provider: &str,
    safety: RepeatSafety,
    last_error: Option<&str>,
) -> String {
    match change.state {
        State::AwaitingApproval => awaiting(change),
        State::Rejected => {
            "A second person refused it. Nothing was sent, no money moved.".to_owned()
        }
        State::Queued if change.only_if.is_some() => proposed(change, provider, last_error),
        State::Queued => queued(change, provider, last_error),
        State::Sending => format!("Is being sent to {provider} now."),
        State::Applied => applied(change, provider),
        State::Declined => format!(
            "{provider} said no{}. No money moved by this change.",
            quoted(change.why.as_deref())
        ),
        State::NeedsCustomer => format!(
            "{provider} accepted it, but the customer must sign first. It has no effect until then."
        ),
        State::InDoubt if change.accepted_ref().is_some() => format!(
            "{provider} has accepted it and is not done yet. Its end is read again and again; \
             tell the customer that it is on its way and not certain yet."
        ),
        State::InDoubt => in_doubt(safety, provider),
        State::Conflict => format!(
            "Nothing was sent: {}. A manager decides: apply it on the payment as it is now, or \
             drop it.",
            change.why.as_deref().unwrap_or("the payment is not what the requester saw")
        ),
        State::Expired => {
            format!("It came too late{}. It is not sent any more.", quoted(change.why.as_deref()))
        }
        State::Withdrawn => withdrawn(change),
    }
}

fn awaiting(change: &Change) -> String {
    let sent = match change.attempts.is_empty() {
        true => "Nothing was sent, no money moved.",
        false => "Nothing of it has had an effect, no money moved.",
    };
    match &change.why {
        Some(why) => format!(
            "Waits for a second person to approve it anew, because an earlier approval no longer \
             holds: {why}. {sent}"
        ),
        None => format!("Waits for a second person to approve it. {sent}"),
    }
}

fn withdrawn(change: &Change) -> String {
    if let Some(why) = &change.lapsed {
        return format!(
            "The till took it back by itself, because the order that asked for it did not come to \
             that: {why}. It has no effect, no money moved."
        );
    }
    match &change.superseded_by {
        Some(later) => format!(
            "Was replaced by the later adjustment {later} before anything of it was sent. No \
             money moved by it."
        ),
        None => "Was taken back before it had an effect. No money moved.".to_owned(),
    }
}

fn applied(change: &Change, provider: &str) -> String {
    match change.command.refund() {
        Some(amount) => format!("{provider} has taken it: {amount} goes back to the customer."),
        None => format!("{provider} has taken it."),
    }
}

fn proposed(change: &Change, provider: &str, last_error: Option<&str>) -> String {
    let Some(condition) = &change.only_if else { return queued(change, provider, last_error) };
    format!(
        "An order proposed it. It is sent to {provider} once {} carries {}, and taken back where \
         that does not come about.{} No money moved.",
        condition.provider_ref,
        condition.amount,
        last_error.map(|why| format!(" Last: {why}.")).unwrap_or_default()
    )
}

fn queued(change: &Change, provider: &str, last_error: Option<&str>) -> String {
    let tried =
        if change.attempts.is_empty() { "Nothing was sent yet" } else { "No effect so far" };
    let error = last_error.map(|why| format!(" Last: {why}.")).unwrap_or_default();
    format!(
        "Is kept on this till, waiting to be sent to {provider}. {tried}, no money moved.{error}"
    )
}

fn in_doubt(safety: RepeatSafety, provider: &str) -> String {
    let base = format!(
        "It was sent, but no clear answer came: it may have happened or not. Tell the customer \
         that it is being checked with {provider}."
    );
    let next = match safety {
        RepeatSafety::HumanOnly => format!(
            " {provider} cannot be asked about it, so it is never sent again by itself: look in \
             the {provider} portal, then let two people record what they found."
        ),
        RepeatSafety::ReadBackThenHuman => {
            " The payment is read again; if it does not show there, \
             nothing is sent again by itself: two people decide."
                .to_owned()
        }
        RepeatSafety::WithKey => format!(
            " It is sent again with the same key, by which {provider} knows a repetition; two \
             people may also decide."
        ),
        RepeatSafety::Absolute | RepeatSafety::ReadBack => {
            " The payment is read again until it is clear; two people may also decide.".to_owned()
        }
    };
    base + &next
}

fn quoted(why: Option<&str>) -> String {
    why.map(|why| format!(" ({why})")).unwrap_or_default()
}
