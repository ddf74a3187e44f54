//! Settings of the store, each with its default, its unit and what it accepts.

mod about;
mod rules;

use std::net::SocketAddr;

use thiserror::Error;

use crate::account::Provider;
use crate::approval::Level;
use crate::command::{Kind, ReasonCode};
use crate::day::Zone;
use crate::money::{Currency, MAX_MINOR, Money, MoneyError};

pub use rules::{Bound, ManagerRule};

/// Every key, in the order shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Setting {
    /// Refunds above this need a second person.
    ApprovalRefundOver,
    /// Adjustments above this difference need a second person.
    ApprovalAdjustOver,
    /// Cancelling needs a second person.
    ApprovalCancel,
    /// Changes of a payment older than this need a second person.
    ApprovalSaleOlderThanDays,
    /// Refunds need a second person once somebody has asked to return more than this in a day.
    ApprovalDailyRefundsOver,
    /// The same rule for managers, each of its own.
    ApprovalManager(ManagerRule),
    /// What somebody of this role may do about changes of this kind.
    Permission(Bound, Kind),
    /// Further codes of why money goes back.
    ReasonsMore,
    /// Where the till stands, by which its days begin.
    TillTimeZone,
    /// How long the yes of a second person holds.
    ApprovalValidHours,
    /// How long a challenge to another till may be answered.
    ApprovalChallengeMinutes,
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
    /// When a seat that nobody touches locks.
    LockIdleMinutes,
    /// How long personal texts of what is at rest are kept.
    PrivacyKeepDays,
    /// Where the window listens for callbacks.
    ListenAddr,
    /// Where the slip printer is.
    SlipPrinter,
    /// Characters in a line of its paper.
    SlipColumns,
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
    DaysOrNever,
    KeepOrNever,
    Level,
    Reasons,
    Zone,
    Switch,
    AddressOrOff,
    PrinterOrOff,
    Whole { least: i64, most: i64 },
    WholeOrSame { least: i64, most: i64 },
}

/// The value of a manager's limit that is not another one than the cashier's.
pub const SAME: &str = "same";

/// The value of a limit that never binds.
pub const NEVER: &str = "never";

/// The value of an address that is none.
pub const OFF: &str = "off";

