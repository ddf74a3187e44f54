use serde_json::json;

use super::*;

/// A trail that is written down entry by entry, ten minutes apart.
#[derive(Default)]
struct Trail {
    entries: Vec<(Moment, String, String, String, Value)>,
}

/// 2026-01-01T00:00:00Z.
const BEGINNING: i64 = 1_767_225_600_000;
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

impl Trail {
    fn at(&mut self, millis: i64, who: &str, what: &str, about: &str, facts: Value) {
        let at = Moment::from_millis(BEGINNING + millis);
        self.entries.push((at, who.to_owned(), what.to_owned(), about.to_owned(), facts));
    }

    fn refund(&mut self, at: i64, who: &str, change: &str, payment: &str, minor: i64, ask: bool) {
        let facts = json!({
            "command": {"kind": "refund", "amount": {"minor": minor, "currency": "GBP"}},
            "payment_id": payment, "needs_approval": ask, "state": "queued",
        });
        self.at(at, who, "change.requested", change, facts);
    }

    fn read(mut self) -> Duty {
        self.entries.sort_by_key(|(at, ..)| *at);
        let ground = Ground {
            day: &|at| at.to_rfc3339().chars().take(10).collect(),
            payment_of: &|change| (change == "started").then(|| "p-started".to_owned()),
            customer_of: &|payment| {
                payment.starts_with("p-same").then(|| "Same Customer".to_owned())
            },
        };
        let mut watch = Watch::new(Moment::from_millis(0), Moment::from_millis(i64::MAX), ground);
        for (place, (at, who, what, about, facts)) in self.entries.iter().enumerate() {
            let seq = i64::try_from(place).expect("a short trail") + 1;
            watch.take(&Entry { seq, at: *at, who, what, about, facts });
        }
        watch.finish()
    }
}

/// People and rules, and 300 honest entries over thirty days.
fn honest() -> Trail {
    let mut trail = Trail::default();
    trail.at(0, "olive", "store.set_up", "till-1", json!({}));
    for (who, role) in [("casey", "cashier"), ("cleo", "cashier"), ("morgan", "manager")] {
        trail.at(1, "olive", "staff.added", who, json!({"name": who, "role": role}));
    }
    let rule = json!({"from": "0.00", "to": "50.00"});
    trail.at(2, "olive", "setting.changed", "approval.refund_over", rule);
    for number in 0..100 {
        let at = DAY + number * DAY / 4;
        let change = format!("c{number}");
        let casey = if number % 2 == 0 { "casey" } else { "cleo" };
        trail.at(at, casey, "session.signed_in", "seat", json!({"pin_check": "full"}));
        // Small ones alone, large ones with a manager, each on a payment of its own.
        let (minor, ask) = if number % 5 == 0 { (12_000, true) } else { (1_000 + number, false) };
        trail.refund(at + MINUTE, casey, &change, &format!("p{number}"), minor, ask);
        let (who, what) =
            if ask { ("morgan", "change.approved") } else { ("till", "change.attempt_ended") };
        trail.at(at + 2 * MINUTE, who, what, &change, json!({"state": "applied"}));
    }
    trail
}

fn of(duty: &Duty, pattern: Pattern) -> Vec<&Finding> {
    duty.findings.iter().filter(|finding| finding.pattern == pattern).collect()
}

#[test]
fn nothing_honest_is_listed() {
    let duty = honest().read();
    assert_eq!(duty.findings, [], "of {} entries", duty.entries);
    assert_eq!(duty.entries, 305);
    let pairs: Vec<_> = duty.pairs.iter().map(|pair| (pair.count, pair.sum)).collect();
    assert_eq!(pairs, [(10, 120_000), (10, 120_000)]);
}

