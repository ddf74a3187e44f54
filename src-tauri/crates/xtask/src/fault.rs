//! The one way a task ends early, worded for the person who typed the command.

use std::path::PathBuf;
use std::process::ExitStatus;

/// Why a task could not go on.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The program is not there, or may not be started.
    #[error("`{program}` could not be started: {cause}")]
    Start {
        /// The program as it was asked for.
        program: String,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// The program ran and said no.
    #[error("`{line}` ended with {status}")]
    Ended {
        /// The command line, as a person would type it.
        line: String,
        /// Its exit status.
        status: ExitStatus,
    },
    /// The program was still running when its time was up, and was ended.
    #[error("`{line}` was ended after {minutes} minutes")]
    TooLong {
        /// The command line, as a person would type it.
        line: String,
        /// The limit, in whole minutes.
        minutes: u64,
    },
    /// A file or folder could not be read or written.
    #[error("{}: {cause}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// `cargo metadata` did not answer.
    #[error("the workspace could not be read: {0}")]
    Workspace(#[from] cargo_metadata::Error),
    /// Something was looked through and is not as it should be; one line for each place.
    #[error("{}:\n  {}", count(.0.len()), .0.join("\n  "))]
    Findings(Vec<String>),
    /// Anything a person has to do first, in one or two sentences.
    #[error("{0}")]
    Stop(String),
}

impl Fault {
    /// A file fault, for `map_err`.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |cause| Self::File { path, cause }
    }

    /// Nothing when there is no finding, else all of them as one fault.
    pub fn unless_empty(findings: Vec<String>) -> Result<(), Self> {
        if findings.is_empty() { Ok(()) } else { Err(Self::Findings(findings)) }
    }
}

fn count(findings: usize) -> String {
    if findings == 1 { "1 finding".to_owned() } else { format!("{findings} findings") }
}
