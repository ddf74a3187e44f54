//! Slips, reports and prints on a whole till: what a paper says at each step, the ledger of what
//! was printed, closing reports, and a printer that is away or breaks off.

#![expect(
    clippy::panic,
    reason = "a step of a test that cannot be done fails the test with what it saw"
)]

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::thread;

use counterfoil_api::{FaultCode, Seat};
use counterfoil_sandbox::{Command, FaultKind, FaultRule};
use counterfoil_testkit::{CASHIER, MANAGER, OWNER, PIN, Station};
use serde_json::{Value, json};

fn of(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("{key} of {value}")).to_owned()
}

fn slip(station: &Station, change: &str) -> String {
    let slip = station.does(CASHIER, "slip.show", json!({"change_id": change}));
    assert_eq!(slip["code"], format!("CF:{change}"));
    of(&slip["paper"], "plain")
}

fn says(paper: &str, words: &str) {
    // Lines of a slip are short: words may go on in the next.
    let flowing = paper.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flowing.contains(words), "{words:?} is not in:\n{paper}");
}

/// A printer on loopback that is set up on this till; `act` is what it does with a connection.
fn printer(station: &Station, act: fn(TcpStream) -> Vec<u8>) -> thread::JoinHandle<Vec<u8>> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let place = listener.local_addr().expect("it is bound").to_string();
    station.does(OWNER, "settings.set", json!({"key": "slip.printer", "value": place}));
    thread::spawn(move || act(listener.accept().expect("somebody prints").0))
}

fn takes_all(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("it reads to the end");
    bytes
}

/// Resets the connection with bytes of it unread.
fn breaks_off(mut stream: TcpStream) -> Vec<u8> {
    let mut some = vec![0; 10];
    stream.read_exact(&mut some).expect("it takes some");
    some
}

fn print_slip(station: &Station, change: &str) -> Result<Value, counterfoil_api::Fault> {
    station.tries(CASHIER, "slip.print", json!({"change_id": change, "way": "printer"}))
}

fn z(station: &Station) -> Value {
    station.does(MANAGER, "report.z", json!({}))
}

#[test]
fn the_slip_of_a_refund_says_at_each_step_what_is_known_and_ends_in_a_final_one() {
    let station = Station::open();
    let (payment, token) = station.payment("300.00", true);
    let change = station.asks(CASHIER, Station::refund(&payment, "40.00"));
    says(&slip(&station, &change), "NOT EXECUTED - WAITS FOR APPROVAL");
    station.approves(&change);
    let queued = slip(&station, &change);
    says(&queued, "QUEUED, NOT EXECUTED");
    says(&queued, "Waiting to send to Bumper");
    says(&queued, "To return GBP 40.00");
    says(&queued, "Agreed by Morgan");
    station.sandbox.set_fault(FaultRule::on(Command::Refund, FaultKind::ApplyThenDrop).times(1));
    station.sync();
    says(&slip(&station, &change), "BEING CHECKED - OUTCOME NOT KNOWN");
    assert!(!slip(&station, &change).contains("No money moved"));
    station.does(
        MANAGER,
        "change.resolve",
        json!({"change_id": change, "outcome": "happened",
        "reason": "it is in the portal", "staff_id": station.staff_id(OWNER), "pin": PIN,
        "evidence": null}),
    );
    let done = slip(&station, &change);
    says(&done, "FINAL SLIP - DONE");
    says(&done, "Returned GBP 40.00");
    says(&done, &token);
}

