//! Reads payments with something open again, while a drainer runs. When and how many is data of
//! [`counterfoil_core::polling`]; this carries it out, an account at a time beside the others, and
//! never while the till is offline on purpose, the account is paused or its breaker is open.
//!
//! Where a provider tells news, one request for it takes the place of reading payments one by one;
//! what it is about goes through the inbox and is read again, like any other hint.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use counterfoil_connectors::{Hint, Secrets, Target};
use counterfoil_core::account::Account;
use counterfoil_core::answer::{ReadEnd, WireEnd};
use counterfoil_core::id::{AccountId, PaymentId};
use counterfoil_core::moment::Moment;
use counterfoil_core::payment::Payment;
use counterfoil_core::polling::{
    AFTER_FAILURE, LOOK_EVERY_MS, MOST_NEWS_PAGES, MOST_PER_TURN, TURN_EVERY_MS, Waits, next_read,
};
use counterfoil_store::table::callback::Hinted;
use counterfoil_store::table::reading::{self, Open};
use counterfoil_store::table::{account, meta, outbox, payment};
use counterfoil_store::{Connection, StoreError};
use serde_json::json;
use tokio::task::{JoinHandle, JoinSet};

use crate::errand;
use crate::hints;
use crate::runtime::Runtime;

/// A payment that the provider says it does not have is asked for again after this long,
/// milliseconds; so is one of which it says nothing that can be read.
const PUT_OFF_MS: i64 = 12 * 3_600_000;

/// Events remembered from the newest page of news: where one of them comes again, all that is
/// older was heard.
const MOST_REMEMBERED: usize = 64;

/// News is asked for from a while before the last time: clocks differ, and events come late. What
/// comes twice is kept once. Milliseconds.
const OVERLAP_MS: i64 = 600_000;

/// How far back the first news goes, milliseconds.
const FIRST_NEWS_MS: i64 = 86_400_000;

/// What one look came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Polled {
    /// Payments that were asked for.
    pub payments: u32,
    /// Requests for news.
    pub news: u32,
    /// When to look again.
    pub next: Moment,
}

/// How the accounts fared, as long as a drainer runs.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<BTreeMap<AccountId, Failing>>>);

#[derive(Debug, Clone, Copy, Default)]
struct Failing {
    times: u32,
    until: Moment,
}

impl Memory {
    fn rests(&self, account_id: &AccountId, now: Moment) -> bool {
        self.with(|all| all.get(account_id).is_some_and(|failing| failing.until > now))
    }

    /// The provider may ask for longer than the schedule has.
    fn failed(&self, account_id: &AccountId, asked_ms: Option<i64>, now: Moment) {
        self.with(|all| {
            let failing = all.entry(account_id.clone()).or_default();
            let pause = AFTER_FAILURE.pause_ms(failing.times, 0).max(asked_ms.unwrap_or(0));
            failing.times = failing.times.saturating_add(1);
            failing.until = now.plus_millis(pause.min(PUT_OFF_MS));
        });
    }

    fn answered(&self, account_id: &AccountId) {
        self.with(|all| all.remove(account_id));
    }

    fn with<T>(&self, look: impl FnOnce(&mut BTreeMap<AccountId, Failing>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The part of a drainer that reads payments again.
pub struct Polling {
    memory: Memory,
    next: Moment,
    under_way: Option<JoinHandle<Result<Polled, StoreError>>>,
}

impl Polling {
    pub fn new() -> Self {
        Self { memory: Memory::default(), next: Moment::default(), under_way: None }
    }

    /// Begins a look when it is time and none is under way. Never waits.
    pub async fn tick(&mut self, runtime: &Runtime) {
        if self.under_way.as_ref().is_some_and(|look| !look.is_finished()) {
            return;
        }
        let now = runtime.now();
        if let Some(ended) = self.under_way.take() {
            self.next = match ended.await {
                Ok(Ok(polled)) => polled.next,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "payments cannot be looked up for reading");
                    now.plus_millis(LOOK_EVERY_MS)
                }
                Err(_) => now.plus_millis(LOOK_EVERY_MS),
            };
        }
        // A moment further off than any look plans was set on another clock.
        if self.next <= now || self.next > now.plus_millis(LOOK_EVERY_MS) {
            let (runtime, memory) = (runtime.clone(), self.memory.clone());
            self.under_way = Some(tokio::spawn(async move { runtime.poll(&memory).await }));
        }
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        // A reading that is cut off has changed nothing.
        if let Some(look) = &self.under_way {
            look.abort();
        }
    }
}

/// What one account has to read now.
struct Turn {
    account: Account,
    tells_news: bool,
    news: Option<News>,
    hinted: Vec<Hinted>,
    due: Vec<Payment>,
}

/// How far the news was heard; kept with the account.
#[derive(Debug, Clone, PartialEq, Eq)]
struct News {
    at: Moment,
    seen: BTreeSet<String>,
}

impl News {
    /// What cannot be read is as good as never heard.
    fn read(text: Option<&str>, now: Moment) -> Self {
        let value: serde_json::Value =
            text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let at = value["at"].as_i64().map(Moment::from_millis);
        let seen = value["seen"].as_array().into_iter().flatten();
        let at = at.filter(|at| *at <= now).unwrap_or(now.plus_millis(-FIRST_NEWS_MS));
        Self { at, seen: seen.filter_map(|id| id.as_str().map(str::to_owned)).collect() }
    }

