//! Where a program can be killed: the calls that a run made, and a sample of them.

/// One call that the preload numbered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// From 1, over all threads.
    pub at: u32,
    /// The name of the function, as `pwrite64`.
    pub name: String,
    /// `file`, `dir`, `net`, `out`, or `name` for a change of a folder.
    pub class: String,
    /// How many bytes were to go.
    pub bytes: u64,
    /// The file, where there is one.
    pub path: String,
}

/// Where the kill falls beside its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// The call is not made.
    Before,
    /// Half of its bytes go.
    Half,
    /// The call was made, and nothing after it.
    After,
}

impl How {
    /// As the preload reads it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Half => "half",
            Self::After => "after",
        }
    }
}

/// One place to kill a program at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// Number of the call.
    pub at: u32,
    /// Beside it.
    pub how: How,
}

/// What a call does, as the figures count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// Bytes to a file.
    Write,
    /// A sync of a file or folder.
    Sync,
    /// A connection, or bytes to the provider.
    Send,
    /// Bytes from the provider.
    Receive,
    /// A file made, renamed, cut, removed, or given rights.
    Name,
    /// The answer to whoever called the program.
    Print,
}

impl Deed {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Write, Self::Sync, Self::Send, Self::Receive, Self::Name, Self::Print];
}

impl Call {
    /// What it does.
    pub fn deed(&self) -> Deed {
        match (self.class.as_str(), self.name.as_str()) {
            ("out", _) => Deed::Print,
            (_, "fsync" | "fdatasync") => Deed::Sync,
            ("net", "read" | "readv" | "recv" | "recvfrom" | "recvmsg") => Deed::Receive,
            ("net", _) => Deed::Send,
            (_, "write" | "writev" | "pwrite" | "pwrite64") => Deed::Write,
            _ => Deed::Name,
        }
    }

    fn points(&self) -> impl Iterator<Item = Point> + use<> {
        // A page, or a request: less than that is never torn.
        let halves = matches!(self.deed(), Deed::Write | Deed::Send) && self.bytes > 100;
        let half = halves.then_some(How::Half);
        // After any other call is before the next one: only the provider moves on meanwhile.
        let after = (self.deed() == Deed::Send).then_some(How::After);
        let at = self.at;
        [Some(How::Before), half, after].into_iter().flatten().map(move |how| Point { at, how })
    }
}

/// True where the log is taken over into the database's own file.
pub fn takes_over(call: &Call) -> bool {
    call.deed() == Deed::Write && call.path.ends_with(".db")
}

/// Every point of a recorded run.
pub fn every(calls: &[Call]) -> Vec<Point> {
    calls.iter().flat_map(Call::points).collect()
}

/// Every n-th point of each deed, each deed with its own first one, so that none is left out.
pub fn sample(calls: &[Call], every_nth: usize) -> Vec<Point> {
    let mut chosen: Vec<Point> = Deed::ALL
        .into_iter()
        .flat_map(|deed| {
            let of_deed = calls.iter().filter(move |call| call.deed() == deed);
            let points: Vec<_> = of_deed.flat_map(Call::points).collect();
            let first = points.len().min(every_nth) / 2;
            points.into_iter().skip(first).step_by(every_nth)
        })
        .collect();
    chosen.sort();
    chosen
}

/// Reads the preload's log.
pub fn parse(log: &str) -> Vec<Call> {
    let mut calls: Vec<_> = log.lines().map(parse_line).collect();
    calls.sort_by_key(|call| call.at);
    calls
}

fn parse_line(line: &str) -> Call {
    let parts: Vec<_> = line.splitn(5, ' ').collect();
    let [at, name, class, bytes, path] = parts[..] else { panic!("a log line: {line}") };
    Call {
        at: at.parse().expect("a number"),
        name: name.to_owned(),
        class: class.to_owned(),
        bytes: bytes.parse().expect("a number"),
        path: path.to_owned(),
    }
}

#[test]
fn a_sample_holds_some_of_every_deed() {
    let log = "1 open64 name 0 /d/a\n2 pwrite64 file 4096 /d/a\n3 fsync file 0 /d/a\n\
               4 connect net 0 -\n5 send net 300 -\n6 recv net 0 -\n7 write out 9 -\n";
    let calls = parse(log);
    let deeds: Vec<_> = calls.iter().map(Call::deed).collect();
    let [write, sync, send, receive, name, print] = Deed::ALL;
    assert_eq!(deeds, [name, write, sync, send, send, receive, print]);
    let point = |at, how| Point { at, how };
    let all = every(&calls);
    assert_eq!(all.len(), 7 + 2 + 2);
    assert!(all.contains(&point(5, How::After)) && all.contains(&point(2, How::Half)));
    let few: Vec<_> = sample(&calls, 100).iter().map(|point| point.at).collect();
    assert_eq!(few, [1, 2, 3, 5, 6, 7]);
}