#[test]
fn a_scanned_slip_opens_its_payment_and_no_other_text_does() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", false);
    let _other = station.payment("300.00", false);
    let change = station.asks(CASHIER, Station::adjust(&payment, "350.00"));
    let find = |query: &str| {
        station.does(
            CASHIER,
            "payment.list",
            json!({"query": query, "state": null,
            "limit": null, "after": null}),
        )
    };
    for typed in [format!("CF:{change}"), format!(" cf:{}\n", change.to_uppercase())] {
        let page = find(&typed);
        assert_eq!(page["payments"].as_array().map(Vec::len), Some(1), "{page}");
        assert_eq!(page["payments"][0]["payment_id"], payment);
        assert_eq!(page["scanned"], change);
    }
    let start = station.asks(CASHIER, Station::start_payment("20.00"));
    let page = find(&format!("CF:{start}"));
    assert_eq!((&page["payments"], &page["scanned"]), (&json!([]), &json!(start)));
    for none in ["CF:nobody", "CF:a/b", "CF:"] {
        let page = find(none);
        assert_eq!((&page["payments"], &page["scanned"]), (&json!([]), &Value::Null), "{none}");
    }
}

#[test]
fn every_print_is_numbered_and_in_the_trail_and_the_second_is_a_copy() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", false);
    let change = station.asks(CASHIER, Station::adjust(&payment, "350.00"));
    let first_paper = printer(&station, takes_all);
    let first = print_slip(&station, &change).expect("the printer is there");
    assert_eq!(
        (&first["number"], &first["copy"], &first["outcome"]),
        (&json!(1), &json!(1), &json!("printed"))
    );
    let bytes = first_paper.join().expect("it ended");
    let holds =
        |bytes: &[u8], words: &str| bytes.windows(words.len()).any(|w| w == words.as_bytes());
    assert!(holds(&bytes, "QUEUED, NOT EXECUTED") && holds(&bytes, &format!("CF:{change}")));
    assert!(!holds(&bytes, "COPY"));
    let second_paper = printer(&station, takes_all);
    let second = print_slip(&station, &change).expect("the printer is there");
    assert_eq!((&second["number"], &second["copy"]), (&json!(2), &json!(2)));
    assert!(holds(&second_paper.join().expect("it ended"), "COPY 2"));
    station.does(CASHIER, "slip.print", json!({"change_id": change, "way": "screen"}));
    let ledger = station.does(MANAGER, "print.list", json!({}));
    let rows: Vec<_> = ledger["prints"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| {
            format!("{} {} {} {}", row["number"], of(row, "way"), row["copy"], of(row, "outcome"))
        })
        .collect();
    assert_eq!(rows, ["3 screen 3 unknown", "2 printer 2 printed", "1 printer 1 printed"]);
    let duty = station.does(MANAGER, "report.duty", json!({"from": null, "to": null}));
    let reprints = duty["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|one| one["pattern"] == "reprint" && one["about"] == json!([change]));
    assert_eq!(reprints.count(), 2, "{duty}");
}

#[test]
fn a_printer_that_is_away_or_breaks_off_is_told_apart_and_moves_no_money() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", false);
    let change = station.asks(CASHIER, Station::adjust(&payment, "350.00"));
    let before = station.change(&change);
    let unset = print_slip(&station, &change).expect_err("no printer is set up");
    assert_eq!(unset.code, FaultCode::NotAllowed);
    drop(printer(&station, takes_all));
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr();
    let place = free.expect("it was bound").to_string();
    station.does(OWNER, "settings.set", json!({"key": "slip.printer", "value": place}));
    let away = print_slip(&station, &change).expect_err("nobody listens there");
    assert_eq!(
        (away.code, away.detail["may_have_printed"].as_str()),
        (FaultCode::Printer, "false")
    );
    let _paper = printer(&station, breaks_off);
    let broke = print_slip(&station, &change).expect_err("it breaks off");
    assert_eq!(broke.detail["may_have_printed"], "true", "{broke}");
    assert!(broke.message.contains("may have come out"), "{broke}");
    let _paper = printer(&station, takes_all);
    let last = print_slip(&station, &change).expect("it is there");
    assert_eq!((&last["number"], &last["copy"]), (&json!(3), &json!(2)), "one may lie about");
    let ledger = station.does(OWNER, "print.list", json!({}));
    let outcomes: Vec<_> =
        ledger["prints"].as_array().expect("a list").iter().map(|row| of(row, "outcome")).collect();
    assert_eq!(outcomes, ["printed", "unknown", "nothing"]);
    assert_eq!(station.change(&change), before);
}

