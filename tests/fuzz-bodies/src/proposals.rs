use std::collections::BTreeMap;

use counterfoil_connectors::norce::inbound::{
    Asked, ProposedOrder, Refusal, Reply, check, read_order, replace, unchanged,
};
use counterfoil_connectors::{Secrets, Target};
use counterfoil_core::account::{Account, Provider};
use counterfoil_core::id::AccountId;
use serde_json::Value;

use crate::amount::{currency, is_exactly};
use crate::feed::Feed;
use crate::json;

const TOKEN: &str = "t0ken";
const PATH: &str = "/api/checkout/v1/callback/orders/o_1/payments/p_1/update-payment";

/// A call to the listener of any path, headers and body. Whoever does not show the token, merchant
/// and channel, each once, is not proved, and whoever does is. An order that is taken is one by a
/// second reader too, its payment stands where the patch says, and the patch says exactly the
/// amount; whatever is not taken has an answer that says so.
pub fn proposals(data: &[u8]) {
    let mut feed = Feed::new(data);
    let account = account();
    let secrets = Secrets::from_pairs([("token".to_owned(), TOKEN.to_owned())]);
    let target = Target { account: &account, secrets: &secrets };
    proof(&target, &mut feed);
    let asked = Asked { order_id: "o_1".to_owned(), payment_id: "p_1".to_owned() };
    let body = feed.rest();
    match read_order(&target, &asked, body) {
        Ok(order) => taken(&order, body),
        Err(unfit) => is_a_no(&unfit.answer()),
    }
}

fn account() -> Account {
    let options = [("merchant", "m"), ("channel", "1")];
    let options: BTreeMap<String, String> =
        options.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
    Account {
        account_id: AccountId::parse("n").expect("plain text"),
        name: "N".to_owned(),
        provider: Provider::Norce,
        base_url: "https://orders.example/checkout".to_owned(),
        currency: currency("EUR"),
        options,
        paused: None,
    }
}

fn proof(target: &Target<'_>, feed: &mut Feed<'_>) {
    let names = ["authorization", "x-merchant", "x-channel", "accept"];
    let texts = ["Bearer t0ken", "bearer t0ken", "t0ken", "Bearer t0ke", "m", "1", ""];
    let mut headers: Vec<(String, String)> = Vec::new();
    for _ in 0..feed.below(6) {
        headers.push((feed.pick(&names).to_owned(), feed.word(&texts)));
    }
    let path = feed.word(&[PATH, "/", "/api/checkout/v1/callback/orders/%2F/payments/p_1"]);
    let method = feed.pick(&["POST", "GET", "post"]);
    let only = |name: &str| {
        let found: Vec<&str> =
            headers.iter().filter(|(key, _)| key == name).map(|(_, text)| text.as_str()).collect();
        if let [one] = found.as_slice() { Some((*one).to_owned()) } else { None }
    };
    let bearer = only("authorization").and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.to_owned())
    });
    let shows = bearer.as_deref() == Some(TOKEN)
        && only("x-merchant").as_deref() == Some("m")
        && only("x-channel").as_deref() == Some("1");
    match check(target, &headers, method, &path) {
        Ok(asked) => {
            assert!(shows && method == "POST", "a caller who shows nothing is proved");
            for id in [&asked.order_id, &asked.payment_id] {
                assert!(!id.is_empty() && !id.contains('/') && !id.chars().any(char::is_control));
            }
        }
        Err(refusal) => {
            let right = shows && method == "POST" && path == PATH;
            assert!(!right, "a caller who shows everything is not proved");
            assert!(matches!(refusal.answer().status, 401 | 404), "{refusal:?}");
            let nowhere = refusal == Refusal::NotHere;
            assert!(nowhere || path.ends_with("/update-payment"), "{path:?} {refusal:?}");
        }
    }
}

fn taken(order: &ProposedOrder, body: &[u8]) {
    let fields = json::object_of_bytes(body).expect("an order is one object");
    let whole: Value = match serde_json::from_slice(body) {
        Ok(whole) => whole,
        Err(error) => return only_what_is_not_read(&error),
    };
    let payment = &whole["payments"][order.place];
    assert_eq!(payment["id"], "p_1", "the patch would name another payment");
    assert!(json::field(&fields, "total").is_some());
    assert!(order.to_cover.minor() >= 0);
    assert_eq!(order.is_covered(), order.amount == order.to_cover);
    assert_eq!(order.digest.len(), 64);
    let amount = payment["amount"].to_string();
    let plain = amount.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    // The second reader may write another form of a number with an exponent or a long tail.
    assert!(!plain || amount.len() > 12 || is_exactly(&amount, order.amount), "{amount}");
    let reply = replace(order.place, order.to_cover).expect("two decimals");
    assert_eq!((reply.status, reply.content_type), (200, "application/json"));
    let patch: Value = serde_json::from_slice(&reply.body).expect("a patch is JSON");
    let path = format!("/payments/{}/amount", order.place);
    assert_eq!((&patch[0]["op"], &patch[0]["path"]), (&"replace".into(), &path.into()));
    let text = String::from_utf8(reply.body).expect("JSON is text");
    let (_, value) = text.split_once("\"value\":").expect("it has a value");
    assert!(is_exactly(value.trim_end_matches("}]"), order.to_cover), "{text}");
    assert_eq!(unchanged().body, b"[]");
}

/// The second reader gives up at a number that its floats cannot hold and at half a character,
/// also in a field that an order is not read for.
fn only_what_is_not_read(error: &serde_json::Error) {
    let words = error.to_string();
    let known = ["number out of range", "unexpected end of hex escape", "lone leading surrogate"];
    assert!(known.iter().any(|known| words.starts_with(known)), "{words}");
}

fn is_a_no(reply: &Reply) {
    assert!(matches!(reply.status, 400 | 404), "{}", reply.status);
    let problem: Value = serde_json::from_slice(&reply.body).expect("problem details are JSON");
    assert_eq!(problem["status"], reply.status);
    assert!(reply.body.len() < 400, "{}", reply.body.len());
}
