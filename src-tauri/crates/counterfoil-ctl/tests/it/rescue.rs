//! Bad states: what can be read is shown, what cannot is named, nothing is overwritten or sent.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;

use counterfoil_sandbox::EffectKind;
use rusqlite::Connection;

use crate::till::{Till, text};

/// A till with two payments and a change on each.
fn waiting() -> (Till, [String; 2], [String; 2]) {
    let till = Till::ready();
    let (one, two) = (till.open_payment().0, till.open_payment().0);
    let changes = [till.adjust(&one, "350.00"), till.adjust(&two, "310.00")];
    (till, [one, two], changes)
}

impl Till {
    fn database(&self) -> PathBuf {
        self.data_dir().join("counterfoil.db")
    }

    fn tamper(&self, sql: &str) {
        let connection = Connection::open(self.database()).expect("the file opens");
        connection.execute_batch(sql).expect("the test's own statements");
    }

    /// A disk forgot a page: the one on which this table begins.
    fn zero(&self, table: &str) {
        let connection = Connection::open(self.database()).expect("the file opens");
        let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
        let page: i64 = connection.query_row(sql, [table], |row| row.get(0)).expect("it is there");
        drop(connection);
        let page = u64::try_from(page).expect("pages count from 1");
        let mut file = fs::OpenOptions::new().write(true).open(self.database()).expect("it opens");
        file.seek(SeekFrom::Start((page - 1) * 1024)).expect("it is that long");
        file.write_all(&[0; 1024]).expect("it is written");
    }

    /// Reads what can be read; everything else is refused and changes no byte.
    fn is_for_reading_only(&self, code: &str, payment: &str) {
        let before = fs::read(self.database()).expect("it reads");
        let doctor = self.nobody("doctor").refuses_with(7, code);
        assert!(doctor["store_check"].is_string() && doctor["read_only"].is_string(), "{doctor}");
        for line in [
            "sync --until-idle".to_owned(),
            "sync --watch".to_owned(),
            format!("change adjust --payment {payment} --total 360.00"),
            "staff list".to_owned(),
        ] {
            let error = self.cashier(&line).refuses(7, code);
            let words = error["message"].as_str().expect("words");
            assert!(words.contains("no money moved"), "{words}");
        }
        let again = "init --store Garage --till Front --owner Olive";
        self.nobody(again).env("COUNTERFOIL_PIN", "482915").refuses(7, code);
        assert!(fs::read(self.database()).expect("it reads") == before);
        assert_eq!(self.received("/bumper/v2/update"), 0, "nothing was sent");
    }
}

#[test]
fn a_store_of_a_newer_version_is_read_and_left_alone() {
    let (till, [payment, _], changes) = waiting();
    till.tamper(
        "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
             VALUES (99, 'later', '2030-01-01T00:00:00Z', '1')",
    );
    let listed = till.cashier("change list").exits(0);
    assert_eq!(listed["changes"].as_array().map(Vec::len), Some(2));
    assert_eq!(till.cashier("payment list").exits(0)["payments"][0]["state"], "open");
    assert_eq!(till.state(&changes[0]), "queued");
    assert_eq!(till.nobody("audit verify").exits(0)["ok"], true);
    till.person("Casey", "change list").env("COUNTERFOIL_PIN", "000000").refuses(3, "wrong_pin");
    till.is_for_reading_only("store_newer", &payment);
    let (_, told) = till.cashier("change list").plain(0);
    assert!(told.contains("newer version"), "a person is told: {told}");
}

#[test]
fn of_a_damaged_store_what_is_left_is_shown() {
    let (till, [payment, _], _) = waiting();
    till.zero("payment");
    let listed = till.cashier("change list").exits(0);
    assert_eq!(listed["changes"].as_array().map(Vec::len), Some(2));
    let page = till.cashier("payment list").exits(0);
    assert_eq!(page["unreadable"][0]["table"], "payment", "{page}");
    assert_eq!(till.nobody("audit verify").exits(0)["ok"], true);
    till.is_for_reading_only("store", &payment);
}

#[test]
fn a_file_that_is_no_database_is_named_and_never_overwritten() {
    let (till, ..) = waiting();
    let no_database = "a shopping list, and not a short one\n".repeat(300);
    fs::write(till.database(), &no_database).expect("it is written");
    for line in ["doctor", "audit verify"] {
        let error = till.nobody(line).refuses(7, "store");
        let words = error["message"].as_str().expect("words");
        assert!(words.contains("counterfoil.db") && words.contains("no database"), "{words}");
        assert!(error["detail"]["store_check"].is_string(), "{error}");
    }
    let again = "init --store Garage --till Front --owner Olive";
    till.nobody(again).env("COUNTERFOIL_PIN", "482915").refuses(7, "store");
    assert_eq!(fs::read_to_string(till.database()).expect("it reads"), no_database);
}

#[test]
fn a_change_that_cannot_be_read_is_named_and_the_others_are_shown() {
    let (till, [one, two], [bad, good]) = waiting();
    till.tamper(&format!(
        "DROP TRIGGER change_event_is_never_edited;
         UPDATE change_event SET body = '{{' WHERE change_id = '{bad}';"
    ));
    let listed = till.cashier("change list").exits(0);
    assert_eq!(listed["changes"].as_array().map(Vec::len), Some(1));
    assert_eq!(listed["changes"][0]["change_id"], good.as_str());
    assert_eq!(listed["unreadable"][0]["row"], bad.as_str(), "{listed}");
    let (shown, _) = till.cashier("change list").plain(0);
    assert!(shown.contains("Not readable") && shown.contains(&bad), "{shown}");
    let error = till.cashier(&format!("change show {bad}")).refuses(7, "store");
    assert_eq!(error["detail"]["row"], bad.as_str());

    let payments = till.cashier("payment list").exits(0);
    assert_eq!(payments["payments"].as_array().map(Vec::len), Some(2), "{payments}");
    let allowed = |payment: &str| {
        let shown = till.cashier(&format!("payment show {payment}")).exits(0);
        let offers = shown["allowed"].as_array().expect("a list").clone();
        offers.iter().any(|offer| offer["allowed"] == true)
    };
    assert!(!allowed(&one) && allowed(&two), "no sum is built on what cannot be read");
    let ask = format!("change adjust --payment {one} --total 360.00");
    till.cashier(&ask).refuses(7, "store");
    let doctor = till.nobody("doctor").exits(0);
    assert_eq!(doctor["unreadable"][0]["row"], bad.as_str(), "{doctor}");
    assert_eq!(text(&doctor["store_check"]), "ok", "the file is whole, only the row is not");

    till.cashier("sync --until-idle --deadline 2s").outcome();
    assert_eq!(till.state(&good), "applied", "its lane stands still and no other");
    assert_eq!(till.effects(EffectKind::Update), ["310.00"]);
}
