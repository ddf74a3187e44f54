//! Calls out of the stand-in, to loopback addresses only: hooks that somebody else serves.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bumper::webhook::loopback;

/// A patch of one payment is short; more than this is not read.
const MAX_ANSWER_BYTES: u64 = 1024 * 1024;

/// As whom a call out is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub token: String,
    pub merchant: String,
    pub channel: String,
}

/// How a call out ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// An answer: status and body.
    Answer(u16, Vec<u8>),
    /// None in time.
    TimedOut,
    /// The address is not loopback, nobody listens there, or the connection broke.
    Nobody,
}

/// One POST of an order, proved as the order service proves itself.
pub(crate) async fn post(url: &str, caller: &Caller, order: String, limit: Duration) -> Heard {
    let Some((address, path)) = loopback(url) else { return Heard::Nobody };
    let exchange = async {
        let mut socket = TcpStream::connect(address).await.ok()?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
             x-merchant: {}\r\nx-channel: {}\r\nAccept: application/json\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            caller.token,
            caller.merchant,
            caller.channel,
            order.len()
        );
        socket.write_all(head.as_bytes()).await.ok()?;
        socket.write_all(order.as_bytes()).await.ok()?;
        let mut raw = Vec::new();
        socket.take(MAX_ANSWER_BYTES).read_to_end(&mut raw).await.ok()?;
        read(&raw)
    };
    match tokio::time::timeout(limit, exchange).await {
        Ok(Some((status, body))) => Heard::Answer(status, body),
        Ok(None) => Heard::Nobody,
        Err(_) => Heard::TimedOut,
    }
}

/// Status and body of a whole HTTP/1.1 answer.
fn read(raw: &[u8]) -> Option<(u16, Vec<u8>)> {
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(raw.get(..end)?).to_ascii_lowercase();
    let body = raw.get(end + 4..)?;
    let status = head.strip_prefix("http/1.1 ")?.get(..3)?.parse().ok()?;
    if head.contains("transfer-encoding: chunked") {
        return Some((status, unchunked(body)?));
    }
    Some((status, body.to_vec()))
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = std::str::from_utf8(rest.get(..line)?).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(whole);
        }
        let start = line + 2;
        let end = start.checked_add(size)?;
        whole.extend_from_slice(rest.get(start..end)?);
        rest = rest.get(end + 2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_whole_or_in_chunks_or_not_at_all() {
        let check = |raw: &str, expected: Option<(u16, &str)>| {
            let read = read(raw.as_bytes());
            let expected = expected.map(|(status, body)| (status, body.as_bytes().to_vec()));
            assert_eq!(read, expected, "{raw:?}");
        };
        check("HTTP/1.1 200 OK\r\nA: b\r\n\r\n[]", Some((200, "[]")));
        check("HTTP/1.1 204 No Content\r\n\r\n", Some((204, "")));
        let chunked =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n[\r\n1\r\n]\r\n0\r\n\r\n";
        check(chunked, Some((200, "[]")));
        check("HTTP/1.1 200 OK\r\n", None);
        check("nonsense\r\n\r\n", None);
    }
}
