//! Approvals between two tills: an offline till shows a challenge, somebody at another till gives
//! their yes to it there, and the first till takes the answer. Everything that crosses is text that
//! people carry; nothing in it is believed that the signature does not cover.

mod keys;
mod words;

use counterfoil_core::approval::{Answer, BadText, Challenge, Void, short_code};
use counterfoil_core::audit::{AuditFact, sha256_hex};
use counterfoil_core::change::{Change, Event, State};
use counterfoil_core::id::StaffId;
use counterfoil_core::moment::Moment;
use counterfoil_core::settings::Setting;
use counterfoil_runtime::place_of;
use counterfoil_store::table::challenge::{self, ChallengeRow};
use counterfoil_store::table::{account, audit_entry, change, foreign_key, meta, staff};
use counterfoil_store::{Connection, StoreError, life};
use counterfoil_vault::PersonKey;
use fast_qr::{ECL, QRBuilder};
use serde_json::json;

use crate::approving::{
    About, Unsigned, approved, fresh, holds_until, judged, number, refusal, same_name, void,
};
use crate::call::{AcceptAnswer, AnswerChallenge, ChallengeText, ChangeRef};
use crate::deciding::{not_moved, same_person};
use crate::desk::Desk;
use crate::dispatch::Admitted;
use crate::view::{AnswerView, AskedView, ChallengeView, ChangeView, QrView};
use crate::{Fault, FaultCode};

/// Why an answer is not taken, beside what voids an approval.
const UNKNOWN_CHALLENGE: &str = "unknown_challenge";
const USED: &str = "used";
const LATE: &str = "late";
const STATE: &str = "state";

impl Desk {
    /// What another till is asked, with a nonce that counts once. It takes the place of every
    /// earlier challenge about the same change.
    pub(crate) fn approval_challenge(
        &self,
        at: &Admitted<'_>,
        _: &ChangeRef,
    ) -> Result<ChallengeView, Fault> {
        let change = at.change()?;
        let now = self.runtime.now();
        let challenge = self.read(|connection| challenge_about(connection, change, now))?;
        let text = challenge.to_text();
        let code = short_code(&text);
        let row = ChallengeRow {
            nonce: challenge.nonce.clone(),
            change_id: change.change_id.clone(),
            salt: challenge.salt.clone(),
            made_at: now,
            expires_at: challenge.expires_at,
            approval_expires_at: challenge.approval_expires_at,
            used_at: None,
        };
        let facts = json!({
            "nonce": row.nonce, "code": code, "expires_at": row.expires_at.to_rfc3339(),
        });
        let who = Some(&at.person()?.staff_id);
        let fact = self.fact(who, "approval.challenged", change.change_id.as_str(), facts);
        self.write_with_trail(fact, move |connection| challenge::put(connection, &row))?;
        Ok(ChallengeView {
            change_id: change.change_id.to_string(),
            qr: qr(&text),
            challenge: text,
            code,
            expires_at: challenge.expires_at.to_rfc3339(),
        })
    }

    /// What another till asks, in this till's own words.
    pub(crate) fn approval_read(
        &self,
        _: &Admitted<'_>,
        ask: &ChallengeText,
    ) -> Result<AskedView, Fault> {
        let challenge = self.challenge_to_answer(&ask.challenge)?;
        Ok(words::asked(&challenge, &short_code(&ask.challenge)))
    }

    /// Somebody of this till, named first and proved by PIN, agrees to what another till asks. The
    /// session at the seat does not change.
    pub(crate) fn approval_answer(
        &self,
        _: &Admitted<'_>,
        ask: &AnswerChallenge,
    ) -> Result<AnswerView, Fault> {
        let challenge = self.challenge_to_answer(&ask.challenge)?;
        let about = About::of(&challenge);
        let (approver, key) = self.decider_of(&about, &ask.staff_id, &ask.pin)?;
        let (answer, statement) = signed(&challenge, &approver.staff_id, &key);
        let code = short_code(&ask.challenge);
        let facts = json!({
            "from_till": challenge.till_id,
            "code": code,
            "statement": statement,
            "statement_digest": sha256_hex(statement.as_bytes()),
            "public_key": answer.public_key,
            "signature": answer.signature,
        });
        let who = Some(&approver.staff_id);
        let fact = self.fact(who, "approval.answered", about.change, facts);
        self.write_with_trail(fact, |_| Ok(()))?;
        let text = answer.to_text();
        Ok(AnswerView {
            qr: qr(&text),
            answer: text,
            asked: words::asked(&challenge, &code),
            code,
            approver: approver.name,
        })
    }

