//! X, Z and day reports, what is handed over, and who did what with whom. Sums come from the
//! store's rows in one transaction; what they are sums of is said in `counterfoil_paper::report`.

mod duty;
mod figures;

use counterfoil_core::audit::{canonical, sha256_hex};
use counterfoil_core::day::Day;
use counterfoil_core::moment::Moment;
use counterfoil_paper::report::{FORM, Report, What, Words, handover};
use counterfoil_paper::slip::Till;
use counterfoil_store::table::report::{self, Over, ZRow};
use counterfoil_store::table::{audit_entry, meta};
use counterfoil_store::{Connection, StoreError};
use serde_json::{Value, json};

use crate::call::{DayQuery, Nothing, PrintReport, ReportRef};
use crate::desk::Desk;
use crate::dispatch::Admitted;
use crate::slips::{Maker, Of, name, till_of, zone};
use crate::view::{HandoverView, PrintView, ReportView};
use crate::{Fault, FaultCode};

pub(crate) use self::figures::money;
use self::figures::{cell, open_change, open_view};

/// A local day and its two ends.
type Span = (String, Moment, Moment);

impl Desk {
    /// A reading: ends nothing.
    pub(crate) fn report_x(&self, at: &Admitted<'_>, _: &Nothing) -> Result<ReportView, Fault> {
        let maker = self.maker(at)?;
        let read = self.read(|connection| reading(connection, &maker))?;
        self.noted(&maker, "x", "", &read)?;
        self.report_view(&read, None)
    }

    /// Closes the period. What is counted, the number and the trail's entry are one transaction:
    /// either all of it is there or the period goes on.
    pub(crate) fn report_z(&self, at: &Admitted<'_>, _: &Nothing) -> Result<ReportView, Fault> {
        let maker = self.maker(at)?;
        let fact = self.fact(Some(&maker.by), "report.closed", "", json!({}));
        let row = self.store().write(move |connection| {
            let number =
                report::newest(connection)?.map_or(1, |last| last.number.saturating_add(1));
            let mut closing = reading(connection, &maker)?;
            (closing.what, closing.number) = (What::Z, Some(number));
            let body = text(&closing)?;
            let digest = sha256_hex(body.as_bytes());
            let facts = json!({ "number": number, "digest": digest, "changes": closing.count(),
                "open": closing.open.len() });
            let fact =
                counterfoil_core::audit::AuditFact { about: number.to_string(), facts, ..fact };
            let entry = audit_entry::append(connection, &fact)?.seq;
            let last_change = report::last_change(connection)?;
            let row = ZRow { number, at: maker.at, last_change, entry, body, digest };
            report::close(connection, &row)?;
            Ok(row)
        })?;
        self.runtime.keep_head_soon();
        self.report_view(&closed(&row)?, Some(row.digest))
    }

    /// A closing report exactly as it was made.
    pub(crate) fn report_show(
        &self,
        _: &Admitted<'_>,
        ask: &ReportRef,
    ) -> Result<ReportView, Fault> {
        let (report, digest) = self.as_it_was(ask.number)?;
        self.report_view(&report, Some(digest))
    }

    /// What was asked for on a local day, as it stands now.
    pub(crate) fn report_day(
        &self,
        at: &Admitted<'_>,
        ask: &DayQuery,
    ) -> Result<ReportView, Fault> {
        let maker = self.maker(at)?;
        let span = self.span(ask.date.as_deref(), maker.at)?;
        let about = span.0.clone();
        let read = self.read(|connection| of_day(connection, &maker, &span))?;
        self.noted(&maker, "day", &about, &read)?;
        self.report_view(&read, None)
    }

    /// What stands open, for whoever takes over.
    pub(crate) fn report_handover(
        &self,
        at: &Admitted<'_>,
        _: &Nothing,
    ) -> Result<HandoverView, Fault> {
        let maker = self.maker(at)?;
        let (open, paper) = self.read(|connection| {
            let open = reading(connection, &maker)?.open;
            let till = till_of(connection, &maker, None)?;
            let paper = in_words(connection, maker.at, |words| handover(&open, words, &till))?;
            let views: Result<_, StoreError> =
                open.iter().map(|one| open_view(connection, one)).collect();
            Ok((views?, paper))
        })?;
        Ok(HandoverView { open, paper: self.paper_view(&paper)? })
    }

    /// Prints a report. A Z report is printed again as it was made, as a copy.
    pub(crate) fn report_print(
        &self,
        at: &Admitted<'_>,
        ask: &PrintReport,
    ) -> Result<PrintView, Fault> {
        let maker = self.maker(at)?;
        let (job, way) = (maker.clone(), ask.way.as_str());
        match ask.what.as_str() {
            "x" => {
                self.print(&maker, Of { what: "x", about: String::new() }, way, move |c, till| {
                    on_paper(c, &reading(c, &job)?, &till)
                })
            }
            "z" => {
                let (report, _) = self.as_it_was(ask.number.unwrap_or(0))?;
                let about = report.number.unwrap_or(0).to_string();
                self.print(&maker, Of { what: "z", about }, way, move |connection, till| {
                    on_paper(connection, &report, &till)
                })
            }
            "day" => {
                let span = self.span(ask.date.as_deref(), maker.at)?;
                let of = Of { what: "day", about: span.0.clone() };
                self.print(&maker, of, way, move |connection, till| {
                    on_paper(connection, &of_day(connection, &job, &span)?, &till)
                })
            }
            "duty" => self.print_duty(&maker, way),
            "handover" => {
                let of = Of { what: "handover", about: String::new() };
                self.print(&maker, of, way, move |connection, till| {
                    let open = reading(connection, &job)?.open;
                    in_words(connection, job.at, |words| handover(&open, words, &till))
                })
            }
            _ => {
                let words = "a report is x, z, day, duty or handover";
                Err(Fault::new(FaultCode::BadInput, words).with("field", "what"))
            }
        }
    }

