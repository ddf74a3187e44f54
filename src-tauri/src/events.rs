//! Passes the desk's events to the screen.

use tauri::{AppHandle, Emitter};

use crate::till::Till;
use crate::window::MAIN;

/// The channel the screen listens to.
const CHANNEL: &str = "desk-event";

/// Passes every event on until the desk is gone.
pub fn pass_on(till: &Till, app: AppHandle) {
    let Ok(desk) = &till.desk else { return };
    desk.listen(move |event| {
        // A window that is closing misses an event; it reads everything again when it opens.
        let _ = app.emit_to(MAIN, CHANNEL, &event);
    });
}
