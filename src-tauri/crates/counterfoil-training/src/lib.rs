//! The training till: the stand-in of the providers, a data folder of its own that ends with it,
//! and a desk furnished with made-up people and payments. The window and the browser host open
//! the same one.
//!
//! **What is absent:** rules and made-up content. Who may do what is the API's, the payments are
//! the sandbox's; here the two are only introduced to each other, because neither may know the
//! other. Nothing outlives the till: no keyring entry, no file, no address.
//!
//! **Where to start:** [`TrainingTill::open`].

use std::collections::BTreeMap;

use counterfoil_api::{
    Clock, Desk, DeskOptions, Fault, FaultCode, MadeUpPayment, Provider, Secret, TrainingGround,
    VaultSettings, random_bytes,
};
use counterfoil_sandbox::{
    MoyasarView, SandboxOptions, SeededNorcePayment, SeededPayment, WepayItem, WepayPaymentView,
};
// What the field of a till is made of, so that whoever opens one needs no other crate for it.
pub use counterfoil_sandbox::Sandbox;
use tempfile::TempDir;
use tokio::runtime::Handle;

/// As many made-up payments of Bumper as fill several screens and still open at once.
pub const USUAL_PAYMENTS: usize = 300;

/// Most made-up payments of Moyasar: enough to meet most states, few enough that the garage's own
/// stand out.
const MOST_OF_MOYASAR: usize = 36;

/// Most made-up payments of Norce in one state: most are of few states, and the rare ones tell.
const MOST_OF_NORCE_IN_A_STATE: usize = 9;

/// Most of WePay, which takes 30 readings in ten seconds: some are left for whoever looks at a
/// payment right away.
const MOST_OF_WEPAY: usize = 24;

/// A running training till. Its sandbox stops and its data folder goes when it is dropped.
pub struct TrainingTill {
    /// The furnished desk; nobody is signed in.
    pub desk: Desk,
    /// The providers' stand-in on loopback.
    pub sandbox: Sandbox,
    folder: TempDir,
}

impl TrainingTill {
    /// Starts the stand-in on `handle` and furnishes a fresh desk with `payments` made-up
    /// payments of Bumper and as many, but some dozens at most, of each other provider. Blocks:
    /// never call it on an async thread.
    ///
    /// # Errors
    /// No temporary folder can be made, the stand-in cannot listen, or the desk cannot be
    /// furnished.
    pub fn open(handle: &Handle, payments: usize) -> Result<Self, Fault> {
        let folder = tempfile::Builder::new().prefix("counterfoil-training-").tempdir();
        let folder =
            folder.map_err(|error| no_ground("no temporary folder can be made", &error))?;
        let options = SandboxOptions { payments, ..SandboxOptions::default() };
        let sandbox = handle.block_on(Sandbox::start(options));
        let sandbox = sandbox.map_err(|error| no_ground("the sandbox does not start", &error))?;
        let desk = Desk::open(DeskOptions {
            data_dir: folder.path().to_owned(),
            vault: vault(&folder),
            clock: Clock::Machine,
            handle: handle.clone(),
        })?;
        desk.furnish_for_training(grounds(&sandbox))?;
        Ok(Self { desk, sandbox, folder })
    }

    /// The data folder of this till, for as long as it lives.
    #[must_use]
    pub fn data_dir(&self) -> &std::path::Path {
        self.folder.path()
    }
}

impl Drop for TrainingTill {
    fn drop(&mut self) {
        self.sandbox.stop();
    }
}

/// The encrypted file with a passphrase that nobody ever learns: the person's own keyring is left
/// alone, and a machine without one can train too.
fn vault(folder: &TempDir) -> VaultSettings {
    let passphrase = hex::encode(random_bytes::<32>());
    VaultSettings::File {
        path: folder.path().join("vault"),
        passphrase: Secret::from_text(passphrase),
    }
}

fn grounds(sandbox: &Sandbox) -> Vec<TrainingGround> {
    vec![bumper(sandbox), moyasar(sandbox), wepay(sandbox), norce(sandbox)]
}

fn bumper(sandbox: &Sandbox) -> TrainingGround {
    let access = sandbox.bumper();
    TrainingGround {
        provider: Provider::Bumper,
        base_url: access.base_url,
        currency: access.currency,
        options: BTreeMap::new(),
        secrets: texts(&[("api_key", &access.api_key), ("secret", &access.secret)]),
        payments: sandbox.payments().into_iter().map(made_up).collect(),
    }
}

/// The newest of them: an authorisation lives for days only.
fn moyasar(sandbox: &Sandbox) -> TrainingGround {
    let access = sandbox.moyasar();
    let newest = sandbox.moyasar_payments().into_iter().rev().take(MOST_OF_MOYASAR);
    TrainingGround {
        provider: Provider::Moyasar,
        base_url: access.base_url,
        currency: access.currency,
        options: BTreeMap::new(),
        secrets: texts(&[("secret_key", &access.secret_key)]),
        payments: newest.map(made_up_at_moyasar).collect(),
    }
}

/// With the names of its amounts, which the stand-in has and WePay's pages lack.
fn wepay(sandbox: &Sandbox) -> TrainingGround {
    let access = sandbox.wepay();
    let payments = sandbox.wepay_payments().into_iter().take(MOST_OF_WEPAY);
    TrainingGround {
        provider: Provider::Wepay,
        base_url: access.base_url,
        currency: access.currency,
        options: access.options,
        secrets: texts(&[("app_id", &access.app_id), ("app_token", &access.app_token)]),
        payments: payments.map(made_up_at_wepay).collect(),
    }
}

