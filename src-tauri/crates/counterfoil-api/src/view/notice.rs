use serde::Serialize;
use ts_rs::TS;

/// Notices for the person who asks, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct NoticeList {
    pub notices: Vec<NoticeView>,
    /// How many stand for this person.
    pub standing: u32,
    /// Those of them that this person has not seen.
    pub unseen: u32,
    /// True where more stand than were counted.
    pub more: bool,
}

/// Something that needs a person. It stands as long as its reason does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(rename = "Notice")]
pub struct NoticeView {
    /// Its kind and what it is about, `approval:<change id>`.
    pub notice_id: String,
    /// `approval`, `conflict`, `doubt`, `age_near`, `age_passed`, `declined`, `rejected`,
    /// `account_paused`, `keyring_closed`, `signature_open` or `trail_alarm`.
    pub kind: String,
    /// `change`, `account`, `till` or `folder`.
    pub about: String,
    /// The change it is about; null where it is about none.
    pub change: Option<NoticedChange>,
    /// Name of the account it is about; null where it is about none.
    pub account: Option<String>,
    /// When its reason came about, or its deadline was over. RFC 3339, UTC.
    pub raised_at: String,
    /// When its reason was gone. RFC 3339, UTC; null while it stands.
    pub cleared_at: Option<String>,
    /// When this person has seen it. RFC 3339, UTC; null before.
    pub seen_at: Option<String>,
    /// It is for those with this permission; null where it is for one person only.
    pub for_permission: Option<String>,
    /// Name of the person it is for, too.
    pub for_person: Option<String>,
    /// What needs a person, for who is signed in. No amounts.
    pub words: String,
    /// What the desktop says of it: nothing of the change.
    pub desktop_words: String,
}

/// The change that a notice is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct NoticedChange {
    pub change_id: String,
    /// The word of the command line.
    pub kind: String,
    /// Null for a start that was not applied.
    pub payment_id: Option<String>,
    /// Who asked for it, by name.
    pub requested_by: String,
}
