//! The program under a deadly preload: compiled once, loaded into `counterfoilctl`, it numbers the
//! calls to the outside and ends the program at a chosen one.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;

use crate::points::{Call as Numbered, Point, parse};
use crate::till::Call;

/// How one run of the program ended.
#[derive(Debug)]
pub struct Ended {
    /// True where it was killed, false where it came to its own end.
    pub killed: bool,
    /// What it had printed: whole or not at all.
    pub answer: Option<Value>,
}

/// Runs a call with `--json` and kills it at this point.
pub fn killed_at(call: &Call<'_>, point: Point) -> Ended {
    let mut command = preloaded(call);
    command.env("KILL_AT", point.at.to_string()).env("KILL_HOW", point.how.word());
    ended(command.spawn().expect("the program starts"))
}

/// Runs a call with `--json` and kills it after this time, wherever it is then.
pub fn killed_after(call: &Call<'_>, delay: Duration) -> Ended {
    let mut command = call.command();
    command.arg("--json");
    let mut child = command.spawn().expect("the program starts");
    std::thread::sleep(delay);
    child.kill().expect("it was not waited for yet");
    ended(child)
}

/// Runs a call with `--json` to its end and tells every numbered call it made.
pub fn recorded(call: &Call<'_>, log: &Path) -> (Ended, Vec<Numbered>) {
    let mut command = preloaded(call);
    command.env("KILL_LOG", log);
    let ended = ended(command.spawn().expect("the program starts"));
    let text = std::fs::read_to_string(log).expect("the preload wrote a log");
    std::fs::remove_file(log).expect("the log is ours");
    (ended, parse(&text))
}

/// A call with `--json` with the preload loaded, which does nothing yet.
fn preloaded(call: &Call<'_>) -> Command {
    let mut command = call.command();
    command.arg("--json").env("LD_PRELOAD", preload());
    command
}

fn ended(child: Child) -> Ended {
    use std::os::unix::process::ExitStatusExt;
    let output = child.wait_with_output().expect("it ends");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!stderr.contains("panicked"), "{stderr}");
    let killed = output.status.signal() == Some(9);
    assert!(killed || output.status.code().is_some(), "{:?}: {stderr}", output.status);
    assert!(killed || !stderr.contains("preload"), "the preload was not loaded: {stderr}");
    Ended { killed, answer: serde_json::from_str(&stdout).ok() }
}

/// The preload, compiled once for each process of tests.
pub fn preload() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kill/preload.c");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let fresh = folder.join(format!("kill-preload-{}.so", std::process::id()));
        let ready = folder.join("kill-preload.so");
        let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        let mut compile = Command::new(compiler);
        compile.args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o"]);
        let status = compile.arg(&fresh).arg(&source).arg("-ldl").status();
        assert!(status.expect("a C compiler, as the embedded database needs one").success());
        // In one step: another process of tests may be loading it.
        std::fs::rename(&fresh, &ready).expect("the folder is ours");
        ready
    })
}
