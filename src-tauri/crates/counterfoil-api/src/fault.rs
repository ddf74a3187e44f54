//! What a screen or a command is told when something could not be done.
//! Screens branch on [`FaultCode`] only and hold the words; the command line prints `message`.

use std::collections::BTreeMap;

use serde::Serialize;
use ts_rs::TS;

/// The closed list of codes. A new one needs words in every message file and an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename_all = "snake_case")]
pub enum FaultCode {
    /// Text that cannot be read: an amount, an id, an option.
    BadInput,
    /// An amount that cannot be read in this currency.
    BadAmount,
    /// Nobody is signed in, or the session locked.
    SignInNeeded,
    /// The PIN does not fit, or the person does not exist.
    WrongPin,
    /// Too many wrong tries.
    Locked,
    /// This person may not do that.
    NotPermitted,
    /// Requester and approver are the same person.
    SamePerson,
    /// The yes of a second person does not hold.
    ApprovalRefused,
    /// The provider, or this payment's state, does not allow it.
    NotAllowed,
    /// Below the minimum or above the maximum.
    OutOfRange,
    /// More than can be returned.
    OverRefundable,
    /// Bytes may have left: it cannot be taken back.
    TooLate,
    /// The change is in another state than this needs.
    WrongState,
    /// What a decision rests on has changed since it was shown.
    EvidenceChanged,
    /// A text looks like a card number.
    CardNumber,
    /// An offline limit would be passed.
    OfflineLimit,
    /// The trail does not verify.
    AuditBroken,
    /// No such payment, change, person, account.
    NotFound,
    /// It exists already.
    Exists,
    /// The store is not set up yet.
    FirstRun,
    /// The store cannot be read or written.
    Store,
    /// The store was made by a newer version.
    StoreNewer,
    /// The keyring is absent, locked or broken.
    Keyring,
    /// The slip printer is away, or broke off.
    Printer,
    /// The keyring is away, so that nobody can be proved in full: asking goes on, deciding waits.
    KeyringClosed,
    /// The keyring works and has lost what PINs are checked with.
    PepperLost,
    /// Nobody could set up the till any more.
    LastOwner,
    /// Another process or till holds the right to send.
    HeldElsewhere,
    /// The provider cannot be reached.
    Unreachable,
    /// The provider answered in a way that proves nothing.
    UnclearAnswer,
    /// The provider refused the credentials.
    CredentialsRefused,
    /// The provider said no.
    Declined,
}

/// What is known about money at the moment of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename_all = "snake_case")]
pub enum MoneyMoved {
    /// Nothing moved.
    No,
    /// It cannot be told from here.
    Unknown,
}

/// A refusal or failure, safe to show: no secrets, no stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Fault {
    /// From the closed list.
    pub code: FaultCode,
    /// What happened and what to do, in plain English.
    pub message: String,
    /// Facts a screen may put into its own words.
    pub detail: BTreeMap<String, String>,
    /// True where the same call may work later without being changed.
    pub retry: bool,
    /// Whether money moved.
    pub money: MoneyMoved,
}

impl Fault {
    /// A fault before anything was sent: money did not move.
    #[must_use]
    pub fn new(code: FaultCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            detail: BTreeMap::new(),
            retry: matches!(
                code,
                FaultCode::Store
                    | FaultCode::Keyring
                    | FaultCode::KeyringClosed
                    | FaultCode::HeldElsewhere
                    | FaultCode::Unreachable
                    | FaultCode::UnclearAnswer
            ),
            money: MoneyMoved::No,
        }
    }

    /// Adds one fact.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl ToString) -> Self {
        self.detail.insert(key.to_owned(), value.to_string());
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl From<counterfoil_store::StoreError> for Fault {
    /// The chain is logged here, once; the screen gets plain words.
    fn from(error: counterfoil_store::StoreError) -> Self {
        use counterfoil_store::StoreError as E;
        match &error {
            E::Newer | E::ReadOnly { .. } | E::BadFile { .. } | E::Migration { .. } => {
                of_the_file(&error)
            }
            E::NotOurs { path, .. } => Self::new(
                FaultCode::Store,
                format!(
                    "{error}: {}. Nothing was stored and no money moved. Work as the person who \
                     set this till up, or give the folder back to that person.",
                    root_cause(&error)
                ),
            )
            .with("path", path.display()),
            E::BadRow { table, row, .. } => Self::new(
                FaultCode::Store,
                format!(
                    "{error}. It was left as it is, nothing was stored by this call and no money \
                     moved; everything else goes on. Run `counterfoilctl doctor` and show its \
                     answer to whoever helps you."
                ),
            )
            .with("table", table)
            .with("row", row),
            E::Illegal(illegal) => Self::new(FaultCode::WrongState, illegal.to_string()),
            E::Broken(broken) => Self::new(FaultCode::AuditBroken, broken.to_string())
                .with("entry", broken.seq)
                .with("why", broken.why.word()),
            E::Missing(what) => Self::new(FaultCode::NotFound, format!("there is no such {what}")),
            E::Taken(what) => {
                Self::new(FaultCode::Exists, format!("there is such a {what} already"))
            }
            E::Sqlite(_) | E::Io(_) | E::SqliteTooOld(_) | E::Damaged { .. } | E::Closed => {
                let cause = root_cause(&error);
                tracing::error!(%error, cause, "the store failed");
                Self::new(
                    FaultCode::Store,
                    format!(
                        "{error}: {cause}. Nothing was stored by this call and no money moved; \
                         check the disk and try again"
                    ),
                )
            }
        }
    }
}

/// A file that is left as it is, whole: not one of its rows is at fault.
fn of_the_file(error: &counterfoil_store::StoreError) -> Fault {
    use counterfoil_store::StoreError as E;
    let newer = matches!(error, E::Newer | E::ReadOnly { newer: true, .. });
    let code = if newer { FaultCode::StoreNewer } else { FaultCode::Store };
    let todo = if newer {
        "Install the newest version on this till."
    } else {
        "Run `counterfoilctl doctor` to see what can still be read, keep the folder as it is, and \
         put a backup in another place."
    };
    let cause = root_cause(error);
    let because = if cause == error.to_string() { String::new() } else { format!(": {cause}") };
    if !matches!(error, E::ReadOnly { .. }) {
        tracing::warn!(%error, cause, "the store is not open in full");
    }
    let words = format!(
        "{error}{because}. Nothing was overwritten, nothing is sent, no money moved. {todo}"
    );
    let fault = Fault::new(code, words);
    match error {
        E::ReadOnly { .. } => fault.with("read_only", "true"),
        E::BadFile { what, .. } => fault.with("store_check", what),
        E::Migration { backup: Some(backup), .. } => fault.with("backup", backup.display()),
        _ => fault,
    }
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
