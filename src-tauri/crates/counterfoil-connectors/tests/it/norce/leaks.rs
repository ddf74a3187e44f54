//! A canary in the token and in the customer's particulars: nothing that can be printed sings it.

use counterfoil_connectors::norce::Norce;
use counterfoil_connectors::{Connector, ListQuery, Secrets, Target, WireRequest};
use counterfoil_core::command::Command;
use counterfoil_core::payment::Base;

use super::support::{
    NAME, account, adjust, answer, ask, base, caller, cancel, capture, facts_in, label, order,
    refund, rename,
};

const CANARY: &str = "canary-token-7f3a";

fn every_request() -> Vec<WireRequest> {
    let secrets = Secrets::from_pairs([("token".to_owned(), CANARY.to_owned())]);
    let (order_api, caller, look) = (account(), caller(), answer(200, &order()));
    let target = Target { account: &order_api, secrets: &secrets };
    let direct = Target { account: &caller, secrets: &secrets };
    let (open, held) = (base(), Base::of(&facts_in("captured", "completed")));
    let made = |target: &Target<'_>, command: &Command, base: &Base| {
        Norce.encode(target, &ask(command, base, Some(&look))).expect("made")
    };
    let mut all: Vec<WireRequest> = [adjust("15.00"), rename("SO-9"), label(&[("a", "b")])]
        .iter()
        .map(|command| made(&target, command, &open))
        .collect();
    all.extend([refund("12.50"), capture(), cancel()].iter().map(|c| made(&target, c, &held)));
    all.push(made(&direct, &adjust("15.00"), &open));
    all.push(Norce.encode_probe(&target).expect("made"));
    all.extend(Norce.encode_read(&target, NAME, &[]).expect("made"));
    all.extend(Norce.encode_list(&target, &ListQuery::default()).expect("made"));
    all.push(Norce.encode_effect(&direct, &format!("{NAME}=15.00")).expect("made"));
    all
}

#[test]
fn what_is_shown_or_printed_holds_no_token_and_no_particulars_of_the_customer() {
    for request in every_request() {
        let carried = request.headers.iter().any(|(_, text)| text == &format!("Bearer {CANARY}"));
        assert!(carried, "{}", request.url);
        assert_eq!(request.key, None);
        assert!(!request.url.contains(CANARY));
        let shown = serde_json::to_string(&request.shown).expect("shown as JSON");
        for text in [format!("{request:?}"), format!("{:?}", request.shown), shown] {
            for secret in [CANARY, "person-canary", "card-token-canary"] {
                assert!(!text.contains(secret), "{text}");
            }
        }
    }
}

#[test]
fn what_the_adapter_needs_still_travels() {
    let bodies: Vec<String> = every_request()
        .iter()
        .map(|request| String::from_utf8_lossy(&request.body).into_owned())
        .collect();
    assert!(bodies.iter().any(|body| body.contains("person-canary")));
    assert!(bodies.iter().any(|body| body.contains("card-token-canary")));
}