    fn write(&self) -> String {
        json!({ "at": self.at.as_millis(), "seen": self.seen }).to_string()
    }
}

impl Runtime {
    /// Reads again what is due, at most [`MOST_PER_TURN`] payments of each account, accounts
    /// beside each other.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn poll(&self, memory: &Memory) -> Result<Polled, StoreError> {
        let remembered = memory.clone();
        let (turns, next) = self.blocking(move |runtime| turns(runtime, &remembered)).await?;
        let mut polled = Polled { next, ..Polled::default() };
        let mut going = JoinSet::new();
        for turn in turns {
            going.spawn(take_turn(self.clone(), memory.clone(), turn));
        }
        while let Some(ended) = going.join_next().await {
            // A task that broke off has its payments due at the next look.
            let (payments, news) = ended.unwrap_or(Ok((0, 0)))?;
            polled.payments = polled.payments.saturating_add(payments);
            polled.news = polled.news.saturating_add(news);
        }
        Ok(polled)
    }
}

/// The accounts that have something to read now, and when to look again.
fn turns(runtime: &Runtime, memory: &Memory) -> Result<(Vec<Turn>, Moment), StoreError> {
    let now = runtime.now();
    let latest = now.plus_millis(LOOK_EVERY_MS);
    let soonest = now.plus_millis(TURN_EVERY_MS);
    let breakers = runtime.line().breakers;
    runtime.store().read(|connection| {
        let on_purpose = meta::get(connection, meta::OFFLINE_ON_PURPOSE)?;
        if on_purpose.as_deref() == Some("true") {
            return Ok((Vec::new(), latest));
        }
        let (mut turns, mut next) = (Vec::new(), latest);
        for account in account::all(connection)? {
            let id = &account.account_id;
            // A breaker of an earlier run is nobody's to close: its time being up, it counts no
            // more.
            let broken = breakers.get(id).is_some_and(|breaker| breaker.until > now);
            let closed = account.paused.is_some() || broken;
            // What staff asked for goes first.
            let sends = !outbox::due(connection, id, now, i64::MAX, 1)?.is_empty();
            if closed || sends || memory.rests(id, now) {
                continue;
            }
            next = next.min(reading::next_due(connection, id)?.unwrap_or(latest).max(soonest));
            turns.extend(turn(connection, account, now)?);
        }
        // One that has more than one turn's worth goes on in the next.
        let next = if turns.is_empty() { next } else { soonest };
        Ok((turns, next))
    })
}

/// What this account has to read now; none where there is nothing.
fn turn(
    connection: &Connection,
    account: Account,
    now: Moment,
) -> Result<Option<Turn>, StoreError> {
    let id = &account.account_id;
    let hinted = reading::hinted(connection, id, MOST_PER_TURN)?;
    let desks = reading::on_desks(connection, id)?.rows;
    let tells_news = tells_news(&account, now);
    let (news, read_by) = if tells_news {
        let news = news_due(connection, id, &desks, now)?;
        (news, now.plus_millis(-net_ms(now)))
    } else {
        (None, now)
    };
    let waits = if tells_news { Waits::News } else { Waits::Person };
    let is_due =
        |open: &Open| next_read(waits, open.payment.facts.read_at, open.changed_at, now) <= now;
    let mut due = reading::due(connection, id, now, read_by, MOST_PER_TURN)?.rows;
    due.extend(desks.into_iter().filter(is_due));
    let due: Vec<Payment> = due.into_iter().map(|open| open.payment).collect();
    let nothing = hinted.is_empty() && due.is_empty() && news.is_none();
    Ok((!nothing).then_some(Turn { tells_news, news, hinted, due, account }))
}

/// How long after its last reading a payment is due although its provider tells news.
fn net_ms(now: Moment) -> i64 {
    next_read(Waits::News, now, now, now).millis_since(now)
}

