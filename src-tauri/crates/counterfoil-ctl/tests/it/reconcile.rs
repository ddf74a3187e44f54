//! Reconciliation through the program: one of each class, found and none false, at every provider;
//! a remark settles a finding, and what is not so any more is gone.

use counterfoil_sandbox::{
    Command as On, FaultKind, FaultRule, MoyasarChange, MoyasarStatus, ProviderChange, RefundEnd,
    RefundStatus,
};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::shops::{HELD, SHOPS, Shop, bumper_amount, bumper_state};
use crate::till::{Till, text};

const CLASSES: [&str; 4] = ["only_here", "only_there", "amount_differs", "state_differs"];

fn track(till: &Till, provider_ref: &str) -> String {
    let track = format!("payment track --account A --ref {provider_ref}");
    text(&till.cashier(&track).exits(0)["payment_id"])
}

/// From now on this till holds the payment under a reference that nobody knows.
fn forget_there(till: &Till, payment_id: &str, provider_ref: &str) -> String {
    let last = if provider_ref.ends_with('0') { "1" } else { "0" };
    let gone = format!("{}{last}", &provider_ref[..provider_ref.len() - 1]);
    let database = Connection::open(till.data_dir().join("counterfoil.db")).expect("it opens");
    let sql = "UPDATE payment SET provider_ref = ?1 WHERE payment_id = ?2";
    assert_eq!(database.execute(sql, [gone.as_str(), payment_id]).expect("it is stored"), 1);
    gone
}

fn run(till: &Till) -> Value {
    till.manager("reconcile --account A").exits(0)
}

/// The references of a class, sorted.
fn refs(run: &Value, class: &str) -> Vec<String> {
    let found = run[class].as_array().expect("a list");
    let mut refs: Vec<String> =
        found.iter().map(|finding| text(&finding["provider_ref"])).collect();
    refs.sort();
    refs
}

fn none_but(run: &Value, classes: &[&str]) {
    for class in CLASSES.iter().filter(|class| !classes.contains(class)) {
        assert_eq!(refs(run, class), [""; 0], "{class}: {run}");
    }
}

#[test]
fn one_of_each_class_is_found_at_bumper_except_what_is_only_there() {
    one_of_each(&SHOPS[0]);
}

#[test]
fn one_of_each_class_is_found_at_wepay() {
    one_of_each(&SHOPS[1]);
}

#[test]
fn one_of_each_class_is_found_at_moyasar() {
    one_of_each(&SHOPS[2]);
}

#[test]
fn one_of_each_class_is_found_at_norce() {
    one_of_each(&SHOPS[3]);
}

/// Those injected are found, each with its field, and none that is not there.
fn one_of_each(shop: &Shop) {
    let till = Till::with_people();
    (shop.account)(&till);
    track(&till, &(shop.make)(&till));
    let quiet = run(&till);
    none_but(&quiet, &[]);
    assert_eq!((&quiet["matched"], &quiet["unread"]), (&1.into(), &json!([])), "{quiet}");

    let left = (shop.make)(&till);
    let gone = forget_there(&till, &track(&till, &left), &left);
    // What is held under another reference is strange there as well.
    let mut strange = vec![left, (shop.make)(&till)];
    strange.sort();
    let done: Vec<_> = shop
        .deeds
        .iter()
        .map(|(class, deed)| {
            let there = (shop.make)(&till);
            track(&till, &there);
            (*class, deed(&till, &there), there)
        })
        .collect();
    let run = run(&till);
    assert_eq!((&run["matched"], &run["complete"]), (&1.into(), &true.into()), "{run}");
    assert_eq!(refs(&run, "only_here"), [gone]);
    assert_eq!(run["only_there_known"], shop.lists, "{}", shop.name);
    assert_eq!(refs(&run, "only_there"), if shop.lists { strange } else { Vec::new() });
    for class in ["amount_differs", "state_differs"] {
        let of_it = || done.iter().filter(|(of, ..)| *of == class);
        let mut expected: Vec<&str> = of_it().map(|(_, _, there)| there.as_str()).collect();
        expected.sort_unstable();
        assert_eq!(refs(&run, class), expected, "{class}: {run}");
        for (_, field, there) in of_it() {
            let found = run[class].as_array().expect("a list").iter();
            let found = found.filter(|finding| finding["provider_ref"] == **there);
            found.for_each(|finding| assert_eq!(finding["fields"], json!([field]), "{finding}"));
        }
    }
}

