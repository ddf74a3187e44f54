//! Everything a screen or a command may ask for: one table of names, arguments and results, of who
//! may make each call, about which changes, and whether it writes. The TypeScript function table
//! is made from it, and so is the dispatch: a call without a handler, or without a word on who may
//! make it, does not compile. Whoever is not named in a row may not.
//!
//! What a call takes is in `asks.rs`, what a row says in `row.rs`. `dispatch.rs` keeps to the rows,
//! in one place for all.

#![expect(missing_docs, reason = "the fields are the words of the command line")]

mod asks;
mod papers;
mod remote;
mod row;

use counterfoil_core::staff::{Permission, Role};
use serde::Deserialize;
use ts_rs::TS;

use crate::Fault;
use crate::desk::Desk;
use crate::dispatch::{Admitted, json};
use crate::view::{
    AccountAdded, AccountTest, AccountView, AnswerView, AskedView, ChallengeView, ChangeList,
    ChangeView, ConflictList, DeskView, DoubtList, ErasureView, FindingList, FindingView,
    ForeignKeyView, KeyCardView, NameErasureView, NoticeList, PaymentDetail, PaymentPage,
    PreviewAnswer, ProviderView, QrView, ReconcileProgressView, ReconcileView, SettingView,
    SignInTile, StaffAdded, StaffView, Stored, SweepView, TrailVerdict,
};
use crate::view::{DutyView, HandoverView, PrintList, PrintView, ReportView, SlipView};

pub use asks::*;
pub use papers::*;
pub use remote::*;
pub use row::{CallRow, Effect, Fits, Who};

use row::{ANY, AWAITING, CONTESTED, DOUBTED, UNDER_WAY, UNSENT, WITH_CUSTOMER};

/// Whoever is signed in.
const READS: Who = Who::May(Permission::Read);
/// Cashier, manager, owner.
const ASKS: Who = Who::May(Permission::Ask);
/// Manager, owner.
const DECIDES: Who = Who::May(Permission::Decide);
/// Owner.
const SETS_UP: Who = Who::May(Permission::SetUp);
/// Those who decide, and those who check.
const REVIEWS: Who = Who::Roles(&[Role::Manager, Role::Owner, Role::Auditor]);
/// Owner, also where the PIN could be checked in short only.
const OWNS: Who = Who::Roles(&[Role::Owner]);
/// Those to whom the trail is handed out.
const EXPORTS: Who = Who::Roles(&[Role::Owner, Role::Auditor]);

macro_rules! fits {
    () => {
        None
    };
    ($field:ident in $fits:expr) => {
        Some($fits)
    };
}

macro_rules! change_of {
    ($ask:ident) => {{
        let _ = $ask;
        None
    }};
    ($ask:ident $field:ident in $fits:expr) => {
        Some($ask.$field.as_str())
    };
}

macro_rules! calls {
    ($($(#[$doc:meta])* $name:literal $variant:ident ($args:ty) -> $result:ty
        => $handler:ident, $who:expr, [$($on:tt)*], $effect:ident;)+) => {
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

            /// Every row, in the order of the table.
            pub const ROWS: &'static [CallRow] = &[$(CallRow {
                name: $name, who: $who, fits: fits!($($on)*), effect: Effect::$effect,
            }),+];

            /// What the table says about this call.
            #[must_use]
            pub fn row(&self) -> &'static CallRow {
                match self {
                    $(Self::$variant(_) => &CallRow {
                        name: $name, who: $who, fits: fits!($($on)*), effect: Effect::$effect,
                    },)+
                }
            }

            /// The change it is about.
            #[must_use]
            pub(crate) fn change_id(&self) -> Option<&str> {
                match self {
                    $(Self::$variant(ask) => change_of!(ask $($on)*),)+
                }
            }
        }

        impl Desk {
            /// Hands an admitted call to its handler.
            pub(crate) fn carry_out(
                &self,
                at: &Admitted<'_>,
                call: &Call,
            ) -> Result<serde_json::Value, Fault> {
                match call {
                    $(Call::$variant(ask) => json::<$result>(self.$handler(at, ask)),)+
                }
            }
        }

        /// The function table as TypeScript sees it; holds no values.
        #[expect(non_snake_case, reason = "named as the calls are, for the generated table only")]
        #[derive(TS)]
        pub struct Calls {
            $(#[ts(rename = $name)] pub $variant: CallShape<$args, $result>,)+
        }
    };
}

