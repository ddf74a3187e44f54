//! Do notices arise, fire once, stand over a restart, clear themselves and arise again, at a cost
//! that does not grow with what waits? Rows are moved by hand here, as any process may move them.

#![expect(clippy::print_stdout, reason = "the figures of the proof")]

use counterfoil_core::id::StaffId;
use counterfoil_core::moment::Moment;
use counterfoil_core::notice::{Kind, desktop_words};
use counterfoil_core::staff::Role;
use counterfoil_runtime::look_at_notices;
use counterfoil_store::table::notice::{self, STATEMENTS, Telling, Viewer};
use counterfoil_store::{Connection, Store};
use rusqlite::StatementStatus;
use tempfile::TempDir;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A store with Casey, who asks, Morgan, who decides, and one account.
struct House {
    folder: TempDir,
    store: Option<Store>,
}

impl House {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let mut house = Self { folder, store: None };
        house.restart();
        house.run(
            "INSERT INTO staff (staff_id, name, role, pin_hash, added_at)
                 VALUES ('casey', 'Casey', 'cashier', 'x', 0),
                     ('morgan', 'Morgan', 'manager', 'x', 0);
             INSERT INTO account (account_id, name, provider, base_url, currency, options, added_at)
                 VALUES ('acc', 'B', 'bumper', 'https://x', 'GBP', '{}', 0);",
        );
        house
    }

    fn restart(&mut self) {
        self.store = None;
        let store = Store::open(self.folder.path(), Moment::from_millis(0));
        self.store = Some(store.expect("it opens"));
    }

    fn store(&self) -> &Store {
        self.store.as_ref().expect("it is open")
    }

    fn run(&self, sql: &str) {
        let sql = sql.to_owned();
        let run = move |connection: &Connection| Ok(connection.execute_batch(&sql)?);
        self.store().write(run).expect("the test's own statements");
    }

    /// Casey asks for a change that stands in this state.
    fn ask(&self, id: &str, state: &str) {
        self.run(&format!(
            "INSERT INTO change (change_id, account_id, kind, state, requested_by, requested_at,
                 changed_at) VALUES ('{id}', 'acc', 'refund', '{state}', 'casey', 0, 0)"
        ));
    }

    fn ask_many(&self, many: u32, state: &str) {
        self.run(&format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many})
             INSERT INTO change (change_id, account_id, kind, state, requested_by, requested_at,
                 changed_at)
             SELECT 'w' || i, 'acc', 'refund', '{state}', 'casey', 0, 0 FROM n"
        ));
    }

    fn moves(&self, id: &str, state: &str, at: i64) {
        self.run(&format!(
            "UPDATE change SET state = '{state}', changed_at = {at} WHERE change_id = '{id}'"
        ));
    }

    fn fact(&self, key: &str, value: i64) {
        self.run(&format!("INSERT OR REPLACE INTO meta VALUES ('{key}', '{value}')"));
    }

    fn no_fact(&self, key: &str) {
        self.run(&format!("DELETE FROM meta WHERE key = '{key}'"));
    }

    /// Looks at all that is to be looked at; how much that was.
    fn look(&self, now: i64) -> usize {
        let now = Moment::from_millis(now);
        let mut many = 0;
        while self.store().read(|connection| notice::is_due(connection, now)).expect("it reads") {
            let look = move |connection: &Connection| look_at_notices(connection, now);
            many += self.store().write(look).expect("it is stored").many;
        }
        many
    }

    /// The names of what stands for this person.
    fn standing(&self, who: &str) -> Vec<String> {
        let rows = self.store().read(|connection| notice::standing(connection, &viewer(who), 200));
        rows.expect("it reads").iter().map(|row| row.id.to_string()).collect()
    }

    fn tell_to(&self, who: Option<&str>, now: i64) -> Telling {
        let (who, now) = (who.map(viewer), Moment::from_millis(now));
        let tell = move |connection: &Connection| notice::tell(connection, who.as_ref(), now);
        self.store().write(tell).expect("it is stored")
    }

    fn tell(&self, now: i64) -> Vec<(Kind, u32)> {
        self.tell_to(None, now).now
    }
}

