//! Reading the provider and comparing: the list where there is one, and every payment that is not
//! on it, or differs, by itself. Nothing is stored.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use counterfoil_connectors::ListQuery;
use counterfoil_connectors::ProbeEnd;
use counterfoil_core::account::Account;
use counterfoil_core::answer::ReadEnd;
use counterfoil_core::ledger::{Difference, Held, compare, only_here, only_there};
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::PaymentFacts;
use counterfoil_runtime::{BrokeOff, Listed};
use counterfoil_store::table::ledger::{self, Name};
use counterfoil_store::table::payment;
use tokio::sync::watch;

use crate::Fault;
use crate::desk::Desk;
use crate::payments::{credentials, keyring, unclear, unreachable};

/// Payments looked up in the store at a time.
const PAGE: u32 = 1_000;

/// How often a payment is read that does not answer clearly, or that moves meanwhile.
const MOST_TRIES: u32 = 3;
/// Pause before it is read again, and the longest a provider may ask for.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// So many payments in a row that cannot be read are the provider's trouble, not theirs.
const MOST_UNREAD_IN_A_ROW: u32 = 5;

/// What was compared.
#[derive(Debug, Default)]
pub struct Walked {
    /// Payments without any difference.
    pub matched: u32,
    /// The others.
    pub differences: Vec<Difference>,
    /// The references that were compared.
    pub compared: BTreeSet<String>,
    /// What the provider lists, where it listed all of an account.
    pub listed: Option<BTreeSet<String>>,
    /// References (or places) that could not be compared, and why.
    pub unread: Vec<(String, String)>,
    /// Whether what is only there is known.
    pub only_there_known: bool,
    /// False where somebody ended it, or the provider did.
    pub complete: bool,
}

/// One walk over an account.
pub struct Walk<'a> {
    desk: &'a Desk,
    account: &'a Account,
    since: Option<Moment>,
    stop: watch::Receiver<bool>,
    walked: Walked,
    /// True once the provider answered under these credentials.
    answered: bool,
    unread_in_a_row: u32,
}

/// What reading one payment came to.
enum Read {
    Facts(Box<PaymentFacts>),
    Gone,
    Unread(String),
    Stopped,
}

impl<'a> Walk<'a> {
    pub fn new(
        desk: &'a Desk,
        account: &'a Account,
        since: Option<Moment>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self {
            desk,
            account,
            since,
            stop,
            walked: Walked::default(),
            answered: false,
            unread_in_a_row: 0,
        }
    }

    /// Compares everything; what was compared until a fault is kept beside it.
    pub fn all(mut self) -> (Walked, Option<Fault>) {
        let ended = self.walk();
        self.walked.complete &= ended.is_ok();
        (self.walked, ended.err())
    }

    fn walk(&mut self) -> Result<(), Fault> {
        let listed = self.list()?;
        let mut there = match listed {
            Some(listed) if listed.broke_off == Some(BrokeOff::Stopped) => return Ok(()),
            Some(listed) => self.take_list(listed)?,
            None => BTreeMap::new(),
        };
        let names = self.names()?;
        let held: BTreeSet<String> = names.iter().map(|name| name.provider_ref.clone()).collect();
        let counts = |name: &Name| {
            let since = self.since.is_none_or(|since| name.made_at >= since);
            since || there.contains_key(&name.provider_ref)
        };
        let names: Vec<Name> = names.into_iter().filter(counts).collect();
        let total = u32::try_from(names.len()).unwrap_or(u32::MAX);
        for (name, done) in names.into_iter().zip(0..) {
            self.desk.reconciling.note(done, Some(total));
            if *self.stop.borrow() {
                return Ok(());
            }
            let first = there.remove(&name.provider_ref);
            self.look_at(&name, first)?;
        }
        let strange = there.into_iter().filter(|(provider_ref, _)| !held.contains(provider_ref));
        for (_, facts) in strange {
            self.take_strange(&facts)?;
        }
        self.walked.complete = !*self.stop.borrow();
        Ok(())
    }

