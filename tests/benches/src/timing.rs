//! Interleaved chunks: a few operations of each side in turn, many rounds. What slows the machine
//! down for a while slows all sides alike, and the median of the rounds' ratios stands.

use std::time::{Duration, Instant};

/// How much of a row is measured.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// Rounds that count.
    pub rounds: u32,
    /// Rounds before them that do not.
    pub warm_up: u32,
    /// Operations of each side in a round.
    pub chunk: u32,
}

/// One side's turn in one round.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// How long one operation took on the average of this chunk.
    pub mean: Duration,
    /// How long each took, where they were timed one by one.
    pub each: Vec<Duration>,
}

/// Times every operation of a chunk by itself.
pub fn one_by_one(operations: u32, mut operation: impl FnMut()) -> Chunk {
    let each: Vec<Duration> = (0..operations).map(|_| time(&mut operation)).collect();
    Chunk { mean: each.iter().sum::<Duration>() / operations.max(1), each }
}

/// Times a chunk as a whole: its operations run at once, or are too short for the clock.
pub fn together(operations: u32, run: impl FnOnce()) -> Chunk {
    Chunk { mean: time(run) / operations.max(1), each: Vec::new() }
}

/// How long something takes.
pub fn time(run: impl FnOnce()) -> Duration {
    let began = Instant::now();
    run();
    began.elapsed()
}

/// One of the things compared: runs a chunk of so many operations.
pub type Side<'a> = Box<dyn FnMut(u32) -> Chunk + 'a>;

/// All chunks of one side, in the order of the rounds.
#[derive(Debug, Clone, Default)]
pub struct Timed {
    chunks: Vec<Chunk>,
}

/// Runs the sides in turn; every other round in the opposite order, so that none always runs
/// behind the same neighbour.
pub fn interleave(extent: Extent, sides: &mut [Side<'_>]) -> Vec<Timed> {
    let mut timed = vec![Timed::default(); sides.len()];
    for round in 0..extent.warm_up + extent.rounds {
        let mut order: Vec<usize> = (0..sides.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for place in order {
            let chunk = sides[place](extent.chunk);
            if round >= extent.warm_up {
                timed[place].chunks.push(chunk);
            }
        }
    }
    timed
}

impl Timed {
    /// The median over the rounds of one operation's mean.
    pub fn median(&self) -> Duration {
        let mut means: Vec<Duration> = self.chunks.iter().map(|chunk| chunk.mean).collect();
        means.sort_unstable();
        means.get(means.len() / 2).copied().unwrap_or_default()
    }

    /// The operation that 99 of 100 are no slower than.
    pub fn p99(&self) -> Duration {
        let mut each: Vec<Duration> =
            self.chunks.iter().flat_map(|chunk| chunk.each.iter().copied()).collect();
        each.sort_unstable();
        each.get(each.len() * 99 / 100).copied().unwrap_or_default()
    }

    /// The median of the rounds' ratios of this side to `floor`.
    pub fn against(&self, floor: &Self) -> f64 {
        let pairs = self.chunks.iter().zip(&floor.chunks);
        let mut ratios: Vec<f64> = pairs.map(|(own, floor)| ratio(own.mean, floor.mean)).collect();
        ratios.sort_unstable_by(f64::total_cmp);
        ratios.get(ratios.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// How many times longer `own` is than `floor`.
pub fn ratio(own: Duration, floor: Duration) -> f64 {
    own.as_secs_f64() / floor.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timed(micros: &[u64]) -> Timed {
        let each: Vec<_> = micros.iter().copied().map(Duration::from_micros).collect();
        let chunk = |mean: Duration| Chunk { mean, each: vec![mean] };
        Timed { chunks: each.into_iter().map(chunk).collect() }
    }

    #[test]
    fn a_burst_that_slows_both_sides_of_a_round_moves_no_ratio() {
        let own = timed(&[20, 22, 2_000, 21, 20]);
        let floor = timed(&[10, 11, 1_000, 10, 10]);
        assert!((own.against(&floor) - 2.0).abs() < 0.01, "{}", own.against(&floor));
        assert_eq!(own.median(), Duration::from_micros(21));
    }

    #[test]
    fn the_p99_leaves_out_one_in_a_hundred_and_no_more() {
        let mut micros = vec![10; 98];
        micros.extend([500, 900]);
        assert_eq!(timed(&micros).p99(), Duration::from_micros(900));
        micros.splice(0..0, vec![10; 100]);
        assert_eq!(timed(&micros).p99(), Duration::from_micros(500));
    }

    #[test]
    fn sides_take_turns_and_warm_up_rounds_do_not_count() {
        let order = std::cell::RefCell::new(String::new());
        let side = |name: char| -> Side<'_> {
            let order = &order;
            Box::new(move |operations| {
                order.borrow_mut().push(name);
                one_by_one(operations, || ())
            })
        };
        let extent = Extent { rounds: 2, warm_up: 1, chunk: 3 };
        let timed = interleave(extent, &mut [side('a'), side('b')]);
        assert_eq!(*order.borrow(), "abbaab");
        assert_eq!(timed.iter().map(|side| side.chunks.len()).collect::<Vec<_>>(), [2, 2]);
    }
}
