use serde::Serialize;
use ts_rs::TS;

use super::MoneyView;

/// What the bar on top shows; everything a screen needs before anyone has signed in.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Desk")]
pub struct DeskView {
    pub version: String,
    /// True on the training till: marked on every view.
    pub training: bool,
    /// Why the store is open for reading only, in words; absent where it is open in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub rescue: Option<String>,
    /// True until the store has an owner: the screen shows the first-run set-up.
    pub first_run: bool,
    pub store: Option<String>,
    pub till: Option<String>,
    /// Who is signed in; null on the sign-in view.
    pub person: Option<PersonView>,
    pub line: LineView,
    /// The till's own time, by which ages and countdowns are shown. RFC 3339, UTC.
    pub now: String,
    /// What is wrong with the clocks; null while they agree.
    pub clock: Option<ClockWarningView>,
    /// What may still be asked for while the till is offline; null while it is not.
    pub offline: Option<OfflineView>,
    pub counts: DeskCounts,
    /// The made-up people of the training till with their PINs; empty on a real till.
    pub training_pins: Vec<PinHint>,
    /// Minutes without a key or touch after which the session locks.
    pub idle_lock_minutes: u32,
}

/// The person signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(rename = "Person")]
pub struct PersonView {
    pub staff_id: String,
    pub name: String,
    /// `cashier`, `manager`, `owner` or `auditor`.
    pub role: String,
    /// Names of what this person may do, such as `approve`, `manage_accounts`.
    pub may: Vec<String>,
    /// `full`, or `short` where the keyring was away when they signed in: they may ask, and
    /// neither decide nor set up.
    pub pin_check: String,
}

/// Whether the till reaches its providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename_all = "snake_case")]
pub enum LineMode {
    /// The last contact succeeded, or none was needed yet.
    Online,
    /// The last contact failed; the till tries again by itself.
    Down,
    /// Staff chose to work offline; nothing is sent until they end it.
    OnPurpose,
    /// Another process on this till holds the right to send.
    SentElsewhere,
    /// Sending pauses because the keyring cannot be read.
    KeyringClosed,
    /// This folder is a copy, or its key is not here: nothing is ever sent from it.
    AnotherTill,
}

/// The state of the line with words for a person.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Line")]
pub struct LineView {
    pub mode: LineMode,
    /// What went wrong last; null when nothing did.
    pub detail: Option<String>,
    /// RFC 3339, UTC; null before the first contact.
    pub last_contact_at: Option<String>,
    /// Accounts that are not asked for a while, because their providers did not answer or asked
    /// to be left alone.
    pub breakers: Vec<BreakerView>,
}

/// An account that is not asked for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(rename = "Breaker")]
pub struct BreakerView {
    /// The account's name.
    pub account: String,
    /// Then one change tries it. RFC 3339, UTC.
    pub until: String,
    /// What went wrong last.
    pub why: Option<String>,
}

/// The offline limits: how long, how many and how much may still be asked for. Those of the
/// person signed in; of a cashier where nobody is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(rename = "Offline")]
pub struct OfflineView {
    /// True where staff chose it.
    pub on_purpose: bool,
    /// Names of the accounts whose provider cannot be reached; all of them on purpose.
    pub accounts: Vec<String>,
    /// RFC 3339, UTC.
    pub since: String,
    /// From then on nothing more may be asked for. RFC 3339, UTC.
    pub until: String,
    /// Whole seconds until then.
    pub left_seconds: u32,
    /// Changes that may still be asked for.
    pub left_count: u32,
    /// Money that they may move together, one sum for each currency of these accounts.
    pub left_sum: Vec<MoneyView>,
    /// True from 80 % of any limit on.
    pub warn: bool,
    /// Those limits: `age`, `count`, `sum`.
    pub near: Vec<String>,
    /// Limits that are used up.
    pub stopped: Vec<String>,
}

/// How the till's own time and the other clocks disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename_all = "snake_case")]
pub enum ClockCode {
    /// The computer's clock was set back; the till goes by its own time.
    SetBack,
    /// The computer's clock was set forward; the till goes by its own time.
    SetForward,
    /// A provider's clock and the till's differ.
    ProviderDiffers,
    /// The provider's and the computer's clock agree, the till's own time is ahead of both.
    Ahead,
}

/// What a person should know about the clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(rename = "ClockWarning")]
pub struct ClockWarningView {
    pub code: ClockCode,
    /// By how many milliseconds; never negative.
    #[ts(type = "number")]
    pub by_ms: i64,
}

/// Badges: counted from the database, not from the state of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct DeskCounts {
    /// Changes that are not final.
    pub open: u32,
    /// Changes of which nothing has left yet.
    pub unsent: u32,
    pub awaiting_approval: u32,
    pub needs_customer: u32,
    pub in_doubt: u32,
    pub conflict: u32,
    /// Age in whole seconds of the oldest unsent change; null when there is none.
    pub oldest_unsent_seconds: Option<u32>,
}

/// One made-up person of the training till.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct PinHint {
    pub staff_id: String,
    pub name: String,
    pub role: String,
    pub pin: String,
}

/// A person one can choose on the sign-in view or as approver.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SignInTile {
    pub staff_id: String,
    pub name: String,
    pub role: String,
    /// RFC 3339, UTC, while the person is locked after wrong tries; else null.
    pub locked_until: Option<String>,
}

/// One row of the store that cannot be read. Others are not concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(rename = "Unreadable")]
pub struct UnreadableView {
    pub table: String,
    /// Its id; empty where not even that can be read.
    pub row: String,
    pub what: String,
}

/// Pushed to the screen: what to read again. Carries no facts of its own, so that the screen
/// never shows more than the backend says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
#[ts(tag = "what", rename_all = "snake_case")]
pub enum DeskEvent {
    /// A change has a new event.
    Change {
        /// Which one.
        change_id: String,
    },
    /// A payment's facts were stored.
    Payment {
        /// Which one.
        payment_id: String,
    },
    /// The line, the counts or the session changed: read the desk again.
    Desk,
    /// Notices came or went, or were seen.
    Notices,
    /// Another process changed the store: read everything on screen again.
    Everything,
}
