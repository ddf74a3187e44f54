use clap::{Args, Subcommand};

/// Notices of what needs the person who acts.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Notices {
    /// What to do with them; without it they are listed, newest first
    #[command(subcommand)]
    pub desk: Option<Seen>,
    /// Those that cleared themselves instead
    #[arg(long)]
    pub cleared: bool,
    /// At most this many, up to 200
    #[arg(long, value_name = "N")]
    pub limit: Option<u32>,
}

/// What a person does with notices.
#[derive(Debug, Subcommand)]
pub enum Seen {
    /// Say that --as has seen them; a refusal is cleared by that
    Seen {
        /// Their names, as in the list
        #[arg(value_name = "NOTICE", required = true, num_args = 1..)]
        notices: Vec<String>,
    },
}
