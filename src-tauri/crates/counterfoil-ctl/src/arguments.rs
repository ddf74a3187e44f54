//! Every command and option, as the contract names them.

mod approval;
mod audit;
mod notices;
mod privacy;
mod reconcile;
mod report;
mod staff;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use counterfoil_api::call::ItemText;

pub use self::approval::{Approval, Key};
pub use self::audit::Audit;
pub use self::notices::{Notices, Seen};
pub use self::privacy::Privacy;
pub use self::reconcile::{Findings, Reconcile};
pub use self::report::{Report, Slip};
pub use self::staff::{Pin, Staff};

/// The desk without a window: change payments that already exist, set up the till, send what
/// waits, check the trail.
#[derive(Debug, Parser)]
#[command(name = "counterfoilctl", version)]
pub struct Arguments {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that stand before or after any command.
#[derive(Debug, Args)]
pub struct Global {
    /// The till's data folder [default: counterfoil in the platform's application data folder]
    #[arg(long, global = true, env = "COUNTERFOIL_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// Print exactly one JSON value on stdout
    #[arg(long, global = true, overrides_with = "json")]
    pub json: bool,

    /// Who acts, by id or exact name; the PIN is in COUNTERFOIL_PIN
    #[arg(long = "as", global = true, value_name = "STAFF")]
    pub acting: Option<String>,

    /// Read the PIN from the first line of stdin instead
    #[arg(long, global = true, overrides_with = "pin_stdin")]
    pub pin_stdin: bool,
}

/// The groups of commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set up a new store, its till and its owner (the owner's PIN in COUNTERFOIL_PIN)
    Init(Init),
    /// People
    #[command(subcommand)]
    Staff(Staff),
    /// Accounts at providers
    #[command(subcommand)]
    Account(Account),
    /// Limits and waits
    #[command(subcommand)]
    Settings(Settings),
    /// Find, start, track payments
    #[command(subcommand)]
    Payment(Payment),
    /// Ask for changes and decide about them
    #[command(subcommand)]
    Change(Change),
    /// Approvals given at another till
    #[command(subcommand)]
    Approval(Approval),
    /// Send what waits and settle what can be settled
    Sync(Sync),
    /// Answer callbacks of providers: hints about payments, proposed orders
    Listen(Listen),
    /// Compare an account's payments with its provider's; findings and their remarks
    Reconcile(Reconcile),
    /// What needs the person who acts
    Notices(Notices),
    /// X, Z and day reports, separation of duty
    #[command(subcommand)]
    Report(Report),
    /// Slips of changes, and what was printed
    #[command(subcommand)]
    Slip(Slip),
    /// Work offline on purpose, or not; what may still be asked for meanwhile
    #[command(subcommand)]
    Line(Line),
    /// The trail of everything that was done
    #[command(subcommand)]
    Audit(Audit),
    /// Erase personal texts
    #[command(subcommand)]
    Privacy(Privacy),
    /// The health of this till
    Doctor,
}

/// First run.
#[derive(Debug, Args)]
pub struct Init {
    /// Name of the store
    #[arg(long, value_name = "NAME")]
    pub store: String,
    /// Name of this till
    #[arg(long, value_name = "NAME")]
    pub till: String,
    /// Name of the owner
    #[arg(long, value_name = "NAME")]
    pub owner: String,
}

/// Accounts.
#[derive(Debug, Subcommand)]
pub enum Account {
    /// Add an account; its secrets as one JSON object on stdin
    Add(NewAccount),
    /// List the accounts
    List,
    /// Try the credentials with a harmless read; lets a paused account send again
    Test {
        /// Name or id
        account: String,
    },
    /// Replace the secrets, as one JSON object on stdin
    Rotate {
        /// Name or id
        account: String,
    },
    /// Remove an account that nothing is known of
    Remove {
        /// Name or id
        account: String,
    },
}

