//! One errand for the engine each: read a payment, prepare an attempt, send it, store an event.

use std::time::Duration;

use counterfoil_connectors::{Ask, EncodeError, ProbeEnd, Secrets, Subject, Target, WireRequest};
use counterfoil_core::account::{Account, Provider};
use counterfoil_core::answer::{EffectState, ReadEnd, SendEnd, SendRecord, WireEnd};
use counterfoil_core::audit::AuditFact;
use counterfoil_core::change::{Change, Event, State};
use counterfoil_core::command::{Command, Kind};
use counterfoil_core::engine::{Input, Plan, WaitWhy, Work};
use counterfoil_core::id::{AccountId, AttemptId, ChangeId, PaymentId};
use counterfoil_core::lane::sums;
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use counterfoil_core::payment::{Base, Details, Payment, PaymentFacts, PaymentState};
use counterfoil_core::settings::{Setting, whole};
use counterfoil_store::table::{account, audit_entry, change, meta, outbox, payment, setting};
use counterfoil_store::{Connection, Store, StoreError, life};

use crate::clock::random_bytes;
use crate::looking;
use crate::runtime::{Notice, Runtime};
use crate::secrets;

/// What an errand about one change needs.
struct Case {
    /// The idempotency key of its sendings.
    key: String,
    change: Change,
    account: Account,
    payment: Option<Payment>,
    /// Since when no answer came from its provider.
    unreachable: Option<Moment>,
    limit: Duration,
    per_second: u32,
}

/// Most requests of one reading: more would be a connector that never has enough.
const MOST_READS: usize = 8;

/// A whole number setting, within the bounds that were checked when it was written.
pub fn number(connection: &Connection, key: Setting) -> Result<i64, StoreError> {
    let text = setting::get(connection, key)?;
    whole(&text).ok_or(StoreError::Damaged { table: "setting", what: key.key().to_owned() })
}

/// Leaves a change alone that cannot be read, with the reason beside it: nothing is sent for it,
/// its payment's lane waits, and no other change is concerned.
pub async fn leave_alone(
    runtime: &Runtime,
    change_id: ChangeId,
    damage: StoreError,
) -> Result<(), StoreError> {
    tracing::error!(%change_id, error = %damage, "a change cannot be read and is left alone");
    let error = Some(format!("{damage}; nothing is sent for it"));
    let plan = Plan { until: None, why: WaitWhy::Person, tries: 0, error };
    park(runtime, change_id, plan).await.map(|_| ())
}

/// Stores what a change waits for. Made durable with whatever else is being stored.
pub async fn park(runtime: &Runtime, change_id: ChangeId, plan: Plan) -> Result<Input, StoreError> {
    let id = change_id.clone();
    let write = move |runtime: &Runtime| {
        runtime.store().write(move |connection| outbox::set_plan(connection, &id, &plan))
    };
    runtime.blocking(write).await?;
    runtime.notify(Notice::Change(change_id.clone()));
    Ok(Input::Parked(change_id))
}

impl Case {
    fn way(&self) -> Way<'_> {
        Way { account: &self.account, limit: self.limit, per_second: self.per_second }
    }

    /// The change as a connector takes it.
    fn ask<'a>(&'a self, baseline: Option<&'a Base>) -> Ask<'a> {
        Ask {
            command: &self.change.command,
            provider_ref: self.payment.as_ref().map(|p| p.facts.provider_ref.as_str()),
            baseline,
            key: &self.key,
            look: None,
        }
    }
}

fn case(store: &Store, change_id: &ChangeId) -> Result<Case, StoreError> {
    store.read(|connection| {
        let change = change::get(connection, change_id)?;
        let account = account::get(connection, &change.account_id)?;
        let payment = change.payment_id.as_ref();
        let payment = payment.map(|id| payment::get(connection, id)).transpose()?;
        let unreachable = account::unreachable_since(connection, &account.account_id)?;
        let (limit, per_second) = limits(connection, account.provider)?;
        Ok(Case { key: change.key(), change, account, payment, unreachable, limit, per_second })
    })
}

/// How long a whole answer may take, and how many requests a second the provider takes.
fn limits(connection: &Connection, provider: Provider) -> Result<(Duration, u32), StoreError> {
    let millis = number(connection, Setting::HttpTimeoutMs)?;
    let rate = number(connection, Setting::Rate(provider))?;
    let limit = Duration::from_millis(u64::try_from(millis).unwrap_or(1));
    Ok((limit, u32::try_from(rate).unwrap_or(1)))
}

