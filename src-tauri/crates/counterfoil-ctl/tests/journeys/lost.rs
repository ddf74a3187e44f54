//! Every command of every provider with its answer lost: it took effect and the line dropped, it
//! never arrived, it took effect and a server's error was answered. What a reading proves is
//! proved and what can be repeated is; the rest waits for two people and is never sent again by
//! itself. Whatever happens, there is one effect.

use counterfoil_sandbox::{
    EffectKind, FaultKind, FaultRule, MoyasarStatus, PaymentStatus, ReceivedRequest, WepayStatus,
};
use serde_json::Value;

use crate::makings::{self, NORCE_ADAPTER, NORCE_SHOP, WEPAY_NAMES};
use crate::till::{On, Till, pin_of, text};

const FAULTS: [FaultKind; 3] =
    [FaultKind::ApplyThenDrop, FaultKind::DropBeforeApply, FaultKind::Error500AfterApply];

/// The classes of the providers' page, "Repeat-safety classes".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Absolute,
    WithKey,
    ReadBack,
    /// A reading proves that it happened, and never that it did not.
    ReadBackThenHuman,
    HumanOnly,
}

/// A command of a provider.
struct Case {
    name: &'static str,
    /// Makes a payment and answers its reference; empty for a start, which makes its own.
    make: fn(&Till) -> String,
    /// What is asked for; `{p}` is the payment.
    ask: String,
    /// The stand-in's name of the request that is disturbed.
    on: On,
    class: Class,
    /// Whether a reading shows the effect at once.
    shows: bool,
}

impl Case {
    fn new(name: &'static str, class: Class, on: On, make: fn(&Till) -> String, ask: &str) -> Self {
        Self { name, make, ask: ask.to_owned(), on, class, shows: true }
    }

    fn hidden(mut self) -> Self {
        self.shows = false;
        self
    }
}

/// How a change stands once the till has done what it may do by itself.
#[derive(Debug, PartialEq, Eq)]
struct Stands {
    state: &'static str,
    sendings: usize,
    effects: usize,
}

impl Case {
    fn expected(&self, landed: bool) -> Stands {
        let applied = |sendings| Stands { state: "applied", sendings, effects: 1 };
        let in_doubt = Stands { state: "in_doubt", sendings: 1, effects: usize::from(landed) };
        match self.class {
            Class::HumanOnly => in_doubt,
            Class::ReadBackThenHuman if landed && self.shows => applied(1),
            Class::ReadBackThenHuman => in_doubt,
            Class::WithKey if landed && !self.shows => applied(2),
            Class::Absolute | Class::WithKey | Class::ReadBack => {
                applied(if landed { 1 } else { 2 })
            }
        }
    }
}

#[test]
fn lost_answers_of_bumper_end_in_their_class() {
    let till = makings::till("bumper", "");
    let open = |till: &Till| makings::bumper(till, PaymentStatus::Pending);
    let paid = |till: &Till| makings::bumper(till, PaymentStatus::Completed);
    let start = "payment start --account A --amount 300.00 --currency GBP";
    let adjust = "change adjust --payment {p} --total 250.00";
    let raise = "change adjust --payment {p} --total 350.00";
    let relabel = "change relabel --payment {p} --invoice INV-2";
    let cancel = "change cancel --payment {p}";
    let part = "change refund --payment {p} --amount 50.00 --reason duplicate";
    let whole = "change refund --payment {p} --reason duplicate";
    let cases = [
        Case::new("start", Class::HumanOnly, On::Start, |_| String::new(), start),
        Case::new("adjust", Class::Absolute, On::Update, open, adjust),
        Case::new("lower once paid", Class::Absolute, On::Update, paid, adjust),
        Case::new("raise once paid", Class::ReadBackThenHuman, On::Update, paid, raise).hidden(),
        Case::new("relabel", Class::Absolute, On::Update, open, relabel),
        Case::new("cancel", Class::ReadBack, On::Cancel, open, cancel),
        Case::new("refund a part", Class::HumanOnly, On::Refund, paid, part),
        Case::new("refund all", Class::HumanOnly, On::Refund, paid, whole),
    ];
    every_fault(&till, &cases);
}