    fn list(&mut self) -> Result<Option<Listed>, Fault> {
        let query = ListQuery { made_since: self.since, ..ListQuery::default() };
        let going = self.desk.reconciling.clone();
        let progress = move |many: usize| going.note(u32::try_from(many).unwrap_or(u32::MAX), None);
        let runtime = &self.desk.runtime;
        let listing = runtime.list_payments(self.account, &query, &mut self.stop, &progress);
        runtime.handle().block_on(listing).map_err(keyring)
    }

    /// What a provider cannot filter by it leaves out: payments made before are left out here.
    fn take_list(&mut self, listed: Listed) -> Result<BTreeMap<String, PaymentFacts>, Fault> {
        match listed.broke_off {
            None | Some(BrokeOff::Stopped) => {}
            Some(BrokeOff::CredentialsRefused { message }) => {
                return Err(credentials(self.account, &message));
            }
            Some(BrokeOff::Unreachable { why }) => return Err(unreachable(self.account, &why)),
            Some(BrokeOff::Unclear { why }) => return Err(unclear(self.account, &why)),
        }
        self.answered = true;
        self.walked.only_there_known = true;
        let unreadable = listed.unreadable.into_iter();
        let unreadable = unreadable.map(|name| (name, "it cannot be read in the list".to_owned()));
        self.walked.unread.extend(unreadable);
        if self.since.is_none() {
            self.walked.listed = Some(listed.payments.keys().cloned().collect());
        }
        let since = self.since;
        let counts = |facts: &PaymentFacts| match (since, facts.details.made_at) {
            (Some(since), Some(made_at)) => made_at >= since,
            (Some(_) | None, _) => true,
        };
        Ok(listed.payments.into_iter().filter(|(_, facts)| counts(facts)).collect())
    }

    fn names(&mut self) -> Result<Vec<Name>, Fault> {
        let mut all: Vec<Name> = Vec::new();
        loop {
            let after = all.last().map_or(0, |name| name.row_id);
            let id = &self.account.account_id;
            let page = self.desk.read(|c| ledger::names(c, id, after, PAGE))?;
            let unreadable = page.unreadable.into_iter();
            self.walked.unread.extend(unreadable.map(|row| (row.row, row.what)));
            if page.rows.is_empty() {
                return Ok(all);
            }
            all.extend(page.rows);
        }
    }

    /// Compares one payment. A difference counts only on a reading of its own, during which this
    /// till has done nothing on the payment: lists lag behind, and so does a ledger that moves.
    fn look_at(&mut self, name: &Name, first: Option<PaymentFacts>) -> Result<(), Fault> {
        if let Some(facts) = first {
            let held = match self.held(name) {
                Ok(held) => held,
                Err(fault) => return self.take_unread(name, fault.message),
            };
            if says_as_much(&facts, &held.payment.facts) && compare(&held, &facts).is_empty() {
                return self.take(name, Vec::new());
            }
        }
        for _ in 0..MOST_TRIES {
            let before = self.held(name);
            let read = self.read(&name.provider_ref)?;
            let held = match (before, self.held(name)) {
                (Ok(before), Ok(after)) if before == after => after,
                (Ok(_), Ok(_)) => continue,
                // A row that cannot be read is named and stops no other.
                (Err(fault), _) | (_, Err(fault)) => {
                    return self.take_unread(name, fault.message);
                }
            };
            return match read {
                Read::Facts(facts) => self.take(name, compare(&held, &facts)),
                Read::Gone => self.take(name, vec![only_here(&held)]),
                Read::Unread(why) => self.take_unread(name, why),
                Read::Stopped => Ok(()),
            };
        }
        self.take_unread(name, "it is being changed at this moment".to_owned())
    }

    fn held(&self, name: &Name) -> Result<Held, Fault> {
        self.desk.read(|connection| ledger::held(connection, &name.payment_id))
    }

