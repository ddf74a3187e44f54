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
use counterfoil_sandbox::{SandboxOptions, SeededPayment};
// What the field of a till is made of, so that whoever opens one needs no other crate for it.
pub use counterfoil_sandbox::Sandbox;
use tempfile::TempDir;
use tokio::runtime::Handle;

/// As many made-up payments as fill several screens and still open at once.
pub const USUAL_PAYMENTS: usize = 300;

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
    /// payments. Blocks: never call it on an async thread.
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
    vec![bumper(sandbox)]
}

fn bumper(sandbox: &Sandbox) -> TrainingGround {
    let access = sandbox.bumper();
    TrainingGround {
        provider: Provider::Bumper,
        base_url: access.base_url,
        currency: "GBP".to_owned(),
        options: BTreeMap::new(),
        secrets: texts(&[("api_key", &access.api_key), ("secret", &access.secret)]),
        payments: sandbox.payments().into_iter().map(made_up).collect(),
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

fn no_ground(what: &str, error: &dyn std::error::Error) -> Fault {
    Fault::new(FaultCode::Store, format!("training cannot begin, {what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_api::Seat;
    use counterfoil_api::call::{Call, Nothing, PaymentQuery, SignIn};
    use std::path::PathBuf;

    fn open(payments: usize) -> (tokio::runtime::Runtime, TrainingTill) {
        let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
        let till = TrainingTill::open(runtime.handle(), payments).expect("training begins");
        (runtime, till)
    }

    #[test]
    fn whoever_signs_in_with_a_shown_pin_finds_every_made_up_payment() {
        let (_runtime, till) = open(3);
        let seat = Seat::new();
        let call = |call| till.desk.call(&seat, call).expect("it is allowed");
        let pin = &call(Call::DeskShow(Nothing {}))["training_pins"][1];
        let text = |key: &str| pin[key].as_str().expect("a text").to_owned();
        call(Call::SessionSignIn(SignIn { staff_id: text("staff_id"), pin: text("pin") }));
        let listed = call(Call::PaymentList(PaymentQuery::default()));
        assert_eq!(listed["payments"].as_array().map(Vec::len), Some(3));
        assert!(till.sandbox.ledger().is_empty(), "furnishing only reads");
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
