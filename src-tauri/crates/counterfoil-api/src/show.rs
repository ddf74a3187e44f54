//! Our records become view models.

use counterfoil_core::account::Account;
use counterfoil_core::change::{Change, State};
use counterfoil_core::command::Command;
use counterfoil_core::engine::{Plan, WaitWhy};
use counterfoil_core::id::StaffId;
use counterfoil_core::lane::LaneSums;
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Money;
use counterfoil_core::payment::{Item, Payment};
use counterfoil_core::staff::{Permission, Role};
use counterfoil_runtime::{LineFacts, safety};
use counterfoil_store::table::foreign_key::{self, ForeignKey};
use counterfoil_store::table::staff::{self, StaffRow};
use counterfoil_store::table::{Readable, Unreadable};
use counterfoil_store::table::{account, change, meta, outbox};
use counterfoil_store::{Connection, StoreError};
use fast_qr::QRBuilder;

use crate::call::{ChangeQuery, ChangeRef, Nothing};
use crate::desk::Desk;
use crate::dispatch::Admitted;
use crate::evidence::{self, attempt_view, base_view};
use crate::offering::Offered;
use crate::offline;
use crate::ruling;
use crate::seat::Seat;
use crate::view::{
    BreakerView, ChangeList, ChangeView, DeskCounts, DeskView, ItemView, LineMode, LineView,
    MoneyView, PaymentView, QrView, UnreadableView,
};
use crate::words::explanation;
use crate::{Fault, FaultCode};

/// Most changes in one list.
const MOST_CHANGES: u32 = 1_000;

