//! A listening program, and whoever calls it: bytes over a socket, nothing forgiven.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::till::Till;

/// Longer than anything here takes on a slow machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// `counterfoilctl listen`, ready.
pub struct Listener {
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
    pub address: SocketAddr,
}

impl Listener {
    pub fn start(till: &Till) -> Self {
        Self::start_as(till, "listen --addr 127.0.0.1:0 --json")
    }

    pub fn start_as(till: &Till, line: &str) -> Self {
        let mut child = till.cashier(line).command().spawn().expect("it starts");
        drop(child.stdin.take());
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut first = String::new();
        stdout.read_line(&mut first).expect("it says where");
        let told: Value = serde_json::from_str(&first).unwrap_or_else(|_| panic!("{first:?}"));
        let address = told["listening"].as_str().and_then(|text| text.parse().ok());
        Self { child, stdout, address: address.unwrap_or_else(|| panic!("{told}")) }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Asks it to end; it must end cleanly and have said nothing more. What it said to people.
    pub fn ends(mut self) -> String {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args(["-TERM", &pid]).status().expect("kill is there");
        assert!(status.success());
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).expect("stdout is text");
        assert_eq!(rest, "", "one value on stdout");
        let output = self.child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let said = String::from_utf8(output.stderr).expect("stderr is text");
        assert!(!said.contains("panicked"), "{said}");
        said
    }
}

pub fn wait_until(mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE, "it never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// An answer, as far as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Header lines but `date`, which is no matter of ours.
    pub head: Vec<String>,
    pub body: String,
}

/// A POST with these headers.
pub fn post(to: SocketAddr, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    call(to, "POST", path, headers, body)
}

pub fn call(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {to}\r\n").into_bytes();
    for (name, text) in headers {
        request.extend(format!("{name}: {text}\r\n").into_bytes());
    }
    request.extend(format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes());
    request.extend_from_slice(body);
    let raw = raw(to, &request);
    read(&raw).unwrap_or_else(|| panic!("{method} {path}: {:?}", String::from_utf8_lossy(&raw)))
}

/// Sends bytes and reads until the other side has ended.
pub fn raw(to: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut socket = TcpStream::connect(to).expect("somebody listens");
    socket.set_read_timeout(Some(PATIENCE)).expect("it is set");
    // It may have answered and gone before it took all of it.
    let _ = socket.write_all(bytes);
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer);
    answer
}

pub fn read(raw: &[u8]) -> Option<Answer> {
    let text = String::from_utf8_lossy(raw).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n").map(str::to_ascii_lowercase);
    let status = lines.next()?.strip_prefix("http/1.1 ")?.get(..3)?.parse().ok()?;
    let head = lines.filter(|line| !line.starts_with("date:")).collect();
    Some(Answer { status, head, body: body.to_owned() })
}
