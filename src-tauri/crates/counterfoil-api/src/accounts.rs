//! Accounts at providers. Secrets go to the vault exactly as given and never come back.

use std::collections::BTreeMap;

use counterfoil_connectors::{AccountRefused, ProbeEnd, Secrets};
use counterfoil_core::account::{Account, Provider};
use counterfoil_core::answer::ReadEnd;
use counterfoil_core::engine::Input;
use counterfoil_core::id::AccountId;
use counterfoil_runtime::{read_secrets, secret_name};
use counterfoil_store::table::{account, meta, payment};
use counterfoil_vault::{Secret, SecretName};
use serde_json::json;

use crate::call::{AccountRef, NewAccount, NewSecrets, Nothing};
use crate::desk::Desk;
use crate::dispatch::Admitted;
use crate::input::{no_card_number, parse_currency, text};
use crate::payments::{credentials, keyring, unclear, unreachable};
use crate::view::{AccountAdded, AccountTest, AccountView, AddressView, ProviderView};
use crate::{Fault, FaultCode};

impl Desk {
    pub(crate) fn provider_list(
        &self,
        _: &Admitted<'_>,
        _: &Nothing,
    ) -> Result<Vec<ProviderView>, Fault> {
        Ok(Provider::ALL.into_iter().map(provider_view).collect())
    }

    pub(crate) fn account_list(
        &self,
        _: &Admitted<'_>,
        _: &Nothing,
    ) -> Result<Vec<AccountView>, Fault> {
        let accounts = self.read(account::all)?;
        Ok(accounts.into_iter().map(view).collect())
    }

    pub(crate) fn account_add(
        &self,
        at: &Admitted<'_>,
        ask: &NewAccount,
    ) -> Result<AccountAdded, Fault> {
        let owner = at.person()?;
        let account = self.new_account(ask)?;
        check_secrets(&account, &ask.secrets)?;
        if self.read(|connection| account::find(connection, &account.name))?.is_some() {
            let words = "there is an account of that name already";
            return Err(Fault::new(FaultCode::Exists, words).with("field", "name"));
        }
        self.refuse_twin(&account, &ask.secrets)?;
        // The vault is proved first: an account whose secrets were not kept could never send.
        self.runtime.vault().probe().map_err(|error| keyring(error.to_string()))?;
        let secrets = self.keep_secrets(&account, &ask.secrets)?;
        let facts = json!({
            "name": account.name, "provider": account.provider, "base_url": account.base_url,
            "currency": account.currency, "options": account.options, "secrets": secrets,
        });
        let id = account.account_id.clone();
        let fact = self.fact(Some(&owner.staff_id), "account.added", id.as_str(), facts);
        let now = self.runtime.now();
        self.write_with_trail(fact, move |connection| account::insert(connection, &account, now))?;
        Ok(AccountAdded { account_id: id.to_string(), secrets })
    }

    /// Replaces an account's secrets, as after a rotation at the provider, and lets it send
    /// again. What waits is signed with the new ones.
    pub(crate) fn account_rotate(
        &self,
        at: &Admitted<'_>,
        ask: &NewSecrets,
    ) -> Result<AccountAdded, Fault> {
        let owner = at.person()?;
        let account = self.find_account(&ask.account)?;
        check_secrets(&account, &ask.secrets)?;
        let secrets = self.keep_secrets(&account, &ask.secrets)?;
        let id = account.account_id;
        let facts = json!({ "secrets": secrets });
        let fact = self.fact(Some(&owner.staff_id), "account.rotated", id.as_str(), facts);
        self.let_send_again(&id, fact)?;
        Ok(AccountAdded { account_id: id.to_string(), secrets })
    }

    /// Tries the credentials with a read: of the newest known payment, else of the products.
    pub(crate) fn account_test(
        &self,
        at: &Admitted<'_>,
        ask: &AccountRef,
    ) -> Result<AccountTest, Fault> {
        let owner = at.person()?;
        let account = self.find_account(&ask.account)?;
        self.prove_credentials(&account)?;
        if account.paused.is_some() {
            let id = &account.account_id;
            let fact = self.fact(Some(&owner.staff_id), "account.resumed", id.as_str(), json!({}));
            self.let_send_again(id, fact)?;
        }
        Ok(AccountTest { ok: true })
    }

