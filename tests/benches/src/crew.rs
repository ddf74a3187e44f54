//! Many callers at once: threads that wait for the word, do their part, and wait again, so that
//! starting them is not part of what is timed.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Threads that do the same thing at once.
pub struct Crew<'a> {
    gate: &'a Barrier,
    turns: &'a AtomicU32,
}

impl Crew<'_> {
    /// Every hand does its job so many times; returns when all have.
    pub fn work(&self, times: u32) {
        self.turns.store(times, Ordering::SeqCst);
        self.gate.wait();
        self.gate.wait();
    }
}

/// Keeps a crew while `run` runs.
pub fn with_crew<T>(hands: usize, job: impl Fn() + Sync, run: impl FnOnce(&Crew<'_>) -> T) -> T {
    let gate = Barrier::new(hands + 1);
    let (turns, ended) = (AtomicU32::new(0), AtomicBool::new(false));
    let hand = || {
        loop {
            gate.wait();
            if ended.load(Ordering::SeqCst) {
                return;
            }
            (0..turns.load(Ordering::SeqCst)).for_each(|_| job());
            gate.wait();
        }
    };
    std::thread::scope(|scope| {
        (0..hands).for_each(|_| {
            scope.spawn(hand);
        });
        let result = run(&Crew { gate: &gate, turns: &turns });
        ended.store(true, Ordering::SeqCst);
        gate.wait();
        result
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hand_does_its_part_in_every_turn() {
        let done = AtomicU32::new(0);
        let job = || {
            done.fetch_add(1, Ordering::SeqCst);
        };
        with_crew(4, job, |crew| {
            crew.work(3);
            assert_eq!(done.load(Ordering::SeqCst), 12);
            crew.work(1);
            assert_eq!(done.load(Ordering::SeqCst), 16);
        });
    }
}
