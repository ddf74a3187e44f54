//! Offline limits at the desk: since when the till cannot send, what may still be asked for, and
//! the refusal that says so. The rules are `counterfoil_core::limits`.

use counterfoil_core::change::State;
use counterfoil_core::id::{AccountId, ChangeId};
use counterfoil_core::limits::{self, Limit, Limits, Outlook, Refusal, Waiting};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::Currency;
use counterfoil_core::settings::{SAME, Setting, whole};
use counterfoil_core::staff::Role;
use counterfoil_store::table::{account, change, meta, setting};
use counterfoil_store::{Connection, StoreError};

use crate::input::Asked;
use crate::judging::{Asker, money_limit};
use crate::view::{MoneyView, OfflineView, WarningView};
use crate::{Fault, FaultCode};

/// The code of the warning before a limit is reached.
const NEAR: &str = "offline_limit_near";

/// Judges one more ask: nothing to say, a warning, or the refusal.
///
/// # Errors
/// The store cannot be read.
pub fn judge(
    connection: &Connection,
    asker: &Asker,
    asked: &Asked,
) -> Result<Result<Option<WarningView>, Fault>, StoreError> {
    let Some(since) = since(connection, &asked.account.account_id, asker.now)? else {
        return Ok(Ok(None));
    };
    let facts = asked.payment.as_ref().map(|payment| &payment.facts);
    let currency = facts.map_or(asked.account.currency, |facts| facts.amount.currency());
    let currency = asked.command.currency().unwrap_or(currency);
    let limits = limits(connection, asker.person.role, currency)?;
    let waiting = waiting(connection, &limits, asked.instead_of.as_ref())?;
    let base = facts.map(counterfoil_core::payment::Base::of);
    let moves = limits::moves(&asked.command, base.as_ref());
    if let Err(refusal) = limits::judge(&limits, since, asker.now, &waiting, moves) {
        return Ok(Err(refused(asked, &refusal, since)));
    }
    let after = waiting.and(moves);
    let outlook = limits::outlook(&limits, since, asker.now, &after);
    Ok(Ok((!outlook.near.is_empty()).then(|| near(&outlook))))
}

/// Since when nothing can be sent to this account: on purpose, or because its provider cannot be
/// reached, whichever began first. None while it is online.
fn since(
    connection: &Connection,
    account_id: &AccountId,
    now: Moment,
) -> Result<Option<Moment>, StoreError> {
    let on_purpose = on_purpose_since(connection, now)?;
    let unreachable = account::unreachable_since(connection, account_id)?;
    Ok(on_purpose.into_iter().chain(unreachable).min())
}

/// A till that was taken offline by a version that kept no moment has been so for at least as long
/// as the oldest change waits.
fn on_purpose_since(connection: &Connection, now: Moment) -> Result<Option<Moment>, StoreError> {
    if meta::get(connection, meta::OFFLINE_ON_PURPOSE)?.as_deref() != Some("true") {
        return Ok(None);
    }
    let kept = meta::get(connection, meta::OFFLINE_ON_PURPOSE_SINCE)?;
    if let Some(millis) = kept.as_deref().and_then(whole) {
        return Ok(Some(Moment::from_millis(millis)));
    }
    let oldest = change::open_by_state(connection)?.into_iter();
    let oldest = oldest.filter(|(state, ..)| state.is_unsent()).filter_map(|(_, _, oldest)| oldest);
    Ok(Some(oldest.min().unwrap_or(now)))
}

fn limits(connection: &Connection, role: Role, currency: Currency) -> Result<Limits, StoreError> {
    let of = |all: Setting, manager: Setting| in_force(connection, role, all, manager);
    let hours = of(Setting::OfflineMaxAgeHours, Setting::OfflineMaxAgeHoursManager)?;
    let count = of(Setting::OfflineMaxCount, Setting::OfflineMaxCountManager)?;
    let sum = of(Setting::OfflineMaxSum, Setting::OfflineMaxSumManager)?;
    let each = of(Setting::OfflineMaxEach, Setting::OfflineMaxEachManager)?;
    Ok(Limits {
        max_age_hours: number(connection, hours)?,
        max_count: u32::try_from(number(connection, count)?).unwrap_or(u32::MAX),
        max_sum: money_limit(connection, sum, currency)?,
        max_each: money_limit(connection, each, currency)?,
    })
}

/// Which of the two settings binds this role.
fn in_force(
    connection: &Connection,
    role: Role,
    all: Setting,
    manager: Setting,
) -> Result<Setting, StoreError> {
    match role {
        Role::Cashier | Role::Auditor => Ok(all),
        Role::Manager | Role::Owner => {
            Ok(if setting::get(connection, manager)? == SAME { all } else { manager })
        }
    }
}

fn number(connection: &Connection, key: Setting) -> Result<i64, StoreError> {
    let what = || StoreError::Damaged { table: "setting", what: key.key().to_owned() };
    whole(&setting::get(connection, key)?).ok_or_else(what)
}

