//! The vault against a real gnome-keyring on a session bus of its own.
//!
//! Each test starts itself again inside `dbus-run-session` with a private HOME and does its work
//! there. Tools that are missing (`dbus-run-session`, `gnome-keyring-daemon`: Debian's packages
//! dbus-daemon and gnome-keyring) fail the test: a keyring that was not tried is not known to work.
#![cfg(target_os = "linux")]

use std::env;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use counterfoil_vault::{Backend, Secret, SecretName, Vault, VaultError, VaultSettings};
use tempfile::TempDir;

/// Bumper's published sample secret (`providers/bumper.md`): a quote in front and none behind.
const QUOTED: &str = "\"9f*u/[`tt*.*k725X;u&Zkz";

/// Set inside the private session: which of a test's steps is to be done.
const STEP: &str = "COUNTERFOIL_KEYRING_STEP";

/// Longest any step may take, far above the longest wait inside.
const STEP_LIMIT: Duration = Duration::from_secs(60);

/// Starts the daemon with its login keyring open; it is made on the first start.
const UNLOCKED: &str = "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null";

/// Starts the daemon and opens nothing.
const LOCKED: &str = "gnome-keyring-daemon --start --components=secrets >/dev/null";

/// A bus without any keyring program to start.
const NO_DAEMON: &str = ":";

/// The home of one made-up person, and the test that uses it.
struct Home {
    folder: TempDir,
    test: &'static str,
}

impl Home {
    fn new(test: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["home", "run", "services"] {
            std::fs::create_dir(folder.path().join(name)).expect("a new folder");
        }
        let private = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(folder.path().join("run"), private).expect("our own folder");
        Self { folder, test }
    }

    /// Does one step inside a new session bus after the shell words of `start`.
    fn step(&self, start: &str, step: &str) {
        let config = self.bus_config();
        let mut command = Command::new("dbus-run-session");
        command.arg("--config-file").arg(config).arg("--");
        // Through a shell: the daemon stays in the background while the test runs in front.
        command.args(["sh", "-c", &format!("{start} && exec \"$0\" \"$@\"")]);
        command.arg(env::current_exe().expect("this test program"));
        self.finish(command, step);
    }

    /// Does one step where there is no session bus at all.
    fn step_without_bus(&self, step: &str) {
        self.finish(Command::new(env::current_exe().expect("this test program")), step);
    }

