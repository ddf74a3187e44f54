use std::path::PathBuf;

use clap::Parser;

/// The desk where shop staff change payments that already exist.
#[derive(Debug, Parser)]
#[command(name = "counterfoil", version)]
pub struct Arguments {
    /// Open the training till: made-up payments on a stand-in provider, nothing is real and
    /// nothing is kept.
    #[arg(long)]
    pub training: bool,

    /// The data folder of the till (default: the platform's application data folder).
    #[arg(long, env = "COUNTERFOIL_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// How many payments the training till has.
    #[arg(long, default_value_t = 300, value_name = "N")]
    pub payments: usize,
}
