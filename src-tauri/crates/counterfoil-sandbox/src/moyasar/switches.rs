//! Everything the provider's pages leave open, or say in two ways, as switches named after the
//! assumption they belong to. The defaults are what a careful reader would expect; tests turn them
//! to prove that a client stands all of them.

use serde::{Deserialize, Serialize};

use super::payment::MoyasarStatus;

/// All switches. In JSON each group is spelt like its assumption, for example
/// `{"A-MOY-02":{"replace":true}}`; members left out keep their value.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MoyasarSwitches {
    /// Where pages differ.
    pub editions: Editions,
    /// What changes are answered with.
    #[serde(rename = "A-MOY-01")]
    pub bodies: Bodies,
    /// Setting metadata.
    #[serde(rename = "A-MOY-02")]
    pub metadata: Metadata,
    /// States that allow an update.
    #[serde(rename = "A-MOY-03")]
    pub updates: Updates,
    /// Limit of the description.
    #[serde(rename = "A-MOY-04")]
    pub description: Description,
    /// What a refund of a part does.
    #[serde(rename = "A-MOY-05")]
    pub partial_refunds: PartialRefunds,
    /// Creating with the same id again.
    #[serde(rename = "A-MOY-06")]
    pub given_id: GivenId,
    /// Voiding what is paid.
    #[serde(rename = "A-MOY-07")]
    pub voids: Voids,
    /// How long an authorisation holds.
    #[serde(rename = "A-MOY-08")]
    pub authorisation: Authorisation,
    /// Throttling.
    #[serde(rename = "A-MOY-09")]
    pub rate: Rate,
    /// When a hanging server gives up.
    #[serde(rename = "A-MOY-10")]
    pub timeout: Timeout,
    /// Webhooks.
    #[serde(rename = "A-MOY-11")]
    pub webhooks: Webhooks,
    /// Fields an update does not have.
    #[serde(rename = "A-MOY-12")]
    pub unknown_fields: UnknownFields,
    /// How long a payment can be refunded.
    #[serde(rename = "A-MOY-13")]
    pub refund_window: RefundWindow,
}

/// Which edition of a page is followed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Editions {
    /// A `pk_` key that may not do something is answered with 401 instead of 403.
    pub weak_key_is_401: bool,
    /// A card that is in no list of test cards pays (older page) instead of failing.
    pub unlisted_card_pays: bool,
    /// Lists print payments without `captured`, as older fixtures do.
    pub lists_without_captured: bool,
}

/// A-MOY-01.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bodies {
    /// The answer to an update.
    pub put_body: PutBody,
    /// Captures and voids are answered with 200 and nothing.
    pub empty_commands: bool,
}

/// What an update is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PutBody {
    /// 200 and the payment.
    #[default]
    Full,
    /// 200 and nothing.
    #[serde(rename = "empty_200")]
    Empty200,
    /// 204.
    #[serde(rename = "no_content_204")]
    NoContent204,
    /// 200 and the payment as it was before.
    Before,
}

/// A-MOY-02.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metadata {
    /// What is not mentioned goes, instead of staying.
    pub replace: bool,
}

/// A-MOY-03.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Updates {
    /// States in which an update is taken; absent: all.
    pub only_in: Option<Vec<MoyasarStatus>>,
}

/// A-MOY-04.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Description {
    /// Longest, characters.
    pub max_chars: usize,
}

impl Default for Description {
    fn default() -> Self {
        Self { max_chars: 255 }
    }
}

/// A-MOY-05.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PartialRefunds {
    /// The payment is called `refunded` after a part went back, as in the vendor's fixture;
    /// otherwise it keeps its state.
    pub become_refunded: bool,
    /// A second refund is taken after a part went back, whatever the payment is called.
    pub second_allowed: bool,
}

impl Default for PartialRefunds {
    fn default() -> Self {
        Self { become_refunded: true, second_allowed: false }
    }
}

/// A-MOY-06.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GivenId {
    /// The same `given_id` again is answered with the payment instead of a refusal.
    pub repeat_answers_payment: bool,
}

/// A-MOY-07.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Voids {
    /// What is paid or captured can be voided until it is settled; otherwise only what is
    /// authorised.
    pub until_settled: bool,
}

impl Default for Voids {
    fn default() -> Self {
        Self { until_settled: true }
    }
}

/// A-MOY-08.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Authorisation {
    /// Milliseconds after which a capture is refused; the state stays.
    pub holds_ms: u64,
}

impl Default for Authorisation {
    /// Seven days.
    fn default() -> Self {
        Self { holds_ms: 7 * 24 * 60 * 60 * 1000 }
    }
}

/// A-MOY-09.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rate {
    /// Requests a second per merchant; absent: any number.
    pub max_per_second: Option<u32>,
    /// `Retry-After` of a throttled answer, seconds; absent: none, and the body is plain text.
    pub retry_after: Option<u64>,
}

/// A-MOY-10.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timeout {
    /// A hanging request ends with 504 after this; absent: never.
    pub gives_up_after_ms: Option<u64>,
}

/// A-MOY-11.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Webhooks {
    /// Pause between the six tries, milliseconds; the provider's first is a minute.
    pub pause_ms: u64,
    /// `payment_failed` is spelt `payment_faild`, as in one table of the page.
    pub misspelt: bool,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self { pause_ms: 200, misspelt: false }
    }
}

/// A-MOY-12.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UnknownFields {
    /// An update with further fields is refused, instead of the fields being ignored.
    pub refused: bool,
}

/// A-MOY-13.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RefundWindow {
    /// Milliseconds after which a refund is refused; absent: never.
    pub ends_after_ms: Option<u64>,
}

#[cfg(test)]
mod spelling {
    use super::*;

    #[test]
    fn the_groups_are_spelt_like_their_assumptions() {
        let json = serde_json::to_value(MoyasarSwitches::default()).expect("switches are JSON");
        let names: Vec<String> = json.as_object().expect("an object").keys().cloned().collect();
        let mut expected: Vec<String> = (1..=13).map(|n| format!("A-MOY-{n:02}")).collect();
        expected.push("editions".to_owned());
        assert_eq!(names, expected);
        let turned = r#"{"A-MOY-01":{"put_body":"no_content_204"},"A-MOY-02":{"replace":true}}"#;
        let turned: MoyasarSwitches = serde_json::from_str(turned).expect("switches");
        assert_eq!(turned.bodies.put_body, PutBody::NoContent204);
        assert!(serde_json::from_str::<MoyasarSwitches>(r#"{"A-MOY-99":{}}"#).is_err());
    }
}
