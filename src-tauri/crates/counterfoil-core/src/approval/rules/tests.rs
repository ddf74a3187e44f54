use proptest::prelude::*;

use super::*;
use crate::sample::{adjust, at, base, cancel, gbp, reason, refund, relabel, start, yen};

const CASHIERS: [Role; 2] = [Role::Cashier, Role::Manager];

fn facts<'a>(command: &'a Command, base: Option<&'a Base>) -> Facts<'a> {
    let zero = Money::zero(gbp("0").currency());
    Facts { command, base, made_at: Some(at(0)), now: at(0), refunds_today: Some(zero) }
}

/// The rules of a store that set none.
fn shops_own() -> Rules {
    Rules { refund_over: Some(gbp("0.00")), ..Rules::OPEN }
}

fn codes(verdict: &Verdict) -> Vec<&'static str> {
    verdict.because.iter().map(|rule| rule.code()).collect()
}

#[test]
fn a_cashier_needs_a_second_person_where_the_rules_say_so() {
    let base = base("100.00");
    let check = |rules: Rules, command: &Command, expected: &[&str]| {
        let verdict = judge(&rules, Role::Cashier, &facts(command, Some(&base)));
        assert_eq!(codes(&verdict), expected, "{rules:?} {command:?}");
        let level = if expected.is_empty() { Level::Allowed } else { Level::Approval };
        assert_eq!(verdict.level, level);
    };
    check(shops_own(), &refund("0.01"), &["refund_over"]);
    check(shops_own(), &adjust("1.00"), &[]);
    check(shops_own(), &adjust("900.00"), &[]);
    check(shops_own(), &cancel(), &[]);
    check(shops_own(), &start("900.00"), &[]);
    check(shops_own(), &relabel("INV-2"), &[]);
    check(shops_own(), &Command::Void, &[]);
    let fifty = || Rules { refund_over: Some(gbp("50.00")), ..Rules::OPEN };
    check(fifty(), &refund("50.00"), &[]);
    check(fifty(), &refund("50.01"), &["refund_over"]);
    check(Rules::OPEN, &refund("5000.00"), &[]);
    let by_twenty = || Rules { adjust_over: Some(gbp("20.00")), ..Rules::OPEN };
    check(by_twenty(), &adjust("80.00"), &[]);
    check(by_twenty(), &adjust("120.00"), &[]);
    check(by_twenty(), &adjust("79.99"), &["adjust_over"]);
    check(by_twenty(), &adjust("120.01"), &["adjust_over"]);
    let cancelling = || Rules { cancel: true, ..Rules::OPEN };
    check(cancelling(), &cancel(), &["cancel"]);
    check(cancelling(), &Command::Void, &["cancel"]);
    check(cancelling(), &start("1.00"), &[]);
    check(cancelling(), &relabel("INV-2"), &[]);
}

#[test]
fn each_role_is_bound_by_its_own_rules_but_the_owner_by_none_and_the_auditor_by_being_one() {
    let strict = Rules {
        kind: Level::Approval,
        refund_over: Some(gbp("0.00")),
        adjust_over: Some(gbp("0.00")),
        cancel: true,
        sale_older_than_days: Some(0),
        daily_refunds_over: Some(gbp("0.00")),
    };
    for rules in [strict, Rules { kind: Level::Denied, ..strict }, Rules::OPEN] {
        for command in [refund("5.00"), adjust("5.00"), cancel(), relabel("I"), start("1.00")] {
            let base = base("100.00");
            let level = |role| judge(&rules, role, &facts(&command, Some(&base))).level;
            assert_eq!(level(Role::Owner), Level::Allowed);
            assert_eq!(level(Role::Auditor), Level::Denied);
            for role in CASHIERS {
                assert_eq!(level(role), rules.kind, "{role:?} {command:?}");
            }
        }
    }
}

#[test]
fn a_kind_that_is_denied_is_denied_whatever_the_limits_say_and_says_so() {
    let base = base("100.00");
    for role in CASHIERS {
        let rules = Rules { kind: Level::Denied, ..shops_own() };
        let verdict = judge(&rules, role, &facts(&refund("5.00"), Some(&base)));
        assert_eq!((verdict.level, codes(&verdict)), (Level::Denied, vec!["kind"]));
        let words = format!("a {} may not ask for a change of the kind refund", role.word());
        assert_eq!(verdict.because[0].words(), words);
    }
}

#[test]
fn what_cannot_be_compared_or_told_needs_a_second_person() {
    let limits = Rules {
        refund_over: Some(gbp("50.00")),
        adjust_over: Some(gbp("50.00")),
        sale_older_than_days: Some(30),
        daily_refunds_over: Some(gbp("50.00")),
        ..Rules::OPEN
    };
    let ask = |facts: &Facts<'_>| codes(&judge(&limits, Role::Cashier, facts));
    let hundred = base("100.00");
    let foreign = Command::Refund { amount: yen("1"), reason: reason("duplicate"), note: None };
    assert_eq!(ask(&facts(&foreign, Some(&hundred))), ["refund_over", "daily_refunds_over"]);
    assert_eq!(ask(&facts(&adjust("1.00"), None)), ["adjust_over"], "no base to compare with");
    let other = Base { amount: yen("1"), ..base("100.00") };
    assert_eq!(ask(&facts(&adjust("1.00"), Some(&other))), ["adjust_over"], "another currency");
    let total = Command::Adjust { total: yen("1"), invoice: None, items: Vec::new() };
    assert_eq!(ask(&facts(&total, Some(&hundred))), ["adjust_over"], "a total in another currency");
    let one = refund("1.00");
    let unknown = Facts { made_at: None, refunds_today: None, ..facts(&one, Some(&hundred)) };
    assert_eq!(ask(&unknown), ["daily_refunds_over", "sale_older_than_days"]);
}

