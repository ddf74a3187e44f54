use clap::{Args, Subcommand};

/// Reconciliation: a run, or what to do with what runs found.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Reconcile {
    /// What to do with findings; without it an account is compared
    #[command(subcommand)]
    pub desk: Option<Findings>,
    /// Name or id of the account to compare with its provider
    #[arg(long, value_name = "A", required = true)]
    pub account: Option<String>,
    /// Only payments made since this day (UTC), such as 2026-11-21, or since an RFC 3339 moment
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
}

/// Findings of reconciliations.
#[derive(Debug, Subcommand)]
pub enum Findings {
    /// List findings, newest first
    List {
        /// Name or id of the account [default: all]
        #[arg(long, value_name = "A")]
        account: Option<String>,
        /// open, resolved, gone or all [default: open]
        #[arg(long)]
        state: Option<String>,
    },
    /// Say what a finding is about; --as is who says so
    Resolve {
        /// The finding
        finding: String,
        /// What was found out and done
        #[arg(long, value_name = "TEXT")]
        remark: String,
    },
}