/// A sale older than a hundred years is none.
const MOST_DAYS: i64 = 36_500;
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
    pub const ALL: [Self; 54] = [
        Self::ApprovalRefundOver,
        Self::ApprovalAdjustOver,
        Self::ApprovalCancel,
        Self::ApprovalSaleOlderThanDays,
        Self::ApprovalDailyRefundsOver,
        Self::ApprovalManager(ManagerRule::RefundOver),
        Self::ApprovalManager(ManagerRule::AdjustOver),
        Self::ApprovalManager(ManagerRule::Cancel),
        Self::ApprovalManager(ManagerRule::SaleOlderThanDays),
        Self::ApprovalManager(ManagerRule::DailyRefundsOver),
        Self::Permission(Bound::Cashier, Kind::Start),
        Self::Permission(Bound::Cashier, Kind::Adjust),
        Self::Permission(Bound::Cashier, Kind::Relabel),
        Self::Permission(Bound::Cashier, Kind::Refund),
        Self::Permission(Bound::Cashier, Kind::Cancel),
        Self::Permission(Bound::Cashier, Kind::Capture),
        Self::Permission(Bound::Cashier, Kind::Void),
        Self::Permission(Bound::Manager, Kind::Start),
        Self::Permission(Bound::Manager, Kind::Adjust),
        Self::Permission(Bound::Manager, Kind::Relabel),
        Self::Permission(Bound::Manager, Kind::Refund),
        Self::Permission(Bound::Manager, Kind::Cancel),
        Self::Permission(Bound::Manager, Kind::Capture),
        Self::Permission(Bound::Manager, Kind::Void),
        Self::ReasonsMore,
        Self::TillTimeZone,
        Self::ApprovalValidHours,
        Self::ApprovalChallengeMinutes,
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
        Self::LockIdleMinutes,
        Self::PrivacyKeepDays,
        Self::ListenAddr,
        Self::SlipPrinter,
        Self::SlipColumns,
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
            Self::ApprovalSaleOlderThanDays => "approval.sale_older_than_days",
            Self::ApprovalDailyRefundsOver => "approval.daily_refunds_over",
            Self::ApprovalManager(rule) => rule.key(),
            Self::Permission(bound, kind) => bound.key(kind),
            Self::ReasonsMore => "reasons.more",
            Self::TillTimeZone => "till.time_zone",
            Self::ApprovalValidHours => "approval.valid_hours",
            Self::ApprovalChallengeMinutes => "approval.challenge_minutes",
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
            Self::LockIdleMinutes => "lock.idle_minutes",
            Self::PrivacyKeepDays => "privacy.keep_days",
            Self::ListenAddr => "listen.addr",
            Self::SlipPrinter => "slip.printer",
            Self::SlipColumns => "slip.columns",
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

    /// The value of a store that never set it.
    #[must_use]
    pub fn default_value(self) -> &'static str {
        match self {
            Self::ApprovalRefundOver => "0.00",
            Self::ApprovalAdjustOver => NEVER,
            Self::ApprovalCancel => "false",
            Self::ApprovalSaleOlderThanDays | Self::ApprovalDailyRefundsOver => NEVER,
            Self::ApprovalManager(rule) => rule.default_value(),
            Self::Permission(..) => Level::Allowed.word(),
            Self::ReasonsMore => "",
            Self::TillTimeZone => "UTC",
            // As long as an offline till may go on queueing.
            Self::ApprovalValidHours => "72",
            Self::ApprovalChallengeMinutes => "15",
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
            Self::LockIdleMinutes => "10",
            Self::PrivacyKeepDays => NEVER,
            Self::ListenAddr | Self::SlipPrinter => OFF,
            // The first font of an 80 mm printer.
            Self::SlipColumns => "42",
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
                (value == NEVER || is_money(value), "a decimal amount, or never".to_owned())
            }
            Shape::KeepOrNever => (
                value == NEVER || within(value, 1, MOST_DAYS),
                format!("whole days from 1 to {MOST_DAYS}, or never"),
            ),
            Shape::DaysOrNever => (
                value == NEVER || within(value, 0, MOST_DAYS),
                format!("whole days up to {MOST_DAYS}, or never"),
            ),
            Shape::Level => (
                Level::from_word(value).is_some(),
                "allowed, approval (by a second person) or denied".to_owned(),
            ),
            Shape::Reasons => (
                ReasonCode::read_list(value).is_some(),
                "up to 20 words of 2 to 40 lower-case letters and underscores with commas \
                 between, none twice"
                    .to_owned(),
            ),
            Shape::Zone => (
                Zone::named(value).is_some(),
                "the IANA name of a time zone, such as Europe/London".to_owned(),
            ),
            Shape::MoneyOrSame => {
                (value == SAME || is_money(value), format!("a decimal amount, or {SAME}"))
            }
            Shape::AddressOrOff => (
                value == OFF || value.parse::<SocketAddr>().is_ok(),
                "off, or an address and a port such as 127.0.0.1:8085".to_owned(),
            ),
            Shape::PrinterOrOff => (
                value == OFF || is_printer(value),
                "off, an address with its port such as 192.168.1.50:9100, or a device such as \
                 /dev/usb/lp0"
                    .to_owned(),
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
            Self::ApprovalSaleOlderThanDays => Shape::DaysOrNever,
            Self::ApprovalDailyRefundsOver => Shape::MoneyOrNever,
            Self::ApprovalManager(rule) => rule.shape(),
            Self::Permission(..) => Shape::Level,
            Self::ReasonsMore => Shape::Reasons,
            Self::TillTimeZone => Shape::Zone,
            Self::ApprovalValidHours => Shape::Whole { least: 1, most: MOST_OFFLINE_HOURS },
            Self::ApprovalChallengeMinutes => Shape::Whole { least: 1, most: 1_440 },
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
            // Fifteen at most: targets R13.
            Self::LockIdleMinutes => Shape::Whole { least: 1, most: 15 },
            Self::PrivacyKeepDays => Shape::KeepOrNever,
            Self::ListenAddr => Shape::AddressOrOff,
            Self::SlipPrinter => Shape::PrinterOrOff,
            // Narrower no amount fits beside its name; wider is no slip.
            Self::SlipColumns => Shape::Whole { least: 24, most: 64 },
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

/// `host:port`, or a file below `/dev/`.
fn is_printer(value: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_/:[]".contains(&byte);
    if value.len() > 128 || !value.bytes().all(plain) || value.contains("..") {
        return false;
    }
    if let Some(device) = value.strip_prefix("/dev/") {
        return !device.is_empty() && !value.contains([':', '[']);
    }
    let (host, port) = value.rsplit_once(':').unwrap_or(("", ""));
    let host = if host.starts_with('[') {
        host.ends_with(']')
    } else {
        !host.is_empty() && !host.contains([':', '/', ']'])
    };
    host && whole(port).is_some_and(|port| (1..=65_535).contains(&port))
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
        check(Setting::LockIdleMinutes, "16");
        check(Setting::PrivacyKeepDays, "0");
        check(Setting::PrivacyKeepDays, "off");
        check(Setting::LockIdleMinutes, "0");
        check(Setting::ListenAddr, "");
        check(Setting::ListenAddr, "on");
        check(Setting::ListenAddr, "127.0.0.1");
        check(Setting::ListenAddr, "127.0.0.1:99999");
        check(Setting::ListenAddr, "shop.example:80");
        check(Setting::SlipColumns, "23");
        for printer in [
            "",
            "printer",
            "printer:0",
            "printer:99999",
            ":9100",
            "/dev/",
            "/etc/passwd",
            "/dev/../etc/passwd",
            "a b:9100",
            "::1:9100",
            "[::1:9100",
            "http://p:9100",
            "p:9100/x",
        ] {
            check(Setting::SlipPrinter, printer);
        }
        for printer in
            ["off", "192.168.1.50:9100", "till-printer.local:9100", "[::1]:9100", "/dev/usb/lp0"]
        {
            assert_eq!(Setting::SlipPrinter.check(printer), Ok(()), "{printer}");
        }
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