#[test]
fn lost_answers_of_moyasar_end_in_their_class() {
    let till = makings::till("moyasar", "");
    let held = |till: &Till| makings::moyasar(till, MoyasarStatus::Authorized);
    let paid = |till: &Till| makings::moyasar(till, MoyasarStatus::Paid);
    let relabel = "change relabel --payment {p} --description D --metadata k=v";
    let capture = "change capture --payment {p}";
    let capture_part = "change capture --payment {p} --amount 120.00";
    let void = "change void --payment {p}";
    let part = "change refund --payment {p} --amount 50.00 --reason duplicate";
    let whole = "change refund --payment {p} --reason duplicate";
    let cases = [
        Case::new("relabel", Class::Absolute, On::Relabel, held, relabel),
        Case::new("capture", Class::ReadBack, On::Capture, held, capture),
        Case::new("capture a part", Class::ReadBack, On::Capture, held, capture_part),
        Case::new("void", Class::ReadBack, On::Void, held, void),
        Case::new("refund all", Class::ReadBack, On::Refund, paid, whole),
        Case::new("refund a part", Class::ReadBackThenHuman, On::Refund, paid, part),
    ];
    every_fault(&till, &cases);
}

#[test]
fn lost_answers_of_wepay_end_in_their_class() {
    let till = makings::till("wepay", WEPAY_NAMES);
    let at = makings::days_ahead(2);
    every_fault(&till, &wepay_updates(&at));
    every_fault(&till, &wepay_money());
    // The refund is there and the payment does not show it yet: only the key tells.
    till.sandbox.change_wepay_switches(|switches| switches.refunds.pending_counts = false);
    let paid = |till: &Till| makings::wepay(till, WepayStatus::Completed);
    let part = "change refund --payment {p} --amount 50.00 --reason duplicate";
    let unseen = Case::new("refund unseen", Class::WithKey, On::Refund, paid, part).hidden();
    every_fault(&till, &[unseen]);
}

#[test]
fn lost_answers_of_a_terminal_of_wepay_end_in_their_class() {
    let till = makings::till("wepay", &format!("{WEPAY_NAMES} --set card_present=true"));
    let raise = "change adjust --payment {p} --total 350.00";
    let held = makings::wepay_at_terminal;
    every_fault(&till, &[Case::new("raise", Class::WithKey, On::Update, held, raise)]);
}

fn wepay_updates(at: &str) -> [Case; 4] {
    let held = |till: &Till| makings::wepay(till, WepayStatus::Pending);
    let adjust = "change adjust --payment {p} --total 250.00";
    let reference = "change relabel --payment {p} --reference WEB-2";
    let metadata = "change relabel --payment {p} --metadata k=v";
    let later = format!("change capture --payment {{p}} --at {at}");
    [
        Case::new("adjust", Class::WithKey, On::Update, held, adjust),
        Case::new("relabel reference", Class::WithKey, On::Update, held, reference),
        Case::new("relabel metadata", Class::WithKey, On::Update, held, metadata),
        Case::new("capture at", Class::WithKey, On::Update, held, &later),
    ]
}

fn wepay_money() -> [Case; 5] {
    let held = |till: &Till| makings::wepay(till, WepayStatus::Pending);
    let paid = |till: &Till| makings::wepay(till, WepayStatus::Completed);
    let capture = "change capture --payment {p}";
    let capture_part = "change capture --payment {p} --amount 120.00";
    let cancel = "change cancel --payment {p} --reason duplicate";
    let part = "change refund --payment {p} --amount 50.00 --reason duplicate";
    let whole = "change refund --payment {p} --reason duplicate";
    [
        Case::new("capture", Class::ReadBack, On::Capture, held, capture),
        Case::new("capture a part", Class::ReadBack, On::Capture, held, capture_part),
        Case::new("cancel", Class::ReadBack, On::Cancel, held, cancel),
        Case::new("refund a part", Class::WithKey, On::Refund, paid, part),
        Case::new("refund all", Class::WithKey, On::Refund, paid, whole),
    ]
}

