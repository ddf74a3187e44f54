//! The stand-in held against `tests/vectors/norce.json`, read here once more.

use serde_json::{Value, json};

use crate::norce::access::Shop;
use crate::norce::adapter::{flavour, update_payment};
use crate::norce::book::Book;
use crate::norce::hooks::taken;
use crate::norce::route::{Asked, route};

const FILE: &str = include_str!("../../../../../../tests/vectors/norce.json");

fn vectors() -> Value {
    serde_json::from_str(FILE).expect("the vectors are JSON")
}

fn samples() -> Vec<Value> {
    vectors()["patch_samples"].as_array().expect("a list").clone()
}

fn sample_order() -> (Value, String, Value) {
    let vector = samples().into_iter().find(|v| v["id"] == "norce-patch-replace-amount");
    let vector = vector.expect("the sample");
    let payment_id = vector["payment_id"].as_str().expect("an id").to_owned();
    (vector["order"].clone(), payment_id, vector["body"].clone())
}

fn book() -> (Book, Shop) {
    let mut book = Book::new("http://127.0.0.1:1/norce/checkout".to_owned());
    let shop = book.shops[0];
    book.add(sample_order().0);
    (book, shop)
}

#[test]
fn the_adapter_answers_the_sample_order_with_the_sample_patch() {
    let (order, payment_id, patch) = sample_order();
    let (book, shop) = book();
    let id = order["id"].as_str().expect("an id");
    for service in ["klarna-adapter", "adyen-adapter", "qliro-adapter", "nonpsp-adapter"] {
        let flavour = flavour(service).expect("an adapter");
        let said = update_payment(&book, flavour, shop, (id, &payment_id), Some(&order));
        assert_eq!((said.status.as_u16(), said.body), (200, Some(patch.clone())), "{service}");
    }
    let walley = flavour("walley-adapter").expect("an adapter");
    let said = update_payment(&book, walley, shop, (id, &payment_id), Some(&order));
    assert_eq!(said.status.as_u16(), 404, "it has no such callback");
}

#[test]
fn the_sample_patch_sets_the_one_amount_and_the_anti_samples_touch_something_else() {
    let (order, _, _) = sample_order();
    for vector in samples() {
        let body = vector["body"].to_string();
        let order_after = taken(&order, 200, body.as_bytes());
        match vector["id"].as_str().expect("an id") {
            "norce-patch-replace-amount" => {
                let mut expected = order.clone();
                expected["payments"][2]["amount"] = json!(20);
                assert_eq!(order_after, Ok(expected));
            }
            "norce-patch-empty" => assert_eq!(order_after, Ok(order.clone())),
            "norce-patch-seed" | "norce-patch-anti-move" => assert!(order_after.is_err()),
            "norce-patch-anti-wrong-index" => {
                assert_eq!(order_after.expect("taken")["payments"][2], order["payments"][2]);
            }
            _ => {}
        }
    }
    assert_eq!(taken(&order, 204, b""), Ok(order.clone()));
    assert!(taken(&order, 418, b"").is_err());
    assert!(taken(&order, 200, b"OK").is_err());
}

#[test]
fn the_pages_paths_lead_to_what_they_say() {
    let callback = vectors()["callback"]["path"].as_str().expect("a path").to_owned();
    let path = callback.replace("{order_id}", "o_1").replace("{payment_id}", "p_1");
    let asked = route(&axum::http::Method::POST, &format!("/checkout/klarna-adapter{path}"));
    let klarna = flavour("klarna-adapter").expect("an adapter");
    assert_eq!(asked, Ok(Asked::Callback(klarna, "o_1".to_owned(), "p_1".to_owned())));
    let put = vectors()["reference_put"]["path"].as_str().expect("a path").to_owned();
    let path = put.replace("{orderId}", "o%201");
    for version in ["v1", "v0"] {
        let path = format!("/checkout/order{}", path.replace("v1", version));
        let asked = route(&axum::http::Method::PUT, &path);
        assert!(matches!(asked, Ok(Asked::Order(id, _)) if id == "o 1"), "{path}");
    }
}
