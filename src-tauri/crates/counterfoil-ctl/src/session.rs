//! From the global options to a desk with somebody sitting at it.

use std::path::PathBuf;

use counterfoil_api::call::Call;
use counterfoil_api::{
    Clock, Desk, DeskOptions, Fault, FaultCode, Seat, VaultSettings, default_data_dir,
};
use serde_json::Value;
use tokio::runtime::Handle;

use crate::arguments::Global;
use crate::output;
use crate::typed;

/// What a command needs to open a desk.
pub struct Door<'a> {
    /// The options that stand before or after every command.
    pub global: &'a Global,
    /// What carries the network.
    pub handle: &'a Handle,
}

/// An open desk and the place at it.
pub struct Session {
    /// The desk.
    pub desk: Desk,
    /// Where the person of `--as` sits.
    pub seat: Seat,
}

impl Door<'_> {
    /// The desk of a data folder, made where there is none. For `init` only.
    pub fn make(&self) -> Result<Session, Fault> {
        in_full(self.session()?)
    }

    /// The desk of a store that is there and set up; nobody sits at it.
    pub fn open(&self) -> Result<Session, Fault> {
        in_full(self.open_to_read()?)
    }

    /// As [`Door::open`], and where the store cannot be opened in full, what can be read of it.
    pub fn open_to_read(&self) -> Result<Session, Fault> {
        let data_dir = self.data_dir()?;
        // Looking at a folder must not make a store in it.
        if !Desk::exists(&data_dir) {
            return Err(first_run(&data_dir));
        }
        let session = self.session()?;
        match session.desk.rescue() {
            Some(fault) => output::progress(&fault.message),
            None if session.desk.desk_view(&session.seat)?.first_run => {
                return Err(first_run(&data_dir));
            }
            None => {}
        }
        Ok(session)
    }

    fn session(&self) -> Result<Session, Fault> {
        let desk = Desk::open(DeskOptions {
            data_dir: self.data_dir()?,
            vault: self.vault()?,
            clock: Clock::Machine,
            handle: self.handle.clone(),
        })?;
        Ok(Session { desk, seat: Seat::new() })
    }

    /// The desk with the person of `--as` at it.
    pub fn sign_in(&self) -> Result<Session, Fault> {
        self.seated(self.open()?)
    }

    /// As [`Door::sign_in`], for whoever only looks.
    pub fn sign_in_to_read(&self) -> Result<Session, Fault> {
        self.seated(self.open_to_read()?)
    }

    fn seated(&self, session: Session) -> Result<Session, Fault> {
        let words = "say who acts: --as NAME, with the PIN in COUNTERFOIL_PIN";
        let acting = self.acting().ok_or_else(|| Fault::new(FaultCode::SignInNeeded, words))?;
        session.desk.sign_in(&session.seat, acting, &typed::pin(self.global)?)?;
        Ok(session)
    }

    /// The person of `--as`, by id or name.
    pub fn acting(&self) -> Option<&str> {
        self.global.acting.as_deref()
    }

    fn data_dir(&self) -> Result<PathBuf, Fault> {
        self.global.data_dir.clone().map_or_else(default_data_dir, Ok)
    }

    fn vault(&self) -> Result<VaultSettings, Fault> {
        // What is not text becomes an empty text, which is refused: never a silent second choice.
        let get = |name: &str| Some(std::env::var_os(name)?.into_string().unwrap_or_default());
        VaultSettings::from_env(get)
            .map_err(|refused| Fault::new(FaultCode::Keyring, refused.to_string()))
    }
}

impl Session {
    /// Makes one call of the table as the person at the seat.
    pub fn call(&self, call: Call) -> Result<Value, Fault> {
        self.desk.call(&self.seat, call)
    }
}

/// A desk on which something can be stored.
fn in_full(session: Session) -> Result<Session, Fault> {
    match session.desk.rescue() {
        Some(fault) => Err(fault),
        None => Ok(session),
    }
}

fn first_run(data_dir: &std::path::Path) -> Fault {
    let words = format!(
        "there is no store in {} yet: set it up with `counterfoilctl init`. Nothing was made.",
        data_dir.display()
    );
    Fault::new(FaultCode::FirstRun, words).with("data_dir", data_dir.display())
}