    fn take(&mut self, name: &Name, found: Vec<Difference>) -> Result<(), Fault> {
        self.unread_in_a_row = 0;
        self.walked.matched = self.walked.matched.saturating_add(u32::from(found.is_empty()));
        self.walked.compared.insert(name.provider_ref.clone());
        self.walked.differences.extend(found);
        Ok(())
    }

    fn take_unread(&mut self, name: &Name, why: String) -> Result<(), Fault> {
        self.unread_in_a_row = self.unread_in_a_row.saturating_add(1);
        let fault = unclear(self.account, &why);
        self.walked.unread.push((name.provider_ref.clone(), why));
        if self.unread_in_a_row < MOST_UNREAD_IN_A_ROW { Ok(()) } else { Err(fault) }
    }

    /// Listed and not held when this began; it may have been tracked since.
    fn take_strange(&mut self, facts: &PaymentFacts) -> Result<(), Fault> {
        let (id, provider_ref) = (&self.account.account_id, &facts.provider_ref);
        if self.desk.read(|connection| payment::by_ref(connection, id, provider_ref))?.is_none() {
            self.walked.differences.push(only_there(facts));
        }
        Ok(())
    }

    fn read(&mut self, provider_ref: &str) -> Result<Read, Fault> {
        let mut pause = FIRST_PAUSE;
        let mut tries = 0;
        loop {
            tries += 1;
            let runtime = &self.desk.runtime;
            let end = runtime.handle().block_on(runtime.read_payment(self.account, provider_ref));
            let last = tries == MOST_TRIES;
            match end.map_err(keyring)? {
                ReadEnd::Facts(facts) => {
                    self.answered = true;
                    return Ok(Read::Facts(facts));
                }
                ReadEnd::NoSuchPayment { message } => return self.gone(&message),
                ReadEnd::CredentialsRefused { message } => {
                    return Err(credentials(self.account, &message));
                }
                ReadEnd::Unreachable { why } if last => {
                    return Err(unreachable(self.account, &why));
                }
                ReadEnd::Unclear { why, .. } if last => return Ok(Read::Unread(why)),
                ReadEnd::Unclear { retry_after_ms: Some(asked), .. } => {
                    let asked = Duration::from_millis(u64::try_from(asked).unwrap_or(0));
                    pause = pause.max(asked.min(LONGEST_PAUSE));
                }
                ReadEnd::Unreachable { .. } | ReadEnd::Unclear { .. } => {}
            }
            if self.stopped_within(pause) {
                return Ok(Read::Stopped);
            }
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }

    /// A wrong secret may look like a payment that is not there (bumper.md section 2.4): before
    /// anything was answered, the credentials are tried first.
    fn gone(&mut self, message: &str) -> Result<Read, Fault> {
        if self.answered {
            return Ok(Read::Gone);
        }
        let runtime = &self.desk.runtime;
        let probe = runtime.handle().block_on(runtime.probe(self.account)).map_err(keyring)?;
        match probe {
            ProbeEnd::Ok => {
                self.answered = true;
                Ok(Read::Gone)
            }
            ProbeEnd::CredentialsRefused { message } => Err(credentials(self.account, &message)),
            ProbeEnd::Unreachable { why } => Err(unreachable(self.account, &why)),
            ProbeEnd::Unclear { .. } => Ok(Read::Unread(message.to_owned())),
        }
    }

    fn stopped_within(&mut self, pause: Duration) -> bool {
        let stop = &mut self.stop;
        self.desk.runtime.handle().block_on(async {
            tokio::select! {
                asked = stop.wait_for(|stop| *stop) => asked.is_ok(),
                () = tokio::time::sleep(pause) => false,
            }
        })
    }
}

/// Some lists leave out sums that a reading of the payment itself brings.
fn says_as_much(listed: &PaymentFacts, read: &PaymentFacts) -> bool {
    let refunded = listed.refunded.is_some() || read.refunded.is_none();
    refunded && (listed.details.captured.is_some() || read.details.captured.is_none())
}
