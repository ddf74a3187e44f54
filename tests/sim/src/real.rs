//! The real connectors in the place of the made-up one: what is read, prepared and heard goes
//! through their bytes, as the runtime's errands carry it.

use counterfoil_connectors::{Ask, Connector, EncodeError, Secrets, Subject, Target, WireRequest};
use counterfoil_core::account::{Account, Provider as Name};
use counterfoil_core::answer::{EffectState, ReadEnd, SendEnd, SendRecord, WireAnswer, WireEnd};
use counterfoil_core::capability::RepeatSafety;
use counterfoil_core::change::{Change, Event, State};
use counterfoil_core::command::{Command, Kind, ReasonCode};
use counterfoil_core::engine::Input;
use counterfoil_core::id::ChangeId;
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use counterfoil_core::payment::{Base, PaymentFacts, PaymentState};
use std::collections::BTreeMap;

use crate::connector::{Garble, cents};
use crate::disk::{After, Tx};
use crate::line::{Came, Line, Said};
use crate::paper::{self, Answer};
use crate::provider::{NOTE, NOTE_MARK};
use crate::till::{Prepared, account_id, account_place};
use crate::wire::Pay;
use crate::world::{Happening, World};

/// An account with a real provider, as a till has it.
#[derive(Debug, Clone)]
pub struct Setup {
    account: Account,
    secrets: Secrets,
    other_way: bool,
}

impl Setup {
    /// The account at this place, and which of two ways its provider has where the page leaves one
    /// open: WePay's cards are present or not, a part returned makes Moyasar's payment refunded or
    /// does not.
    pub fn of(place: usize, name: Name, other_way: bool) -> Self {
        let connector = counterfoil_connectors::of(name);
        let needed = connector.secret_names().needed;
        let mine = paper::SECRETS.iter().filter(|(secret, _)| needed.contains(secret));
        let owned = |(name, text): (&str, &str)| (name.to_owned(), text.to_owned());
        let card_present = other_way.to_string();
        let options: &[(&str, &str)] = match name {
            Name::Bumper | Name::Moyasar => &[],
            Name::Wepay => &[
                ("amounts.object", "amounts"),
                ("amounts.total", "total_amount"),
                ("amounts.currency", "currency"),
                ("card_present", &card_present),
            ],
            Name::Norce => &[("merchant", "m"), ("channel", "1")],
        };
        let account = Account {
            account_id: account_id(place),
            name: name.name().to_owned(),
            provider: name,
            base_url: paper::BASE_URL.to_owned(),
            currency: cents(0).currency(),
            options: options.iter().copied().map(owned).collect(),
            paused: None,
        };
        Self { account, secrets: Secrets::from_pairs(mine.copied().map(owned)), other_way }
    }

    /// Which of two ways its provider has.
    pub fn is_the_other_way(&self) -> bool {
        self.other_way
    }

    fn connector(&self) -> &'static dyn Connector {
        counterfoil_connectors::of(self.account.provider)
    }

    fn target(&self) -> Target<'_> {
        Target { account: &self.account, secrets: &self.secrets }
    }

    /// The provider's word.
    pub fn word(&self) -> &'static str {
        self.account.provider.word()
    }

    /// What may be done again after a lost answer.
    pub fn safety(&self, command: &Command, baseline: Option<&Base>) -> RepeatSafety {
        self.connector().repeat_safety(&self.account, command, baseline)
    }

    /// How long a key is trusted, milliseconds.
    pub fn retention_ms(&self) -> i64 {
        self.connector().key_retention_ms()
    }

    /// Why the payment as read cannot take the command.
    pub fn refusal(
        &self,
        command: &Command,
        facts: &PaymentFacts,
        refunded_here: Money,
    ) -> Option<String> {
        let subject = Subject {
            facts,
            refunded_here,
            open_decrease: false,
            open_refund: false,
            now: facts.read_at,
        };
        let checked = self.connector().check(&self.account, command, Some(&subject));
        checked.err().map(|why| why.words())
    }

    /// What the end of a sending means.
    pub fn meant(&self, sent: &Sent, came: &Came<'_>) -> (SendEnd, Option<u16>) {
        let name = self.account.provider;
        let end = match came {
            Came::NeverLeft => WireEnd::NeverLeft { why: "nobody answers".to_owned() },
            Came::Lost => WireEnd::Lost { why: "no answer in time".to_owned() },
            Came::Throttled(retry_after_ms) => answered(paper::throttled(name, *retry_after_ms)),
            Came::Stranger => answered(paper::stranger(name)),
            Came::Refused => answered(paper::refused(name)),
            Came::Said(Said::Paper(answer), garble) => {
                answered(paper::garbled(name, *garble, answer.clone()))
            }
            Came::Said(Said::Made(_), _) => WireEnd::Lost { why: "from elsewhere".to_owned() },
        };
        let status = match &end {
            WireEnd::Answer(answer) => Some(answer.status),
            WireEnd::NeverLeft { .. } | WireEnd::Lost { .. } => None,
        };
        (self.connector().decode_send(&self.account, &sent.ask(), &end), status)
    }
}