    /// Takes the answer of another till: once, in time, for the change as it is now, from somebody
    /// whose key an owner brought in. Everything else is refused and noted.
    pub(crate) fn approval_accept(
        &self,
        at: &Admitted<'_>,
        ask: &AcceptAnswer,
    ) -> Result<ChangeView, Fault> {
        let answer = Answer::parse(&ask.answer).map_err(bad_text)?;
        let viewer = at.person()?;
        let now = self.runtime.now();
        let carried_by = viewer.staff_id.clone();
        let taken = self
            .store()
            .write(move |connection| take_answer(connection, &answer, &carried_by, now));
        match taken.map_err(not_moved)? {
            Ok(change) => self.moved(&change, viewer),
            Err(why) => Err(refused(&why)),
        }
    }

    fn challenge_to_answer(&self, text: &str) -> Result<Challenge, Fault> {
        let challenge = Challenge::parse(text).map_err(bad_text)?;
        let own = self.read(meta::till_id)?;
        if own.as_ref() == Some(&challenge.till_id) {
            let words = "this till asks it itself: agree to the change here";
            return Err(Fault::new(FaultCode::NotAllowed, words));
        }
        if self.runtime.now() >= challenge.expires_at {
            return Err(refused(LATE));
        }
        Ok(challenge)
    }
}

/// A challenge about a change as it is now.
fn challenge_about(
    connection: &Connection,
    change: &Change,
    now: Moment,
) -> Result<Challenge, StoreError> {
    let account = account::get(connection, &change.account_id)?;
    let place = place_of(connection, &account, change)?;
    let minutes = number(connection, Setting::ApprovalChallengeMinutes)?;
    let requester = staff::find(connection, change.requested_by.as_str())?;
    Ok(Challenge {
        till_id: place.till_id,
        till: meta::get(connection, meta::TILL_NAME)?.unwrap_or_default(),
        requester: requester.map(|row| row.name).unwrap_or_default(),
        account: account.name,
        provider: place.provider,
        provider_ref: place.provider_ref,
        change_id: change.change_id.clone(),
        account_id: change.account_id.clone(),
        payment_id: change.payment_id.clone(),
        command: change.command.clone(),
        only_if: change.only_if.clone(),
        base: change.decided_on.clone(),
        requested_by: change.requested_by.clone(),
        salt: fresh(),
        nonce: fresh(),
        approval_expires_at: holds_until(connection, now)?,
        expires_at: now.plus_millis(minutes.saturating_mul(60_000)),
    })
}

/// The answer of a person, and the statement it signs.
fn signed(challenge: &Challenge, approver: &StaffId, key: &PersonKey) -> (Answer, String) {
    let statement = challenge.statement(approver);
    let answer = Answer {
        nonce: challenge.nonce.clone(),
        approver: approver.clone(),
        public_key: hex::encode(key.public_key()),
        signature: hex::encode(key.sign(statement.as_bytes())),
    };
    (answer, statement)
}

/// The change as it stands with the answer, or why it is not taken; that is noted.
fn take_answer(
    connection: &Connection,
    answer: &Answer,
    carried_by: &StaffId,
    now: Moment,
) -> Result<Result<Change, String>, StoreError> {
    let row = challenge::get(connection, &answer.nonce)?;
    let asked = row.as_ref().map(|row| change::get(connection, &row.change_id)).transpose()?;
    let why = match (&row, &asked) {
        (Some(row), Some(change)) => match fits(connection, answer, (row, change), now)? {
            None => return yes(connection, answer, (row, change), carried_by, now).map(Ok),
            Some(why) => why,
        },
        (Some(_) | None, _) => UNKNOWN_CHALLENGE.to_owned(),
    };
    let about = asked.as_ref().map(About::own);
    let fact = refusal(now, answer.approver.as_str(), about.as_ref(), &why);
    audit_entry::append(connection, &fact)?;
    Ok(Err(why))
}

