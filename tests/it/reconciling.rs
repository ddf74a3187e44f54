//! A long reconciliation on a desk: how far it is, one at a time, ended by who may.

use std::time::Duration;

use counterfoil_api::{FaultCode, Seat};
use counterfoil_sandbox::{Command, FaultKind, FaultRule};
use counterfoil_testkit::{CASHIER, MANAGER, PIN, Station};
use serde_json::{Value, json};

fn progress(station: &Station) -> Value {
    station.does(MANAGER, "reconcile.progress", json!({}))
}

#[test]
fn a_long_run_says_how_far_it_is_lets_no_other_in_and_ends_when_it_is_asked_to() {
    let station = Station::open();
    for _ in 0..3 {
        let _ = station.payment("300.00", true);
    }
    assert_eq!(progress(&station)["running"], false);
    station.sandbox.set_fault(FaultRule::on(Command::Status, FaultKind::DelayMs).ms(1_000));
    let seat = Seat::new();
    station.desk().sign_in(&seat, MANAGER, PIN).expect("the manager signs in");
    let ask = json!({"call": "reconcile.run", "args": {"account": "B", "since": null}});
    let desk = station.desk().clone();
    let run = std::thread::spawn(move || desk.call_json(&seat, ask));
    let mut seen = progress(&station);
    while seen["total"].is_null() {
        std::thread::sleep(Duration::from_millis(10));
        seen = progress(&station);
    }
    assert_eq!((&seen["running"], &seen["account"]), (&true.into(), &"B".into()), "{seen}");
    assert_eq!((&seen["phase"], &seen["total"]), (&"comparing".into(), &3.into()), "{seen}");

    let again = station.tries(MANAGER, "reconcile.run", json!({"account": "B", "since": null}));
    assert_eq!(again.expect_err("one is going on").code, FaultCode::WrongState);
    let stop = station.tries(CASHIER, "reconcile.stop", json!({}));
    assert_eq!(stop.expect_err("a cashier decides nothing").code, FaultCode::NotPermitted);
    station.does(MANAGER, "reconcile.stop", json!({}));
    let ended = run.join().expect("it ends").expect("it is no fault");
    assert_eq!(ended["complete"], false, "{ended}");
    assert!(ended["matched"].as_u64().expect("a number") < 3, "{ended}");
    assert_eq!(progress(&station)["running"], false);

    station.sandbox.clear_faults();
    let whole = station.does(MANAGER, "reconcile.run", json!({"account": "B", "since": null}));
    assert_eq!((&whole["matched"], &whole["complete"]), (&3.into(), &true.into()), "{whole}");
}