#[test]
fn each_change_is_new_in_one_closing_report_and_ends_in_one() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", true);
    let (open, _) = station.payment("200.00", false);
    let refund = station.asks(CASHIER, Station::refund(&payment, "40.00"));
    let adjust = station.asks(CASHIER, Station::adjust(&open, "150.00"));
    let reading = station.does(MANAGER, "report.x", json!({}));
    assert_eq!((&reading["number"], &reading["changes"]), (&Value::Null, &json!(2)));
    let first = z(&station);
    assert_eq!((&first["number"], &first["changes"]), (&json!(1), &json!(2)));
    let ids: Vec<_> =
        first["open"].as_array().expect("a list").iter().map(|one| of(one, "change_id")).collect();
    assert_eq!(ids, [refund.clone(), adjust]);
    station.approves(&refund);
    station.sync();
    let second = z(&station);
    assert_eq!((&second["number"], &second["changes"]), (&json!(2), &json!(2)));
    assert_eq!(second["open"], json!([]));
    let refunds = &second["refunds"];
    for (by, name) in [
        ("person", CASHIER),
        ("approver", MANAGER),
        ("reason", "goods_returned"),
        ("provider", "bumper"),
    ] {
        let rows = &refunds[by];
        assert_eq!(
            (&rows[0]["name"], &rows[0]["sum"]["text"], rows.as_array().map(Vec::len)),
            (&json!(name), &json!("40.00"), Some(1)),
            "{by}: {rows}"
        );
    }
    let kind = |name: &str| {
        second["sums"]["kind"]
            .as_array()
            .expect("a list")
            .iter()
            .find(|row| row["name"] == name)
            .expect("it is there")
            .clone()
    };
    assert_eq!(
        (&kind("adjust")["sum"]["text"], &kind("adjust")["less"]["text"]),
        (&json!("-50.00"), &json!("50.00"))
    );
    let third = z(&station);
    assert_eq!((&third["number"], &third["changes"]), (&json!(3), &json!(0)));
    let again = station.does(MANAGER, "report.show", json!({"number": 2}));
    for key in [
        "number", "changes", "sums", "refunds", "carried", "open", "head", "entries", "digest",
        "paper",
    ] {
        assert_eq!(again[key], second[key], "{key}");
    }
}

#[test]
fn a_closing_report_names_people_as_they_were_and_is_refused_once_it_was_touched() {
    let station = Station::open();
    let (payment, _) = station.payment("300.00", false);
    station.asks(CASHIER, Station::adjust(&payment, "350.00"));
    let closed = z(&station);
    station.does(OWNER, "staff.rename", json!({"staff": CASHIER, "name": "Carla"}));
    let show = || station.tries(MANAGER, "report.show", json!({"number": 1}));
    let again = show().expect("it is stored");
    assert_eq!(again["sums"]["person"], closed["sums"]["person"]);
    assert_eq!(again["sums"]["person"][0]["name"], CASHIER);
    let missing = station.tries(MANAGER, "report.show", json!({"number": 2}));
    assert_eq!(missing.expect_err("there is no second").code, FaultCode::NotFound);
    let file = rusqlite::Connection::open(station.folder().join("till/counterfoil.db"));
    let touched = "DROP TRIGGER z_report_is_never_edited;
                   UPDATE z_report SET body = replace(body, '\"count\":1', '\"count\":9')";
    file.and_then(|file| file.execute_batch(touched)).expect("somebody has the file");
    assert_eq!(show().expect_err("it was touched").code, FaultCode::AuditBroken);
}

