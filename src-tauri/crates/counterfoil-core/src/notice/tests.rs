use proptest::prelude::*;

use super::*;
use crate::sample::{at, staff};

const HOUR: i64 = 3_600_000;

fn change(state: State) -> ChangeFacts {
    let since = Some(at(1_000));
    ChangeFacts { state, requested_by: staff("casey"), since, accepted: false }
}

fn kept(kind: Kind, since: i64, stands_at: i64, stands: bool) -> Kept {
    Kept { kind, since: at(since), stands_at: at(stands_at), stands }
}

/// What is kept after the steps.
fn after(kept: &[Kept], steps: &[Step]) -> Vec<Kept> {
    let mut all = kept.to_vec();
    for step in steps {
        let (kind, arising) = match step {
            Step::Plan(arising) | Step::Raise(arising) => (arising.kind, Some(arising)),
            Step::Clear(kind) | Step::Drop(kind) => (*kind, None),
        };
        all.retain(|kept| kept.kind != kind);
        all.extend(arising.map(|new| Kept {
            kind,
            since: new.since,
            stands_at: new.stands_at,
            stands: matches!(step, Step::Raise(_)),
        }));
    }
    all
}

#[test]
fn each_state_of_a_change_asks_for_exactly_what_the_table_says() {
    let check = |state: State, expected: Option<(Kind, i64)>| {
        let wanted = of_change(&change(state), at(5_000));
        let found = wanted.map(|wanted| (wanted.kind, wanted.after_ms));
        assert_eq!(found, expected, "{state:?}");
    };
    check(State::AwaitingApproval, Some((Kind::Approval, 0)));
    check(State::Conflict, Some((Kind::Conflict, 0)));
    check(State::InDoubt, Some((Kind::Doubt, HOUR)));
    check(State::Sending, Some((Kind::Doubt, HOUR)));
    check(State::NeedsCustomer, Some((Kind::SignatureOpen, 24 * HOUR)));
    check(State::Declined, Some((Kind::Declined, 0)));
    check(State::Rejected, Some((Kind::Rejected, 0)));
    for state in [State::Queued, State::Applied, State::Expired, State::Withdrawn] {
        check(state, None);
    }
}

#[test]
fn each_notice_is_for_whom_the_table_says() {
    let check = |state: State, expected: &[(&str, Role)]| {
        let whom = of_change(&change(state), at(5_000)).unwrap().whom;
        let people = [
            ("casey", Role::Cashier),
            ("casey", Role::Manager),
            ("carol", Role::Cashier),
            ("morgan", Role::Manager),
            ("olive", Role::Owner),
            ("august", Role::Auditor),
        ];
        let found = people.into_iter().filter(|(who, role)| whom.includes(&staff(who), *role));
        assert_eq!(found.collect::<Vec<_>>(), expected, "{state:?}");
    };
    let (casey, casey_leads) = (("casey", Role::Cashier), ("casey", Role::Manager));
    let carol = ("carol", Role::Cashier);
    let (morgan, olive) = (("morgan", Role::Manager), ("olive", Role::Owner));
    check(State::AwaitingApproval, &[morgan, olive]);
    check(State::Conflict, &[casey, casey_leads, morgan, olive]);
    check(State::InDoubt, &[casey_leads, morgan, olive]);
    check(State::NeedsCustomer, &[casey, casey_leads, carol, morgan, olive]);
    check(State::Declined, &[casey, casey_leads, morgan, olive]);
    check(State::Rejected, &[casey, casey_leads]);
}

#[test]
fn what_an_order_asked_for_is_told_to_nobody_who_cannot_sign_in() {
    let facts = |state| ChangeFacts { requested_by: staff(ORDERS), ..change(state) };
    assert_eq!(of_change(&facts(State::Rejected), at(0)), None);
    assert_eq!(of_change(&facts(State::Declined), at(0)).unwrap().whom.person, None);
}