#[test]
fn each_planted_pattern_is_listed_once_among_300_honest_entries() {
    let mut trail = honest();
    let at = |day: i64, hour: i64| 2 * DAY + day * DAY + 13 * 60 * MINUTE + hour * 60 * MINUTE;
    trail.refund(at(0, 0), "casey", "own", "p-own", 9_000, true);
    trail.at(at(0, 1), "casey", "approval.refused", "own", json!({"why": "same_person"}));
    trail.at(at(1, 0), "morgan", "approval.refused", "c5", json!({"why": "replayed"}));
    trail.refund(at(2, 0), "cleo", "near", "p-near", 4_990, false);
    trail.refund(at(3, 0), "casey", "half-1", "p-split", 3_000, false);
    trail.refund(at(3, 1), "cleo", "half-2", "p-split", 3_000, false);
    for try_no in 0..6 {
        trail.at(at(4, 0) + try_no, "till", "pin.refused", "casey", json!({}));
    }
    trail.refund(at(5, 0), "casey", "back", "p-back", 2_000, false);
    trail.at(at(5, 1), "casey", "change.withdrawn", "back", json!({"state": "withdrawn"}));
    let moved = json!({"by_ms": 7_200_000, "direction": "back"});
    trail.at(at(6, 0), "till", "clock.changed", "till", moved);
    let looser = json!({"from": "50.00", "to": "900.00"});
    trail.at(at(7, 0), "olive", "setting.changed", "approval.refund_over", looser);
    trail.refund(at(7, 0) + MINUTE, "cleo", "loose", "p-loose", 8_000, false);
    let tighter = json!({"from": "900.00", "to": "50.00"});
    trail.at(at(7, 2), "olive", "setting.changed", "approval.refund_over", tighter);
    let start = json!({"command": {"kind": "start", "total": {"minor": 4000, "currency": "GBP"}},
        "payment_id": null, "needs_approval": false});
    trail.at(at(8, 0), "casey", "change.requested", "started", start);
    trail.refund(at(8, 1), "casey", "own-start", "p-started", 4_000, false);
    trail.at(at(9, 0), "olive", "privacy.erased", "p7", json!({"reason": "asked for"}));
    let again = json!({"what": "slip", "number": 9, "copy": 2});
    trail.at(at(10, 0), "casey", "paper.printing", "c7", again);
    let duty = trail.read();
    for pattern in Pattern::ALL {
        assert_eq!(of(&duty, pattern).len(), 1, "{pattern:?}: {:#?}", duty.findings);
    }
    let about = |pattern| of(&duty, pattern)[0].about.clone();
    assert_eq!(about(Pattern::SelfApproval), ["own"]);
    assert_eq!(about(Pattern::Split), ["half-1", "half-2", "p-split"]);
    assert_eq!(about(Pattern::RuleChanged), ["approval.refund_over", "loose"]);
    assert_eq!(of(&duty, Pattern::PinRefused)[0].words, "6 wrong, locked");
}

#[test]
fn returns_to_one_customer_on_several_payments_are_a_split_too() {
    let mut trail = honest();
    let at = 3 * DAY + 13 * 60 * MINUTE;
    trail.refund(at, "casey", "a", "p-same-1", 3_000, false);
    trail.refund(at + MINUTE, "casey", "b", "p-same-2", 3_000, false);
    let duty = trail.read();
    assert_eq!(of(&duty, Pattern::Split).len(), 1, "{:#?}", duty.findings);
}

#[test]
fn a_split_needs_one_day_one_payment_and_more_than_the_limit() {
    let check = |plant: &dyn Fn(&mut Trail)| {
        let mut trail = honest();
        plant(&mut trail);
        assert_eq!(of(&trail.read(), Pattern::Split).len(), 0);
    };
    let noon = 3 * DAY + 13 * 60 * MINUTE;
    check(&|trail| {
        trail.refund(noon, "casey", "a", "p-x", 3_000, false);
        trail.refund(noon + DAY, "casey", "b", "p-x", 3_000, false);
    });
    check(&|trail| {
        trail.refund(noon, "casey", "a", "p-x", 3_000, false);
        trail.refund(noon + MINUTE, "casey", "b", "p-y", 3_000, false);
    });
    check(&|trail| {
        trail.refund(noon, "casey", "a", "p-x", 2_000, false);
        trail.refund(noon + MINUTE, "casey", "b", "p-x", 3_000, false);
    });
    check(&|trail| {
        trail.refund(noon, "casey", "a", "p-x", 3_000, false);
        trail.refund(noon + MINUTE, "casey", "b", "p-x", 3_000, true);
    });
}

#[test]
fn limits_are_those_of_the_role_and_of_the_moment() {
    let near = |who: &str, plant: &dyn Fn(&mut Trail)| {
        let mut trail = honest();
        plant(&mut trail);
        trail.refund(20 * DAY + 13 * 60 * MINUTE, who, "near", "p-near", 4_990, false);
        of(&trail.read(), Pattern::JustUnder).len()
    };
    assert_eq!(near("casey", &|_| {}), 1);
    assert_eq!(near("morgan", &|_| {}), 0, "a manager is bound by no limit");
    assert_eq!(near("olive", &|_| {}), 0, "nor is an owner");
    let set = |key: &'static str, to: &'static str| {
        move |trail: &mut Trail| {
            trail.at(3 * MINUTE, "olive", "setting.changed", key, json!({"from": "", "to": to}));
        }
    };
    assert_eq!(near("morgan", &set("approval.refund_over.manager", "50.00")), 1);
    assert_eq!(near("casey", &set("approval.refund_over", "80.00")), 0);
    assert_eq!(near("casey", &set("approval.refund_over", "never")), 0);
}

#[test]
fn what_lies_outside_the_period_is_read_and_not_listed() {
    let mut trail = honest();
    trail.refund(2 * DAY + 13 * 60 * MINUTE, "casey", "near", "p-near", 4_990, false);
    trail.entries.sort_by_key(|(at, ..)| *at);
    let ground = Ground { day: &|_| String::new(), payment_of: &|_| None, customer_of: &|_| None };
    let from = Moment::from_millis(BEGINNING + 20 * DAY);
    let mut watch = Watch::new(from, Moment::from_millis(i64::MAX), ground);
    for (at, who, what, about, facts) in &trail.entries {
        watch.take(&Entry { seq: 1, at: *at, who, what, about, facts });
    }
    assert_eq!(watch.finish().findings, []);
}