/// Whether a provider tells news is a matter of its codec alone: no secret is needed to ask that,
/// and the request is not sent.
fn tells_news(account: &Account, now: Moment) -> bool {
    let connector = counterfoil_connectors::of(account.provider);
    let names = connector.secret_names();
    let all = names.needed.iter().chain(names.further);
    let secrets = Secrets::from_pairs(all.map(|name| ((*name).to_owned(), "-".to_owned())));
    let request = connector.encode_news(&Target { account, secrets: &secrets }, now, None);
    request.is_ok_and(|request| request.is_some())
}

/// How far the news was heard, where it is time to hear more: one request in the place of the
/// reading that the payment with the newest change would have.
fn news_due(
    connection: &Connection,
    account_id: &AccountId,
    desks: &[Open],
    now: Moment,
) -> Result<Option<News>, StoreError> {
    let waiting = reading::newest_change(connection, account_id)?;
    let desk = desks.iter().map(|open| open.changed_at).max();
    let news = News::read(reading::news(connection, account_id)?.as_deref(), now);
    let next = |waits, newest: Moment| next_read(waits, news.at, newest, now);
    let due = [
        waiting.map(|newest| next(Waits::Customer, newest)),
        desk.map(|newest| next(Waits::Person, newest)),
    ];
    Ok(due.into_iter().flatten().any(|due| due <= now).then_some(news))
}

/// How many payments and how much news were asked for.
type Asked = (u32, u32);

async fn take_turn(runtime: Runtime, memory: Memory, turn: Turn) -> Result<Asked, StoreError> {
    let Turn { account, tells_news, news, mut hinted, due } = turn;
    let mut asked = 0;
    if let Some(news) = news {
        asked = hear_news(&runtime, &memory, &account, news).await?;
        let id = account.account_id.clone();
        let again = move |runtime: &Runtime| {
            runtime.store().read(|connection| reading::hinted(connection, &id, MOST_PER_TURN))
        };
        hinted = runtime.blocking(again).await?;
    }
    let (mut payments, mut read) = (0, BTreeSet::new());
    for hint in hinted {
        if payments < MOST_PER_TURN && !memory.rests(&account.account_id, runtime.now()) {
            payments += 1;
            read.insert(hint.provider_ref.clone());
            read_hinted(&runtime, &memory, &account, hint).await?;
        }
    }
    for known in due {
        let fresh = !read.contains(&known.facts.provider_ref);
        let rests = memory.rests(&account.account_id, runtime.now());
        if payments < MOST_PER_TURN && fresh && !rests {
            payments += 1;
            read_due(&runtime, &memory, &account, known).await?;
        }
    }
    tracing::debug!(account = %account.name, tells_news, payments, news = asked, "read again");
    Ok((payments, asked))
}

async fn read_hinted(
    runtime: &Runtime,
    memory: &Memory,
    account: &Account,
    hinted: Hinted,
) -> Result<(), StoreError> {
    let end = runtime.read_payment(account, &hinted.provider_ref).await;
    let account_id = account.account_id.clone();
    let provider_ref = hinted.provider_ref.clone();
    match end {
        Ok(ReadEnd::Facts(facts)) => {
            memory.answered(&account_id);
            hints::taken(runtime, hinted, *facts).await
        }
        end => {
            let find = move |runtime: &Runtime| {
                runtime
                    .store()
                    .read(|connection| payment::by_ref(connection, &account_id, &provider_ref))
            };
            let known = runtime.blocking(find).await?.map(|known| known.payment_id);
            failed(runtime, memory, account, known, end).await
        }
    }
}

async fn read_due(
    runtime: &Runtime,
    memory: &Memory,
    account: &Account,
    known: Payment,
) -> Result<(), StoreError> {
    match runtime.read_payment(account, &known.facts.provider_ref).await {
        Ok(ReadEnd::Facts(facts)) => {
            memory.answered(&account.account_id);
            hints::keep_facts(runtime, account, *facts).await
        }
        end => failed(runtime, memory, account, Some(known.payment_id), end).await,
    }
}

/// The account rests, whatever it was; one payment's own trouble keeps no other from its turn.
async fn failed(
    runtime: &Runtime,
    memory: &Memory,
    account: &Account,
    payment_id: Option<PaymentId>,
    end: Result<ReadEnd, String>,
) -> Result<(), StoreError> {
    let now = runtime.now();
    let asked_ms = match end {
        Ok(ReadEnd::CredentialsRefused { message }) => {
            return errand::pause(runtime, account.account_id.clone(), message).await;
        }
        Ok(ReadEnd::NoSuchPayment { .. }) => {
            put_off(runtime, payment_id, now).await?;
            None
        }
        Ok(ReadEnd::Unclear { retry_after_ms, .. }) => {
            put_off(runtime, payment_id, now).await?;
            retry_after_ms
        }
        Ok(ReadEnd::Facts(_) | ReadEnd::Unreachable { .. }) | Err(_) => None,
    };
    memory.failed(&account.account_id, asked_ms, now);
    Ok(())
}

