mod approving;

use proptest::prelude::*;

use super::*;
use crate::approval::Void;
use crate::money::{Currency, Money};
use crate::payment::PaymentState;
use crate::sample::{
    accepted, account_id, adjust, applied, approved, at, attempt_ended, attempt_id,
    attempt_started, base, cancel, change_id, change_in, condition, gbp, item, needs_customer,
    payment_id, queued, queued_if, reason, refund, requested, staff, start, take, unknown,
};

/// One event of every kind and outcome, each fitting `change` where its state allows it.
fn every_event(change: &Change) -> Vec<(&'static str, Event)> {
    let words = || "words".to_owned();
    let ended = |end: SendEnd| attempt_ended("A1", end);
    let rebased = |needs_approval: bool| Event::Rebased {
        by: staff("alice"),
        base: base("90.00"),
        needs_approval,
        evidence: None,
    };
    let resolved = |finding: Finding| Event::Resolved {
        by: staff("bob"),
        with: staff("carol"),
        finding,
        reason: words(),
        evidence: words(),
    };
    let now = base("90.00");
    vec![
        ("requested", requested(&adjust("90.00"), false).event),
        (
            "approved",
            Event::Approved { by: staff("bob"), operation: change.operation(), seal: None },
        ),
        ("approved and signed", approved(change, "bob", "n9")),
        ("approval voided", Event::ApprovalVoided { why: Void::Expired }),
        ("rejected", Event::Rejected { by: staff("bob"), note: Some(words()) }),
        ("withdrawn", Event::Withdrawn { by: staff("alice") }),
        ("lapsed", Event::Lapsed { why: words() }),
        ("superseded", Event::Superseded { by: staff("alice"), with: change_id("c9") }),
        ("base moved", Event::BaseMoved { because: change_id("c0"), applied: adjust("95.00") }),
        ("attempt started", attempt_started("A1")),
        ("ended applied", ended(applied())),
        ("ended needs customer", ended(needs_customer())),
        ("ended accepted", ended(accepted())),
        ("ended refused", ended(SendEnd::Refused { message: words() })),
        (
            "ended refused for now",
            ended(SendEnd::RefusedForNow { message: words(), retry_after_ms: Some(5) }),
        ),
        ("ended credentials refused", ended(SendEnd::CredentialsRefused { message: words() })),
        ("ended never left", ended(SendEnd::NeverLeft { why: words() })),
        ("ended unknown", ended(unknown())),
        ("interrupted", Event::Interrupted { attempt_id: attempt_id("A1") }),
        ("proved applied", Event::ProvedApplied { now: now.clone() }),
        ("proved not applied", Event::ProvedNotApplied { now: now.clone() }),
        ("concluded", Event::Concluded { failed: None }),
        ("read back", Event::ReadBack { now: now.clone(), why: words() }),
        ("conflict found", Event::ConflictFound { now: now.clone(), why: words() }),
        ("rebased", rebased(false)),
        ("rebased, to be approved", rebased(true)),
        ("customer acted", Event::CustomerActed { now }),
        ("expired", Event::Expired { why: words() }),
        ("resolved: happened", resolved(Finding::Happened)),
        ("resolved: not happened", resolved(Finding::NotHappened)),
        ("resolved: wait", resolved(Finding::Wait)),
    ]
}

/// The place of an event in the enum; a new kind of event does not compile without its place.
fn place(event: &Event) -> usize {
    match event {
        Event::Requested { .. } => 0,
        Event::Approved { .. } => 1,
        Event::Rejected { .. } => 2,
        Event::Withdrawn { .. } => 3,
        Event::Lapsed { .. } => 4,
        Event::Superseded { .. } => 5,
        Event::BaseMoved { .. } => 6,
        Event::AttemptStarted { .. } => 7,
        Event::AttemptEnded { .. } => 8,
        Event::Interrupted { .. } => 9,
        Event::ProvedApplied { .. } => 10,
        Event::ProvedNotApplied { .. } => 11,
        Event::Concluded { .. } => 12,
        Event::ReadBack { .. } => 13,
        Event::ConflictFound { .. } => 14,
        Event::Rebased { .. } => 15,
        Event::CustomerActed { .. } => 16,
        Event::Expired { .. } => 17,
        Event::Resolved { .. } => 18,
        Event::ApprovalVoided { .. } => 19,
    }
}