fn effect_word(state: &EffectState) -> &'static str {
    match state {
        EffectState::Applied => "effect applied",
        EffectState::Failed { .. } => "effect failed",
        EffectState::Pending => "effect pending",
    }
}

fn answered(answer: Answer) -> WireEnd {
    let Answer { status, body, retry_after_ms } = answer;
    let body = body.into_bytes();
    WireEnd::Answer(WireAnswer { status, body, retry_after_ms, correlation_id: None })
}

/// A request on its way, with what its answer will be held against.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The bytes.
    pub request: WireRequest,
    /// True where a second copy on the line does no harm by the provider's own rules.
    pub bears_a_copy: bool,
    case: Case,
}

impl Sent {
    /// The kind of change it is for.
    pub fn kind(&self) -> Kind {
        self.case.command.kind()
    }

    fn ask(&self) -> Ask<'_> {
        self.case.ask(None)
    }
}

/// What a connector is told of a change.
#[derive(Debug, Clone)]
struct Case {
    id: ChangeId,
    key: String,
    command: Command,
    provider_ref: Option<String>,
    baseline: Option<Base>,
}

impl Case {
    fn of(change: &Change, name: Name, baseline: Option<Base>) -> Self {
        let pay = change.payment_id.as_ref().and_then(|id| Pay::parse(id.as_str()));
        Self {
            id: change.change_id.clone(),
            key: change.key(),
            command: change.command.clone(),
            provider_ref: pay.map(|pay| paper::name_of(name, pay)),
            baseline,
        }
    }

    fn ask<'a>(&'a self, look: Option<&'a WireEnd>) -> Ask<'a> {
        Ask {
            command: &self.command,
            provider_ref: self.provider_ref.as_deref(),
            baseline: self.baseline.as_ref(),
            key: &self.key,
            look,
        }
    }
}

/// What an errand is for.
#[derive(Debug)]
enum Purpose {
    /// To read the payment.
    Payment,
    /// To read what was accepted, by its reference.
    Effect(String),
    /// To prepare an attempt that was judged on so many events.
    Attempt(u32),
}

/// Something a till is about that may take several requests.
#[derive(Debug)]
pub struct Errand {
    /// Which till.
    pub till: usize,
    /// Which of its starts.
    pub epoch: u32,
    account: usize,
    case: Case,
    purpose: Purpose,
    ends: Vec<WireEnd>,
}

impl Errand {
    fn next(&self, setup: &Setup) -> Result<Option<WireRequest>, EncodeError> {
        let (connector, target) = (setup.connector(), setup.target());
        let named = self.case.provider_ref.as_deref().ok_or(EncodeError::ReferenceMissing);
        match &self.purpose {
            Purpose::Payment => connector.encode_read(&target, named?, &self.ends),
            Purpose::Effect(effect_ref) if self.ends.is_empty() => {
                connector.encode_effect(&target, effect_ref).map(Some)
            }
            Purpose::Attempt(_) if self.ends.is_empty() => {
                connector.encode_look(&target, &self.case.ask(None))
            }
            Purpose::Effect(_) | Purpose::Attempt(_) => Ok(None),
        }
    }
}

impl World {
    /// A payment as the real connector reads it from its provider, without a line between them.
    pub fn real_facts(&mut self, pay: Pay, read_at: Moment) -> Option<PaymentFacts> {
        let setup = self.rules.setup(pay.account)?;
        let provider = self.providers.get_mut(pay.account)?;
        let (connector, target) = (setup.connector(), setup.target());
        let name = paper::name_of(setup.account.provider, pay);
        let mut ends = Vec::new();
        while let Ok(Some(request)) = connector.encode_read(&target, &name, &ends) {
            ends.push(answered(provider.answer(&request, None, self.now, &mut self.ledger)));
        }
        match connector.decode_read(&setup.account, &name, &ends, read_at) {
            ReadEnd::Facts(facts) => Some(*facts),
            other => {
                self.book.broken("a plain reading brings facts", format!("{pay}: {other:?}"));
                None
            }
        }
    }

