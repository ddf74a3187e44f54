use std::collections::BTreeMap;

use counterfoil_core::moment::Moment;
use counterfoil_core::money::{Currency, Money};
use counterfoil_paper::csv;
use counterfoil_paper::report::{By, Cell, HEADINGS, Open, Report, Sum, What, decimal, rows, sums};
use counterfoil_store::table::report::{Group, OpenChange};
use counterfoil_store::{Connection, StoreError};

use crate::slips::{count, name};
use crate::view::{MoneyView, OpenView, PaperView, ReportView, SumView, SumsView};
use crate::{Fault, FaultCode};

pub fn cell(group: Group) -> Cell {
    Cell {
        carried: group.carried,
        kind: group.kind,
        person: group.person,
        approver: group.approver,
        reason: group.reason,
        provider: group.provider,
        state: group.state,
        currency: group.currency,
        count: group.count,
        more: group.more,
        less: group.less,
    }
}

pub fn open_change(open: OpenChange) -> Open {
    Open {
        change_id: open.change_id,
        kind: open.kind,
        state: open.state,
        person: open.person,
        currency: open.currency,
        amount: open.amount,
        asked_at: open.asked_at.as_millis(),
    }
}

pub fn open_view(connection: &Connection, open: &Open) -> Result<OpenView, StoreError> {
    let asked_at = Moment::from_millis(open.asked_at);
    Ok(OpenView {
        change_id: open.change_id.clone(),
        kind: open.kind.clone(),
        state: open.state.clone(),
        requested_by: name(connection, &open.person, asked_at)?,
        created_at: asked_at.to_rfc3339(),
        amount: money(open.amount, open.currency.as_deref()),
    })
}

/// Names of everybody in a report, as of when it was made.
pub fn people(
    connection: &Connection,
    of: &Report,
) -> Result<BTreeMap<String, String>, StoreError> {
    let at = Moment::from_millis(of.to);
    let cells = of.cells.iter();
    let mut ids: Vec<&str> = cells
        .flat_map(|cell| [Some(cell.person.as_str()), cell.approver.as_deref()])
        .flatten()
        .collect();
    ids.push(&of.by);
    ids.into_iter().map(|id| Ok((id.to_owned(), name(connection, id, at)?))).collect()
}

/// A sum may be larger than any amount; its currency is one the till took before.
pub fn money(minor: i64, currency: Option<&str>) -> Option<MoneyView> {
    let code = currency?;
    let exact = Currency::parse(code).ok().and_then(|of| Money::from_minor(minor, of).ok());
    Some(exact.map_or_else(
        || MoneyView {
            minor: minor.to_string(),
            currency: code.to_owned(),
            text: decimal(minor, currency),
        },
        MoneyView::from,
    ))
}

pub fn view(
    of: &Report,
    people: &BTreeMap<String, String>,
    open: Vec<OpenView>,
    digest: Option<String>,
    paper: PaperView,
) -> Result<ReportView, Fault> {
    let named = |id: &str| people.get(id).cloned().unwrap_or_else(|| id.to_owned());
    let csv = csv::table(&HEADINGS, &rows(of, &named)).map_err(|error| {
        Fault::new(FaultCode::Store, format!("the table cannot be written: {error}"))
    })?;
    let rfc3339 = |millis: i64| Moment::from_millis(millis).to_rfc3339();
    let carried = of.cells.iter().filter(|cell| cell.carried);
    Ok(ReportView {
        what: match of.what {
            What::X => "x",
            What::Z => "z",
            What::Day => "day",
        }
        .to_owned(),
        number: of.number.map(count),
        store: of.store.clone(),
        till: of.till.clone(),
        training: of.training,
        date: of.day.clone(),
        time_zone: of.zone.clone(),
        from: of.from.map(rfc3339),
        to: rfc3339(of.to),
        made_by: named(&of.by),
        changes: count(of.count()),
        sums: all(&of.cells.iter().collect::<Vec<_>>(), &named),
        carried: all(&carried.collect::<Vec<_>>(), &named),
        refunds: all(&of.refunds().collect::<Vec<_>>(), &named),
        open,
        entries: count(of.entries),
        head: of.head.clone(),
        digest,
        paper,
        csv,
    })
}

fn all(cells: &[&Cell], named: &dyn Fn(&str) -> String) -> SumsView {
    let by =
        |by: By| sums(cells.iter().copied(), by).iter().map(|sum| one(sum, by, named)).collect();
    SumsView {
        standing: by(By::Standing),
        kind: by(By::Kind),
        person: by(By::Person),
        approver: by(By::Approver),
        reason: by(By::Reason),
        provider: by(By::Provider),
        state: by(By::State),
        currency: by(By::Currency),
    }
}

fn one(sum: &Sum, by: By, named: &dyn Fn(&str) -> String) -> SumView {
    let currency = sum.currency.as_deref();
    let name = if by.names_people() { named(&sum.name) } else { sum.name.clone() };
    SumView {
        name: (!sum.name.is_empty()).then_some(name),
        count: count(sum.count),
        sum: money(sum.more.saturating_sub(sum.less), currency),
        more: money(sum.more, currency),
        less: money(sum.less, currency),
    }
}
