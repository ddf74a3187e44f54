//! Settings of the store, each with its default, its unit and what it accepts.

use std::net::SocketAddr;

use thiserror::Error;

use crate::account::Provider;
use crate::money::{Currency, MAX_MINOR, Money, MoneyError};

/// Every key, in the order shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Setting {
    /// Refunds above this need a second person.
    ApprovalRefundOver,
    /// Adjustments above this difference need a second person.
    ApprovalAdjustOver,
    /// Cancelling needs a second person.
    ApprovalCancel,
    /// How long a till may go on queueing while it is offline.
    OfflineMaxAgeHours,
    /// The same for managers and owners.
    OfflineMaxAgeHoursManager,
    /// How many changes may wait while the till is offline.
    OfflineMaxCount,
    /// The same for managers and owners.
    OfflineMaxCountManager,
    /// How much money all that waits may move.
    OfflineMaxSum,
    /// The same for managers and owners.
    OfflineMaxSumManager,
    /// How much money one change may move.
    OfflineMaxEach,
    /// The same for managers and owners.
    OfflineMaxEachManager,
    /// Changes in flight over the till.
    DrainConcurrency,
    /// Changes in flight to one account.
    DrainPerAccount,
    /// First pause after a failed try.
    RetryBaseMs,
    /// Longest pause between tries.
    RetryMaxMs,
    /// Limit of one whole answer.
    HttpTimeoutMs,
    /// Where the window listens for callbacks.
    ListenAddr,
    /// How long this provider may take to show an effect.
    DoubtSettle(Provider),
    /// Requests a second to one account of this provider.
    Rate(Provider),
}

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Money,
    MoneyOrNever,
    MoneyOrSame,
    Switch,
    AddressOrOff,
    Whole { least: i64, most: i64 },
    WholeOrSame { least: i64, most: i64 },
}

/// The value of a manager's limit that is not another one than the cashier's.
pub const SAME: &str = "same";

/// The value of an address that is none.
pub const OFF: &str = "off";

/// A year: an offline limit beyond it is none.
const MOST_OFFLINE_HOURS: i64 = 8_760;
/// Every ask while offline adds up what waits: a longer queue would make asking slow.
const MOST_OFFLINE_CHANGES: i64 = 10_000;

/// Why a setting cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadSetting {
    /// No such key.
    #[error("there is no setting {0:?}")]
    UnknownKey(String),
    /// Not of the right shape.
    #[error("{key} takes {expected}")]
    BadValue {
        /// The key.
        key: &'static str,
        /// What it takes.
        expected: String,
    },
}

impl Setting {
    /// Every setting.
    pub const ALL: [Self; 25] = [
        Self::ApprovalRefundOver,
        Self::ApprovalAdjustOver,
        Self::ApprovalCancel,
        Self::OfflineMaxAgeHours,
        Self::OfflineMaxAgeHoursManager,
        Self::OfflineMaxCount,
        Self::OfflineMaxCountManager,
        Self::OfflineMaxSum,
        Self::OfflineMaxSumManager,
        Self::OfflineMaxEach,
        Self::OfflineMaxEachManager,
        Self::DrainConcurrency,
        Self::DrainPerAccount,
        Self::RetryBaseMs,
        Self::RetryMaxMs,
        Self::HttpTimeoutMs,
        Self::ListenAddr,
        Self::DoubtSettle(Provider::Bumper),
        Self::DoubtSettle(Provider::Wepay),
        Self::DoubtSettle(Provider::Moyasar),
        Self::DoubtSettle(Provider::Norce),
        Self::Rate(Provider::Bumper),
        Self::Rate(Provider::Wepay),
        Self::Rate(Provider::Moyasar),
        Self::Rate(Provider::Norce),
    ];

