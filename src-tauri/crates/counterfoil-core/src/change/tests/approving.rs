//! Signed approvals in the fold.

use crate::approval::Void;
use crate::change::{Event, Illegal, Recorded, State};
use crate::sample::{
    adjust, agreed, approved, at, base, change_in, queued, refund, seal, sealed_event, staff, take,
};

#[test]
fn a_signed_approval_counts_once_and_for_the_operation_it_names() {
    let asked = change_in(State::AwaitingApproval, "c1", &refund("5.00"));
    let check = |event: Event, expected: Result<(), Illegal>| {
        let took = asked.clone().take(&Recorded { at: at(9), event });
        assert_eq!(took, expected);
    };
    check(approved(&asked, "bob", "n1"), Ok(()));
    check(approved(&asked, "alice", "n1"), Err(Illegal::SamePerson));
    let other = change_in(State::AwaitingApproval, "c2", &refund("5.00"));
    check(approved(&other, "bob", "n1"), Err(Illegal::OtherOperation));
    let given = approved(&asked, "bob", "n1");
    let Event::Approved { operation, .. } = given.clone() else { panic!("it is one") };
    let later = Some(Box::new(seal(&asked, "bob", "n2")));
    check(
        Event::Approved { by: staff("bob"), operation: operation.clone(), seal: later },
        Err(Illegal::OtherOperation),
    );
    let unsigned = Event::Approved { by: staff("bob"), operation, seal: None };
    check(unsigned, Err(Illegal::OtherOperation));

    let mut again = asked.clone();
    take(&mut again, given.clone());
    take(&mut again, Event::ApprovalVoided { why: Void::Expired });
    let took = again.take(&Recorded { at: at(9), event: given });
    assert_eq!(took, Err(Illegal::Replayed));
    let fresh = seal(&again, "bob", "n2");
    take(&mut again, sealed_event(&asked, "bob", fresh));
    assert_eq!((again.state, again.why), (State::Queued, None));
}

#[test]
fn an_approval_that_is_void_leaves_what_was_asked_for_and_nobody_who_agreed() {
    let mut change = agreed("c1", &refund("5.00"));
    assert_eq!((change.state, change.seal.is_some()), (State::Queued, true));
    let operation = change.operation();
    take(&mut change, Event::ApprovalVoided { why: Void::Left });
    assert_eq!(change.state, State::AwaitingApproval);
    assert_eq!((change.approved_by.len(), change.seal.is_none()), (0, true));
    assert_eq!(change.why.as_deref(), Some("the one who agreed has left"));
    assert_eq!((change.operation(), change.needs_second), (operation, true));
    for other in [queued("c1", &refund("5.00")), change] {
        let event = Event::ApprovalVoided { why: Void::Left };
        let refused = Illegal::FromState { event: "approval_voided", state: other.state };
        assert_eq!(other.clone().take(&Recorded { at: at(9), event }), Err(refused));
    }
}

#[test]
fn whether_a_second_person_is_needed_follows_the_newest_base() {
    let mut change = agreed("c1", &adjust("80.00"));
    let found = || Event::ConflictFound { now: base("90.00"), why: "changed".to_owned() };
    for needs_approval in [true, false] {
        change = agreed("c1", &adjust("80.00"));
        take(&mut change, found());
        let (by, base) = (staff("carol"), base("90.00"));
        take(&mut change, Event::Rebased { by, base, needs_approval, evidence: None });
        assert_eq!(change.needs_second, needs_approval);
        assert_eq!(change.seal, None, "it was given on the older base");
    }
    assert_eq!(change.state, State::Queued);
}
