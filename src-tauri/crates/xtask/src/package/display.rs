//! A display that nobody sees, and the wait for a window to stand on it.

use crate::call::{Call, Running};
use crate::fault::Fault;
use crate::ground::Ground;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// A debug build on a busy machine of two cores takes a few seconds to its first paint.
const PATIENCE: Duration = Duration::from_secs(60);

/// Smaller ones are helpers of the toolkit: selections, tray icons.
const SMALLEST_SIDE: u32 = 200;

/// Starts the program in training mode, as a new person of a new machine, and waits until its
/// window is to be seen.
///
/// # Errors
/// When the program ends, or its window does not come.
pub fn window_opens(ground: &Ground, program: &Path) -> Result<(), Fault> {
    let home = ground.empty_folder("package/home")?;
    let mut server = Call::new(ground, "Xvfb")
        .words("-displayfd 1 -screen 0 1280x800x24 -nolisten tcp")
        .spawn(Stdio::piped())?;
    let number = server.first_line().filter(|number| !number.is_empty());
    let no_display = || Fault::Stop("Xvfb did not open a display".to_owned());
    let display = format!(":{}", number.ok_or_else(no_display)?);
    let mut window = Call::new(ground, "dbus-run-session")
        .words("--")
        .argument(program)
        .words("--training")
        .within(&home)
        .variable("HOME", &home)
        .variable("XDG_CONFIG_HOME", home.join("config"))
        .variable("XDG_DATA_HOME", home.join("data"))
        .variable("XDG_CACHE_HOME", home.join("cache"))
        .variable("DISPLAY", &display)
        .variable("GDK_BACKEND", "x11")
        .spawn(Stdio::inherit())?;
    wait_for_window(ground, &display, &mut window)
}

fn wait_for_window(ground: &Ground, display: &str, program: &mut Running) -> Result<(), Fault> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(status) = program.ended() {
            return Err(Fault::Stop(format!("the packed program ended with {status}")));
        }
        if let Some(window) = visible_window(ground, display)? {
            println!("window after {} ms: {window}", start.elapsed().as_millis());
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(250));
    }
    let seconds = PATIENCE.as_secs();
    Err(Fault::Stop(format!("the packed program showed no window within {seconds} s")))
}

/// The title of the program's window, once it is mapped.
fn visible_window(ground: &Ground, display: &str) -> Result<Option<String>, Fault> {
    let ask = |words: &str| Call::new(ground, "xwininfo").words(words).variable("DISPLAY", display);
    let Some(window) = parse_tree(&ask("-root -tree").read()?) else {
        return Ok(None);
    };
    let state = ask("-stats -id").argument(&window.id).read().unwrap_or_default();
    let visible = state.lines().any(|line| line.trim() == "Map State: IsViewable");
    Ok(visible.then_some(window.title))
}

/// A window as `xwininfo` lists it.
#[derive(Debug, PartialEq, Eq)]
struct Window {
    id: String,
    title: String,
}

/// The first large window with our name in its title:
/// `0x200003 "Counterfoil": ("counterfoil" "Counterfoil")  1200x780+0+0  +0+0`.
fn parse_tree(printed: &str) -> Option<Window> {
    printed.lines().find_map(|line| {
        let (id, rest) = line.trim().split_once(" \"")?;
        let (title, rest) = rest.split_once("\": ")?;
        let size = rest.split_once(')')?.1.trim_start().split('+').next()?;
        let (width, height) = size.split_once('x')?;
        let large = |side: &str| side.parse::<u32>().is_ok_and(|side| side >= SMALLEST_SIDE);
        let ours = title.contains("Counterfoil") && large(width) && large(height);
        ours.then(|| Window { id: id.to_owned(), title: title.to_owned() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_large_window_with_our_name_is_ours() {
        let tree = "\nxwininfo: Window id: 0x50d (the root window) (has no name)\n\n\
            \x20    4 children:\n\
            \x20    0x200001 \"counterfoil\": (\"counterfoil\" \"Counterfoil\")  10x10+10+10\n\
            \x20    0x200007 (has no name): ()  1x1+-1+-1  +-1+-1\n\
            \x20    0x300002 \"Counterfoil tray\": ()  22x22+0+0  +0+0\n";
        assert_eq!(parse_tree(tree), None);
        let ours = "  0x200003 \"Counterfoil – TRAINING\": (\"counterfoil\" \"Counterfoil\")  \
            1200x780+0+0  +0+0\n";
        let window = parse_tree(&format!("{tree}{ours}")).expect("it stands there");
        assert_eq!(
            (window.id.as_str(), window.title.as_str()),
            ("0x200003", "Counterfoil – TRAINING",)
        );
    }
}