/// Why a request could not be made: nothing left the till.
pub enum Hindered {
    /// The secrets of the account cannot be read.
    SecretsClosed(String),
    /// The connector cannot write it.
    NotWritable(String),
}

impl Hindered {
    fn input(self, change_id: ChangeId) -> Input {
        match self {
            Self::SecretsClosed(why) => Input::SecretsClosed { change_id, why },
            Self::NotWritable(why) => Input::NotWritable { change_id, why },
        }
    }
}

/// Reads the payment of a change for the engine.
pub async fn read_for(runtime: &Runtime, change_id: ChangeId) -> Result<Input, StoreError> {
    let id = change_id.clone();
    let case = runtime.blocking(move |runtime| case(runtime.store(), &id)).await?;
    let provider_ref = case.payment.as_ref().map(|p| p.facts.provider_ref.clone());
    let Some(provider_ref) = provider_ref else {
        let why = "the payment of this change is not known here".to_owned();
        return Ok(Input::NotWritable { change_id, why });
    };
    let way = case.way();
    if let Some(effect_ref) = case.change.accepted_ref() {
        return Ok(match read_effect(runtime, &way, effect_ref).await {
            Ok(Ok(state)) => Input::EffectSeen { change_id, state },
            Ok(Err(end)) => Input::ReadDone { change_id, end, refusal: None },
            Err(hindered) => hindered.input(change_id),
        });
    }
    let end = match read(runtime, &way, &provider_ref).await {
        Ok(end) => end,
        Err(hindered) => return Ok(hindered.input(change_id)),
    };
    let mut refusal = None;
    if let ReadEnd::Facts(facts) = &end {
        let facts = facts.as_ref().clone();
        refusal = runtime.blocking(move |runtime| take_facts(runtime, &case, facts)).await?;
    }
    Ok(Input::ReadDone { change_id, end, refusal })
}

/// Stores fresh facts and asks the connector whether they can still take the change.
fn take_facts(
    runtime: &Runtime,
    case: &Case,
    facts: PaymentFacts,
) -> Result<Option<String>, StoreError> {
    let Some(known) = &case.payment else { return Ok(None) };
    let fresh = Payment { facts: facts.clone(), ..known.clone() };
    let was_paused = case.account.paused.is_some();
    let was_unreachable = case.unreachable.is_some();
    let payment_id = runtime.store().write(move |connection| {
        if was_paused {
            account::set_paused(connection, &fresh.account_id, None)?;
        }
        if was_unreachable {
            account::set_unreachable(connection, &fresh.account_id, None)?;
        }
        payment::put(connection, &fresh)
    })?;
    runtime.notify(Notice::Payment(payment_id.clone()));
    let changes = runtime.store().read(|connection| change::of_payment(connection, &payment_id))?;
    let zero = Money::zero(facts.amount.currency());
    let Ok(sums) = sums(&changes, zero, Some(&case.change.change_id)) else {
        return Ok(Some("the refunds of this payment do not add up".to_owned()));
    };
    let subject = Subject {
        facts: &facts,
        refunded_here: sums.refunded,
        // Checked when it was asked for; in its lane, what stands behind it does not count.
        open_decrease: false,
        open_refund: false,
        now: facts.read_at,
    };
    let connector = counterfoil_connectors::of(case.account.provider);
    let checked = connector.check(&case.account, &case.change.command, Some(&subject));
    Ok(checked.err().map(|why| why.words()))
}

/// The way to an account: where, for how long at most, how often.
pub struct Way<'a> {
    account: &'a Account,
    limit: Duration,
    per_second: u32,
}

/// Reads a payment at its provider, in as many requests as that takes.
async fn read(runtime: &Runtime, way: &Way<'_>, provider_ref: &str) -> Result<ReadEnd, Hindered> {
    let secrets = secrets_of(runtime, way.account).await.map_err(Hindered::SecretsClosed)?;
    let target = Target { account: way.account, secrets: &secrets };
    let connector = counterfoil_connectors::of(way.account.provider);
    // A reading tells of no later moment than that at which it was asked for.
    let asked_at = runtime.now();
    let mut ends = Vec::new();
    while ends.len() < MOST_READS {
        let next = connector.encode_read(&target, provider_ref, &ends).map_err(not_writable)?;
        let Some(request) = next else { break };
        ends.push(exchange(runtime, way, &request).await);
    }
    Ok(connector.decode_read(way.account, provider_ref, &ends, asked_at))
}

