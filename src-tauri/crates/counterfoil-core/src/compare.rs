//! Two or three views of one payment side by side, field by field: what somebody saw, what they
//! asked for, what the provider has now.

use crate::command::Command;
use crate::money::Money;
use crate::payment::{Base, PaymentState};
use crate::privacy::{ERASED, is_erased};
use crate::reconcile::base_after;

/// One fact of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// An amount.
    Money(Money),
    /// A text as it stands.
    Text(String),
}

/// One field of a payment in three views.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name, as in the JSON of a payment's base.
    pub name: &'static str,
    /// As the requester saw it.
    pub seen: Option<Fact>,
    /// As it would be if the change were applied to what they saw.
    pub mine: Option<Fact>,
    /// As the provider has it now.
    pub now: Option<Fact>,
    /// True where what the provider has now is not what the requester saw.
    pub differs: bool,
}

/// The three views of a conflict. [`crate::reconcile::still_as_seen`] holds exactly where no
/// field differs.
#[must_use]
pub fn three_way(seen: &Base, command: &Command, now: &Base) -> Vec<Field> {
    let mine = wished(seen, command);
    let of = |name: &'static str, fact: fn(&Base) -> Option<Fact>| {
        let (seen_fact, now_fact) = (fact(seen), fact(now));
        let counts = counts(name, seen, now) && !was_erased(&seen_fact) && !was_erased(&now_fact);
        let differs = seen_fact != now_fact && counts;
        Field { name, seen: seen_fact, mine: fact(&mine), now: now_fact, differs }
    };
    vec![
        of("amount", |base| Some(Fact::Money(base.amount))),
        of("state", |base| Some(Fact::Text(base.state.word().to_owned()))),
        of("provider_status", |base| Some(Fact::Text(base.provider_status.clone()))),
        of("invoice_number", |base| base.invoice_number.clone().map(Fact::Text)),
        of("reference", |base| base.reference.clone().map(Fact::Text)),
        of("refunded", |base| base.refunded.map(Fact::Money)),
        of("captured", |base| base.details.captured.map(Fact::Money)),
        of("capture_at", |base| base.details.capture_at.map(|at| Fact::Text(at.to_rfc3339()))),
        of("description", |base| base.details.description.clone().map(Fact::Text)),
        of("metadata", metadata),
    ]
}

fn metadata(base: &Base) -> Option<Fact> {
    let pairs: Vec<String> =
        base.details.metadata.iter().map(|(key, text)| format!("{key}={text}")).collect();
    (!pairs.is_empty()).then(|| Fact::Text(pairs.join("; ")))
}

/// The names of the fields in which a reading differs from an earlier one; what was asked for plays
/// no part in it.
#[must_use]
pub fn differing(before: &Base, now: &Base) -> Vec<&'static str> {
    let fields = three_way(before, &Command::Void, now);
    fields.into_iter().filter(|field| field.differs).map(|field| field.name).collect()
}

/// What the payment would be: as for the till's own applied changes, and for a refund with what
/// goes back, also where the provider never says what went back.
fn wished(seen: &Base, command: &Command) -> Base {
    let mut mine = base_after(seen, command);
    if let Some(amount) = command.refund() {
        let before = seen.refunded.unwrap_or(Money::zero(amount.currency()));
        mine.refunded = before.plus(amount).ok();
    }
    mine
}

/// Another word of a known state is no difference.
fn counts(name: &str, seen: &Base, now: &Base) -> bool {
    let unclear = |base: &Base| base.state == PaymentState::Unclear;
    name != "provider_status" || unclear(seen) || unclear(now)
}

/// What was erased here is no difference.
fn was_erased(fact: &Option<Fact>) -> bool {
    matches!(fact, Some(Fact::Text(text)) if is_erased(text) || *text == metadata_erased())
}

fn metadata_erased() -> String {
    format!("{ERASED}={ERASED}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::still_as_seen;
    use crate::sample::{adjust, at, base, cancel, gbp, refund, relabel};

    fn edited(edit: fn(&mut Base)) -> Base {
        let mut now = base("100.00");
        edit(&mut now);
        now
    }

    #[test]
    fn a_field_differs_exactly_where_the_payment_is_not_what_was_seen() {
        let check = |edit: fn(&mut Base), expected: &[&str]| {
            let now = edited(edit);
            assert_eq!(differing(&base("100.00"), &now), expected);
            assert_eq!(still_as_seen(&base("100.00"), &now), expected.is_empty());
        };
        check(|_| {}, &[]);
        check(|b| b.read_at = at(9), &[]);
        check(|b| b.provider_status = "other".to_owned(), &[]);
        check(|b| b.amount = gbp("100.01"), &["amount"]);
        check(|b| b.state = PaymentState::Paid, &["state"]);
        check(|b| b.invoice_number = None, &["invoice_number"]);
        check(|b| b.reference = Some("R-2".to_owned()), &["reference"]);
        check(|b| b.reference = Some(ERASED.to_owned()), &[]);
        check(crate::privacy::strip_base, &[]);
        check(|b| b.refunded = Some(gbp("1.00")), &["refunded"]);
        check(
            |b| {
                b.state = PaymentState::Unclear;
                b.provider_status = "frozen".to_owned();
            },
            &["state", "provider_status"],
        );
    }

    #[test]
    fn the_middle_column_is_what_was_asked_for_on_what_was_seen() {
        let check = |command: &Command, name: &str, expected: Fact| {
            let fields = three_way(&base("100.00"), command, &base("90.00"));
            for field in fields {
                let wished = if field.name == name { Some(&expected) } else { field.seen.as_ref() };
                assert_eq!(field.mine.as_ref(), wished, "{command:?} {}", field.name);
                assert_eq!(field.differs, field.name == "amount");
            }
        };
        let text = |text: &str| Fact::Text(text.to_owned());
        check(&adjust("80.00"), "amount", Fact::Money(gbp("80.00")));
        check(&relabel("INV-2"), "invoice_number", text("INV-2"));
        check(&cancel(), "state", text("cancelled"));
        check(&refund("5.00"), "refunded", Fact::Money(gbp("5.00")));
        check(&Command::Void, "state", text("cancelled"));
    }
}
