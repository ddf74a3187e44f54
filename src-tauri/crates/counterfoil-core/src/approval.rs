//! Dual control: when a second person is needed, what exactly they agree to, and whether what they
//! gave still holds.

mod remote;
mod rules;
mod seal;
mod statement;
#[cfg(test)]
mod tests;

pub use remote::{Answer, BadText, Challenge, KeyCard, fingerprint, short_code};
pub use rules::{Facts, Level, Rule, Rules, Verdict, is_old, judge};
pub use seal::{Known, Seal, Standing, Void, is_public_key, is_signed};
pub use statement::{
    Operation, Place, STATEMENT_FORM, Terms, operation_digest, statement, texts_digest,
};
