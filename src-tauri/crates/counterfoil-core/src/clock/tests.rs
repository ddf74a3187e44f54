use proptest::prelude::*;

use super::*;

const NOON_MS: i64 = 1_790_000_000_000;
const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn noon() -> Moment {
    Moment::from_millis(NOON_MS)
}

/// A machine whose clocks a test moves.
#[derive(Clone)]
struct Machine {
    now: Readings,
}

impl Machine {
    fn started() -> Self {
        let boot = Arc::from("first");
        Self { now: Readings { wall: noon(), boot_ms: 5 * MINUTE, awake_ms: 9 * MINUTE, boot } }
    }

    fn passes(&mut self, ms: i64) {
        self.sleeps(ms);
        self.now.awake_ms += ms;
    }

    fn sleeps(&mut self, ms: i64) {
        self.now.wall = self.now.wall.plus_millis(ms);
        self.now.boot_ms += ms;
    }

    fn wall_moves(&mut self, by_ms: i64) {
        self.now.wall = self.now.wall.plus_millis(by_ms);
    }

    fn starts_again(&mut self, name: &str, wall: Moment) {
        self.now = Readings { wall, boot_ms: 20 * SECOND, awake_ms: 0, boot: Arc::from(name) };
    }

    /// A provider's answer whose `Date` reads this, after this many milliseconds.
    fn sees(&self, date: Moment, round_trip_ms: i64) -> DateSeen {
        let cut = date.as_millis().div_euclid(SECOND) * SECOND;
        DateSeen { date: Moment::from_millis(cut), round_trip_ms, boot_ms: self.now.boot_ms }
    }
}

fn marked() -> (Machine, Mark) {
    let machine = Machine::started();
    let (mark, said) = Mark::open(None, None, &machine.now);
    assert_eq!(said, [Said::NewBoot]);
    (machine, mark)
}

#[test]
fn setting_the_wall_clock_moves_no_trusted_time_and_is_told_once() {
    for (jump, warning) in [
        (-DAY, Some(ClockWarning::SetBack(DAY))),
        (DAY, Some(ClockWarning::SetForward(DAY))),
        (-HOUR, Some(ClockWarning::SetBack(HOUR))),
        (31 * MINUTE, Some(ClockWarning::SetForward(31 * MINUTE))),
        (61 * SECOND, Some(ClockWarning::SetForward(61 * SECOND))),
        (60 * SECOND, None),
        (-60 * SECOND, None),
        // Clocks that go over to summer or winter time show another hour of the same moment.
        (0, None),
    ] {
        let (mut machine, mut mark) = marked();
        machine.passes(10 * SECOND);
        machine.wall_moves(jump);
        let told = warning.map(|_| Said::WallSet { by_ms: jump });
        assert_eq!(mark.look(&machine.now), Vec::from_iter(told), "{jump}");
        assert_eq!(mark.look(&machine.now), [], "{jump} is told once");
        machine.passes(20 * SECOND);
        assert_eq!(mark.trusted(&machine.now), noon().plus_millis(30 * SECOND), "{jump}");
        assert_eq!(mark.warning(&machine.now), warning, "{jump}");
    }
}

#[test]
fn small_steps_add_up_and_each_jump_is_told_with_its_own_length() {
    let (mut machine, mut mark) = marked();
    machine.wall_moves(40 * SECOND);
    assert_eq!(mark.look(&machine.now), []);
    machine.wall_moves(40 * SECOND);
    assert_eq!(mark.look(&machine.now), [Said::WallSet { by_ms: 80 * SECOND }]);
    machine.wall_moves(-DAY);
    assert_eq!(mark.look(&machine.now), [Said::WallSet { by_ms: -DAY }]);
    machine.wall_moves(DAY - 80 * SECOND);
    assert_eq!(mark.look(&machine.now), [Said::WallSet { by_ms: DAY - 80 * SECOND }]);
    assert_eq!(mark.warning(&machine.now), None, "the clock is right again");
}

#[test]
fn a_sleep_is_time_that_went_by() {
    let (mut machine, mut mark) = marked();
    machine.sleeps(4 * SECOND);
    assert_eq!(mark.look(&machine.now), []);
    machine.passes(SECOND);
    machine.sleeps(8 * HOUR);
    let slept = [Said::Slept { ms: 8 * HOUR + 4 * SECOND }];
    assert_eq!(mark.look(&machine.now), slept);
    assert_eq!(mark.look(&machine.now), [], "told once");
    assert_eq!(mark.trusted(&machine.now), noon().plus_millis(8 * HOUR + 5 * SECOND));
    assert_eq!(mark.warning(&machine.now), None);
    assert!(!slept[0].is_kept(), "a sleep is no matter for the store");
}