    /// The key.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::ApprovalRefundOver => "approval.refund_over",
            Self::ApprovalAdjustOver => "approval.adjust_over",
            Self::ApprovalCancel => "approval.cancel",
            Self::OfflineMaxAgeHours => "offline.max_age_hours",
            Self::OfflineMaxAgeHoursManager => "offline.max_age_hours.manager",
            Self::OfflineMaxCount => "offline.max_count",
            Self::OfflineMaxCountManager => "offline.max_count.manager",
            Self::OfflineMaxSum => "offline.max_sum",
            Self::OfflineMaxSumManager => "offline.max_sum.manager",
            Self::OfflineMaxEach => "offline.max_each",
            Self::OfflineMaxEachManager => "offline.max_each.manager",
            Self::DrainConcurrency => "drain.concurrency",
            Self::DrainPerAccount => "drain.per_account",
            Self::RetryBaseMs => "retry.base_ms",
            Self::RetryMaxMs => "retry.max_ms",
            Self::HttpTimeoutMs => "http.timeout_ms",
            Self::ListenAddr => "listen.addr",
            Self::DoubtSettle(Provider::Bumper) => "doubt.settle_ms.bumper",
            Self::DoubtSettle(Provider::Wepay) => "doubt.settle_ms.wepay",
            Self::DoubtSettle(Provider::Moyasar) => "doubt.settle_ms.moyasar",
            Self::DoubtSettle(Provider::Norce) => "doubt.settle_ms.norce",
            Self::Rate(Provider::Bumper) => "rate.per_second.bumper",
            Self::Rate(Provider::Wepay) => "rate.per_second.wepay",
            Self::Rate(Provider::Moyasar) => "rate.per_second.moyasar",
            Self::Rate(Provider::Norce) => "rate.per_second.norce",
        }
    }

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
            Self::OfflineMaxAgeHours => {
                "how long an offline till may go on asking for changes (hours)"
            }
            Self::OfflineMaxCount => "how many changes may wait unsent on an offline till",
            Self::OfflineMaxSum => {
                "how much money all that waits on an offline till may move, refunds included \
                 (decimal text, for each currency)"
            }
            Self::OfflineMaxEach => {
                "how much money one change asked for on an offline till may move (decimal text)"
            }
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
            Self::ListenAddr => {
                "where the window listens for callbacks of providers (off, or an address such as \
                 127.0.0.1:8085)"
            }
            Self::DoubtSettle(_) => {
                "how long this provider may take until an effect shows (milliseconds)"
            }
            Self::Rate(_) => {
                "requests a second to one account of this provider (a loopback address is not \
                 paced)"
            }
        }
    }

    /// The value of a store that never set it.
    #[must_use]
    pub fn default_value(self) -> &'static str {
        match self {
            Self::ApprovalRefundOver => "0.00",
            Self::ApprovalAdjustOver => "never",
            Self::ApprovalCancel => "false",
            // Wide enough that a short outage stops nobody: an owner who wants less says so.
            Self::OfflineMaxAgeHours => "72",
            Self::OfflineMaxCount => "500",
            Self::OfflineMaxSum => "20000.00",
            Self::OfflineMaxEach => "5000.00",
            Self::OfflineMaxAgeHoursManager
            | Self::OfflineMaxCountManager
            | Self::OfflineMaxSumManager
            | Self::OfflineMaxEachManager => SAME,
            // Twice what one account may have: one that hangs leaves room for another.
            Self::DrainConcurrency => "8",
            Self::DrainPerAccount => "4",
            Self::RetryBaseMs => "1000",
            Self::RetryMaxMs => "60000",
            // A-BUM-17: after this the outcome is unknown.
            Self::HttpTimeoutMs => "30000",
            Self::ListenAddr => OFF,
            Self::DoubtSettle(Provider::Bumper) => "10000",
            // A request may run for 30 s (wepay.md section 1).
            Self::DoubtSettle(Provider::Wepay) => "30000",
            // moyasar.md section 6.
            Self::DoubtSettle(Provider::Moyasar) => "60000",
            // A-NOR-03: hooks and the payment service behind them.
            Self::DoubtSettle(Provider::Norce) => "30000",
            // A-BUM-14.
            Self::Rate(Provider::Bumper) => "1",
            // 30 in 10 s (wepay.md section 1), with room for other tills of the application;
            // A-MOY-09; A-NOR-10.
            Self::Rate(Provider::Wepay | Provider::Moyasar | Provider::Norce) => "2",
        }
    }

    /// Finds a setting by key.
    ///
    /// # Errors
    /// [`BadSetting::UnknownKey`].
    pub fn parse(key: &str) -> Result<Self, BadSetting> {
        let found = Self::ALL.into_iter().find(|setting| setting.key() == key);
        found.ok_or_else(|| BadSetting::UnknownKey(key.chars().take(64).collect()))
    }

    /// Checks a value before it is stored.
    ///
    /// # Errors
    /// [`BadSetting::BadValue`] with what the key takes.
    pub fn check(self, value: &str) -> Result<(), BadSetting> {
        let (fits, expected) = match self.shape() {
            Shape::Money => (is_money(value), "a decimal amount such as 50.00".to_owned()),
            Shape::MoneyOrNever => {
                (value == "never" || is_money(value), "a decimal amount, or never".to_owned())
            }
            Shape::MoneyOrSame => {
                (value == SAME || is_money(value), format!("a decimal amount, or {SAME}"))
            }
            Shape::AddressOrOff => (
                value == OFF || value.parse::<SocketAddr>().is_ok(),
                "off, or an address and a port such as 127.0.0.1:8085".to_owned(),
            ),
            Shape::Switch => (matches!(value, "true" | "false"), "true or false".to_owned()),
            Shape::Whole { least, most } => {
                (within(value, least, most), format!("a whole number from {least} to {most}"))
            }
            Shape::WholeOrSame { least, most } => (
                value == SAME || within(value, least, most),
                format!("a whole number from {least} to {most}, or {SAME}"),
            ),
        };
        if fits { Ok(()) } else { Err(BadSetting::BadValue { key: self.key(), expected }) }
    }

    fn shape(self) -> Shape {
        const DAY_MS: i64 = 86_400_000;
        match self {
            Self::ApprovalRefundOver => Shape::Money,
            Self::ApprovalAdjustOver => Shape::MoneyOrNever,
            Self::ApprovalCancel => Shape::Switch,
            Self::OfflineMaxAgeHours => Shape::Whole { least: 0, most: MOST_OFFLINE_HOURS },
            Self::OfflineMaxAgeHoursManager => {
                Shape::WholeOrSame { least: 0, most: MOST_OFFLINE_HOURS }
            }
            Self::OfflineMaxCount => Shape::Whole { least: 0, most: MOST_OFFLINE_CHANGES },
            Self::OfflineMaxCountManager => {
                Shape::WholeOrSame { least: 0, most: MOST_OFFLINE_CHANGES }
            }
            Self::OfflineMaxSum | Self::OfflineMaxEach => Shape::Money,
            Self::OfflineMaxSumManager | Self::OfflineMaxEachManager => Shape::MoneyOrSame,
            Self::DrainConcurrency | Self::DrainPerAccount => Shape::Whole { least: 1, most: 32 },
            Self::RetryBaseMs | Self::RetryMaxMs | Self::HttpTimeoutMs | Self::DoubtSettle(_) => {
                Shape::Whole { least: 1, most: DAY_MS }
            }
            Self::Rate(_) => Shape::Whole { least: 1, most: 1_000 },
            Self::ListenAddr => Shape::AddressOrOff,
        }
    }
}

