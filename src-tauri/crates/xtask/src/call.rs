//! Starting other programs: to be watched, to be read, or both; with a limit when nobody watches.

use crate::fault::Fault;
use crate::ground::Ground;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Longer than any step takes on two cores from nothing, short enough to leave time for the rest.
const LIMIT_MINUTES: u64 = 25;

/// One program to start, and where.
#[derive(Debug)]
pub struct Call {
    program: OsString,
    arguments: Vec<OsString>,
    folder: PathBuf,
    environment: Vec<(OsString, OsString)>,
    limited: bool,
}

/// How a program that was read ended.
#[derive(Debug)]
pub struct Heard {
    /// Its exit status.
    pub status: ExitStatus,
    /// All of its standard output; what is not UTF-8 is replaced.
    pub text: String,
}

impl Call {
    /// `program`, started in the workspace's root folder.
    pub fn new(ground: &Ground, program: impl AsRef<OsStr>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            folder: ground.root.clone(),
            environment: Vec::new(),
            limited: ground.unattended,
        }
    }

    /// Arguments written as one text, split at spaces; for words that are known here.
    #[must_use]
    pub fn words(mut self, words: &str) -> Self {
        self.arguments.extend(words.split_whitespace().map(OsString::from));
        self
    }

    /// One argument as it is.
    #[must_use]
    pub fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Starts it in another folder.
    #[must_use]
    pub fn within(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = folder.as_ref().to_owned();
        self
    }

    /// Sets one variable of its environment.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// For what a person answers or closes when they like: no time limit, whoever watches.
    #[must_use]
    pub fn unlimited(mut self) -> Self {
        self.limited = false;
        self
    }

    /// The command as a person would type it.
    #[must_use]
    pub fn line(&self) -> String {
        let words = std::iter::once(&self.program).chain(&self.arguments);
        words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    /// Runs it in front of the person.
    ///
    /// # Errors
    /// When it cannot be started, ends badly or is too slow.
    pub fn run(self) -> Result<(), Fault> {
        let mut child = self.start(Stdio::inherit())?;
        let status = self.end(&mut child)?;
        self.judge(status)
    }

    /// Runs it and keeps its output from the person.
    ///
    /// # Errors
    /// When it cannot be started, ends badly or is too slow.
    pub fn read(self) -> Result<String, Fault> {
        let heard = self.hear(false)?;
        self.judge(heard.status)?;
        Ok(heard.text)
    }

    /// Whether it ends well; its output is of no interest.
    #[must_use]
    pub fn succeeds(self) -> bool {
        let quiet = self.command().stdout(Stdio::null()).stderr(Stdio::null()).status();
        quiet.is_ok_and(|status| status.success())
    }

    /// Runs it in front of the person and keeps what it printed; its ending is for the caller.
    ///
    /// # Errors
    /// When it cannot be started or is too slow.
    pub fn follow(self) -> Result<Heard, Fault> {
        self.hear(true)
    }

    /// Starts it in a process group of its own, for the caller to end; its output goes to `out`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn spawn(mut self, out: Stdio) -> Result<Running, Fault> {
        self.limited = true;
        Ok(Running { child: self.start(out)? })
    }

    fn hear(&self, aloud: bool) -> Result<Heard, Fault> {
        let mut child = self.start(Stdio::piped())?;
        let output = child.stdout.take().expect("standard output was asked for as a pipe");
        let reader = std::thread::spawn(move || copy(output, aloud));
        let status = self.end(&mut child)?;
        let text = reader.join().expect("the copying thread has nothing that panics");
        Ok(Heard { status, text })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(&self.folder);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        // Cargo's own variables about xtask would make the cargo started here build anew.
        for (name, _) in std::env::vars_os() {
            let known = name.to_string_lossy();
            if known.starts_with("CARGO_PKG_") || known.starts_with("CARGO_MANIFEST_") {
                command.env_remove(name);
            }
        }
        command
    }

    /// A limited program leads its own process group, so that all it started can be ended too.
    /// One that is watched stays in ours, so that Ctrl-C reaches it.
    fn start(&self, out: Stdio) -> Result<Child, Fault> {
        let mut command = self.command();
        command.stdout(out);
        if self.limited {
            command.process_group(0).stdin(Stdio::null());
        }
        let program = self.program.to_string_lossy().into_owned();
        command.spawn().map_err(|cause| Fault::Start { program, cause })
    }

    fn end(&self, child: &mut Child) -> Result<ExitStatus, Fault> {
        let watch = self.limited.then(|| Watch::over(child.id()));
        let status = child.wait().map_err(Fault::file(&self.program))?;
        match watch.is_some_and(Watch::fired) {
            true => Err(Fault::TooLong { line: self.line(), minutes: LIMIT_MINUTES }),
            false => Ok(status),
        }
    }

    fn judge(&self, status: ExitStatus) -> Result<(), Fault> {
        if status.success() { Ok(()) } else { Err(Fault::Ended { line: self.line(), status }) }
    }
}

