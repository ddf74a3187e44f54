//! Payments: list, show, track, refresh.

use counterfoil_connectors::Subject;
use counterfoil_core::account::Account;
use counterfoil_core::answer::ReadEnd;
use counterfoil_core::id::{ChangeId, PaymentId};
use counterfoil_core::lane::{LaneSums, sums};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use counterfoil_core::payment::{Payment, PaymentFacts, PaymentState};
use counterfoil_core::screening::spread_card_number;
use counterfoil_paper::slip::scanned;
use counterfoil_runtime::Notice;
use counterfoil_store::table::staff::StaffRow;
use counterfoil_store::table::{account, audit_entry, change, payment};
use counterfoil_store::{Connection, StoreError};
use serde_json::json;

use crate::call::{PaymentQuery, PaymentRef, Track};
use crate::desk::Desk;
use crate::dispatch::Admitted;
use crate::view::{ChangeList, PaymentDetail, PaymentPage, UnreadableView};
use crate::{Fault, FaultCode, MoneyMoved};

const PAGE: u32 = 50;
const LARGEST_PAGE: u32 = 200;

impl Desk {
    pub(crate) fn payment_list(
        &self,
        at: &Admitted<'_>,
        ask: &PaymentQuery,
    ) -> Result<PaymentPage, Fault> {
        let viewer = at.person()?;
        if let Some(change_id) = ask.query.as_deref().and_then(scanned) {
            return self.payment_of_slip(viewer, change_id);
        }
        let page = payment::Page {
            words: words(ask.query.as_deref().unwrap_or_default()),
            state: ask.state.as_deref().map(state).transpose()?,
            after: ask.after.as_deref().map(cursor).transpose()?,
            limit: ask.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE),
        };
        let (found, next) = self.read(|connection| payment::page(connection, &page))?;
        let mut page = PaymentPage {
            payments: Vec::new(),
            next: next.map(|row| row.to_string()),
            unreadable: found.unreadable.iter().map(UnreadableView::from).collect(),
            scanned: None,
        };
        for payment in &found.rows {
            match self.payment_view(payment, viewer) {
                Ok(view) => page.payments.push(view),
                Err(fault) => page.unreadable.push(UnreadableView::of(fault)?),
            }
        }
        Ok(page)
    }

    /// The one payment of a slip that was scanned; none for what is no slip of this till.
    fn payment_of_slip(&self, viewer: &StaffRow, change_id: &str) -> Result<PaymentPage, Fault> {
        let (payments, next, unreadable) = (Vec::new(), None, Vec::new());
        let mut page = PaymentPage { payments, next, unreadable, scanned: None };
        let of = match self.load(&change_id.to_ascii_lowercase()) {
            Ok(of) => of,
            Err(fault) if fault.code == FaultCode::NotFound => return Ok(page),
            Err(fault) => return Err(fault),
        };
        if let Some(payment_id) = &of.payment_id {
            let payment = self.read(|connection| payment::get(connection, payment_id))?;
            page.payments.push(self.payment_view(&payment, viewer)?);
        }
        page.scanned = Some(of.change_id.to_string());
        Ok(page)
    }

    pub(crate) fn payment_show(
        &self,
        at: &Admitted<'_>,
        ask: &PaymentRef,
    ) -> Result<PaymentDetail, Fault> {
        let payment = self.find_payment(&ask.payment)?;
        self.detail(at.person()?, &payment.payment_id)
    }

    pub(crate) fn payment_track(
        &self,
        at: &Admitted<'_>,
        ask: &Track,
    ) -> Result<PaymentDetail, Fault> {
        let person = at.person()?;
        let account = self.find_account(&ask.account)?;
        check_reference(&ask.provider_ref)?;
        let facts = self.read_at_provider(&account, &ask.provider_ref)?;
        let payment_id = self.keep_tracked(&account, facts, None, &person.staff_id)?;
        self.detail(person, &payment_id)
    }

    pub(crate) fn payment_refresh(
        &self,
        at: &Admitted<'_>,
        ask: &PaymentRef,
    ) -> Result<PaymentDetail, Fault> {
        let known = self.find_payment(&ask.payment)?;
        let account = self.read(|connection| account::get(connection, &known.account_id))?;
        // A payment that was read before does not vanish: a no is a no to the credentials.
        let facts = self.read_at_provider(&account, &known.facts.provider_ref).map_err(
            |fault| match fault.detail.get("message") {
                Some(message) if fault.code == FaultCode::NotFound => {
                    credentials(&account, message)
                }
                Some(_) | None => fault,
            },
        )?;
        let payment_id = known.payment_id.clone();
        let fresh = Payment { facts, ..known };
        self.store().write(move |connection| payment::put(connection, &fresh))?;
        self.runtime.notify(Notice::Payment(payment_id.clone()));
        self.detail(at.person()?, &payment_id)
    }

    /// Stores a payment that somebody asked to keep an eye on.
    pub(crate) fn keep_tracked(
        &self,
        account: &Account,
        facts: PaymentFacts,
        customer: Option<String>,
        by: &counterfoil_core::id::StaffId,
    ) -> Result<PaymentId, Fault> {
        let (now, random) = self.runtime.id_parts();
        let tracked = Payment {
            payment_id: PaymentId::mint(now, random),
            account_id: account.account_id.clone(),
            facts,
            customer,
            items: Vec::new(),
        };
        let about = json!({
            "account": account.account_id,
            "amount": tracked.facts.amount,
            "provider_status": tracked.facts.provider_status,
        });
        let mut fact = self.fact(Some(by), "payment.tracked", "", about);
        let payment_id = self.store().write(move |connection| {
            let payment_id = payment::put(connection, &tracked)?;
            fact.about = payment_id.to_string();
            audit_entry::append(connection, &fact)?;
            Ok(payment_id)
        })?;
        self.runtime.notify(Notice::Payment(payment_id.clone()));
        Ok(payment_id)
    }

    /// Reads a payment at the provider, now, for a person who waits.
    pub(crate) fn read_at_provider(
        &self,
        account: &Account,
        provider_ref: &str,
    ) -> Result<PaymentFacts, Fault> {
        let read = self.runtime.read_payment(account, provider_ref);
        let end = self.runtime.handle().block_on(read).map_err(keyring)?;
        match end {
            ReadEnd::Facts(facts) => Ok(*facts),
            ReadEnd::NoSuchPayment { message } => Err(Fault::new(
                FaultCode::NotFound,
                format!(
                    "{} gave no such payment: {message:?}. Check the reference; if it is right, \
                     check the account's secrets",
                    account.provider.name()
                ),
            )
            .with("message", message)),
            ReadEnd::CredentialsRefused { message } => Err(credentials(account, &message)),
            ReadEnd::Unreachable { why } => Err(unreachable(account, &why)),
            ReadEnd::Unclear { why, .. } => Err(unclear(account, &why)),
        }
    }

    /// The newest view of a payment with its changes, oldest first.
    pub(crate) fn detail(
        &self,
        viewer: &StaffRow,
        payment_id: &PaymentId,
    ) -> Result<PaymentDetail, Fault> {
        let (payment, mut found) = self.read(|connection| {
            let payment = payment::get(connection, payment_id)?;
            let of_it = change::Filter {
                payment_id: Some(payment_id.clone()),
                limit: u32::MAX,
                ..change::Filter::default()
            };
            Ok((payment, change::list(connection, &of_it)?))
        })?;
        found.rows.reverse();
        let ChangeList { changes, unreadable } = self.change_views(&found, viewer)?;
        Ok(PaymentDetail { payment: self.payment_view(&payment, viewer)?, changes, unreadable })
    }

    pub(crate) fn lane_sums(
        &self,
        of: &Payment,
        except: Option<&ChangeId>,
    ) -> Result<LaneSums, Fault> {
        self.read(|connection| sums_of(connection, of, except))
    }
}