impl Desk {
    /// The bar on top.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn desk_view(&self, seat: &Seat) -> Result<DeskView, Fault> {
        let person = self.signed_in(seat).ok();
        let role = person.as_ref().map_or(Role::Cashier, |row| row.role);
        let now = self.runtime.now();
        let (store, till, training, first_run) = self.read(|connection| {
            Ok((
                meta::get(connection, meta::STORE_NAME)?,
                meta::get(connection, meta::TILL_NAME)?,
                meta::get(connection, meta::TRAINING)?.is_some(),
                meta::till_id(connection)?.is_none(),
            ))
        })?;
        Ok(DeskView {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            training,
            rescue: self.rescue().map(|fault| fault.message),
            first_run,
            store,
            till,
            line: self.line_view(person.is_some())?,
            now: self.runtime.now().to_rfc3339(),
            clock: self.clock_warning(),
            // Money, accounts and what a provider said are not for a screen that is locked.
            offline: match &person {
                Some(_) => self.read(|connection| offline::view(connection, role, now))?,
                None => None,
            },
            person: person.map(|row| Self::person_view(&row, seat.check())),
            counts: self.counts()?,
            training_pins: self.training_pins(),
            idle_lock_minutes: self.idle_minutes(),
        })
    }

    pub(crate) fn desk_show(&self, at: &Admitted<'_>, _: &Nothing) -> Result<DeskView, Fault> {
        self.desk_view(at.seat)
    }

    fn line_view(&self, in_full: bool) -> Result<LineView, Fault> {
        let on_purpose = self.read(|connection| meta::get(connection, meta::OFFLINE_ON_PURPOSE))?;
        let facts = self.runtime.line();
        let mode = if on_purpose.as_deref() == Some("true") {
            LineMode::OnPurpose
        } else if facts.another_till {
            LineMode::AnotherTill
        } else if facts.keyring_closed {
            LineMode::KeyringClosed
        } else if facts.held_elsewhere {
            LineMode::SentElsewhere
        } else if facts.down {
            LineMode::Down
        } else {
            LineMode::Online
        };
        let last_contact_at = facts.last_contact.map(Moment::to_rfc3339);
        let (detail, breakers) = if in_full {
            (facts.detail.clone(), self.breakers(&facts)?)
        } else {
            (None, Vec::new())
        };
        Ok(LineView { mode, detail, last_contact_at, breakers })
    }

    fn breakers(&self, facts: &LineFacts) -> Result<Vec<BreakerView>, Fault> {
        let mut views = Vec::new();
        for (account_id, breaker) in &facts.breakers {
            let account = self.read(|connection| account::get(connection, account_id))?;
            let (until, why) = (breaker.until.to_rfc3339(), breaker.why.clone());
            views.push(BreakerView { account: account.name, until, why });
        }
        Ok(views)
    }

    fn counts(&self) -> Result<DeskCounts, Fault> {
        let now = self.runtime.now();
        let by_state = self.read(change::open_by_state)?;
        let count = |wanted: fn(State) -> bool| {
            by_state.iter().filter(|(state, ..)| wanted(*state)).map(|(_, many, _)| many).sum()
        };
        let unsent = by_state.iter().filter(|(state, ..)| state.is_unsent());
        let oldest = unsent.filter_map(|(_, _, oldest)| *oldest).min();
        let seconds = oldest.map(|oldest| now.millis_since(oldest) / 1_000);
        Ok(DeskCounts {
            open: count(|_| true),
            unsent: count(State::is_unsent),
            awaiting_approval: count(|state| state == State::AwaitingApproval),
            needs_customer: count(|state| state == State::NeedsCustomer),
            in_doubt: count(|state| state == State::InDoubt),
            conflict: count(|state| state == State::Conflict),
            oldest_unsent_seconds: seconds.and_then(|seconds| u32::try_from(seconds).ok()),
        })
    }

    pub(crate) fn payment_view(
        &self,
        payment: &Payment,
        viewer: &StaffRow,
    ) -> Result<PaymentView, Fault> {
        let account = self.read(|connection| account::get(connection, &payment.account_id))?;
        let (sums, unreadable) = self.sums_to_show(payment)?;
        let subject = crate::payments::subject(payment, &sums, self.runtime.now());
        let offers = counterfoil_connectors::of(account.provider).offers(&account, &subject);
        let unreadable = unreadable.as_ref();
        let now = self.runtime.now();
        let rules = self.read(|connection| ruling::levels(connection, viewer, payment, now))?;
        let offered =
            Offered { account: &account, subject: &subject, viewer, unreadable, rules: &rules };
        let allowed = offers.iter().map(|offer| offered.view(offer)).collect();
        let facts = &payment.facts;
        let refunded = Some(sums.refunded).filter(|sum| sum.is_positive());
        Ok(PaymentView {
            payment_id: payment.payment_id.to_string(),
            provider: account.provider.word().to_owned(),
            account: account.name.clone(),
            provider_ref: facts.provider_ref.clone(),
            invoice_number: facts.invoice_number.clone(),
            reference: facts.reference.clone(),
            customer: payment.customer.clone(),
            state: facts.state.word().to_owned(),
            provider_status: facts.provider_status.clone(),
            amount: facts.amount.into(),
            refunded: facts.refunded.or(refunded).map(MoneyView::from),
            captured: facts.details.captured.map(MoneyView::from),
            capture_at: facts.details.capture_at.map(Moment::to_rfc3339),
            made_at: facts.details.made_at.map(Moment::to_rfc3339),
            description: facts.details.description.clone(),
            metadata: facts.details.metadata.clone(),
            minimum: facts.minimum.map(MoneyView::from),
            maximum: facts.maximum.map(MoneyView::from),
            fetched_at: facts.read_at.to_rfc3339(),
            allowed,
            open_changes: sums.open,
            items: payment.items.iter().map(item_view).collect(),
        })
    }

    /// What the changes of a payment add up to. Where one of them cannot be read, what is left is
    /// shown, and nothing may be asked for on a sum that is not whole.
    fn sums_to_show(&self, payment: &Payment) -> Result<(LaneSums, Option<Fault>), Fault> {
        match self.lane_sums(payment, None) {
            Ok(sums) => Ok((sums, None)),
            Err(fault) if fault.detail.contains_key("table") => {
                let refunded = Money::zero(payment.facts.amount.currency());
                let nothing =
                    LaneSums { refunded, open_decrease: false, open_refund: false, open: 0 };
                Ok((nothing, Some(fault)))
            }
            Err(fault) => Err(fault),
        }
    }

    pub(crate) fn change_show(
        &self,
        at: &Admitted<'_>,
        _: &ChangeRef,
    ) -> Result<ChangeView, Fault> {
        self.change_view(at.change()?, at.person()?)
    }

    pub(crate) fn change_list(
        &self,
        at: &Admitted<'_>,
        ask: &ChangeQuery,
    ) -> Result<ChangeList, Fault> {
        let states = match ask.state.as_deref() {
            None => Vec::new(),
            Some("open") => State::ALL.into_iter().filter(|state| !state.is_final()).collect(),
            Some(word) => vec![state(word)?],
        };
        let payment = ask.payment.as_deref().map(|text| self.find_payment(text)).transpose()?;
        let payment_id = payment.map(|payment| payment.payment_id);
        let filter = change::Filter { states, payment_id, limit: MOST_CHANGES };
        let found = self.read(|connection| change::list(connection, &filter))?;
        self.change_views(&found, at.person()?)
    }

    /// The changes that can be shown, and the names of those that cannot.
    pub(crate) fn change_views(
        &self,
        found: &Readable<Change>,
        viewer: &StaffRow,
    ) -> Result<ChangeList, Fault> {
        let mut list = ChangeList {
            changes: Vec::new(),
            unreadable: found.unreadable.iter().map(UnreadableView::from).collect(),
        };
        for change in &found.rows {
            match self.change_view(change, viewer) {
                Ok(view) => list.changes.push(view),
                Err(fault) => list.unreadable.push(UnreadableView::of(fault)?),
            }
        }
        Ok(list)
    }

    pub(crate) fn change_view(&self, of: &Change, viewer: &StaffRow) -> Result<ChangeView, Fault> {
        let (account, plan, people, evidence, approval_because) = self.read(|connection| {
            let account = account::get(connection, &of.account_id)?;
            let plan = outbox::plan(connection, &of.change_id)?;
            let evidence = evidence::digest(connection, of)?;
            let because = ruling::kept(connection, of)?;
            Ok((account, plan, names(connection, of)?, evidence, because))
        })?;
        let name = |id: &StaffId| {
            let found = people.iter().find(|(person, _)| person == id);
            found.map_or_else(|| id.to_string(), |(_, name)| name.clone())
        };
        let own = of.requested_by == viewer.staff_id;
        let (capture, texts) = match &of.command {
            Command::Capture { amount, at } => (Some((amount, at)), None),
            Command::Relabel { description, metadata, .. } => (None, Some((description, metadata))),
            Command::Start { .. }
            | Command::Adjust { .. }
            | Command::Refund { .. }
            | Command::Cancel { .. }
            | Command::Void => (None, None),
        };
        let may_decide = viewer.role.may(Permission::Decide);
        let may_ask = viewer.role.may(Permission::Ask);
        let error = plan.as_ref().and_then(|plan| plan.error.clone());
        let explanation =
            explanation(of, account.provider.name(), safety(&account, of), error.as_deref());
        let next_attempt_at = next_attempt(plan.as_ref(), &account);
        Ok(ChangeView {
            change_id: of.change_id.to_string(),
            payment_id: of.payment_id.as_ref().map(ToString::to_string),
            account: account.name,
            provider: account.provider.word().to_owned(),
            kind: of.command.kind().word().to_owned(),
            state: of.state.word().to_owned(),
            requested_by: name(&of.requested_by),
            approved_by: of.approved_by.iter().map(name).collect(),
            approval_because,
            created_at: of.requested_at.to_rfc3339(),
            changed_at: of.changed_at.to_rfc3339(),
            total: of.command.total().map(MoneyView::from),
            refund: of.command.refund().map(MoneyView::from),
            capture: capture.and_then(|(amount, _)| *amount).map(MoneyView::from),
            capture_at: capture.and_then(|(_, at)| *at).map(Moment::to_rfc3339),
            description: texts.and_then(|(description, _)| description.clone()),
            metadata: texts.map(|(_, metadata)| metadata.clone()).unwrap_or_default(),
            reason: of.command.reason().map(|reason| reason.as_str().to_owned()),
            note: note(&of.command),
            invoice_number: of.command.invoice().map(str::to_owned),
            reference: reference(&of.command),
            items: of.command.items().iter().map(item_view).collect(),
            redirect_url: open_link(of),
            attempts: of.attempts.iter().map(attempt_view).collect(),
            readings: evidence::readings(of),
            evidence,
            superseded_by: of.superseded_by.as_ref().map(ToString::to_string),
            base: of.decided_on.as_ref().map(base_view),
            provider_now: of.provider_now.as_ref().map(base_view),
            next_attempt_at: next_attempt_at.map(Moment::to_rfc3339),
            last_error: error,
            explanation,
            may_withdraw: of.state.is_unsent() && may_ask && (own || may_decide),
            needs_other_person: own || !may_decide,
        })
    }

    pub(crate) fn change_qr(&self, at: &Admitted<'_>, _: &ChangeRef) -> Result<QrView, Fault> {
        let text = open_link(at.change()?).ok_or_else(|| {
            Fault::new(FaultCode::WrongState, "no customer signature is open for this change")
        })?;
        let code = QRBuilder::new(text.as_bytes()).build().map_err(|_| {
            Fault::new(FaultCode::NotAllowed, "the link is too long for a QR code; copy it instead")
        })?;
        let row =
            |y: usize| (0..code.size).map(|x| if code[y][x].value() { '1' } else { '0' }).collect();
        Ok(QrView { text, rows: (0..code.size).map(row).collect() })
    }
}

