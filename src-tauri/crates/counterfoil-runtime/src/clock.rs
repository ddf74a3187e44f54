//! The one place that asks for the time and for randomness.
//!
//! On Linux the counter that goes on in sleep is `CLOCK_BOOTTIME`, the one that rests is
//! `CLOCK_MONOTONIC`, and the name of this start of the machine is the kernel's `boot_id`.
//! Elsewhere, and where there is no `boot_id`, a program counts from its own beginning instead:
//! setting the clock moves nothing while it runs, its next run counts as a new start of the
//! machine, and a sleep the system's counter leaves out shows as a clock set forward.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use counterfoil_core::clock::Readings;
use counterfoil_core::moment::Moment;

/// Readings that took longer than this one after another are taken anew: the machine may have
/// slept between them, and a jump would be seen that never was.
const READ_WITHIN_MS: i64 = 100;

/// How often they are taken anew before the last ones are believed, on a machine that starves.
const MOST_READS: u32 = 8;

/// Where the time comes from: the machine, or a hand that moves it (tests, the simulation).
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's clocks, under the clock guard.
    #[default]
    Machine,
    /// Milliseconds since the epoch, moved by hand: the one truth, nothing guards it.
    InHand(Arc<AtomicI64>),
    /// All clocks of a machine, each moved by hand, under the clock guard.
    MachineInHand(Arc<MachineInHand>),
}

impl Clock {
    /// What the wall clock reads, whoever set it; a till goes by `Runtime::now` instead.
    #[must_use]
    pub fn now(&self) -> Moment {
        match self {
            Self::Machine => machine_wall(),
            Self::InHand(millis) => Moment::from_millis(millis.load(Ordering::SeqCst)),
            Self::MachineInHand(hand) => hand.readings().wall,
        }
    }

    /// What all clocks read; none where the hand holds the truth itself.
    #[must_use]
    pub fn readings(&self) -> Option<Readings> {
        match self {
            Self::Machine => Some(machine_readings()),
            Self::InHand(_) => None,
            Self::MachineInHand(hand) => Some(hand.readings()),
        }
    }

    /// Milliseconds since the machine was started, sleep included; none where the hand holds the
    /// truth itself.
    #[must_use]
    pub(crate) fn boot_ms(&self) -> Option<i64> {
        match self {
            Self::Machine => Some(counters::boot_ms()),
            Self::InHand(_) => None,
            Self::MachineInHand(hand) => Some(hand.readings().boot_ms),
        }
    }
}

/// The clocks of a made-up machine.
#[derive(Debug)]
pub struct MachineInHand {
    readings: Mutex<Readings>,
}

impl MachineInHand {
    /// A machine that was started a minute ago, under this name, at this time.
    #[must_use]
    pub fn started(boot: &str, wall: Moment) -> Arc<Self> {
        let (boot_ms, awake_ms) = (60_000, 60_000);
        let readings = Readings { wall, boot_ms, awake_ms, boot: Arc::from(boot) };
        Arc::new(Self { readings: Mutex::new(readings) })
    }

    /// Time goes by.
    pub fn pass(&self, ms: i64) {
        self.change(|now| now.awake_ms = now.awake_ms.saturating_add(ms));
        self.sleep(ms);
    }

    /// The machine sleeps.
    pub fn sleep(&self, ms: i64) {
        self.change(|now| now.boot_ms = now.boot_ms.saturating_add(ms));
        self.move_wall(ms);
    }

    /// Somebody sets the wall clock, by so much.
    pub fn move_wall(&self, by_ms: i64) {
        self.change(|now| now.wall = now.wall.plus_millis(by_ms));
    }

    /// The machine is started anew, under another name; its wall clock reads this then.
    pub fn start_again(&self, boot: &str, wall: Moment) {
        self.change(|now| {
            *now = Readings { wall, boot_ms: 20_000, awake_ms: 20_000, boot: Arc::from(boot) };
        });
    }

