//! Comparing what the till believes with what the provider says.

use std::collections::BTreeMap;

use crate::command::Command;
use crate::payment::{Base, PaymentState};
use crate::privacy::{same_metadata, same_text};

/// True when the payment is still what the person saw. Wording of a known state does not count
/// (`complete` and `completed` are one state); wording of an unknown one does. Marks never count:
/// they differ between readings of an unchanged payment.
#[must_use]
pub fn still_as_seen(seen: &Base, now: &Base) -> bool {
    let wording_counts = seen.state == PaymentState::Unclear || now.state == PaymentState::Unclear;
    seen.amount == now.amount
        && seen.state == now.state
        && same(&seen.invoice_number, &now.invoice_number)
        && same(&seen.reference, &now.reference)
        && seen.refunded == now.refunded
        && seen.details.captured == now.details.captured
        && seen.details.capture_at == now.details.capture_at
        && same(&seen.details.description, &now.details.description)
        && same_metadata(&seen.details.metadata, &now.details.metadata)
        && (!wording_counts || seen.provider_status == now.provider_status)
}

/// A text that was erased here differs from none.
fn same(seen: &Option<String>, now: &Option<String>) -> bool {
    same_text(seen.as_deref(), now.as_deref())
}

/// What the base of a waiting change becomes when this till's own `command` has been applied in
/// front of it: no conflict, the till did it itself.
#[must_use]
pub fn base_after(base: &Base, command: &Command) -> Base {
    let mut after = base.clone();
    match command {
        Command::Adjust { total, invoice, .. } => {
            after.amount = *total;
            keep_or_set(&mut after.invoice_number, invoice.as_ref());
        }
        Command::Relabel { invoice, reference, description, metadata } => {
            keep_or_set(&mut after.invoice_number, invoice.as_ref());
            keep_or_set(&mut after.reference, reference.as_ref());
            keep_or_set(&mut after.details.description, description.as_ref());
            merge(&mut after.details.metadata, metadata);
        }
        Command::Cancel { .. } | Command::Void => after.state = PaymentState::Cancelled,
        Command::Capture { at: at @ Some(_), .. } => after.details.capture_at = *at,
        Command::Capture { amount, at: None } => {
            after.state = PaymentState::Paid;
            after.details.captured = Some(amount.unwrap_or(base.amount));
        }
        Command::Refund { amount, .. } => {
            after.refunded = base.refunded.and_then(|before| before.plus(*amount).ok());
        }
        Command::Start { .. } => {}
    }
    after
}

fn keep_or_set(field: &mut Option<String>, new: Option<&String>) {
    if let Some(new) = new {
        *field = Some(new.clone());
    }
}

/// Metadata as it is after some of it was set: an empty text takes a key away.
pub fn merge(kept: &mut BTreeMap<String, String>, set: &BTreeMap<String, String>) {
    for (key, text) in set {
        if text.is_empty() {
            kept.remove(key);
        } else {
            kept.insert(key.clone(), text.clone());
        }
    }
}

/// True when a reading proves that `command` was done since `baseline` was read: its effect is
/// there now and was not there then. Where a provider shows the sum of all refunds, exactly the
/// asked amount more is the proof; any other sum proves nothing.
#[must_use]
pub fn shows_effect_since(command: &Command, baseline: &Base, now: &Base) -> bool {
    match command {
        Command::Refund { amount, .. } => match (baseline.refunded, now.refunded) {
            (Some(before), Some(after)) => {
                amount.is_positive() && before.plus(*amount).is_ok_and(|sum| sum == after)
            }
            (Some(_) | None, _) => false,
        },
        Command::Start { .. }
        | Command::Adjust { .. }
        | Command::Relabel { .. }
        | Command::Cancel { .. }
        | Command::Capture { .. }
        | Command::Void => shows_effect(command, now) && !shows_effect(command, baseline),
    }
}