/// Reads an effect that the provider had accepted.
async fn read_effect(
    runtime: &Runtime,
    way: &Way<'_>,
    effect_ref: &str,
) -> Result<Result<EffectState, ReadEnd>, Hindered> {
    let secrets = secrets_of(runtime, way.account).await.map_err(Hindered::SecretsClosed)?;
    let target = Target { account: way.account, secrets: &secrets };
    let connector = counterfoil_connectors::of(way.account.provider);
    let request = connector.encode_effect(&target, effect_ref).map_err(not_writable)?;
    let end = exchange(runtime, way, &request).await;
    Ok(connector.decode_effect(way.account, effect_ref, &end))
}

fn not_writable(error: EncodeError) -> Hindered {
    Hindered::NotWritable(error.to_string())
}

impl Runtime {
    /// Reads a payment at its provider, for a person who asks. The error says why the secrets
    /// cannot be read.
    ///
    /// # Errors
    /// The keyring is closed or holds no secrets for this account.
    pub async fn read_payment(
        &self,
        account: &Account,
        provider_ref: &str,
    ) -> Result<ReadEnd, String> {
        let way = self.way_to(account).await?;
        let end = match read(self, &way, provider_ref).await {
            Ok(end) => end,
            // A reference that the provider's address cannot hold is none of its payments.
            Err(Hindered::NotWritable(message)) => ReadEnd::NoSuchPayment { message },
            Err(Hindered::SecretsClosed(why)) => return Err(why),
        };
        if let ReadEnd::Facts(_) = &end {
            self.note_reached(account.account_id.clone()).await?;
        }
        Ok(end)
    }

    /// An account that answers is no longer out of reach, whoever asked it.
    async fn note_reached(&self, account_id: AccountId) -> Result<(), String> {
        let note = self.blocking(move |runtime| {
            let since = |connection: &_| account::unreachable_since(connection, &account_id);
            if runtime.store().read(since)?.is_none() {
                return Ok(());
            }
            runtime
                .store()
                .write(move |connection| account::set_unreachable(connection, &account_id, None))
        });
        note.await.map_err(|error| error.to_string())
    }

    /// Tries the credentials of an account without a known payment.
    ///
    /// # Errors
    /// The keyring is closed or holds no secrets for this account.
    pub async fn probe(&self, account: &Account) -> Result<ProbeEnd, String> {
        let way = self.way_to(account).await?;
        let secrets = secrets_of(self, account).await?;
        let target = Target { account, secrets: &secrets };
        let connector = counterfoil_connectors::of(account.provider);
        let request = connector.encode_probe(&target).map_err(|error| error.to_string())?;
        let end = exchange(self, &way, &request).await;
        Ok(connector.decode_probe(account, &end))
    }

    pub(crate) async fn way_to<'a>(&self, account: &'a Account) -> Result<Way<'a>, String> {
        let provider = account.provider;
        let read = self.blocking(move |runtime| {
            runtime.store().read(|connection| limits(connection, provider))
        });
        let (limit, per_second) = read.await.map_err(|error| error.to_string())?;
        Ok(Way { account, limit, per_second })
    }
}

pub async fn secrets_of(runtime: &Runtime, account: &Account) -> Result<Secrets, String> {
    let account = account.clone();
    let read = runtime.blocking(move |runtime| {
        let till = runtime.store().read(meta::till_id)?;
        let till = till.ok_or(StoreError::Missing("till"))?;
        Ok(secrets::read(runtime.vault(), &till, &account))
    });
    let secrets = read.await.map_err(|error| error.to_string()).and_then(|secrets| secrets);
    runtime.set_line(|line| {
        line.keyring_closed = secrets.is_err();
        if let Err(why) = &secrets {
            line.detail = Some(why.clone());
        }
    });
    runtime.note_secrets(secrets.is_err()).await;
    secrets
}

pub async fn exchange(runtime: &Runtime, way: &Way<'_>, request: &WireRequest) -> WireEnd {
    runtime.inner.pace.wait_for_turn(way.account, way.per_second).await;
    let (end, date) = runtime.inner.wire.exchange(request, way.limit).await;
    runtime.note_date(&way.account.account_id, date);
    let now = runtime.now();
    runtime.set_line(|line| match &end {
        WireEnd::NeverLeft { why } => {
            line.down = true;
            line.detail = Some(why.clone());
        }
        WireEnd::Lost { why } => line.detail = Some(why.clone()),
        WireEnd::Answer(_) => {
            line.down = false;
            line.detail = None;
            line.last_contact = Some(now);
        }
    });
    end
}

/// An attempt that is stored and may be sent.
pub struct Prepared {
    pub attempt_id: AttemptId,
    pub request: WireRequest,
}

