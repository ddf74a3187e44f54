//! Others' queues, each in a process of its own: it says what it is and what its database reads
//! back, then does as many operations as it is told and says how long they took.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

/// How to start a peer: its name, the program, its first arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerCall {
    /// Such as `effectum`.
    pub name: String,
    program: String,
    arguments: Vec<String>,
}

/// With which settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// As it comes.
    AsShipped,
    /// Every commit synced.
    FullSync,
}

/// What a peer says of itself, read back from its own connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerFacts {
    /// Version of the queue.
    pub version: String,
    /// Version of SQLite.
    pub sqlite: String,
    /// `wal`, `delete` …
    pub journal_mode: String,
    /// 2 is FULL, 1 NORMAL, 0 OFF.
    pub synchronous: i64,
}

/// A running peer. It ends when its standard input is closed.
pub struct Peer {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// What it said of itself.
    pub facts: PeerFacts,
}

impl PeerCall {
    /// Reads a JSON list: the name, the program, its first arguments.
    ///
    /// # Errors
    /// It is something else.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<String> =
            serde_json::from_str(text).map_err(|error| format!("a JSON list of texts: {error}"))?;
        match words.as_slice() {
            [name, program, arguments @ ..] => Ok(Self {
                name: name.clone(),
                program: program.clone(),
                arguments: arguments.to_vec(),
            }),
            _ => Err("a name and a program at least".to_owned()),
        }
    }

    /// Starts it on an empty folder.
    ///
    /// # Errors
    /// It does not start, or does not say what it is.
    pub fn start(&self, folder: &Path, manner: Manner) -> Result<Peer, String> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .arg(folder)
            .arg(manner.word())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", self.program))?;
        let input = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().expect("it was asked for as a pipe"));
        let facts = facts(&next_line(&mut output)?)?;
        Ok(Peer { child, input, output, facts })
    }
}

impl Manner {
    fn word(self) -> &'static str {
        match self {
            Self::AsShipped => "as-shipped",
            Self::FullSync => "full-sync",
        }
    }
}

impl PeerFacts {
    /// True where every commit waits for the disk.
    pub fn is_full_sync(&self) -> bool {
        self.synchronous >= 2
    }
}

impl Peer {
    /// So many times enqueue, claim and finish; answers how long all of them took, by the peer's
    /// own clock.
    ///
    /// # Errors
    /// It ended, or says something else.
    pub fn work(&mut self, operations: u32) -> Result<Duration, String> {
        let input = self.input.as_mut().ok_or("it was ended")?;
        writeln!(input, "{operations}").map_err(|error| error.to_string())?;
        let line = next_line(&mut self.output)?;
        let nanos = line.trim().parse().map_err(|_| format!("it said {line:?}"))?;
        Ok(Duration::from_nanos(nanos))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.input.take());
        // It ends with its input; how does not matter any more.
        let _ = self.child.wait();
    }
}

fn next_line(output: &mut impl BufRead) -> Result<String, String> {
    let mut line = String::new();
    match output.read_line(&mut line) {
        Ok(0) => Err("it ended without a word".to_owned()),
        Ok(_) => Ok(line),
        Err(error) => Err(error.to_string()),
    }
}

fn facts(line: &str) -> Result<PeerFacts, String> {
    let told: Value = serde_json::from_str(line).map_err(|_| format!("it said {line:?}"))?;
    let text = |key: &str| told[key].as_str().map(str::to_owned).ok_or(format!("no {key}"));
    Ok(PeerFacts {
        version: text("version")?,
        sqlite: text("sqlite")?,
        journal_mode: text("journal_mode")?,
        synchronous: told["synchronous"].as_i64().ok_or("no synchronous")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_a_name_a_program_and_its_first_arguments() {
        let call = PeerCall::parse(r#"["huey", "/v/bin/python", "peer.py", "huey"]"#);
        let call = call.expect("it is well formed");
        assert_eq!((call.name.as_str(), call.arguments.len()), ("huey", 2));
        assert!(PeerCall::parse(r#"["huey"]"#).is_err());
        assert!(PeerCall::parse("huey").is_err());
    }

    #[test]
    fn only_what_reads_back_full_counts_as_full() {
        let told = |synchronous| {
            let line = format!(
                r#"{{"version":"1","sqlite":"3","journal_mode":"wal","synchronous":{synchronous}}}"#
            );
            facts(&line).expect("it is well formed")
        };
        assert!(told(2).is_full_sync() && told(3).is_full_sync());
        assert!(!told(1).is_full_sync() && !told(0).is_full_sync());
        assert!(facts("{}").is_err());
    }
}
