//! Slips, and printing: what a paper says is read and numbered in the transaction that puts it
//! into the ledger of prints; the printer hears of it afterwards. Nothing here moves a change.

use counterfoil_core::account::Account;
use counterfoil_core::audit::{canonical, sha256_hex};
use counterfoil_core::change::{Change, Event, Recorded};
use counterfoil_core::command::Command;
use counterfoil_core::day::Zone;
use counterfoil_core::id::StaffId;
use counterfoil_core::moment::Moment;
use counterfoil_core::settings::{OFF, Setting};
use counterfoil_paper::paper::Paper;
use counterfoil_paper::slip::{CODE, Slip, Till};
use counterfoil_paper::{Width, bytes, fragment, plain};
use counterfoil_runtime::{PrintLimits, Printer};
use counterfoil_store::table::print::{self, Ended, NewPrint, PrintRow};
use counterfoil_store::table::{account, audit_entry, change, meta, payment, setting, staff_past};
use counterfoil_store::{Connection, StoreError};
use serde_json::json;

use crate::call::{ChangeRef, Nothing, PrintSlip};
use crate::desk::Desk;
use crate::dispatch::Admitted;
use crate::view::{PaperView, PrintList, PrintView, SlipView};
use crate::{Fault, FaultCode};

/// Most prints in one list.
const MOST_PRINTS: u32 = 1_000;

/// Who makes a paper, and when.
#[derive(Clone)]
pub struct Maker {
    pub by: StaffId,
    pub at: Moment,
}

/// Of what a paper is made.
pub struct Of {
    /// As in the ledger of prints.
    pub what: &'static str,
    pub about: String,
}

impl Desk {
    pub(crate) fn maker(&self, at: &Admitted<'_>) -> Result<Maker, Fault> {
        Ok(Maker { by: at.person()?.staff_id.clone(), at: self.runtime.now() })
    }

    /// The slip as it would be printed now, without a number.
    pub(crate) fn slip_show(&self, at: &Admitted<'_>, _: &ChangeRef) -> Result<SlipView, Fault> {
        let (maker, of) = (self.maker(at)?, at.change()?);
        let slip = self.read(|connection| {
            let till = till_of(connection, &maker, None)?;
            slip_of(connection, of, till)
        })?;
        Ok(SlipView {
            change_id: of.change_id.to_string(),
            state: of.state.word().to_owned(),
            code: format!("{CODE}{}", of.change_id),
            paper: self.paper_view(&slip.paper())?,
        })
    }

    pub(crate) fn slip_print(
        &self,
        at: &Admitted<'_>,
        ask: &PrintSlip,
    ) -> Result<PrintView, Fault> {
        let change_id = at.change()?.change_id.clone();
        let of = Of { what: "slip", about: change_id.to_string() };
        self.print(&self.maker(at)?, of, &ask.way, move |connection, till| {
            // As it stands in the transaction that numbers the paper.
            let change = change::get(connection, &change_id)?;
            Ok(slip_of(connection, &change, till)?.paper())
        })
    }

    pub(crate) fn print_list(&self, _: &Admitted<'_>, _: &Nothing) -> Result<PrintList, Fault> {
        let rows = self.read(|connection| print::newest(connection, MOST_PRINTS))?;
        let views: Result<_, Fault> = rows.iter().map(|row| self.print_view(row, None)).collect();
        Ok(PrintList { prints: views? })
    }

