use std::path::PathBuf;

use clap::Subcommand;

/// The trail.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Check the whole trail
    Verify {
        /// A hash from a slip or report, or its first 16 digits or more: the trail must hold it
        #[arg(long, value_name = "HEX")]
        head: Option<String>,
    },
    /// Write the trail to a new file, to be checked by counterfoil-verify
    Export {
        /// The file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// The hash of the newest entry
    Head,
}
