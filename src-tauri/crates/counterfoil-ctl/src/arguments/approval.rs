use clap::Subcommand;

/// Approvals between two tills, of which the one that asks may be offline.
#[derive(Debug, Subcommand)]
pub enum Approval {
    /// On the till that asks: the text to carry to a manager's till
    Challenge {
        /// The change that waits for a second person
        change: String,
    },
    /// On the manager's till: what another till asks, in words
    Read {
        /// The whole text, beginning with CF1.
        #[arg(long, value_name = "TEXT")]
        challenge: String,
    },
    /// On the manager's till: agree; --as is who agrees, with their PIN
    Answer {
        /// The whole text, beginning with CF1.
        #[arg(long, value_name = "TEXT")]
        challenge: String,
    },
    /// On the till that asked: take the answer
    Accept {
        /// The whole text, beginning with CA1.
        #[arg(long, value_name = "TEXT")]
        answer: String,
    },
    /// Keys of people of other tills whose answers count here
    #[command(subcommand)]
    Key(Key),
}

/// Keys. An owner of the one till hands them out, an owner of the other brings them in.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// The key of a person of this till, for another one
    Export {
        /// Id or exact name
        who: String,
    },
    /// Bring in the key of a person of another till
    Import {
        /// The whole text, beginning with CK1.
        #[arg(long, value_name = "TEXT")]
        key: String,
        /// What they count as here [default: what they are there]
        #[arg(long, value_parser = ["manager", "owner"])]
        role: Option<String>,
        /// The fingerprint that the other till shows: refused where the key has another
        #[arg(long, value_name = "LETTERS")]
        fingerprint: Option<String>,
    },
    /// List them
    List,
    /// Take a key out again: what it signed and was not sent needs another yes
    Remove {
        /// Id or exact name
        who: String,
    },
}
