use serde::Serialize;
use ts_rs::TS;

/// What an erasure of a payment took away, or would take away.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ErasureView {
    pub payment_id: String,
    /// False: nothing was erased yet, this is what would be.
    pub erased: bool,
    pub reason: String,
    pub changes: u32,
    /// Texts of the changes, of the findings and of the trail.
    pub texts: u32,
    /// Texts of the payment itself.
    pub payment_texts: u32,
    pub findings: u32,
    pub callbacks: u32,
    pub proposals: u32,
    /// Events of an earlier version that hold texts in the open: those stay.
    pub stays_in_older_events: u32,
    /// Files of the data folder that were copied before and hold what they held then.
    pub older_copies: Vec<String>,
    /// Handed back to erase exactly this; null once it is erased.
    pub confirm: Option<String>,
    /// True where nothing of it is left in the database and its log; false while an older view is
    /// still read: the till clears it by itself.
    pub settled: bool,
}

/// What an erasure of the name of somebody who has left took away, or would take away.
#[derive(Debug, Clone, Serialize, TS)]
pub struct NameErasureView {
    pub staff_id: String,
    /// False: nothing was erased yet, this is what would be.
    pub erased: bool,
    pub reason: String,
    /// What is read in the place of the name.
    pub stand_in: String,
    /// Entries of the person's past that hold a name.
    pub past: u32,
    /// Places of the trail that hold one of the names.
    pub trail: u32,
    /// Names that somebody else has or had as well: those stay in the trail.
    pub shared: u32,
    pub older_copies: Vec<String>,
    pub confirm: Option<String>,
    pub settled: bool,
}

/// What a sweep took away.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SweepView {
    /// Days that texts are kept; null: for ever, and nothing was erased.
    pub keep_days: Option<u32>,
    pub payments: u32,
    pub changes: u32,
    pub texts: u32,
    pub settled: bool,
}
