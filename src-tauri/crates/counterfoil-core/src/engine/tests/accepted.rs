//! The provider has accepted something that is an object of its own and is not done yet.

use super::shell::{Shell, count};
use crate::answer::EffectState;
use crate::capability::RepeatSafety;
use crate::change::State;
use crate::sample::{accepted, refund};

fn accepted_refund(safety: RepeatSafety, effects: &[EffectState]) -> Shell {
    let mut shell = Shell::new();
    shell.queue("c1", &refund("5.00"), safety);
    shell.script_sends("c1", [accepted()]);
    shell.script_effects("c1", effects.iter().cloned());
    shell
}

fn failed() -> EffectState {
    EffectState::Failed { message: "the bank said no".to_owned() }
}

#[test]
fn it_is_read_until_it_is_final_and_never_sent_again_whatever_may_be_repeated() {
    let pending = || vec![EffectState::Pending; 3];
    for safety in [RepeatSafety::WithKey, RepeatSafety::ReadBack, RepeatSafety::HumanOnly] {
        for (end, expected) in [(EffectState::Applied, State::Applied), (failed(), State::Declined)]
        {
            let mut shell = accepted_refund(safety, &[pending(), vec![end]].concat());
            let mut told = shell.run();
            assert_eq!(shell.state("c1"), State::InDoubt, "{safety:?}");
            for _ in 0..6 {
                told.extend(shell.run_for(600_000));
            }
            assert_eq!(shell.state("c1"), expected, "{safety:?}");
            assert_eq!(count(&told, "send"), 1, "{safety:?}: {told:?}");
        }
    }
}

#[test]
fn what_came_to_nothing_says_why_and_asks_nobody() {
    let mut shell = accepted_refund(RepeatSafety::WithKey, &[failed()]);
    shell.run_for(600_000);
    assert_eq!(shell.change("c1").why.as_deref(), Some("the bank said no"));
    assert_eq!(shell.change("c1").readings, []);
}
