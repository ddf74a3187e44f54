//! Secrets and PINs: where a provider's key is kept, and how a person's PIN is checked.
//!
//! Absent here: any way for a secret to reach a log, a screen or the database ([`Secret`] has
//! neither `Display` nor a serialised form); any trimming or normalising of a secret (Bumper's
//! published one begins with a double quote); any choice of a weaker place than the one that was
//! set up; any clock (time is handed in) and any async code. Calls here wait for the operating
//! system, so async callers use a blocking thread.
//!
//! Start at [`Vault`] for secrets, at [`PinHash`] and [`lockout`] for PINs.

mod error;
mod file;
pub mod lockout;
mod name;
mod os;
mod pin;
mod pin_hash;
mod secret;
mod settings;
mod vault;

pub use error::VaultError;
pub use name::{SecretName, SecretNameRefused};
pub use pin::{Pin, PinRefused};
pub use pin_hash::{PinHash, PinHashRefused, PinSalt};
pub use secret::Secret;
pub use settings::{SettingsRefused, VaultSettings};
pub use vault::{Backend, Vault};