    /// Numbers a paper, notes it, and hands it to the printer where it is to go there.
    pub(crate) fn print<B>(
        &self,
        maker: &Maker,
        of: Of,
        way: &str,
        build: B,
    ) -> Result<PrintView, Fault>
    where
        B: FnOnce(&Connection, Till) -> Result<Paper, StoreError> + Send + 'static,
    {
        let way = self.way(way)?;
        let columns = self.columns()?;
        let (job, fact) =
            (maker.clone(), self.fact(Some(&maker.by), "paper.printing", "", json!({})));
        let to_screen = way.is_none();
        let begun = self.store().write(move |connection| {
            let place = print::next(connection, of.what, &of.about)?;
            let paper = build(connection, till_of(connection, &job, Some(place))?)?;
            let set = match bytes(&paper, columns) {
                Ok(set) => set,
                Err(why) => return Ok(Err(why)),
            };
            let json = serde_json::to_value(&paper)
                .map_err(|error| StoreError::Damaged { table: "print", what: error.to_string() })?;
            let digest = sha256_hex(canonical(&json).as_bytes());
            let way = if to_screen { "screen" } else { "printer" };
            let Maker { by, at } = &job;
            let (what, about) = (of.what, of.about.as_str());
            let new = NewPrint { what, about, way, at: *at, by, digest: &digest };
            print::begin(connection, &new, place)?;
            let (number, copy) = place;
            let facts = json!({ "number": number, "what": what, "copy": copy, "way": way,
                "digest": digest });
            let fact =
                counterfoil_core::audit::AuditFact { about: about.to_owned(), facts, ..fact };
            audit_entry::append(connection, &fact)?;
            Ok(Ok((number, paper, set)))
        })?;
        let (number, paper, set) = begun.map_err(|why| {
            let words = format!("{why}. Nothing was printed, nothing was stored.");
            Fault::new(FaultCode::Printer, words)
        })?;
        self.runtime.keep_head_soon();
        self.hand_over(number, way.as_ref(), &set)?;
        let row = self.read(|connection| print::get(connection, number))?;
        self.print_view(&row, Some(&paper))
    }

    /// None: to the screen.
    fn way(&self, way: &str) -> Result<Option<Printer>, Fault> {
        match way {
            "screen" => Ok(None),
            "printer" => {
                let place =
                    self.read(|connection| setting::get(connection, Setting::SlipPrinter))?;
                if place == OFF {
                    let words = "no slip printer is set up on this till (slip.printer). Nothing \
                                 was printed.";
                    return Err(
                        Fault::new(FaultCode::NotAllowed, words).with("setting", "slip.printer")
                    );
                }
                Ok(Some(Printer::at(&place)))
            }
            _ => {
                let words = "a paper goes to the printer or to the screen";
                Err(Fault::new(FaultCode::BadInput, words).with("field", "way"))
            }
        }
    }

    fn columns(&self) -> Result<usize, Fault> {
        let text = self.read(|connection| setting::get(connection, Setting::SlipColumns))?;
        Ok(text.parse().unwrap_or(counterfoil_paper::COLUMNS))
    }

    /// The ledger is told how it ended, whatever became of it.
    fn hand_over(&self, number: i64, way: Option<&Printer>, set: &[u8]) -> Result<(), Fault> {
        let Some(printer) = way else {
            let why = "the window prints it; what came of it is not told";
            return self.end_print(number, Ended::Unknown, Some(why.to_owned()));
        };
        let Err(failed) = printer.print(set, PrintLimits::default()) else {
            return self.end_print(number, Ended::Printed, None);
        };
        let may = failed.may_have_printed();
        let (ended, words) = if may {
            (Ended::Unknown, "A paper, or a part of one, may have come out: look at the printer.")
        } else {
            (Ended::Nothing, "Nothing was printed.")
        };
        self.end_print(number, ended, Some(failed.to_string()))?;
        let words = format!("{failed}. {words} Nothing about money has changed.");
        let mut fault = Fault::new(FaultCode::Printer, words)
            .with("may_have_printed", may)
            .with("print", number);
        fault.retry = !may;
        Err(fault)
    }

    fn end_print(&self, number: i64, ended: Ended, why: Option<String>) -> Result<(), Fault> {
        let at = self.runtime.now();
        let facts = json!({ "number": number, "outcome": ended.word(), "said": why });
        let fact = self.fact(None, "paper.ended", &number.to_string(), facts);
        self.write_with_trail(fact, move |connection| {
            print::end(connection, number, ended, why.as_deref(), at)
        })
    }

    fn print_view(&self, row: &PrintRow, paper: Option<&Paper>) -> Result<PrintView, Fault> {
        Ok(PrintView {
            number: count(row.number),
            what: row.what.clone(),
            about: row.about.clone(),
            way: row.way.clone(),
            copy: row.copy,
            at: row.at.to_rfc3339(),
            by: self.read(|connection| name(connection, row.by.as_str(), row.at))?,
            digest: row.digest.clone(),
            outcome: row.ended.word().to_owned(),
            why: row.why.clone(),
            paper: paper.map(|paper| self.paper_view(paper)).transpose()?,
        })
    }

