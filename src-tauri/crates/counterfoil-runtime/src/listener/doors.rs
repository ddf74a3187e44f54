//! Which door a call is at, whether its caller is proved, and what is said.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use counterfoil_connectors::norce::inbound::{self, Asked, Reply};
use counterfoil_connectors::{Callback, Secrets, Target};
use counterfoil_core::account::{Account, Provider};
use counterfoil_core::id::{AccountId, TillId};
use counterfoil_core::moment::Moment;
use counterfoil_store::StoreError;
use counterfoil_store::table::{account, meta};
use tokio::sync::Notify;

use super::{Decision, Heard, Proposals, failed, nothing_here};
use crate::hints;
use crate::runtime::Runtime;
use crate::secrets;

/// How a webhook's path begins; the account's name or id follows.
const WEBHOOK: &str = "/callback/";
/// What marks the path of an order's callback (norce.md section 3).
const ORDERS: &str = "/api/checkout/";

/// How long secrets are kept in here, milliseconds: a keyring asked at every call would let anybody
/// keep it busy, and is slower than the 200 ms an order may wait.
const SECRETS_KEPT_MS: i64 = 30_000;

/// What stands behind the listener.
pub struct Doors {
    runtime: Runtime,
    proposals: Arc<dyn Proposals>,
    heard: Arc<Notify>,
    secrets: Mutex<HashMap<AccountId, Kept>>,
}

#[derive(Clone)]
struct Kept {
    until: Moment,
    /// None where they cannot be read.
    secrets: Option<Arc<Secrets>>,
}

/// What a path asks for.
#[derive(Debug, PartialEq, Eq)]
enum Door<'a> {
    /// A webhook of this account.
    Webhook(String),
    /// An order's callback; for this account, where the path names one.
    Order { account: Option<String>, path: &'a str },
}

impl Doors {
    pub fn new(runtime: Runtime, proposals: Arc<dyn Proposals>, heard: Arc<Notify>) -> Self {
        Self { runtime, proposals, heard, secrets: Mutex::default() }
    }

    /// Reads the secrets of all accounts before anybody calls, so that the first call is answered
    /// as quickly as the others. Blocks.
    pub fn warm(&self) {
        // What cannot be read now is read, and told, when somebody calls.
        if let Ok((accounts, Some(till))) = self.accounts() {
            for account in accounts {
                self.secrets_of(&till, &account);
            }
        }
    }

    /// Answers a call. Blocks.
    pub fn answer(&self, heard: &Heard) -> Reply {
        let answered = match door(&heard.method, &heard.path) {
            None => Ok(None),
            Some(Door::Webhook(name)) => self.webhook(&name, heard),
            Some(Door::Order { account, path }) => self.order(account.as_deref(), path, heard),
        };
        match answered {
            Ok(reply) => reply.unwrap_or_else(nothing_here),
            Err(error) => {
                tracing::error!(%error, "a callback cannot be answered");
                failed()
            }
        }
    }

    /// A hint, kept once and durable before it is answered. The payment is read after that.
    fn webhook(&self, name: &str, heard: &Heard) -> Result<Option<Reply>, StoreError> {
        let Some(body) = &heard.body else { return Ok(None) };
        let accounts = self.accounts()?;
        let named = |account: &Account| account.name == name || account.account_id.as_str() == name;
        let Some((account, till)) = find(accounts, named) else { return Ok(None) };
        let Some(secrets) = self.secrets_of(&till, &account) else { return Ok(None) };
        let target = Target { account: &account, secrets: &secrets };
        let callback = Callback { headers: &heard.headers, body };
        let Ok(hint) = counterfoil_connectors::of(account.provider).callback(&target, &callback)
        else {
            return Ok(None);
        };
        if hints::keep(&self.runtime, &account, hint, body)? {
            self.heard.notify_one();
        }
        Ok(Some(Reply { status: 200, content_type: "application/json", body: b"{}".to_vec() }))
    }

    /// A proposed order: decided, made durable, answered.
    fn order(
        &self,
        named: Option<&str>,
        path: &str,
        heard: &Heard,
    ) -> Result<Option<Reply>, StoreError> {
        let Some((account, secrets, asked)) = self.prove(named, path, heard)? else {
            return Ok(None);
        };
        let Some(body) = &heard.body else {
            let words = "The order is larger than is read, or came too slowly.";
            return Ok(Some(inbound::problem(400, "Bad Request", words)));
        };
        let target = Target { account: &account, secrets: &secrets };
        let order = match inbound::read_order(&target, &asked, body) {
            Ok(order) => order,
            Err(unfit) => return Ok(Some(unfit.answer())),
        };
        Ok(match self.proposals.decide(&account, &order)? {
            Decision::Unknown => None,
            Decision::Carries if order.is_covered() => Some(inbound::unchanged()),
            Decision::Carries | Decision::Queued => inbound::replace(order.place, order.to_cover),
            Decision::Cannot { why } => Some(inbound::problem(400, "Bad Request", &why)),
        })
    }

