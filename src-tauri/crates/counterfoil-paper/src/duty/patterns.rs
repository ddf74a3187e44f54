use std::collections::BTreeMap;

use counterfoil_core::money::{Currency, Money};
use serde_json::Value;

use super::{Asked, Entry, Finding, Pattern, Watch};

/// Five per cent, in twentieths: at least nineteen of twenty parts of the limit is just under it.
const PARTS: (i128, i128) = (19, 20);

/// A rule that was changed at most this long before a refund has to do with it.
const AROUND_MS: i64 = 3_600_000;

/// Settings that say who may do what alone.
const RULES: [&str; 4] = ["approval.", "permission.", "reasons.", "offline."];

/// Wrong tries after which nobody gets in for a while (targets R13).
const LOCKS_AT: i64 = 6;

impl Watch<'_> {
    /// Takes the next entry.
    pub fn take(&mut self, entry: &Entry<'_>) {
        self.entries = entry.seq;
        self.limits.take(entry);
        let text = |name: &str| entry.facts.get(name).and_then(Value::as_str).unwrap_or_default();
        match entry.what {
            "change.requested" => self.requested(entry),
            "change.approved" => self.approved(entry),
            "change.rejected" | "change.superseded" | "change.lapsed" => self.end(entry),
            "change.withdrawn" => {
                self.end(entry);
                self.withdrawn(entry);
            }
            "approval.refused" => self.refused(entry, text("why")),
            "pin.refused" => self.pin(entry),
            "setting.changed" if RULES.iter().any(|rule| entry.about.starts_with(rule)) => {
                let (from, to) = (text("from").to_owned(), text("to").to_owned());
                let words = format!("{} from {from} to {to}", entry.about);
                let (seq, at) = (entry.seq, entry.at);
                self.rules.push((seq, at, entry.who.to_owned(), entry.about.to_owned(), words));
            }
            "privacy.erased" | "privacy.name_erased" | "privacy.swept" => {
                self.simple(entry, Pattern::Erased, text("reason"));
            }
            "paper.printing" => self.printed(entry),
            what if what.starts_with("clock.") => {
                let by = entry.facts.get("by_ms").and_then(Value::as_i64).unwrap_or_default();
                let words = format!("{what} by {by} ms {}", text("direction"));
                self.simple(entry, Pattern::Clock, words.trim_end());
            }
            _ => {}
        }
    }

    fn simple(&mut self, entry: &Entry<'_>, pattern: Pattern, words: &str) {
        self.list(Finding {
            pattern,
            entry: entry.seq,
            at: entry.at,
            people: somebody(entry.who),
            about: vec![entry.about.to_owned()],
            amount: None,
            words: words.to_owned(),
        });
    }

    fn requested(&mut self, entry: &Entry<'_>) {
        let facts = entry.facts;
        let command = &facts["command"];
        let kind = command["kind"].as_str().unwrap_or_default().to_owned();
        let amount = match kind.as_str() {
            "refund" => money(&command["amount"]),
            "adjust" => difference(&command["total"], &facts["base"]["amount"]),
            "start" => money(&command["total"]),
            _ => None,
        };
        let currency = amount.map(Money::currency);
        let asked = Asked {
            entry: entry.seq,
            at: entry.at,
            change_id: entry.about.to_owned(),
            payment_id: facts["payment_id"].as_str().map(str::to_owned),
            by: entry.who.to_owned(),
            alone: facts["needs_approval"] == false,
            limit: currency.and_then(|of| self.limits.for_kind(entry.who, &kind, of)),
            daily: currency.and_then(|of| self.limits.for_day(entry.who, of)),
            kind,
            amount,
            taken_back: false,
        };
        self.by_change.insert(asked.change_id.clone(), self.asked.len());
        self.asked.push(asked);
    }

    fn of_change(&self, change_id: &str) -> Option<&Asked> {
        self.asked.get(*self.by_change.get(change_id)?)
    }

    fn end(&mut self, entry: &Entry<'_>) {
        let place = self.by_change.get(entry.about).copied();
        if let Some(asked) = place.and_then(|place| self.asked.get_mut(place)) {
            asked.taken_back = true;
        }
    }

    fn withdrawn(&mut self, entry: &Entry<'_>) {
        let asked = self.of_change(entry.about);
        let minutes = asked.map(|asked| entry.at.millis_since(asked.at) / 60_000);
        let amount = asked.and_then(|asked| asked.amount);
        let kind = asked.map(|asked| asked.kind.clone()).unwrap_or_default();
        let words = format!("a {kind}, {} minutes after it was asked for", minutes.unwrap_or(0));
        let mut people = somebody(entry.who);
        people.extend(asked.map(|asked| asked.by.clone()).filter(|by| *by != entry.who));
        self.list(Finding {
            pattern: Pattern::Withdrawn,
            entry: entry.seq,
            at: entry.at,
            people,
            about: vec![entry.about.to_owned()],
            amount,
            words,
        });
    }

    fn approved(&mut self, entry: &Entry<'_>) {
        if !self.is_in_period(entry.at) {
            return;
        }
        let Some(asked) = self.of_change(entry.about) else { return };
        let currency = asked.amount.map(|amount| amount.currency().code().to_owned());
        let minor = asked.amount.map_or(0, Money::minor);
        let key = (asked.by.clone(), entry.who.to_owned(), currency);
        let (count, sum) = self.pairs.entry(key).or_default();
        *count = count.saturating_add(1);
        *sum = sum.saturating_add(minor.saturating_abs());
    }

    fn refused(&mut self, entry: &Entry<'_>, why: &str) {
        let asked = self.of_change(entry.about);
        // Of another till's change only the entry itself says whose it is.
        let own = asked.is_some_and(|asked| asked.by == entry.who) || why == "same_person";
        let pattern = if own { Pattern::SelfApproval } else { Pattern::RefusedApproval };
        let amount = asked.and_then(|asked| asked.amount);
        self.list(Finding {
            pattern,
            entry: entry.seq,
            at: entry.at,
            people: somebody(entry.who),
            about: vec![entry.about.to_owned()],
            amount,
            words: why.to_owned(),
        });
    }

    fn pin(&mut self, entry: &Entry<'_>) {
        let key = ((self.ground.day)(entry.at), entry.about.to_owned());
        let (_, _, count) = self.pins.entry(key).or_insert((entry.seq, entry.at, 0));
        *count = count.saturating_add(1);
    }

    fn printed(&mut self, entry: &Entry<'_>) {
        let copy = entry.facts.get("copy").and_then(Value::as_i64).unwrap_or(1);
        if copy > 1 {
            let what = entry.facts.get("what").and_then(Value::as_str).unwrap_or_default();
            self.simple(entry, Pattern::Reprint, &format!("{what}, copy {copy}"));
        }
    }

    /// What shows only over several entries.
    pub(super) fn conclude(&mut self) {
        let asked = std::mem::take(&mut self.asked);
        for one in asked.iter().filter(|one| is_just_under(one)) {
            self.list(of_asked(Pattern::JustUnder, one, under_words(one)));
        }
        self.splits(&asked);
        self.daily(&asked);
        self.own_starts(&asked);
        self.rule_changes(&asked);
        for ((_, person), (entry, at, count)) in std::mem::take(&mut self.pins) {
            let locked = if count >= LOCKS_AT { ", locked" } else { "" };
            self.list(Finding {
                pattern: Pattern::PinRefused,
                entry,
                at,
                people: vec![person],
                about: Vec::new(),
                amount: None,
                words: format!("{count} wrong{locked}"),
            });
        }
    }

    fn splits(&mut self, asked: &[Asked]) {
        let mut groups: BTreeMap<(String, String, &str), Vec<&Asked>> = BTreeMap::new();
        for one in asked.iter().filter(|one| counts_alone(one)) {
            let (Some(payment), Some(amount)) = (&one.payment_id, one.amount) else { continue };
            let (day, code) = ((self.ground.day)(one.at), amount.currency().code());
            if let Some(customer) = (self.ground.customer_of)(payment) {
                let key = (format!("customer {customer}"), day.clone(), code);
                groups.entry(key).or_default().push(one);
            }
            groups.entry((format!("payment {payment}"), day, code)).or_default().push(one);
        }
        let mut seen: Vec<Vec<i64>> = Vec::new();
        // By payment before by customer: the same returns are told once.
        for ((_, _, _), group) in groups.iter().rev() {
            let entries: Vec<i64> = group.iter().map(|one| one.entry).collect();
            if let Some(finding) = split(group).filter(|_| !seen.contains(&entries)) {
                seen.push(entries);
                self.list(finding);
            }
        }
    }

    /// Returns of a person on one day that end just under what a day may have.
    fn daily(&mut self, asked: &[Asked]) {
        let mut groups: BTreeMap<(String, &str, &str), Vec<&Asked>> = BTreeMap::new();
        for one in asked.iter().filter(|one| counts_alone(one)) {
            let Some(amount) = one.amount else { continue };
            let key = ((self.ground.day)(one.at), one.by.as_str(), amount.currency().code());
            groups.entry(key).or_default().push(one);
        }
        for group in groups.values().filter(|group| group.len() > 1) {
            let Some(last) = group.last() else { continue };
            let sum = group.iter().filter_map(|one| one.amount).map(Money::minor).sum::<i64>();
            let under = last.daily.is_some_and(|limit| just_under(sum, limit));
            if under {
                let words =
                    format!("{} refunds of the day together just under its limit", group.len());
                self.list(Finding { amount: None, ..of_asked(Pattern::JustUnder, last, words) });
            }
        }
    }

    fn own_starts(&mut self, asked: &[Asked]) {
        let starts = asked.iter().filter(|one| one.kind == "start");
        let made: BTreeMap<String, &str> = starts
            .filter_map(|one| Some(((self.ground.payment_of)(&one.change_id)?, one.by.as_str())))
            .collect();
        for one in asked.iter().filter(|one| one.kind == "refund" && !one.taken_back) {
            let starter = one.payment_id.as_ref().and_then(|payment| made.get(payment));
            if starter == Some(&one.by.as_str()) {
                let words = "returned by who had started the payment".to_owned();
                self.list(of_asked(Pattern::OwnStart, one, words));
            }
        }
    }

    fn rule_changes(&mut self, asked: &[Asked]) {
        for (entry, at, who, key, words) in std::mem::take(&mut self.rules) {
            let until = at.plus_millis(AROUND_MS);
            let after: Vec<&Asked> = asked
                .iter()
                .filter(|one| one.kind == "refund" && one.entry > entry && one.at <= until)
                .collect();
            let Some(first) = after.first() else { continue };
            let mut about = vec![key];
            about.extend(after.iter().map(|one| one.change_id.clone()));
            self.list(Finding {
                pattern: Pattern::RuleChanged,
                entry,
                at,
                people: vec![who, first.by.clone()],
                about,
                amount: first.amount,
                words: format!("{words}; {} refunds within the hour", after.len()),
            });
        }
    }
}