#[test]
fn lost_answers_of_norce_end_in_their_class() {
    let till = makings::till("norce", NORCE_SHOP);
    let open = |till: &Till| makings::norce(till, "intent", "checkout");
    let held = |till: &Till| makings::norce(till, "reserved", "accepted");
    let taken = |till: &Till| makings::norce(till, "captured", "completed");
    let adjust = "change adjust --payment {p} --total 250.00";
    let reference = "change relabel --payment {p} --reference SO-2";
    let metadata = "change relabel --payment {p} --metadata k=v";
    let capture = "change capture --payment {p}";
    let cancel = "change cancel --payment {p}";
    let refund = "change refund --payment {p} --reason duplicate";
    let cases = [
        Case::new("adjust", Class::Absolute, On::Update, open, adjust),
        Case::new("relabel reference", Class::Absolute, On::Relabel, open, reference),
        Case::new("relabel metadata", Class::Absolute, On::Relabel, open, metadata),
        Case::new("capture", Class::ReadBackThenHuman, On::Capture, held, capture),
        Case::new("cancel", Class::ReadBackThenHuman, On::Cancel, held, cancel),
        Case::new("refund", Class::ReadBackThenHuman, On::Refund, taken, refund),
    ];
    every_fault(&till, &cases);
}

#[test]
fn lost_answers_of_an_adapter_of_norce_end_in_their_class() {
    let till = makings::till("norce", NORCE_ADAPTER);
    till.sandbox.change_norce_switches(|switches| switches.direct_call.stores = true);
    let behind = makings::norce_behind_its_order;
    let adjust = "change adjust --payment {p} --total 250.00";
    every_fault(&till, &[Case::new("adjust", Class::ReadBackThenHuman, On::Hook, behind, adjust)]);
}

/// One case after the other: a fault strikes the next request of its kind, whoever makes it.
fn every_fault(till: &Till, cases: &[Case]) {
    let before = Before::now(till);
    for case in cases {
        for fault in FAULTS {
            lose(till, case, fault);
        }
    }
    assert_eq!(sync(till, 0)["attempts"], 0, "what is final is not touched again");
    assert_eq!(before.effects(till), cases.len() * FAULTS.len());
    assert_eq!(till.nobody("audit verify").exits(0)["ok"], true);
}

fn lose(till: &Till, case: &Case, fault: FaultKind) {
    let name = format!("{} with {fault:?}", case.name);
    let landed = fault != FaultKind::DropBeforeApply;
    let payment = tracked(till, &(case.make)(till));
    let before = Before::now(till);
    let ask = case.ask.replace("{p}", &payment);
    let change = text(&till.manager(&ask).exits(0)["change_id"]);
    till.sandbox.set_fault(FaultRule::on(case.on, fault).once());

    let expected = case.expected(landed);
    let in_doubt = expected.state == "in_doubt";
    let report = sync(till, if in_doubt { 5 } else { 0 });
    assert!(till.sandbox.faults().is_empty(), "{name}: the fault struck");
    assert_eq!(before.until_now(till, &report), expected, "{name}: {report}");
    if case.class == Class::WithKey {
        one_key(till, &change, &before.sent(till), &name);
    }
    if in_doubt {
        people_settle(till, case, (&change, landed), &before, &name);
    }
    assert_eq!(before.effects(till), 1, "{name}");
}

/// A start has no payment to track.
fn tracked(till: &Till, provider_ref: &str) -> String {
    if provider_ref.is_empty() {
        return String::new();
    }
    let track = format!("payment track --account A --ref {provider_ref}");
    text(&till.cashier(&track).exits(0)["payment_id"])
}

