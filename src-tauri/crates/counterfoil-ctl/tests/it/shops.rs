//! Each provider as a reconciliation shows it: how payments come to be there behind the till's
//! back, and what another hand does to them.

use counterfoil_sandbox::{
    MoyasarChange, MoyasarStatus, NewMoyasarPayment, NewNorceOrder, NewNorcePayment,
    NewWepayPayment, NorceChange, PaymentStatus, ProviderChange, WepayChange, WepayStatus,
};
use serde_json::{Value, json};

use crate::till::{Till, payment, text};

/// A provider at the stand-in.
pub struct Shop {
    pub name: &'static str,
    /// Whether it lists its payments.
    pub lists: bool,
    /// What another hand can do there, each with the class of finding it makes.
    pub deeds: &'static [(&'static str, Deed)],
    /// Adds the account `A`.
    pub account: fn(&Till),
    /// Makes a paid payment of 300.00 and answers its reference.
    pub make: fn(&Till) -> String,
}

/// What another hand does to the payment of this reference; answers the field that differs then.
pub type Deed = fn(&Till, &str) -> &'static str;

/// Every provider. Nobody but the customer can change the amount of a payment of Moyasar.
pub const SHOPS: [Shop; 4] = [
    Shop {
        name: "bumper",
        lists: false,
        deeds: &[("amount_differs", bumper_amount), ("state_differs", bumper_state)],
        account: |till| till.add_account("A"),
        make: |till| {
            till.sandbox.create_payment(payment(PaymentStatus::Completed)).expect("it").token
        },
    },
    Shop {
        name: "wepay",
        lists: true,
        deeds: &[
            ("amount_differs", wepay_amount),
            ("amount_differs", wepay_refund),
            ("state_differs", wepay_state),
        ],
        account: wepay_account,
        make: wepay_payment,
    },
    Shop {
        name: "moyasar",
        lists: true,
        deeds: &[("amount_differs", moyasar_refund), ("state_differs", moyasar_state)],
        account: moyasar_account,
        make: moyasar_payment,
    },
    Shop {
        name: "norce",
        lists: true,
        deeds: &[("amount_differs", norce_amount), ("state_differs", norce_state)],
        account: norce_account,
        make: norce_payment,
    },
];

fn add(till: &Till, provider: &str, url: &str, further: &str, secrets: &Value) {
    let add = format!("account add --name A --provider {provider} --base-url {url} {further}");
    till.owner(&add).stdin(&secrets.to_string()).exits(0);
}

pub fn bumper_amount(till: &Till, token: &str) -> &'static str {
    let change = ProviderChange { amount: Some("350.00".to_owned()), ..ProviderChange::default() };
    till.sandbox.change_at_provider(token, &change).expect("it is changed");
    "amount"
}

pub fn bumper_state(till: &Till, token: &str) -> &'static str {
    let status = Some(PaymentStatus::Failed);
    let change = ProviderChange { status, ..ProviderChange::default() };
    till.sandbox.change_at_provider(token, &change).expect("it is changed");
    "state"
}

fn wepay_account(till: &Till) {
    let access = till.sandbox.wepay();
    let secrets = json!({ "app_id": access.app_id, "app_token": access.app_token });
    let currency = format!("--currency {}", access.currency);
    add(till, "wepay", &access.base_url, &currency, &secrets);
}

fn wepay_payment(till: &Till) -> String {
    let new = NewWepayPayment {
        amount: "300.00".to_owned(),
        status: Some(WepayStatus::Completed),
        auto_capture: true,
        ..NewWepayPayment::default()
    };
    till.sandbox.create_wepay_payment(new).expect("a payment").id
}

fn wepay_change(till: &Till, id: &str, change: &WepayChange) {
    till.sandbox.change_at_wepay(id, change).expect("it is changed");
}

fn wepay_amount(till: &Till, id: &str) -> &'static str {
    let amount = Some("350.00".to_owned());
    wepay_change(till, id, &WepayChange { amount, ..WepayChange::default() });
    "amount"
}