    pub(crate) fn account_remove(
        &self,
        at: &Admitted<'_>,
        ask: &AccountRef,
    ) -> Result<Nothing, Fault> {
        let owner = at.person()?;
        let account = self.find_account(&ask.account)?;
        let id = account.account_id.clone();
        let facts = json!({ "name": account.name });
        let fact = self.fact(Some(&owner.staff_id), "account.removed", id.as_str(), facts);
        self.write_with_trail(fact, move |connection| account::remove(connection, &id)).map_err(
            |fault| match fault.code {
                FaultCode::Exists => Fault::new(
                    FaultCode::NotAllowed,
                    "payments of this account are on record: it stays, so that the trail can be \
                     read. Nothing was changed.",
                ),
                _ => fault,
            },
        )?;
        let names = counterfoil_connectors::of(account.provider).secret_names();
        for field in names.needed.iter().chain(names.further) {
            let name = self.secret_name(&account.account_id, field)?;
            let removed = self.runtime.vault().remove(&name);
            removed.map_err(|error| keyring(error.to_string()))?;
        }
        Ok(Nothing {})
    }

    /// Two accounts of one currency with one set of credentials would each keep their own count
    /// of what was refunded, and so return money twice.
    fn refuse_twin(
        &self,
        account: &Account,
        given: &BTreeMap<String, String>,
    ) -> Result<(), Fault> {
        let till = self.read(meta::till_id)?;
        let till = till.ok_or_else(|| Fault::new(FaultCode::FirstRun, "set up the store first"))?;
        let others = self.read(account::all)?.into_iter().filter(|other| {
            let same = |a: &Account| (a.provider, a.base_url.clone(), a.currency);
            same(other) == same(account)
        });
        for other in others {
            let Ok(kept) = read_secrets(self.runtime.vault(), &till, &other) else { continue };
            if given.iter().all(|(field, text)| kept.get(field) == Some(text)) {
                let words = format!(
                    "{} has these very credentials already: two accounts for one would each count \
                     refunds on their own. Nothing was stored",
                    other.name
                );
                return Err(Fault::new(FaultCode::Exists, words).with("account", other.name));
            }
        }
        Ok(())
    }

    fn new_account(&self, ask: &NewAccount) -> Result<Account, Fault> {
        let field = |field: &str, words: String| {
            Fault::new(FaultCode::BadInput, format!("{field}: {words}")).with("field", field)
        };
        text("name", Some(&ask.name))?;
        if ask.name.contains('/') {
            return Err(field("name", "a name has no slash".to_owned()));
        }
        no_card_number("base_url", &ask.base_url)?;
        for (key, value) in &ask.options {
            no_card_number("options", key)?;
            no_card_number("options", value)?;
        }
        let provider = Provider::from_word(&ask.provider).ok_or_else(|| {
            let known: Vec<_> = Provider::ALL.iter().map(|provider| provider.word()).collect();
            field("provider", format!("this version knows: {}", known.join(", ")))
        })?;
        let (now, random) = self.runtime.id_parts();
        let usual = counterfoil_connectors::of(provider).account_form().usual;
        let account = Account {
            account_id: AccountId::mint(now, random),
            name: ask.name.clone(),
            provider,
            base_url: ask.base_url.trim_end_matches('/').to_owned(),
            currency: parse_currency(ask.currency.as_deref().unwrap_or(usual))?,
            options: ask.options.clone(),
            paused: None,
        };
        counterfoil_connectors::check_account(&account).map_err(|why| refused(&why))?;
        Ok(account)
    }

