use counterfoil_core::clock::rfc3339;
use counterfoil_core::day::Day;
use counterfoil_core::id::{ChangeId, PaymentId};
use counterfoil_core::moment::Moment;
use counterfoil_paper::csv;
use counterfoil_paper::duty::{
    Duty, Entry, FINDING_HEADINGS, Finding, Ground, PAIR_HEADINGS, Pair, Watch, finding_rows,
    pair_rows,
};
use counterfoil_store::table::{audit_entry, change, payment};
use counterfoil_store::{Connection, StoreError};
use serde_json::json;

use crate::call::DutyQuery;
use crate::desk::Desk;
use crate::dispatch::Admitted;
use crate::slips::{Maker, Of, count, name, till_of, zone};
use crate::view::{DutyFindingView, DutyPairView, DutyView, PrintView};
use crate::{Fault, FaultCode};

use super::{facts_of, in_words, money};

/// From the first moment on and before the second.
type Span = (Moment, Moment);

impl Desk {
    /// What an auditor looks at, from the whole trail.
    pub(crate) fn report_duty(
        &self,
        at: &Admitted<'_>,
        ask: &DutyQuery,
    ) -> Result<DutyView, Fault> {
        let maker = self.maker(at)?;
        let span = self.duty_span(ask)?;
        let duty = self.read(|connection| watched(connection, span))?;
        let (paper, findings, pairs) = self.read(|connection| {
            let till = till_of(connection, &maker, None)?;
            let set = |words: &counterfoil_paper::report::Words<'_>| {
                (duty.paper(words, &till), finding_rows(&duty, words), pair_rows(&duty, words))
            };
            in_words(connection, maker.at, set)
        })?;
        self.noted_duty(&maker, &duty)?;
        let table = |headings: &[&str], rows: &[Vec<String>]| {
            csv::table(headings, rows).map_err(|error| {
                Fault::new(FaultCode::Store, format!("the table cannot be written: {error}"))
            })
        };
        Ok(DutyView {
            from: ask.from.clone(),
            to: ask.to.clone(),
            findings: self.read(|connection| {
                duty.findings.iter().map(|one| finding_view(connection, one)).collect()
            })?,
            pairs: self.read(|connection| {
                duty.pairs.iter().map(|one| pair_view(connection, one, maker.at)).collect()
            })?,
            entries: count(duty.entries),
            paper: self.paper_view(&paper)?,
            csv: table(&FINDING_HEADINGS, &findings)?,
            pairs_csv: table(&PAIR_HEADINGS, &pairs)?,
        })
    }

    pub(super) fn print_duty(&self, maker: &Maker, way: &str) -> Result<PrintView, Fault> {
        let (job, span) = (maker.clone(), self.duty_span(&DutyQuery::default())?);
        let of = Of { what: "duty", about: String::new() };
        // Read before: the whole trail does not fit into a transaction that others wait for.
        let duty = self.read(|connection| watched(connection, span))?;
        self.print(maker, of, way, move |connection, till| {
            in_words(connection, job.at, |words| duty.paper(words, &till))
        })
    }

    fn noted_duty(&self, maker: &Maker, duty: &Duty) -> Result<(), Fault> {
        if self.rescue().is_some() {
            return Ok(());
        }
        let facts = json!({ "report": "duty", "findings": duty.findings.len() });
        let fact = self.fact(Some(&maker.by), "report.made", "", facts);
        self.write_with_trail(fact, |_| Ok(()))
    }

    fn duty_span(&self, ask: &DutyQuery) -> Result<Span, Fault> {
        let (zone, _) = self.read(zone)?;
        let bad = || {
            let words = "a day is written like 2026-11-21";
            Fault::new(FaultCode::BadInput, words).with("field", "date")
        };
        let day =
            |text: &Option<String>| text.as_deref().map(|text| Day::parse(text).ok_or_else(bad));
        let from = match day(&ask.from).transpose()? {
            Some(day) => zone.begins(day).ok_or_else(bad)?,
            None => Moment::from_millis(i64::MIN),
        };
        let to = match day(&ask.to).transpose()? {
            Some(day) => zone.ends(day).ok_or_else(bad)?,
            None => Moment::from_millis(i64::MAX),
        };
        Ok((from, to))
    }
}

fn watched(connection: &Connection, (from, to): Span) -> Result<Duty, StoreError> {
    let (zone, _) = zone(connection)?;
    // What cannot be read here is found where it is looked at; the trail is read on.
    let payment_of = |id: &str| {
        let of = change::get(connection, &ChangeId::parse(id).ok()?).ok()?;
        of.payment_id.map(|id| id.to_string())
    };
    let customer_of = |id: &str| {
        let of = payment::get(connection, &PaymentId::parse(id).ok()?).ok()?;
        of.customer.filter(|name| !name.is_empty())
    };
    let day = |at: Moment| zone.day_of(at).map(|day| day.to_string()).unwrap_or_default();
    let ground = Ground { day: &day, payment_of: &payment_of, customer_of: &customer_of };
    let mut watch = Watch::new(from, to, ground);
    audit_entry::for_each(connection, |entry| {
        let body = facts_of(&entry.body);
        let text = |key: &str| body[key].as_str().unwrap_or_default();
        watch.take(&Entry {
            seq: entry.seq,
            at: rfc3339(text("at")).unwrap_or_default(),
            who: text("who"),
            what: text("what"),
            about: text("about"),
            facts: &body["facts"],
        });
        Ok(())
    })?;
    Ok(watch.finish())
}

fn finding_view(connection: &Connection, of: &Finding) -> Result<DutyFindingView, StoreError> {
    let people: Result<_, StoreError> =
        of.people.iter().map(|id| name(connection, id, of.at)).collect();
    Ok(DutyFindingView {
        pattern: of.pattern.word().to_owned(),
        entry: count(of.entry),
        at: of.at.to_rfc3339(),
        people: people?,
        about: of.about.clone(),
        amount: of.amount.map(Into::into),
        words: of.words.clone(),
    })
}

fn pair_view(connection: &Connection, of: &Pair, at: Moment) -> Result<DutyPairView, StoreError> {
    Ok(DutyPairView {
        requester: name(connection, &of.requester, at)?,
        approver: name(connection, &of.approver, at)?,
        count: count(of.count),
        sum: money(of.sum, of.currency.as_deref()),
    })
}