async fn put_off(
    runtime: &Runtime,
    payment_id: Option<PaymentId>,
    now: Moment,
) -> Result<(), StoreError> {
    let Some(payment_id) = payment_id else { return Ok(()) };
    let until = now.plus_millis(PUT_OFF_MS);
    let write = move |runtime: &Runtime| {
        runtime.store().write(move |connection| reading::put_off(connection, &payment_id, until))
    };
    runtime.blocking(write).await
}

/// Hears what is new since the last time, page by page, newest first, and keeps it in the inbox.
/// Answers how many pages were asked for.
async fn hear_news(
    runtime: &Runtime,
    memory: &Memory,
    account: &Account,
    before: News,
) -> Result<u32, StoreError> {
    let began = runtime.now();
    let connector = counterfoil_connectors::of(account.provider);
    let since = before.at.plus_millis(-OVERLAP_MS);
    let (mut cursor, mut pages, mut newest) = (None::<String>, 0, Vec::new());
    while pages < MOST_NEWS_PAGES {
        pages += 1;
        let asked = runtime
            .ask(account, |target| connector.encode_news(target, since, cursor.as_deref()))
            .await;
        let end = match asked {
            Ok(Some(end)) if is_answer(&end) => end,
            Ok(Some(_) | None) | Err(_) => {
                memory.failed(&account.account_id, None, runtime.now());
                return Ok(pages);
            }
        };
        let (told, next) = connector.decode_news(account, &end);
        if pages == 1 {
            newest = told.iter().map(|hint| hint.event_id.clone()).collect();
        }
        let heard_before = told.iter().any(|hint| before.seen.contains(&hint.event_id));
        let new = told.into_iter().filter(|hint| !before.seen.contains(&hint.event_id));
        keep(runtime, account, new.collect()).await?;
        cursor = next;
        if heard_before || cursor.is_none() || before.seen.is_empty() {
            break;
        }
    }
    memory.answered(&account.account_id);
    let after = News { at: began, seen: newest.into_iter().take(MOST_REMEMBERED).collect() };
    let id = account.account_id.clone();
    let note = move |runtime: &Runtime| {
        let text = after.write();
        runtime.store().write(move |connection| reading::set_news(connection, &id, &text))
    };
    runtime.blocking(note).await?;
    Ok(pages)
}

fn is_answer(end: &WireEnd) -> bool {
    match end {
        WireEnd::Answer(answer) => (200..300).contains(&answer.status),
        WireEnd::NeverLeft { .. } | WireEnd::Lost { .. } => false,
    }
}

async fn keep(runtime: &Runtime, account: &Account, told: Vec<Hint>) -> Result<(), StoreError> {
    let account = account.clone();
    let keep = move |runtime: &Runtime| {
        for hint in told {
            let said = format!("{}/{}", hint.event_id, hint.word);
            hints::keep(runtime, &account, hint, said.as_bytes())?;
        }
        Ok(())
    };
    runtime.blocking(keep).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Moment {
        Moment::from_millis(millis)
    }

    #[test]
    fn how_far_the_news_was_heard_is_read_back_and_what_is_no_such_thing_is_never_heard() {
        let news = News { at: at(7), seen: BTreeSet::from(["e1".to_owned(), "e2".to_owned()]) };
        assert_eq!(News::read(Some(&news.write()), at(9)), news);
        let never = News { at: at(9 - FIRST_NEWS_MS), seen: BTreeSet::new() };
        for text in [None, Some(""), Some("[]"), Some("{\"at\":\"x\",\"seen\":7}")] {
            assert_eq!(News::read(text, at(9)), never, "{text:?}");
        }
        // Heard in the future: on another clock.
        assert_eq!(News::read(Some(&news.write()), at(6)).at, at(6 - FIRST_NEWS_MS));
    }

    #[test]
    fn an_account_that_fails_rests_longer_each_time_and_an_answer_ends_it() {
        let memory = Memory::default();
        let id = AccountId::parse("a").expect("an id");
        let mut now = at(0);
        for expected in [30_000, 60_000, 120_000, 240_000, 480_000, 900_000, 900_000] {
            memory.failed(&id, None, now);
            assert!(memory.rests(&id, now.plus_millis(expected - 1)));
            now = now.plus_millis(expected);
            assert!(!memory.rests(&id, now), "{expected}");
        }
        memory.answered(&id);
        memory.failed(&id, Some(40_000), now);
        assert!(memory.rests(&id, now.plus_millis(39_999)));
        assert!(!memory.rests(&id, now.plus_millis(40_000)));
    }
}