    /// The stored report, checked against its digest here and in the trail.
    fn as_it_was(&self, number: u32) -> Result<(Report, String), Fault> {
        let (row, told) = self.read(|connection| {
            let row = report::get(connection, i64::from(number))?;
            let told = report::digest_told(connection, row.entry)?;
            Ok((row, told))
        })?;
        let digest = sha256_hex(row.body.as_bytes());
        if digest != row.digest || told.as_deref() != Some(digest.as_str()) {
            let words = format!("the stored Z report {number} is not the one the trail tells of");
            return Err(Fault::new(FaultCode::AuditBroken, words).with("entry", row.entry));
        }
        Ok((closed(&row)?, digest))
    }

    /// That somebody read the figures is in the trail, where the store can be written.
    fn noted(&self, by: &Maker, what: &str, about: &str, of: &Report) -> Result<(), Fault> {
        if self.rescue().is_some() {
            return Ok(());
        }
        let facts = json!({ "report": what, "changes": of.count(), "to": of.to });
        let fact = self.fact(Some(&by.by), "report.made", about, facts);
        self.write_with_trail(fact, |_| Ok(()))
    }

    fn span(&self, date: Option<&str>, now: Moment) -> Result<Span, Fault> {
        let (zone, _) = self.read(zone)?;
        let day = date.map_or_else(|| zone.day_of(now), Day::parse);
        let ends = day.and_then(|day| Some((day.to_string(), zone.begins(day)?, zone.ends(day)?)));
        ends.ok_or_else(|| {
            Fault::new(FaultCode::BadInput, "a day is written like 2026-11-21")
                .with("field", "date")
        })
    }

    fn report_view(&self, of: &Report, digest: Option<String>) -> Result<ReportView, Fault> {
        let (till, people) = self.read(|connection| {
            let head = (of.entries, of.head.clone());
            let till = Till { training: of.training, head, ..Till::default() };
            Ok((till, figures::people(connection, of)?))
        })?;
        let paper = self.read(|connection| on_paper(connection, of, &till))?;
        let open: Result<_, Fault> =
            self.read(|connection| of.open.iter().map(|one| open_view(connection, one)).collect());
        figures::view(of, &people, open?, digest, self.paper_view(&paper)?)
    }
}

fn text(report: &Report) -> Result<String, StoreError> {
    serde_json::to_value(report).map(|value| canonical(&value)).map_err(damaged)
}

fn closed(row: &ZRow) -> Result<Report, StoreError> {
    let report: Report = serde_json::from_str(&row.body).map_err(damaged)?;
    if report.form == FORM { Ok(report) } else { Err(damaged("it is of another form")) }
}

fn damaged(what: impl ToString) -> StoreError {
    StoreError::Damaged { table: "z_report", what: what.to_string() }
}

/// The period so far.
fn reading(connection: &Connection, maker: &Maker) -> Result<Report, StoreError> {
    let last = report::newest(connection)?;
    let mut read = begun(connection, maker, Over::Period)?;
    read.from = last.map(|last| last.at.as_millis());
    Ok(read)
}

fn of_day(connection: &Connection, maker: &Maker, span: &Span) -> Result<Report, StoreError> {
    let (day, from, to) = span;
    let mut read = begun(connection, maker, Over::Span(*from, *to))?;
    (read.what, read.day) = (What::Day, Some(day.clone()));
    (read.from, read.to) = (Some(from.as_millis()), to.as_millis());
    Ok(read)
}

fn begun(connection: &Connection, maker: &Maker, over: Over) -> Result<Report, StoreError> {
    let (entries, head) = audit_entry::head(connection)?;
    let named = |key| Ok::<_, StoreError>(meta::get(connection, key)?.unwrap_or_default());
    Ok(Report {
        form: FORM.to_owned(),
        what: What::X,
        number: None,
        store: named(meta::STORE_NAME)?,
        till: named(meta::TILL_NAME)?,
        training: meta::get(connection, meta::TRAINING)?.is_some(),
        day: None,
        zone: zone(connection)?.1,
        from: None,
        to: maker.at.as_millis(),
        by: maker.by.to_string(),
        entries,
        head,
        cells: report::groups(connection, over)?.into_iter().map(cell).collect(),
        open: report::open(connection, over)?.into_iter().map(open_change).collect(),
    })
}

fn on_paper(
    connection: &Connection,
    of: &Report,
    till: &Till,
) -> Result<counterfoil_paper::paper::Paper, StoreError> {
    in_words(connection, Moment::from_millis(of.to), |words| of.paper(words, till))
}

/// Hands out names as of a moment and times in the till's zone.
fn in_words<T>(
    connection: &Connection,
    at: Moment,
    say: impl FnOnce(&Words<'_>) -> T,
) -> Result<T, StoreError> {
    let (zone, _) = zone(connection)?;
    let named = |id: &str| name(connection, id, at).unwrap_or_else(|_| id.to_owned());
    let time = |millis: i64| zone.text(Moment::from_millis(millis));
    Ok(say(&Words { name: &named, time: &time }))
}

/// A fact of the trail as the reports read it: anything that is none is nothing.
pub(crate) fn facts_of(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or(Value::Null)
}
