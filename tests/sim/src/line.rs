//! The line to a provider: what can happen to a request, to its effect and to its answer.

use counterfoil_core::answer::ReadEnd;
use counterfoil_core::engine::Input;
use counterfoil_core::id::{AttemptId, ChangeId};
use counterfoil_core::payment::{Details, PaymentFacts, PaymentState};

use crate::connector::{self, Garble, cents};
use crate::paper::Answer;
use crate::till::{Prepared, account_place};
use crate::wire::{Ask, Pay, Reply};
use crate::world::{Happening, World};

/// How an account's line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Line {
    /// As good as the schedule's dice.
    #[default]
    Open,
    /// Nobody is reached.
    Down,
    /// Requests leave and nothing comes back, nor does anything arrive.
    Hangs,
    /// The credentials are not accepted.
    Refuses,
}

/// What a provider said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A made-up one.
    Made(Reply),
    /// A real one, in its own bytes.
    Paper(Answer),
}

/// What comes of a sending, before a connector says what it means.
#[derive(Debug)]
pub enum Came<'a> {
    /// No byte left.
    NeverLeft,
    /// Nothing came back.
    Lost,
    /// Not so fast: after so many milliseconds, where the provider says.
    Throttled(Option<i64>),
    /// The credentials are not accepted.
    Stranger,
    /// A definite no without a reason.
    Refused,
    /// An answer, and what the wire made of it.
    Said(&'a Said, Garble),
}

/// What happens to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is heard.
    Heard(Garble),
    /// It is lost.
    Lost,
    /// It comes when nobody waits any more.
    TooLate,
    /// Nobody waits: a second copy, or one that arrives late.
    Unheard,
}

/// A request on its way.
#[derive(Debug)]
pub struct Letter {
    /// From which till.
    pub till: usize,
    /// From which of its starts.
    pub epoch: u32,
    /// For which change.
    pub id: ChangeId,
    /// Which attempt: the tag in the ledger.
    pub attempt: AttemptId,
    /// To which account.
    pub account: usize,
    /// What.
    pub prepared: Prepared,
    /// What happens to its answer.
    pub fate: Fate,
    /// When the till stops waiting, true milliseconds.
    pub gives_up: i64,
}

impl World {
    /// The bytes of an attempt leave, or nearly.
    pub fn sends(&mut self, till: usize, id: ChangeId, attempt: AttemptId, prepared: Prepared) {
        if self.mischief(self.profile.crash_at_send) {
            self.note(format_args!("t{till} before it left:"));
            return self.crash(till);
        }
        let Some(place) = self.tills.get(till) else { return };
        let Some(row) = place.rows.rows.get(&id) else { return };
        let (epoch, account) = (place.epoch, account_place(&row.change.account_id));
        let line = self.lines.get(account).copied().unwrap_or_default();
        let steady = self.profile.steady == Some(account);
        let bad = if steady { 0 } else { self.profile.bad_line };
        let (_, latest) = (0, self.now + self.rules.timeout_ms);
        let letter = Letter {
            till,
            epoch,
            id,
            attempt,
            account,
            prepared,
            fate: Fate::Heard(Garble::None),
            gives_up: latest,
        };
        if line == Line::Down || self.mischief(bad / 4) {
            return self.never_left(letter, line == Line::Down);
        }
        self.book.left(till, &letter.attempt);
        self.travels(letter, line, bad);
        if self.mischief(self.profile.crash_at_send) {
            self.note(format_args!("t{till} after it left:"));
            self.crash(till);
        }
    }

    fn never_left(&mut self, letter: Letter, down: bool) {
        if down {
            self.in_vain(letter.till, letter.account);
        }
        let after = self.dice.between(1, 300);
        self.answers(&letter, &Came::NeverLeft, self.now + after);
    }

    /// A contact found nobody.
    pub fn in_vain(&mut self, till: usize, account: usize) {
        if let Some(what) = self.book.pace.in_vain(till, account, self.now) {
            self.book.broken("no storm, no haste", what);
        }
    }

    fn travels(&mut self, mut letter: Letter, line: Line, bad: u64) {
        if line == Line::Hangs {
            let at = letter.gives_up;
            return self.answers(&letter, &Came::Lost, at);
        }
        if line == Line::Refuses {
            let at = self.now + 20;
            return self.answers(&letter, &Came::Stranger, at);
        }
        if !self.mischief(bad) {
            let at = self.now + self.dice.between(2, 400);
            return self.plan(at, Happening::Lands(Box::new(letter)));
        }
        // Some lines break at once, others are waited for.
        letter.gives_up = self.now + self.dice.between(500, self.rules.timeout_ms);
        let gives_up = letter.gives_up;
        match self.dice.below(10) {
            0 => self.answers(&letter, &Came::Lost, gives_up),
            1 | 2 => {
                letter.fate = Fate::Unheard;
                let late = self.dice.between(1, self.rules.settle_ms * 9 / 10);
                self.answers(&letter, &Came::Lost, gives_up);
                self.plan(gives_up + late, Happening::Lands(Box::new(letter)));
            }
            3 => {
                let retry = self.dice.chance(600).then(|| self.dice.between(100, 20_000));
                let at = self.now + 30;
                self.answers(&letter, &Came::Throttled(retry), at);
            }
            4 => self.twice(letter),
            5 => {
                let no_real = letter.prepared.real.is_none() || self.dice.chance(500);
                let garble = if no_real { Garble::Status500 } else { Garble::Misleading };
                self.garbled(letter, Fate::Heard(garble));
            }
            6 => {
                let all = [Garble::OddWord, Garble::OtherEcho, Garble::OtherSum, Garble::Cut];
                let garble = match letter.prepared.real {
                    Some(_) => self.dice.pick(&all).unwrap_or(Garble::Cut),
                    None if self.dice.chance(500) => Garble::OddWord,
                    None => Garble::OtherEcho,
                };
                self.garbled(letter, Fate::Heard(garble));
            }
            7 => self.garbled(letter, Fate::TooLate),
            8 if letter.prepared.key.is_none() => {
                let at = self.now + 40;
                self.answers(&letter, &Came::Refused, at);
            }
            _ => self.garbled(letter, Fate::Lost),
        }
    }