/// A whole number without sign, as settings are written.
#[must_use]
pub fn whole(value: &str) -> Option<i64> {
    let plain = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| value.parse().ok()).flatten()
}

/// A limit is written once for all currencies: decimals that a currency does not have are cut,
/// which makes the limit lower and so more careful. So is one beyond the largest amount.
///
/// # Errors
/// Not an amount.
pub fn limit_in(currency: Currency, text: &str) -> Result<Money, MoneyError> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let kept: String = fraction.chars().take(currency.decimals()).collect();
    let text = if kept.is_empty() { whole.to_owned() } else { format!("{whole}.{kept}") };
    match Money::parse(&text, currency) {
        Err(MoneyError::TooLarge) => Money::from_minor(MAX_MINOR, currency),
        read => read,
    }
}

fn within(value: &str, least: i64, most: i64) -> bool {
    whole(value).is_some_and(|number| (least..=most).contains(&number))
}

fn is_money(value: &str) -> bool {
    let mut parts = value.splitn(2, '.');
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.next().is_some_and(digits)
        && parts.next().is_none_or(|fraction| digits(fraction) && fraction.len() <= 3)
        && value.len() <= 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_fits_its_own_shape() {
        for setting in Setting::ALL {
            assert_eq!(setting.check(setting.default_value()), Ok(()), "{}", setting.key());
            assert_eq!(Setting::parse(setting.key()), Ok(setting));
        }
    }

    #[test]
    fn values_of_another_shape_are_refused_with_what_fits() {
        let check =
            |setting: Setting, value: &str| assert!(setting.check(value).is_err(), "{value}");
        check(Setting::ApprovalRefundOver, "-1");
        check(Setting::ApprovalRefundOver, "never");
        check(Setting::ApprovalCancel, "yes");
        check(Setting::DrainConcurrency, "0");
        check(Setting::RetryBaseMs, "1.5");
        check(Setting::Rate(Provider::Bumper), "");
        check(Setting::OfflineMaxCount, "same");
        check(Setting::OfflineMaxCountManager, "-1");
        check(Setting::OfflineMaxCountManager, "10001");
        check(Setting::OfflineMaxAgeHours, "8761");
        check(Setting::OfflineMaxSumManager, "never");
        check(Setting::ListenAddr, "");
        check(Setting::ListenAddr, "on");
        check(Setting::ListenAddr, "127.0.0.1");
        check(Setting::ListenAddr, "127.0.0.1:99999");
        check(Setting::ListenAddr, "shop.example:80");
        assert!(Setting::parse("approval.everything").is_err());
    }

    #[test]
    fn a_limit_is_read_in_each_currency_and_never_becomes_more() {
        let check = |code: &str, text: &str, minor: i64| {
            let limit = limit_in(Currency::parse(code).unwrap(), text).unwrap();
            assert_eq!(limit.minor(), minor, "{code} {text}");
        };
        check("GBP", "500.00", 50_000);
        check("GBP", "500.999", 50_099);
        check("JPY", "500.99", 500);
        check("KWD", "500.5", 500_500);
        check("KWD", "9999999999999999", MAX_MINOR);
        assert!(limit_in(Currency::parse("GBP").unwrap(), "same").is_err());
    }
}