/// What waits on the till, but for one change. Where more wait than may, their money need not be
/// known: nothing more is accepted.
fn waiting(
    connection: &Connection,
    limits: &Limits,
    except: Option<&ChangeId>,
) -> Result<Waiting, StoreError> {
    let all = unsent(connection)?;
    let count = all.saturating_sub(u32::from(except.is_some()));
    if count > limits.max_count {
        return Ok(Waiting { count, sum: limits.max_sum });
    }
    // A change that cannot be read counts as one; what money it moves is not known.
    let changes = change::list(connection, &unsent_changes(all))?.rows;
    let readable = Waiting::of(&changes, limits.max_sum.currency(), except);
    Ok(Waiting { count, sum: readable.sum })
}

fn unsent(connection: &Connection) -> Result<u32, StoreError> {
    let by_state = change::open_by_state(connection)?;
    Ok(by_state.iter().filter(|(state, ..)| state.is_unsent()).map(|(_, many, _)| many).sum())
}

fn unsent_changes(limit: u32) -> change::Filter {
    let states = State::ALL.into_iter().filter(|state| state.is_unsent()).collect();
    change::Filter { states, payment_id: None, limit }
}

/// What the bar on top shows; none while every account is online.
///
/// # Errors
/// The store cannot be read.
pub fn view(
    connection: &Connection,
    role: Role,
    now: Moment,
) -> Result<Option<OfflineView>, StoreError> {
    let on_purpose = on_purpose_since(connection, now)?;
    let (mut names, mut currencies, mut since) = (Vec::new(), Vec::new(), on_purpose);
    for account in account::all(connection)? {
        let unreachable = account::unreachable_since(connection, &account.account_id)?;
        if on_purpose.is_none() && unreachable.is_none() {
            continue;
        }
        since = since.into_iter().chain(unreachable).min();
        names.push(account.name);
        if !currencies.contains(&account.currency) {
            currencies.push(account.currency);
        }
    }
    let Some(since) = since else { return Ok(None) };
    let outlooks = outlooks(connection, role, &currencies, since, now)?;
    Ok(Some(offline_view(on_purpose.is_some(), names, since, now, &outlooks)))
}

fn outlooks(
    connection: &Connection,
    role: Role,
    currencies: &[Currency],
    since: Moment,
    now: Moment,
) -> Result<Vec<Outlook>, StoreError> {
    // A till without an account has the other limits all the same.
    let any = Currency::parse("EUR").expect("the euro is a currency");
    let currencies = if currencies.is_empty() { &[any] } else { currencies };
    let mut all = Vec::new();
    for currency in currencies {
        let limits = limits(connection, role, *currency)?;
        let waiting = waiting(connection, &limits, None)?;
        all.push(limits::outlook(&limits, since, now, &waiting));
    }
    Ok(all)
}

fn offline_view(
    on_purpose: bool,
    accounts: Vec<String>,
    since: Moment,
    now: Moment,
    outlooks: &[Outlook],
) -> OfflineView {
    let until = outlooks.first().map_or(since, |outlook| outlook.until);
    let words = |which: fn(&Outlook) -> &[Limit]| {
        let holds = |limit: &Limit| outlooks.iter().any(|outlook| which(outlook).contains(limit));
        let found = Limit::ALL.into_iter().filter(|limit| holds(limit));
        found.map(|limit| limit.word().to_owned()).collect::<Vec<_>>()
    };
    let near = words(|outlook| &outlook.near);
    let sums = outlooks.iter().map(|outlook| MoneyView::from(outlook.left_sum));
    let left_sum = if accounts.is_empty() { Vec::new() } else { sums.collect() };
    OfflineView {
        on_purpose,
        accounts,
        since: since.to_rfc3339(),
        until: until.to_rfc3339(),
        left_seconds: u32::try_from(until.millis_since(now) / 1_000).unwrap_or(u32::MAX),
        left_count: outlooks.iter().map(|outlook| outlook.left_count).min().unwrap_or(0),
        left_sum,
        warn: !near.is_empty(),
        near,
        stopped: words(|outlook| &outlook.stopped),
    }
}

fn near(outlook: &Outlook) -> WarningView {
    let words = format!(
        "the till is offline: after this, {} more changes and {} may be asked for, until {}",
        outlook.left_count, outlook.left_sum, outlook.until
    );
    WarningView { code: NEAR.to_owned(), words }
}

fn refused(asked: &Asked, refusal: &Refusal, since: Moment) -> Fault {
    let kind = asked.command.kind().word();
    let Refusal { limit, allowed, used, asked: wanted } = refusal;
    let because = match limit {
        Limit::Age => format!("it has been offline for {used} h and may queue for {allowed} h"),
        Limit::Count => format!("{used} changes wait and {allowed} may"),
        Limit::Sum => format!("{used} waits, {wanted} was asked for on top and {allowed} may wait"),
        Limit::Each => format!("one change may move {allowed} and this one moves {wanted}"),
    };
    let words = format!(
        "{kind} is refused: the till is offline, and while it is, {because}. Nothing was stored \
         and no money moved. Get the line back, let what waits be sent, then ask again; a manager \
         may have a wider limit."
    );
    Fault::new(FaultCode::OfflineLimit, words)
        .with("kind", kind)
        .with("limit", limit.word())
        .with("allowed", allowed)
        .with("used", used)
        .with("asked", wanted)
        .with("since", since.to_rfc3339())
}