/// Every step there is; whatever is not here must be refused.
const STEPS: &[(&str, &[(State, State)])] = {
    use State::{
        Applied, AwaitingApproval, Conflict, Declined, Expired, InDoubt, NeedsCustomer, Queued,
        Rejected, Sending, Withdrawn,
    };
    &[
        ("requested", &[]),
        ("approved", &[(AwaitingApproval, Queued)]),
        ("approved and signed", &[(AwaitingApproval, Queued)]),
        // Only of what needs a second person: see below.
        ("approval voided", &[]),
        ("rejected", &[(AwaitingApproval, Rejected)]),
        ("withdrawn", &[(AwaitingApproval, Withdrawn), (Queued, Withdrawn), (Conflict, Withdrawn)]),
        ("lapsed", &[(Queued, Withdrawn)]),
        ("superseded", &[(AwaitingApproval, Withdrawn), (Queued, Withdrawn)]),
        ("base moved", &[(AwaitingApproval, AwaitingApproval), (Queued, Queued)]),
        ("attempt started", &[(Queued, Sending)]),
        ("ended applied", &[(Sending, Applied)]),
        ("ended needs customer", &[(Sending, NeedsCustomer)]),
        ("ended accepted", &[(Sending, InDoubt)]),
        ("ended refused", &[(Sending, Declined)]),
        ("ended refused for now", &[(Sending, Queued)]),
        ("ended credentials refused", &[(Sending, Queued)]),
        ("ended never left", &[(Sending, Queued)]),
        ("ended unknown", &[(Sending, InDoubt)]),
        ("interrupted", &[(Sending, InDoubt)]),
        ("proved applied", &[(InDoubt, Applied)]),
        ("proved not applied", &[(InDoubt, Queued)]),
        // Only out of a doubt about something accepted: see below.
        ("concluded", &[]),
        ("read back", &[(InDoubt, InDoubt)]),
        ("conflict found", &[(Queued, Conflict)]),
        ("rebased", &[(Conflict, Queued)]),
        ("rebased, to be approved", &[(Conflict, AwaitingApproval)]),
        ("customer acted", &[(NeedsCustomer, Applied)]),
        ("expired", &[(AwaitingApproval, Expired), (Queued, Expired), (NeedsCustomer, Expired)]),
        ("resolved: happened", &[(InDoubt, Applied)]),
        ("resolved: not happened", &[(InDoubt, Queued)]),
        ("resolved: wait", &[(InDoubt, InDoubt)]),
    ]
};

fn expected(name: &str, from: State) -> Option<State> {
    let (_, steps) = STEPS.iter().find(|(step, _)| *step == name).expect("every event has a row");
    steps.iter().find(|(state, _)| *state == from).map(|(_, to)| *to)
}

#[test]
fn every_event_in_every_state_leads_where_the_table_says_or_is_refused_and_changes_nothing() {
    for state in State::ALL {
        let before = change_in(state, "c1", &adjust("80.00"));
        for (name, event) in every_event(&before) {
            let mut after = before.clone();
            let took = after.take(&Recorded { at: at(99), event: event.clone() });
            match expected(name, state) {
                Some(to) => {
                    assert_eq!(took, Ok(()), "{name} in {state:?}");
                    assert_eq!(
                        (after.state, after.changed_at),
                        (to, at(99)),
                        "{name} in {state:?}"
                    );
                    assert_eq!(after.events, before.events + 1, "{name} in {state:?}");
                }
                None => {
                    let illegal = if name == "requested" {
                        Illegal::Beginning
                    } else {
                        Illegal::FromState { event: event.word(), state }
                    };
                    assert_eq!(took, Err(illegal), "{name} in {state:?}");
                    assert_eq!(after, before, "{name} in {state:?}");
                }
            }
        }
    }
}

#[test]
fn the_table_holds_every_kind_of_event_and_each_word_is_its_own() {
    let events = every_event(&queued("c1", &adjust("80.00")));
    let mut places: Vec<_> = events.iter().map(|(_, event)| place(event)).collect();
    places.dedup();
    places.sort_unstable();
    assert_eq!(places, (0..20).collect::<Vec<_>>());
    let mut words: Vec<_> = events.iter().map(|(_, event)| event.word()).collect();
    words.dedup();
    assert_eq!(words.len(), 20);
    for (_, event) in &events {
        let stored = serde_json::to_value(event).unwrap();
        assert_eq!(stored["event"], event.word());
    }
}