fn viewer(who: &str) -> Viewer {
    let role = if who == "casey" { Role::Cashier } else { Role::Manager };
    Viewer { staff_id: StaffId::parse(who).expect("it is an id"), role }
}

/// How a reason comes about and goes, at a moment.
struct Case {
    kind: Kind,
    name: &'static str,
    /// When it stands after its reason came about.
    after: i64,
    begins: fn(&House, i64),
    ends: fn(&House, i64),
}

/// Every kind; those of a change begin with one that is `queued`.
fn cases() -> Vec<Case> {
    fn change(kind: Kind, name: &'static str, after: i64, begins: fn(&House, i64)) -> Case {
        Case { kind, name, after, begins, ends: |house, at| house.moves("c1", "queued", at) }
    }
    vec![
        change(Kind::Approval, "approval:c1", 0, |h, at| h.moves("c1", "awaiting_approval", at)),
        change(Kind::Conflict, "conflict:c1", 0, |h, at| h.moves("c1", "conflict", at)),
        change(Kind::Doubt, "doubt:c1", HOUR, |h, at| h.moves("c1", "in_doubt", at)),
        change(Kind::SignatureOpen, "signature_open:c1", DAY, |h, at| {
            h.moves("c1", "needs_customer", at);
        }),
        change(Kind::Declined, "declined:c1", 0, |h, at| h.moves("c1", "declined", at)),
        change(Kind::Rejected, "rejected:c1", 0, |h, at| h.moves("c1", "rejected", at)),
        Case {
            kind: Kind::AccountPaused,
            name: "account_paused:acc",
            after: 0,
            begins: |h, _| h.run("UPDATE account SET paused = 'refused'"),
            ends: |h, _| h.run("UPDATE account SET paused = NULL"),
        },
        Case {
            kind: Kind::AgeNear,
            name: "age_near:acc",
            after: 72 * HOUR / 5 * 4,
            begins: |h, at| h.run(&format!("UPDATE account SET unreachable_since = {at}")),
            ends: |h, _| h.run("UPDATE account SET unreachable_since = NULL"),
        },
        Case {
            kind: Kind::AgePassed,
            name: "age_passed:till",
            after: 72 * HOUR,
            begins: |h, at| {
                h.fact("offline_on_purpose_since", at);
                h.run("INSERT OR REPLACE INTO meta VALUES ('offline_on_purpose', 'true')");
            },
            ends: |h, _| h.no_fact("offline_on_purpose"),
        },
        Case {
            kind: Kind::KeyringClosed,
            name: "keyring_closed:till",
            after: 0,
            begins: |h, at| {
                h.run(
                    "INSERT OR IGNORE INTO outbox (change_id, account_id, lane, state)
                       VALUES ('c1', 'acc', 'c1', 'queued')",
                );
                h.fact("keyring_closed_since", at);
            },
            ends: |h, _| h.no_fact("keyring_closed_since"),
        },
        Case {
            kind: Kind::TrailAlarm,
            name: "trail_alarm:till",
            after: 0,
            begins: |h, at| h.fact("trail_broken_since", at),
            ends: |h, _| h.no_fact("trail_broken_since"),
        },
    ]
}

#[test]
fn each_kind_arises_fires_once_stands_over_a_restart_clears_itself_and_arises_again() {
    assert_eq!(cases().len(), Kind::ALL.len());
    for case in cases() {
        let mut house = House::new();
        house.ask("c1", "queued");
        house.look(0);
        let who = if case.kind == Kind::Rejected { "casey" } else { "morgan" };
        let mut now = DAY;
        for round in 1..=2 {
            let about = format!("{:?}, round {round}", case.kind);
            (case.begins)(&house, now);
            house.look(now);
            if case.after > 0 {
                assert_eq!(house.standing(who), [""; 0], "{about}: too early");
                house.look(now + case.after - 1);
                let early = house.standing(who);
                assert!(!early.contains(&case.name.to_owned()), "{about}: a moment early");
            }
            now += case.after;
            assert!(house.look(now) <= 1 || case.after > 0, "{about}: looked at more than that");
            assert_eq!(house.standing(who), [case.name], "{about}: arises");
            let told = house.tell(now);
            assert!(told.contains(&(case.kind, 1)), "{about}: is told: {told:?}");
            house.restart();
            assert_eq!(house.standing(who), [case.name], "{about}: stands over a restart");
            now += 2 * MINUTE;
            house.look(now);
            assert_eq!(house.tell(now), [], "{about}: is told once");
            (case.ends)(&house, now);
            house.look(now);
            assert_eq!(house.standing(who), [""; 0], "{about}: clears itself");
            assert_eq!(house.tell(now), [], "{about}: is not told when it is gone");
            now += 2 * MINUTE;
        }
    }
}

