//! Passes the desk's events to the screen.

use tauri::{AppHandle, Emitter};

use crate::till::Till;

/// The channel the screen listens to.
const CHANNEL: &str = "desk-event";

/// Passes every event on to this window until the desk is gone.
pub fn pass_on(till: &Till, app: AppHandle, window: &'static str) {
    let Ok(desk) = &till.desk else { return };
    desk.listen(move |event| {
        // A window that is closing misses an event; it reads everything again when it opens.
        let _ = app.emit_to(window, CHANNEL, &event);
    });
}
