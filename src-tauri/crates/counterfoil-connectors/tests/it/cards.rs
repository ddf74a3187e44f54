//! A whole card in every place of every provider's answers: what comes out of a codec holds none of
//! it, neither the number nor its expiry nor its security code.

use std::collections::BTreeMap;

use counterfoil_connectors::{Ask, ListEnd, of};
use counterfoil_core::account::{Account, Provider};
use counterfoil_core::answer::{ReadEnd, WireAnswer, WireEnd};
use counterfoil_core::command::{Command, ReasonCode};
use counterfoil_core::id::AccountId;
use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::Base;
use serde_json::{Value, json};

/// The number as providers might write it, its expiry and its security code.
const CARD: [&str; 4] = ["4111111111111111", "4111 1111 1111 1111", "12/2031", "987-cvv"];

/// What a careless provider writes where a person reads.
const WORDS: &str = "card 4111 1111 1111 1111, 12/2031, code 987-cvv, 4111111111111111";

/// Fields that are no free text: what they hold is a fact of the payment.
const KEPT: [&str; 17] = [
    "id",
    "token",
    "status",
    "state",
    "currency",
    "amount",
    "currentStatus",
    "adapterId",
    "type",
    "created",
    "lastModified",
    "created_at",
    "updated_at",
    "resource",
    "orderId",
    "create_time",
    "amount_format",
];

fn account(provider: Provider, currency: &str) -> Account {
    Account {
        account_id: AccountId::parse("a1").expect("a plain id"),
        name: "Shop".to_owned(),
        provider,
        base_url: "https://provider.example".to_owned(),
        currency: Currency::parse(currency).expect("a known currency"),
        options: BTreeMap::from([
            ("merchant".to_owned(), "norce".to_owned()),
            ("channel".to_owned(), "1".to_owned()),
            ("role".to_owned(), "adapter_callback".to_owned()),
            ("adapter".to_owned(), "klarna-adapter".to_owned()),
        ]),
        paused: None,
    }
}

const ORDER: &str = "o_yClTSySjyAuuBjmiBlHCjuEcTf";
const PAYMENT: &str = "p_yClTSySjyAuuBjmiBlHCjuEcTf";

/// A payment of each provider as a reading shows it, with its account and its reference.
fn readings() -> Vec<(Account, String, Value)> {
    let bumper = json!({"success": true, "message": "", "data": {
        "token": "cd2dd3b9ad2c4369a46e709295d13368", "status": "completed", "amount": "300.00",
        "invoicenumber": "x", "customer_reference": "x", "payment_type": "x",
        "user": {"name": "x"}}});
    let wepay = json!({"id": "w-1", "resource": "payments", "status": "completed",
        "amount": 5000, "amount_refunded": 0, "amount_disputed": 0, "currency": "USD",
        "create_time": 1764547200, "capture_at": null, "reference_id": "x",
        "authorization_code": "x", "custom_data": {"x": "x", "deep": {"x": "x"}},
        "payment_method": {"id": "m-1", "credit_card": {"holder": "x"}},
        "failure_reason": {"reason_message": "x"}});
    let moyasar = json!({"id": "m-1", "status": "paid", "amount": 7000, "fee": 0,
        "currency": "SAR", "refunded": 0, "captured": 0, "description": "x", "invoice_id": "x",
        "created_at": "2026-03-01T09:30:00.250Z", "updated_at": "2026-03-01T09:31:00.000Z",
        "metadata": {"x": "x"}, "source": {"type": "creditcard", "company": "x", "name": "x",
        "number": "x", "message": "x"}});
    let norce = json!({"id": ORDER, "reference": "x", "created": "2025-01-31T12:00:00Z",
        "lastModified": "2025-01-31T12:05:00Z", "state": {"currentStatus": "completed"},
        "currency": "SEK", "total": {"includingVat": 12.5}, "attributes": {"x": "x"},
        "payments": [{"id": PAYMENT, "orderId": ORDER, "adapterId": "klarna_checkout_adapter",
        "name": "x", "type": "default", "amount": 12.5, "currency": "SEK", "state": "captured",
        "attributes": {"x": "x"}, "recurring": {"x": "x"}}],
        "customer": {"billing": {"email": "x"}}, "shippings": [], "cart": {"items": []}});
    vec![
        (account(Provider::Bumper, "GBP"), "cd2dd3b9ad2c4369a46e709295d13368".to_owned(), bumper),
        (account(Provider::Wepay, "USD"), "w-1".to_owned(), wepay),
        (account(Provider::Moyasar, "SAR"), "m-1".to_owned(), moyasar),
        (account(Provider::Norce, "SEK"), format!("{ORDER}/{PAYMENT}"), norce),
    ]
}

