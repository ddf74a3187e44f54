//! Settings of the store, each with its default, its unit and what it accepts.

use thiserror::Error;

/// Every key, in the order shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Setting {
    /// Refunds above this need a second person.
    ApprovalRefundOver,
    /// Adjustments above this difference need a second person.
    ApprovalAdjustOver,
    /// Cancelling needs a second person.
    ApprovalCancel,
    /// Changes in flight over the till.
    DrainConcurrency,
    /// First pause after a failed try.
    RetryBaseMs,
    /// Longest pause between tries.
    RetryMaxMs,
    /// Limit of one whole answer.
    HttpTimeoutMs,
    /// How long Bumper may take to show an effect.
    DoubtSettleBumper,
    /// Requests a second to one Bumper account.
    RateBumper,
}

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Money,
    MoneyOrNever,
    Switch,
    Whole { least: i64, most: i64 },
}

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
    pub const ALL: [Self; 9] = [
        Self::ApprovalRefundOver,
        Self::ApprovalAdjustOver,
        Self::ApprovalCancel,
        Self::DrainConcurrency,
        Self::RetryBaseMs,
        Self::RetryMaxMs,
        Self::HttpTimeoutMs,
        Self::DoubtSettleBumper,
        Self::RateBumper,
    ];

    /// The key.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::ApprovalRefundOver => "approval.refund_over",
            Self::ApprovalAdjustOver => "approval.adjust_over",
            Self::ApprovalCancel => "approval.cancel",
            Self::DrainConcurrency => "drain.concurrency",
            Self::RetryBaseMs => "retry.base_ms",
            Self::RetryMaxMs => "retry.max_ms",
            Self::HttpTimeoutMs => "http.timeout_ms",
            Self::DoubtSettleBumper => "doubt.settle_ms.bumper",
            Self::RateBumper => "rate.per_second.bumper",
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
            Self::DrainConcurrency => "changes in flight over the till (1 to 32)",
            Self::RetryBaseMs => "first pause after a try that could not start (milliseconds)",
            Self::RetryMaxMs => "longest pause between tries (milliseconds)",
            Self::HttpTimeoutMs => "limit of one whole answer (milliseconds)",
            Self::DoubtSettleBumper => {
                "how long Bumper may take until an effect shows (milliseconds)"
            }
            Self::RateBumper => {
                "requests a second to one Bumper account (a loopback address is not paced)"
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
            Self::DrainConcurrency => "4",
            Self::RetryBaseMs => "1000",
            Self::RetryMaxMs => "60000",
            // A-BUM-17: after this the outcome is unknown.
            Self::HttpTimeoutMs => "30000",
            Self::DoubtSettleBumper => "10000",
            // A-BUM-14.
            Self::RateBumper => "1",
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
            Shape::Switch => (matches!(value, "true" | "false"), "true or false".to_owned()),
            Shape::Whole { least, most } => (
                whole(value).is_some_and(|number| (least..=most).contains(&number)),
                format!("a whole number from {least} to {most}"),
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
            Self::DrainConcurrency => Shape::Whole { least: 1, most: 32 },
            Self::RetryBaseMs
            | Self::RetryMaxMs
            | Self::HttpTimeoutMs
            | Self::DoubtSettleBumper => Shape::Whole { least: 1, most: DAY_MS },
            Self::RateBumper => Shape::Whole { least: 1, most: 1_000 },
        }
    }
}

/// A whole number without sign, as settings are written.
#[must_use]
pub fn whole(value: &str) -> Option<i64> {
    let plain = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| value.parse().ok()).flatten()
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
        check(Setting::RateBumper, "");
        assert!(Setting::parse("approval.everything").is_err());
    }
}
