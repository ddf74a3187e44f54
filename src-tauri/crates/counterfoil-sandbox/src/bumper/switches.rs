//! Everything the provider's pages leave open, as switches named after the assumption they belong
//! to. The defaults are what a careful reader would expect; tests turn them to prove that a client
//! stands all of them.

use serde::{Deserialize, Serialize};

/// All switches. In JSON each group is spelt like its assumption, for example
/// `{"A-BUM-03":{"refund_cap":"per_request"}}`; members left out keep their value.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BumperSwitches {
    /// Where editions of the provider's pages differ.
    pub editions: Editions,
    /// HTTP status of a refusal.
    #[serde(rename = "A-BUM-01")]
    pub refusals: Refusals,
    /// Cancelling what is paid.
    #[serde(rename = "A-BUM-02")]
    pub cancel_once_paid: CancelOncePaid,
    /// Rules of refunds.
    #[serde(rename = "A-BUM-03")]
    pub refunds: RefundRules,
    /// Protection against a repeated refund.
    #[serde(rename = "A-BUM-04")]
    pub repeats: RefundRepeats,
    /// What a lower amount on a signed payment does.
    #[serde(rename = "A-BUM-05")]
    pub signed_decrease: SignedDecrease,
    /// What a higher amount on a signed payment does.
    #[serde(rename = "A-BUM-06")]
    pub signed_increase: SignedIncrease,
    /// Signing and repeating of webhooks.
    #[serde(rename = "A-BUM-07")]
    pub webhooks: Webhooks,
    /// Undocumented values in the signing string of a request.
    #[serde(rename = "A-BUM-08")]
    pub signing: Signing,
    /// How amounts may be written.
    #[serde(rename = "A-BUM-09")]
    pub amounts: Amounts,
    /// Limits of texts and items.
    #[serde(rename = "A-BUM-10")]
    pub texts: Texts,
    /// Changing the invoice number of what is settled.
    #[serde(rename = "A-BUM-11")]
    pub after_settled: AfterSettled,
    /// Payment types and currencies.
    #[serde(rename = "A-BUM-12")]
    pub types: PaymentTypes,
    /// Moving a payment to another dealership.
    #[serde(rename = "A-BUM-13")]
    pub new_api_key: NewApiKey,
    /// Limit of requests.
    #[serde(rename = "A-BUM-14")]
    pub rate: Rate,
    /// Commands on a payment that has ended.
    #[serde(rename = "A-BUM-15")]
    pub ended: Ended,
    /// Refusals with a status of the 500 family.
    #[serde(rename = "A-BUM-16")]
    pub server_errors: ServerErrors,
    /// When a hanging server gives up.
    #[serde(rename = "A-BUM-17")]
    pub timeout: Timeout,
}

/// Which edition of a page the answers follow. Each of these shapes is printed somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Editions {
    /// Shape of a refund's answer.
    pub refund_answer: RefundAnswer,
    /// Status prints `2500` instead of `2500.00` when there are no pence.
    pub plain_amounts: bool,
    /// Start answers with a `redirect_url` beside the token.
    pub start_redirect_url: bool,
    /// The settled webhook says `complete` instead of `completed`.
    pub settled_says_complete: bool,
    /// `Content-Type` and `Accept`, starred on the pages, are insisted on.
    pub headers_required: bool,
}

impl Default for Editions {
    fn default() -> Self {
        Self {
            refund_answer: RefundAnswer::Older,
            plain_amounts: false,
            start_redirect_url: true,
            settled_says_complete: true,
            headers_required: true,
        }
    }
}

/// Shapes of a refund's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundAnswer {
    /// No `data`; `additional_data` at the top.
    Older,
    /// `data` with the token and `additional_data` inside.
    Newer,
    /// `data` with the token; `additional_data` at the top.
    DataAndTop,
    /// Neither.
    Bare,
}

/// A-BUM-01.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Refusals {
    /// 400 by default; 200 is the other candidate.
    pub http_status: u16,
}

impl Default for Refusals {
    fn default() -> Self {
        Self { http_status: 400 }
    }
}

/// A-BUM-02.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelOncePaid {
    /// Answered with a refusal.
    #[default]
    Refuse,
    /// Cancelled; what was paid goes back.
    CancelAndReturn,
}

/// A-BUM-03.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RefundRules {
    /// Against what a refund is measured.
    pub refund_cap: RefundCap,
    /// A part may be returned; otherwise only the whole rest.
    pub partial: bool,
    /// The amount shown by status goes down with a refund (not documented anywhere).
    pub lowers_amount: bool,
    /// A PayLater payment may be refunded.
    pub paylater: bool,
}

