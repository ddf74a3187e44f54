//! Pages of payments and of news.

use counterfoil_connectors::moyasar::Moyasar;
use counterfoil_connectors::{Connector, Hint, ListEnd};
use counterfoil_core::answer::WireEnd;
use counterfoil_core::moment::Moment;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{ID, account, answer, envelope, payment, with};

fn listed(end: &WireEnd) -> ListEnd {
    Moyasar.decode_list(&account(), end, Moment::from_millis(5))
}

fn page(payments: Value, next: Value) -> WireEnd {
    let meta = json!({"current_page": 2, "next_page": next, "prev_page": 1, "total_pages": 9});
    answer(200, &json!({"payments": payments, "meta": meta}).to_string())
}

#[test]
fn a_page_brings_what_can_be_read_and_names_what_cannot() {
    let broken = with("paid", json!({"id": "b", "amount": "70.00"}));
    let foreign = with("paid", json!({"id": "c", "currency": "JPY"}));
    let nameless = with("paid", json!({"id": null}));
    let all = json!([payment("paid"), broken, foreign, nameless, 7, payment("voided")]);
    let ListEnd::Page { payments, unreadable, next } = listed(&page(all, json!(3))) else {
        panic!("a page")
    };
    let words: Vec<&str> = payments.iter().map(|facts| facts.provider_status.as_str()).collect();
    assert_eq!(words, ["paid", "voided"]);
    assert_eq!(payments[0].read_at, Moment::from_millis(5));
    assert_eq!(
        unreadable,
        [
            "b: the answer's amount cannot be read",
            "c: the payment is in a currency whose minor unit is not certain",
            "entry 4: the answer holds no id",
            "entry 5: it is no JSON object",
        ]
    );
    assert_eq!(next.as_deref(), Some("3"));
}

#[test]
fn pages_go_forwards_and_end_where_moyasar_says_so() {
    let next = |next: Value| match listed(&page(json!([]), next)) {
        ListEnd::Page { next, .. } => Ok(next),
        other => Err(other),
    };
    assert_eq!(next(json!(null)), Ok(None));
    assert_eq!(next(json!(3)), Ok(Some("3".to_owned())));
    for bad in [json!(2), json!(1), json!(-3), json!("3"), json!(2.5), json!([])] {
        assert!(matches!(next(bad.clone()), Err(ListEnd::Unclear { .. })), "{bad}");
    }
    for meta in [json!(null), json!({}), json!({"next_page": null}), json!([])] {
        let body = json!({"payments": [], "meta": meta}).to_string();
        assert!(matches!(listed(&answer(200, &body)), ListEnd::Unclear { .. }), "{meta}");
    }
}

#[test]
fn what_is_no_page_says_what_it_says() {
    let auth = envelope("authentication_error", "Insufficient credentials");
    let message = "Insufficient credentials".to_owned();
    assert_eq!(listed(&answer(403, &auth)), ListEnd::CredentialsRefused { message });
    for (code, body) in [(200, ""), (200, "{}"), (200, "[]"), (429, ""), (500, &*auth), (404, "")] {
        assert!(matches!(listed(&answer(code, body)), ListEnd::Unclear { .. }), "{code} {body}");
    }
    let why = "the line was down".to_owned();
    let never = listed(&WireEnd::NeverLeft { why: why.clone() });
    assert_eq!(never, ListEnd::Unreachable { why });
}

#[test]
fn news_are_hints_that_differ_with_each_change() {
    let later = with("refunded", json!({"updated_at": "2026-03-02T00:00:00.000Z"}));
    let nameless = with("paid", json!({"id": null}));
    let all = json!([payment("paid"), later, nameless, null]);
    let (hints, next) = Moyasar.decode_news(&account(), &page(all, json!(3)));
    let hint = |at: &str, word: &str| Hint {
        event_id: format!("{ID}@{at}"),
        provider_ref: ID.to_owned(),
        word: word.to_owned(),
    };
    let expected =
        [hint("2026-03-01T09:31:00.000Z", "paid"), hint("2026-03-02T00:00:00.000Z", "refunded")];
    assert_eq!((hints, next.as_deref()), (expected.to_vec(), Some("3")));
    for nothing in [answer(500, ""), answer(200, "[]"), WireEnd::Lost { why: String::new() }] {
        assert_eq!(Moyasar.decode_news(&account(), &nothing), (Vec::new(), None));
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_page_panic(body in any::<Vec<u8>>(), inner in "[ -~]{0,30}") {
        let ends = [
            answer(200, &String::from_utf8_lossy(&body)),
            answer(200, &format!("{{\"payments\":[{inner}],\"meta\":{{\"current_page\":1}}}}")),
        ];
        for end in ends {
            let _ = listed(&end);
            let _ = Moyasar.decode_news(&account(), &end);
        }
    }
}