fn norce(sandbox: &Sandbox) -> TrainingGround {
    let access = sandbox.norce();
    let options = &access.options;
    let mut of_state: BTreeMap<String, usize> = BTreeMap::new();
    let is_one_more = |payment: &SeededNorcePayment| {
        let count = of_state.entry(payment.state.clone()).or_default();
        *count += 1;
        *count <= MOST_OF_NORCE_IN_A_STATE
    };
    let payments = sandbox.norce_payments().into_iter().filter(is_one_more);
    TrainingGround {
        provider: Provider::Norce,
        base_url: access.base_url,
        currency: access.currency,
        options: texts(&[("merchant", &options.merchant), ("channel", &options.channel)]),
        secrets: texts(&[("token", &access.token)]),
        payments: payments.map(made_up_at_norce).collect(),
    }
}

fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn made_up(seeded: SeededPayment) -> MadeUpPayment {
    let items = seeded.items.into_iter().map(|line| (line.item, line.quantity, line.price));
    MadeUpPayment {
        provider_ref: seeded.provider_ref,
        customer: seeded.customer,
        items: items.collect(),
    }
}

/// What was bought stands in its description.
fn made_up_at_moyasar(seeded: MoyasarView) -> MadeUpPayment {
    let customer = seeded.customer.unwrap_or_default();
    MadeUpPayment { provider_ref: seeded.id, customer, items: Vec::new() }
}

fn made_up_at_wepay(seeded: WepayPaymentView) -> MadeUpPayment {
    let line = |line: WepayItem| (line.item, line.quantity.to_string(), line.price);
    MadeUpPayment {
        provider_ref: seeded.id,
        customer: seeded.customer.unwrap_or_default(),
        items: seeded.items.into_iter().map(line).collect(),
    }
}

fn made_up_at_norce(seeded: SeededNorcePayment) -> MadeUpPayment {
    let SeededNorcePayment { provider_ref, customer, items, .. } = seeded;
    MadeUpPayment { provider_ref, customer, items }
}

fn no_ground(what: &str, error: &dyn std::error::Error) -> Fault {
    Fault::new(FaultCode::Store, format!("training cannot begin, {what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_api::Seat;
    use counterfoil_api::call::{Call, Nothing, PaymentQuery, SignIn};
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    fn open(payments: usize) -> (tokio::runtime::Runtime, TrainingTill) {
        let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
        let till = TrainingTill::open(runtime.handle(), payments).expect("training begins");
        (runtime, till)
    }

    /// What a person finds who signs in with a shown PIN: all payments, in the order of the list.
    fn found(till: &TrainingTill) -> Vec<serde_json::Value> {
        let seat = Seat::new();
        let call = |call| till.desk.call(&seat, call).expect("it is allowed");
        let pin = &call(Call::DeskShow(Nothing {}))["training_pins"][1];
        let text = |key: &str| pin[key].as_str().expect("a text").to_owned();
        call(Call::SessionSignIn(SignIn { staff_id: text("staff_id"), pin: text("pin") }));
        let query = PaymentQuery { limit: Some(200), ..PaymentQuery::default() };
        let listed = call(Call::PaymentList(query));
        listed["payments"].as_array().expect("a list").clone()
    }

    #[test]
    fn whoever_signs_in_with_a_shown_pin_finds_the_made_up_payments_of_every_provider() {
        let (_runtime, till) = open(3);
        let payments = found(&till);
        let count = |word: &str| payments.iter().filter(|row| row["provider"] == word).count();
        for provider in Provider::ALL {
            assert_eq!(count(provider.word()), 3, "{provider:?}");
        }
        for row in &payments {
            assert!(row["customer"].as_str().is_some_and(|name| !name.is_empty()), "{row}");
            assert_ne!(row["state"], "unclear", "{row}");
        }
        assert!(till.sandbox.ledger().is_empty(), "furnishing only reads");
    }

    #[test]
    fn most_payments_are_bumpers_and_the_first_screen_shows_every_provider_in_telling_states() {
        let (_runtime, till) = open(100);
        let payments = found(&till);
        assert!((180..200).contains(&payments.len()), "all in one page: {}", payments.len());
        let first: BTreeSet<_> =
            payments[..20].iter().filter_map(|p| p["provider"].as_str()).collect();
        assert_eq!(first.len(), Provider::ALL.len(), "{first:?}");
        for provider in Provider::ALL {
            let of_it = payments.iter().filter(|row| row["provider"] == provider.word());
            let states: BTreeSet<_> = of_it.filter_map(|row| row["state"].as_str()).collect();
            assert!(states.len() > 3 && states.contains("paid"), "{provider:?}: {states:?}");
        }
        assert!(till.sandbox.ledger().is_empty(), "furnishing only reads");
        // Norce is asked to look at its payment service again, and that is no change.
        let reads = |method: &str, path: &str| method == "GET" || path.contains("/refresh");
        for request in till.sandbox.received_requests() {
            assert!(reads(&request.method, &request.path), "{request:?}");
        }
    }

    #[test]
    fn nothing_is_left_behind_when_a_training_till_ends() {
        let (_runtime, till) = open(1);
        let (folder, address): (PathBuf, _) = (till.data_dir().to_owned(), till.sandbox.address());
        assert!(folder.join("vault").exists());
        drop(till);
        assert!(!folder.exists());
        std::net::TcpStream::connect(address).expect_err("nobody listens any more");
    }
}
