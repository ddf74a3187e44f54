//! Approvals: where an entry holds a seal, its signature must fit the statement it holds.
//! The statement is described in `docs/approvals.md`.

use crate::head;
use crate::json::{self, Json};

/// The entries that may hold a seal.
const APPROVED: &str = "change.approved";
/// The form of the statement that is signed.
const FORM: &str = "counterfoil-approval-1";

/// True where the entry holds a seal that fits, false where it holds none.
pub fn check(body: &Json) -> Result<bool, &'static str> {
    if body.text("what") != Some(APPROVED) {
        return Ok(false);
    }
    let Some(facts) = body.get("facts") else { return Ok(false) };
    let seal = match facts.get("seal") {
        None | Some(Json::Null) => return Ok(false),
        Some(seal) => seal,
    };
    let (Some(key), Some(signature), Some(statement)) =
        (seal.text("public_key"), seal.text("signature"), facts.text("statement"))
    else {
        return Err("its approval has no key, no signature or no statement");
    };
    if !head::is_signed(key, statement.as_bytes(), signature) {
        return Err("the signature of its approval does not fit the statement");
    }
    let stated = json::read(statement).map_err(|_| "its statement is not in the canonical form")?;
    let fits = stated.text("form") == Some(FORM)
        && stated.text("change") == body.text("about")
        && stated.text("approver") == body.text("who")
        && stated.text("nonce") == seal.text("nonce");
    if fits { Ok(true) } else { Err("its statement is of another approval") }
}