#[test]
fn an_own_refund_is_no_finding_at_any_provider_that_tells_of_refunds() {
    for shop in &SHOPS[1..] {
        let till = Till::with_people();
        (shop.account)(&till);
        let id = track(&till, &(shop.make)(&till));
        // Norce knows no refund of a part.
        till.refund(&id, if shop.name == "norce" { "300.00" } else { "50.00" });
        till.manager("sync --until-idle --deadline 1s").outcome();
        // A refund of WePay has a life of its own: until it has ended, either may be true.
        none_but(&run(&till), &[]);
        for refund in till.sandbox.wepay_refunds() {
            // It may have ended by itself.
            let end = RefundEnd { status: RefundStatus::Completed };
            let _ = till.sandbox.end_wepay_refund(&refund.id, end);
        }
        till.manager("sync --until-idle --deadline 5s").exits(0);
        let run = run(&till);
        none_but(&run, &[]);
        assert_eq!(run["matched"], 1, "{}: {run}", shop.name);
    }
}

#[test]
fn an_own_change_is_no_finding_and_neither_is_one_in_doubt() {
    let till = Till::hasty();
    let (adjusted, _) = till.open_payment();
    let (refunded, _) = till.paid_payment();
    till.adjust(&adjusted, "350.00");
    till.refund(&refunded, "50.00");
    till.sandbox.set_fault(FaultRule::on(On::Refund, FaultKind::ApplyThenDrop).once());
    assert_eq!(till.sync(5)["in_doubt"], 1);
    let run = till.manager("reconcile --account B").exits(0);
    none_but(&run, &[]);
    assert_eq!(run["matched"], 2);
}

#[test]
fn an_own_capture_is_no_finding_and_another_hands_is() {
    for (account, make, part) in HELD {
        let till = Till::with_people();
        account(&till);
        let ours = make(&till);
        let id = track(&till, &ours);
        till.manager(&format!("change capture --payment {id} {part}")).exits(0);
        till.manager("sync --until-idle --deadline 5s").exits(0);
        let run = run(&till);
        none_but(&run, &[]);
        assert_eq!(run["matched"], 1, "{run}");
    }
    let (account, make, _) = HELD[1];
    let till = Till::with_people();
    account(&till);
    let taken = make(&till);
    track(&till, &taken);
    let (captured, status) = (Some("300.00".to_owned()), Some(MoyasarStatus::Captured));
    let change = MoyasarChange { captured, status, ..MoyasarChange::default() };
    till.sandbox.change_at_moyasar(&taken, &change).expect("it is changed");
    let run = run(&till);
    none_but(&run, &["amount_differs"]);
    assert_eq!(run["amount_differs"][0]["fields"], json!(["captured"]), "{run}");
}

#[test]
fn another_hands_money_is_found_even_after_it_was_read() {
    let till = Till::with_people();
    till.add_account("A");
    let token = (SHOPS[0].make)(&till);
    let id = track(&till, &token);
    bumper_amount(&till, &token);
    till.cashier(&format!("payment refresh {id}")).exits(0);
    let found = run(&till);
    assert_eq!(refs(&found, "amount_differs"), [token]);
    none_but(&found, &["amount_differs"]);
    let finding = &found["amount_differs"][0];
    assert_eq!(finding["here"]["amount"]["text"], "300.00");
    assert_eq!(finding["there"]["amount"]["text"], "350.00");
    assert_eq!(finding["payment_id"], id.as_str());
}

#[test]
fn a_remark_settles_a_finding_and_the_same_is_not_found_again() {
    let till = Till::with_people().with_auditor();
    till.add_account("A");
    let token = (SHOPS[0].make)(&till);
    track(&till, &token);
    bumper_amount(&till, &token);
    let first = text(&run(&till)["amount_differs"][0]["finding_id"]);
    let again = run(&till);
    assert_eq!(again["amount_differs"][0]["finding_id"], first.as_str(), "it is one finding");
    assert_eq!(again["amount_differs"].as_array().expect("a list").len(), 1);

    let resolve = format!("reconcile resolve {first}");
    till.manager(&resolve).refuses(2, "bad_input");
    till.manager(&format!("{resolve} --remark ' '")).refuses(2, "bad_input");
    let told = format!("{resolve} --remark 'the portal: tyres added by phone'");
    till.cashier(&told).refuses(3, "not_permitted");
    till.auditor(&told).refuses(3, "not_permitted");
    let resolved = till.manager(&told).exits(0);
    assert_eq!(
        (&resolved["state"], &resolved["resolved_by"]),
        (&"resolved".into(), &"Morgan".into())
    );
    till.manager(&told).refuses(3, "wrong_state");
    till.manager("reconcile resolve nothing --remark x").refuses(8, "not_found");

    let after = run(&till);
    assert_eq!((&after["settled"], &after["matched"]), (&1.into(), &0.into()), "{after}");
    none_but(&after, &[]);
    let dearer = ProviderChange { amount: Some("360.00".to_owned()), ..ProviderChange::default() };
    till.sandbox.change_at_provider(&token, &dearer).expect("it is changed");
    assert_eq!(refs(&run(&till), "amount_differs"), [token], "more than was settled");
    let listed = till.auditor("reconcile list --state resolved").exits(0);
    assert_eq!(listed["findings"][0]["remark"], "the portal: tyres added by phone");
    till.nobody("audit verify").exits(0);
}

