use counterfoil_api::{Fault, FaultCode};
use serde_json::json;

use crate::answer::Answer;
use crate::arguments::Listen;
use crate::output;
use crate::session::Door;
use crate::signals::asked_to_end;

/// Answers callbacks until it is asked to end. Where it listens is printed once it does, the same
/// for scripts and for people: both need the address.
pub fn carry_out(door: &Door<'_>, listen: &Listen) -> Result<Answer, Fault> {
    let session = door.sign_in()?;
    // From here on, so that no moment is left in which a signal ends the program half-way.
    let end = door.handle.spawn(asked_to_end());
    let listening = session.desk.listen_for_callbacks(&session.seat, listen.addr.as_deref())?;
    let told = output::meanwhile(&json!({ "listening": listening.address().to_string() }));
    if told {
        output::progress("Answering callbacks; ctrl-c ends it.");
        // It ends by the signal, or not at all.
        let _ = door.handle.block_on(end);
        output::progress("Answering what is under way, then it ends.");
    }
    listening.finish(door.handle);
    let untold = || Fault::new(FaultCode::Store, "where it listens could not be printed");
    told.then(Answer::said).ok_or_else(untold)
}
