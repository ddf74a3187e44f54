//! The proof of the proof: what must be found is found, and the preload sees what the system sees.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::day::{Day, Weather};
use crate::extent::Extent;
use crate::killing::{killed_at, preload, recorded};
use crate::people::sync;
use crate::points::{Deed, How, Point, parse};
use crate::till::text;
use crate::verdict::{Books, Finding, Stage, findings};

/// A disk that forgets: the till's files of the morning come back under a provider that has gone
/// on. The refunds and the start leave a second time, and the verdict must say so.
#[test]
fn a_till_that_forgets_what_it_sent_is_found_out() {
    let mut day = Day::new(Weather::Clear, 1);
    let (_, calls) = recorded(&day.till.cashier(Day::SYNC), &day.till.beside("log"));
    day.begin();
    let last = calls.iter().rfind(|call| call.deed() == Deed::Send).expect("something was sent");
    let point = Point { at: last.at, how: How::After };
    assert!(killed_at(&day.till.cashier(Day::SYNC), point).killed);
    day.put_files_back();
    let found = findings(&Books::of(&day), Stage::Idle);
    assert!(found.iter().any(|found| matches!(found, Finding::Unasked(_))), "{found:?}");
    sync(&day);
    let found = findings(&Books::of(&day), Stage::Idle);
    let doubled = found.iter().filter(|found| matches!(found, Finding::Doubled(_))).count();
    assert!(doubled >= 3, "two refunds and a start: {found:?}");
}

#[test]
fn a_change_that_is_gone_is_found_out() {
    let mut day = Day::new(Weather::Clear, 1);
    let ask = crate::day::refund_line(&day.quiet_payment(), "12.00");
    let mut late = day.asked[0].clone();
    late.change_id = text(&day.till.manager(&ask).exits(0)["change_id"]);
    late.kind = "refund".to_owned();
    day.asked.push(late);
    assert_eq!(findings(&Books::of(&day), Stage::Idle), []);
    day.put_files_back();
    let found = findings(&Books::of(&day), Stage::Idle);
    assert!(matches!(found[..], [Finding::Lost(_)]), "{found:?}");
}

/// Calls by what the system calls them and what they are made on.
type Counts = BTreeMap<(String, &'static str), usize>;

/// A day under `strace` with the preload in it: both must have seen the same calls, as often. Only
/// with `COUNTERFOIL_KILL=all`, because it needs `strace`.
#[test]
fn the_preload_numbers_every_call_that_the_system_sees() {
    if Extent::asked_for() == Extent::Slice {
        return;
    }
    let day = Day::new(Weather::Foul, 4);
    let (traced, log) = (day.till.beside("strace"), day.till.beside("log"));
    let call = day.till.cashier(Day::SYNC).command();
    let mut strace = Command::new("strace");
    strace.env_clear().envs(call.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let path = std::env::var_os("PATH").unwrap_or_default();
    strace.env("PATH", path).args(["-f", "-yy", "-e", TRACED, "-o"]).arg(&traced);
    strace.arg("-E").arg(format!("LD_PRELOAD={}", preload().display()));
    strace.arg("-E").arg(format!("KILL_LOG={}", log.display()));
    strace.arg(call.get_program()).args(call.get_args()).arg("--json").stdout(Stdio::piped());
    strace.output().expect("strace is installed");
    let seen = seen_by_strace(&traced, &log);
    let numbered = numbered(&log);
    assert!(numbered.len() > 8, "{numbered:?}");
    assert_eq!(numbered, seen);
}

const TRACED: &str = "trace=write,pwrite64,writev,pwritev,pwritev2,sendto,sendmsg,sendmmsg,\
    recvfrom,recvmsg,recvmmsg,read,readv,connect,fsync,fdatasync,sync_file_range,ftruncate,\
    truncate,fallocate,fchmod,fchmodat,chmod,unlink,unlinkat,rmdir,rename,renameat,renameat2,\
    link,linkat,symlink,symlinkat,mkdir,mkdirat,openat,open,creat,copy_file_range,sendfile,splice,\
    io_uring_enter,msync";

fn numbered(log: &Path) -> Counts {
    let mut counts = Counts::new();
    for call in parse(&std::fs::read_to_string(log).expect("the preload wrote a log")) {
        let name = match call.name.as_str() {
            "send" => "sendto",
            "recv" => "recvfrom",
            "open" | "open64" | "openat64" => "openat",
            "pwrite" => "pwrite64",
            "ftruncate64" => "ftruncate",
            other => other,
        };
        let class = match call.class.as_str() {
            "file" | "dir" => "file",
            "net" => "net",
            "out" => "out",
            _ => "name",
        };
        *counts.entry((name.to_owned(), class)).or_default() += 1;
    }
    counts
}

fn seen_by_strace(traced: &Path, log: &Path) -> Counts {
    let mut counts = Counts::new();
    let text = std::fs::read_to_string(traced).expect("strace wrote its log");
    // Before the program's own code: the loader has not yet bound the preload.
    let own = text.lines().skip_while(|line| !line.contains(&*log.to_string_lossy()));
    for line in own.skip(1) {
        let Some((_, call)) = line.split_once(' ') else { continue };
        let Some((name, rest)) = call.trim_start().split_once('(') else { continue };
        let Some(class) = class_seen(name, rest) else { continue };
        if !rest.contains(&*log.to_string_lossy()) {
            *counts.entry((name.to_owned(), class)).or_default() += 1;
        }
    }
    counts
}

/// What a traced call is made on; none for what the preload does not number either.
fn class_seen(name: &str, rest: &str) -> Option<&'static str> {
    let on = rest.split(['>', ',']).next().unwrap_or_default();
    match name {
        "openat" | "open" | "creat" => rest.contains("O_CREAT").then_some("name"),
        "mkdir" | "chmod" | "unlink" | "rename" | "rmdir" | "link" | "unlinkat" => Some("name"),
        _ if on.contains("<TCP") => Some("net"),
        "read" | "readv" | "recvfrom" | "recvmsg" => None,
        _ if on.starts_with("1<") => Some("out"),
        _ if on.contains("</") || on.contains("<#") => Some("file"),
        _ => None,
    }
}