/// A new account.
#[derive(Debug, Args)]
pub struct NewAccount {
    /// What staff call it
    #[arg(long, value_name = "A")]
    pub name: String,
    /// Which provider
    #[arg(long)]
    pub provider: String,
    /// Where its paths begin, such as https://api.bumper.co
    #[arg(long, value_name = "URL")]
    pub base_url: String,
    /// ISO 4217 code [default: the provider's]
    #[arg(long)]
    pub currency: Option<String>,
    /// A setting of the provider
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = pair)]
    pub options: Vec<(String, String)>,
}

/// Settings.
#[derive(Debug, Subcommand)]
pub enum Settings {
    /// Show one setting, or all
    Get {
        /// Such as approval.refund_over
        key: Option<String>,
    },
    /// Write one setting
    Set {
        /// Such as approval.refund_over
        key: String,
        /// The new value
        #[arg(allow_negative_numbers = true)]
        value: String,
    },
}

/// Payments.
#[derive(Debug, Subcommand)]
pub enum Payment {
    /// Ask for a new payment; sent by sync
    Start(Start),
    /// Fetch a payment from the provider and keep an eye on it
    Track {
        /// Name or id of the account
        #[arg(long)]
        account: String,
        /// The provider's reference (Bumper: the token)
        #[arg(long = "ref", value_name = "PROVIDER_REF")]
        provider_ref: String,
    },
    /// Show a payment as last read
    Show {
        /// Payment id or ACCOUNT/PROVIDER_REF
        payment: String,
    },
    /// Read a payment at the provider again
    Refresh {
        /// Payment id or ACCOUNT/PROVIDER_REF
        payment: String,
    },
    /// List payments, newest first
    List {
        /// Words or beginnings of words
        #[arg(long, value_name = "TEXT")]
        query: Option<String>,
        /// A payment state
        #[arg(long)]
        state: Option<String>,
        /// How many, 1 to 200 [default: 50]
        #[arg(long, value_name = "N")]
        limit: Option<u32>,
        /// Go on where `next` of the last list says
        #[arg(long, value_name = "CURSOR")]
        after: Option<String>,
    },
}

/// A new payment.
#[derive(Debug, Args)]
pub struct Start {
    /// Name or id of the account
    #[arg(long)]
    pub account: String,
    /// Decimal text, such as 300.00
    #[arg(long, allow_negative_numbers = true)]
    pub amount: String,
    /// ISO 4217 code
    #[arg(long)]
    pub currency: String,
    /// Invoice number
    #[arg(long)]
    pub invoice: Option<String>,
    /// Your own reference
    #[arg(long)]
    pub reference: Option<String>,
    /// The customer's e-mail address
    #[arg(long)]
    pub email: Option<String>,
    /// A line of goods: name, quantity, price of one
    #[arg(long = "item", value_name = "NAME:QUANTITY:PRICE", value_parser = item)]
    pub items: Vec<ItemText>,
    /// Show what would be sent; store nothing
    #[arg(long)]
    pub preview: bool,
}

/// Changes.
#[derive(Debug, Subcommand)]
pub enum Change {
    /// What can be asked for on a payment
    #[command(flatten)]
    Ask(Wish),
    /// Agree to what somebody else asked for; --as is the approver
    Approve {
        /// The change
        change: String,
    },
    /// Refuse what somebody asked for; --as is who refuses
    Reject {
        /// The change
        change: String,
        /// Why
        #[arg(long)]
        note: Option<String>,
    },
    /// Take a change back before anything of it was sent
    Withdraw {
        /// The change
        change: String,
    },
    /// Try now instead of later
    Retry {
        /// The change
        change: String,
    },
    /// Doubt desk: two people say what they found out
    Resolve {
        /// The change
        change: String,
        /// What they found out
        #[arg(long)]
        outcome: Finding,
        /// How they know
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// The second person; the PIN is in COUNTERFOIL_SECOND_PIN
        #[arg(long = "with", value_name = "STAFF")]
        second: Option<String>,
        /// `evidence` of the change as it was shown; refused where it has changed since
        #[arg(long, value_name = "DIGEST")]
        evidence: Option<String>,
    },
    /// Conflict desk: apply it on the payment as it is now
    Rebase(Settle),
    /// Conflict desk: give it up
    Drop(Settle),
    /// Doubt desk: every doubt with its evidence
    Doubts,
    /// Conflict desk: every conflict in three views: seen, mine, now
    Conflicts,
    /// Show a change
    Show {
        /// The change
        change: String,
    },
    /// List changes, newest first
    List {
        /// A change state, or open
        #[arg(long)]
        state: Option<String>,
        /// Payment id or ACCOUNT/PROVIDER_REF
        #[arg(long, value_name = "P")]
        payment: Option<String>,
    },
}