impl Default for RefundRules {
    fn default() -> Self {
        let refund_cap = RefundCap::PaidMinusRefunds;
        Self { refund_cap, partial: true, lowers_amount: false, paylater: false }
    }
}

/// Against what a refund is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundCap {
    /// What was paid less what was returned before.
    PaidMinusRefunds,
    /// What was paid, each time anew: shows whether a client ever sends twice.
    PerRequest,
}

/// A-BUM-04.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RefundRepeats {
    /// The same body a second time is refused. Nothing documented does this.
    pub refuse_same_body: bool,
}

/// A-BUM-05.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignedDecrease {
    /// The difference goes back to the customer by itself.
    pub returns_money: bool,
}

/// A-BUM-06.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignedIncrease {
    /// When the amount shown by status changes.
    pub amount_changes: AmountChanges,
    /// A newer update makes an older link worthless.
    pub newer_update_ends_link: bool,
    /// Life of a link in milliseconds; without end when absent.
    pub link_lives_ms: Option<u64>,
}

impl Default for SignedIncrease {
    fn default() -> Self {
        let amount_changes = AmountChanges::AfterCustomer;
        Self { amount_changes, newer_update_ends_link: true, link_lives_ms: None }
    }
}

/// When a signed increase shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmountChanges {
    /// Once the customer has agreed.
    AfterCustomer,
    /// At once, although nothing is collected yet.
    AtOnce,
}

/// A-BUM-07.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Webhooks {
    /// How objects enter the signing string.
    pub nested: NestedAs,
    /// Pause between two tries.
    pub pause_ms: u64,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self { nested: NestedAs::LeftOut, pause_ms: 200 }
    }
}

/// How an object or list enters a signing string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NestedAs {
    /// Not at all.
    LeftOut,
    /// `{'key1': 'value1'}`
    PythonRepr,
    /// `{"key1": "value1"}`
    JsonSpaced,
    /// `{"key1":"value1"}`
    JsonCompact,
}

/// A-BUM-08.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Signing {
    /// How JSON null enters the string.
    pub null: NullAs,
    /// How an object or list under another name than the documented ones enters it.
    pub nested: NestedAs,
}

impl Default for Signing {
    fn default() -> Self {
        Self { null: NullAs::None, nested: NestedAs::PythonRepr }
    }
}

/// How null enters a signing string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NullAs {
    /// As `None`, the way Python writes it.
    None,
    /// As nothing between `=` and `&`.
    Empty,
    /// The pair is missing.
    LeftOut,
}

/// A-BUM-09.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Amounts {
    /// Only `300.00` is an amount, not `300`.
    pub two_decimals_required: bool,
    /// A JSON number is taken for an amount as well.
    pub numbers_allowed: bool,
}

/// A-BUM-10.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Texts {
    /// Longest invoice number or order reference, in characters.
    pub max_chars: usize,
    /// The items must add up to the amount.
    pub items_must_add_up: bool,
}

impl Default for Texts {
    fn default() -> Self {
        Self { max_chars: 100, items_must_add_up: false }
    }
}

/// A-BUM-11.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AfterSettled {
    /// An update of a settled payment is refused.
    pub refuse_update: bool,
}

/// A-BUM-12.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PaymentTypes {
    /// `initial_payment_type` and `payment_type` of a payment started on the PayPad.
    pub paypad: String,
    /// Currencies a start may name.
    pub currencies: Vec<String>,
}

impl Default for PaymentTypes {
    fn default() -> Self {
        Self { paypad: "paynow".to_owned(), currencies: vec!["GBP".to_owned()] }
    }
}

/// A-BUM-13.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewApiKey {
    /// `new_api_key` moves the payment; otherwise it is refused, being documented for PayByLink.
    pub allowed: bool,
}

/// A-BUM-14.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rate {
    /// Requests a second per dealership; unlimited when absent.
    pub max_per_second: Option<u32>,
}

/// A-BUM-15.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ended {
    /// Cancelling what is cancelled is answered like the first time.
    pub second_cancel_succeeds: bool,
    /// An update of what is cancelled, failed or in error is taken.
    pub update_succeeds: bool,
}

/// A-BUM-16.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerErrors {
    /// Refusals carry 500.
    pub refusals_are_500: bool,
}

/// A-BUM-17.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timeout {
    /// A hanging request ends with 504 after this time; never when absent.
    pub gives_up_after_ms: Option<u64>,
}
