use clap::{Args, Subcommand};

/// People. WHO is an id or an exact name.
#[derive(Debug, Subcommand)]
pub enum Staff {
    /// Add a person (their PIN in COUNTERFOIL_NEW_PIN)
    Add {
        /// Their name
        #[arg(long)]
        name: String,
        /// What they may do
        #[arg(long, value_parser = ["cashier", "manager", "owner", "auditor"])]
        role: String,
    },
    /// Give a person another name; what they did keeps the one of then
    Rename {
        /// Id or exact name
        who: String,
        /// Their new name
        #[arg(long)]
        name: String,
    },
    /// Give a person another role
    Role {
        /// Id or exact name
        who: String,
        /// What they may do from now on
        #[arg(long, value_parser = ["cashier", "manager", "owner", "auditor"])]
        role: String,
    },
    /// A person leaves: nobody signs in as them any more, what they did stays theirs
    Leave {
        /// Id or exact name
        who: String,
    },
    /// Somebody who left is here again (their new PIN in COUNTERFOIL_NEW_PIN)
    Return {
        /// Id, or the exact name they had
        who: String,
    },
    /// Give somebody a new PIN (in COUNTERFOIL_NEW_PIN); without WHO it is one's own
    Pin(Pin),
    /// List the people
    List {
        /// Also those who have left
        #[arg(long)]
        all: bool,
    },
}

/// Whose PIN.
#[derive(Debug, Args)]
pub struct Pin {
    /// Id or exact name [default: the person of --as]
    pub who: Option<String>,
    /// The keyring has lost what PINs are checked with, for good: an owner makes it anew with
    /// their own new PIN; everybody else then needs a new PIN, too
    #[arg(long, conflicts_with = "who")]
    pub new_pepper: bool,
}
