use counterfoil_api::Fault;
use counterfoil_api::call::{AccountRef, Call, NewSecrets, Nothing};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::arguments::{Account, NewAccount, by_key};
use crate::plain::{Table, rows, word};
use crate::session::Door;
use crate::typed;

pub fn carry_out(door: &Door<'_>, account: &Account) -> Result<Answer, Fault> {
    match account {
        Account::Add(new) => add(door, new),
        Account::List => list(door),
        Account::Test { account } => test(door, account),
        Account::Rotate { account } => rotate(door, account),
        Account::Remove { account } => remove(door, account),
    }
}

fn add(door: &Door<'_>, new: &NewAccount) -> Result<Answer, Fault> {
    let session = door.sign_in()?;
    let added = session.call(Call::AccountAdd(counterfoil_api::call::NewAccount {
        name: new.name.clone(),
        provider: new.provider.clone(),
        base_url: new.base_url.clone(),
        currency: new.currency.clone(),
        options: by_key(&new.options),
        secrets: typed::secrets()?,
    }))?;
    let first = format!("{} is added: {}", new.name, word(&added["account_id"]));
    Ok(Answer::done(added.clone(), kept(first, &added)))
}

fn rotate(door: &Door<'_>, account: &str) -> Result<Answer, Fault> {
    let session = door.sign_in()?;
    let secrets = typed::secrets()?;
    let rotated =
        session.call(Call::AccountRotate(NewSecrets { account: account.to_owned(), secrets }))?;
    let first = format!("{account} has new secrets and sends again.");
    Ok(Answer::done(rotated.clone(), kept(first, &rotated)))
}

fn list(door: &Door<'_>) -> Result<Answer, Fault> {
    let accounts = door.sign_in()?.call(Call::AccountList(Nothing {}))?;
    let mut table = Table::new(&["NAME", "PROVIDER", "CURRENCY", "ADDRESS", "PAUSED BECAUSE"]);
    for account in rows(&accounts) {
        table.row([
            word(&account["name"]),
            word(&account["provider"]),
            word(&account["currency"]),
            word(&account["base_url"]),
            word(&account["paused"]),
        ]);
    }
    Ok(Answer::done(json!({ "accounts": accounts }), table.to_string()))
}

fn test(door: &Door<'_>, account: &str) -> Result<Answer, Fault> {
    let asked = AccountRef { account: account.to_owned() };
    let tested = door.sign_in()?.call(Call::AccountTested(asked))?;
    Ok(Answer::done(tested, format!("{account} is accepted by the provider.")))
}

fn remove(door: &Door<'_>, account: &str) -> Result<Answer, Fault> {
    let asked = AccountRef { account: account.to_owned() };
    door.sign_in()?.call(Call::AccountRemove(asked))?;
    Ok(Answer::done(json!({ "ok": true }), format!("{account} and its secrets are removed.")))
}

/// Length and fingerprint of what was kept: what shows that nothing was cut off.
fn kept(mut lines: String, answer: &Value) -> String {
    for (name, description) in answer["secrets"].as_object().into_iter().flatten() {
        lines.push_str(&format!("\n{name}: {}", word(description)));
    }
    lines
}
