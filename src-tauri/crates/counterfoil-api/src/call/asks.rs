//! What calls take.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// No arguments.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, TS)]
pub struct Nothing {}

/// First run: the store, this till and its owner.
#[derive(Clone, Deserialize, TS)]
pub struct SetUp {
    pub store: String,
    pub till: String,
    pub owner: String,
    /// 6 to 12 digits.
    pub pin: String,
}

/// Who, with their PIN.
#[derive(Clone, Deserialize, TS)]
pub struct SignIn {
    pub staff_id: String,
    pub pin: String,
}

/// A new person.
#[derive(Clone, Deserialize, TS)]
pub struct NewStaff {
    pub name: String,
    /// `cashier`, `manager`, `owner` or `auditor`.
    pub role: String,
    pub pin: String,
}

/// Which people to list.
#[derive(Debug, Clone, Copy, Default, Deserialize, TS)]
pub struct StaffQuery {
    /// True lists also those who have left.
    #[serde(default)]
    #[ts(optional)]
    pub all: Option<bool>,
}

/// A person by id or exact name.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct StaffRef {
    pub staff: String,
}

/// Another name for a person.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct RenameStaff {
    pub staff: String,
    pub name: String,
}

/// Another role for a person.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct StaffRole {
    pub staff: String,
    /// `cashier`, `manager`, `owner` or `auditor`.
    pub role: String,
}

/// A new PIN for somebody else.
#[derive(Clone, Deserialize, TS)]
pub struct GivePin {
    pub staff: String,
    /// 6 to 12 digits.
    pub pin: String,
}

/// A new PIN of one's own.
#[derive(Clone, Deserialize, TS)]
pub struct NewPin {
    /// The present one.
    pub pin: String,
    /// 6 to 12 digits.
    pub new_pin: String,
}

/// A new account at a provider.
#[derive(Clone, Deserialize, TS)]
pub struct NewAccount {
    pub name: String,
    pub provider: String,
    pub base_url: String,
    /// ISO 4217; the provider's default when null.
    pub currency: Option<String>,
    /// Provider-specific settings.
    pub options: BTreeMap<String, String>,
    /// Secrets by field name; kept in the vault exactly as given, never trimmed.
    pub secrets: BTreeMap<String, String>,
}

/// Secrets that take the place of an account's own.
#[derive(Clone, Deserialize, TS)]
pub struct NewSecrets {
    pub account: String,
    /// Secrets by field name, exactly as given.
    pub secrets: BTreeMap<String, String>,
}

/// An account by name or id.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct AccountRef {
    pub account: String,
}

/// One setting to write.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct SetSetting {
    pub key: String,
    pub value: String,
}

/// Which payments to list, newest first.
#[derive(Debug, Clone, Default, Deserialize, TS)]
pub struct PaymentQuery {
    /// Words and beginnings of words; empty or null lists all.
    pub query: Option<String>,
    /// A payment state.
    pub state: Option<String>,
    /// 1 to 200; 50 when null.
    pub limit: Option<u32>,
    /// A cursor from `next`.
    pub after: Option<String>,
}

/// A payment by id or `ACCOUNT/PROVIDER_REF`.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct PaymentRef {
    pub payment: String,
}

/// A payment this till does not know yet.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct Track {
    pub account: String,
    pub provider_ref: String,
}

/// A change by id.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct ChangeRef {
    pub change_id: String,
}

/// Which changes to list, newest first.
#[derive(Debug, Clone, Default, Deserialize, TS)]
pub struct ChangeQuery {
    /// A change state; `open` means every state that is not final.
    pub state: Option<String>,
    /// A payment by id or `ACCOUNT/PROVIDER_REF`.
    pub payment: Option<String>,
}

/// A named second person with their PIN, and what they say.
#[derive(Clone, Deserialize, TS)]
pub struct Decide {
    pub change_id: String,
    /// The approver, named first.
    pub staff_id: String,
    pub pin: String,
    pub note: Option<String>,
}

