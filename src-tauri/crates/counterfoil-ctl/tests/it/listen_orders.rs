//! Orders that propose another amount for a payment of this till: what is answered, and what comes
//! of it.

use counterfoil_sandbox::{
    EffectKind, FaultKind, FaultRule, HookDrive, HookReport, NewNorceOrder, NewNorcePayment,
    NorceChange, PaymentStatus, ProviderChange,
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::listener::{Listener, post, wait_until};
use crate::till::{On, Till, payment, text};

/// A till with a payment of 300.00 at Bumper, and an order at Norce that is paid by it.
struct Shop {
    till: Till,
    /// The payment, and its name at Bumper.
    linked: String,
    token: String,
    order_id: String,
    carrier: Runtime,
}

impl Shop {
    fn open() -> Self {
        Self::open_with(PaymentStatus::Pending)
    }

    fn open_with(status: PaymentStatus) -> Self {
        let till = Till::with_people();
        let bumper = till.sandbox.bumper().base_url;
        let add =
            format!("account add --name S --provider bumper --currency SEK --base-url {bumper}");
        till.owner(&add).stdin(&till.secrets()).exits(0);
        let norce = till.sandbox.norce();
        let add = format!(
            "account add --name N --provider norce --currency SEK --base-url {} --set merchant={} \
             --set channel={}",
            norce.base_url, norce.options.merchant, norce.options.channel
        );
        till.owner(&add).stdin(&json!({ "token": norce.token }).to_string()).exits(0);
        for (key, value) in [
            ("retry.base_ms", "20"),
            ("retry.max_ms", "60"),
            ("doubt.settle_ms.bumper", "50"),
            ("doubt.settle_ms.norce", "1500"),
        ] {
            till.owner(&format!("settings set {key} {value}")).exits(0);
        }
        let token = till.sandbox.create_payment(payment(status)).expect("a payment").token;
        let track = format!("payment track --account S --ref {token}");
        let linked = text(&till.cashier(&track).exits(0)["payment_id"]);
        let order_id = order(&till, "300.00", &token);
        let carrier = Runtime::new().expect("a runtime");
        Self { till, linked, token, order_id, carrier }
    }

    fn set(&self, key: &str, value: &str) {
        self.till.owner(&format!("settings set {key} {value}")).exits(0);
    }

    fn drive(&self, listener: &Listener, wish: HookDrive) -> HookReport {
        let order_id = self.order_id.clone();
        let wish = HookDrive { url: listener.url(""), order_id, ..wish };
        self.carrier.block_on(self.till.sandbox.drive_norce_hook(wish)).expect("it is proposed")
    }

    /// Proposes another total, which is stored where the answer is a success.
    fn proposes(&self, listener: &Listener, total: &str) -> HookReport {
        self.drive(listener, proposal(total))
    }

    fn changes(&self) -> Vec<Value> {
        let listed = self.till.cashier("change list").exits(0);
        listed["changes"].as_array().expect("a list").clone()
    }

    /// The only change there is.
    fn change(&self) -> Value {
        let changes = self.changes();
        assert_eq!(changes.len(), 1, "{changes:?}");
        changes[0].clone()
    }

    fn sent(&self) -> Vec<String> {
        self.till.effects(EffectKind::Update)
    }

    fn sync(&self, exit: i32) {
        self.till.cashier("sync --until-idle --deadline 10s").exits(exit);
    }
}

fn order(till: &Till, total: &str, reference: &str) -> String {
    let new = NewNorceOrder {
        total: total.to_owned(),
        payments: vec![NewNorcePayment {
            reference: Some(reference.to_owned()),
            ..NewNorcePayment::default()
        }],
        ..NewNorceOrder::default()
    };
    text(&till.sandbox.create_norce_order(&new).expect("an order")["id"])
}

fn proposal(total: &str) -> HookDrive {
    let change = NorceChange { total: Some(total.to_owned()), ..NorceChange::default() };
    HookDrive { change, ..HookDrive::default() }
}

fn replaces(value: Value) -> Value {
    json!([{ "op": "replace", "path": "/payments/0/amount", "value": value }])
}

#[cfg(unix)]
#[test]
fn each_proposal_is_answered_as_its_payment_here_can_take_it() {
    let shop = Shop::open();
    let listener = Listener::start(&shop.till);
    let check = |total: &str, status: u16, answer: Option<Value>| {
        let report =
            shop.drive(&listener, HookDrive { later_hook_rejects: true, ..proposal(total) });
        assert_eq!(report.statuses, [Some(status)], "{total}: {report:?}");
        match answer {
            Some(answer) => assert_eq!(report.answer, answer, "{total}"),
            None => assert_eq!(report.answer["status"], status, "{total}"),
        }
        report
    };
    check("300.00", 200, Some(json!([])));
    assert!(shop.changes().is_empty(), "nothing changes");
    // The stand-in takes 60.00 to 3000.00.
    let refused = check("59.99", 400, None);
    assert_eq!(refused.answer["title"], "Bad Request");
    let detail = text(&refused.answer["detail"]);
    assert!(detail.contains("below_minimum") && !detail.contains("60"), "{detail}");
    check("3000.01", 400, None);
    check("0", 400, None);
    assert!(shop.changes().is_empty(), "what cannot be taken is not stored");
    let report = check("350.00", 200, Some(replaces(json!(350))));
    assert!(report.took_ms < 2_000, "{report:?}");
    let change = shop.change();
    let told = ["kind", "state", "account", "requested_by"].map(|name| text(&change[name]));
    assert_eq!(told, ["adjust", "queued", "S", "Norce order"]);
    assert_eq!(change["total"]["text"], "350.00");
    assert_eq!(change["payment_id"], shop.linked.as_str());
    assert!(text(&change["explanation"]).contains("An order proposed it"), "{change}");
    assert!(shop.sent().is_empty(), "nothing leaves by itself");
    listener.ends();
}

#[cfg(unix)]
#[test]
fn an_order_whose_payment_names_none_of_this_till_is_not_found_and_neither_is_a_strange_one() {
    let shop = Shop::open();
    let listener = Listener::start(&shop.till);
    let status = |order_id: String, wish: HookDrive| {
        let wish = HookDrive { url: listener.url(""), order_id, ..wish };
        let report = shop.carrier.block_on(shop.till.sandbox.drive_norce_hook(wish));
        report.expect("it is proposed").statuses[0].expect("an answer")
    };
    let other = order(&shop.till, "300.00", "another-token");
    assert_eq!(status(other, proposal("350.00")), 404);
    let none = order(&shop.till, "300.00", "");
    assert_eq!(status(none, proposal("350.00")), 404);
    // By the account's name, and below a path that names the account of the order service.
    let named = order(&shop.till, "300.00", &format!("S/{}", shop.token));
    let url = listener.url("/callback/N");
    let wish = HookDrive { url, order_id: named, later_hook_rejects: true, ..proposal("310.00") };
    let report = shop.carrier.block_on(shop.till.sandbox.drive_norce_hook(wish)).expect("proposed");
    assert_eq!((report.statuses, report.answer), (vec![Some(200)], replaces(json!(310))));
    let strange = |wish: HookDrive| status(shop.order_id.clone(), wish);
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(strange(HookDrive { token: text("x"), ..proposal("350.00") }), 404);
    assert_eq!(strange(HookDrive { merchant: text("x"), ..proposal("350.00") }), 404);
    assert_eq!(strange(HookDrive { channel: text("2"), ..proposal("350.00") }), 404);
    assert_eq!(shop.changes().len(), 1);
    listener.ends();
}

#[cfg(unix)]
#[test]
fn a_proved_caller_is_told_what_is_wrong_with_its_order() {
    let shop = Shop::open();
    let listener = Listener::start(&shop.till);
    let kept = shop.till.sandbox.norce_order(&shop.order_id).expect("the order")["order"].clone();
    let payment_id = text(&kept["payments"][0]["id"]);
    let norce = shop.till.sandbox.norce();
    let bearer = format!("Bearer {}", norce.token);
    let path = format!(
        "/api/checkout/v1/callback/orders/{}/payments/{payment_id}/update-payment",
        shop.order_id
    );
    let asks = |path: &str, body: &[u8]| {
        let headers = [
            ("Authorization", bearer.as_str()),
            ("x-merchant", norce.options.merchant.as_str()),
            ("x-channel", norce.options.channel.as_str()),
        ];
        post(listener.address, path, &headers, body)
    };
    let check = |what: &str, edit: fn(&mut Value), status: u16| {
        let mut order = kept.clone();
        edit(&mut order);
        let answer = asks(&path, order.to_string().as_bytes());
        assert_eq!(answer.status, status, "{what}: {answer:?}");
    };
    check("as it is", |_| {}, 200);
    check("another order", |order| order["id"] = "o_2".into(), 400);
    check("another merchant", |order| order["merchant"] = "other".into(), 400);
    check("another currency", |order| order["currency"] = "GBP".into(), 400);
    check("no total", |order| order["total"] = Value::Null, 400);
    check("no payments", |order| order["payments"] = json!([]), 404);
    check("its payment removed", |order| order["payments"][0]["state"] = "removed".into(), 404);
    for body in [&b""[..], b"[]", b"{", b"\xff", b"null"] {
        assert_eq!(asks(&path, body).status, 400, "{body:?}");
    }
    let large = vec![b' '; 300 * 1024];
    assert_eq!(asks(&path, &large).status, 400);
    assert_eq!(asks(&path.replace(&payment_id, "p_2"), kept.to_string().as_bytes()).status, 404);
    assert!(shop.changes().is_empty());
    listener.ends();
}

#[cfg(unix)]
#[test]
fn the_same_order_twice_makes_one_change_which_is_sent_once_when_the_order_carries_it() {
    let shop = Shop::open();
    let listener = Listener::start(&shop.till);
    let report = shop.drive(&listener, HookDrive { times: Some(3), ..proposal("350.00") });
    assert_eq!((report.statuses, report.stored), (vec![Some(200); 3], true));
    assert_eq!(report.answer, replaces(json!(350)));
    assert_eq!(text(&shop.change()["state"]), "queued");
    shop.sync(0);
    assert_eq!(
        (text(&shop.change()["state"]), shop.sent()),
        ("applied".into(), vec!["350.00".into()])
    );
    // Once more, now that all is as the order wants it.
    let report = shop.proposes(&listener, "350.00");
    assert_eq!((report.statuses, report.answer), (vec![Some(200)], json!([])));
    shop.sync(0);
    assert_eq!((shop.changes().len(), shop.sent().len()), (1, 1));
    shop.till.owner("audit verify").exits(0);
    listener.ends();
}

#[cfg(unix)]
#[test]
fn proposals_at_the_same_moment_make_one_change() {
    let shop = Shop::open();
    let listener = Listener::start(&shop.till);
    let wishes = (0..6).map(|_| {
        let (url, order_id) = (listener.url(""), shop.order_id.clone());
        HookDrive { url, order_id, later_hook_rejects: true, ..proposal("350.00") }
    });
    let sandbox = &shop.till.sandbox;
    let handles: Vec<_> = wishes
        .map(|wish| {
            let sandbox = sandbox.clone();
            shop.carrier.spawn(async move { sandbox.drive_norce_hook(wish).await })
        })
        .collect();
    for handle in handles {
        let report = shop.carrier.block_on(handle).expect("it ends").expect("it is proposed");
        assert_eq!((report.statuses, report.answer), (vec![Some(200)], replaces(json!(350))));
    }
    assert_eq!(text(&shop.change()["state"]), "queued");
    listener.ends();
}

#[cfg(unix)]
#[test]
fn an_order_that_is_rejected_later_takes_its_change_back_and_it_says_why() {
    let shop = Shop::open();
    let listener = Listener::start(&shop.till);
    let report =
        shop.drive(&listener, HookDrive { later_hook_rejects: true, ..proposal("350.00") });
    assert_eq!((report.statuses, report.stored), (vec![Some(200)], false));
    shop.sync(0);
    let change = shop.change();
    assert_eq!(change["state"], "withdrawn");
    let explanation = text(&change["explanation"]);
    assert!(
        explanation.contains("the order carries SEK 300.00 and not SEK 350.00"),
        "{explanation}"
    );
    assert!(shop.sent().is_empty());
    // Proposed again, it is another change.
    assert!(shop.proposes(&listener, "350.00").stored);
    shop.sync(0);
    assert_eq!((shop.changes().len(), shop.sent()), (2, vec!["350.00".to_owned()]));
    listener.ends();
}

#[cfg(unix)]
#[test]
fn an_order_taken_without_an_answer_is_read_again_and_never_taken_for_granted() {
    let shop = Shop::open();
    let listener = Listener::start(&shop.till);
    // The time constraint: the order service goes on although the answer came too late for it.
    let late =
        HookDrive { limit_ms: Some(0), completes_without_answer: true, ..proposal("350.00") };
    assert!(shop.drive(&listener, late).stored);
    // It is not said whether the call was heard here: where it was, the order must carry it.
    shop.sync(0);
    let changes = shop.changes();
    assert!(changes.iter().all(|change| change["state"] == "withdrawn"), "{changes:?}");
    assert!(shop.sent().is_empty(), "the payment in the order still carries 300.00");
    // Refused here and taken there all the same: nothing is assumed here.
    let refused = HookDrive { completes_without_answer: true, ..proposal("5000.00") };
    let report = shop.drive(&listener, refused);
    assert_eq!((report.statuses, report.stored), (vec![Some(400)], true));
    shop.sync(0);
    assert!(shop.sent().is_empty());
    listener.ends();
}

#[cfg(unix)]
#[test]
fn there_and_back_before_anything_is_sent_comes_to_nothing() {
    let shop = Shop::open();
    let listener = Listener::start(&shop.till);
    assert!(shop.proposes(&listener, "350.00").stored);
    let back = shop.proposes(&listener, "300.00");
    assert_eq!((back.stored, back.answer), (true, replaces(json!(300))));
    assert_eq!(shop.changes().len(), 2);
    shop.sync(0);
    let states: Vec<_> = shop.changes().iter().map(|change| text(&change["state"])).collect();
    assert_eq!(states, ["withdrawn", "withdrawn"]);
    assert!(shop.sent().is_empty());
    listener.ends();
}

#[cfg(unix)]
#[test]
fn the_last_of_several_proposals_is_what_is_sent() {
    let shop = Shop::open();
    let listener = Listener::start(&shop.till);
    for total in ["350.00", "380.00", "320.50"] {
        assert!(shop.proposes(&listener, total).stored);
    }
    shop.sync(0);
    assert_eq!(shop.sent(), ["320.50"]);
    let states: Vec<_> = shop.changes().iter().map(|change| text(&change["state"])).collect();
    assert_eq!(states, ["applied", "withdrawn", "withdrawn"]);
    listener.ends();
}

#[cfg(unix)]
#[test]
fn above_the_limit_of_a_cashier_it_waits_for_a_second_person_who_can_also_refuse() {
    let shop = Shop::open();
    shop.set("approval.adjust_over", "20.00");
    let listener = Listener::start(&shop.till);
    assert!(shop.proposes(&listener, "350.00").stored);
    let change = shop.change();
    let id = text(&change["change_id"]);
    assert_eq!(change["state"], "awaiting_approval");
    shop.sync(0);
    assert!(shop.sent().is_empty());
    let reject = format!("change reject {id} --note no");
    shop.till.manager(&reject).exits(0);
    // What somebody refused is not asked for again.
    let again = shop.proposes(&listener, "350.00");
    assert_eq!(again.statuses, [Some(400)], "{again:?}");
    assert!(shop.proposes(&listener, "360.00").stored);
    let id = text(&shop.changes()[0]["change_id"]);
    shop.till.manager(&format!("change approve {id}")).exits(0);
    shop.sync(0);
    assert_eq!(shop.sent(), ["360.00"]);
    listener.ends();
}

#[cfg(unix)]
#[test]
fn nobody_signs_in_as_an_order_and_it_is_on_no_list_of_people() {
    let shop = Shop::open();
    let listener = Listener::start(&shop.till);
    assert!(shop.proposes(&listener, "350.00").stored);
    for name in ["Norce order", "till-orders"] {
        shop.till.person(name, "payment list").refuses(3, "wrong_pin");
    }
    let people = shop.till.owner("staff list").exits(0).to_string();
    assert!(!people.contains("Norce order"), "{people}");
    listener.ends();
}

#[cfg(unix)]
#[test]
fn a_payment_that_is_not_settled_takes_no_proposal() {
    let shop = Shop::open();
    let listener = Listener::start(&shop.till);
    // Somebody else changed it: what was asked for here stands in conflict.
    shop.till.adjust(&shop.linked, "310.00");
    let change = ProviderChange { amount: Some("305.00".to_owned()), ..ProviderChange::default() };
    shop.till.sandbox.change_at_provider(&shop.token, &change).expect("it is changed");
    shop.sync(6);
    let report = shop.proposes(&listener, "350.00");
    let detail = text(&report.answer["detail"]);
    assert_eq!((report.statuses, report.stored), (vec![Some(400)], false));
    assert!(detail.contains("not settled"), "{detail}");
    assert_eq!(shop.changes().len(), 1);
    listener.ends();
}

#[cfg(unix)]
#[test]
fn what_waits_in_front_is_counted_in_and_sent_first() {
    let shop = Shop::open();
    let listener = Listener::start(&shop.till);
    shop.till.adjust(&shop.linked, "310.00");
    let same = shop.proposes(&listener, "310.00");
    assert_eq!((same.stored, same.answer), (true, replaces(json!(310))));
    assert_eq!(shop.changes().len(), 1, "it will carry that already");
    assert!(shop.proposes(&listener, "350.00").stored);
    shop.sync(0);
    assert_eq!(shop.sent(), ["310.00", "350.00"]);
    listener.ends();
}

#[cfg(unix)]
#[test]
fn an_order_that_cannot_be_read_leaves_its_change_waiting_and_nothing_is_sent() {
    let shop = Shop::open();
    let listener = Listener::start(&shop.till);
    assert!(shop.proposes(&listener, "350.00").stored);
    shop.till.sandbox.set_fault(FaultRule::on(On::Status, FaultKind::Html502));
    shop.till.cashier("sync --until-idle --deadline 3s").exits(0);
    let change = shop.change();
    assert_eq!(change["state"], "queued", "{change}");
    assert!(text(&change["last_error"]).contains("the order could not be read"), "{change}");
    assert!(shop.sent().is_empty());
    shop.till.sandbox.clear_faults();
    shop.sync(0);
    assert_eq!(shop.sent(), ["350.00"]);
    listener.ends();
}

#[cfg(unix)]
#[test]
fn a_signed_payment_that_grows_waits_for_the_customer_and_is_not_asked_for_twice() {
    let shop = Shop::open_with(PaymentStatus::Completed);
    let listener = Listener::start(&shop.till);
    assert!(shop.proposes(&listener, "350.00").stored);
    shop.sync(6);
    assert_eq!(text(&shop.change()["state"]), "needs_customer");
    let again = shop.proposes(&listener, "350.00");
    assert_eq!(again.statuses, [Some(200)]);
    assert_eq!(shop.changes().len(), 1);
    listener.ends();
}

#[cfg(unix)]
#[test]
fn a_listener_that_is_started_anew_knows_what_was_proposed_before() {
    let shop = Shop::open();
    let first = Listener::start(&shop.till);
    assert!(shop.proposes(&first, "350.00").stored);
    first.ends();
    let second = Listener::start(&shop.till);
    assert_eq!(shop.proposes(&second, "350.00").statuses, [Some(200)]);
    assert_eq!(shop.changes().len(), 1);
    // While another program sends.
    let watch = shop.till.cashier("sync --watch --json").command().spawn().expect("it starts");
    wait_until(|| shop.sent() == ["350.00"]);
    assert!(shop.proposes(&second, "355.00").stored);
    wait_until(|| shop.sent() == ["350.00", "355.00"]);
    let pid = watch.id().to_string();
    let told = std::process::Command::new("kill").args(["-TERM", &pid]).status();
    assert!(told.expect("kill is there").success());
    assert!(watch.wait_with_output().expect("it ends").status.success());
    second.ends();
}
