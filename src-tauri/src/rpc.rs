//! The one command the screen may call.

use std::sync::Arc;

use counterfoil_api::{Fault, FaultCode};
use serde_json::Value;
use tauri::State;

use crate::till::Till;

/// Answers one call of the API's table. Runs away from the window's threads: calls block.
#[tauri::command]
pub async fn rpc(till: State<'_, Arc<Till>>, call: Value) -> Result<Value, Fault> {
    let till = Arc::clone(&till);
    let answered = tauri::async_runtime::spawn_blocking(move || match &till.desk {
        Ok(desk) => desk.call_json(&till.seat, call),
        Err(fault) => Err(fault.clone()),
    });
    answered.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a call ended badly");
        Err(Fault::new(FaultCode::Store, "this call ended badly; nothing more is known of it"))
    })
}
