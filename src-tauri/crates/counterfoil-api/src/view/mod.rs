//! View models: what a screen or a command gets. Plain data, no rules; TypeScript is made from
//! here.
//! The JSON of [`PaymentView`] and [`ChangeView`] is a public contract of the command line:
//! fields may be added, never renamed.

#![expect(missing_docs, reason = "the field names are the contract and say what they are")]

mod change;
mod decision;
mod desk;
mod money;
mod notice;
mod paper;
mod payment;
mod privacy;
mod reconcile;
mod remote;
mod setup;
mod trail;

pub use change::{
    AttemptView, BaseView, ChangeList, ChangeView, HeaderView, PreviewAnswer, PreviewView, QrView,
    ReadingView, WarningView,
};
pub use decision::{
    ConflictList, ConflictView, DecisionView, DoubtList, DoubtView, FieldView, SayingView,
};
pub use desk::{
    BreakerView, ClockCode, ClockWarningView, DeskCounts, DeskEvent, DeskView, LineMode, LineView,
    OfflineView, PersonView, PinHint, SignInTile, UnreadableView,
};
pub use money::MoneyView;
pub use notice::{NoticeList, NoticeView, NoticedChange};
pub use paper::{
    DutyFindingView, DutyPairView, DutyView, HandoverView, OpenView, PaperView, PrintList,
    PrintView, ReportView, SlipView, SumView, SumsView,
};
pub use payment::{AllowedView, ItemView, PaymentDetail, PaymentPage, PaymentView};
pub use privacy::{ErasureView, NameErasureView, SweepView};
pub use reconcile::{
    FindingList, FindingView, ReconcileProgressView, ReconcileView, SideView, UnreadView,
};
pub use remote::{AnswerView, AskedView, ChallengeView, ForeignKeyView, KeyCardView};
pub use setup::{
    AccountAdded, AccountTest, AccountView, AddressView, ProviderView, SettingView, StaffAdded,
    StaffView, Stored,
};
pub use trail::{TrailHead, TrailVerdict};