fn wepay_refund(till: &Till, id: &str) -> &'static str {
    let refunded = Some("20.00".to_owned());
    wepay_change(till, id, &WepayChange { refunded, ..WepayChange::default() });
    "refunded"
}

fn wepay_state(till: &Till, id: &str) -> &'static str {
    let status = Some(WepayStatus::Failed);
    wepay_change(till, id, &WepayChange { status, ..WepayChange::default() });
    "state"
}

fn moyasar_account(till: &Till) {
    let access = till.sandbox.moyasar();
    let secrets = json!({ "secret_key": access.secret_key });
    let currency = format!("--currency {}", access.currency);
    add(till, "moyasar", &access.base_url, &currency, &secrets);
}

fn moyasar_payment(till: &Till) -> String {
    let new = NewMoyasarPayment {
        amount: "300.00".to_owned(),
        status: Some(MoyasarStatus::Paid),
        ..NewMoyasarPayment::default()
    };
    till.sandbox.create_moyasar_payment(new).expect("a payment").id
}

/// Adds an account, makes a held payment of 300.00 at it, and what to take of that.
pub type Held = (fn(&Till), fn(&Till) -> String, &'static str);

/// Held payments, for captures.
pub const HELD: [Held; 2] =
    [(wepay_account, wepay_held, ""), (moyasar_account, moyasar_held, "--amount 100.00")];

fn wepay_held(till: &Till) -> String {
    let new = NewWepayPayment { amount: "300.00".to_owned(), ..NewWepayPayment::default() };
    till.sandbox.create_wepay_payment(new).expect("a payment").id
}

fn moyasar_held(till: &Till) -> String {
    let new = NewMoyasarPayment {
        amount: "300.00".to_owned(),
        status: Some(MoyasarStatus::Authorized),
        manual: true,
        ..NewMoyasarPayment::default()
    };
    till.sandbox.create_moyasar_payment(new).expect("a payment").id
}

fn moyasar_refund(till: &Till, id: &str) -> &'static str {
    let (refunded, status) = (Some("20.00".to_owned()), Some(MoyasarStatus::Refunded));
    let change = MoyasarChange { refunded, status, ..MoyasarChange::default() };
    till.sandbox.change_at_moyasar(id, &change).expect("it is changed");
    "refunded"
}

fn moyasar_state(till: &Till, id: &str) -> &'static str {
    let change = MoyasarChange { status: Some(MoyasarStatus::Voided), ..MoyasarChange::default() };
    till.sandbox.change_at_moyasar(id, &change).expect("it is changed");
    "state"
}

fn norce_account(till: &Till) {
    let access = till.sandbox.norce();
    let further = format!(
        "--currency {} --set merchant={} --set channel={}",
        access.currency, access.options.merchant, access.options.channel
    );
    add(till, "norce", &access.base_url, &further, &json!({ "token": access.token }));
}

fn norce_payment(till: &Till) -> String {
    let paid = NewNorcePayment { state: Some("captured".to_owned()), ..NewNorcePayment::default() };
    let new = NewNorceOrder {
        total: "300.00".to_owned(),
        status: Some("completed".to_owned()),
        payments: vec![paid],
        ..NewNorceOrder::default()
    };
    let order = till.sandbox.create_norce_order(&new).expect("an order");
    format!("{}/{}", text(&order["id"]), text(&order["payments"][0]["id"]))
}

fn norce_change(till: &Till, provider_ref: &str, change: NorceChange) {
    let (order, payment) = provider_ref.split_once('/').expect("two parts");
    let change = NorceChange { payment_id: Some(payment.to_owned()), ..change };
    till.sandbox.change_at_norce(order, &change).expect("it is changed");
}

fn norce_amount(till: &Till, provider_ref: &str) -> &'static str {
    let amount = Some("350.00".to_owned());
    norce_change(till, provider_ref, NorceChange { amount, ..NorceChange::default() });
    "amount"
}

fn norce_state(till: &Till, provider_ref: &str) -> &'static str {
    let state = Some("failed".to_owned());
    norce_change(till, provider_ref, NorceChange { state, ..NorceChange::default() });
    "state"
}
