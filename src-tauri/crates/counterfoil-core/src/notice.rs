//! Notices: what needs a person, when it is said, to whom, and when it is no longer (product M12,
//! O6's warning of age).
//!
//! A notice is a **kind** and what it is **about**: a change, an account, the till. It stands as
//! long as its reason does and clears itself, whoever removed the reason. It comes again only where
//! the reason was gone and came about anew.
//!
//! Pure: facts and the moment are handed in, [`turn`] answers the steps that make what is kept
//! true. When something is to be looked at is the store's to know (its triggers and an index over
//! deadlines); who is shown a notice once is the store's to claim.

mod words;

pub use words::{TITLE, TRAINING_TITLE, desktop_words};

use std::fmt;

use crate::change::State;
use crate::id::{ChangeId, StaffId};
use crate::limits;
use crate::moment::Moment;
use crate::staff::{ORDERS, Permission, Role};

/// A doubt older than this needs a person (product M12: "doubt over an hour").
pub const DOUBT_AFTER_MS: i64 = 3_600_000;

/// A customer's signature open for longer than this is asked about.
pub const SIGNATURE_AFTER_MS: i64 = 24 * 3_600_000;

/// A refusal that nobody took note of is old news after this: a till whose notices nobody reads
/// must not heap them up.
pub const REFUSAL_STANDS_MS: i64 = 7 * 24 * 3_600_000;

/// How long a cleared notice is kept for whoever asks what there was.
pub const CLEARED_KEPT_MS: i64 = 30 * 24 * 3_600_000;

/// At most one desktop notification of a kind in this time; what came meanwhile is bundled.
pub const TELL_EVERY_MS: i64 = 60_000;

/// What a notice about the till itself is about.
pub const TILL: &str = "till";

/// What a notice about the till's data folder is about.
pub const FOLDER: &str = "folder";

/// Why a person is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A change waits for a second person.
    Approval,
    /// A change is in conflict.
    Conflict,
    /// A change has been in doubt for over an hour.
    Doubt,
    /// The till (or one account) has been offline for most of the time it may be.
    AgeNear,
    /// It has been offline for as long as it may: nothing more may be asked for.
    AgePassed,
    /// The provider said no to a change.
    Declined,
    /// A second person said no to a change.
    Rejected,
    /// An account is paused: its credentials were refused.
    AccountPaused,
    /// Something waits to be sent and the keyring cannot be read.
    KeyringClosed,
    /// A customer's signature has been open for over a day.
    SignatureOpen,
    /// The trail or its folder is not what the keyring knows: cut, changed or put back.
    TrailAlarm,
}

impl Kind {
    /// Every kind, the most pressing first.
    pub const ALL: [Self; 11] = [
        Self::TrailAlarm,
        Self::KeyringClosed,
        Self::AccountPaused,
        Self::Doubt,
        Self::Conflict,
        Self::Approval,
        Self::AgePassed,
        Self::AgeNear,
        Self::Declined,
        Self::Rejected,
        Self::SignatureOpen,
    ];

    /// The stable word of the store, of notice ids and of scripts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Approval => "approval",
            Self::Conflict => "conflict",
            Self::Doubt => "doubt",
            Self::AgeNear => "age_near",
            Self::AgePassed => "age_passed",
            Self::Declined => "declined",
            Self::Rejected => "rejected",
            Self::AccountPaused => "account_paused",
            Self::KeyringClosed => "keyring_closed",
            Self::SignatureOpen => "signature_open",
            Self::TrailAlarm => "trail_alarm",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// True where the reason is that nobody has taken note of an end: it is gone once somebody
    /// whom the notice is for has seen it.
    #[must_use]
    pub fn ends_when_seen(self) -> bool {
        match self {
            Self::Declined | Self::Rejected => true,
            Self::Approval
            | Self::Conflict
            | Self::Doubt
            | Self::AgeNear
            | Self::AgePassed
            | Self::AccountPaused
            | Self::KeyringClosed
            | Self::SignatureOpen
            | Self::TrailAlarm => false,
        }
    }
}

/// The name of a notice: its kind and what it is about. Written `approval:<change id>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoticeId {
    /// Why.
    pub kind: Kind,
    /// The id of a change or an account, [`TILL`] or [`FOLDER`].
    pub about: String,
}

impl NoticeId {
    /// Reads a name; none where it cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, about) = text.split_once(':')?;
        // Whatever a notice is about has the form of an id.
        let about = ChangeId::parse(about).ok()?.as_str().to_owned();
        Some(Self { kind: Kind::from_word(kind)?, about })
    }
}

impl fmt::Display for NoticeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.word(), self.about)
    }
}

/// Whom a notice is for: everybody with the permission, and this person, but not that one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Whom {
    /// Everybody who has it.
    pub permission: Option<Permission>,
    /// And this person, whatever they may.
    pub person: Option<StaffId>,
    /// But never this one.
    pub but_not: Option<StaffId>,
}