#[test]
fn a_reason_that_was_gone_between_two_looks_has_arisen_anew() {
    let house = House::new();
    house.ask("c1", "conflict");
    house.moves("c1", "queued", 1);
    house.moves("c1", "conflict", 2);
    house.look(2);
    assert_eq!(house.tell(2), [(Kind::Conflict, 1)]);
    house.moves("c1", "queued", 3);
    house.moves("c1", "conflict", 4);
    house.look(4);
    assert_eq!(house.tell(2 * MINUTE), [(Kind::Conflict, 1)], "it was gone in between");
    house.moves("c1", "awaiting_approval", 5);
    house.moves("c1", "queued", 6);
    house.look(6);
    assert_eq!(house.standing("morgan"), [""; 0]);
    assert_eq!(house.tell(9 * MINUTE), [], "gone before anybody looked");
}

#[test]
fn a_doubt_that_is_sent_once_more_is_as_old_as_before() {
    let house = House::new();
    house.ask("c1", "queued");
    for (state, at) in [("sending", 0), ("in_doubt", 1), ("sending", HOUR / 2), ("in_doubt", HOUR)]
    {
        house.moves("c1", state, at);
        house.look(at);
    }
    assert_eq!(house.standing("morgan"), [""; 0]);
    house.look(HOUR + 1);
    assert_eq!(house.standing("morgan"), ["doubt:c1"]);
    assert_eq!(house.tell(HOUR + 1), [(Kind::Doubt, 1)]);
    house.moves("c1", "sending", HOUR + 2);
    house.moves("c1", "in_doubt", HOUR + 3);
    house.look(HOUR + 3);
    house.moves("c1", "sending", HOUR + 4);
    house.look(HOUR + 4);
    assert_eq!(house.standing("morgan"), ["doubt:c1"], "while it is sent once more");
    assert_eq!(house.tell(2 * HOUR), []);
    house.moves("c1", "applied", 2 * HOUR);
    house.look(2 * HOUR);
    assert_eq!(house.standing("morgan"), [""; 0]);
}

#[test]
fn an_ordinary_life_of_a_change_is_not_even_looked_at() {
    let house = House::new();
    house.look(0);
    house.ask("c1", "queued");
    for state in ["sending", "queued", "sending", "applied"] {
        house.moves("c1", state, 1);
    }
    assert_eq!(house.look(1), 0);
}

#[test]
fn an_approval_is_not_for_who_asked_and_what_is_told_to_one_is_not_told_to_another() {
    let house = House::new();
    house.ask("c1", "awaiting_approval");
    house.look(0);
    assert_eq!(house.standing("casey"), [""; 0]);
    assert_eq!(house.standing("morgan"), ["approval:c1"]);
    assert_eq!(house.tell_to(Some("casey"), 0), Telling::default());
    assert_eq!(house.tell_to(Some("morgan"), 0).now, [(Kind::Approval, 1)]);
    assert_eq!(house.tell_to(None, 0), Telling::default());
    // A manager who asked is not called to approve it.
    house.run("UPDATE change SET requested_by = 'morgan'");
    house.moves("c1", "queued", 1);
    house.moves("c1", "awaiting_approval", 2);
    house.look(2);
    assert_eq!(house.standing("morgan"), [""; 0]);
    assert_eq!(house.tell_to(Some("morgan"), 2 * MINUTE), Telling::default());
}

