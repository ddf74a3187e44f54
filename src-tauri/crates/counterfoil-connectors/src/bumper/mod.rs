//! Bumper PayInStore. The facts are those of the reference page `bumper.md`; "section" and
//! `A-BUM-…` in these files mean its sections and its named assumptions.
//!
//! What to know before reading: every change carries a signature that never runs out (section
//! 3); a refund leaves no trace that could be read back (section 2.4); a raised total on a
//! payment the customer has signed only happens once the customer acts (section 7).

pub mod callback;
pub mod capability;
pub mod decode;
pub mod encode;
mod ordered;
pub mod sign;
pub mod status;
pub mod wire;
pub mod words;

/// Credentials of a Bumper account (section 1). The secret belongs to this api_key (A-BUM-13).
pub const SECRET_NAMES: &[&str] = &[API_KEY, SECRET];

/// A Bumper account takes no settings.
pub const OPTIONS: &[&str] = &[];

/// Field name of the location's key, here and on the wire.
pub(crate) const API_KEY: &str = "api_key";

/// Field name of the signing secret; it never travels.
pub(crate) const SECRET: &str = "secret";