impl Whom {
    fn may(permission: Permission) -> Self {
        Self { permission: Some(permission), ..Self::default() }
    }

    /// True where it is for this person in this role.
    #[must_use]
    pub fn includes(&self, who: &StaffId, role: Role) -> bool {
        let named = self.person.as_ref() == Some(who);
        let permitted = self.permission.is_some_and(|permission| role.may(permission));
        (named || permitted) && self.but_not.as_ref() != Some(who)
    }
}

/// A change as far as notices go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeFacts {
    /// Where it stands.
    pub state: State,
    /// Who asked for it.
    pub requested_by: StaffId,
    /// Since when it stands there; none where only its deadline is over.
    pub since: Option<Moment>,
    /// True for a doubt about what the provider has accepted and still works at: no alarm.
    pub accepted: bool,
}

/// An account as far as notices go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountFacts {
    /// True while its credentials are refused.
    pub paused: bool,
    /// Since when its provider cannot be reached.
    pub unreachable_since: Option<Moment>,
    /// Whole hours that may be asked for meanwhile, of those whom the narrower limit binds.
    pub max_age_hours: i64,
}

/// The till as far as notices go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TillFacts {
    /// Since when staff work offline on purpose.
    pub on_purpose_since: Option<Moment>,
    /// Whole hours that may be asked for meanwhile, of those whom the narrower limit binds.
    pub max_age_hours: i64,
    /// Since when the keyring cannot be read.
    pub keyring_closed_since: Option<Moment>,
    /// True while anything waits unsent.
    pub has_unsent: bool,
    /// Since when the trail is known not to be what was signed.
    pub trail_broken_since: Option<Moment>,
    /// Since when the data folder is known to be older than the keyring.
    pub rolled_back_since: Option<Moment>,
}

/// When the reason came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// At this moment; another moment is another arising.
    Known(Moment),
    /// At this moment or when it was first looked at; the same arising unless the look says that
    /// the reason was gone in between.
    Seen(Option<Moment>),
}

/// A notice that should be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Why.
    pub kind: Kind,
    /// When its reason came about.
    pub since: Since,
    /// It stands this many milliseconds later.
    pub after_ms: i64,
    /// And not before this moment.
    pub not_before: Option<Moment>,
    /// Whom it is for.
    pub whom: Whom,
    /// True where it only goes on: it does not come about by this.
    pub only_goes_on: bool,
}

impl Wanted {
    fn seen(kind: Kind, since: Option<Moment>, whom: Whom) -> Self {
        let since = Since::Seen(since);
        Self { kind, since, after_ms: 0, not_before: None, whom, only_goes_on: false }
    }

    fn known(kind: Kind, since: Moment, after_ms: i64, whom: Whom) -> Self {
        let since = Since::Known(since);
        Self { kind, since, after_ms, not_before: None, whom, only_goes_on: false }
    }
}

/// What a change in this state asks of a person.
#[must_use]
pub fn of_change(facts: &ChangeFacts, now: Moment) -> Option<Wanted> {
    let decides = || Whom::may(Permission::Decide);
    let asker = || Some(facts.requested_by.clone()).filter(|asker| asker.as_str() != ORDERS);
    let seen = |kind, whom| Some(Wanted::seen(kind, facts.since, whom));
    match facts.state {
        State::AwaitingApproval => {
            seen(Kind::Approval, Whom { but_not: Some(facts.requested_by.clone()), ..decides() })
        }
        State::Conflict => seen(Kind::Conflict, Whom { person: asker(), ..decides() }),
        State::Declined => seen(Kind::Declined, Whom { person: asker(), ..decides() }),
        // Who said no knows of it.
        State::Rejected => {
            let asker = asker()?;
            seen(Kind::Rejected, Whom { person: Some(asker), ..Whom::default() })
        }
        State::InDoubt => Some(Wanted {
            after_ms: DOUBT_AFTER_MS,
            not_before: facts.accepted.then(|| now.plus_millis(DOUBT_AFTER_MS)),
            ..Wanted::seen(Kind::Doubt, facts.since, decides())
        }),
        // The same key and bytes once more: the doubt is as old as before.
        State::Sending => Some(Wanted {
            after_ms: DOUBT_AFTER_MS,
            only_goes_on: true,
            ..Wanted::seen(Kind::Doubt, None, decides())
        }),
        State::NeedsCustomer => Some(Wanted {
            after_ms: SIGNATURE_AFTER_MS,
            ..Wanted::seen(Kind::SignatureOpen, facts.since, Whom::may(Permission::Ask))
        }),
        State::Queued | State::Applied | State::Expired | State::Withdrawn => None,
    }
}