    /// A till reads what a change is about: its payment, or what was accepted of it.
    pub fn real_reads(&mut self, till: usize, id: &ChangeId, account: usize) {
        let Some(place) = self.tills.get(till) else { return };
        let Some(row) = place.rows.rows.get(id) else { return };
        // Once it is concluded, the payment is read again.
        let doubts = row.change.state == State::InDoubt;
        let purpose = match row.change.accepted_ref().filter(|_| doubts) {
            Some(effect_ref) => Purpose::Effect(effect_ref.to_owned()),
            None => Purpose::Payment,
        };
        let change = row.change.clone();
        self.sets_out(till, account, &change, None, purpose);
    }

    /// A till makes the bytes of an attempt: those of the first keyed one, or new ones, from a look
    /// at the provider where the connector asks for one.
    pub fn real_prepares(
        &mut self,
        till: usize,
        change: &Change,
        baseline: Option<Base>,
        judged_on: u32,
    ) {
        let account = account_place(&change.account_id);
        let Some(setup) = self.rules.setup(account) else { return };
        let Some(first) = change.keyed() else {
            return self.sets_out(till, account, change, baseline, Purpose::Attempt(judged_on));
        };
        let made = setup.connector().encode_again(&setup.target(), &first.record);
        let case = Case::of(change, setup.account.provider, baseline);
        self.saw(account, "again");
        self.made(till, account, case, judged_on, made);
    }

    fn sets_out(
        &mut self,
        till: usize,
        account: usize,
        change: &Change,
        baseline: Option<Base>,
        purpose: Purpose,
    ) {
        let Some(setup) = self.rules.setup(account) else { return };
        let Some(epoch) = self.tills.get(till).map(|till| till.epoch) else { return };
        let case = Case::of(change, setup.account.provider, baseline);
        self.goes_on(Errand { till, epoch, account, case, purpose, ends: Vec::new() });
    }

    fn goes_on(&mut self, errand: Errand) {
        let Some(setup) = self.rules.setup(errand.account) else { return };
        match errand.next(setup) {
            Ok(Some(request)) => self.errand_leaves(errand, request),
            Ok(None) => self.errand_ends(errand),
            Err(error) => self.not_writable(errand.till, errand.case.id, &error),
        }
    }

    fn not_writable(&mut self, till: usize, change_id: ChangeId, error: &EncodeError) {
        let Some(epoch) = self.tills.get(till).map(|till| till.epoch) else { return };
        let input = Box::new(Input::NotWritable { change_id, why: error.to_string() });
        self.soon(0, 20, Happening::Heard { till, epoch, input });
    }

    /// One request of an errand goes out: it may be lost, throttled, garbled or late.
    fn errand_leaves(&mut self, errand: Errand, request: WireRequest) {
        let (account, now, timeout) = (errand.account, self.now, self.rules.timeout_ms);
        let Some(name) = self.rules.setup(account).map(|setup| setup.account.provider) else {
            return;
        };
        let line = self.lines.get(account).copied().unwrap_or_default();
        // What takes several requests would seldom come to an end otherwise.
        let step = u64::try_from(errand.ends.len()).unwrap_or(0);
        let bad = self.profile.bad_line / (1 + step);
        let lost = WireEnd::Lost { why: "no answer in time".to_owned() };
        let never = WireEnd::NeverLeft { why: "nobody answers".to_owned() };
        let (end, at) = match line {
            Line::Down => {
                self.in_vain(errand.till, account);
                (never, now + self.dice.between(1, 300))
            }
            Line::Hangs => (lost, now + timeout),
            Line::Refuses => (answered(paper::stranger(name)), now + 20),
            Line::Open => {
                let fault = if self.mischief(bad) { self.dice.below(6) } else { 9 };
                match fault {
                    0 => (never, now + 100),
                    1 if self.dice.chance(500) => {
                        let retry = self.dice.chance(500).then(|| self.dice.between(100, 20_000));
                        (answered(paper::throttled(name, retry)), now + 50)
                    }
                    1 => (answered(paper::gateway_page()), now + 50),
                    2 => (lost, now + timeout),
                    fault => return self.errand_travels(errand, request, fault),
                }
            }
        };
        let (errand, end) = (Box::new(errand), Box::new(end));
        self.plan(at, Happening::ErrandHeard { errand, end });
    }