#[test]
fn what_was_accepted_is_concluded_and_nothing_else_is() {
    let check = |end: SendEnd, failed: Option<&str>, expected: Option<State>| {
        let mut change = queued("c1", &refund("5.00"));
        for event in [attempt_started("A1"), attempt_ended("A1", end.clone())] {
            change.take(&Recorded { at: at(5), event }).expect("it fits");
        }
        let event = Event::Concluded { failed: failed.map(str::to_owned) };
        let took = change.take(&Recorded { at: at(6), event });
        assert_eq!(took.is_ok(), expected.is_some(), "{end:?}");
        if let Some(expected) = expected {
            assert_eq!(change.state, expected, "{end:?}");
            assert_eq!(change.why.as_deref(), failed.or(change.why.as_deref()));
        }
    };
    check(accepted(), None, Some(State::Applied));
    check(accepted(), Some("the bank said no"), Some(State::Declined));
    check(unknown(), None, None);
    check(applied(), None, None);
}

#[test]
fn every_event_is_stored_and_read_back_unchanged() {
    for command in [adjust("80.00"), refund("5.00"), cancel(), start("20.00")] {
        let change = queued("c1", &command);
        let mut events = every_event(&change);
        events.push(("requested", requested(&command, true).event));
        for (name, event) in events {
            let recorded = Recorded { at: at(7), event };
            let text = serde_json::to_string(&recorded).unwrap();
            assert_eq!(serde_json::from_str::<Recorded>(&text).unwrap(), recorded, "{name}");
            let text = serde_json::to_string(&recorded.event).unwrap();
            assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), recorded.event, "{name}");
        }
    }
}

#[test]
fn words_of_states_read_back_and_a_state_is_either_final_or_held_or_waits_for_somebody() {
    for state in State::ALL {
        assert_eq!(State::from_word(state.word()), Some(state));
        assert!(!(state.is_final() && state.holds_lane()), "{state:?}");
        assert!(!(state.is_final() && state.is_unsent()), "{state:?}");
        let withdrawn = expected("withdrawn", state).is_some();
        assert_eq!(state.is_unsent(), withdrawn, "{state:?}");
        let steps = STEPS.iter().filter(|(name, _)| expected(name, state).is_some()).count();
        assert_eq!(state.is_final(), steps == 0, "{state:?}");
    }
    assert_eq!(State::from_word("pending"), None);
}

#[test]
fn a_change_begins_with_its_request_and_has_only_one() {
    assert_eq!(Change::fold(&change_id("c1"), &[]), Err(Illegal::Beginning));
    for (name, event) in every_event(&queued("c1", &adjust("80.00"))) {
        let begun = Change::begin(&change_id("c1"), &Recorded { at: at(0), event });
        assert_eq!(begun.is_ok(), name == "requested", "{name}");
    }
    let first = requested(&adjust("80.00"), false);
    let twice = [first.clone(), first];
    assert_eq!(Change::fold(&change_id("c1"), &twice), Err(Illegal::Beginning));
}

type Edit = fn(&mut Change);

/// One edit of everything an approval names.
fn edits() -> Vec<(&'static str, Edit)> {
    fn based(change: &mut Change) -> &mut Base {
        change.decided_on.as_mut().expect("an adjustment has a base")
    }
    vec![
        ("another change", |c| c.change_id = change_id("c2")),
        ("another account", |c| c.account_id = account_id("other")),
        ("another payment", |c| c.payment_id = Some(payment_id("other"))),
        ("no payment", |c| c.payment_id = None),
        ("another kind", |c| c.command = refund("80.00")),
        ("a penny more", |c| c.command = adjust("80.01")),
        ("another currency", |c| {
            let total = Money::from_minor(8_000, Currency::parse("EUR").unwrap()).unwrap();
            c.command = Command::Adjust { total, invoice: None, items: Vec::new() };
        }),
        ("an invoice number", |c| {
            let invoice = Some("INV-2".to_owned());
            c.command = Command::Adjust { total: gbp("80.00"), invoice, items: Vec::new() };
        }),
        ("other lines", |c| {
            let items = vec![item("80.00")];
            c.command = Command::Adjust { total: gbp("80.00"), invoice: None, items };
        }),
        ("another requester", |c| c.requested_by = staff("dave")),
        ("no base", |c| c.decided_on = None),
        ("another amount seen", |c| based(c).amount = gbp("100.01")),
        ("another state seen", |c| based(c).state = PaymentState::Paid),
        ("another word seen", |c| based(c).provider_status = "complete".to_owned()),
        ("another invoice seen", |c| based(c).invoice_number = None),
        ("another reference seen", |c| based(c).reference = None),
        ("another sum returned", |c| based(c).refunded = Some(gbp("1.00"))),
        ("another reading", |c| based(c).read_at = at(1)),
    ]
}