/// What people are called: those of this till, and whoever agreed at another one.
fn names(connection: &Connection, of: &Change) -> Result<Vec<(StaffId, String)>, StoreError> {
    let own = staff::all(connection)?.into_iter();
    let mut names: Vec<_> = own.map(|person| (person.staff_id, person.name)).collect();
    for by in &of.approved_by {
        if names.iter().all(|(person, _)| person != by) {
            let other = foreign_key::find(connection, by.as_str())?;
            let called = |key: ForeignKey| format!("{} ({})", key.name, key.till_name);
            names.extend(other.map(|key| (by.clone(), called(key))));
        }
    }
    Ok(names)
}

/// When a change is tried again. What only waits for its turn, and what waits for a person to end
/// a pause, has no such moment.
fn next_attempt(plan: Option<&Plan>, account: &Account) -> Option<Moment> {
    let planned = plan.filter(|plan| plan.why != WaitWhy::Turn && account.paused.is_none());
    planned.and_then(|plan| plan.until)
}

/// The customer's link, while it is open.
fn open_link(change: &Change) -> Option<String> {
    change.redirect_url.clone().filter(|_| change.state == State::NeedsCustomer)
}

impl From<&Unreadable> for UnreadableView {
    fn from(row: &Unreadable) -> Self {
        Self { table: row.table.to_owned(), row: row.row.clone(), what: row.what.clone() }
    }
}

