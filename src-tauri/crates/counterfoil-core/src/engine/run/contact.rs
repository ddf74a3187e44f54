//! What an exchange says about the account: it answers, asks to wait, cannot be reached, does not
//! know us.

use super::{Engine, Item, Phase};
use crate::answer::SendEnd;
use crate::engine::gate::Contact;
use crate::engine::{Output, Policy};
use crate::id::ChangeId;
use crate::moment::Moment;

impl Engine {
    /// Nothing left the till; `contact` says what that means for the whole account.
    pub(super) fn could_not_ask(
        &mut self,
        change_id: &ChangeId,
        why: &str,
        contact: Option<Contact>,
        now: Moment,
    ) {
        let asked = |item: &Item| matches!(item.phase, Phase::Preparing | Phase::Reading { .. });
        if !self.items.get(change_id).is_some_and(asked) {
            return;
        }
        if let Some(contact) = contact {
            self.note(change_id, contact, Some(why), now);
        }
        self.retry(change_id, why, None, now);
    }

    pub(super) fn note_end(&mut self, change_id: &ChangeId, end: &SendEnd, now: Moment) {
        match end {
            SendEnd::NeverLeft { why } => {
                self.note(change_id, Contact::Unreachable, Some(why), now)
            }
            SendEnd::CredentialsRefused { message } => self.pause_account(change_id, message),
            SendEnd::RefusedForNow { message, retry_after_ms } => {
                let contact = retry_after_ms.map_or(Contact::Answered, Contact::AskedToWait);
                self.note(change_id, contact, Some(message), now);
            }
            SendEnd::Applied { .. }
            | SendEnd::NeedsCustomer { .. }
            | SendEnd::Accepted { .. }
            | SendEnd::Refused { .. } => {
                self.note(change_id, Contact::Answered, None, now);
            }
            SendEnd::Unknown { why } => self.note(change_id, Contact::Unclear, Some(why), now),
        }
    }

    pub(super) fn note(
        &mut self,
        change_id: &ChangeId,
        contact: Contact,
        why: Option<&str>,
        now: Moment,
    ) {
        let Some(item) = self.items.get(change_id) else { return };
        let account_id = item.work.change.account_id.clone();
        let Policy { retry, seed, .. } = self.policy;
        let gate = self.gates.entry(account_id.clone()).or_default();
        if gate.note(contact, &account_id, &retry, seed, now) {
            let open_until = gate.open_until();
            let why = why.map(str::to_owned);
            let outage = contact.is_outage();
            self.outputs.push_back(Output::Breaker { account_id, open_until, why, outage });
        }
    }

    pub(super) fn pause_account(&mut self, change_id: &ChangeId, why: &str) {
        let Some(item) = self.items.get(change_id) else { return };
        let account_id = item.work.change.account_id.clone();
        self.gates.entry(account_id.clone()).or_default().paused = true;
        self.stand_down();
        self.outputs.push_back(Output::PauseAccount { account_id, why: why.to_owned() });
    }
}