#[test]
fn a_new_start_of_the_program_goes_on_from_the_stored_mark() {
    let (mut machine, mark) = marked();
    machine.passes(MINUTE);
    machine.wall_moves(31 * MINUTE);
    let (mut again, said) = Mark::open(Some(mark), Some(noon()), &machine.now);
    assert_eq!(said, []);
    assert_eq!(again.trusted(&machine.now), noon().plus_millis(MINUTE));
    assert_eq!(again.look(&machine.now), [Said::WallSet { by_ms: 31 * MINUTE }]);
}

#[test]
fn after_a_new_start_of_the_machine_time_never_goes_back() {
    for (wall, newest, trusted, warning) in [
        (DAY, HOUR, DAY, None),
        (HOUR + SECOND, HOUR, HOUR + SECOND, None),
        (-DAY, HOUR, HOUR, Some(ClockWarning::SetBack(DAY + HOUR))),
        (HOUR - 30 * SECOND, HOUR, HOUR, None),
        // The mark itself may be the newest that is stored.
        (-DAY, -2 * DAY, 0, Some(ClockWarning::SetBack(DAY))),
        (-HOUR, 365 * DAY, 365 * DAY, Some(ClockWarning::SetBack(365 * DAY + HOUR))),
    ] {
        let (mut machine, mark) = marked();
        machine.starts_again("second", noon().plus_millis(wall));
        let newest = Some(noon().plus_millis(newest));
        let (mut mark, said) = Mark::open(Some(mark), newest, &machine.now);
        assert_eq!(said, [Said::NewBoot]);
        let told = warning.map(|warning| Said::WallSet { by_ms: -warning.by_ms() });
        assert_eq!(mark.look(&machine.now), Vec::from_iter(told), "{wall}");
        assert_eq!(mark.trusted(&machine.now), noon().plus_millis(trusted), "{wall}");
        assert_eq!(mark.warning(&machine.now), warning, "{wall}");
    }
}

#[test]
fn a_store_without_a_mark_goes_on_from_its_newest_moment() {
    let machine = Machine::started();
    let (mark, _) = Mark::open(None, Some(noon().plus_millis(DAY)), &machine.now);
    assert_eq!(mark.trusted(&machine.now), noon().plus_millis(DAY));
}

#[test]
fn a_counter_that_went_back_is_a_new_start_whatever_its_name() {
    let (mut machine, mark) = marked();
    machine.now.boot_ms -= 1;
    let (_, said) = Mark::open(Some(mark), None, &machine.now);
    assert_eq!(said, [Said::NewBoot]);
}

#[test]
fn a_provider_alone_or_the_wall_clock_alone_moves_nothing() {
    let near = 30 * SECOND;
    for (wall, provider, said, warning) in [
        (0, 0, None, None),
        (0, near, None, None),
        (0, HOUR, Some(Said::ProviderDiffers { by_ms: HOUR }), Some("provider_differs")),
        (0, -HOUR, Some(Said::ProviderDiffers { by_ms: -HOUR }), Some("provider_differs")),
        (DAY, 0, None, Some("set_forward")),
        (-DAY, 0, None, Some("set_back")),
        (DAY, HOUR, Some(Said::ProviderDiffers { by_ms: HOUR }), Some("provider_differs")),
        (-DAY, -DAY, Some(Said::RunsAhead { by_ms: DAY }), Some("ahead")),
    ] {
        let (mut machine, mut mark) = marked();
        machine.wall_moves(wall);
        mark.look(&machine.now);
        let seen = machine.sees(noon().plus_millis(provider), 200);
        // The second that a `Date` names has begun up to a second ago.
        let took = mark.take_date("A", &seen, &machine.now).map(rounded);
        assert_eq!(took, said, "{wall} {provider}");
        assert_eq!(mark.take_date("A", &seen, &machine.now), None, "told once");
        assert_eq!(mark.trusted(&machine.now), noon(), "{wall} {provider}");
        assert_eq!(mark.warning(&machine.now).map(ClockWarning::code), warning);
    }
}

/// What lies behind is measured from the end of the second and the way there and back.
fn rounded(said: Said) -> Said {
    let round = |by_ms: i64| (by_ms + 30 * SECOND).div_euclid(MINUTE) * MINUTE;
    match said {
        Said::RunsAhead { by_ms } => Said::RunsAhead { by_ms: round(by_ms) },
        Said::ProviderDiffers { by_ms } => Said::ProviderDiffers { by_ms: round(by_ms) },
        Said::NewBoot
        | Said::WallSet { .. }
        | Said::Slept { .. }
        | Said::Corrected { .. }
        | Said::ProviderAgrees => said,
    }
}