/// A conflict that is decided.
#[derive(Debug, Args)]
pub struct Settle {
    /// The change
    pub change: String,
    /// `evidence` of the change as it was shown; refused where it has changed since
    #[arg(long, value_name = "DIGEST")]
    pub evidence: Option<String>,
}

/// What can be asked for on a payment.
#[derive(Debug, Subcommand)]
pub enum Wish {
    /// Ask for a new total
    Adjust {
        /// Which payment, and whether to preview
        #[command(flatten)]
        on: On,
        /// The new total
        #[arg(long, allow_negative_numbers = true)]
        total: String,
        /// New invoice number
        #[arg(long)]
        invoice: Option<String>,
        /// A line of goods: name, quantity, price of one
        #[arg(long = "item", value_name = "NAME:QUANTITY:PRICE", value_parser = item)]
        items: Vec<ItemText>,
        /// An adjustment of this payment that waits unsent and is to be replaced by this one
        #[arg(long, value_name = "CHANGE")]
        instead_of: Option<String>,
    },
    /// Ask for other texts; no money moves
    Relabel {
        /// Which payment, and whether to preview
        #[command(flatten)]
        on: On,
        /// New invoice number
        #[arg(long)]
        invoice: Option<String>,
        /// New reference
        #[arg(long)]
        reference: Option<String>,
        /// New description
        #[arg(long)]
        description: Option<String>,
        /// Further data
        #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
        metadata: Vec<(String, String)>,
    },
    /// Ask for money back
    Refund {
        /// Which payment, and whether to preview
        #[command(flatten)]
        on: On,
        /// How much [default: all that is refundable]
        #[arg(long, allow_negative_numbers = true)]
        amount: Option<String>,
        /// Reason code
        #[arg(long, value_name = "CODE")]
        reason: String,
        /// A word more; `other` needs one
        #[arg(long)]
        note: Option<String>,
    },
    /// Ask for the end of an unpaid payment
    Cancel {
        /// Which payment, and whether to preview
        #[command(flatten)]
        on: On,
        /// Reason code
        #[arg(long, value_name = "CODE")]
        reason: Option<String>,
    },
    /// Ask to take authorised money
    Capture {
        /// Which payment, and whether to preview
        #[command(flatten)]
        on: On,
        /// How much [default: all]
        #[arg(long, allow_negative_numbers = true)]
        amount: Option<String>,
        /// When, RFC 3339
        #[arg(long)]
        at: Option<String>,
    },
    /// Ask for the end of an authorisation
    Void {
        /// Which payment, and whether to preview
        #[command(flatten)]
        on: On,
    },
}

/// What a change is asked for on.
#[derive(Debug, Args)]
pub struct On {
    /// Payment id or ACCOUNT/PROVIDER_REF
    #[arg(long, value_name = "P")]
    pub payment: String,
    /// Show what would be sent; store nothing
    #[arg(long)]
    pub preview: bool,
}

/// What two people found out about a doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Finding {
    /// The provider has done it
    Happened,
    /// The provider has not done it: it is sent again
    NotHappened,
    /// Not known yet
    Wait,
}

impl Finding {
    /// The word of the call table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Happened => "happened",
            Self::NotHappened => "not-happened",
            Self::Wait => "wait",
        }
    }
}

