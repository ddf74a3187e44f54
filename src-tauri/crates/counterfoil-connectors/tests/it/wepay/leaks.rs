//! A canary in each secret: nothing that can be printed sings it.

use counterfoil_connectors::wepay::Wepay;
use counterfoil_connectors::{Ask, Connector, ListQuery, Secrets, Target, WireRequest};
use counterfoil_core::answer::SendRecord;
use counterfoil_core::moment::Moment;

use super::{ID, KEY, account, base, one_of_each, state_for};

const CANARIES: [&str; 2] = ["canary-app-id-7f3a", "canary-app-token-91bc"];

fn every_request() -> Vec<WireRequest> {
    let account = account();
    let pairs = ["app_id", "app_token"].into_iter().zip(CANARIES);
    let secrets = Secrets::from_pairs(pairs.map(|(n, t)| (n.to_owned(), t.to_owned())));
    let target = Target { account: &account, secrets: &secrets };
    let mut all = Vec::new();
    for command in one_of_each() {
        let base = base(state_for(&command));
        let ask = Ask {
            command: &command,
            provider_ref: Some(ID),
            baseline: Some(&base),
            key: KEY,
            look: None,
        };
        let made = Wepay.encode(&target, &ask).expect("made");
        let record = SendRecord {
            method: "POST".to_owned(),
            path: made.shown.path.clone(),
            digest: made.digest(),
            key: made.key.clone(),
            body: String::from_utf8(made.body.clone()).ok(),
            at: Moment::from_millis(0),
        };
        all.push(Wepay.encode_again(&target, &record).expect("made"));
        all.push(made);
    }
    all.push(Wepay.encode_read(&target, ID, &[]).expect("made").expect("needed"));
    all.push(Wepay.encode_probe(&target).expect("made"));
    let list = Wepay.encode_list(&target, &ListQuery::default());
    all.push(list.expect("made").expect("needed"));
    all
}

#[test]
fn what_is_shown_printed_or_kept_holds_no_secret() {
    for request in every_request() {
        let shown = serde_json::to_string(&request.shown).expect("shown as JSON");
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let printed = [format!("{request:?}"), format!("{:?}", request.shown), shown, body];
        for text in printed.iter().chain([&request.url]) {
            assert!(CANARIES.iter().all(|canary| !text.contains(canary)), "{text}");
        }
    }
}

#[test]
fn the_secrets_travel_in_their_headers_alone() {
    for request in every_request() {
        let values: Vec<&str> = request.headers.iter().map(|(_, text)| text.as_str()).collect();
        assert!(CANARIES.iter().all(|canary| values.contains(canary)), "{:?}", request.shown.path);
    }
}
