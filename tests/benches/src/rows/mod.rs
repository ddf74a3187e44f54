//! The rows of the table of targets, one file each.

mod s1;
mod s13;
mod s2;
mod s3;
mod s4;
mod s5;
mod s6;

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::counted::{self, Counts};
use crate::peer::PeerCall;
use crate::report::{Figure, Row, Target};
use crate::sizes::Sizes;

/// A row of the table of targets that is measured here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Name {
    /// Durable enqueue.
    #[value(name = "S1")]
    S1,
    /// Enqueue, claim and finish, beside others' queues.
    #[value(name = "S2")]
    S2,
    /// Group commit.
    #[value(name = "S3")]
    S3,
    /// Life of a change.
    #[value(name = "S4")]
    S4,
    /// Drain.
    #[value(name = "S5")]
    S5,
    /// Claim from a long queue.
    #[value(name = "S6")]
    S6,
    /// Signing.
    #[value(name = "S13")]
    S13,
}

/// Operations that a second process does under `strace`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Counted {
    /// One caller asks.
    Asks,
    /// 64 callers ask at once.
    CrowdAsks,
    /// One life after another.
    Lives,
    /// Eight lives at once.
    LivesInFlight,
    /// A drain of the real runtime.
    Drain,
}

/// What every row needs to know.
#[derive(Debug)]
pub struct Bench {
    /// How much.
    pub sizes: Sizes,
    /// A folder on the disk that is measured; emptied afterwards.
    pub folder: PathBuf,
    /// The row that is to fail.
    pub defect: Option<Name>,
    /// Others' queues that could be installed.
    pub peers: Vec<PeerCall>,
}

impl Bench {
    /// A new folder of this name.
    pub fn folder(&self, name: &str) -> PathBuf {
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&folder).expect("the folder is ours");
        folder
    }

    /// True where this row was made to fail on purpose.
    pub fn planted(&self, name: Name) -> bool {
        self.defect == Some(name)
    }

    /// Counts syncs and bytes of so many operations in a second process.
    fn count(&self, counted: Counted, operations: u32) -> Result<Counts, String> {
        let mut arguments = vec![
            "--counted".to_owned(),
            in_words(&counted),
            "--operations".to_owned(),
            operations.to_string(),
            "--folder".to_owned(),
            self.folder.display().to_string(),
        ];
        arguments.extend(self.sizes.flag.map(str::to_owned));
        if let Some(defect) = self.defect {
            arguments.extend(["--defect".to_owned(), in_words(&defect)]);
        }
        counted::count(&self.folder, &arguments)
    }
}

fn in_words(value: &impl ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

/// Measures one row.
pub fn run(bench: &Bench, name: Name) -> Row {
    match name {
        Name::S1 => s1::run(bench),
        Name::S2 => s2::run(bench),
        Name::S3 => s3::run(bench),
        Name::S4 => s4::run(bench),
        Name::S5 => s5::run(bench),
        Name::S6 => s6::run(bench),
        Name::S13 => s13::run(bench),
    }
}

/// In the second process: does the operations between the marks.
pub fn count_here(bench: &Bench, counted: Counted, operations: u32) {
    match counted {
        Counted::Asks => s1::count_here(bench, operations),
        Counted::CrowdAsks => s3::count_here(bench, operations),
        Counted::Lives => s4::count_here(bench, operations, 1),
        Counted::LivesInFlight => s4::count_here(bench, operations, s4::IN_FLIGHT),
        Counted::Drain => s5::count_here(bench, operations),
    }
}

/// An account of no provider: rows that send nothing.
const NOWHERE: &str = "http://127.0.0.1:9";

/// A number of operations as the divisor of an average.
fn per(amount: impl Into<f64>, operations: u32) -> f64 {
    amount.into() / f64::from(operations.max(1))
}

/// Bytes as KiB for each operation.
fn kib_per(bytes: u64, operations: u32) -> f64 {
    let kib = u32::try_from(bytes / 1024).unwrap_or(u32::MAX);
    per(kib, operations)
}

/// The figure of a count, or why there is none.
fn counted_figure(
    what: &str,
    counts: &Result<Counts, String>,
    unit: &'static str,
    score: impl Fn(&Counts) -> f64,
) -> Figure {
    match counts {
        Ok(counts) => Figure::count(what, score(counts), unit, "strace, a run of its own"),
        Err(why) => Figure::not_measured(what, why),
    }
}

/// At most one, to two decimals.
const ONE: Target = Target::AtMost(1.005);

/// Removes what a row left behind; the next one is to find the disk as it was.
fn clear(folder: &Path) {
    std::fs::remove_dir_all(folder).expect("the folder is ours");
}
