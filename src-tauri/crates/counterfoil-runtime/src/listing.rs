//! All payments that a provider lists, page by page.

use std::collections::BTreeMap;
use std::time::Duration;

use counterfoil_connectors::{EncodeError, ListEnd, ListQuery, Target, WireRequest};
use counterfoil_core::account::Account;
use counterfoil_core::answer::WireEnd;
use counterfoil_core::payment::PaymentFacts;
use tokio::sync::watch;

use crate::errand::{exchange, secrets_of};
use crate::runtime::Runtime;

/// Most pages of one list: 100,000 payments at 50 a page. More would be a list without an end.
const MOST_PAGES: u32 = 2_000;

/// How often a page that brings nothing is asked for, and the first pause between two tries.
const MOST_TRIES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// What a list brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// The payments by the provider's reference; of one that came twice, the first.
    pub payments: BTreeMap<String, PaymentFacts>,
    /// References (or places) of those that cannot be read, each with what is wrong.
    pub unreadable: Vec<String>,
    /// Pages read.
    pub pages: u32,
    /// Why it is not the whole list; none where it is.
    pub broke_off: Option<BrokeOff>,
}

/// Why a list ended before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrokeOff {
    /// Somebody asked it to end.
    Stopped,
    /// The provider does not accept the credentials.
    CredentialsRefused {
        /// The provider's words.
        message: String,
    },
    /// The provider could not be reached.
    Unreachable {
        /// Why, safe to show.
        why: String,
    },
    /// A page that says nothing, or a way through the pages that does not end.
    Unclear {
        /// What was seen.
        why: String,
    },
}

impl Runtime {
    /// Reads all pages of an account's payments that fit a question; none where the provider
    /// cannot list. `query.cursor` is left alone. `progress` is told after each page how many
    /// payments there are by now; `stop` ends it before the next page.
    ///
    /// # Errors
    /// The keyring is closed, or the request cannot be written: words for a person.
    pub async fn list_payments(
        &self,
        account: &Account,
        query: &ListQuery<'_>,
        stop: &mut watch::Receiver<bool>,
        progress: &(dyn Fn(usize) + Send + Sync),
    ) -> Result<Option<Listed>, String> {
        let mut listed = Listed::default();
        let mut cursor: Option<String> = None;
        while listed.pages < MOST_PAGES {
            let query = ListQuery { cursor: cursor.as_deref(), ..*query };
            let page = tokio::select! {
                biased;
                () = asked_to_stop(stop) => return Ok(Some(listed.broken_off(BrokeOff::Stopped))),
                page = self.page(account, &query) => page?,
            };
            let Some(page) = page else { return Ok(None) };
            let next = match listed.take(page) {
                Ok(next) => next,
                Err(why) => return Ok(Some(listed.broken_off(why))),
            };
            progress(listed.payments.len());
            if next.is_none() {
                return Ok(Some(listed));
            }
            if next == cursor {
                let why = "the next page is the same page again".to_owned();
                return Ok(Some(listed.broken_off(BrokeOff::Unclear { why })));
            }
            cursor = next;
        }
        let why = format!("there are more than {MOST_PAGES} pages");
        Ok(Some(listed.broken_off(BrokeOff::Unclear { why })))
    }

    /// One page; one that brings nothing is asked for again. Reading changes nothing.
    async fn page(
        &self,
        account: &Account,
        query: &ListQuery<'_>,
    ) -> Result<Option<ListEnd>, String> {
        let connector = counterfoil_connectors::of(account.provider);
        let mut pause = FIRST_PAUSE;
        for tries in 1.. {
            let asked = self.ask(account, |target| connector.encode_list(target, query)).await?;
            let Some(end) = asked else { return Ok(None) };
            let page = connector.decode_list(account, &end, self.now());
            match page {
                ListEnd::Unreachable { .. } | ListEnd::Unclear { .. } if tries < MOST_TRIES => {
                    tokio::time::sleep(pause).await;
                    pause = pause.saturating_mul(2);
                }
                page => return Ok(Some(page)),
            }
        }
        Ok(None)
    }

    /// Makes a request that changes nothing and brings its end; none where there is none to make.
    ///
    /// # Errors
    /// The keyring is closed, or the request cannot be written: words for a person.
    pub(crate) async fn ask(
        &self,
        account: &Account,
        encode: impl FnOnce(&Target<'_>) -> Result<Option<WireRequest>, EncodeError>,
    ) -> Result<Option<WireEnd>, String> {
        let way = self.way_to(account).await?;
        let secrets = secrets_of(self, account).await?;
        let request = encode(&Target { account, secrets: &secrets });
        match request.map_err(|error| error.to_string())? {
            Some(request) => Ok(Some(exchange(self, &way, &request).await)),
            None => Ok(None),
        }
    }
}

impl Listed {
    fn broken_off(self, why: BrokeOff) -> Self {
        Self { broke_off: Some(why), ..self }
    }

    /// Takes a page in; answers the cursor of the next one.
    fn take(&mut self, page: ListEnd) -> Result<Option<String>, BrokeOff> {
        let (payments, unreadable, next) = match page {
            ListEnd::Page { payments, unreadable, next } => (payments, unreadable, next),
            ListEnd::CredentialsRefused { message } => {
                return Err(BrokeOff::CredentialsRefused { message });
            }
            ListEnd::Unreachable { why } => return Err(BrokeOff::Unreachable { why }),
            ListEnd::Unclear { why } => return Err(BrokeOff::Unclear { why }),
        };
        self.pages = self.pages.saturating_add(1);
        for facts in payments {
            // Payments made meanwhile move others to a page that was not read yet.
            self.payments.entry(facts.provider_ref.clone()).or_insert(facts);
        }
        let new = unreadable.into_iter().filter(|name| !self.unreadable.contains(name));
        let new: Vec<String> = new.collect();
        self.unreadable.extend(new);
        Ok(next)
    }
}

async fn asked_to_stop(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone cannot ask any more.
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}