#[test]
fn a_doubt_stands_after_an_hour_and_as_long_as_it_lasts() {
    let doubt = |state| of_change(&ChangeFacts { since: None, ..change(state) }, at(0)).unwrap();
    let first = of_change(&change(State::InDoubt), at(1_000)).unwrap();
    let planned = after(&[], &turn(&[], &[first], true, at(1_000)));
    assert_eq!(planned, [kept(Kind::Doubt, 1_000, 1_000 + HOUR, false)]);
    let over = at(1_000 + HOUR);
    let early = turn(&planned, &[doubt(State::InDoubt)], false, at(999 + HOUR));
    assert_eq!(early, [], "not a millisecond before");
    // Sent once more in between: as old as before.
    assert_eq!(turn(&planned, &[doubt(State::Sending)], false, at(2_000)), []);
    let standing = after(&planned, &turn(&planned, &[doubt(State::InDoubt)], false, over));
    assert_eq!(standing, [kept(Kind::Doubt, 1_000, 1_000 + HOUR, true)]);
    assert_eq!(turn(&standing, &[doubt(State::Sending)], false, over), []);
    assert_eq!(turn(&standing, &[], true, over), [Step::Clear(Kind::Doubt)]);
    assert_eq!(turn(&planned, &[], true, over), [Step::Drop(Kind::Doubt)]);
    // Gone in between: the hour begins anew.
    let again = ChangeFacts { since: Some(over), ..change(State::InDoubt) };
    let again = of_change(&again, over).unwrap();
    let anew = after(&standing, &turn(&standing, &[again], true, over));
    assert_eq!(anew, [kept(Kind::Doubt, 1_000 + HOUR, 1_000 + 2 * HOUR, false)]);
    // A first sending is no doubt.
    assert_eq!(turn(&[], &[doubt(State::Sending)], true, over), []);
    assert_eq!(turn(&standing, &[doubt(State::Sending)], true, over), [Step::Clear(Kind::Doubt)]);
}

#[test]
fn what_the_provider_has_accepted_is_no_alarm_however_long_it_takes() {
    let planned = [kept(Kind::Doubt, 0, HOUR, false)];
    let facts = ChangeFacts { since: None, accepted: true, ..change(State::InDoubt) };
    let wanted = of_change(&facts, at(HOUR)).unwrap();
    let later = after(&planned, &turn(&planned, &[wanted], false, at(HOUR)));
    assert_eq!(later, [kept(Kind::Doubt, 0, 2 * HOUR, false)]);
}

#[test]
fn the_limit_of_age_warns_at_four_fifths_and_then_says_that_it_is_passed() {
    let facts =
        TillFacts { on_purpose_since: Some(at(0)), max_age_hours: 10, ..TillFacts::default() };
    let mut now_kept = Vec::new();
    let mut check = |hours: i64, standing: &[Kind]| {
        let now = at(hours * HOUR);
        let steps = turn(&now_kept, &of_till(&facts, now), false, now);
        now_kept = after(&now_kept, &steps);
        let stand: Vec<_> = now_kept.iter().filter(|k| k.stands).map(|k| k.kind).collect();
        assert_eq!(stand, standing, "after {hours} h");
        assert_eq!(turn(&now_kept, &of_till(&facts, now), false, now), [], "nothing twice");
    };
    check(0, &[]);
    check(7, &[]);
    check(8, &[Kind::AgeNear]);
    check(9, &[Kind::AgeNear]);
    check(10, &[Kind::AgePassed]);
    check(99, &[Kind::AgePassed]);
    // A wider limit takes it back, online again ends it, another time offline is another.
    let wider = TillFacts { max_age_hours: 1_000, ..facts };
    let steps = turn(&now_kept, &of_till(&wider, at(99 * HOUR)), false, at(99 * HOUR));
    assert!(!after(&now_kept, &steps).iter().any(|kept| kept.stands));
    let online = TillFacts { on_purpose_since: None, ..facts };
    let steps = turn(&now_kept, &of_till(&online, at(99 * HOUR)), false, at(99 * HOUR));
    assert_eq!(steps, [Step::Clear(Kind::AgePassed)]);
    let again = TillFacts { on_purpose_since: Some(at(99 * HOUR)), ..facts };
    let steps = turn(&now_kept, &of_till(&again, at(99 * HOUR)), false, at(99 * HOUR));
    assert!(!after(&now_kept, &steps).iter().any(|kept| kept.stands));
}