#[test]
fn a_provider_and_the_wall_clock_together_move_time_forwards() {
    let (mut machine, mut mark) = marked();
    machine.wall_moves(DAY);
    mark.look(&machine.now);
    let seen = machine.sees(noon().plus_millis(DAY - 4 * SECOND), 100);
    assert_eq!(mark.take_date("A", &seen, &machine.now), Some(Said::Corrected { by_ms: DAY }));
    assert_eq!(mark.trusted(&machine.now), noon().plus_millis(DAY));
    assert_eq!(mark.warning(&machine.now), None);
    assert_eq!(mark.look(&machine.now), [], "the jump was told before");
    assert_eq!(mark.take_date("A", &seen, &machine.now), None);
}

#[test]
fn agreeing_means_five_seconds_the_second_itself_and_the_round_trip() {
    for (off, round_trip, moves) in [
        (0, 0, true),
        (5 * SECOND, 0, true),
        (5 * SECOND + 1, 0, false),
        (-6 * SECOND, 0, true),
        (-6 * SECOND - 1, 0, false),
        (-16 * SECOND, 10 * SECOND, true),
        (-16 * SECOND - 1, 10 * SECOND, false),
        (5 * SECOND + 1, 10 * SECOND, false),
        (0, LONGEST_ROUND_TRIP_MS, true),
        (0, LONGEST_ROUND_TRIP_MS + 1, false),
        (0, -1, false),
    ] {
        let (mut machine, mut mark) = marked();
        machine.wall_moves(DAY);
        let date = noon().plus_millis(DAY + off);
        let seen = DateSeen { date, round_trip_ms: round_trip, boot_ms: machine.now.boot_ms };
        let moved =
            matches!(mark.take_date("A", &seen, &machine.now), Some(Said::Corrected { .. }));
        assert_eq!(moved, moves, "{off} {round_trip}");
    }
}

#[test]
fn a_date_judged_later_is_judged_as_of_when_it_was_seen() {
    let (mut machine, mut mark) = marked();
    let seen = machine.sees(noon(), 100);
    machine.passes(HOUR);
    assert_eq!(mark.take_date("A", &seen, &machine.now), None);
}

#[test]
fn one_wrong_provider_among_two_is_told_once_and_forgiven_when_it_agrees() {
    let (machine, mut mark) = marked();
    let wrong = machine.sees(noon().plus_millis(-HOUR), 100);
    let right = machine.sees(noon(), 100);
    assert!(mark.take_date("A", &wrong, &machine.now).is_some());
    for _ in 0..3 {
        assert_eq!(mark.take_date("B", &right, &machine.now), None);
        assert_eq!(mark.take_date("A", &wrong, &machine.now), None);
        assert!(mark.warning(&machine.now).is_some());
    }
    assert_eq!(mark.take_date("A", &right, &machine.now), Some(Said::ProviderAgrees));
    assert_eq!(mark.warning(&machine.now), None);
}

#[test]
fn another_programs_mark_is_taken_over_only_where_time_does_not_go_back() {
    let (mut machine, mut mark) = marked();
    let old = mark.clone();
    machine.wall_moves(HOUR);
    let seen = machine.sees(machine.now.wall, 100);
    assert!(mark.take_date("A", &seen, &machine.now).is_some());
    let mut behind = old.clone();
    behind.take_over(mark.clone(), &machine.now);
    assert_eq!(behind.trusted(&machine.now), noon().plus_millis(HOUR));
    mark.take_over(old, &machine.now);
    assert_eq!(mark.trusted(&machine.now), noon().plus_millis(HOUR));
}

#[test]
fn a_mark_survives_storing_and_a_mark_without_the_later_fields_is_read() {
    let (mut machine, mut mark) = marked();
    let seen = machine.sees(noon().plus_millis(HOUR), 100);
    mark.take_date("A", &seen, &machine.now);
    let text = serde_json::to_string(&mark).unwrap();
    assert_eq!(serde_json::from_str::<Mark>(&text).unwrap(), mark);
    let short = r#"{"boot":"first","boot_ms":1,"trusted":7,"wall_ahead_ms":0}"#;
    let short: Mark = serde_json::from_str(short).unwrap();
    machine.now.boot_ms = 4;
    assert_eq!(short.trusted(&machine.now), Moment::from_millis(10));
}