    /// The account whose token, merchant and channel the caller shows. Every account is tried,
    /// whichever fits: how long it takes tells nothing.
    fn prove(
        &self,
        named: Option<&str>,
        path: &str,
        heard: &Heard,
    ) -> Result<Option<(Account, Arc<Secrets>, Asked)>, StoreError> {
        let (accounts, till) = self.accounts()?;
        let Some(till) = till else { return Ok(None) };
        let mut proved = None;
        for account in accounts.into_iter().filter(|one| one.provider == Provider::Norce) {
            let Some(secrets) = self.secrets_of(&till, &account) else { continue };
            let target = Target { account: &account, secrets: &secrets };
            let checked = inbound::check(&target, &heard.headers, &heard.method, path);
            let meant = named
                .is_none_or(|name| account.name == name || account.account_id.as_str() == name);
            if let (Ok(asked), true) = (checked, meant) {
                proved = Some((account, secrets, asked));
            }
        }
        Ok(proved)
    }

    fn accounts(&self) -> Result<(Vec<Account>, Option<TillId>), StoreError> {
        self.runtime
            .store()
            .read(|connection| Ok((account::all(connection)?, meta::till_id(connection)?)))
    }

    fn secrets_of(&self, till: &TillId, account: &Account) -> Option<Arc<Secrets>> {
        let now = self.runtime.now();
        let mut kept = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = kept.get(&account.account_id).filter(|kept| now < kept.until);
        if let Some(fresh) = fresh {
            return fresh.secrets.clone();
        }
        let read = secrets::read(self.runtime.vault(), till, account);
        if let Err(why) = &read {
            tracing::warn!(account = %account.account_id, why, "callbacks cannot be checked");
        }
        let secrets = read.ok().map(Arc::new);
        let until = now.plus_millis(SECRETS_KEPT_MS);
        kept.insert(account.account_id.clone(), Kept { until, secrets: secrets.clone() });
        secrets
    }
}

fn find(
    (accounts, till): (Vec<Account>, Option<TillId>),
    named: impl Fn(&Account) -> bool,
) -> Option<(Account, TillId)> {
    Some((accounts.into_iter().find(named)?, till?))
}

fn door<'a>(method: &str, path: &'a str) -> Option<Door<'a>> {
    if method != "POST" {
        return None;
    }
    if let Some(at) = path.find(ORDERS) {
        let (prefix, path) = path.split_at(at);
        let account = match prefix {
            "" => None,
            prefix => Some(named(prefix)?),
        };
        return Some(Door::Order { account, path });
    }
    named(path).map(Door::Webhook)
}

/// The account that `/callback/NAME` names, percent-decoded.
fn named(path: &str) -> Option<String> {
    let name = path.strip_prefix(WEBHOOK)?;
    let plain = !name.is_empty() && !name.contains('/');
    plain.then(|| decoded(name)).flatten()
}

fn decoded(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let (byte, left) = match (first, tail) {
            (b'%', [high, low, left @ ..]) => (from_hex(*high, *low)?, left),
            (b'%', _) => return None,
            (byte, left) => (*byte, left),
        };
        bytes.push(byte);
        rest = left;
    }
    String::from_utf8(bytes).ok()
}

fn from_hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_is_found_by_its_whole_path_and_by_nothing_else() {
        const SEED: &str = "/api/checkout/v1/callback/orders/o_1/payments/p_1/update-payment";
        let webhook = |name: &str| Some(Door::Webhook(name.to_owned()));
        let order = |account: Option<&str>| {
            Some(Door::Order { account: account.map(str::to_owned), path: SEED })
        };
        let check = |path: &str, expected: Option<Door<'_>>| {
            assert_eq!(door("POST", path), expected, "{path}");
            assert_eq!(door("GET", path), None, "{path}");
        };
        check("/callback/B", webhook("B"));
        check("/callback/Front%20desk", webhook("Front desk"));
        check("/callback/%C3%A9", webhook("é"));
        check(SEED, order(None));
        check(&format!("/callback/Orders{SEED}"), order(Some("Orders")));
        check(&format!("/elsewhere{SEED}"), None);
        check(&format!("/callback/a/b{SEED}"), None);
        check("/callback/", None);
        check("/callback/B/more", None);
        check("/callback/%F", None);
        check("/callback/%zz", None);
        check("/callback/%FF", None);
        check("/", None);
        check("", None);
    }
}