/// What an account asks of a person.
#[must_use]
pub fn of_account(facts: &AccountFacts, now: Moment) -> Vec<Wanted> {
    let mut all = age(facts.unreachable_since, facts.max_age_hours, now);
    if facts.paused {
        all.push(Wanted::seen(Kind::AccountPaused, None, Whom::may(Permission::Decide)));
    }
    all
}

/// What the till itself asks of a person.
#[must_use]
pub fn of_till(facts: &TillFacts, now: Moment) -> Vec<Wanted> {
    let mut all = age(facts.on_purpose_since, facts.max_age_hours, now);
    let closed = facts.keyring_closed_since.filter(|_| facts.has_unsent);
    all.extend(
        closed
            .map(|since| Wanted::known(Kind::KeyringClosed, since, 0, Whom::may(Permission::Ask))),
    );
    all.extend(facts.trail_broken_since.map(alarm));
    all
}

/// What the data folder asks of a person.
#[must_use]
pub fn of_folder(facts: &TillFacts) -> Vec<Wanted> {
    facts.rolled_back_since.map(alarm).into_iter().collect()
}

/// Everybody who can sign in is told: an auditor, too.
fn alarm(since: Moment) -> Wanted {
    Wanted::known(Kind::TrailAlarm, since, 0, Whom::may(Permission::Read))
}

/// The warning before the limit of age, and the limit (O6): one of them at a time.
fn age(since: Option<Moment>, hours: i64, now: Moment) -> Vec<Wanted> {
    let Some(since) = since else { return Vec::new() };
    let whom = || Whom::may(Permission::Ask);
    let limit_ms = limits::age_limit_ms(hours);
    let passed = Wanted::known(Kind::AgePassed, since, limit_ms, whom());
    if now >= since.plus_millis(limit_ms) {
        return vec![passed];
    }
    vec![Wanted::known(Kind::AgeNear, since, limits::age_warning_ms(hours), whom()), passed]
}

/// A notice that is kept about something: planned for a later moment, or standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Why.
    pub kind: Kind,
    /// When its reason came about.
    pub since: Moment,
    /// From when on it stands.
    pub stands_at: Moment,
    /// True where it does.
    pub stands: bool,
}

/// What makes one kept notice true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It will stand at its moment.
    Plan(Arising),
    /// It stands from its moment on, and nobody was told of it.
    Raise(Arising),
    /// It stands no more.
    Clear(Kind),
    /// It was planned and will not come.
    Drop(Kind),
}

/// One arising of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arising {
    /// Why.
    pub kind: Kind,
    /// When its reason came about.
    pub since: Moment,
    /// From when on it stands.
    pub stands_at: Moment,
    /// Whom it is for.
    pub whom: Whom,
}

/// The steps from what is kept about something to what should be. `interrupted`: the reason was
/// gone since the last look, if only for a moment.
#[must_use]
pub fn turn(kept: &[Kept], wanted: &[Wanted], interrupted: bool, now: Moment) -> Vec<Step> {
    let of = |kind: Kind| kept.iter().find(|kept| kept.kind == kind);
    let ended = kept.iter().filter(|kept| {
        let goes_on = |one: &Wanted| {
            one.kind == kept.kind && (!one.only_goes_on || continues(kept, one, interrupted))
        };
        !wanted.iter().any(goes_on)
    });
    let mut steps: Vec<Step> = ended.map(end).collect();
    steps.extend(wanted.iter().filter_map(|one| step(of(one.kind), one, interrupted, now)));
    steps
}

fn end(kept: &Kept) -> Step {
    if kept.stands { Step::Clear(kept.kind) } else { Step::Drop(kept.kind) }
}

fn continues(kept: &Kept, wanted: &Wanted, interrupted: bool) -> bool {
    match wanted.since {
        Since::Known(since) => kept.since == since,
        Since::Seen(_) => !interrupted,
    }
}

fn step(kept: Option<&Kept>, wanted: &Wanted, interrupted: bool, now: Moment) -> Option<Step> {
    let kept = kept.copied();
    let old = kept.filter(|kept| continues(kept, wanted, interrupted));
    if old.is_none() && wanted.only_goes_on {
        return None;
    }
    let since = match (old, wanted.since) {
        (Some(old), _) => old.since,
        (None, Since::Known(since)) => since,
        (None, Since::Seen(since)) => since.unwrap_or(now),
    };
    let stands_at = since.plus_millis(wanted.after_ms);
    let stands_at = wanted.not_before.map_or(stands_at, |earliest| stands_at.max(earliest));
    let arising = Arising { kind: wanted.kind, since, stands_at, whom: wanted.whom.clone() };
    match (old, stands_at <= now) {
        // Once it stands, a limit that was widened takes it back; a clock set back does not.
        (Some(old), true) if old.stands => None,
        (Some(old), false) if old.stands_at == stands_at => None,
        (_, true) => Some(Step::Raise(arising)),
        (_, false) => Some(Step::Plan(arising)),
    }
}

#[cfg(test)]
mod tests;
