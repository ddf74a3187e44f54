use std::sync::Barrier;
use std::thread;

use counterfoil_core::settings::Setting;
use counterfoil_store::table::{meta, setting};
use counterfoil_store::{Connection, StoreError};

use crate::house::House;

fn put(connection: &Connection, key: &str) -> Result<(), StoreError> {
    meta::set(connection, key, "1")
}

#[test]
fn many_writers_at_once_each_get_their_own_answer_and_the_failing_one_leaves_nothing() {
    let house = House::new();
    let start = Barrier::new(32);
    let write = |number: i32| {
        start.wait();
        for round in 0..8 {
            let key = format!("k{number}-{round}");
            let wrote = house.store.write(move |connection| {
                put(connection, &key)?;
                if number % 4 == 0 { Err(StoreError::Missing("luck")) } else { Ok(number) }
            });
            match wrote {
                Ok(answer) => assert_eq!(answer, number),
                Err(StoreError::Missing("luck")) => assert_eq!(number % 4, 0),
                Err(other) => panic!("{other}"),
            }
        }
    };
    thread::scope(|scope| {
        for number in 0..32 {
            scope.spawn(move || write(number));
        }
    });
    assert_eq!(house.number("SELECT count(*) FROM meta WHERE key LIKE 'k%'"), 24 * 8);
    let failed = "SELECT count(*) FROM meta WHERE key LIKE 'k4-%' OR key LIKE 'k0-%'";
    assert_eq!(house.number(failed), 0);
}

#[test]
fn a_job_that_fails_halfway_leaves_nothing_and_the_next_one_is_stored() {
    let house = House::new();
    let failed = house.store.write(|connection| {
        put(connection, "half")?;
        connection.execute_batch("INSERT INTO nowhere VALUES (1)")?;
        Ok(())
    });
    assert!(matches!(failed, Err(StoreError::Sqlite(_))));
    house.store.write(|connection| put(connection, "whole")).expect("it fits");
    let count = |key: &str| house.number(&format!("SELECT count(*) FROM meta WHERE key = '{key}'"));
    assert_eq!((count("half"), count("whole")), (0, 1));
}

#[test]
fn whoever_shares_a_commit_that_was_lost_is_told_so_and_nothing_of_it_is_stored() {
    let house = House::new();
    thread::scope(|scope| {
        // The first job keeps the thread busy until the others wait for one commit together.
        let first = scope.spawn(|| {
            house.store.write(|_| {
                thread::sleep(std::time::Duration::from_millis(300));
                Ok(())
            })
        });
        let write = |key: &'static str, break_it: bool| {
            house.store.write(move |connection| {
                put(connection, key)?;
                if break_it {
                    // As SQLite itself does on a full disk: the whole transaction is gone.
                    connection.execute_batch("ROLLBACK")?;
                }
                Ok(())
            })
        };
        let breaking = scope.spawn(move || {
            thread::sleep(std::time::Duration::from_millis(100));
            write("lost", true)
        });
        let behind = scope.spawn(move || {
            thread::sleep(std::time::Duration::from_millis(200));
            write("behind", false)
        });
        assert!(first.join().expect("no panic").is_ok());
        assert!(breaking.join().expect("no panic").is_err());
        let told = behind.join().expect("no panic").is_ok();
        let stored = house.number("SELECT count(*) FROM meta WHERE key = 'behind'") == 1;
        assert_eq!(told, stored, "told {told}, stored {stored}");
    });
    assert_eq!(house.number("SELECT count(*) FROM meta WHERE key = 'lost'"), 0);
    house.store.write(|connection| put(connection, "after")).expect("it goes on");
    assert_eq!(house.number("SELECT count(*) FROM meta WHERE key = 'after'"), 1);
}

#[test]
fn a_reader_sees_one_moment_while_others_write() {
    let house = House::new();
    let seen = house.store.read(|connection| {
        let count = || -> Result<i64, StoreError> {
            Ok(connection.query_row("SELECT count(*) FROM meta", [], |row| row.get(0))?)
        };
        let before = count()?;
        house.store.write(|connection| put(connection, "later"))?;
        Ok((before, count()?))
    });
    let (before, after) = seen.expect("it reads");
    assert_eq!(before, after);
    assert_eq!(house.number("SELECT count(*) FROM meta"), after + 1);
}

#[test]
fn settings_have_their_defaults_until_they_are_set() {
    let house = House::new();
    let get = |key: Setting| house.store.read(|c| setting::get(c, key)).expect("it reads");
    for key in Setting::ALL {
        assert_eq!(get(key), key.default_value());
    }
    let set = |value: &'static str| {
        house.store.write(move |c| setting::set(c, Setting::ApprovalRefundOver, value))
    };
    set("50.00").expect("it writes");
    set("60.00").expect("it writes");
    assert_eq!(get(Setting::ApprovalRefundOver), "60.00");
    assert_eq!(get(Setting::RetryBaseMs), "1000");
}