/// The doubt desk: what two people found out.
#[derive(Clone, Deserialize, TS)]
pub struct Resolve {
    pub change_id: String,
    /// `happened`, `not-happened` or `wait`.
    pub outcome: String,
    pub reason: String,
    /// The second person.
    pub staff_id: String,
    pub pin: String,
    /// Digest of the evidence that was shown to them: refused where it has changed since. Null
    /// takes the evidence as it is stored now.
    pub evidence: Option<String>,
}

/// The conflict desk: what a person decides about a change.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct Settle {
    pub change_id: String,
    /// Digest of the evidence that was shown: refused where it has changed since. Null takes the
    /// evidence as it is stored now.
    pub evidence: Option<String>,
}

/// Working offline on purpose, or not.
#[derive(Debug, Clone, Copy, Deserialize, TS)]
pub struct SetLine {
    pub on_purpose: bool,
}

/// Which account to compare with its provider.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct Reconcile {
    /// Name or id.
    pub account: String,
    /// Only payments made since this day (UTC) or moment; null compares all.
    pub since: Option<String>,
}

/// Which findings to list, newest first.
#[derive(Debug, Clone, Default, Deserialize, TS)]
pub struct FindingQuery {
    /// Name or id of the account; null lists those of all.
    pub account: Option<String>,
    /// `open`, `resolved`, `gone` or `all`; open when null.
    pub state: Option<String>,
}

/// What a person says about a finding.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct ResolveFinding {
    pub finding_id: String,
    pub remark: String,
}

/// Which notices to list, newest first.
#[derive(Debug, Clone, Default, Deserialize, TS)]
pub struct NoticeQuery {
    /// `standing` or `cleared`; standing when null.
    pub state: Option<String>,
    /// 1 to 200; 200 when null.
    pub limit: Option<u32>,
}

/// Notices that the person has seen.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct NoticesSeen {
    /// Their names, at most 200.
    pub notices: Vec<String>,
}

/// One line of goods as typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ItemText {
    pub item: String,
    /// Whole number.
    pub quantity: String,
    /// Decimal text in the payment's currency, price of one.
    pub price: String,
}

/// What staff ask for. Amounts are decimal text, parsed exactly in the payment's currency.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(tag = "kind", rename_all = "snake_case")]
pub enum Ask {
    /// A new payment request at the provider.
    Start {
        account: String,
        amount: String,
        currency: String,
        invoice: Option<String>,
        reference: Option<String>,
        email: Option<String>,
        items: Vec<ItemText>,
    },
    /// A new total.
    Adjust {
        payment: String,
        total: String,
        invoice: Option<String>,
        items: Vec<ItemText>,
        /// An adjustment of the same payment of which nothing was sent, which this one replaces.
        instead_of: Option<String>,
    },
    /// Texts only, no money.
    Relabel {
        payment: String,
        invoice: Option<String>,
        reference: Option<String>,
        description: Option<String>,
        metadata: BTreeMap<String, String>,
    },
    /// Money back; without amount all that is refundable.
    Refund { payment: String, amount: Option<String>, reason: String, note: Option<String> },
    /// Ends an unpaid request.
    Cancel { payment: String, reason: Option<String> },
    /// Takes authorised money.
    Capture { payment: String, amount: Option<String>, at: Option<String> },
    /// Ends an authorisation.
    Void { payment: String },
}

/// A payment whose personal texts are to be erased.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct ErasePayment {
    /// By id or `ACCOUNT/PROVIDER_REF`.
    pub payment: String,
    /// `person_asked`, `not_needed`, `kept_by_mistake` or `law`.
    pub reason: String,
    /// The word that was shown for exactly this; null shows what would go.
    pub confirm: Option<String>,
}

/// Somebody who has left and whose name is to be erased.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct ErasePerson {
    /// By id, or by the exact name they left with.
    pub staff: String,
    /// As for a payment.
    pub reason: String,
    /// The word that was shown for exactly this; null shows what would go.
    pub confirm: Option<String>,
}
