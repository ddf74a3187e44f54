//! Secrets and PINs: where a provider's key is kept, and how a person's PIN is checked.
//!
//! Absent here: any way for a secret to reach a log, a screen or the database ([`Secret`] has
//! neither `Display` nor a serialised form); any trimming or normalising of a secret (Bumper's
//! published one begins with a double quote); any choice of a weaker place than the one that was
//! set up; any clock (time is handed in) and any async code. Calls here wait for the operating
//! system, so async callers use a blocking thread.
//!
//! A PIN is checked in one of two ways. With the keyring open: the whole hash, which nobody can
//! check without the till's [`Pepper`], and the person's own [`SealedKey`] opens by the same PIN.
//! With the keyring away: ten bits ([`ShortCheck`]), enough to let somebody ask and to give a
//! stolen database nothing to be sure of.
//!
//! Start at [`Vault`] for secrets, at [`PinHash`] and [`lockout`] for PINs, at [`PersonKey`] and
//! [`TillKey`] for signatures.

mod bytes32;
mod cost;
mod error;
mod file;
pub mod lockout;
mod name;
mod os;
mod pepper;
mod person_key;
mod pin;
mod pin_hash;
mod secret;
mod settings;
mod short_check;
mod till_key;
mod vault;

pub use error::VaultError;
pub use name::{SecretName, SecretNameRefused};
pub use pepper::Pepper;
pub use person_key::{KeyRandom, KeyRefused, PersonKey, SealedKey};
pub use pin::{Pin, PinRefused};
pub use pin_hash::{PinHash, PinHashRefused, PinSalt};
pub use secret::Secret;
pub use settings::{SettingsRefused, VaultSettings};
pub use short_check::ShortCheck;
pub use till_key::TillKey;
pub use vault::{Backend, Vault};