/// A program in the background, ended with all it started when this is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
}

impl Running {
    /// The first line it prints, when its output is a pipe.
    #[must_use]
    pub fn first_line(&mut self) -> Option<String> {
        let mut line = String::new();
        BufReader::new(self.child.stdout.take()?).read_line(&mut line).ok()?;
        Some(line.trim().to_owned())
    }

    /// How it ended, when it already has.
    #[must_use]
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        end_group(self.child.id(), "TERM");
        for _ in 0..30 {
            if self.ended().is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        end_group(self.child.id(), "KILL");
        // Collected so that no dead entry stays; how it ended no longer matters.
        let _ = self.child.wait();
    }
}

/// A thread that ends a process group when its time is up before it is told to stand down.
struct Watch {
    stand_down: Sender<()>,
    thread: JoinHandle<bool>,
}

impl Watch {
    fn over(leader: u32) -> Self {
        let (stand_down, told) = channel();
        let thread = std::thread::spawn(move || {
            let limit = Duration::from_secs(LIMIT_MINUTES * 60);
            let late = told.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
            if late {
                end_group(leader, "KILL");
            }
            late
        });
        Self { stand_down, thread }
    }

    fn fired(self) -> bool {
        // The thread has gone when it fired: nobody to tell.
        let _ = self.stand_down.send(());
        self.thread.join().unwrap_or(false)
    }
}

/// Through the shell, which has `kill` built in: the call itself would need unsafe code, and the
/// program of that name is not on every small system.
fn end_group(leader: u32, signal: &str) {
    let mut kill = Command::new("sh");
    kill.arg("-c").arg(format!("kill -s {signal} -- -{leader}"));
    // The group may be gone already, which is what is wanted.
    let _ = kill.stderr(Stdio::null()).status();
}

fn copy(mut from: impl Read, aloud: bool) -> String {
    let mut all = Vec::new();
    let mut piece = [0_u8; 4096];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        let read = &piece[..length];
        all.extend_from_slice(read);
        if aloud {
            let mut out = std::io::stdout().lock();
            // A closed terminal must not end the work.
            let _ = out.write_all(read).and_then(|()| out.flush());
        }
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// Where `program` stands on the search path, if it does.
#[must_use]
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ground(unattended: bool) -> Ground {
        let folder = std::env::temp_dir();
        Ground { root: folder.clone(), target: folder, unattended, yes: true }
    }

    #[test]
    fn what_a_program_prints_is_kept_and_its_bad_ending_is_told_with_its_command_line() {
        let said = Call::new(&ground(false), "printf").argument("two words").read();
        assert_eq!(said.expect("printf is part of every system"), "two words");
        let fault = Call::new(&ground(true), "false").words("a b").run().expect_err("it says no");
        assert!(fault.to_string().starts_with("`false a b` ended with"), "{fault}");
        let fault = Call::new(&ground(false), "no-such-program").run().expect_err("not there");
        assert!(matches!(fault, Fault::Start { .. }), "{fault}");
    }

    #[test]
    fn a_followed_program_may_end_badly_and_its_words_are_still_there() {
        let heard = Call::new(&ground(true), "sh")
            .words("-c")
            .argument("echo heard; exit 3")
            .follow()
            .expect("sh is part of every system");
        assert_eq!((heard.text.as_str(), heard.status.code()), ("heard\n", Some(3)));
    }

    #[test]
    fn dropping_a_running_program_ends_what_it_started_too() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mark = folder.path().join("pid");
        let script = format!("sleep 300 & echo $! > {}; echo up; wait", mark.display());
        let call = Call::new(&ground(false), "sh").words("-c").argument(script);
        let mut running = call.spawn(Stdio::piped()).expect("sh is part of every system");
        assert_eq!(running.first_line().as_deref(), Some("up"));
        let sleeper = std::fs::read_to_string(&mark).expect("the script wrote it");
        // Of one that has ended and waits to be collected the command line is empty.
        let words = Path::new("/proc").join(sleeper.trim()).join("cmdline");
        let alive = || std::fs::read(&words).is_ok_and(|words| !words.is_empty());
        let within_a_second = |wanted: bool| {
            (0..50).any(|_| {
                std::thread::sleep(Duration::from_millis(20));
                alive() == wanted
            })
        };
        assert!(within_a_second(true));
        drop(running);
        assert!(within_a_second(false));
    }
}