/// Makes the bytes and stores the attempt with their digest, before the first byte leaves.
pub async fn prepare(
    runtime: &Runtime,
    change_id: ChangeId,
    judged_on: u32,
    baseline: Option<Base>,
) -> Result<(Input, Option<Prepared>), StoreError> {
    let id = change_id.clone();
    let case = runtime.blocking(move |runtime| case(runtime.store(), &id)).await?;
    let secrets = match secrets_of(runtime, &case.account).await {
        Ok(secrets) => secrets,
        Err(why) => return Ok((Input::SecretsClosed { change_id, why }, None)),
    };
    let request = match make(runtime, &case, &secrets, baseline.as_ref()).await {
        Ok(request) => request,
        Err(why) => return Ok((Input::NotWritable { change_id, why: why.to_string() }, None)),
    };
    let attempt_id = AttemptId::mint(runtime.now(), random_bytes());
    let record = record(&request, runtime.now());
    let event = Event::AttemptStarted { attempt_id: attempt_id.clone(), record, baseline };
    let input = store(runtime, change_id, judged_on, event).await?;
    let sendable = matches!(&input, Input::Stored(work) if work.change.state == State::Sending);
    Ok((input, sendable.then_some(Prepared { attempt_id, request })))
}

/// Makes the bytes of a change: those of its first keyed attempt, or new ones, from a look at the
/// provider where the kept facts are not enough.
async fn make(
    runtime: &Runtime,
    case: &Case,
    secrets: &Secrets,
    baseline: Option<&Base>,
) -> Result<WireRequest, EncodeError> {
    let target = Target { account: &case.account, secrets };
    let connector = counterfoil_connectors::of(case.account.provider);
    if let Some(first) = case.change.keyed() {
        return connector.encode_again(&target, &first.record);
    }
    let ask = case.ask(baseline);
    let look = match connector.encode_look(&target, &ask)? {
        Some(request) => Some(exchange(runtime, &case.way(), &request).await),
        None => None,
    };
    connector.encode(&target, &Ask { look: look.as_ref(), ..ask })
}

/// What is kept of a request. Only a keyed one is kept whole: it must be repeated to the byte.
fn record(request: &WireRequest, at: Moment) -> SendRecord {
    let body = request.key.as_ref().map(|_| String::from_utf8_lossy(&request.body).into_owned());
    SendRecord {
        method: request.method.as_str().to_owned(),
        path: request.shown.path.clone(),
        digest: request.digest(),
        key: request.key.clone(),
        body,
        at,
    }
}

/// Sends the bytes of a stored attempt.
pub async fn send(
    runtime: &Runtime,
    change_id: ChangeId,
    prepared: Prepared,
) -> Result<Input, StoreError> {
    let id = change_id.clone();
    let Prepared { attempt_id, request } = prepared;
    let case = match runtime.blocking(move |runtime| case(runtime.store(), &id)).await {
        Err(error) if error.is_damage() => {
            let end = SendEnd::NeverLeft { why: error.to_string() };
            let (http_status, correlation_id) = (None, None);
            return Ok(Input::SendDone { change_id, attempt_id, end, http_status, correlation_id });
        }
        case => case?,
    };
    let end = exchange(runtime, &case.way(), &request).await;
    let (http_status, correlation_id) = match &end {
        WireEnd::Answer(answer) => {
            runtime.inner.answered.note(&attempt_id, answer);
            (Some(answer.status), answer.correlation_id.clone())
        }
        WireEnd::NeverLeft { .. } | WireEnd::Lost { .. } => (None, None),
    };
    let baseline = case.change.open_attempt().and_then(|attempt| attempt.baseline.as_ref());
    let connector = counterfoil_connectors::of(case.account.provider);
    let end = connector.decode_send(&case.account, &case.ask(baseline), &end);
    Ok(Input::SendDone { change_id, attempt_id, end, http_status, correlation_id })
}

/// Stores one event with full sync. Where somebody else was quicker, the engine lets go.
pub async fn store(
    runtime: &Runtime,
    change_id: ChangeId,
    judged_on: u32,
    event: Event,
) -> Result<Input, StoreError> {
    let at = runtime.now();
    let id = change_id.clone();
    let appended = runtime.blocking(move |runtime| append(runtime, id, at, judged_on, event)).await;
    match appended {
        Ok(Some(work)) => Ok(Input::Stored(Box::new(work))),
        Ok(None) | Err(StoreError::Illegal(_)) => Ok(Input::Gone(change_id)),
        Err(error) => Err(error),
    }
}