#[test]
fn what_is_not_so_any_more_is_gone_by_itself() {
    let till = Till::with_people();
    till.add_account("A");
    let token = (SHOPS[0].make)(&till);
    let id = track(&till, &token);
    bumper_state(&till, &token);
    let found = text(&run(&till)["state_differs"][0]["finding_id"]);
    till.cashier(&format!("payment refresh {id}")).exits(0);
    none_but(&run(&till), &[]);
    let gone = till.manager("reconcile list --state gone").exits(0);
    assert_eq!(gone["findings"][0]["finding_id"], found.as_str());
    assert_eq!(till.manager("reconcile list").exits(0)["findings"], json!([]));
}

#[test]
fn only_those_who_decide_run_it_and_a_wrong_secret_is_no_finding() {
    let till = Till::with_people().with_auditor();
    till.add_account("A");
    let token = (SHOPS[0].make)(&till);
    track(&till, &token);
    till.cashier("reconcile --account A").refuses(3, "not_permitted");
    till.cashier("reconcile list").refuses(3, "not_permitted");
    till.auditor("reconcile --account A").refuses(3, "not_permitted");
    till.auditor("reconcile list").exits(0);
    till.manager("reconcile --account nobody").refuses(8, "not_found");
    till.manager("reconcile --account A --since yesterday").refuses(2, "bad_input");
    till.manager("reconcile").refuses(2, "bad_input");
    // Bumper answers a wrong signature as it does an unknown token.
    let wrong = r#"{"api_key": "somebody", "secret": "else"}"#;
    till.owner("account rotate A").stdin(wrong).exits(0);
    till.manager("reconcile --account A").refuses(6, "credentials_refused");
    assert_eq!(till.manager("reconcile list").exits(0)["findings"], json!([]));
}

#[test]
fn a_payment_that_cannot_be_read_is_named_and_a_line_that_is_cut_is_a_fault() {
    let till = Till::with_people();
    till.add_account("A");
    let token = (SHOPS[0].make)(&till);
    track(&till, &token);
    till.sandbox.set_fault(FaultRule::on(On::Status, FaultKind::NotJson200));
    let unread = run(&till);
    assert_eq!(
        (&unread["matched"], &unread["unread"][0]["provider_ref"]),
        (&0.into(), &token.into())
    );
    none_but(&unread, &[]);
    till.sandbox.clear_faults();
    till.sandbox.set_line(counterfoil_sandbox::LineState::Refusing).expect("it goes down");
    till.manager("reconcile --account A").refuses(10, "unreachable");
}

#[test]
fn since_leaves_out_what_was_seen_before() {
    let till = Till::with_people();
    till.add_account("A");
    track(&till, &(SHOPS[0].make)(&till));
    let of = |since: &str| {
        till.manager(&format!("reconcile --account A --since {since}")).exits(0)["matched"].clone()
    };
    assert_eq!(of("2020-01-31"), 1);
    assert_eq!(of("2099-01-31"), 0);
}

#[test]
fn a_run_that_is_ended_keeps_what_it_compared_and_says_so() {
    let till = Till::with_people();
    till.add_account("A");
    for _ in 0..3 {
        track(&till, &(SHOPS[0].make)(&till));
    }
    let slow = FaultRule::on(On::Status, FaultKind::DelayMs).ms(1_500);
    till.sandbox.set_fault(slow);
    let mut command = till.manager("reconcile --account A").argument("--json").command();
    let child = command.spawn().expect("it starts");
    while till.received("/bumper/v2/status") < 5 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let pid = child.id().to_string();
    let killed = std::process::Command::new("kill").args(["-TERM", &pid]).status();
    assert!(killed.expect("there is such a program").success());
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(0));
    let answer: Value = serde_json::from_slice(&ended.stdout).expect("one JSON value");
    assert_eq!(answer["complete"], false, "{answer}");
    assert!(answer["matched"].as_u64().expect("a number") < 3, "{answer}");
}