#[test]
fn the_age_of_a_sale_counts_for_what_moves_its_money() {
    let hundred = base("100.00");
    let rules = Rules { sale_older_than_days: Some(30), ..Rules::OPEN };
    let check = |command: &Command, age_ms: i64, expected: &[&str]| {
        let facts = Facts { now: at(age_ms), ..facts(command, Some(&hundred)) };
        let verdict = judge(&rules, Role::Cashier, &facts);
        assert_eq!(codes(&verdict), expected, "{command:?} {age_ms}");
    };
    let capture = Command::Capture { amount: None, at: None };
    for command in [refund("1.00"), adjust("90.00"), cancel(), capture, Command::Void] {
        check(&command, 30 * DAY_MS, &[]);
        check(&command, 30 * DAY_MS + 1, &["sale_older_than_days"]);
    }
    check(&relabel("INV-2"), 90 * DAY_MS, &[]);
    check(&start("1.00"), 90 * DAY_MS, &[]);
}

#[test]
fn refunds_of_a_day_add_up_with_the_one_that_is_asked_for() {
    let hundred = base("100.00");
    let rules = Rules { daily_refunds_over: Some(gbp("50.00")), ..Rules::OPEN };
    let check = |before: &str, amount: &str, expected: &[&str]| {
        let command = refund(amount);
        let facts = Facts { refunds_today: Some(gbp(before)), ..facts(&command, Some(&hundred)) };
        assert_eq!(codes(&judge(&rules, Role::Cashier, &facts)), expected, "{before} {amount}");
    };
    check("0.00", "50.00", &[]);
    check("0.00", "50.01", &["daily_refunds_over"]);
    check("49.99", "0.01", &[]);
    check("49.99", "0.02", &["daily_refunds_over"]);
    check("80.00", "0.01", &["daily_refunds_over"]);
}

#[test]
fn every_rule_that_asks_for_a_second_person_says_so_in_words() {
    let check = |rule: Rule, words: &str| assert_eq!(rule.words(), words);
    check(Rule::RefundOver(gbp("0.00")), "every refund needs a second person");
    let fifty = gbp("50.00");
    check(Rule::RefundOver(fifty), &format!("a refund above {fifty} needs a second person"));
    check(Rule::Cancel, "cancelling needs a second person");
    let every = Rule::Kind(Role::Manager, Kind::Void, Level::Approval);
    check(every, "every void by a manager needs a second person");
}

fn limit() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![1 => Just(None), 4 => (0..20_000i64).prop_map(Some)]
}

prop_compose! {
    fn rules()(
        kind in prop::sample::select(Level::ALL.to_vec()),
        refund in limit(), adjust in limit(), daily in limit(),
        days in prop::option::of(0..60i64), cancel in any::<bool>(),
    ) -> Rules {
        let money = |minor| Money::from_minor(minor, gbp("0").currency()).unwrap();
        Rules {
            kind,
            refund_over: refund.map(money),
            adjust_over: adjust.map(money),
            cancel,
            sale_older_than_days: days,
            daily_refunds_over: daily.map(money),
        }
    }
}

/// One rule made wider in one place.
fn wider(rules: &Rules, place: u8, by: i64) -> Rules {
    let mut wider = *rules;
    let more = |limit: Option<Money>| {
        let money = |limit: Money| Money::from_minor(limit.minor() + by, limit.currency()).unwrap();
        // The widest of all is no limit.
        limit.filter(|_| by % 7 != 0).map(money)
    };
    match place {
        0 => wider.refund_over = more(rules.refund_over),
        1 => wider.adjust_over = more(rules.adjust_over),
        2 => wider.daily_refunds_over = more(rules.daily_refunds_over),
        3 => wider.sale_older_than_days = rules.sale_older_than_days.map(|days| days + by),
        4 => wider.cancel = false,
        _ => {
            wider.kind = if rules.kind == Level::Denied { Level::Approval } else { Level::Allowed }
        }
    }
    wider
}

proptest! {
    #[test]
    fn a_wider_rule_never_makes_anything_stricter(
        rules in rules(), place in 0..6u8, by in 0..9_000i64, which in 0..5u8,
        minor in 1..20_000i64, before in 0..20_000i64, age in 0..100i64,
        role in prop::sample::select(Role::ALL.to_vec()),
    ) {
        let pounds = |minor| Money::from_minor(minor, gbp("0").currency()).unwrap();
        let command = match which {
            0 => Command::Refund { amount: pounds(minor), reason: reason("duplicate"), note: None },
            1 => Command::Adjust { total: pounds(minor), invoice: None, items: Vec::new() },
            2 => cancel(),
            3 => Command::Void,
            _ => relabel("INV-2"),
        };
        let hundred = base("100.00");
        let facts = Facts {
            now: at(age * DAY_MS),
            refunds_today: Some(pounds(before)),
            ..facts(&command, Some(&hundred))
        };
        let narrow = judge(&rules, role, &facts);
        let wide = judge(&wider(&rules, place, by), role, &facts);
        prop_assert!(wide.level <= narrow.level, "{narrow:?} became {wide:?}");
        prop_assert_eq!(narrow.because.is_empty(), narrow.level == Level::Allowed);
    }
}
