//! One file for each group of commands: arguments in, one answer out.

mod account;
mod approval;
mod audit;
mod change;
mod doctor;
mod line;
mod listen;
mod notices;
mod payment;
mod privacy;
mod reconcile;
mod report;
mod set_up;
mod settings;
mod slip;
mod staff;
mod sync;

use counterfoil_api::Fault;
use tokio::runtime::Handle;

use crate::answer::Answer;
use crate::arguments::{Arguments, Command};
use crate::session::Door;

/// Carries out one command. Blocks: not for an async thread.
pub fn carry_out(arguments: &Arguments, handle: &Handle) -> Result<Answer, Fault> {
    let door = Door { global: &arguments.global, handle };
    match &arguments.command {
        Command::Init(init) => set_up::init(&door, init),
        Command::Staff(staff) => staff::carry_out(&door, staff),
        Command::Account(account) => account::carry_out(&door, account),
        Command::Settings(settings) => settings::carry_out(&door, settings),
        Command::Payment(payment) => payment::carry_out(&door, payment),
        Command::Approval(approval) => approval::carry_out(&door, approval),
        Command::Change(change) => change::carry_out(&door, change),
        Command::Notices(notices) => notices::carry_out(&door, notices),
        Command::Line(line) => line::carry_out(&door, *line),
        Command::Listen(listen) => listen::carry_out(&door, listen),
        Command::Reconcile(reconcile) => reconcile::carry_out(&door, reconcile),
        Command::Report(report) => report::carry_out(&door, report),
        Command::Slip(slip) => slip::carry_out(&door, slip),
        Command::Sync(sync) => sync::carry_out(&door, sync),
        Command::Audit(audit) => audit::carry_out(&door, audit),
        Command::Privacy(privacy) => privacy::carry_out(&door, privacy),
        Command::Doctor => doctor::look(&door),
    }
}
