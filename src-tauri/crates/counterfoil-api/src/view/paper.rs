use serde::Serialize;
use ts_rs::TS;

use super::MoneyView;

/// A paper, set in every form it is shown in. The texts in it are harmless; the HTML holds
/// elements and classes and nothing else.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Paper")]
pub struct PaperView {
    pub title: String,
    /// Lines of plain text.
    pub plain: String,
    /// One element, for a roll of 80 mm.
    pub html_80mm: String,
    /// One element, for a sheet of A4.
    pub html_a4: String,
}

/// The slip of a change as it stands.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Slip")]
pub struct SlipView {
    pub change_id: String,
    pub state: String,
    /// What a scanner reads: `CF:` and the change's id.
    pub code: String,
    pub paper: PaperView,
}

/// One print, as the ledger has it.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Print")]
pub struct PrintView {
    /// From 1 without gaps.
    pub number: u32,
    /// `slip`, `x`, `z`, `day`, `duty` or `handover`.
    pub what: String,
    /// The change, the number of the Z report, the day; else empty.
    pub about: String,
    /// `printer` or `screen`.
    pub way: String,
    /// How many papers of it may lie about, this one included.
    pub copy: u32,
    /// RFC 3339, UTC.
    pub at: String,
    pub by: String,
    /// SHA-256 of the paper.
    pub digest: String,
    /// `printed`, `nothing` (surely no paper), `unknown` (there may be one) or `under_way`.
    pub outcome: String,
    /// Why it ended so, where it went wrong.
    pub why: Option<String>,
    /// Null in a list.
    pub paper: Option<PaperView>,
}

/// The ledger of prints, newest first.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PrintList {
    pub prints: Vec<PrintView>,
}

/// Changes that have something in common. Money of different currencies stands apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(rename = "ReportSum")]
pub struct SumView {
    /// What they have in common; null for those that have none of it (no approver, no reason).
    pub name: Option<String>,
    pub count: u32,
    /// What they move, more less less; null where they move no money.
    pub sum: Option<MoneyView>,
    pub more: Option<MoneyView>,
    /// Without sign.
    pub less: Option<MoneyView>,
}

/// Sums of the same changes in each way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(rename = "ReportSums")]
pub struct SumsView {
    /// `queued`, `sent`, `in doubt`, `waiting`, `refused`, `taken back`.
    pub standing: Vec<SumView>,
    pub kind: Vec<SumView>,
    pub person: Vec<SumView>,
    pub approver: Vec<SumView>,
    pub reason: Vec<SumView>,
    pub provider: Vec<SumView>,
    pub state: Vec<SumView>,
    pub currency: Vec<SumView>,
}

/// One change that is not final.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "OpenItem")]
pub struct OpenView {
    pub change_id: String,
    pub kind: String,
    pub state: String,
    pub requested_by: String,
    /// RFC 3339, UTC.
    pub created_at: String,
    pub amount: Option<MoneyView>,
}

/// What stands open, for whoever takes over.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Handover")]
pub struct HandoverView {
    pub open: Vec<OpenView>,
    pub paper: PaperView,
}

/// An X, Z or day report.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Report")]
pub struct ReportView {
    /// `x`, `z` or `day`.
    pub what: String,
    /// Of a Z report.
    pub number: Option<u32>,
    pub store: String,
    pub till: String,
    pub training: bool,
    /// Of a day report.
    pub date: Option<String>,
    /// IANA name.
    pub time_zone: String,
    /// RFC 3339, UTC; null where it begins with the store.
    pub from: Option<String>,
    /// RFC 3339, UTC.
    pub to: String,
    pub made_by: String,
    /// How many changes it counts.
    pub changes: u32,
    pub sums: SumsView,
    /// The same of what stood open at the last Z report; empty for a day.
    pub carried: SumsView,
    /// The same of refunds that the provider has taken.
    pub refunds: SumsView,
    pub open: Vec<OpenView>,
    /// Entries of the trail when it was made.
    pub entries: u32,
    /// The hash of the newest of them.
    pub head: String,
    /// SHA-256 of the stored Z report, as in the trail.
    pub digest: Option<String>,
    pub paper: PaperView,
    /// Every sum as a row for a spreadsheet.
    pub csv: String,
}

/// Something an auditor looks at.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "DutyFinding")]
pub struct DutyFindingView {
    /// `self_approval refused_approval just_under split pin_refused withdrawn clock rule_changed
    /// own_start erased reprint`.
    pub pattern: String,
    /// The entry of the trail it rests on.
    pub entry: u32,
    /// RFC 3339, UTC.
    pub at: String,
    /// Names, as of then.
    pub people: Vec<String>,
    /// Changes, payments, settings, papers.
    pub about: Vec<String>,
    pub amount: Option<MoneyView>,
    pub words: String,
}

/// How often one person agreed to what another asked for.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "DutyPair")]
pub struct DutyPairView {
    pub requester: String,
    pub approver: String,
    pub count: u32,
    pub sum: Option<MoneyView>,
}

/// The separation-of-duty report.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Duty")]
pub struct DutyView {
    /// Local days, both included; null where it is open.
    pub from: Option<String>,
    pub to: Option<String>,
    pub findings: Vec<DutyFindingView>,
    pub pairs: Vec<DutyPairView>,
    /// Entries of the trail that were read.
    pub entries: u32,
    pub paper: PaperView,
    pub csv: String,
    pub pairs_csv: String,
}
