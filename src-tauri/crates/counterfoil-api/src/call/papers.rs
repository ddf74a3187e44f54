use serde::Deserialize;
use ts_rs::TS;

/// A slip to print.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct PrintSlip {
    pub change_id: String,
    /// `printer` (the slip printer of the settings) or `screen` (the window prints it).
    pub way: String,
}

/// A local day of the till.
#[derive(Debug, Clone, Default, Deserialize, TS)]
pub struct DayQuery {
    /// Such as 2026-11-21; today when null.
    pub date: Option<String>,
}

/// A Z report by its number.
#[derive(Debug, Clone, Copy, Deserialize, TS)]
pub struct ReportRef {
    pub number: u32,
}

/// A span of local days, both included.
#[derive(Debug, Clone, Default, Deserialize, TS)]
pub struct DutyQuery {
    /// From the beginning when null.
    pub from: Option<String>,
    /// Until now when null.
    pub to: Option<String>,
}

/// A report to print.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct PrintReport {
    /// `x`, `z`, `day`, `duty` or `handover`.
    pub what: String,
    /// Of a Z report.
    pub number: Option<u32>,
    /// Of a day report.
    pub date: Option<String>,
    /// `printer` or `screen`.
    pub way: String,
}
