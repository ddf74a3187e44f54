//! What a desktop notification says. It may show on a locked screen, so nothing of a change can
//! enter: these words are made of a kind and a number of notices alone.

use super::Kind;

/// The title of every desktop notification.
pub const TITLE: &str = "Counterfoil";

/// The title on the training till.
pub const TRAINING_TITLE: &str = "Counterfoil (TRAINING)";

/// The words for this many notices of a kind that came together.
#[must_use]
pub fn desktop_words(kind: Kind, many: u32) -> String {
    let (one, several) = of(kind);
    if many == 1 { one.to_owned() } else { format!("{many} {several}") }
}

fn of(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Approval => ("A change waits for approval", "changes wait for approval"),
        Kind::Conflict => ("A change is in conflict", "changes are in conflict"),
        Kind::Doubt => (
            "A change has been in doubt for over an hour",
            "changes have been in doubt for over an hour",
        ),
        Kind::AgeNear => (
            "The till has been offline for most of the time it may be",
            "accounts have been offline for most of the time they may be",
        ),
        Kind::AgePassed => (
            "The till has been offline for as long as it may be",
            "accounts have been offline for as long as they may be",
        ),
        Kind::Declined => ("A provider declined a change", "changes were declined"),
        Kind::Rejected => ("A change was refused approval", "changes were refused approval"),
        Kind::AccountPaused => {
            ("An account is paused: look at its credentials", "accounts are paused")
        }
        Kind::KeyringClosed => (
            "Nothing is sent: the keyring is closed",
            "tills send nothing: their keyring is closed",
        ),
        Kind::SignatureOpen => (
            "A customer's signature has been open for over a day",
            "customers' signatures have been open for over a day",
        ),
        Kind::TrailAlarm => ("The trail needs to be looked at", "alarms about the trail"),
    }
}
