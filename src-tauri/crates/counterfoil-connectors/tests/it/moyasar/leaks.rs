//! A canary in each secret: nothing that can be printed sings it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use counterfoil_connectors::moyasar::Moyasar;
use counterfoil_connectors::{Connector, ListQuery, Secrets, Target, WireRequest};

use super::{ID, account, ask, base_of, one_of_each, payment};

const KEY_CANARY: &str = "sk_live_canary-7f3a";
const HOOK_CANARY: &str = "canary-hook-91bc";

fn every_request() -> Vec<WireRequest> {
    let account = account();
    let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let secrets =
        Secrets::from_pairs([pair("secret_key", KEY_CANARY), pair("webhook_secret", HOOK_CANARY)]);
    let target = Target { account: &account, secrets: &secrets };
    let mut all: Vec<WireRequest> = one_of_each()
        .iter()
        .map(|(command, status)| {
            let before = base_of(&payment(status));
            Moyasar.encode(&target, &ask(command, Some(&before))).expect("made")
        })
        .collect();
    all.extend(Moyasar.encode_read(&target, ID, &[]).expect("made"));
    all.extend(Moyasar.encode_list(&target, &ListQuery::default()).expect("made"));
    all.push(Moyasar.encode_probe(&target).expect("made"));
    all
}

#[test]
fn what_is_shown_or_printed_holds_no_key() {
    let encoded = STANDARD.encode(format!("{KEY_CANARY}:"));
    for request in every_request() {
        let shown = serde_json::to_string(&request.shown).expect("shown as JSON");
        for text in [format!("{request:?}"), format!("{:?}", request.shown), shown] {
            for secret in ["canary", KEY_CANARY, encoded.as_str(), &encoded[..12]] {
                assert!(!text.contains(secret), "{text}");
            }
        }
    }
}

#[test]
fn the_key_travels_in_one_header_alone_and_the_secret_of_callbacks_in_none() {
    for request in every_request() {
        let body = String::from_utf8(request.body.clone()).expect("UTF-8");
        assert!(!body.contains("canary") && !request.url.contains("canary"));
        let carrying = request.headers.iter().filter(|(_, text)| {
            let coded = text.strip_prefix("Basic ").and_then(|coded| STANDARD.decode(coded).ok());
            coded.is_some_and(|plain| plain == format!("{KEY_CANARY}:").as_bytes())
        });
        assert_eq!(carrying.count(), 1);
        let hook = STANDARD.encode(HOOK_CANARY);
        let all = format!("{:?}", request.headers);
        assert!(!all.contains(HOOK_CANARY) && !all.contains(&hook));
    }
}