    fn finish(&self, mut command: Command, step: &str) {
        command.args(["--exact", self.test, "--nocapture"]);
        let kept = ["PATH", "LD_LIBRARY_PATH", "LLVM_PROFILE_FILE", "RUST_BACKTRACE"];
        let kept: Vec<_> = kept.iter().filter_map(|key| Some((key, env::var_os(key)?))).collect();
        command.env_clear().envs(kept).env(STEP, step);
        command.env("HOME", self.path("home")).env("XDG_RUNTIME_DIR", self.path("run"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let started = command.spawn();
        let child = started.expect("dbus-run-session can be started (Debian package: dbus-daemon)");
        let output = bounded(child);
        let words = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "step {step} failed:\n{words}\n{errors}");
        assert!(words.contains("1 passed"), "step {step} ran no test:\n{words}");
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// A bus that starts no program of this machine by itself, so that a test sees the keyring
    /// it started and no other.
    fn bus_config(&self) -> std::path::PathBuf {
        let text = format!(
            "<busconfig><type>session</type><listen>unix:tmpdir={}</listen>\
             <servicedir>{}</servicedir><policy context=\"default\">\
             <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/>\
             <allow own=\"*\"/></policy></busconfig>",
            self.path("run").display(),
            self.path("services").display()
        );
        let path = self.path("bus.conf");
        std::fs::write(&path, text).expect("our own folder");
        path
    }
}

/// A step that hangs is ended, and fails by that.
fn bounded(mut child: Child) -> Output {
    let begun = Instant::now();
    while child.try_wait().expect("our own child").is_none() {
        if begun.elapsed() > STEP_LIMIT {
            child.kill().expect("our own child");
        }
        thread::sleep(Duration::from_millis(10));
    }
    child.wait_with_output().expect("our own child")
}

/// The step to do when this is the inner start of a test, `None` in the outer one.
fn inner() -> Option<String> {
    env::var(STEP).ok()
}

/// The vault, once the daemon has taken its name on the bus: it returns to the shell before.
fn vault() -> Vault {
    let begun = Instant::now();
    let asked = name("nobody");
    while matches!(plain_vault().get(&asked), Err(VaultError::Absent { .. })) {
        assert!(begun.elapsed() < STEP_LIMIT / 2, "gnome-keyring-daemon does not come up");
        thread::sleep(Duration::from_millis(20));
    }
    plain_vault()
}

fn plain_vault() -> Vault {
    let vault = Vault::from_settings(
        VaultSettings::from_env(|_| None).expect("no setting means the keyring"),
    );
    assert_eq!(vault.backend(), Backend::OsKeyring);
    vault
}

fn name(till: &str) -> SecretName {
    SecretName::new(till, "account", "secret").expect("plain parts")
}

fn secret(text: &str) -> Secret {
    Secret::from_text(text.to_owned())
}

fn kept(vault: &Vault, name: &SecretName) -> Option<String> {
    let secret = vault.get(name).expect("the keyring answers");
    secret.map(|secret| secret.expose().to_owned())
}

#[test]
fn secrets_are_kept_exactly_and_outlive_the_program() {
    let Some(step) = inner() else {
        let home = Home::new("secrets_are_kept_exactly_and_outlive_the_program");
        home.step(UNLOCKED, "keep");
        home.step(UNLOCKED, "find");
        return refuse_plain_secret(&home.path("home"));
    };
    let vault = vault();
    if step == "find" {
        assert_eq!(kept(&vault, &name("till-1")).as_deref(), Some(QUOTED));
        return;
    }
    vault.probe().expect("an open keyring works");
    assert_eq!(kept(&vault, &name("till-1")), None);
    for text in ["é ü 支付 🧾", " blanks and\nline ends \r\n", "n\u{303}", "'single'", QUOTED]
    {
        vault.set(&name("till-1"), &secret(text)).expect("kept");
        assert_eq!(kept(&vault, &name("till-1")).as_deref(), Some(text));
    }
    assert_eq!(kept(&vault, &name("till-2")), None, "another till has its own");
    vault.set(&name("till-2"), &secret("other")).expect("kept");
    vault.remove(&name("till-2")).expect("removed");
    vault.remove(&name("till-2")).expect("removing twice is no error");
    assert_eq!(kept(&vault, &name("till-2")), None);
    assert_eq!(kept(&vault, &name("till-1")).as_deref(), Some(QUOTED));
    assert!(!format!("{vault:?}").contains(QUOTED));
}

fn refuse_plain_secret(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("a folder of ours") {
        let path = entry.expect("listed").path();
        if path.is_dir() {
            refuse_plain_secret(&path);
        } else {
            let bytes = std::fs::read(&path).expect("a file of ours");
            let found = bytes.windows(QUOTED.len()).any(|part| part == QUOTED.as_bytes());
            assert!(!found, "the secret is plain in {}", path.display());
        }
    }
}

#[test]
fn many_threads_share_one_vault() {
    if inner().is_none() {
        return Home::new("many_threads_share_one_vault").step(UNLOCKED, "share");
    }
    let vault = vault();
    thread::scope(|scope| {
        for till in 0..6 {
            let vault = vault.clone();
            scope.spawn(move || {
                let till = format!("till-{till}");
                vault.set(&name(&till), &secret(&till)).expect("kept");
                assert_eq!(kept(&vault, &name(&till)), Some(till));
            });
        }
    });
}

#[test]
fn a_locked_keyring_says_locked_and_does_not_hang() {
    let Some(step) = inner() else {
        let home = Home::new("a_locked_keyring_says_locked_and_does_not_hang");
        home.step(UNLOCKED, "keep");
        home.step(LOCKED, "locked");
        return home.step(UNLOCKED, "find");
    };
    let vault = vault();
    match step.as_str() {
        "keep" => vault.set(&name("till"), &secret(QUOTED)).expect("kept"),
        "find" => assert_eq!(kept(&vault, &name("till")).as_deref(), Some(QUOTED)),
        _ => {
            let begun = Instant::now();
            check(vault.get(&name("till")).map(drop), "get");
            check(vault.set(&name("till"), &secret("new")), "set");
            check(vault.remove(&name("till")), "remove");
            check(vault.probe(), "probe");
            assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        }
    }
    fn check(answer: Result<(), VaultError>, act: &str) {
        assert!(matches!(answer, Err(VaultError::Locked)), "{act}: {answer:?}");
    }
}

#[test]
fn without_a_login_keyring_a_secret_is_unset_but_the_probe_tells() {
    if inner().is_none() {
        return Home::new("without_a_login_keyring_a_secret_is_unset_but_the_probe_tells")
            .step(LOCKED, "bare");
    }
    let vault = vault();
    assert_eq!(kept(&vault, &name("till")), None);
    let answer = vault.probe();
    assert!(matches!(answer, Err(VaultError::NoLoginKeyring)), "{answer:?}");
}

#[test]
fn without_a_session_bus_the_keyring_is_absent() {
    if inner().is_none() {
        return Home::new("without_a_session_bus_the_keyring_is_absent").step_without_bus("alone");
    }
    absent_everywhere();
}

#[test]
fn a_bus_without_a_keyring_program_is_absent_too() {
    if inner().is_none() {
        return Home::new("a_bus_without_a_keyring_program_is_absent_too").step(NO_DAEMON, "bus");
    }
    absent_everywhere();
}

fn absent_everywhere() {
    let vault = plain_vault();
    for answer in [
        vault.get(&name("till")).map(drop),
        vault.set(&name("till"), &secret(QUOTED)),
        vault.remove(&name("till")),
        vault.probe(),
    ] {
        let error = answer.expect_err("there is no keyring");
        assert!(matches!(error, VaultError::Absent { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("COUNTERFOIL_VAULT=file:PATH") && text.contains("No money moved"));
        assert!(!format!("{text} {error:?}").contains(QUOTED));
    }
}

#[test]
fn a_bus_that_never_answers_does_not_hang_the_program() {
    if inner().is_none() {
        let home = Home::new("a_bus_that_never_answers_does_not_hang_the_program");
        let socket = home.path("run/silent");
        let silent = UnixListener::bind(&socket).expect("a socket of ours");
        let mut command = Command::new("env");
        command.arg(format!("DBUS_SESSION_BUS_ADDRESS=unix:path={}", socket.display()));
        command.arg(env::current_exe().expect("this test program"));
        home.finish(command, "silent");
        return drop(silent);
    }
    let wait = Duration::from_millis(500);
    let vault = Vault::from_settings(VaultSettings::OsKeyring { wait });
    let begun = Instant::now();
    for answer in [vault.get(&name("till")).map(drop), vault.set(&name("till"), &secret(QUOTED))] {
        assert!(matches!(answer, Err(VaultError::NoAnswer { waited_ms: 500 })), "{answer:?}");
    }
    assert!(begun.elapsed() < wait * 2, "the second call is answered at once");
}

#[test]
fn a_keyring_that_was_restarted_is_found_again() {
    if inner().is_none() {
        return Home::new("a_keyring_that_was_restarted_is_found_again").step(UNLOCKED, "restart");
    }
    let vault = vault();
    vault.set(&name("till"), &secret(QUOTED)).expect("kept");
    let restart = UNLOCKED.replace("--unlock", "--replace --unlock");
    let status = Command::new("sh").args(["-c", &restart]).status().expect("a shell");
    assert!(status.success());
    // Waits by another connection: the vault under test finds out by itself that its own is stale.
    drop(self::vault());
    assert_eq!(kept(&vault, &name("till")).as_deref(), Some(QUOTED));
}