fn append(
    runtime: &Runtime,
    change_id: ChangeId,
    at: Moment,
    judged_on: u32,
    event: Event,
) -> Result<Option<Work>, StoreError> {
    let id = change_id.clone();
    let mut answered = None;
    if let Event::AttemptEnded { attempt_id, .. } = &event {
        let taken = runtime.inner.answered.take(attempt_id);
        answered = taken.map(|taken| taken.fact(&id, attempt_id, at));
    }
    let appended = runtime.store().write(move |connection| {
        if change::count_events(connection, &id)? != judged_on {
            return Ok(None);
        }
        if let Some(fact) = &answered {
            audit_entry::append(connection, fact)?;
        }
        let Some(event) = while_approved(connection, &id, event, at)? else { return Ok(None) };
        let payment_id = match started_payment(connection, &id, &event, at)? {
            Some(started) => Some(payment::put(connection, &started)?),
            None => None,
        };
        let appended = life::append(connection, &id, at, event, payment_id.as_ref())?;
        keep_items(connection, &appended.change)?;
        Ok(Some(appended))
    })?;
    let Some(appended) = appended else { return Ok(None) };
    for moved in appended.moved {
        runtime.notify(Notice::Change(moved));
    }
    runtime.notify(Notice::Change(change_id.clone()));
    runtime.notify(Notice::Line);
    runtime.work(&change_id).map(Some)
}

/// An attempt is stored only while the approval of its change holds, judged in the same commit: the
/// approver may have left since the engine looked. What is queued waits for a second person anew;
/// anything else is left as it is.
fn while_approved(
    connection: &Connection,
    change_id: &ChangeId,
    event: Event,
    at: Moment,
) -> Result<Option<Event>, StoreError> {
    if !matches!(event, Event::AttemptStarted { .. }) {
        return Ok(Some(event));
    }
    let change = change::get(connection, change_id)?;
    let account = account::get(connection, &change.account_id)?;
    let Some(why) = looking::standing(connection, &account, &change)?.void_at(at) else {
        return Ok(Some(event));
    };
    let queued = change.state == State::Queued;
    Ok(queued.then_some(Event::ApprovalVoided { why }))
}

/// The payment that an applied start brings into being, known from what was asked for until it
/// is read.
fn started_payment(
    connection: &Connection,
    change_id: &ChangeId,
    event: &Event,
    at: Moment,
) -> Result<Option<Payment>, StoreError> {
    let Event::AttemptEnded { end: SendEnd::Applied { provider_ref: Some(token), .. }, .. } = event
    else {
        return Ok(None);
    };
    let change = change::get(connection, change_id)?;
    let Command::Start { total, invoice, reference, items, .. } = change.command else {
        return Ok(None);
    };
    Ok(Some(Payment {
        payment_id: PaymentId::mint(at, random_bytes()),
        account_id: change.account_id,
        facts: PaymentFacts {
            provider_ref: token.clone(),
            state: PaymentState::Open,
            provider_status: String::new(),
            amount: total,
            invoice_number: invoice,
            reference,
            minimum: None,
            maximum: None,
            payment_type: None,
            refunded: None,
            details: Details::default(),
            read_at: at,
        },
        customer: None,
        items,
    }))
}

/// The lines of an applied adjustment are the payment's lines now; the provider cannot say.
fn keep_items(connection: &Connection, change: &Change) -> Result<(), StoreError> {
    let applied = change.state == State::Applied;
    let adjusts = change.command.kind() == Kind::Adjust && !change.command.items().is_empty();
    match &change.payment_id {
        Some(payment_id) if applied && adjusts => {
            payment::set_items(connection, payment_id, change.command.items())
        }
        Some(_) | None => Ok(()),
    }
}

/// Pauses an account in the store, with its trail entry.
pub async fn pause(
    runtime: &Runtime,
    account_id: AccountId,
    why: String,
) -> Result<(), StoreError> {
    let at = runtime.now();
    runtime
        .blocking(move |runtime| {
            runtime.store().write(move |connection| {
                account::set_paused(connection, &account_id, Some(&why))?;
                let fact = AuditFact {
                    at: at.to_rfc3339(),
                    who: "till".to_owned(),
                    what: "account.paused".to_owned(),
                    about: account_id.to_string(),
                    facts: serde_json::json!({ "why": why }),
                };
                audit_entry::append(connection, &fact).map(|_| ())
            })
        })
        .await?;
    runtime.notify(Notice::Line);
    Ok(())
}