    fn errand_travels(&mut self, errand: Errand, request: WireRequest, fault: u64) {
        let lands = self.now + self.dice.between(1, 200);
        let slow = fault == 5;
        let longest = if slow { self.rules.timeout_ms - 200 } else { 200 };
        let heard_at = lands + self.dice.between(1, longest);
        let odd = [Garble::OddWord, Garble::OtherEcho, Garble::Cut, Garble::Status500];
        let garble = if fault == 4 { self.dice.pick(&odd) } else { None };
        let (errand, request) = (Box::new(errand), Box::new(request));
        let garble = garble.unwrap_or(Garble::None);
        let lost = fault == 3;
        self.plan(lands, Happening::ErrandLands { errand, request, garble, heard_at, lost });
    }

    /// A request of an errand arrives at its provider: this is what its answer will tell.
    pub fn errand_lands(
        &mut self,
        errand: Box<Errand>,
        request: &WireRequest,
        garble: Garble,
        (heard_at, lost): (i64, bool),
    ) {
        let Some(provider) = self.providers.get_mut(errand.account) else { return };
        let Some(name) = provider.kind.real() else { return };
        let answer = provider.answer(request, None, self.now, &mut self.ledger);
        let end = if lost {
            WireEnd::Lost { why: "no answer in time".to_owned() }
        } else {
            answered(paper::garbled(name, garble, answer))
        };
        let end = Box::new(end);
        self.plan(heard_at, Happening::ErrandHeard { errand, end });
    }

    /// The end of one request of an errand is heard.
    pub fn errand_heard(&mut self, mut errand: Errand, end: WireEnd) {
        errand.ends.push(end);
        self.goes_on(errand);
    }

    fn errand_ends(&mut self, errand: Errand) {
        let Errand { till, account, case, purpose, ends, .. } = errand;
        let Some(setup) = self.rules.setup(account) else { return };
        let Some(place) = self.tills.get(till) else { return };
        let (connector, at) = (setup.connector(), place.clock(self.now));
        match purpose {
            Purpose::Payment => {
                let named = case.provider_ref.as_deref().unwrap_or_default();
                let end = connector.decode_read(&setup.account, named, &ends, at);
                if ends.len() > 1 {
                    self.saw(account, "reading of several requests");
                }
                self.read_heard(till, case.id, end);
            }
            Purpose::Effect(effect_ref) => {
                let Some(end) = ends.last() else { return };
                match connector.decode_effect(&setup.account, &effect_ref, end) {
                    Ok(state) => {
                        self.saw(account, effect_word(&state));
                        self.hears(till, Input::EffectSeen { change_id: case.id, state });
                    }
                    Err(end) => self.read_heard(till, case.id, end),
                }
            }
            Purpose::Attempt(judged_on) => {
                let made = connector.encode(&setup.target(), &case.ask(ends.last()));
                if !ends.is_empty() {
                    self.saw(account, if made.is_ok() { "look" } else { "look in vain" });
                }
                self.made(till, account, case, judged_on, made);
            }
        }
    }

    /// The bytes are made: the attempt is stored before any of them leaves.
    fn made(
        &mut self,
        till: usize,
        account: usize,
        case: Case,
        judged_on: u32,
        made: Result<WireRequest, EncodeError>,
    ) {
        let request = match made {
            Ok(request) => request,
            Err(error) => return self.not_writable(till, case.id, &error),
        };
        let Some(setup) = self.rules.setup(account) else { return };
        let safety = setup.safety(&case.command, case.baseline.as_ref());
        let key = request.key.clone();
        let now = self.now;
        let Some(place) = self.tills.get_mut(till) else { return };
        let record = SendRecord {
            method: request.method.as_str().to_owned(),
            path: request.shown.path.clone(),
            digest: request.digest(),
            key: key.clone(),
            body: key.as_ref().map(|_| String::from_utf8_lossy(&request.body).into_owned()),
            at: place.clock(now),
        };
        let (id, baseline) = (case.id.clone(), case.baseline.clone());
        let bears_a_copy = key.is_some() || safety == RepeatSafety::Absolute;
        let sent = Box::new(Sent { request, bears_a_copy, case });
        let attempt_id = place.next_attempt();
        let prepared = Prepared { body: String::new(), key, real: Some(sent) };
        place.prepared.insert(attempt_id.clone(), prepared);
        let event = Box::new(Event::AttemptStarted { attempt_id, record, baseline });
        let append = Tx::Append(id.clone(), event, Some(judged_on));
        self.commit(till, append, After::Engine(id));
    }

