//! One account of every provider, with secrets that would be noticed where they do not belong.

use std::collections::BTreeMap;

use counterfoil_connectors::{Connector, Secrets, of};
use counterfoil_core::account::{Account, Provider};
use counterfoil_core::id::AccountId;
use counterfoil_core::money::Currency;

use crate::tiny::Tiny;

/// A codec and an account of it.
pub struct House {
    pub name: &'static str,
    pub connector: &'static dyn Connector,
    pub account: Account,
    pub secrets: Secrets,
    /// A reference as the provider gives them.
    pub provider_ref: &'static str,
    /// False where the provider never says what went back: then only the till's own count holds.
    pub says_refunds: bool,
}

/// What every secret of these accounts begins with.
pub const CANARY: &str = "canary-secret-";

/// Every provider there is, and the one made up for the tests.
pub fn all() -> Vec<House> {
    let mut houses: Vec<House> = Provider::ALL.into_iter().map(house_of).collect();
    houses.push(house("tiny", &Tiny, Provider::Bumper, "GBP", &[], "T-1"));
    houses
}

fn house_of(provider: Provider) -> House {
    let (currency, options, reference): (_, &[(&str, &str)], _) = match provider {
        Provider::Bumper => ("GBP", &[], "cd2dd3b9ad2c4369a46e709295d13368"),
        Provider::Wepay => (
            "USD",
            &[
                ("amounts.object", "amounts"),
                ("amounts.total", "total_amount"),
                ("amounts.currency", "currency"),
                ("card_present", "true"),
            ],
            "00000000-6369-0000-0000-00471ddea04e",
        ),
        Provider::Moyasar => ("SAR", &[], "760878ec-d1d3-5f72-9056-191683f55872"),
        Provider::Norce => (
            "SEK",
            &[("merchant", "norce"), ("channel", "1")],
            "o_01HQZ0000000000000000000AA/p_01HQZ0000000000000000000BB",
        ),
    };
    house(provider.word(), of(provider), provider, currency, options, reference)
}

fn house(
    name: &'static str,
    connector: &'static dyn Connector,
    provider: Provider,
    currency: &str,
    options: &[(&str, &str)],
    provider_ref: &'static str,
) -> House {
    let names = connector.secret_names();
    let secret = |field: &&str| ((*field).to_owned(), format!("{CANARY}{field}"));
    let pairs = names.needed.iter().chain(names.further).map(secret);
    let options: BTreeMap<String, String> =
        options.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
    let account = Account {
        account_id: AccountId::parse("acc").expect("plain letters"),
        name: "Front desk".to_owned(),
        provider,
        base_url: "https://provider.example".to_owned(),
        currency: Currency::parse(currency).expect("a currency"),
        options,
        paused: None,
    };
    let says_refunds = name != "bumper";
    let secrets = Secrets::from_pairs(pairs);
    House { name, connector, account, secrets, provider_ref, says_refunds }
}
