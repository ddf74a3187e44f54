use clap::Subcommand;

/// Personal texts: erase those of a payment, the name of somebody who has left, or what was kept
/// long enough. For the owner.
#[derive(Debug, Subcommand)]
pub enum Privacy {
    /// Show what an erasure of a payment's texts would take away; with --confirm, do it
    Erase {
        /// The payment: its id or ACCOUNT/PROVIDER_REF
        #[arg(long, value_name = "P")]
        payment: String,
        /// Why
        #[arg(long, value_parser = ["person_asked", "not_needed", "kept_by_mistake", "law"])]
        reason: String,
        /// The word that was shown for exactly this
        #[arg(long, value_name = "WORD")]
        confirm: Option<String>,
    },
    /// The same for the name of somebody who has left
    EraseName {
        /// Id, or the exact name they had
        who: String,
        /// Why
        #[arg(long, value_parser = ["person_asked", "not_needed", "kept_by_mistake", "law"])]
        reason: String,
        /// The word that was shown for exactly this
        #[arg(long, value_name = "WORD")]
        confirm: Option<String>,
    },
    /// Erase what was kept for longer than the setting privacy.keep_days says
    Sweep,
}