impl UnreadableView {
    /// A row that was met on the way.
    ///
    /// # Errors
    /// The fault itself, where it speaks of no row.
    pub(crate) fn of(fault: Fault) -> Result<Self, Fault> {
        match fault.detail.get("table") {
            Some(table) => Ok(Self {
                table: table.clone(),
                row: fault.detail.get("row").cloned().unwrap_or_default(),
                what: fault.message,
            }),
            None => Err(fault),
        }
    }

    /// A row, or what kept rows from being read at all.
    pub(crate) fn of_any(fault: Fault) -> Self {
        let named = |key: &str| fault.detail.get(key).cloned().unwrap_or_default();
        Self { table: named("table"), row: named("row"), what: fault.message }
    }
}

fn state(word: &str) -> Result<State, Fault> {
    State::from_word(word).ok_or_else(|| {
        let known: Vec<_> = State::ALL.iter().map(|state| state.word()).collect();
        Fault::new(FaultCode::BadInput, format!("a change state is one of: {}", known.join(", ")))
    })
}

fn note(command: &Command) -> Option<String> {
    match command {
        Command::Refund { note, .. } => note.clone(),
        Command::Relabel { description, .. } => description.clone(),
        Command::Start { .. }
        | Command::Adjust { .. }
        | Command::Cancel { .. }
        | Command::Capture { .. }
        | Command::Void => None,
    }
}

fn reference(command: &Command) -> Option<String> {
    match command {
        Command::Start { reference, .. } | Command::Relabel { reference, .. } => reference.clone(),
        Command::Adjust { .. }
        | Command::Refund { .. }
        | Command::Cancel { .. }
        | Command::Capture { .. }
        | Command::Void => None,
    }
}

fn item_view(item: &Item) -> ItemView {
    ItemView {
        item: item.item.clone(),
        quantity: item.quantity.to_string(),
        price: item.price.to_decimal_text(),
    }
}