#[test]
fn a_day_is_the_tills_own_and_counts_what_was_asked_for_on_it() {
    let station = Station::open();
    // 2026-03-01T23:30:00Z, which is the second of March in Berlin.
    let now = Arc::new(AtomicI64::new(1_772_407_800_000));
    let (payment, _) = station.payment("300.00", false);
    let desk = station.desk_in_time(&now);
    let seat = Seat::new();
    desk.sign_in(&seat, OWNER, PIN).expect("the owner signs in");
    let call = |call: &str, args: Value| desk.call_json(&seat, json!({"call": call, "args": args}));
    let set = json!({"key": "till.time_zone", "value": "Europe/Berlin"});
    call("settings.set", set).expect("it is a zone");
    call("change.ask", Station::adjust(&payment, "350.00")).expect("it is asked for");
    let count =
        |date: &str| call("report.day", json!({"date": date})).expect("a day")["changes"].clone();
    assert_eq!((count("2026-03-01"), count("2026-03-02")), (json!(0), json!(1)));
    let day = call("report.day", json!({"date": null})).expect("today");
    assert_eq!((&day["date"], &day["time_zone"]), (&json!("2026-03-02"), &json!("Europe/Berlin")));
    assert_eq!(day["from"], "2026-03-01T23:00:00Z");
    let bad = call("report.day", json!({"date": "yesterday"})).expect_err("it is no day");
    assert_eq!(bad.code, FaultCode::BadInput);
}

#[test]
fn what_is_open_is_listed_for_whoever_takes_over_and_outlives_sign_out_and_restart() {
    let mut station = Station::open();
    let mut asked: Vec<String> = (0..20)
        .map(|_| {
            let (payment, _) = station.payment("300.00", false);
            station.asks(CASHIER, Station::adjust(&payment, "350.00"))
        })
        .collect();
    let listed = |station: &Station| -> Vec<String> {
        let open = station.does(MANAGER, "report.handover", json!({}))["open"].clone();
        open.as_array().expect("a list").iter().map(|one| of(one, "change_id")).collect()
    };
    asked.sort();
    assert_eq!(listed(&station), asked);
    station.restart();
    z(&station);
    assert_eq!(listed(&station), asked, "a closing ends no change");
}

#[test]
fn hostile_names_and_texts_are_text_on_every_paper_and_no_cell_is_a_formula() {
    let station = Station::open();
    let hostile = "=cmd|'/C'!A0<script>alert(1)</script>";
    station.does(OWNER, "staff.add", json!({"name": hostile, "role": "manager", "pin": PIN}));
    let (payment, _) = station.payment("300.00", true);
    let ask = Station::refund(&payment, "40.00");
    let seat = Seat::new();
    station.desk().sign_in(&seat, hostile, PIN).expect("they sign in");
    let made = station.desk().call_json(&seat, json!({"call": "change.ask", "args": ask}));
    let change = of(&made.expect("it is asked for"), "change_id");
    let view = station.does(CASHIER, "slip.show", json!({"change_id": change}));
    for html in [of(&view["paper"], "html_80mm"), of(&view["paper"], "html_a4")] {
        assert!(!html.contains("<script") && html.contains("&lt;script"), "{html}");
        assert!(!html.contains("style="), "{html}");
    }
    let duty = station.does(OWNER, "report.duty", json!({"from": null, "to": null}));
    let day = station.does(OWNER, "report.day", json!({"date": null}));
    for csv in [of(&day, "csv"), of(&duty, "csv"), of(&duty, "pairs_csv")] {
        for cell in csv.split("\r\n").flat_map(|line| line.split("\",\"")) {
            let cell = cell.trim_start_matches('"');
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t']), "{cell:?}");
        }
    }
    assert!(of(&day, "csv").contains("'=cmd"), "{day}");
}

#[test]
fn reports_are_for_those_who_answer_for_the_till() {
    let station = Station::open();
    for (call, args) in [
        ("report.x", json!({})),
        ("report.z", json!({})),
        ("report.day", json!({"date": null})),
        ("report.duty", json!({"from": null, "to": null})),
        ("print.list", json!({})),
    ] {
        let refused = station.tries(CASHIER, call, args).expect_err(call);
        assert_eq!(refused.code, FaultCode::NotPermitted, "{call}");
    }
    station.does(CASHIER, "report.handover", json!({}));
}
