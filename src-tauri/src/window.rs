//! The window itself: made hidden, shown when the screen is painted, so that nothing flashes.

use std::process::ExitCode;
use std::sync::Arc;

use tauri::webview::PageLoadEvent;
use tauri::{App, Manager, RunEvent, WebviewUrl, WebviewWindowBuilder};

use crate::till::Till;
use crate::{events, notices, rpc};

/// The label the capability file names.
const MAIN: &str = "main";

const SIZE: (f64, f64) = (1_280.0, 800.0);
const LEAST_SIZE: (f64, f64) = (1_024.0, 700.0);

/// Shows the window and returns when it was closed and what was being sent has ended.
pub fn show(till: Till, training: bool) -> ExitCode {
    let till = Arc::new(till);
    let mut builder = tauri::Builder::default();
    if !training {
        // A second start of the real till brings the first one to the front.
        builder = builder.plugin(tauri_plugin_single_instance::init(|app, _, _| to_front(app)));
        builder = builder.plugin(tauri_plugin_window_state::Builder::default().build());
    }
    let shown = Arc::clone(&till);
    let app = builder
        .plugin(tauri_plugin_notification::init())
        .manage(Arc::clone(&till))
        .invoke_handler(tauri::generate_handler![rpc::rpc])
        .setup(move |app| {
            events::pass_on(&shown, app.handle().clone(), MAIN);
            notices::tell(&shown, app.handle().clone());
            close_when_told(app.handle().clone());
            Ok(open_window(app, training)?)
        })
        .build(tauri::generate_context!());
    let app = match app {
        Ok(app) => app,
        Err(error) => {
            tracing::error!(%error, "the window cannot be opened");
            return ExitCode::FAILURE;
        }
    };
    app.run(move |_, event| {
        if matches!(event, RunEvent::Exit) {
            till.close();
        }
    });
    ExitCode::SUCCESS
}

fn open_window(app: &App, training: bool) -> tauri::Result<()> {
    let title = if training { "Counterfoil (TRAINING)" } else { "Counterfoil" };
    WebviewWindowBuilder::new(app, MAIN, WebviewUrl::default())
        .title(title)
        .inner_size(SIZE.0, SIZE.1)
        .min_inner_size(LEAST_SIZE.0, LEAST_SIZE.1)
        .visible(false)
        .on_page_load(|window, page| {
            if page.event() == PageLoadEvent::Finished {
                // A window that cannot be shown is closed by its desktop; nothing to add here.
                let _ = window.show();
            }
        })
        .build()?;
    Ok(())
}

/// A desktop that signs out ends its programs by a signal: close as if by hand, so that what is
/// being sent can end.
#[cfg(unix)]
fn close_when_told(app: tauri::AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};
    tauri::async_runtime::spawn(async move {
        let Ok(mut told) = signal(SignalKind::terminate()) else { return };
        told.recv().await;
        app.exit(0);
    });
}

#[cfg(not(unix))]
fn close_when_told(_app: tauri::AppHandle) {
    // Other platforms close the window itself.
}

fn to_front(app: &tauri::AppHandle) {
    let Some(window) = app.get_webview_window(MAIN) else { return };
    // Each is a wish to the desktop, which may decline it.
    let _ = window.unminimize();
    let _ = window.show();
    let _ = window.set_focus();
}