fn sync(till: &Till, exit: i32) -> Value {
    till.cashier("sync --until-idle --deadline 10s").exits(exit)
}

/// The till alone goes on doing nothing; then two people say what they found.
fn people_settle(
    till: &Till,
    case: &Case,
    (change, landed): (&str, bool),
    before: &Before,
    name: &str,
) {
    till.cashier(&format!("change retry {change}")).exits(0);
    assert_eq!(sync(till, 5)["attempts"], 0, "{name}: never sent again by itself");
    assert_eq!(before.sent(till).len(), 1, "{name}");
    let outcome = if landed { "happened" } else { "not-happened" };
    let resolve = format!("change resolve {change} --outcome {outcome} --reason 'seen there'");
    let second = till.manager(&format!("{resolve} --with Casey"));
    let settled = second.env("COUNTERFOIL_SECOND_PIN", pin_of("Casey")).exits(0);
    if landed {
        assert_eq!(settled["state"], "applied", "{name}: {settled}");
        return;
    }
    assert_eq!(settled["state"], "queued", "{name}: {settled}");
    if case.shows || case.class == Class::HumanOnly {
        sync(till, 0);
    } else {
        assert_eq!(sync(till, 6)["needs_customer"], 1, "{name}");
        let token =
            text(&till.cashier("payment list --limit 1").exits(0)["payments"][0]["provider_ref"]);
        till.sandbox.complete_redirect(&token).expect("the link is open");
        sync(till, 0);
    }
    assert_eq!(till.state(change), "applied", "{name}");
    assert_eq!(before.sent(till).len(), 2, "{name}");
}

/// The same key in every attempt, in the till's words and in what arrived, under the same bytes.
fn one_key(till: &Till, change: &str, sent: &[ReceivedRequest], name: &str) {
    let change = till.cashier(&format!("change show {change}")).exits(0);
    let attempts = change["attempts"].as_array().expect("a list");
    assert_eq!(attempts.len(), sent.len(), "{name}: {change}");
    let key = text(&attempts[0]["key"]);
    for (attempt, request) in attempts.iter().zip(sent) {
        assert_eq!(attempt["key"], key.as_str(), "{name}");
        assert_eq!(request.idempotency_key.as_ref(), Some(&key), "{name}");
        assert_eq!(attempt["digest"], request.body_sha256.as_str(), "{name}");
        assert_eq!(request.body_sha256, sent[0].body_sha256, "{name}: byte for byte");
    }
}

/// How much had happened at the stand-in before a case.
struct Before {
    requests: usize,
    effects: usize,
}

impl Before {
    fn now(till: &Till) -> Self {
        let requests = till.sandbox.received_requests().len();
        Self { requests, effects: till.sandbox.ledger().len() }
    }

    /// The requests since then that ask for a change.
    fn sent(&self, till: &Till) -> Vec<ReceivedRequest> {
        let new = till.sandbox.received_requests().split_off(self.requests);
        let asks = |request: &ReceivedRequest| {
            request.method != "GET" && !request.path.contains("/refresh")
        };
        new.into_iter().filter(asks).collect()
    }

    fn effects(&self, till: &Till) -> usize {
        let by_command = |kind| !matches!(kind, EffectKind::Control | EffectKind::CustomerSigned);
        let new = till.sandbox.ledger().split_off(self.effects);
        new.iter().filter(|effect| by_command(effect.kind)).count()
    }

    /// What became of the one change that could move, and what it took.
    fn until_now(&self, till: &Till, report: &Value) -> Stands {
        let state = if report["applied"] == 1 && report["in_doubt"] == 0 {
            "applied"
        } else if report["in_doubt"] == 1 && report["applied"] == 0 {
            "in_doubt"
        } else {
            "something else"
        };
        Stands { state, sendings: self.sent(till).len(), effects: self.effects(till) }
    }
}