#[test]
fn an_approval_dies_with_any_edit_of_what_was_approved() {
    let asked = change_in(State::AwaitingApproval, "c1", &adjust("80.00"));
    let approved = Event::Approved { by: staff("bob"), operation: asked.operation(), seal: None };
    let approved = Recorded { at: at(5), event: approved };
    assert_eq!(asked.clone().take(&approved), Ok(()));
    for (name, edit) in edits() {
        let mut edited = asked.clone();
        edit(&mut edited);
        assert_ne!(edited, asked, "{name} edits nothing");
        assert_eq!(edited.take(&approved), Err(Illegal::OtherOperation), "{name}");
        assert_eq!(edited.state, State::AwaitingApproval, "{name}");
    }
}

#[test]
fn a_refunds_approval_names_its_amount_reason_and_note() {
    let command = |amount: &str, code: &str, note: Option<&str>| Command::Refund {
        amount: gbp(amount),
        reason: reason(code),
        note: note.map(str::to_owned),
    };
    let operation = |command: &Command| queued("c1", command).operation();
    let seen = operation(&command("5.00", "duplicate", Some("twice")));
    assert_eq!(seen, operation(&command("5.00", "duplicate", Some("twice"))));
    assert_ne!(seen, operation(&command("5.01", "duplicate", Some("twice"))));
    assert_ne!(seen, operation(&command("5.00", "goods_returned", Some("twice"))));
    assert_ne!(seen, operation(&command("5.00", "duplicate", None)));
}

#[test]
fn nobody_approves_what_they_asked_for_themselves() {
    let mut asked = change_in(State::AwaitingApproval, "c1", &refund("5.00"));
    let operation = asked.operation();
    let own = Event::Approved { by: staff("alice"), operation: operation.clone(), seal: None };
    assert_eq!(asked.take(&Recorded { at: at(1), event: own }), Err(Illegal::SamePerson));
    take(&mut asked, Event::Approved { by: staff("bob"), operation, seal: None });
    assert_eq!((asked.state, asked.approved_by), (State::Queued, vec![staff("bob")]));
}

#[test]
fn a_doubt_is_decided_by_two_different_people() {
    for finding in [Finding::Happened, Finding::NotHappened, Finding::Wait] {
        let mut doubt = change_in(State::InDoubt, "c1", &refund("5.00"));
        let event = Event::Resolved {
            by: staff("bob"),
            with: staff("bob"),
            finding,
            reason: "sure".to_owned(),
            evidence: "e".to_owned(),
        };
        assert_eq!(doubt.take(&Recorded { at: at(9), event }), Err(Illegal::SamePerson));
        assert_eq!(doubt.state, State::InDoubt);
    }
}

#[test]
fn an_attempt_ends_only_while_it_is_the_one_under_way() {
    let other = || [attempt_ended("A2", applied()), interrupted("A2")];
    fn interrupted(id: &str) -> Event {
        Event::Interrupted { attempt_id: attempt_id(id) }
    }
    let mut change = change_in(State::Sending, "c1", &adjust("80.00"));
    for event in other() {
        let took = change.take(&Recorded { at: at(9), event });
        assert_eq!(took, Err(Illegal::OtherAttempt));
    }
    take(&mut change, attempt_ended("A1", SendEnd::NeverLeft { why: "no line".to_owned() }));
    take(&mut change, attempt_started("A2"));
    let late = change.take(&Recorded { at: at(9), event: attempt_ended("A1", applied()) });
    assert_eq!(late, Err(Illegal::OtherAttempt), "the answer of an older attempt");
    take(&mut change, attempt_ended("A2", applied()));
    assert_eq!(change.state, State::Applied);
    let ends: Vec<_> = change.attempts.iter().filter_map(|a| a.end.as_ref()).collect();
    assert_eq!(ends.iter().map(|end| end.word()).collect::<Vec<_>>(), ["never_left", "applied"]);
}

#[test]
fn a_restart_while_sending_leaves_a_doubt_with_the_attempt_closed() {
    let mut change = change_in(State::Sending, "c1", &adjust("80.00"));
    assert!(change.open_attempt().is_some());
    take(&mut change, Event::Interrupted { attempt_id: attempt_id("A1") });
    assert_eq!(change.state, State::InDoubt);
    assert_eq!(change.open_attempt(), None);
    assert!(matches!(change.attempts[0].end, Some(SendEnd::Unknown { .. })));
}

