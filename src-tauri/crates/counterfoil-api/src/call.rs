//! Everything a screen or a command may ask for: one table of names, arguments and results.
//! The TypeScript function table is made from it, and so is the dispatch: a call without a
//! handler does not compile.

#![expect(missing_docs, reason = "the fields are the words of the command line")]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::view::{
    AccountAdded, AccountTest, AccountView, ChangeList, ChangeView, ConflictList, DeskView,
    DoubtList, FindingList, FindingView, PaymentDetail, PaymentPage, PreviewAnswer, ProviderView,
    QrView, ReconcileProgressView, ReconcileView, SettingView, SignInTile, StaffAdded, StaffView,
    Stored, TrailVerdict,
};

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

macro_rules! calls {
    ($($(#[$doc:meta])* $name:literal $variant:ident ($args:ty) -> $result:ty;)+) => {
        /// One call of the screen, by name.
        // No Debug: arguments carry PINs and secrets.
        #[derive(Clone, Deserialize)]
        #[serde(tag = "call", content = "args")]
        pub enum Call {
            $($(#[$doc])* #[serde(rename = $name)] $variant($args),)+
        }

        impl Call {
            /// Every name, in the order of the table.
            pub const NAMES: &'static [&'static str] = &[$($name),+];
        }

        /// The function table as TypeScript sees it; holds no values.
        #[expect(non_snake_case, reason = "named as the calls are, for the generated table only")]
        #[derive(TS)]
        pub struct Calls {
            $(#[ts(rename = $name)] pub $variant: CallShape<$args, $result>,)+
        }
    };
}

/// Arguments and result of one call, for the generated table only.
#[derive(TS)]
pub struct CallShape<A: TS, R: TS> {
    pub args: A,
    pub result: R,
}

calls! {
    /// The bar on top, also before sign-in.
    "desk.show" DeskShow(Nothing) -> DeskView;
    /// First run.
    "desk.set_up" DeskSetUp(SetUp) -> Stored;
    /// People one can choose for signing in or approving.
    "session.people" SessionPeople(Nothing) -> Vec<SignInTile>;
    /// Signs in.
    "session.sign_in" SessionSignIn(SignIn) -> DeskView;
    /// Signs out.
    "session.sign_out" SessionSignOut(Nothing) -> DeskView;
    /// A key or a touch happened: the idle lock starts again.
    "session.touch" SessionTouch(Nothing) -> Nothing;
    /// Working offline on purpose, or not.
    "line.set" LineSet(SetLine) -> DeskView;
    /// Payments, newest first.
    "payment.list" PaymentList(PaymentQuery) -> PaymentPage;
    /// One payment with its changes.
    "payment.show" PaymentShow(PaymentRef) -> PaymentDetail;
    /// Fetches a payment by the provider's reference and stores it.
    "payment.track" PaymentTrack(Track) -> PaymentDetail;
    /// Reads the payment at the provider again.
    "payment.refresh" PaymentRefresh(PaymentRef) -> PaymentDetail;
    /// What exactly would be sent. Queues nothing, calls nobody.
    "change.preview" ChangePreview(Ask) -> PreviewAnswer;
    /// Asks for a change: stored before this answers, sent later.
    "change.ask" ChangeAsk(Ask) -> ChangeView;
    /// Changes, newest first.
    "change.list" ChangeListed(ChangeQuery) -> ChangeList;
    /// One change.
    "change.show" ChangeShow(ChangeRef) -> ChangeView;
    /// A second person agrees.
    "change.approve" ChangeApprove(Decide) -> ChangeView;
    /// A second person refuses.
    "change.reject" ChangeReject(Decide) -> ChangeView;
    /// Takes a change back before a byte left.
    "change.withdraw" ChangeWithdraw(ChangeRef) -> ChangeView;
    /// Now instead of later; for a customer signature: look now.
    "change.retry" ChangeRetry(ChangeRef) -> ChangeView;
    /// Doubt desk.
    "change.resolve" ChangeResolve(Resolve) -> ChangeView;
    /// Conflict desk: apply on the new base.
    "change.rebase" ChangeRebase(Settle) -> ChangeView;
    /// Conflict desk: give it up.
    "change.drop" ChangeDrop(Settle) -> ChangeView;
    /// Doubt desk: every doubt with its evidence side by side, oldest first.
    "doubt.list" DoubtListed(Nothing) -> DoubtList;
    /// Conflict desk: every conflict in three views, oldest first.
    "conflict.list" ConflictListed(Nothing) -> ConflictList;
    /// The QR code of an open customer signature.
    "change.qr" ChangeQr(ChangeRef) -> QrView;
    /// The providers there are, for the form of a new account.
    "provider.list" ProviderList(Nothing) -> Vec<ProviderView>;
    /// Accounts at providers.
    "account.list" AccountList(Nothing) -> Vec<AccountView>;
    /// Adds an account; its secrets go to the vault.
    "account.add" AccountAdd(NewAccount) -> AccountAdded;
    /// Replaces an account's secrets and lets it send again.
    "account.rotate" AccountRotate(NewSecrets) -> AccountAdded;
    /// Tries the credentials with a harmless read.
    "account.test" AccountTested(AccountRef) -> AccountTest;
    /// Removes an account that has nothing open.
    "account.remove" AccountRemove(AccountRef) -> Nothing;
    /// Staff.
    "staff.list" StaffList(Nothing) -> Vec<StaffView>;
    /// Adds a person.
    "staff.add" StaffAdd(NewStaff) -> StaffAdded;
    /// Every setting with its value.
    "settings.list" SettingsList(Nothing) -> Vec<SettingView>;
    /// Writes one setting.
    "settings.set" SettingsSet(SetSetting) -> SettingView;
    /// Checks the whole trail.
    "audit.verify" AuditVerify(Nothing) -> TrailVerdict;
    /// Compares an account's payments with its provider's. Takes as long as reading them does.
    "reconcile.run" ReconcileRun(Reconcile) -> ReconcileView;
    /// How far the reconciliation of this desk is.
    "reconcile.progress" ReconcileProgress(Nothing) -> ReconcileProgressView;
    /// Ends the reconciliation of this desk; what was compared by then is kept.
    "reconcile.stop" ReconcileStop(Nothing) -> ReconcileProgressView;
    /// What reconciliations found, newest first.
    "reconcile.list" ReconcileListed(FindingQuery) -> FindingList;
    /// A person has looked at a finding and says what it is about.
    "reconcile.resolve" ReconcileResolve(ResolveFinding) -> FindingView;
}