/// Sending.
#[derive(Debug, Args)]
pub struct Sync {
    /// Send until nothing can move without a person or more time
    #[arg(long, required_unless_present = "watch")]
    pub until_idle: bool,
    /// How long to wait for what needs time, such as 30s, 500ms or 2m
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = span)]
    pub deadline: Duration,
    /// Keep sending until ended
    #[arg(long, conflicts_with_all = ["until_idle", "deadline"])]
    pub watch: bool,
}

/// Listening for callbacks.
#[derive(Debug, Args)]
pub struct Listen {
    /// Where [default: the setting listen.addr, else a free port of 127.0.0.1]
    #[arg(long, value_name = "IP:PORT")]
    pub addr: Option<String>,
}

/// The line to the providers.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum Line {
    /// Send nothing until it is ended, in any window or command
    Offline,
    /// End working offline on purpose
    Online,
    /// Whether the till is offline, since when, and what may still be asked for
    Show,
}

/// `KEY=VALUE`; the value may hold further equals signs.
fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    if key.is_empty() {
        return Err("the key before the equals sign is missing".to_owned());
    }
    Ok((key.to_owned(), value.to_owned()))
}

/// Pairs by key. The last of two with one key counts.
pub fn by_key(pairs: &[(String, String)]) -> BTreeMap<String, String> {
    pairs.iter().cloned().collect()
}

/// `NAME:QUANTITY:PRICE`, read from the right, because a name may hold colons.
fn item(text: &str) -> Result<ItemText, String> {
    let mut parts = text.rsplitn(3, ':');
    let (price, quantity, name) = (parts.next(), parts.next(), parts.next());
    match (name, quantity, price) {
        (Some(name), Some(quantity), Some(price)) => Ok(ItemText {
            item: name.to_owned(),
            quantity: quantity.to_owned(),
            price: price.to_owned(),
        }),
        _ => Err("write it as NAME:QUANTITY:PRICE, such as \"Tyre:2:150.00\"".to_owned()),
    }
}

/// A whole number with its unit.
fn span(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err("write it with its unit, such as 30s, 500ms or 2m".to_owned()),
    };
    let number: u32 = number.parse().map_err(|_| "write it as a whole number with its unit")?;
    Ok(Duration::from_millis(u64::from(number) * millis))
}

/// True where JSON was asked for, by arguments that may be wrong otherwise.
pub fn asks_for_json(arguments: impl Iterator<Item = OsString>) -> bool {
    arguments.take_while(|argument| argument != "--").any(|argument| argument == "--json")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_table_of_arguments_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_line_of_goods_is_read_from_the_right() {
        let read = |text: &str| item(text).map(|i| (i.item, i.quantity, i.price)).ok();
        let line = |a: &str, b: &str, c: &str| Some((a.to_owned(), b.to_owned(), c.to_owned()));
        assert_eq!(read("Tyre:2:150.00"), line("Tyre", "2", "150.00"));
        assert_eq!(read("Bulb 12:5 W:1:3.00"), line("Bulb 12:5 W", "1", "3.00"));
        assert_eq!(read("::"), line("", "", ""));
        assert_eq!(read("Tyre:150.00"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn a_deadline_needs_its_unit() {
        let check = |text: &str, millis: Option<u64>| {
            assert_eq!(span(text).ok(), millis.map(Duration::from_millis), "{text}");
        };
        check("30s", Some(30_000));
        check("500ms", Some(500));
        check("2m", Some(120_000));
        check("0s", Some(0));
        for refused in ["30", "", "s", "-1s", "1.5s", "99999999999s", "1 s", "٣s", "1d"] {
            check(refused, None);
        }
    }

    #[test]
    fn a_pair_is_split_at_its_first_equals_sign() {
        assert_eq!(pair("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(pair("a").is_err() && pair("=a").is_err());
    }

    #[test]
    fn json_is_asked_for_anywhere_before_the_end_of_the_options() {
        let asked = |all: &[&str]| asks_for_json(all.iter().map(OsString::from));
        assert!(asked(&["ctl", "nonsense", "--json"]));
        assert!(!asked(&["ctl", "--", "--json"]));
    }
}
