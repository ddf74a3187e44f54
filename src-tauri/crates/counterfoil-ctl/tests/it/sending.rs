use std::process::{Child, Command};
use std::time::{Duration, Instant};

use counterfoil_sandbox::{EffectKind, FaultKind, FaultRule};

use crate::till::{On, Till};

/// Longer than anything here takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(20);

fn watching(till: &Till) -> Child {
    let child = till.cashier("sync --watch --json").command().spawn().expect("it starts");
    wait_until(|| till.nobody("doctor").exits(0)["drained_elsewhere"] == true);
    child
}

fn wait_until(mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE, "it never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn terminate(child: &Child) {
    let pid = child.id().to_string();
    let status = Command::new("kill").args(["-TERM", &pid]).status().expect("kill is there");
    assert!(status.success());
}

/// What a watch printed when it had ended; it must have ended cleanly.
fn ended(child: Child) {
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON value");
    assert_eq!(value["ended"], true);
}

#[cfg(unix)]
#[test]
fn a_watch_sends_what_others_ask_for_and_is_the_only_one_to_send() {
    let till = Till::ready();
    let (payment, _) = till.open_payment();
    let watch = watching(&till);
    let change = till.adjust(&payment, "350.00");
    wait_until(|| till.state(&change) == "applied");
    till.cashier("sync --until-idle").refuses(9, "held_elsewhere");
    terminate(&watch);
    ended(watch);
    assert_eq!(till.effects(EffectKind::Update), ["350.00"]);
    till.sync(0);
}

#[cfg(unix)]
#[test]
fn a_watch_told_to_end_finishes_the_attempt_in_flight() {
    let till = Till::ready();
    let (payment, _) = till.open_payment();
    till.sandbox.set_fault(FaultRule::on(On::Update, FaultKind::DelayMs).ms(1_500).once());
    let change = till.adjust(&payment, "350.00");
    let watch = watching(&till);
    wait_until(|| till.received("/bumper/v2/update") == 1);
    terminate(&watch);
    ended(watch);
    assert_eq!(till.state(&change), "applied", "its answer was waited for");
}

#[cfg(unix)]
#[test]
fn a_run_told_to_end_finishes_the_attempt_in_flight_and_leaves_the_rest_queued() {
    let till = Till::ready();
    let (payment, _) = till.open_payment();
    till.sandbox.set_fault(FaultRule::on(On::Update, FaultKind::DelayMs).ms(1_500).once());
    let first = till.adjust(&payment, "350.00");
    let second = till.adjust(&payment, "360.00");
    let run = till.cashier("sync --until-idle --json").command().spawn().expect("it starts");
    wait_until(|| till.received("/bumper/v2/update") == 1);
    terminate(&run);
    let output = run.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!((till.state(&first), till.state(&second)), ("applied".into(), "queued".into()));
    assert_eq!(till.sync(0)["applied"], 1);
}

#[cfg(unix)]
#[test]
fn a_run_killed_in_the_middle_is_in_doubt_and_never_sent_twice() {
    let till = Till::ready();
    let (payment, _) = till.paid_payment();
    till.sandbox.set_fault(FaultRule::on(On::Refund, FaultKind::DelayMs).ms(60_000).once());
    let change = till.refund(&payment, "50.00");
    let mut run = till.cashier("sync --until-idle").command().spawn().expect("it starts");
    wait_until(|| till.received("/bumper/v2/refund") == 1);
    run.kill().expect("it runs");
    run.wait().expect("it ends");
    assert_eq!(till.sync(5)["in_doubt"], 1);
    assert_eq!(till.state(&change), "in_doubt");
    assert_eq!(till.effects(EffectKind::Refund), ["50.00"]);
    assert_eq!(till.received("/bumper/v2/refund"), 1);
}
