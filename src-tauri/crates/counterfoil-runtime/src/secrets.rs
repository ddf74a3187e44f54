use counterfoil_connectors::Secrets;
use counterfoil_core::account::Account;
use counterfoil_core::id::{AccountId, TillId};
use counterfoil_vault::{SecretName, Vault};

/// The name of one secret of an account in the vault.
///
/// # Errors
/// The parts make no name; ids always do.
pub fn secret_name(till: &TillId, account: &AccountId, field: &str) -> Result<SecretName, String> {
    SecretName::new(till.as_str(), account.as_str(), field).map_err(|error| error.to_string())
}

/// All secrets of an account. Blocks: the keyring is never asked on an async thread.
///
/// # Errors
/// Says in words why they cannot be read and what to do.
pub fn read(vault: &Vault, till: &TillId, account: &Account) -> Result<Secrets, String> {
    let names = counterfoil_connectors::of(account.provider).secret_names();
    let kept = |field: &&'static str| -> Result<Option<(String, String)>, String> {
        let name = secret_name(till, &account.account_id, field)?;
        let secret = vault.get(&name).map_err(|error| error.to_string())?;
        Ok(secret.map(|secret| ((*field).to_owned(), secret.expose().to_owned())))
    };
    let mut pairs = Vec::new();
    for field in names.needed {
        let pair = kept(field)?.ok_or_else(|| {
            format!("the keyring holds no {field} for {}; add the secrets again", account.name)
        })?;
        pairs.push(pair);
    }
    for field in names.further {
        pairs.extend(kept(field)?);
    }
    Ok(Secrets::from_pairs(pairs))
}
