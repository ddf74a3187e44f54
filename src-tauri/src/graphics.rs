//! WebKit's fast path needs a render node; without one it shows an empty window.

use std::process::ExitCode;

/// Switches WebKit to the path that works everywhere, where it is needed and nobody chose.
#[cfg(target_os = "linux")]
const FALLBACK: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// Starts the program again with the fallback set, where the machine has no render node. The
/// variable must stand before the first thread does, so it cannot be set in a running program.
#[cfg(target_os = "linux")]
pub fn restart_where_needed() -> Option<ExitCode> {
    use std::os::unix::process::CommandExt;
    if std::env::var_os(FALLBACK).is_some() || has_render_node() {
        return None;
    }
    let program = std::env::current_exe().ok()?;
    let arguments = std::env::args_os().skip(1);
    // Only returns when it could not replace this program: then go on as it is.
    let _ = std::process::Command::new(program).args(arguments).env(FALLBACK, "1").exec();
    None
}

/// Other platforms bring their own web view.
#[cfg(not(target_os = "linux"))]
pub fn restart_where_needed() -> Option<ExitCode> {
    None
}

#[cfg(target_os = "linux")]
fn has_render_node() -> bool {
    let Ok(nodes) = std::fs::read_dir("/dev/dri") else { return false };
    let mut names = nodes.flatten().map(|node| node.file_name());
    names.any(|name| name.to_string_lossy().starts_with("renderD"))
}
