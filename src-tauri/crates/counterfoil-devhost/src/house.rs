//! What stands behind the address: a training till, or the till of a data folder.

use std::error::Error;
use std::path::{Path, PathBuf};

use counterfoil_api::{Clock, Desk, DeskOptions, VaultSettings};
use counterfoil_training::{Sandbox, TrainingTill};
use tokio::runtime::Handle;

use crate::Arguments;

/// An open till.
pub(crate) enum House {
    /// Made up, with its stand-in of the providers; gone when it is dropped.
    Training(Box<TrainingTill>),
    /// The one of a data folder.
    Real { desk: Desk, data_dir: PathBuf },
}

impl House {
    /// Opens what the arguments ask for. Blocks.
    pub(crate) fn open(arguments: &Arguments, handle: &Handle) -> Result<Self, Box<dyn Error>> {
        let Some(data_dir) = arguments.data_dir.clone().filter(|_| !arguments.training) else {
            let till = TrainingTill::open(handle, arguments.payments)?;
            return Ok(Self::Training(Box::new(till)));
        };
        let desk = Desk::open(DeskOptions {
            data_dir: data_dir.clone(),
            vault: VaultSettings::from_env(|name| std::env::var(name).ok())?,
            clock: Clock::Machine,
            handle: handle.clone(),
        })?;
        Ok(Self::Real { desk, data_dir })
    }

    pub(crate) fn desk(&self) -> Desk {
        match self {
            Self::Training(till) => till.desk.clone(),
            Self::Real { desk, .. } => desk.clone(),
        }
    }

    pub(crate) fn data_dir(&self) -> &Path {
        match self {
            Self::Training(till) => till.data_dir(),
            Self::Real { data_dir, .. } => data_dir,
        }
    }

    pub(crate) fn sandbox(&self) -> Option<&Sandbox> {
        match self {
            Self::Training(till) => Some(&till.sandbox),
            Self::Real { .. } => None,
        }
    }
}
