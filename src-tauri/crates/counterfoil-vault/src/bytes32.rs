//! Thirty-two bytes in a vault that keeps texts: as 64 lower-case hex digits.

use zeroize::Zeroizing;

use crate::error::VaultError;
use crate::name::SecretName;
use crate::secret::Secret;
use crate::vault::Vault;

/// The owner part of the names of what belongs to the till itself; no account has this id.
const OWNER: &str = "till";

/// The name of one of the till's own secrets.
pub fn name(till: &str, field: &str) -> Result<SecretName, VaultError> {
    SecretName::new(till, OWNER, field).map_err(|refused| VaultError::broken(refused.to_string()))
}

/// What the vault holds under the name, `None` for nothing.
pub fn read(vault: &Vault, name: &SecretName) -> Result<Option<Zeroizing<[u8; 32]>>, VaultError> {
    let Some(secret) = vault.get(name)? else { return Ok(None) };
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(secret.expose(), &mut *bytes)
        .map_err(|_| VaultError::broken(format!("what it holds as {name} is not what was kept")))?;
    Ok(Some(bytes))
}

/// Keeps it and reads it back.
pub fn keep(vault: &Vault, name: &SecretName, bytes: &[u8; 32]) -> Result<(), VaultError> {
    let secret = Secret::from_text(hex::encode(bytes));
    vault.set(name, &secret)?;
    match vault.get(name)? {
        Some(kept) if kept.expose() == secret.expose() => Ok(()),
        Some(_) | None => Err(VaultError::broken("it does not give back what it was given")),
    }
}
