//! Notices at the desk: the list for whoever is signed in, what they have seen, and what the
//! desktop is told. Which notices stand is `counterfoil_core::notice`'s to say; the runtime keeps
//! them true.

use std::time::Duration;

use counterfoil_core::id::AccountId;
use counterfoil_core::moment::Moment;
use counterfoil_core::notice::{Kind, NoticeId, TITLE, TRAINING_TITLE, desktop_words};
use counterfoil_store::table::notice::{self, ChangeBrief, NoticeRow, Viewer, What};
use counterfoil_store::table::staff::{self, StaffRow};
use counterfoil_store::table::{account, meta};
use counterfoil_store::{Connection, StoreError};

use crate::call::{Entry, Nothing, NoticeQuery, NoticesSeen};
use crate::desk::Desk;
use crate::dispatch::Admitted;
use crate::seat::Seat;
use crate::view::{NoticeList, NoticeView, NoticedChange};
use crate::{Fault, FaultCode};

/// Most notices in one list, and most that are marked as seen at once: more than a screen shows.
const MOST_SHOWN: u32 = 200;

/// Notices are counted up to here; a screen says "999+" beyond.
const MOST_COUNTED: u32 = 1_000;

/// Whatever shows a notification on the desktop. It may show on a locked screen: the words hold
/// nothing of a change.
pub trait Desktop {
    /// Shows one. That it could not be shown is the desktop's to report.
    fn show(&self, title: &str, words: &str);
}

impl Desk {
    pub(crate) fn notice_list(
        &self,
        at: &Admitted<'_>,
        ask: &NoticeQuery,
    ) -> Result<NoticeList, Fault> {
        let cleared = match ask.state.as_deref() {
            None | Some("standing") => false,
            Some("cleared") => true,
            Some(_) => return Err(bad("state", "standing or cleared")),
        };
        let limit = ask.limit.unwrap_or(MOST_SHOWN);
        if !(1..=MOST_SHOWN).contains(&limit) {
            return Err(bad("limit", "1 to 200"));
        }
        self.runtime.look_at_notices()?;
        let viewer = viewer(at.person()?);
        self.read(|connection| {
            let rows = if cleared { notice::cleared } else { notice::standing };
            let rows = rows(connection, &viewer, limit)?;
            let (standing, unseen) = notice::count(connection, &viewer, MOST_COUNTED)?;
            let views = rows.iter().map(|row| notice_view(connection, row));
            Ok(NoticeList {
                notices: views.collect::<Result<_, _>>()?,
                more: standing >= MOST_COUNTED,
                standing,
                unseen,
            })
        })
    }

    /// Notes what this person has seen. What does not stand for them is left out: it may have
    /// cleared itself while they looked.
    pub(crate) fn notice_seen(
        &self,
        at: &Admitted<'_>,
        ask: &NoticesSeen,
    ) -> Result<Nothing, Fault> {
        if u32::try_from(ask.notices.len()).map_or(true, |many| many > MOST_SHOWN) {
            return Err(bad("notices", "at most 200 at once"));
        }
        let parse = |text: &String| NoticeId::parse(text).ok_or_else(|| no_notice(text));
        let ids: Vec<_> = ask.notices.iter().map(parse).collect::<Result<_, _>>()?;
        // A store that is open for reading only has nothing to note it in.
        if self.rescue().is_some() {
            return Ok(Nothing {});
        }
        let (viewer, now) = (viewer(at.person()?), self.runtime.now());
        let any = self.store().write(move |connection| {
            let mut any = false;
            for id in &ids {
                any |= notice::see(connection, id, &viewer, now)?;
            }
            if any {
                notice::note_turned(connection)?;
            }
            Ok(any)
        })?;
        if any {
            self.runtime.notify(counterfoil_runtime::Notice::Notices);
        }
        Ok(Nothing {})
    }

    /// Shows on the desktop what stands and was not shown yet, for who sits here; for everybody
    /// where nobody does. Of all processes of a till one shows a notice, once, and at most one
    /// bundle of a kind in a minute. Answers after how long more may be shown that waits already.
    /// Blocks.
    ///
    /// # Errors
    /// The store fails.
    pub fn tell_desktop(
        &self,
        seat: &Seat,
        desktop: &dyn Desktop,
    ) -> Result<Option<Duration>, Fault> {
        self.admit_entry(seat, Entry::NoticeTell)?;
        if self.rescue().is_some() {
            return Ok(None);
        }
        self.runtime.look_at_notices()?;
        let viewer = self.signed_in(seat).ok().map(|person| viewer(&person));
        let now = self.runtime.now();
        let mut telling =
            self.read(|connection| notice::anything_to_tell(connection, viewer.as_ref(), now))?;
        if !telling.now.is_empty() {
            let claim =
                move |connection: &Connection| notice::tell(connection, viewer.as_ref(), now);
            telling = self.store().write(claim)?;
        }
        let training = self.read(|connection| meta::get(connection, meta::TRAINING))?.is_some();
        let title = if training { TRAINING_TITLE } else { TITLE };
        for (kind, many) in telling.now {
            desktop.show(title, &desktop_words(kind, many));
        }
        let wait = telling.again_at.map(|again| again.millis_since(now));
        Ok(wait.and_then(|millis| u64::try_from(millis).ok()).map(Duration::from_millis))
    }
}

