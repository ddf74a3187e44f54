//! The till behind the window: the real one, or the training till with its stand-in provider.

use std::sync::{Mutex, PoisonError};

use counterfoil_api::{Clock, Desk, DeskOptions, Draining, Fault, Seat, VaultSettings};
use counterfoil_training::TrainingTill;
use tokio::runtime::Handle;

use crate::arguments::Arguments;

/// What the window stands on.
pub struct Till {
    /// The desk, or why it could not be opened: the screen shows that.
    pub desk: Result<Desk, Fault>,
    /// Where the person at this window sits.
    pub seat: Seat,
    draining: Mutex<Option<Draining>>,
    /// Kept for as long as the window is open: its end removes the training folder.
    training: Mutex<Option<TrainingTill>>,
    handle: Handle,
}

impl Till {
    /// Opens the till and begins to send what waits.
    pub fn open(arguments: &Arguments, handle: &Handle) -> Self {
        let (desk, training) = if arguments.training {
            match TrainingTill::open(handle, arguments.payments) {
                Ok(till) => (Ok(till.desk.clone()), Some(till)),
                Err(fault) => (Err(fault), None),
            }
        } else {
            (open_desk(arguments, handle), None)
        };
        let draining = desk.as_ref().ok().map(Desk::drain_while_open);
        let draining = Mutex::new(draining);
        Self {
            desk,
            seat: Seat::new(),
            draining,
            training: Mutex::new(training),
            handle: handle.clone(),
        }
    }

    /// Lets what is being sent finish, so that nothing is left in doubt by closing the window,
    /// and takes the training till down.
    pub fn close(&self) {
        let draining = self.draining.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(draining) = draining {
            draining.finish(&self.handle);
        }
        // The process ends without dropping what the window holds, so it is dropped here.
        drop(self.training.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

fn open_desk(arguments: &Arguments, handle: &Handle) -> Result<Desk, Fault> {
    let data_dir = match &arguments.data_dir {
        Some(data_dir) => data_dir.clone(),
        None => counterfoil_api::default_data_dir()?,
    };
    let vault = VaultSettings::from_env(|name| std::env::var(name).ok())
        .map_err(|error| Fault::new(counterfoil_api::FaultCode::Keyring, error.to_string()))?;
    Desk::open(DeskOptions { data_dir, vault, clock: Clock::Machine, handle: handle.clone() })
}