#[test]
fn many_at_once_are_one_bundle_of_a_kind_and_a_minute() {
    let house = House::new();
    for place in 0..5 {
        house.ask(&format!("c{place}"), "awaiting_approval");
    }
    house.look(0);
    assert_eq!(house.tell(0), [(Kind::Approval, 5)]);
    assert_eq!(desktop_words(Kind::Approval, 5), "5 changes wait for approval");
    house.ask("c5", "awaiting_approval");
    house.ask("c6", "awaiting_approval");
    house.look(1);
    let later = house.tell_to(None, MINUTE - 1);
    assert_eq!(later.now, []);
    assert_eq!(later.again_at, Some(Moment::from_millis(MINUTE)));
    assert_eq!(house.tell(MINUTE), [(Kind::Approval, 2)]);
    // A clock that was set back keeps nobody waiting.
    house.ask("c7", "awaiting_approval");
    house.look(1);
    assert_eq!(house.tell(30), [(Kind::Approval, 1)]);
}

#[test]
fn a_clock_that_jumps_a_year_fires_one_bundle_of_a_kind() {
    let house = House::new();
    house.ask_many(300, "queued");
    house.run("UPDATE change SET state = 'in_doubt'");
    house.look(0);
    assert_eq!(house.tell(0), []);
    let jumped = 365 * DAY;
    house.look(jumped);
    assert_eq!(house.tell(jumped), [(Kind::Doubt, 300)]);
    for back in [HOUR / 2, jumped, 0, 2 * jumped] {
        house.look(back);
        assert_eq!(house.tell(back), [], "each fires once");
    }
}

#[test]
fn what_is_seen_is_no_longer_told_and_a_refusal_is_cleared_by_it() {
    let house = House::new();
    house.ask("c1", "queued");
    house.ask("c2", "awaiting_approval");
    house.moves("c1", "declined", 1);
    house.look(1);
    let see = |who: &str, name: &str| {
        let (viewer, id) = (viewer(who), counterfoil_core::notice::NoticeId::parse(name));
        let id = id.expect("it is a name");
        let see = move |connection: &Connection| {
            notice::see(connection, &id, &viewer, Moment::from_millis(2))
        };
        house.store().write(see).expect("it is stored")
    };
    assert!(!see("casey", "approval:c2"), "it is not for Casey");
    assert!(see("casey", "declined:c1"));
    assert!(!see("morgan", "declined:c1"), "it is cleared by now");
    assert!(see("morgan", "approval:c2"));
    assert_eq!(house.standing("morgan"), ["approval:c2"]);
    assert_eq!(house.standing("casey"), [""; 0]);
    let count = |who: &str| {
        let count = |connection: &Connection| notice::count(connection, &viewer(who), 100);
        house.store().read(count).expect("it reads")
    };
    assert_eq!((count("morgan"), count("casey")), ((1, 0), (0, 0)));
    assert_eq!(house.tell(3), []);
}

#[test]
fn refusals_nobody_reads_and_what_was_cleared_long_ago_do_not_heap_up() {
    let house = House::new();
    house.ask_many(450, "queued");
    house.run("UPDATE change SET state = 'declined'");
    house.look(0);
    let forget = |now: i64| {
        let now = Moment::from_millis(now);
        let old = |connection: &Connection| notice::is_anything_old(connection, now);
        if !house.store().read(old).expect("it reads") {
            return false;
        }
        house.store().write(move |connection| notice::forget_old(connection, now)).expect("stored")
    };
    let rows = || {
        let count = "SELECT count(*) FROM notice";
        let read = |c: &Connection| Ok(c.query_row(count, [], |row| row.get::<_, i64>(0))?);
        house.store().read(read).expect("it reads")
    };
    assert!(!forget(7 * DAY));
    assert_eq!((forget(7 * DAY + 1), forget(7 * DAY + 1), forget(7 * DAY + 1)), (true, true, true));
    assert!(!forget(7 * DAY + 1));
    assert_eq!((house.standing("morgan").len(), rows()), (0, 450));
    for left in [250, 50, 0] {
        forget(38 * DAY);
        assert_eq!(rows(), left);
    }
}

