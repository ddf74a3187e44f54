use counterfoil_api::Fault;
use counterfoil_api::call::{Call, SetUp};

use crate::answer::Answer;
use crate::arguments::Init;
use crate::plain::word;
use crate::session::Door;
use crate::typed;

/// First run.
pub fn init(door: &Door<'_>, init: &Init) -> Result<Answer, Fault> {
    // Read first: without it nothing is to be made.
    let pin = typed::pin(door.global)?;
    let stored = door.make()?.call(Call::DeskSetUp(SetUp {
        store: init.store.clone(),
        till: init.till.clone(),
        owner: init.owner.clone(),
        pin,
    }))?;
    let plain = format!(
        "The store is set up.\nTill   {}\nOwner  {}\nNext: `account add` and `staff add`.",
        word(&stored["till_id"]),
        word(&stored["owner_id"]),
    );
    Ok(Answer::done(stored, plain))
}