/// True when the payment is what `command` asked for: the effect can be seen.
/// A refund cannot be seen this way, and a start has nothing to look at.
#[must_use]
pub fn shows_effect(command: &Command, now: &Base) -> bool {
    let invoice_fits =
        |invoice: &Option<String>| invoice.is_none() || *invoice == now.invoice_number;
    match command {
        Command::Adjust { total, invoice, .. } => *total == now.amount && invoice_fits(invoice),
        Command::Relabel { invoice, reference, description, metadata } => {
            invoice_fits(invoice)
                && (reference.is_none() || *reference == now.reference)
                && (description.is_none() || *description == now.details.description)
                && holds(&now.details.metadata, metadata)
        }
        Command::Cancel { .. } | Command::Void => now.state == PaymentState::Cancelled,
        Command::Capture { at: at @ Some(_), .. } => now.details.capture_at == *at,
        Command::Capture { amount, at: None } => {
            let taken = now.details.captured.filter(|taken| taken.is_positive());
            taken.is_some_and(|taken| taken == amount.unwrap_or(now.amount))
        }
        Command::Start { .. } | Command::Refund { .. } => false,
    }
}

fn holds(now: &BTreeMap<String, String>, set: &BTreeMap<String, String>) -> bool {
    let fits = |(key, text): (&String, &String)| now.get(key).map_or("", String::as_str) == text;
    set.iter().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{adjust, at, base, cancel, gbp, refund, relabel, start};

    #[test]
    fn a_payment_is_as_seen_unless_something_that_counts_differs() {
        let check = |what: &str, edit: fn(&mut Base), expected: bool| {
            let mut now = base("100.00");
            edit(&mut now);
            assert_eq!(still_as_seen(&base("100.00"), &now), expected, "{what}");
            assert_eq!(still_as_seen(&now, &base("100.00")), expected, "{what}, turned round");
        };
        check("nothing", |_| {}, true);
        check("a later reading", |b| b.read_at = at(9), true);
        check("another word of a known state", |b| b.provider_status = "other".to_owned(), true);
        check("a penny", |b| b.amount = gbp("100.01"), false);
        check("the state", |b| b.state = PaymentState::Paid, false);
        check("a state not known", |b| b.state = PaymentState::Unclear, false);
        check("the invoice number", |b| b.invoice_number = Some("INV-2".to_owned()), false);
        check("no invoice number", |b| b.invoice_number = None, false);
        check("the reference", |b| b.reference = None, false);
        check("money returned", |b| b.refunded = Some(gbp("1.00")), false);
        check("money taken", |b| b.details.captured = Some(gbp("1.00")), false);
        check("when it is taken", |b| b.details.capture_at = Some(at(5)), false);
        check("the description", |b| b.details.description = Some("tyres".to_owned()), false);
        check("metadata", |b| b.details.metadata = texts(&[("colour", "red")]), false);
        check("a mark", |b| b.details.marks = texts(&[("seen", "9")]), true);
    }

    fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_capture_a_void_and_metadata_show_where_the_provider_says_exactly_that() {
        let check = |command: &Command, edit: fn(&mut Base), expected: bool| {
            let mut now = base("100.00");
            edit(&mut now);
            assert_eq!(shows_effect(command, &now), expected, "{command:?} {now:?}");
        };
        let capture = |amount: Option<&str>| Command::Capture { amount: amount.map(gbp), at: None };
        check(&capture(None), |_| {}, false);
        check(&capture(None), |b| b.details.captured = Some(gbp("0.00")), false);
        check(&capture(None), |b| b.details.captured = Some(gbp("60.00")), false);
        check(&capture(None), |b| b.details.captured = Some(gbp("100.00")), true);
        check(&capture(Some("60.00")), |b| b.details.captured = Some(gbp("60.00")), true);
        check(&capture(Some("60.00")), |b| b.details.captured = Some(gbp("100.00")), false);
        let later = Command::Capture { amount: None, at: Some(at(9)) };
        check(&later, |b| b.details.captured = Some(gbp("100.00")), false);
        check(&later, |b| b.details.capture_at = Some(at(9)), true);
        check(&Command::Void, |b| b.state = PaymentState::Cancelled, true);
        check(&Command::Void, |_| {}, false);
        let metadata = texts(&[("colour", "red"), ("size", "")]);
        let described = Some("tyres".to_owned());
        let texts_only = Command::Relabel {
            invoice: None,
            reference: None,
            description: described.clone(),
            metadata: metadata.clone(),
        };
        check(&texts_only, |_| {}, false);
        check(&texts_only, |b| b.details.description = Some("tyres".to_owned()), false);
        let whole: fn(&mut Base) = |b| {
            b.details.description = Some("tyres".to_owned());
            b.details.metadata = texts(&[("colour", "red"), ("other", "kept")]);
        };
        check(&texts_only, whole, true);
        check(
            &texts_only,
            |b| {
                b.details.description = Some("tyres".to_owned());
                b.details.metadata = texts(&[("colour", "red"), ("size", "9")]);
            },
            false,
        );
        let after = base_after(&base("100.00"), &texts_only);
        assert!(shows_effect(&texts_only, &after));
    }

    #[test]
    fn two_words_that_are_not_known_are_two_states() {
        let unclear = |word: &str| Base {
            state: PaymentState::Unclear,
            provider_status: word.to_owned(),
            ..base("100.00")
        };
        assert!(still_as_seen(&unclear("frozen"), &unclear("frozen")));
        assert!(!still_as_seen(&unclear("frozen"), &unclear("thawed")));
    }

    #[test]
    fn an_own_change_moves_exactly_what_it_sets() {
        let check = |command: &Command, edit: fn(&mut Base)| {
            let mut expected = base("100.00");
            edit(&mut expected);
            assert_eq!(base_after(&base("100.00"), command), expected, "{command:?}");
        };
        check(&adjust("80.00"), |b| b.amount = gbp("80.00"));
        check(&relabel("INV-2"), |b| b.invoice_number = Some("INV-2".to_owned()));
        check(&cancel(), |b| b.state = PaymentState::Cancelled);
        check(&refund("5.00"), |b| b.refunded = None);
        check(&start("5.00"), |_| {});
        let invoice = Some("INV-3".to_owned());
        let both = Command::Adjust { total: gbp("70.00"), invoice, items: Vec::new() };
        check(&both, |b| {
            b.amount = gbp("70.00");
            b.invoice_number = Some("INV-3".to_owned());
        });
    }

    #[test]
    fn an_effect_shows_only_where_all_that_was_asked_for_is_there() {
        let check = |command: &Command, now: Base, expected: bool| {
            assert_eq!(shows_effect(command, &now), expected, "{command:?}");
        };
        let both = |invoice: &str| Command::Adjust {
            total: gbp("100.00"),
            invoice: Some(invoice.to_owned()),
            items: Vec::new(),
        };
        check(&adjust("100.00"), base("100.00"), true);
        check(&adjust("100.01"), base("100.00"), false);
        check(&both("INV-1"), base("100.00"), true);
        check(&both("INV-2"), base("100.00"), false);
        check(&relabel("INV-1"), base("100.00"), true);
        check(&relabel("INV-2"), base("100.00"), false);
        check(&cancel(), base("100.00"), false);
        check(&cancel(), base_after(&base("100.00"), &cancel()), true);
        check(&refund("100.00"), base("100.00"), false);
        check(&start("100.00"), base("100.00"), false);
        check(&Command::Void, base("100.00"), false);
    }

    #[test]
    fn what_a_change_leads_to_shows_its_effect() {
        for command in [adjust("80.00"), relabel("INV-2"), cancel()] {
            assert!(!shows_effect(&command, &base("100.00")), "{command:?}");
            assert!(shows_effect(&command, &base_after(&base("100.00"), &command)), "{command:?}");
        }
    }

    #[test]
    fn an_own_refund_moves_the_sum_of_refunds_where_the_provider_shows_it() {
        let seen = Base { refunded: Some(gbp("5.00")), ..base("100.00") };
        assert_eq!(base_after(&seen, &refund("7.00")).refunded, Some(gbp("12.00")));
        assert_eq!(base_after(&base("100.00"), &refund("7.00")).refunded, None);
    }

    #[test]
    fn an_effect_is_proved_only_by_a_difference_since_the_baseline() {
        let of = |sum: &str| Base { refunded: Some(gbp(sum)), ..base("100.00") };
        let check = |command: &Command, before: &Base, now: &Base, expected: bool| {
            assert_eq!(shows_effect_since(command, before, now), expected, "{command:?}");
        };
        check(&refund("5.00"), &of("1.00"), &of("6.00"), true);
        check(&refund("5.00"), &of("1.00"), &of("6.01"), false);
        check(&refund("5.00"), &of("6.00"), &of("6.00"), false);
        check(&refund("5.00"), &base("100.00"), &of("5.00"), false);
        check(&refund("5.00"), &of("0.00"), &base("100.00"), false);
        check(&refund("0.00"), &of("1.00"), &of("1.00"), false);
        check(&adjust("80.00"), &base("100.00"), &base("80.00"), true);
        check(&adjust("80.00"), &base("80.00"), &base("80.00"), false);
        check(&start("5.00"), &base("1.00"), &base("5.00"), false);
    }
}