    /// Keeps the secrets and answers their lengths and fingerprints.
    fn keep_secrets(
        &self,
        account: &Account,
        given: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, Fault> {
        let mut described = BTreeMap::new();
        for (field, text) in given {
            let secret = Secret::from_text(text.clone());
            let name = self.secret_name(&account.account_id, field)?;
            let kept = self.runtime.vault().set(&name, &secret);
            kept.map_err(|error| keyring(error.to_string()))?;
            described.insert(field.clone(), secret.describe());
        }
        Ok(described)
    }

    fn secret_name(&self, account: &AccountId, field: &str) -> Result<SecretName, Fault> {
        let till = self.read(meta::till_id)?;
        let till = till.ok_or_else(|| Fault::new(FaultCode::FirstRun, "set up the store first"))?;
        secret_name(&till, account, field).map_err(keyring)
    }

    fn let_send_again(
        &self,
        id: &AccountId,
        fact: counterfoil_core::audit::AuditFact,
    ) -> Result<(), Fault> {
        let id = id.clone();
        let paused = id.clone();
        self.write_with_trail(fact, move |connection| {
            account::set_paused(connection, &paused, None)
        })?;
        self.runtime.hand_in(Input::Unpaused(id));
        self.runtime.look();
        Ok(())
    }

    fn prove_credentials(&self, account: &Account) -> Result<(), Fault> {
        let newest = self.read(|connection| payment::newest_of(connection, &account.account_id))?;
        let handle = self.runtime.handle();
        if let Some(known) = newest {
            let read = self.runtime.read_payment(account, &known.facts.provider_ref);
            return match handle.block_on(read).map_err(keyring)? {
                ReadEnd::Facts(_) => Ok(()),
                ReadEnd::NoSuchPayment { message } | ReadEnd::CredentialsRefused { message } => {
                    Err(credentials(account, &message))
                }
                ReadEnd::Unreachable { why } => Err(unreachable(account, &why)),
                ReadEnd::Unclear { why, .. } => Err(unclear(account, &why)),
            };
        }
        match handle.block_on(self.runtime.probe(account)).map_err(keyring)? {
            ProbeEnd::Ok => Ok(()),
            ProbeEnd::CredentialsRefused { message } => Err(credentials(account, &message)),
            ProbeEnd::Unreachable { why } => Err(unreachable(account, &why)),
            ProbeEnd::Unclear { why, .. } => Err(unclear(account, &why)),
        }
    }
}

fn check_secrets(account: &Account, given: &BTreeMap<String, String>) -> Result<(), Fault> {
    let secrets = Secrets::from_pairs(given.clone());
    counterfoil_connectors::check_secrets(account.provider, &secrets).map_err(|why| refused(&why))
}

fn refused(why: &AccountRefused) -> Fault {
    let field = match why {
        AccountRefused::BaseUrl { .. } => "base_url".to_owned(),
        AccountRefused::OptionUnknown { name } => name.clone(),
        AccountRefused::OptionBad { name, .. } | AccountRefused::SecretMissing { name } => {
            (*name).to_owned()
        }
        AccountRefused::Currency { .. } => "currency".to_owned(),
        AccountRefused::SecretUnknown { .. } => "secrets".to_owned(),
    };
    Fault::new(FaultCode::BadInput, why.to_string()).with("field", field)
}

fn provider_view(provider: Provider) -> ProviderView {
    let connector = counterfoil_connectors::of(provider);
    let (names, form) = (connector.secret_names(), connector.account_form());
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let address = |(label, url): &(&str, &str)| AddressView {
        label: (*label).to_owned(),
        url: (*url).to_owned(),
    };
    ProviderView {
        provider: provider.word().to_owned(),
        name: provider.name().to_owned(),
        secrets: owned(names.needed),
        further_secrets: owned(names.further),
        options: owned(connector.options()),
        addresses: form.addresses.iter().map(address).collect(),
        currencies: owned(form.currencies),
        starts: form.starts,
    }
}

fn view(account: Account) -> AccountView {
    AccountView {
        account_id: account.account_id.to_string(),
        name: account.name,
        provider: account.provider.word().to_owned(),
        base_url: account.base_url,
        currency: account.currency.code().to_owned(),
        options: account.options,
        paused: account.paused,
    }
}