    fn garbled(&mut self, mut letter: Letter, fate: Fate) {
        letter.fate = fate;
        let latest = (letter.gives_up - self.now).clamp(1, 400);
        let at = self.now + self.dice.between(1, latest);
        self.plan(at, Happening::Lands(Box::new(letter)));
    }

    /// The network brings it twice: only what the provider's class tolerates.
    fn twice(&mut self, letter: Letter) {
        let by_ask = match Ask::read(&letter.prepared.body) {
            Some(Ask::Refund(..) | Ask::Start(_)) => letter.prepared.key.is_none(),
            Some(Ask::Cancel(_)) => true,
            Some(Ask::Total(..) | Ask::Label(..)) | None => false,
        };
        let real = letter.prepared.real.as_ref();
        let once = real.map_or(by_ask, |sent| !sent.bears_a_copy);
        let at = self.now + self.dice.between(2, 400);
        if !once {
            let copy = Letter {
                id: letter.id.clone(),
                attempt: letter.attempt.clone(),
                prepared: letter.prepared.clone(),
                fate: Fate::Unheard,
                ..letter
            };
            let later = self.dice.between(0, 1);
            self.plan(at + later, Happening::Lands(Box::new(copy)));
        }
        self.plan(at, Happening::Lands(Box::new(letter)));
    }

    /// A request arrives at its provider.
    pub fn lands(&mut self, letter: Letter) {
        let before = self.ledger.len();
        let Some(provider) = self.providers.get_mut(letter.account) else { return };
        let Prepared { body, key, real } = &letter.prepared;
        let (tag, now) = (&letter.attempt, self.now);
        let said = match real {
            Some(sent) => {
                Said::Paper(provider.answer(&sent.request, Some(tag), now, &mut self.ledger))
            }
            None => Said::Made(provider.serve(body, key.as_deref(), tag, now, &mut self.ledger)),
        };
        let done = self.ledger.len() > before;
        // What shows at all shows before the settle time of its sending is over.
        let since = now.min(letter.gives_up);
        let heard = self.is_on(letter.till, letter.epoch);
        let latest = if heard { since + self.rules.settle_ms * 9 / 10 } else { now };
        match (real, &said) {
            (Some(sent), Said::Paper(answer)) => {
                let path = &sent.request.shown.path;
                let (text, status) = (String::from_utf8_lossy(&sent.request.body), answer.status);
                let account = letter.account;
                self.note(format_args!("at acc{account} {tag} {path} {text} {status} {done}"));
                self.plan_slow(account, latest);
            }
            (_, _) => {
                self.note(format_args!("at acc{} {tag} {body:?} effect {done}", letter.account));
            }
        }
        self.tell_the_book(before);
        self.is_all_kept(letter.account);
        self.replies(letter, &said);
    }

    /// What no change is about stays with its payment.
    fn is_all_kept(&mut self, account: usize) {
        let provider = self.providers.get(account);
        let lost = provider.is_some_and(|of| of.payments.iter().any(|payment| !payment.keeps));
        if lost {
            self.book.broken("nothing else is lost", format!("at account {account}"));
        }
    }

    /// The book hears of every line of the ledgers.
    pub fn tell_the_book(&mut self, before: usize) {
        let fresh = self.ledger.get(before..).unwrap_or_default();
        for effect in fresh {
            self.book.effect(effect);
        }
    }

    fn replies(&mut self, letter: Letter, said: &Said) {
        let at = self.now + self.dice.between(3, 300);
        match letter.fate {
            Fate::Unheard => {}
            Fate::Lost | Fate::TooLate => {
                let gives_up = letter.gives_up;
                self.answers(&letter, &Came::Lost, gives_up);
                if letter.fate == Fate::TooLate {
                    let late = self.dice.between(1, 15_000);
                    self.answers(&letter, &Came::Said(said, Garble::None), gives_up + late);
                }
            }
            Fate::Heard(garble) => {
                let came = Came::Said(said, garble);
                if self.mischief(self.profile.bad_line / 8) {
                    // The same answer once more, whoever still waits for it.
                    let again = self.dice.between(0, 20_000);
                    self.answers(&letter, &came, at + again);
                }
                self.answers(&letter, &came, at);
            }
        }
    }

