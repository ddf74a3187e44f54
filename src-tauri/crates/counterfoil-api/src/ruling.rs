//! The rules of dual control at the desk: read from the settings, given the facts of the store,
//! judged by `counterfoil_core::approval`.

use counterfoil_core::approval::{Facts, Level, Rule, Rules, Verdict, is_old, judge};
use counterfoil_core::change::Change;
use counterfoil_core::command::{Command, Kind};
use counterfoil_core::day::Zone;
use counterfoil_core::id::{ChangeId, PaymentId};
use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, Money};
use counterfoil_core::payment::{Base, Payment};
use counterfoil_core::settings::{Bound, ManagerRule, NEVER, Setting, whole};
use counterfoil_core::staff::{Permission, Role};
use counterfoil_store::table::staff::StaffRow;
use counterfoil_store::table::{refund, setting};
use counterfoil_store::{Connection, StoreError};

use crate::judging::money_limit;
use crate::view::SayingView;
use crate::{Fault, FaultCode};

/// What somebody wishes, as far as the rules look at it.
pub struct Wish<'a> {
    /// Who.
    pub by: &'a StaffRow,
    /// What.
    pub command: &'a Command,
    /// The payment as they saw it; none for a start.
    pub base: Option<&'a Base>,
    /// The payment's id; none for a start.
    pub payment_id: Option<&'a PaymentId>,
    /// The change, where it exists already.
    pub change_id: Option<&'a ChangeId>,
    /// When.
    pub now: Moment,
}

/// How far this person may go with it, and which rules say so.
///
/// # Errors
/// The settings or the refunds of the day cannot be read.
pub fn verdict(connection: &Connection, wish: &Wish<'_>) -> Result<Verdict, StoreError> {
    let Some(bound) = Bound::of(wish.by.role) else {
        return Ok(judged(&Rules::OPEN, wish, None));
    };
    let currency = wish.command.currency().or(wish.base.map(|base| base.amount.currency()));
    let rules = rules(connection, bound, wish.command.kind(), currency)?;
    let asks_for_the_day =
        rules.daily_refunds_over.is_some() && wish.command.kind() == Kind::Refund;
    let today = match currency.filter(|_| asks_for_the_day) {
        Some(currency) => refunds_today(connection, wish, currency)?,
        None => None,
    };
    Ok(judged(&rules, wish, today))
}

fn judged(rules: &Rules, wish: &Wish<'_>, refunds_today: Option<Money>) -> Verdict {
    let by_provider = wish.base.and_then(|base| base.details.made_at);
    // Else when this till first saw it: its id was made then.
    let seen_at = || wish.payment_id.and_then(PaymentId::minted_at);
    let made_at = by_provider.or_else(seen_at);
    let facts =
        Facts { command: wish.command, base: wish.base, made_at, now: wish.now, refunds_today };
    judge(rules, wish.by.role, &facts)
}

fn rules(
    connection: &Connection,
    bound: Bound,
    kind: Kind,
    currency: Option<Currency>,
) -> Result<Rules, StoreError> {
    use ManagerRule as M;
    let of = |cashiers: Setting, managers: ManagerRule| match bound {
        Bound::Cashier => cashiers,
        Bound::Manager => Setting::ApprovalManager(managers),
    };
    let money = |key: Setting| match currency {
        // A change without money or payment to compare with has no limit to pass.
        None => Ok(None),
        Some(currency) => limit(connection, key, currency),
    };
    let level = setting::get(connection, Setting::Permission(bound, kind))?;
    let cancel = of(Setting::ApprovalCancel, M::Cancel);
    let days = of(Setting::ApprovalSaleOlderThanDays, M::SaleOlderThanDays);
    Ok(Rules {
        kind: Level::from_word(&level).ok_or_else(|| damaged("permission", &level))?,
        refund_over: money(of(Setting::ApprovalRefundOver, M::RefundOver))?,
        adjust_over: money(of(Setting::ApprovalAdjustOver, M::AdjustOver))?,
        cancel: setting::get(connection, cancel)? == "true",
        sale_older_than_days: match setting::get(connection, days)?.as_str() {
            NEVER => None,
            text => Some(whole(text).ok_or_else(|| damaged(days.key(), text))?),
        },
        daily_refunds_over: money(of(Setting::ApprovalDailyRefundsOver, M::DailyRefundsOver))?,
    })
}

fn limit(
    connection: &Connection,
    key: Setting,
    currency: Currency,
) -> Result<Option<Money>, StoreError> {
    if setting::get(connection, key)? == NEVER {
        return Ok(None);
    }
    money_limit(connection, key, currency).map(Some)
}

fn refunds_today(
    connection: &Connection,
    wish: &Wish<'_>,
    currency: Currency,
) -> Result<Option<Money>, StoreError> {
    let zone = zone(connection)?;
    let Some(since) = zone.day_of(wish.now).and_then(|day| zone.begins(day)) else {
        return Ok(None);
    };
    let of = refund::OfDay { by: &wish.by.staff_id, since, currency, except: wish.change_id };
    refund::asked_for(connection, &of)
}

