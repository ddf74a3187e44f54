//! Writes the TypeScript of every call, view model and fault into the folder named first.

use std::path::PathBuf;

use counterfoil_api::call::Calls;
use counterfoil_api::view::DeskEvent;
use counterfoil_api::{Fault, FaultCode};
use ts_rs::{Config, TS};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("name a folder")?;
    let config = Config::new().with_out_dir(folder);
    Calls::export_all(&config)?;
    DeskEvent::export_all(&config)?;
    Fault::export_all(&config)?;
    FaultCode::export_all(&config)?;
    Ok(())
}