    /// Something that has to be seen to be covered.
    pub fn saw(&mut self, account: usize, what: &str) {
        if let Some(setup) = self.rules.setup(account) {
            *self.seen.entry(format!("{} {what}", setup.word())).or_default() += 1;
        }
    }

    /// Plans the ends of what a provider has accepted and not ended, at `latest` or before.
    pub fn plan_slow(&mut self, account: usize, latest: i64) {
        let Some(provider) = self.providers.get_mut(account) else { return };
        let mut fresh = Vec::new();
        for (place, slow) in provider.paper.slow.iter_mut().enumerate() {
            if !slow.planned {
                slow.planned = true;
                fresh.push(place);
            }
        }
        for place in fresh {
            let span = (latest - self.now).max(1);
            self.soon(1, span, Happening::SlowEnds { account, place });
        }
    }

    /// What was accepted comes to its end, good or bad.
    pub fn slow_ends(&mut self, account: usize, place: usize) {
        let fails = self.dice.chance(200);
        let (before, now) = (self.ledger.len(), self.now);
        let Some(provider) = self.providers.get_mut(account) else { return };
        provider.ends_slow(place, fails, now, &mut self.ledger);
        self.note(format_args!("at acc{account} the slow {place} ends, fails {fails}"));
        self.tell_the_book(before);
    }

    /// What a person may want of a payment at a real provider.
    pub fn real_wish(&mut self, name: Name, base: &Base) -> Command {
        let reason = ReasonCode::parse("goods_returned").expect("every till knows it");
        let amount = base.amount.minor();
        let taken = base.details.captured.map_or(amount, Money::minor);
        let left = taken - base.refunded.map_or(0, Money::minor);
        let all = self.dice.chance(if name == Name::Norce { 900 } else { 300 });
        let part = self.dice.between(1, 5) * 100;
        let refund = |minor: i64| {
            let reason = reason.clone();
            Command::Refund { amount: cents(minor.max(1)), reason, note: None }
        };
        let step = self.dice.between(-3, 3) * 500;
        let total = cents((amount + if step == 0 { 300 } else { step }).max(500));
        let adjust = Command::Adjust { total, invoice: None, items: Vec::new() };
        match (base.state, self.dice.below(10)) {
            (PaymentState::Paid, 0..=4) => refund(if all { left } else { part }),
            (PaymentState::Paid, 5..=7) if name == Name::Bumper => adjust,
            (PaymentState::Authorized, 0..=2) => {
                let minor = if all { amount } else { (amount - part).max(100) };
                Command::Capture { amount: Some(cents(minor)), at: None }
            }
            (PaymentState::Authorized, 3) if name == Name::Moyasar => Command::Void,
            (PaymentState::Open | PaymentState::Authorized, 3) => {
                Command::Cancel { reason: Some(reason) }
            }
            (PaymentState::Open | PaymentState::Authorized, 4..=7) if name != Name::Moyasar => {
                adjust
            }
            (_, _) => self.relabels(name),
        }
    }

    fn relabels(&mut self, name: Name) -> Command {
        let label = format!("N-{}", self.dice.below(40));
        if name != Name::Bumper && self.dice.chance(400) {
            let note = label.replace("N-", NOTE_MARK);
            let metadata = BTreeMap::from([(NOTE.to_owned(), note)]);
            let (invoice, reference, description) = (None, None, None);
            return Command::Relabel { invoice, reference, description, metadata };
        }
        let (mut invoice, mut reference, mut description) = (None, None, None);
        match name {
            Name::Bumper => invoice = Some(label),
            Name::Wepay | Name::Norce => reference = Some(label),
            Name::Moyasar => description = Some(label),
        }
        Command::Relabel { invoice, reference, description, metadata: BTreeMap::new() }
    }
}