/// Every free text says the card, and every object holds its fields besides.
fn carded(value: &Value, key: &str) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().map(|(key, value)| (key.clone(), carded(value, key)));
            let mut all: serde_json::Map<String, Value> = kept.collect();
            // The fields by the names that providers give them, and a text that speaks of it.
            for name in ["card_number", "number", "pan", "note", "comment"] {
                all.entry(name).or_insert_with(|| WORDS.into());
            }
            all.insert("expiry".to_owned(), "12/2031".into());
            all.insert("cvv".to_owned(), "987-cvv".into());
            if matches!(key, "metadata" | "custom_data" | "attributes") {
                all.remove("expiry");
                all.remove("cvv");
                all.insert(WORDS.to_owned(), "the card stands in the key".into());
            }
            Value::Object(all)
        }
        Value::Array(values) => values.iter().map(|value| carded(value, key)).collect(),
        Value::String(text) if text == "x" || !KEPT.contains(&key) => WORDS.into(),
        other => other.clone(),
    }
}

fn answer(status: u16, body: &Value) -> WireEnd {
    WireEnd::Answer(WireAnswer {
        status,
        body: body.to_string().into_bytes(),
        retry_after_ms: None,
        correlation_id: None,
    })
}

/// What is kept is kept as its JSON; what is shown or logged, as it prints.
fn holds_nothing(what: &str, kept: &str) {
    for part in CARD {
        assert!(!kept.contains(part), "{what} holds {part}: {kept}");
    }
    let digits: String = kept.chars().filter(char::is_ascii_digit).collect();
    assert!(!digits.contains("4111111111111111"), "{what}: {kept}");
}

fn refund(currency: &str) -> Command {
    let currency = Currency::parse(currency).expect("a known currency");
    Command::Refund {
        amount: Money::from_minor(100, currency).expect("a small amount"),
        reason: ReasonCode::parse("duplicate").expect("a code"),
        note: None,
    }
}

#[test]
fn a_card_in_every_place_of_a_reading_leaves_nothing_in_its_facts() {
    for (account, reference, reading) in readings() {
        let provider = account.provider.word();
        let connector = of(account.provider);
        let at = Moment::from_millis(5);
        let plain = connector.decode_read(&account, &reference, &[answer(200, &reading)], at);
        assert!(matches!(plain, ReadEnd::Facts(_)), "{provider}: {plain:?}");
        let carded = answer(200, &carded(&reading, ""));
        let read = connector.decode_read(&account, &reference, &[carded], at);
        let ReadEnd::Facts(facts) = read else { panic!("{provider}: {read:?}") };
        holds_nothing(provider, &serde_json::to_string(&facts).expect("facts are JSON"));
        holds_nothing(provider, &format!("{facts:?}"));
        let texts = format!("{:?}{:?}{:?}", facts.reference, facts.invoice_number, facts.details);
        assert!(texts.contains('•'), "{provider}: a text was masked, not left out: {texts}");
    }
}

#[test]
fn a_card_in_an_answer_to_a_sending_leaves_nothing_in_its_end() {
    for (account, reference, reading) in readings() {
        let provider = account.provider.word();
        let connector = of(account.provider);
        let at = Moment::from_millis(5);
        let plain = connector.decode_read(&account, &reference, &[answer(200, &reading)], at);
        let ReadEnd::Facts(facts) = plain else { panic!("{provider}: {plain:?}") };
        let (command, base) = (refund(account.currency.code()), Base::of(&facts));
        let ask = Ask {
            command: &command,
            provider_ref: Some(&reference),
            baseline: Some(&base),
            key: "k",
            look: None,
        };
        let errors = json!({"success": false, "message": WORDS, "error_code": "INVALID_PARAMS",
            "error_message": WORDS, "code": "payment-error", "type": "invalid_request_error",
            "details": [{"message": WORDS, "reason_code": "x", "target": [WORDS]}],
            "errors": {"number": [WORDS]}, "adyenError": {"errorMessages": [WORDS]}});
        for status in [200, 201, 400, 401, 403, 404, 409, 422, 429, 500] {
            for body in [&errors, &carded(&reading, ""), &Value::String(WORDS.to_owned())] {
                let end = answer(status, body);
                let sent = connector.decode_send(&account, &ask, &end);
                holds_nothing(provider, &serde_json::to_string(&sent).expect("ends are JSON"));
                let read =
                    connector.decode_read(&account, &reference, std::slice::from_ref(&end), at);
                holds_nothing(provider, &format!("{read:?}"));
                let probe = connector.decode_probe(&account, &end);
                holds_nothing(provider, &format!("{probe:?}"));
                let effect = connector.decode_effect(&account, "r-1", &end);
                holds_nothing(provider, &format!("{effect:?}"));
            }
        }
    }
}

#[test]
fn a_card_in_a_list_leaves_nothing_in_what_it_says() {
    let mut read = 0;
    for (account, _, reading) in readings() {
        let one = carded(&reading, "");
        let rows = json!([one]);
        let body = json!({"results": rows, "payments": rows, "data": rows, "items": rows,
            "orders": rows, "next": null, "meta": {"next_page": null}});
        for body in [&body, &rows, &json!({"success": true, "data": rows})] {
            let end = of(account.provider).decode_list(
                &account,
                &answer(200, body),
                Moment::from_millis(5),
            );
            read += usize::from(matches!(end, ListEnd::Page { .. }));
            holds_nothing(account.provider.word(), &format!("{end:?}"));
        }
    }
    assert!(read > 0, "some of them are lists");
}