fn somebody(who: &str) -> Vec<String> {
    if who == "till" { Vec::new() } else { vec![who.to_owned()] }
}

fn of_asked(pattern: Pattern, one: &Asked, words: String) -> Finding {
    let mut about = vec![one.change_id.clone()];
    about.extend(one.payment_id.clone());
    Finding {
        pattern,
        entry: one.entry,
        at: one.at,
        people: vec![one.by.clone()],
        about,
        amount: one.amount,
        words,
    }
}

fn counts_alone(one: &Asked) -> bool {
    one.kind == "refund" && one.alone && !one.taken_back
}

fn is_just_under(one: &Asked) -> bool {
    let amount = one.amount.map(|amount| amount.minor().saturating_abs());
    one.alone && amount.zip(one.limit).is_some_and(|(amount, limit)| just_under(amount, limit))
}

/// From nineteen twentieths of the limit up to the limit itself, which needs nobody yet.
fn just_under(minor: i64, limit: Money) -> bool {
    let (part, whole) = PARTS;
    let near = i128::from(minor) * whole >= i128::from(limit.minor()) * part;
    near && minor <= limit.minor()
}

fn under_words(one: &Asked) -> String {
    let limit = one.limit.map(|limit| limit.to_string()).unwrap_or_default();
    format!("a {} just under the limit of {limit}", one.kind)
}