fn viewer(person: &StaffRow) -> Viewer {
    Viewer { staff_id: person.staff_id.clone(), role: person.role }
}

fn bad(field: &str, takes: &str) -> Fault {
    Fault::new(FaultCode::BadInput, format!("{field} takes {takes}")).with("field", field)
}

fn no_notice(text: &str) -> Fault {
    let words = format!("{text:?} is no notice: they are named as in the list, kind:id");
    Fault::new(FaultCode::BadInput, words).with("field", "notices")
}

fn notice_view(connection: &Connection, row: &NoticeRow) -> Result<NoticeView, StoreError> {
    let person = |id: &str| {
        let found = staff::find(connection, id)?;
        Ok::<_, StoreError>(found.map_or_else(|| id.to_owned(), |found| found.name))
    };
    let of_account = |id: &str| {
        let Ok(id) = AccountId::parse(id) else { return Ok(None) };
        let found = account::find(connection, id.as_str())?;
        Ok::<_, StoreError>(found.map(|found| found.name))
    };
    let (change, account) = match row.what {
        What::Change => match notice::change_brief(connection, &row.id.about)? {
            Some(brief) => {
                let by = person(&brief.requested_by)?;
                let account = of_account(&brief.account_id)?;
                (Some(noticed(&row.id.about, brief, by)), account)
            }
            None => (None, None),
        },
        What::Account => (None, of_account(&row.id.about)?),
        What::Till | What::Folder => (None, None),
    };
    let for_person = row.person.as_ref().map(|id| person(id.as_str())).transpose()?;
    Ok(NoticeView {
        notice_id: row.id.to_string(),
        kind: row.id.kind.word().to_owned(),
        about: row.what.word().to_owned(),
        words: words(row, change.as_ref(), account.as_deref()),
        desktop_words: desktop_words(row.id.kind, 1),
        change,
        account,
        raised_at: row.raised_at.to_rfc3339(),
        cleared_at: row.cleared_at.map(Moment::to_rfc3339),
        seen_at: row.seen_at.map(Moment::to_rfc3339),
        for_permission: row.permission.map(|permission| permission.word().to_owned()),
        for_person,
    })
}

fn noticed(change_id: &str, brief: ChangeBrief, requested_by: String) -> NoticedChange {
    NoticedChange {
        change_id: change_id.to_owned(),
        kind: brief.kind,
        payment_id: brief.payment_id,
        requested_by,
    }
}

/// For the command line and for support; screens have their own words.
fn words(row: &NoticeRow, change: Option<&NoticedChange>, account: Option<&str>) -> String {
    let what = change.map_or_else(
        || "a change".to_owned(),
        |change| format!("{} asked for by {}", change.kind, change.requested_by),
    );
    let place =
        account.map_or_else(|| "The till".to_owned(), |account| format!("The account {account}"));
    match row.id.kind {
        Kind::Approval => format!("Waits for a second person: {what}."),
        Kind::Conflict => format!("In conflict, a manager decides: {what}."),
        Kind::Doubt => {
            format!("In doubt for over an hour, two people look at the provider: {what}.")
        }
        Kind::AgeNear => format!("{place} has been offline for most of the time it may be."),
        Kind::AgePassed => format!(
            "{place} has been offline for as long as it may be: nothing more may be asked for."
        ),
        Kind::Declined => format!("The provider said no: {what}."),
        Kind::Rejected => format!("A second person said no: {what}."),
        Kind::AccountPaused => {
            format!("{place} is paused: its credentials were refused. Nothing is sent there.")
        }
        Kind::KeyringClosed => {
            "Nothing is sent: the keyring cannot be read. Unlock it; what waits is kept.".to_owned()
        }
        Kind::SignatureOpen => {
            format!("The customer has not signed for over a day: {what}.")
        }
        Kind::TrailAlarm if row.what == What::Folder => {
            "This data folder is older than the last sending of this till: it was put back from \
             a copy."
                .to_owned()
        }
        Kind::TrailAlarm => "The trail is not what was signed: check it (audit verify).".to_owned(),
    }
}