#[test]
fn an_own_change_in_front_moves_the_base_but_not_what_was_approved() {
    let mut asked = change_in(State::AwaitingApproval, "c2", &adjust("80.00"));
    let operation = asked.operation();
    take(&mut asked, Event::BaseMoved { because: change_id("c1"), applied: adjust("95.00") });
    assert_eq!(asked.base.as_ref().map(|base| base.amount), Some(gbp("95.00")));
    assert_eq!(asked.decided_on, Some(base("100.00")));
    assert_eq!(asked.operation(), operation);
    take(&mut asked, Event::Approved { by: staff("bob"), operation, seal: None });
    assert_eq!(asked.state, State::Queued);
}

#[test]
fn a_new_base_needs_a_new_approval_and_forgets_the_old_one() {
    let mut change = change_in(State::AwaitingApproval, "c1", &adjust("80.00"));
    let before = change.operation();
    take(&mut change, Event::Approved { by: staff("bob"), operation: before.clone(), seal: None });
    let why = "changed".to_owned();
    take(&mut change, Event::ConflictFound { now: base("90.00"), why: why.clone() });
    assert_eq!((change.provider_now.clone(), change.why.clone()), (Some(base("90.00")), Some(why)));
    take(
        &mut change,
        Event::Rebased {
            by: staff("alice"),
            base: base("90.00"),
            needs_approval: true,
            evidence: None,
        },
    );
    assert_eq!((change.approved_by.len(), &change.why), (0, &None));
    assert_eq!((&change.base, &change.decided_on), (&Some(base("90.00")), &Some(base("90.00"))));
    let old = Event::Approved { by: staff("bob"), operation: before, seal: None };
    let took = change.take(&Recorded { at: at(50), event: old });
    assert_eq!(took, Err(Illegal::OtherOperation));
}

#[test]
fn the_customers_link_is_kept_after_the_customer_has_acted() {
    let mut change = change_in(State::NeedsCustomer, "c1", &adjust("180.00"));
    take(&mut change, Event::CustomerActed { now: base("180.00") });
    assert_eq!(change.redirect_url.as_deref(), Some("https://pay.example/sign/1"));
}

/// What must hold of every change at every step.
fn check_rules(change: &Change) {
    let under_way = change.open_attempt().is_some();
    assert_eq!(change.state == State::Sending, under_way, "{:?}", change.state);
    let open = change.attempts.iter().filter(|attempt| attempt.ended_at.is_none()).count();
    assert!(open <= 1, "{open} attempts under way");
    assert!(!change.approved_by.contains(&change.requested_by));
    if change.state == State::NeedsCustomer {
        assert!(change.redirect_url.is_some());
    }
}

proptest! {
    #[test]
    fn any_row_of_events_is_a_legal_fold_or_a_typed_error_that_changes_nothing(
        needs_approval: bool,
        picks in proptest::collection::vec((0usize..26, 0usize..3), 0..60),
    ) {
        let first = requested(&adjust("80.00"), needs_approval);
        let mut change = Change::begin(&change_id("c1"), &first).expect("it is a request");
        let mut log = vec![first];
        for (place, (pick, attempt)) in picks.into_iter().enumerate() {
            let (_, mut event) = every_event(&change).swap_remove(pick);
            rename_attempt(&mut event, &format!("A{attempt}"));
            let moment = at(i64::try_from(place).expect("few events"));
            let recorded = Recorded { at: moment, event };
            let before = change.clone();
            match change.take(&recorded) {
                Ok(()) => log.push(recorded),
                Err(_) => prop_assert_eq!(&change, &before),
            }
            if before.state.is_final() {
                prop_assert_eq!(&change, &before);
            }
            check_rules(&change);
        }
        prop_assert_eq!(Change::fold(&change_id("c1"), &log), Ok(change));
    }
}

fn rename_attempt(event: &mut Event, name: &str) {
    match event {
        Event::AttemptStarted { attempt_id: id, .. }
        | Event::AttemptEnded { attempt_id: id, .. }
        | Event::Interrupted { attempt_id: id } => *id = attempt_id(name),
        Event::Requested { .. }
        | Event::Approved { .. }
        | Event::ApprovalVoided { .. }
        | Event::Rejected { .. }
        | Event::Withdrawn { .. }
        | Event::Lapsed { .. }
        | Event::Superseded { .. }
        | Event::Concluded { .. }
        | Event::ReadBack { .. }
        | Event::BaseMoved { .. }
        | Event::ProvedApplied { .. }
        | Event::ProvedNotApplied { .. }
        | Event::ConflictFound { .. }
        | Event::Rebased { .. }
        | Event::CustomerActed { .. }
        | Event::Expired { .. }
        | Event::Resolved { .. } => {}
    }
}

