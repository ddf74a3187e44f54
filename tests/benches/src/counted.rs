//! Counting what does not wobble: the syncs and the bytes that reach the kernel, seen by `strace`
//! from outside, over a known number of operations of a second process of this program.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Files whose making marks where the operations begin and end in what `strace` saw.
const MARKS: [&str; 2] = ["counted-from-here", "counted-to-here"];

/// What a number of operations cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// `fsync` and `fdatasync` of the files of the database.
    pub syncs: u32,
    /// Of these, on the write-ahead log: those that commits wait for.
    pub log_syncs: u32,
    /// Bytes written to the files of the database.
    pub bytes: u64,
}

/// Runs this program once more with `arguments` under `strace` and counts between the marks.
///
/// # Errors
/// Why it could not be counted: no `strace`, or it may not trace here.
pub fn count(folder: &Path, arguments: &[String]) -> Result<Counts, String> {
    let seen = folder.join("seen");
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let status = Command::new("strace")
        .args(["-f", "--seccomp-bpf", "-y", "-s", "0"])
        .args(["-e", "trace=fsync,fdatasync,pwrite64,write"])
        .arg("-o")
        .arg(&seen)
        .arg(program)
        .args(arguments)
        .status()
        .map_err(|error| format!("strace cannot be started: {error}"))?;
    if !status.success() {
        return Err(format!("strace ended with {status}"));
    }
    let text = std::fs::read_to_string(&seen).map_err(|error| error.to_string())?;
    read(&text).ok_or_else(|| "strace saw no marks".to_owned())
}

/// In the process that is counted: the operations, between the marks.
pub fn between_marks(folder: &Path, operations: impl FnOnce()) {
    let mark = |name: &str| {
        let path: PathBuf = folder.join(name);
        std::fs::write(path, "mark").expect("the folder is ours");
    };
    mark(MARKS[0]);
    operations();
    mark(MARKS[1]);
}

fn read(text: &str) -> Option<Counts> {
    let (_, rest) = text.split_once(MARKS[0])?;
    let (between, _) = rest.split_once(MARKS[1])?;
    let mut counts = Counts::default();
    for line in between.lines().filter(|line| line.contains(".db")) {
        if line.contains("fsync(") || line.contains("fdatasync(") {
            counts.syncs += 1;
            counts.log_syncs += u32::from(line.contains(".db-wal"));
        } else if let Some((_, arguments)) = line.split_once("\"\"..., ") {
            let digits = arguments.split(|c: char| !c.is_ascii_digit()).next();
            counts.bytes += digits.and_then(|digits| digits.parse::<u64>().ok()).unwrap_or(0);
        }
    }
    Some(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_between_the_marks_and_concerns_the_database_counts() {
        let seen = r#"7 fdatasync(4</d/counterfoil.db-wal>) = 0
7 write(9</d/counted-from-here>, ""..., 4) = 4
8 pwrite64(5</d/counterfoil.db-wal>, ""..., 4096, 56) = 4096
8 pwrite64(5</d/counterfoil.db-wal>, ""..., 24, 32 <unfinished ...>
9 write(1</dev/null>, ""..., 99) = 99
8 <... pwrite64 resumed>) = 24
8 fdatasync(5</d/counterfoil.db-wal> <unfinished ...>
8 <... fdatasync resumed>) = 0
8 fdatasync(4</d/counterfoil.db>) = 0
7 write(9</d/counted-to-here>, ""..., 4) = 4
8 pwrite64(5</d/counterfoil.db-wal>, ""..., 4096, 56) = 4096
"#;
        assert_eq!(read(seen), Some(Counts { syncs: 2, log_syncs: 1, bytes: 4120 }));
        assert_eq!(read("7 write(9</d/counted-from-here>, \"\"..., 4) = 4\n"), None);
    }
}