    pub(crate) fn paper_view(&self, paper: &Paper) -> Result<PaperView, Fault> {
        Ok(PaperView {
            title: paper.title.clone(),
            plain: plain(paper, self.columns()?),
            html_80mm: fragment(paper, Width::Roll80),
            html_a4: fragment(paper, Width::A4),
        })
    }
}

/// A count of the store as the screen takes it.
pub fn count(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

/// What somebody was called then; their id where nobody is known by it.
///
/// # Errors
/// The store cannot be read.
pub fn name(connection: &Connection, id: &str, at: Moment) -> Result<String, StoreError> {
    let Ok(staff_id) = StaffId::parse(id) else { return Ok(id.to_owned()) };
    Ok(staff_past::name_at(connection, &staff_id, at)?.unwrap_or_else(|| id.to_owned()))
}

/// The till's time zone.
///
/// # Errors
/// The store cannot be read.
pub fn zone(connection: &Connection) -> Result<(Zone, String), StoreError> {
    let name = setting::get(connection, Setting::TillTimeZone)?;
    Ok((Zone::named(&name).unwrap_or(Zone::UTC), name))
}

/// Where and by whom a paper is made, and its place in the ledger of prints.
///
/// # Errors
/// The store cannot be read.
pub fn till_of(
    connection: &Connection,
    maker: &Maker,
    print: Option<(i64, u32)>,
) -> Result<Till, StoreError> {
    let (zone, named) = zone(connection)?;
    Ok(Till {
        store: meta::get(connection, meta::STORE_NAME)?.unwrap_or_default(),
        till: meta::get(connection, meta::TILL_NAME)?.unwrap_or_default(),
        training: meta::get(connection, meta::TRAINING)?.is_some(),
        printed_by: name(connection, maker.by.as_str(), maker.at)?,
        printed_at: format!("{} {named}", zone.text(maker.at)),
        head: audit_entry::head(connection)?,
        print,
    })
}

fn slip_of(connection: &Connection, of: &Change, till: Till) -> Result<Slip, StoreError> {
    let Account { name: account, provider, .. } = account::get(connection, &of.account_id)?;
    let on = of.payment_id.as_ref().map(|id| payment::get(connection, id)).transpose()?;
    let facts = on.map(|payment| payment.facts);
    let (zone, _) = zone(connection)?;
    // What the provider had right before it was sent, where that is known.
    let last = of.attempts.last().and_then(|attempt| attempt.baseline.as_ref());
    let old = last.or(of.base.as_ref()).map(|base| base.amount);
    let amount = match &of.command {
        Command::Start { total, .. } | Command::Adjust { total, .. } => Some(*total),
        Command::Refund { amount, .. } => Some(*amount),
        Command::Capture { amount, .. } => amount.or(old),
        Command::Relabel { .. } | Command::Cancel { .. } | Command::Void => None,
    };
    let invoice = facts.as_ref().and_then(|facts| facts.invoice_number.clone());
    Ok(Slip {
        till,
        change_id: of.change_id.to_string(),
        kind: of.command.kind(),
        state: of.state,
        accepted: of.accepted_ref().is_some(),
        why: of.why.clone(),
        provider: provider.name().to_owned(),
        account,
        provider_ref: facts.map(|facts| facts.provider_ref),
        invoice: invoice.or_else(|| of.command.invoice().map(str::to_owned)),
        old,
        amount,
        requested_by: name(connection, of.requested_by.as_str(), of.requested_at)?,
        requested_at: zone.text(of.requested_at),
        approved_by: approvers(connection, of)?,
        reason: of.command.reason().map(|reason| reason.as_str().to_owned()),
        changed_at: zone.text(of.changed_at),
    })
}

/// Names of those whose yes holds, each as of when it was given.
fn approvers(connection: &Connection, of: &Change) -> Result<Vec<String>, StoreError> {
    if of.approved_by.is_empty() {
        return Ok(Vec::new());
    }
    let log = change::log(connection, &of.change_id)?;
    let given = |id: &StaffId| {
        let yes = |one: &&Recorded| matches!(&one.event, Event::Approved { by, .. } if by == id);
        log.iter().rev().find(yes).map_or(of.changed_at, |one| one.at)
    };
    of.approved_by.iter().map(|id| name(connection, id.as_str(), given(id))).collect()
}
