use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Reports.
#[derive(Debug, Subcommand)]
pub enum Report {
    /// What was asked for on one local day, summed up
    Day {
        /// Such as 2026-11-21 [default: today]
        #[arg(long, value_name = "D")]
        date: Option<String>,
        /// Also write every sum to a new file, for a spreadsheet
        #[arg(long, value_name = "FILE")]
        csv: Option<PathBuf>,
    },
    /// Read the period since the last Z report; ends nothing
    X(Table),
    /// Close the period
    Z(Table),
    /// Show a Z report exactly as it was made
    Show {
        /// Its number
        number: u32,
        /// Also to a file
        #[command(flatten)]
        table: Table,
    },
    /// Separation of duty: what an auditor looks at first, from the whole trail
    Duty {
        /// From this local day on [default: the beginning]
        #[arg(long, value_name = "D")]
        from: Option<String>,
        /// Up to the end of this local day [default: now]
        #[arg(long, value_name = "D")]
        to: Option<String>,
        /// Also write the findings to a new file, for a spreadsheet
        #[arg(long, value_name = "FILE")]
        csv: Option<PathBuf>,
        /// Also write who agreed to whose changes to a new file
        #[arg(long, value_name = "FILE")]
        pairs_csv: Option<PathBuf>,
    },
    /// What stands open, for whoever takes over
    Handover,
    /// Print a report on the slip printer
    Print {
        /// Which
        #[arg(value_parser = ["x", "z", "day", "duty", "handover"])]
        what: String,
        /// Number of a Z report, which is printed again as it was
        #[arg(long, value_name = "N", required_if_eq("what", "z"))]
        number: Option<u32>,
        /// Day of a day report [default: today]
        #[arg(long, value_name = "D")]
        date: Option<String>,
    },
}

/// A report also as a table.
#[derive(Debug, Args)]
pub struct Table {
    /// Also write every sum to a new file, for a spreadsheet
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
}

/// Slips.
#[derive(Debug, Subcommand)]
pub enum Slip {
    /// Show the slip of a change as it stands; nothing is printed
    Show {
        /// The change
        change: String,
        /// Also write it as a page to a new file
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
    /// Print the slip of a change as it stands on the slip printer
    Print {
        /// The change
        change: String,
    },
    /// The ledger of prints, newest first
    List,
}