    /// What all clocks read.
    #[must_use]
    pub fn readings(&self) -> Readings {
        self.readings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut Readings)) {
        change(&mut self.readings.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn machine_readings() -> Readings {
    let boot = counters::boot();
    let mut before = counters::boot_ms();
    let mut reads = 1;
    loop {
        let wall = machine_wall();
        let awake_ms = counters::awake_ms();
        let boot_ms = counters::boot_ms();
        if boot_ms.saturating_sub(before) <= READ_WITHIN_MS || reads >= MOST_READS {
            return Readings { wall, boot_ms, awake_ms, boot };
        }
        before = boot_ms;
        reads += 1;
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks for the time")]
fn machine_wall() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(target_os = "linux")]
mod counters {
    use rustix::time::{ClockId, Timespec, clock_gettime};

    use super::{Arc, OnceLock, OwnBeginning};

    const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

    /// The kernel's name of this start of the machine; read once, since a program does not
    /// outlive it.
    pub fn boot() -> Arc<str> {
        match kernel_boot() {
            Some(boot) => Arc::clone(boot),
            None => OwnBeginning::get().name(),
        }
    }

    pub fn boot_ms() -> i64 {
        match kernel_boot() {
            Some(_) => millis(clock_gettime(ClockId::Boottime)),
            None => OwnBeginning::get().millis(),
        }
    }

    pub fn awake_ms() -> i64 {
        match kernel_boot() {
            Some(_) => millis(clock_gettime(ClockId::Monotonic)),
            None => OwnBeginning::get().millis(),
        }
    }

    fn kernel_boot() -> Option<&'static Arc<str>> {
        static BOOT: OnceLock<Option<Arc<str>>> = OnceLock::new();
        BOOT.get_or_init(|| {
            let text = std::fs::read_to_string(BOOT_ID).ok()?;
            let name = text.trim();
            (!name.is_empty()).then(|| Arc::from(name))
        })
        .as_ref()
    }

    fn millis(time: Timespec) -> i64 {
        time.tv_sec.saturating_mul(1_000).saturating_add(time.tv_nsec / 1_000_000)
    }
}

#[cfg(not(target_os = "linux"))]
mod counters {
    use super::{Arc, OwnBeginning};

    pub fn boot() -> Arc<str> {
        OwnBeginning::get().name()
    }

    pub fn boot_ms() -> i64 {
        OwnBeginning::get().millis()
    }

    pub fn awake_ms() -> i64 {
        OwnBeginning::get().millis()
    }
}

/// A program's own beginning, where the system's is not to be had.
struct OwnBeginning {
    at: Instant,
    name: Arc<str>,
}

impl OwnBeginning {
    fn get() -> &'static Self {
        static BEGINNING: OnceLock<OwnBeginning> = OnceLock::new();
        BEGINNING.get_or_init(|| {
            let random = u128::from_be_bytes(random_bytes());
            Self { at: Instant::now(), name: Arc::from(format!("program {random:032x}")) }
        })
    }

    fn name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    fn millis(&self) -> i64 {
        i64::try_from(self.at.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

/// Random bytes from the operating system.
///
/// # Panics
/// When the operating system has none: nothing safe can be done then.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system always has randomness once it runs");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_counters_go_on_and_its_name_stays() {
        let first = Clock::Machine.readings().expect("a machine has clocks");
        std::thread::sleep(std::time::Duration::from_millis(20));
        let second = Clock::Machine.readings().expect("a machine has clocks");
        let counted = second.boot_ms - first.boot_ms;
        assert!((15..10_000).contains(&counted), "{counted} ms in a sleep of 20");
        assert!(second.awake_ms - first.awake_ms >= 15);
        assert_eq!(first.boot, second.boot);
        assert!(!first.boot.is_empty());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn on_linux_the_counter_is_the_kernels_and_another_program_reads_the_same() {
        let uptime = std::fs::read_to_string("/proc/uptime").expect("there is /proc");
        let seconds = uptime.split('.').next().expect("seconds come first");
        let uptime_ms = seconds.parse::<i64>().expect("a number") * 1_000;
        let read = Clock::Machine.readings().expect("a machine has clocks");
        assert!((0..5_000).contains(&(read.boot_ms - uptime_ms)), "{read:?}, {uptime_ms}");
    }

    #[test]
    fn a_machine_in_hand_moves_each_clock_on_its_own() {
        let noon = Moment::from_millis(1_790_000_000_000);
        let machine = MachineInHand::started("first", noon);
        machine.pass(1);
        machine.sleep(10);
        machine.move_wall(-100);
        let now = machine.readings();
        assert_eq!((now.boot_ms, now.awake_ms), (60_011, 60_001));
        assert_eq!(now.wall, noon.plus_millis(-89));
        machine.start_again("second", noon);
        let now = machine.readings();
        assert_eq!((&*now.boot, now.wall, now.boot_ms), ("second", noon, 20_000));
    }

    #[test]
    fn a_program_without_the_systems_counter_counts_from_its_own_beginning() {
        let beginning = OwnBeginning::get();
        assert!(beginning.name().starts_with("program "));
        assert!((0..600_000).contains(&beginning.millis()));
    }
}