macro_rules! entries {
    ($($(#[$doc:meta])* $name:literal $variant:ident => $who:expr, $effect:ident;)+) => {
        /// What a program does beside calls: it has no JSON, and is admitted by the same rules.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Entry {
            $($(#[$doc])* $variant,)+
        }

        impl Entry {
            /// Every entry, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// What the table says about it.
            #[must_use]
            pub fn row(self) -> &'static CallRow {
                match self {
                    $(Self::$variant => &CallRow {
                        name: $name, who: $who, fits: None, effect: Effect::$effect,
                    },)+
                }
            }
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
    "desk.show" DeskShow(Nothing) -> DeskView
        => desk_show, Who::Anyone, [], Reads;
    /// First run.
    "desk.set_up" DeskSetUp(SetUp) -> Stored
        => desk_set_up, Who::FirstRun, [], Writes;
    /// People one can choose for signing in or approving.
    "session.people" SessionPeople(Nothing) -> Vec<SignInTile>
        => session_people, Who::Anyone, [], Reads;
    /// Signs in.
    "session.sign_in" SessionSignIn(SignIn) -> DeskView
        => session_sign_in, Who::Anyone, [], Notes;
    /// Signs out.
    "session.sign_out" SessionSignOut(Nothing) -> DeskView
        => session_sign_out, Who::Anyone, [], Notes;
    /// A key or a touch happened: the idle lock starts again.
    "session.touch" SessionTouch(Nothing) -> Nothing
        => session_touch, Who::Anyone, [], Reads;
    /// Changes one's own PIN, giving the present one.
    "session.pin" SessionPin(NewPin) -> Nothing
        => session_pin, READS, [], Writes;
    /// The keyring has lost what PINs are checked with: an owner, checked in short, makes it anew.
    "till.new_pepper" TillNewPepper(NewPin) -> Nothing
        => till_new_pepper, OWNS, [], Writes;
    /// Working offline on purpose, or not.
    "line.set" LineSet(SetLine) -> DeskView
        => line_set, ASKS, [], Writes;
    /// Payments, newest first.
    "payment.list" PaymentList(PaymentQuery) -> PaymentPage
        => payment_list, READS, [], Reads;
    /// One payment with its changes.
    "payment.show" PaymentShow(PaymentRef) -> PaymentDetail
        => payment_show, READS, [], Reads;
    /// Fetches a payment by the provider's reference and stores it.
    "payment.track" PaymentTrack(Track) -> PaymentDetail
        => payment_track, ASKS, [], Writes;
    /// Reads the payment at the provider again.
    "payment.refresh" PaymentRefresh(PaymentRef) -> PaymentDetail
        => payment_refresh, ASKS, [], Writes;
    /// What exactly would be sent. Queues nothing, calls nobody.
    "change.preview" ChangePreview(Ask) -> PreviewAnswer
        => change_preview, ASKS, [], Reads;
    /// Asks for a change: stored before this answers, sent later.
    "change.ask" ChangeAsk(Ask) -> ChangeView
        => change_ask, ASKS, [], Writes;
    /// Changes, newest first.
    "change.list" ChangeListed(ChangeQuery) -> ChangeList
        => change_list, READS, [], Reads;
    /// One change.
    "change.show" ChangeShow(ChangeRef) -> ChangeView
        => change_show, READS, [change_id in ANY], Reads;
    /// A second person agrees.
    "change.approve" ChangeApprove(Decide) -> ChangeView
        => change_approve, ASKS, [change_id in AWAITING], Writes;
    /// What a till that needs a second person asks of somebody at another till.
    "approval.challenge" ApprovalChallenge(ChangeRef) -> ChallengeView
        => approval_challenge, ASKS, [change_id in AWAITING], Writes;
    /// What another till asks, in this till's own words.
    "approval.read" ApprovalRead(ChallengeText) -> AskedView
        => approval_read, ASKS, [], Reads;
    /// A named person of this till agrees to what another till asks.
    "approval.answer" ApprovalAnswer(AnswerChallenge) -> AnswerView
        => approval_answer, ASKS, [], Writes;
    /// Takes the answer that another till gave.
    "approval.accept" ApprovalAccept(AcceptAnswer) -> ChangeView
        => approval_accept, ASKS, [], Writes;
    /// Keys of people of other tills whose answers count here.
    "approval.keys" ApprovalKeys(Nothing) -> Vec<ForeignKeyView>
        => key_list, REVIEWS, [], Reads;
    /// The public key of a person of this till, for another one.
    "approval.key_export" ApprovalKeyExport(StaffRef) -> KeyCardView
        => key_export, SETS_UP, [], Writes;
    /// Brings in the key of a person of another till.
    "approval.key_import" ApprovalKeyImport(ImportKey) -> ForeignKeyView
        => key_import, SETS_UP, [], Writes;
    /// Takes a key out again.
    "approval.key_remove" ApprovalKeyRemove(StaffRef) -> ForeignKeyView
        => key_remove, SETS_UP, [], Writes;
    /// A second person refuses.
    "change.reject" ChangeReject(Decide) -> ChangeView
        => change_reject, ASKS, [change_id in AWAITING], Writes;
    /// Takes a change back before a byte left.
    "change.withdraw" ChangeWithdraw(ChangeRef) -> ChangeView
        => change_withdraw, ASKS, [change_id in UNSENT], Writes;
    /// Now instead of later; for a customer signature: look now.
    "change.retry" ChangeRetry(ChangeRef) -> ChangeView
        => change_retry, ASKS, [change_id in UNDER_WAY], Writes;
    /// Doubt desk.
    "change.resolve" ChangeResolve(Resolve) -> ChangeView
        => change_resolve, DECIDES, [change_id in DOUBTED], Writes;
    /// Conflict desk: apply on the new base.
    "change.rebase" ChangeRebase(Settle) -> ChangeView
        => change_rebase, DECIDES, [change_id in CONTESTED], Writes;
    /// Conflict desk: give it up.
    "change.drop" ChangeDrop(Settle) -> ChangeView
        => change_drop, DECIDES, [change_id in CONTESTED], Writes;
    /// Doubt desk: every doubt with its evidence side by side, oldest first.
    "doubt.list" DoubtListed(Nothing) -> DoubtList
        => doubt_list, READS, [], Reads;
    /// Conflict desk: every conflict in three views, oldest first.
    "conflict.list" ConflictListed(Nothing) -> ConflictList
        => conflict_list, READS, [], Reads;
    /// The QR code of an open customer signature.
    "change.qr" ChangeQr(ChangeRef) -> QrView
        => change_qr, READS, [change_id in WITH_CUSTOMER], Reads;
    /// The providers there are, for the form of a new account.
    "provider.list" ProviderList(Nothing) -> Vec<ProviderView>
        => provider_list, READS, [], Reads;
    /// Accounts at providers.
    "account.list" AccountList(Nothing) -> Vec<AccountView>
        => account_list, READS, [], Reads;
    /// Adds an account; its secrets go to the vault.
    "account.add" AccountAdd(NewAccount) -> AccountAdded
        => account_add, SETS_UP, [], Writes;
    /// Replaces an account's secrets and lets it send again.
    "account.rotate" AccountRotate(NewSecrets) -> AccountAdded
        => account_rotate, SETS_UP, [], Writes;
    /// Tries the credentials with a harmless read.
    "account.test" AccountTested(AccountRef) -> AccountTest
        => account_test, SETS_UP, [], Writes;
    /// Removes an account that has nothing open.
    "account.remove" AccountRemove(AccountRef) -> Nothing
        => account_remove, SETS_UP, [], Writes;
    /// Staff.
    "staff.list" StaffList(StaffQuery) -> Vec<StaffView>
        => staff_list, READS, [], Reads;
    /// Adds a person.
    "staff.add" StaffAdd(NewStaff) -> StaffAdded
        => staff_add, SETS_UP, [], Writes;
    /// Gives a person another name; what they did keeps the one of then.
    "staff.rename" StaffRename(RenameStaff) -> StaffView
        => staff_rename, SETS_UP, [], Writes;
    /// Gives a person another role.
    "staff.role" StaffGivenRole(StaffRole) -> StaffView
        => staff_role, SETS_UP, [], Writes;
    /// A person leaves: nobody signs in as them any more.
    "staff.leave" StaffLeave(StaffRef) -> StaffView
        => staff_leave, SETS_UP, [], Writes;
    /// Somebody who left is here again, with a new PIN.
    "staff.return" StaffReturn(GivePin) -> StaffView
        => staff_return, SETS_UP, [], Writes;
    /// A forgotten PIN: a new one, and a new key with it.
    "staff.pin" StaffPin(GivePin) -> StaffView
        => staff_pin, SETS_UP, [], Writes;
    /// Every setting with its value.
    "settings.list" SettingsList(Nothing) -> Vec<SettingView>
        => settings_list, READS, [], Reads;
    /// Writes one setting.
    "settings.set" SettingsSet(SetSetting) -> SettingView
        => settings_set, SETS_UP, [], Writes;
    /// Checks the whole trail.
    "audit.verify" AuditVerify(Nothing) -> TrailVerdict
        => trail_verified, Who::Anyone, [], Reads;
    /// Compares an account's payments with its provider's. Takes as long as reading them does.
    "reconcile.run" ReconcileRun(Reconcile) -> ReconcileView
        => reconcile_run, DECIDES, [], Writes;
    /// How far the reconciliation of this desk is.
    "reconcile.progress" ReconcileProgress(Nothing) -> ReconcileProgressView
        => reconcile_progress, REVIEWS, [], Reads;
    /// Ends the reconciliation of this desk; what was compared by then is kept.
    "reconcile.stop" ReconcileStop(Nothing) -> ReconcileProgressView
        => reconcile_stop, DECIDES, [], Reads;
    /// What reconciliations found, newest first.
    "reconcile.list" ReconcileListed(FindingQuery) -> FindingList
        => reconcile_list, REVIEWS, [], Reads;
    /// A person has looked at a finding and says what it is about.
    "reconcile.resolve" ReconcileResolve(ResolveFinding) -> FindingView
        => reconcile_resolve, DECIDES, [], Writes;
    /// The slip of a change as it stands, on the screen.
    "slip.show" SlipShow(ChangeRef) -> SlipView
        => slip_show, READS, [change_id in ANY], Reads;
    /// Prints the slip of a change as it stands: numbered, and a copy from the second on.
    "slip.print" SlipPrint(PrintSlip) -> PrintView
        => slip_print, ASKS, [change_id in ANY], Writes;
    /// The ledger of prints, newest first.
    "print.list" PrintListed(Nothing) -> PrintList
        => print_list, REVIEWS, [], Reads;
    /// What was asked for on a local day, summed up.
    "report.day" ReportDay(DayQuery) -> ReportView
        => report_day, REVIEWS, [], Notes;
    /// A reading of the period since the last Z report. Ends nothing.
    "report.x" ReportX(Nothing) -> ReportView
        => report_x, REVIEWS, [], Notes;
    /// Closes the period.
    "report.z" ReportZ(Nothing) -> ReportView
        => report_z, DECIDES, [], Writes;
    /// A Z report exactly as it was made.
    "report.show" ReportShow(ReportRef) -> ReportView
        => report_show, REVIEWS, [], Reads;
    /// Separation of duty, from the whole trail.
    "report.duty" ReportDuty(DutyQuery) -> DutyView
        => report_duty, REVIEWS, [], Notes;
    /// What stands open, for whoever takes over.
    "report.handover" ReportHandover(Nothing) -> HandoverView
        => report_handover, READS, [], Reads;
    /// Prints a report; a Z report again as it was.
    "report.print" ReportPrint(PrintReport) -> PrintView
        => report_print, DECIDES, [], Writes;
    /// Notices of what needs this person, newest first.
    "notice.list" NoticeListed(NoticeQuery) -> NoticeList
        => notice_list, READS, [], Notes;
    /// This person has seen these notices.
    "notice.seen" NoticeSeen(NoticesSeen) -> Nothing
        => notice_seen, READS, [], Notes;
    /// Shows what an erasure of a payment's personal texts would take away, or does it.
    "privacy.erase" PrivacyErase(ErasePayment) -> ErasureView
        => privacy_erase, SETS_UP, [], Writes;
    /// The same for the name of somebody who has left.
    "privacy.erase_person" PrivacyErasePerson(ErasePerson) -> NameErasureView
        => privacy_erase_person, SETS_UP, [], Writes;
    /// Erases what was kept for longer than the setting says.
    "privacy.sweep" PrivacySweep(Nothing) -> SweepView
        => privacy_sweep, SETS_UP, [], Writes;
}

entries! {
    /// The health of the till. Names no customer.
    "doctor" Doctor => Who::Anyone, Reads;
    /// The hash of the newest entry of the trail.
    "audit.head" AuditHead => READS, Reads;
    /// Writes the trail to a file.
    "audit.export" AuditExport => EXPORTS, Notes;
    /// Sends until nothing can move without a person or more time.
    "sync.until_idle" SyncUntilIdle => ASKS, Writes;
    /// Keeps sending until it is ended.
    "sync.watch" SyncWatch => ASKS, Writes;
    /// Answers callbacks of providers until it is ended.
    "listen" Listen => ASKS, Writes;
    /// Shows notices on the desktop of whoever sits here.
    "notice.tell" NoticeTell => Who::Anyone, Notes;
}