#[test]
fn a_closed_keyring_is_said_only_while_something_waits() {
    let facts = |has_unsent, since: Option<i64>| TillFacts {
        keyring_closed_since: since.map(at),
        has_unsent,
        ..TillFacts::default()
    };
    let kinds = |facts: TillFacts| {
        of_till(&facts, at(9)).into_iter().map(|wanted| wanted.kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(facts(true, Some(5))), [Kind::KeyringClosed]);
    assert_eq!(kinds(facts(false, Some(5))), []);
    assert_eq!(kinds(facts(true, None)), []);
}

#[test]
fn a_name_reads_back_and_nothing_else_does() {
    for kind in Kind::ALL {
        let id = NoticeId { kind, about: "0198-a_Z".to_owned() };
        assert_eq!(NoticeId::parse(&id.to_string()), Some(id));
    }
    for bad in ["", "approval", "approval:", ":x", "other:x", "approval:a b", "approval:x:y"] {
        assert_eq!(NoticeId::parse(bad), None, "{bad}");
    }
}

fn any_wanted() -> impl Strategy<Value = Vec<Wanted>> {
    let one = (0..3_usize, 0..20_i64, 0..10_i64, any::<bool>()).prop_map(
        |(kind, since, after, known)| {
            let kind = Kind::ALL[kind];
            let whom = Whom::default();
            let known = if known { Since::Known(at(since)) } else { Since::Seen(Some(at(since))) };
            Wanted { after_ms: after, since: known, ..Wanted::seen(kind, None, whom) }
        },
    );
    prop::collection::vec(one, 0..3).prop_map(|mut all| {
        all.sort_by_key(|wanted| wanted.kind);
        all.dedup_by_key(|wanted| wanted.kind);
        all
    })
}

proptest! {
    /// Whatever happened before: a look makes what is kept true, and a second look at the same
    /// facts at the same moment does nothing, so that nothing fires twice.
    #[test]
    fn a_second_look_does_nothing(
        looks in prop::collection::vec((any_wanted(), any::<bool>(), 0..9_i64), 1..12),
    ) {
        let mut now_kept: Vec<Kept> = Vec::new();
        let mut now = 0;
        for (wanted, interrupted, passed) in looks {
            now += passed;
            let steps = turn(&now_kept, &wanted, interrupted, at(now));
            now_kept = after(&now_kept, &steps);
            let kinds: Vec<_> = wanted.iter().map(|one| one.kind).collect();
            prop_assert!(now_kept.iter().all(|kept| kinds.contains(&kept.kind)));
            prop_assert!(now_kept.iter().all(|kept| kept.stands == (kept.stands_at <= at(now))));
            prop_assert_eq!(turn(&now_kept, &wanted, false, at(now)), []);
        }
    }

    /// A clock that jumps and comes back raises nothing a second time.
    #[test]
    fn a_jumping_clock_raises_each_arising_once(jumps in prop::collection::vec(0..200_i64, 1..30)) {
        let wanted = [Wanted { after_ms: 100, ..Wanted::seen(Kind::Doubt, None, Whom::default()) }];
        let mut now_kept = vec![kept(Kind::Doubt, 0, 100, false)];
        let mut raised = 0;
        for now in jumps {
            let steps = turn(&now_kept, &wanted, false, at(now));
            raised += steps.iter().filter(|step| matches!(step, Step::Raise(_))).count();
            now_kept = after(&now_kept, &steps);
        }
        prop_assert!(raised <= 1);
        prop_assert_eq!(now_kept.len(), 1);
    }

    #[test]
    fn words_for_the_desktop_hold_nothing_but_how_many(many in any::<u32>(), kind in 0..11_usize) {
        let words = desktop_words(Kind::ALL[kind], many);
        let digits: String = words.chars().filter(char::is_ascii_digit).collect();
        let expected = if many == 1 { String::new() } else { many.to_string() };
        prop_assert_eq!(digits, expected);
        prop_assert!(words.len() < 90);
    }
}
