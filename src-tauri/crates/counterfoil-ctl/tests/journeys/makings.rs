//! Accounts at the stand-in of each provider, and payments that are there behind the till's back.

use counterfoil_sandbox::{
    MoyasarStatus, NewMoyasarPayment, NewNorceOrder, NewNorcePayment, NewPayment, NewWepayPayment,
    NorceChange, PaymentStatus, WepayStatus,
};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::till::{Till, payment, text};

/// Waits that make a test quick: no pacing, and no time for an effect to show. The stand-in shows
/// every effect at once, unless a switch says otherwise.
const QUICK: [(&str, &str); 2] = [("retry.base_ms", "20"), ("retry.max_ms", "60")];

/// A till with its people and an account `A` at this provider, tried with a harmless read.
pub fn till(provider: &str, further: &str) -> Till {
    let till = Till::with_people();
    till.sandbox.change_wepay_switches(|switches| switches.throttle.per_ten_seconds = None);
    let own = [
        (format!("rate.per_second.{provider}"), "100"),
        (format!("doubt.settle_ms.{provider}"), "50"),
    ];
    let own = own.iter().map(|(key, value)| (key.as_str(), *value));
    for (key, value) in QUICK.into_iter().chain(own) {
        till.owner(&format!("settings set {key} {value}")).exits(0);
    }
    add(&till, "A", provider, further);
    till
}

/// Adds an account at this provider, with its secrets on stdin.
pub fn add(till: &Till, name: &str, provider: &str, further: &str) {
    let (url, currency, secrets) = access(till, provider);
    let add = format!(
        "account add --name {name} --provider {provider} --base-url {url} --currency {currency} \
         {further}"
    );
    let added = till.owner(&add).stdin(&secrets.to_string()).exits(0);
    assert!(added["account_id"].is_string(), "{added}");
    assert_eq!(till.owner(&format!("account test {name}")).exits(0), json!({ "ok": true }));
}

fn access(till: &Till, provider: &str) -> (String, String, Value) {
    let sandbox = &till.sandbox;
    match provider {
        "bumper" => {
            let to = sandbox.bumper();
            (to.base_url, to.currency, json!({ "api_key": to.api_key, "secret": to.secret }))
        }
        "moyasar" => {
            let to = sandbox.moyasar();
            (to.base_url, to.currency, json!({ "secret_key": to.secret_key }))
        }
        "wepay" => {
            let to = sandbox.wepay();
            let secrets = json!({ "app_id": to.app_id, "app_token": to.app_token });
            (to.base_url, to.currency, secrets)
        }
        "norce" => {
            let to = sandbox.norce();
            (to.base_url, to.currency, json!({ "token": to.token }))
        }
        _ => panic!("nobody has written how to reach {provider}"),
    }
}

/// The settings without which WePay's amounts cannot be changed.
pub const WEPAY_NAMES: &str = "--set amounts.object=amounts --set amounts.total=total_amount \
                               --set amounts.currency=currency";

/// The settings every account of Norce needs.
pub const NORCE_SHOP: &str = "--set merchant=norce --set channel=1";

/// The same for the role that calls an adapter.
pub const NORCE_ADAPTER: &str = "--set merchant=norce --set channel=1 \
                                 --set role=adapter_callback --set adapter=klarna-adapter";

/// A Bumper payment of 300.00.
pub fn bumper(till: &Till, status: PaymentStatus) -> String {
    let new = NewPayment { invoice_number: Some("INV-1".to_owned()), ..payment(status) };
    till.sandbox.create_payment(new).expect("a payment").token
}

/// A Moyasar payment of 300.00.
pub fn moyasar(till: &Till, status: MoyasarStatus) -> String {
    let new = NewMoyasarPayment {
        amount: "300.00".to_owned(),
        status: Some(status),
        manual: status == MoyasarStatus::Authorized,
        description: Some("Order 1".to_owned()),
        ..NewMoyasarPayment::default()
    };
    till.sandbox.create_moyasar_payment(new).expect("a payment").id
}

/// A WePay payment of 300.00; a pending one waits for its capture.
pub fn wepay(till: &Till, status: WepayStatus) -> String {
    let new = NewWepayPayment {
        amount: "300.00".to_owned(),
        status: Some(status),
        auto_capture: status == WepayStatus::Completed,
        reference_id: Some("WEB-1".to_owned()),
        ..NewWepayPayment::default()
    };
    till.sandbox.create_wepay_payment(new).expect("a payment").id
}

/// A WePay payment of 300.00 that waits for its capture, made with the card present.
pub fn wepay_at_terminal(till: &Till) -> String {
    let new = NewWepayPayment {
        amount: "300.00".to_owned(),
        card_present: true,
        ..NewWepayPayment::default()
    };
    till.sandbox.create_wepay_payment(new).expect("a payment").id
}

/// The payment of a Norce order of 300.00: state of the payment, state of the order.
pub fn norce(till: &Till, state: &str, status: &str) -> String {
    norce_through(till, "klarna-adapter", (state, status))
}

/// The same at another payment service.
pub fn norce_through(till: &Till, service: &str, (state, status): (&str, &str)) -> String {
    let of_it = NewNorcePayment {
        service: Some(service.to_owned()),
        state: Some(state.to_owned()),
        upper_limit: Some("300.00".to_owned()),
        ..NewNorcePayment::default()
    };
    let new = NewNorceOrder {
        total: "300.00".to_owned(),
        reference: Some("SO-1".to_owned()),
        status: Some(status.to_owned()),
        attributes: Some(json!({ "store": "Front" })),
        payments: vec![of_it],
        ..NewNorceOrder::default()
    };
    let order = till.sandbox.create_norce_order(&new).expect("an order");
    format!("{}/{}", text(&order["id"]), text(&order["payments"][0]["id"]))
}

/// The payment of a Norce order of 250.00, which still covers the 300.00 that the order was: an
/// adapter asked about it agrees to cover 250.00.
pub fn norce_behind_its_order(till: &Till) -> String {
    let there = norce(till, "intent", "checkout");
    let (order, _) = there.split_once('/').expect("two parts");
    let lower = NorceChange { total: Some("250.00".to_owned()), ..NorceChange::default() };
    till.sandbox.change_at_norce(order, &lower).expect("it is changed");
    there
}

/// The moment this many days ahead, RFC 3339.
pub fn days_ahead(days: u8) -> String {
    let database = Connection::open_in_memory().expect("a database that holds nothing");
    let sql = format!("SELECT strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+{days} days')");
    database.query_row(&sql, [], |row| row.get(0)).expect("it knows the time")
}