/// Several, none of them above the limit, together above it.
fn split(group: &[&Asked]) -> Option<Finding> {
    let last = group.last().filter(|_| group.len() > 1)?;
    let limit = last.limit?.minor();
    let minors: Vec<i64> = group.iter().filter_map(|one| one.amount).map(Money::minor).collect();
    let sum = minors.iter().try_fold(0i64, |sum, minor| sum.checked_add(*minor))?;
    if sum <= limit || minors.iter().any(|minor| *minor > limit) {
        return None;
    }
    let mut people: Vec<String> = group.iter().map(|one| one.by.clone()).collect();
    people.sort_unstable();
    people.dedup();
    let mut about: Vec<String> = group.iter().map(|one| one.change_id.clone()).collect();
    about.extend(last.payment_id.clone());
    let amount = last.amount.and_then(|of| Money::from_minor(sum, of.currency()).ok());
    let words = format!("{} refunds on one day, each under the limit, together above", group.len());
    let (entry, at) = (last.entry, last.at);
    Some(Finding { pattern: Pattern::Split, entry, at, people, about, amount, words })
}

fn money(value: &Value) -> Option<Money> {
    let currency = Currency::parse(value["currency"].as_str()?).ok()?;
    Money::from_minor(value["minor"].as_i64()?, currency).ok()
}

fn difference(total: &Value, base: &Value) -> Option<Money> {
    money(total)?.minus(money(base)?).ok()
}

#[cfg(test)]
#[test]
fn just_under_is_from_nineteen_twentieths_to_the_limit() {
    let limit = money(&serde_json::json!({"minor": 5000, "currency": "GBP"})).expect("it is money");
    let check = |minor, expected| assert_eq!(just_under(minor, limit), expected, "{minor}");
    check(4_749, false);
    check(4_750, true);
    check(5_000, true);
    check(5_001, false);
}
