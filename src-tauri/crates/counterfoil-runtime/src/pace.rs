use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use counterfoil_core::account::Account;
use counterfoil_core::id::AccountId;
use tokio::time::Instant;

/// Spreads the requests of an account over time (A-BUM-14), so that the provider's limit is
/// respected and not run into.
#[derive(Default)]
pub struct Pace {
    next: Mutex<HashMap<AccountId, Instant>>,
}

impl Pace {
    /// Waits until this account may be asked again. A loopback address is nobody's provider and
    /// is not paced.
    pub async fn wait_for_turn(&self, account: &Account, per_second: u32) {
        if is_loopback(&account.base_url) {
            return;
        }
        let turn = self.reserve(&account.account_id, per_second);
        tokio::time::sleep_until(turn).await;
    }

    fn reserve(&self, account_id: &AccountId, per_second: u32) -> Instant {
        let step = Duration::from_secs(1) / per_second.max(1);
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let turn = next.get(account_id).map_or(now, |turn| (*turn).max(now));
        next.insert(account_id.clone(), turn + step);
        turn
    }
}

/// Least time between two requests to an account, milliseconds; 0 where nothing is paced. What the
/// engine goes by, so that no change holds a place in flight only to wait for its turn.
pub fn spacing_ms(account: &Account, per_second: i64) -> i64 {
    if is_loopback(&account.base_url) { 0 } else { 1_000 / per_second.max(1) }
}

fn is_loopback(base_url: &str) -> bool {
    let Ok(url) = url::Url::parse(base_url) else { return false };
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
