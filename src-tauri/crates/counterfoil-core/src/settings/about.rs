//! What each setting is about, in words.

use super::Setting;

impl Setting {
    /// What it means and its unit.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::ApprovalRefundOver => {
                "a cashier's refund above this needs a manager (decimal text, 0.00: every refund)"
            }
            Self::ApprovalAdjustOver => {
                "a cashier's adjustment by more than this needs a manager (decimal text, or never)"
            }
            Self::ApprovalCancel => "a cashier's cancelling needs a manager (true or false)",
            Self::ApprovalSaleOlderThanDays => {
                "what a cashier asks for on a payment older than this needs a manager (days, or \
                 never)"
            }
            Self::ApprovalDailyRefundsOver => {
                "a cashier's refund needs a manager once it brings what they asked to return in a \
                 day above this (decimal text, for each currency, or never)"
            }
            Self::ApprovalManager(rule) => rule.about(),
            Self::Permission(bound, _) => bound.about(),
            Self::ReasonsMore => {
                "further reason codes, beside those every till knows (lower-case words with \
                 commas between)"
            }
            Self::TillTimeZone => {
                "where the till stands: its days begin at midnight there (an IANA name such as \
                 Europe/London)"
            }
            Self::ApprovalValidHours => "how long the yes of a second person holds (hours)",
            Self::ApprovalChallengeMinutes => "how long a challenge may be answered (minutes)",
            Self::OfflineMaxAgeHours => "how long an offline till may go on asking (hours)",
            Self::OfflineMaxCount => "how many changes may wait unsent on an offline till",
            Self::OfflineMaxSum => {
                "how much money all that waits on an offline till may move, refunds included \
                 (decimal text, for each currency)"
            }
            Self::OfflineMaxEach => "how much one change asked for offline may move (decimal text)",
            Self::OfflineMaxAgeHoursManager
            | Self::OfflineMaxCountManager
            | Self::OfflineMaxSumManager
            | Self::OfflineMaxEachManager => {
                "the same limit for managers and owners (same: no other than for cashiers)"
            }
            Self::DrainConcurrency => "changes in flight over the till (1 to 32)",
            Self::DrainPerAccount => "changes in flight to one account (1 to 32)",
            Self::RetryBaseMs => "first pause after a try that could not start (milliseconds)",
            Self::RetryMaxMs => "longest pause between tries (milliseconds)",
            Self::HttpTimeoutMs => "limit of one whole answer (milliseconds)",
            Self::PrivacyKeepDays => {
                "how many days personal texts of payments at rest are kept; then the till erases \
                 them by itself (whole days, or never)"
            }
            Self::LockIdleMinutes => "after how long without a touch a seat locks (minutes)",
            Self::ListenAddr => {
                "where the window listens for callbacks of providers (off, or an address such as \
                 127.0.0.1:8085)"
            }
            Self::SlipPrinter => {
                "where the slip printer is (off, an address such as 192.168.1.50:9100, or a device \
                 such as /dev/usb/lp0)"
            }
            Self::SlipColumns => "characters in a line of the slip printer (24 to 64)",
            Self::DoubtSettle(_) => "how long an effect may take to show there (milliseconds)",
            Self::Rate(_) => {
                "requests a second to one account of this provider (a loopback address is not \
                 paced)"
            }
        }
    }
}