#[test]
fn what_an_auditor_must_know_has_an_entry() {
    let entry = |said: Said| said.entry().map(|(what, facts)| format!("{what} {facts}"));
    for (said, text) in [
        (
            Said::WallSet { by_ms: -7 },
            Some(r#"clock.changed {"by_ms":7,"direction":"back"}"#.to_owned()),
        ),
        (
            Said::WallSet { by_ms: 7 },
            Some(r#"clock.changed {"by_ms":7,"direction":"forward"}"#.to_owned()),
        ),
        (Said::Corrected { by_ms: 7 }, Some(r#"clock.corrected {"by_ms":7}"#.to_owned())),
        (Said::RunsAhead { by_ms: 7 }, Some(r#"clock.ahead {"by_ms":7}"#.to_owned())),
        (Said::NewBoot, None),
        (Said::Slept { ms: 7 }, None),
        (Said::ProviderDiffers { by_ms: 7 }, None),
        (Said::ProviderAgrees, None),
    ] {
        assert_eq!(entry(said), text);
    }
}

#[test]
fn dates_are_read_in_the_one_form_that_senders_may_use() {
    let read = Some(Moment::from_millis(784_111_777_000));
    for (text, expected) in [
        ("Sun, 06 Nov 1994 08:49:37 GMT", read),
        ("Mon, 06 Nov 1994 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 08:49:37 EST", None),
        ("Sun, 06 Nov 1994 08:49:37 +00", None),
        ("Sunday, 06-Nov-94 08:49:37 GMT", None),
        ("Sun Nov  6 08:49:37 1994", None),
        ("Sun, 31 Feb 1994 08:49:37 GMT", None),
        ("", None),
    ] {
        assert_eq!(http_date(text), expected, "{text}");
    }
    let written = "1994-11-06T08:49:37.25Z";
    assert_eq!(rfc3339(written).unwrap().to_rfc3339(), written);
    assert_eq!(rfc3339("yesterday"), None);
}

/// What can happen to a machine.
#[derive(Debug, Clone)]
enum Happens {
    Passes(i64),
    Sleeps(i64),
    WallMoves(i64),
    StartsAgain(i64),
    ProgramStartsAgain,
    Date(i64, i64),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        (0..DAY).prop_map(Happens::Passes),
        (0..DAY).prop_map(Happens::Sleeps),
        (-DAY..DAY).prop_map(Happens::WallMoves),
        (-DAY..DAY).prop_map(Happens::StartsAgain),
        Just(Happens::ProgramStartsAgain),
        (-DAY..DAY, 0..40 * SECOND).prop_map(|(off, trip)| Happens::Date(off, trip)),
        (-9 * SECOND..9 * SECOND, 0..SECOND).prop_map(|(off, trip)| Happens::Date(off, trip)),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_time_never_goes_back_and_leaps_only_when_two_agree(
        story in prop::collection::vec(happens(), 1..40),
    ) {
        let (mut machine, mut mark) = marked();
        for (number, step) in story.into_iter().enumerate() {
            let before = mark.trusted(&machine.now);
            let (mut passed, mut may_leap) = (0, false);
            match step {
                Happens::Passes(ms) => { machine.passes(ms); passed = ms; }
                Happens::Sleeps(ms) => { machine.sleeps(ms); passed = ms; }
                Happens::WallMoves(by) => machine.wall_moves(by),
                Happens::StartsAgain(off) => {
                    machine.starts_again(&format!("boot {number}"), before.plus_millis(off));
                    (mark, _) = Mark::open(Some(mark), Some(before), &machine.now);
                    passed = off.max(0);
                }
                Happens::ProgramStartsAgain => {
                    let stored = serde_json::to_string(&mark).unwrap();
                    let stored = serde_json::from_str(&stored).unwrap();
                    (mark, _) = Mark::open(Some(stored), Some(before), &machine.now);
                }
                Happens::Date(off, trip) => {
                    let seen = machine.sees(machine.now.wall.plus_millis(off), trip);
                    let said = mark.take_date("A", &seen, &machine.now);
                    may_leap = matches!(said, Some(Said::Corrected { .. }));
                    prop_assert!(!may_leap || off.abs() < 40 * SECOND);
                }
            }
            mark.look(&machine.now);
            let after = mark.trusted(&machine.now);
            prop_assert!(after >= before);
            prop_assert!(may_leap || after == before.plus_millis(passed));
        }
    }

    #[test]
    fn no_text_makes_reading_a_date_panic(text in ".{0,40}") {
        let _ = (http_date(&text), rfc3339(&text));
    }
}