#[test]
fn a_keyed_change_keeps_its_key_and_bytes_until_it_stands_on_a_new_base() {
    let keyed = |id: &str, key: Option<&str>, digest: &str| {
        let mut event = attempt_started(id);
        if let Event::AttemptStarted { record, .. } = &mut event {
            record.key = key.map(str::to_owned);
            record.digest = digest.to_owned();
        }
        Recorded { at: at(9), event }
    };
    let mut change = queued("c1", &refund("5.00"));
    change.take(&keyed("A1", Some("k"), "d")).expect("the first choice is free");
    take(&mut change, attempt_ended("A1", unknown()));
    for (key, digest) in [(Some("k"), "other"), (Some("other"), "d"), (None, "d")] {
        assert_eq!(change.take(&keyed("A2", key, digest)), Err(Illegal::OtherBytes), "{key:?}");
    }
    change.take(&keyed("A2", Some("k"), "d")).expect("the same once more");
    assert_eq!((change.state, change.attempts.len()), (State::Sending, 2));
    take(&mut change, attempt_ended("A2", unknown()));
    take(&mut change, Event::ProvedNotApplied { now: base("100.00") });
    take(&mut change, Event::ConflictFound { now: base("90.00"), why: "changed".to_owned() });
    let (by, base) = (staff("alice"), base("90.00"));
    take(&mut change, Event::Rebased { by, base, needs_approval: false, evidence: None });
    change.take(&keyed("A3", Some("k2"), "d2")).expect("another operation, another key");
}

#[test]
fn a_superseded_change_names_the_one_that_took_its_place() {
    let mut change = queued("c1", &adjust("80.00"));
    take(&mut change, Event::Superseded { by: staff("alice"), with: change_id("c9") });
    assert_eq!(change.superseded_by, Some(change_id("c9")));
    assert_eq!(change.state, State::Withdrawn);
}

#[test]
fn a_change_that_lapsed_says_why_and_names_nobody() {
    let mut change = queued_if("c1", &adjust("80.00"), "80.00");
    let lapsed = Event::Lapsed { why: "the order carries GBP 100.00".to_owned() };
    assert_eq!(lapsed.by(), None);
    take(&mut change, lapsed);
    assert_eq!(change.state, State::Withdrawn);
    assert_eq!(change.why.as_deref(), Some("the order carries GBP 100.00"));
}

#[test]
fn a_condition_is_part_of_what_is_agreed_to_and_of_the_log_and_older_logs_have_none() {
    let with = queued_if("c1", &adjust("80.00"), "80.00");
    let without = queued("c1", &adjust("80.00"));
    assert_ne!(with.operation(), without.operation());
    assert_ne!(with.operation(), queued_if("c1", &adjust("80.00"), "80.01").operation());
    let mut first = requested(&adjust("80.00"), false);
    let stored = serde_json::to_value(&first.event).expect("an event is JSON");
    assert_eq!(stored.get("only_if"), None, "as it was stored before there were conditions");
    assert_eq!(serde_json::from_value::<Event>(stored).expect("it reads"), first.event);
    if let Event::Requested { only_if, .. } = &mut first.event {
        *only_if = Some(Box::new(condition("80.00")));
    }
    let stored = serde_json::to_value(&first.event).expect("an event is JSON");
    assert_eq!(serde_json::from_value::<Event>(stored).expect("it reads"), first.event);
}

#[test]
fn the_key_is_the_id_until_a_change_that_was_sent_is_put_on_a_new_base() {
    let mut change = queued("c1", &adjust("80.00"));
    let mut take = |event: Event| {
        change.take(&Recorded { at: at(5), event }).expect("it fits");
        change.key()
    };
    let found = || Event::ConflictFound { now: base("90.00"), why: "it is another".to_owned() };
    let rebased = || Event::Rebased {
        by: staff("bob"),
        base: base("90.00"),
        needs_approval: false,
        evidence: None,
    };
    take(found());
    assert_eq!(take(rebased()), "c1", "nothing was sent under it");
    take(attempt_started("A1"));
    assert_eq!(take(attempt_ended("A1", SendEnd::NeverLeft { why: "no route".to_owned() })), "c1");
    take(found());
    assert_eq!(take(rebased()), "c1.1");
}