/// What the changes of a payment add up to; `except` leaves one out.
pub fn sums_of(
    connection: &Connection,
    of: &Payment,
    except: Option<&ChangeId>,
) -> Result<LaneSums, StoreError> {
    let changes = change::of_payment(connection, &of.payment_id)?;
    let zero = Money::zero(of.facts.amount.currency());
    sums(&changes, zero, except)
        .map_err(|error| StoreError::Damaged { table: "change", what: error.to_string() })
}

/// A reference is opaque, but it stands in an address and in a signed text: what cannot stand
/// there is a slip of the hand, and so is one that is far too long.
fn check_reference(text: &str) -> Result<(), Fault> {
    const LONGEST: usize = 200;
    // No provider's reference is only digits; a card number in this field would leave the till.
    if spread_card_number([text]) {
        let words = "provider_ref: this is a card number, not a reference; leave card numbers out";
        return Err(Fault::new(FaultCode::CardNumber, words).with("field", "provider_ref"));
    }
    let odd = |c: char| c.is_control() || c.is_whitespace() || c == '&';
    if !text.is_empty() && text.len() <= LONGEST && !text.chars().any(odd) {
        return Ok(());
    }
    let words = "the provider's reference (--ref) is 1 to 200 characters without blanks and &";
    Err(Fault::new(FaultCode::BadInput, words).with("field", "provider_ref"))
}

/// The payment and what this till has under way on it, for the connector's rules.
pub fn subject<'a>(payment: &'a Payment, sums: &LaneSums, now: Moment) -> Subject<'a> {
    Subject {
        facts: &payment.facts,
        refunded_here: sums.refunded,
        open_decrease: sums.open_decrease,
        open_refund: sums.open_refund,
        now,
    }
}

pub fn keyring(why: String) -> Fault {
    Fault::new(FaultCode::Keyring, why)
}

pub fn credentials(account: &Account, message: &str) -> Fault {
    let provider = account.provider.name();
    let words = format!("{provider} does not accept the account's credentials: {message:?}");
    Fault::new(FaultCode::CredentialsRefused, words).with("account", &account.name)
}

pub fn unreachable(account: &Account, why: &str) -> Fault {
    let words = format!("{} cannot be reached: {why}", account.provider.name());
    Fault::new(FaultCode::Unreachable, words).with("account", &account.name)
}

pub fn unclear(account: &Account, why: &str) -> Fault {
    let provider = account.provider.name();
    let words = format!("{provider} answered, but not in a way that says anything: {why}");
    let mut fault = Fault::new(FaultCode::UnclearAnswer, words).with("account", &account.name);
    // A read moves no money, whatever it was answered with.
    fault.money = MoneyMoved::No;
    fault
}

fn words(query: &str) -> Vec<String> {
    query.split_whitespace().map(str::to_owned).take(8).collect()
}

fn state(word: &str) -> Result<PaymentState, Fault> {
    PaymentState::from_word(word).ok_or_else(|| {
        let known: Vec<_> = PaymentState::ALL.iter().map(|state| state.word()).collect();
        Fault::new(FaultCode::BadInput, format!("a payment state is one of: {}", known.join(", ")))
    })
}

fn cursor(text: &str) -> Result<i64, Fault> {
    text.parse().map_err(|_| {
        Fault::new(FaultCode::BadInput, "this cursor is not one that a list has given")
    })
}