/// The time zone of the till.
///
/// # Errors
/// The setting cannot be read.
pub fn zone(connection: &Connection) -> Result<Zone, StoreError> {
    let name = setting::get(connection, Setting::TillTimeZone)?;
    Zone::named(&name).ok_or_else(|| damaged(Setting::TillTimeZone.key(), &name))
}

/// True where a role may not have this kind of change at all; then nobody of it agrees to one
/// either.
///
/// # Errors
/// The setting cannot be read.
pub fn is_denied(connection: &Connection, role: Role, kind: Kind) -> Result<bool, StoreError> {
    let Some(bound) = Bound::of(role) else { return Ok(false) };
    let word = setting::get(connection, Setting::Permission(bound, kind))?;
    Ok(Level::from_word(&word).is_none_or(|level| level == Level::Denied))
}

/// How far this person may go with each kind of change of a payment, where it is not alone: for
/// whoever is offered them, before there is an amount.
///
/// # Errors
/// The settings cannot be read.
pub fn levels(
    connection: &Connection,
    viewer: &StaffRow,
    payment: &Payment,
    now: Moment,
) -> Result<Vec<(Kind, Level)>, StoreError> {
    if !viewer.role.may(Permission::Ask) {
        return Ok(Kind::ALL.map(|kind| (kind, Level::Denied)).to_vec());
    }
    let Some(bound) = Bound::of(viewer.role) else { return Ok(Vec::new()) };
    let currency = Some(payment.facts.amount.currency());
    let limits = rules(connection, bound, Kind::Refund, currency)?;
    let made_at = payment.facts.details.made_at.or_else(|| payment.payment_id.minted_at());
    let is_old = limits.sale_older_than_days.is_some_and(|days| is_old(made_at, now, days));
    let set = setting::set_under(connection, &format!("permission.{}.", viewer.role.word()))?;
    let level = |kind: Kind| {
        let key = Setting::Permission(bound, kind).key();
        let set = set.iter().find(|(set, _)| set == key);
        let level = set.map_or(Some(Level::Allowed), |(_, word)| Level::from_word(word));
        let level = level.ok_or_else(|| damaged(key, "no level"))?;
        Ok((kind, level.max(by_limits(&limits, kind, is_old))))
    };
    Kind::ALL.into_iter().map(level).collect()
}

fn by_limits(limits: &Rules, kind: Kind, is_old: bool) -> Level {
    let needs = match kind {
        Kind::Refund => {
            is_old || limits.refund_over.is_some() || limits.daily_refunds_over.is_some()
        }
        Kind::Cancel | Kind::Void => is_old || limits.cancel,
        Kind::Adjust | Kind::Capture => is_old,
        Kind::Start | Kind::Relabel => false,
    };
    if needs { Level::Approval } else { Level::Allowed }
}

/// The refusal of what a rule denies. Nothing was stored.
pub fn denied(wish: &Wish<'_>, verdict: &Verdict) -> Option<Fault> {
    let rule = verdict.because.first().filter(|_| verdict.level == Level::Denied)?;
    let kind = wish.command.kind().word();
    let words = format!("{kind} is refused: {}. Nothing was stored.", rule.words());
    let fault = Fault::new(FaultCode::NotPermitted, words);
    Some(fault.with("role", wish.by.role.word()).with("kind", kind).with("rule", rule.code()))
}

/// The rules that ask for a second person, for whoever is shown them.
pub fn because(verdict: &Verdict) -> Vec<SayingView> {
    let asks = verdict.because.iter().filter(|_| verdict.level == Level::Approval);
    asks.map(|rule| said(*rule)).collect()
}

fn said(rule: Rule) -> SayingView {
    SayingView { code: rule.code().to_owned(), words: rule.words() }
}

/// Keeps with a change why it needs a second person.
///
/// # Errors
/// The store cannot be written.
pub fn keep(
    connection: &Connection,
    change_id: &ChangeId,
    verdict: &Verdict,
) -> Result<(), StoreError> {
    let because = because(verdict);
    let rules = if because.is_empty() {
        String::new()
    } else {
        serde_json::to_string(&because).map_err(|error| damaged("second_person", error))?
    };
    refund::note_rules(connection, change_id, &rules)
}

/// Why a change needs a second person, as it was kept.
///
/// # Errors
/// The store cannot be read.
pub fn kept(connection: &Connection, of: &Change) -> Result<Vec<SayingView>, StoreError> {
    let kept = refund::rules(connection, &of.change_id)?;
    let read =
        |text: String| serde_json::from_str(&text).map_err(|error| damaged("second_person", error));
    kept.map_or_else(|| Ok(Vec::new()), read)
}

fn damaged(key: &str, what: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged { table: "setting", what: format!("{key}: {what}") }
}