    fn answers(&mut self, letter: &Letter, came: &Came<'_>, at: i64) {
        let real = self.rules.setup(letter.account).zip(letter.prepared.real.as_ref());
        let (end, status) = match real {
            Some((setup, sent)) => setup.meant(sent, came),
            None => connector::meant(&letter.prepared.body, came),
        };
        if let Some(sent) = &letter.prepared.real {
            self.saw(letter.account, &format!("{} {}", sent.kind().word(), end.word()));
        }
        let input = Box::new(Input::SendDone {
            change_id: letter.id.clone(),
            attempt_id: letter.attempt.clone(),
            end,
            http_status: status,
            correlation_id: None,
        });
        let (till, epoch) = (letter.till, letter.epoch);
        self.plan(at, Happening::Heard { till, epoch, input });
    }

    /// A till reads a payment.
    pub fn asks(&mut self, till: usize, id: ChangeId, account: usize) {
        let Some(epoch) = self.tills.get(till).map(|till| till.epoch) else { return };
        let line = self.lines.get(account).copied().unwrap_or_default();
        let steady = self.profile.steady == Some(account);
        let bad = if steady { 0 } else { self.profile.bad_line };
        let (now, timeout) = (self.now, self.rules.timeout_ms);
        let said = |why: &str| why.to_owned();
        let (end, at) = match line {
            Line::Down => {
                self.in_vain(till, account);
                let at = now + self.dice.between(1, 300);
                (ReadEnd::Unreachable { why: said("nobody answers") }, at)
            }
            Line::Hangs => {
                let why = said("no answer in time");
                (ReadEnd::Unclear { why, retry_after_ms: None }, now + timeout)
            }
            Line::Refuses => {
                (ReadEnd::CredentialsRefused { message: said("who are you?") }, now + 20)
            }
            Line::Open if self.mischief(bad) => match self.dice.below(5) {
                0 => (ReadEnd::Unreachable { why: said("nobody answers") }, now + 100),
                1 => {
                    let why = said("a gateway's page");
                    let retry_after_ms =
                        self.dice.chance(500).then(|| self.dice.between(100, 20_000));
                    (ReadEnd::Unclear { why, retry_after_ms }, now + 50)
                }
                2 => {
                    let why = said("no answer in time");
                    (ReadEnd::Unclear { why, retry_after_ms: None }, now + timeout)
                }
                odd => {
                    let answer_at = now + self.dice.between(300, timeout);
                    let lands = now + self.dice.between(1, 300);
                    let odd = odd == 3 && self.dice.chance(300);
                    let happening = Happening::ReadLands { till, epoch, id, answer_at, odd };
                    return self.plan(lands, happening);
                }
            },
            Line::Open => {
                let lands = now + self.dice.between(1, 200);
                let answer_at = lands + self.dice.between(1, 200);
                let odd = false;
                let happening = Happening::ReadLands { till, epoch, id, answer_at, odd };
                return self.plan(lands, happening);
            }
        };
        self.plan(at, Happening::ReadHeard { till, epoch, id, end: Box::new(end) });
    }

    /// A reading arrives at its provider: this is what its answer will tell.
    pub fn read_lands(&mut self, till: usize, epoch: u32, id: ChangeId, answer_at: i64, odd: bool) {
        let Some(place) = self.tills.get(till) else { return };
        let Some(row) = place.rows.rows.get(&id) else { return };
        let pay = row.change.payment_id.as_ref().and_then(|id| Pay::parse(id.as_str()));
        let read_at = place.clock(answer_at);
        let end = match pay.and_then(|pay| self.facts(pay, read_at)) {
            Some(mut facts) => {
                if odd {
                    facts.state = PaymentState::Unclear;
                    facts.provider_status = "marinated".to_owned();
                }
                ReadEnd::Facts(Box::new(facts))
            }
            None => {
                let why = "the payment of this change is not known here".to_owned();
                ReadEnd::Unclear { why, retry_after_ms: None }
            }
        };
        self.plan(answer_at, Happening::ReadHeard { till, epoch, id, end: Box::new(end) });
    }

    /// A payment as its provider would tell of it now.
    pub fn facts(
        &mut self,
        pay: Pay,
        read_at: counterfoil_core::moment::Moment,
    ) -> Option<PaymentFacts> {
        if self.rules.setup(pay.account).is_some() {
            return self.real_facts(pay, read_at);
        }
        let provider = self.providers.get(pay.account)?;
        let payment = provider.payments.get(pay.place)?;
        Some(PaymentFacts {
            provider_ref: pay.to_string(),
            state: payment.state,
            provider_status: payment.state.word().to_owned(),
            amount: cents(payment.amount),
            invoice_number: Some(payment.invoice.clone()),
            reference: None,
            minimum: None,
            maximum: None,
            payment_type: None,
            refunded: provider.kind.shows_refunds().then(|| cents(payment.refunded)),
            details: Details::default(),
            read_at,
        })
    }
}