#[test]
fn an_account_that_is_removed_takes_its_notices_with_it() {
    let house = House::new();
    house.run("UPDATE account SET paused = 'refused'");
    house.look(0);
    assert_eq!(house.standing("morgan"), ["account_paused:acc"]);
    house.run("DELETE FROM account");
    house.look(0);
    assert_eq!(house.standing("morgan"), [""; 0]);
}

#[test]
fn another_outage_while_an_account_is_paused_fires_the_pause_no_second_time() {
    let house = House::new();
    house.run("UPDATE account SET paused = 'refused'");
    house.look(0);
    assert_eq!(house.tell(0), [(Kind::AccountPaused, 1)]);
    for since in ["5", "NULL", "9", "NULL"] {
        house.run(&format!("UPDATE account SET unreachable_since = {since}"));
        house.look(10);
    }
    house.run("UPDATE account SET paused = 'refused again'");
    house.look(10);
    assert_eq!(house.tell(2 * MINUTE), []);
    house.run("UPDATE account SET paused = NULL; UPDATE account SET paused = 'refused';");
    house.look(10);
    assert_eq!(house.tell(2 * MINUTE), [(Kind::AccountPaused, 1)]);
}

#[test]
fn a_closed_keyring_is_no_matter_once_nothing_waits() {
    let house = House::new();
    house.ask("c1", "queued");
    house.run(
        "INSERT INTO outbox (change_id, account_id, lane, state)
               VALUES ('c1', 'acc', 'c1', 'queued')",
    );
    house.fact("keyring_closed_since", 5);
    house.look(5);
    assert_eq!(house.standing("casey"), ["keyring_closed:till"]);
    house.run("DELETE FROM outbox; UPDATE change SET state = 'withdrawn'");
    house.look(6);
    assert_eq!(house.standing("casey"), [""; 0]);
}

/// Statements and steps of SQLite's machine that one thing costs.
fn cost(house: &House, job: impl FnOnce(&Connection) + Send + 'static) -> i64 {
    house
        .store()
        .write(move |connection| {
            connection.set_prepared_statement_cache_capacity(512);
            let steps = || -> i64 {
                let of = |sql: &&str| {
                    let statement = connection.prepare_cached(sql).expect("it is a statement");
                    i64::from(statement.get_status(StatementStatus::VmStep))
                        + 100 * i64::from(statement.get_status(StatementStatus::FullscanStep))
                };
                STATEMENTS.iter().map(of).sum()
            };
            let before = steps();
            job(connection);
            Ok(steps() - before)
        })
        .expect("it is stored")
}

#[test]
fn one_more_costs_the_same_whether_ten_or_ten_thousand_wait() {
    let figures = [10, 10_000].map(|waiting| {
        let house = House::new();
        house.ask_many(waiting, "awaiting_approval");
        house.look(0);
        assert_eq!(house.tell(0), [(Kind::Approval, waiting)]);
        house.ask("one-more", "awaiting_approval");
        let now = Moment::from_millis(1);
        let looked = cost(&house, move |connection| {
            let looked = look_at_notices(connection, now).expect("it is stored");
            assert_eq!((looked.many, looked.changed), (1, true));
        });
        let idle = cost(&house, move |connection| {
            assert!(!notice::is_due(connection, now).expect("it reads"));
        });
        let listed = cost(&house, |connection| {
            for who in ["morgan", "casey"] {
                notice::standing(connection, &viewer(who), 10).expect("it reads");
                notice::count(connection, &viewer(who), 5).expect("it reads");
                let now = Moment::from_millis(MINUTE);
                notice::anything_to_tell(connection, Some(&viewer(who)), now).expect("it reads");
            }
        });
        let told = cost(&house, |connection| {
            let now = Moment::from_millis(MINUTE);
            let telling = notice::tell(connection, None, now).expect("it is stored");
            assert_eq!(telling.now, [(Kind::Approval, 1)]);
        });
        [looked, idle, listed, told]
    });
    println!("steps with 10 waiting {:?}, with 10,000 {:?}", figures[0], figures[1]);
    for (few, many) in figures[0].iter().zip(figures[1]) {
        assert!(many <= few + few / 5 + 20, "{figures:?}");
    }
}