/// Why an answer to this challenge is not taken; none where it is.
fn fits(
    connection: &Connection,
    answer: &Answer,
    (row, change): (&ChallengeRow, &Change),
    now: Moment,
) -> Result<Option<String>, StoreError> {
    if row.used_at.is_some() {
        return Ok(Some(USED.to_owned()));
    }
    if now >= row.expires_at {
        return Ok(Some(LATE.to_owned()));
    }
    if change.state != State::AwaitingApproval {
        return Ok(Some(STATE.to_owned()));
    }
    if is_same_person(connection, answer, change)? {
        return Ok(Some(Void::SamePerson.word().to_owned()));
    }
    let event = event_of(connection, answer, (row, change))?;
    let why = judged(connection, change, &answer.approver, &event, now)?;
    Ok(why.map(|why| why.word().to_owned()))
}

/// Somebody with a place at both tills has two ids: their name tells.
fn is_same_person(
    connection: &Connection,
    answer: &Answer,
    change: &Change,
) -> Result<bool, StoreError> {
    let approver = foreign_key::find(connection, answer.approver.as_str())?;
    let requester = staff::find(connection, change.requested_by.as_str())?;
    let (Some(approver), Some(requester)) = (approver, requester) else { return Ok(false) };
    let same_key = requester.marks.public_key.as_deref() == Some(answer.public_key.as_str());
    Ok(same_key || same_name(&approver.name, &requester.name))
}

fn event_of(
    connection: &Connection,
    answer: &Answer,
    (row, change): (&ChallengeRow, &Change),
) -> Result<Event, StoreError> {
    let account = account::get(connection, &change.account_id)?;
    let place = place_of(connection, &account, change)?;
    let terms = Unsigned::with(place, &row.salt, &row.nonce, row.approval_expires_at);
    let seal = terms.seal(change, &answer.public_key, &answer.signature);
    Ok(approved(change, &answer.approver, seal))
}

fn yes(
    connection: &Connection,
    answer: &Answer,
    (row, change): (&ChallengeRow, &Change),
    carried_by: &StaffId,
    now: Moment,
) -> Result<Change, StoreError> {
    let event = event_of(connection, answer, (row, change))?;
    challenge::take(connection, &row.nonce, now)?;
    let fact = AuditFact {
        at: now.to_rfc3339(),
        who: carried_by.to_string(),
        what: "approval.accepted".to_owned(),
        about: change.change_id.to_string(),
        facts: json!({ "approver": answer.approver, "nonce": row.nonce }),
    };
    audit_entry::append(connection, &fact)?;
    life::append(connection, &change.change_id, now, event, None).map(|done| done.change)
}

/// A QR code of a text; none where it is too long for one.
fn qr(text: &str) -> Option<QrView> {
    let code = QRBuilder::new(text.as_bytes()).ecl(ECL::L).build().ok()?;
    let row =
        |y: usize| (0..code.size).map(|x| if code[y][x].value() { '1' } else { '0' }).collect();
    Some(QrView { text: text.to_owned(), rows: (0..code.size).map(row).collect() })
}

fn bad_text(error: BadText) -> Fault {
    Fault::new(FaultCode::BadInput, error.to_string())
}

/// An answer that is not taken.
fn refused(why: &str) -> Fault {
    let words = match why {
        UNKNOWN_CHALLENGE => "it answers no challenge that this till has open: show a new one",
        USED => "this answer was taken before, and counts once",
        LATE => "the challenge is too old: show a new one",
        STATE => "the change no longer waits for a second person",
        _ => {
            let found = Void::ALL.into_iter().find(|void| void.word() == why);
            return found.map_or_else(same_person, void);
        }
    };
    let words = format!("{words}. Nothing was changed.");
    Fault::new(FaultCode::ApprovalRefused, words).with("why", why)
}
