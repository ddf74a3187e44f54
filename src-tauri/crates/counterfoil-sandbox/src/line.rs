//! The line between a client and the stand-in: one listening socket whose connections can be cut
//! at any byte.
//!
//! A web framework answers politely by nature; a lost answer must not be polite. So every accepted
//! socket is wrapped, and its handle travels to the request's handler, which can cut it, or let the
//! next write lose its tail. `stop` and a line that is down work the same way, from outside.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Handle;

/// Connections the system may hold for us before we accept them.
const BACKLOG: u32 = 1024;

/// How the line to the providers stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// Requests are answered.
    Up,
    /// Connections are accepted and closed without an answer as soon as a request is read. The
    /// control interface still answers on the same port.
    Silent,
    /// Connections are refused by the system: no byte of a request can leave. Only the separate
    /// control port still answers.
    Refusing,
}

/// What a connection was last used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Unused,
    Control,
    Provider,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while holding these locks; a poisoned one still holds a usable value.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug)]
struct Wire {
    cut: bool,
    lose_tail: Option<usize>,
    purpose: Purpose,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// The handle of one accepted connection.
#[derive(Debug, Clone)]
pub(crate) struct Connection(Arc<Mutex<Wire>>);

impl Connection {
    fn new(cut: bool) -> Self {
        let purpose = Purpose::Unused;
        Self(Arc::new(Mutex::new(Wire {
            cut,
            lose_tail: None,
            purpose,
            reader: None,
            writer: None,
        })))
    }

    pub(crate) fn use_for(&self, purpose: Purpose) {
        lock(&self.0).purpose = purpose;
    }

    /// Closes the connection: no further byte is read or written.
    pub(crate) fn cut(&self) {
        let wakers = {
            let mut wire = lock(&self.0);
            wire.cut = true;
            [wire.reader.take(), wire.writer.take()]
        };
        wakers.into_iter().flatten().for_each(Waker::wake);
    }

    /// Lets the next write lose its last `bytes` bytes and closes the connection after it.
    pub(crate) fn lose_tail(&self, bytes: usize) {
        lock(&self.0).lose_tail = Some(bytes);
    }
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "the stand-in closed this connection")
}

/// An accepted socket under the control of its [`Connection`].
pub(crate) struct Cuttable {
    socket: TcpStream,
    connection: Connection,
}

impl AsyncRead for Cuttable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        {
            let mut wire = lock(&self.connection.0);
            if wire.cut {
                return Poll::Ready(Err(closed()));
            }
            wire.reader = Some(cx.waker().clone());
        }
        Pin::new(&mut self.socket).poll_read(cx, buf)
    }
}

impl AsyncWrite for Cuttable {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let lose = {
            let mut wire = lock(&self.connection.0);
            if wire.cut {
                return Poll::Ready(Err(closed()));
            }
            wire.writer = Some(cx.waker().clone());
            wire.lose_tail
        };
        let Some(lose) = lose else {
            return Pin::new(&mut self.socket).poll_write(cx, buf);
        };
        let kept = buf.get(..buf.len().saturating_sub(lose)).unwrap_or_default();
        let written = Pin::new(&mut self.socket).poll_write(cx, kept);
        if written.is_ready() {
            self.connection.cut();
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[derive(Debug)]
struct Socket {
    state: LineState,
    stopped: bool,
    listener: Option<TcpListener>,
    /// Holds the port while connections are refused.
    reserved: Option<TcpSocket>,
    accepting: Option<Waker>,
    connections: Vec<Weak<Mutex<Wire>>>,
}

/// One listening address that can be taken down and put up again.
#[derive(Debug)]
pub(crate) struct Line {
    address: SocketAddr,
    runtime: Handle,
    socket: Mutex<Socket>,
}

impl Line {
    /// Binds on the current runtime. Fails as the system does.
    pub(crate) fn open(address: SocketAddr) -> io::Result<Arc<Self>> {
        let listener = reserve(address)?.listen(BACKLOG)?;
        let socket = Socket {
            state: LineState::Up,
            stopped: false,
            reserved: None,
            accepting: None,
            connections: Vec::new(),
            listener: None,
        };
        let line = Self {
            address: listener.local_addr()?,
            runtime: Handle::current(),
            socket: Mutex::new(Socket { listener: Some(listener), ..socket }),
        };
        Ok(Arc::new(line))
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn state(&self) -> LineState {
        lock(&self.socket).state
    }

    /// Puts the line into another state; connections in use by a client are closed at once when it
    /// goes down. Fails when the port cannot be taken again.
    pub(crate) fn set(&self, state: LineState) -> io::Result<()> {
        let _runtime = self.runtime.enter();
        let mut socket = lock(&self.socket);
        if socket.stopped {
            return Err(io::Error::other("the sandbox was stopped"));
        }
        match state {
            LineState::Up | LineState::Silent => listen_again(&mut socket, self.address)?,
            LineState::Refusing => {
                socket.listener = None;
                socket.reserved = Some(reserve(self.address)?);
            }
        }
        socket.state = state;
        if state != LineState::Up {
            cut_all(&socket, Some(Purpose::Control));
        }
        Ok(())
    }

    /// Closes the port and every connection for good.
    pub(crate) fn stop(&self) {
        let _runtime = self.runtime.enter();
        let mut socket = lock(&self.socket);
        socket.stopped = true;
        socket.state = LineState::Refusing;
        socket.listener = None;
        socket.reserved = None;
        cut_all(&socket, None);
    }

    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(Cuttable, SocketAddr)>> {
        let mut socket = lock(&self.socket);
        socket.accepting = Some(cx.waker().clone());
        let Some(listener) = &socket.listener else {
            return Poll::Pending;
        };
        let Poll::Ready(accepted) = listener.poll_accept(cx) else {
            return Poll::Pending;
        };
        let (stream, peer) = accepted?;
        stream.set_nodelay(true)?;
        let connection = Connection::new(socket.stopped);
        socket.connections.retain(|known| known.strong_count() > 0);
        socket.connections.push(Arc::downgrade(&connection.0));
        Poll::Ready(Ok((Cuttable { socket: stream, connection }, peer)))
    }
}

/// Binds without listening, so that the port is ours and connections to it are refused.
fn reserve(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

fn listen_again(socket: &mut Socket, address: SocketAddr) -> io::Result<()> {
    if socket.listener.is_none() {
        let reserved = socket.reserved.take().map_or_else(|| reserve(address), Ok)?;
        socket.listener = Some(reserved.listen(BACKLOG)?);
        socket.accepting.take().into_iter().for_each(Waker::wake);
    }
    Ok(())
}

fn cut_all(socket: &Socket, spared: Option<Purpose>) {
    for known in socket.connections.iter().filter_map(Weak::upgrade) {
        let connection = Connection(known);
        if Some(lock(&connection.0).purpose) != spared {
            connection.cut();
        }
    }
}

/// What the web framework accepts from.
pub(crate) struct LineListener(pub(crate) Arc<Line>);

impl Listener for LineListener {
    type Io = Cuttable;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            if let Ok(accepted) = poll_fn(|cx| self.0.poll_accept(cx)).await {
                return accepted;
            }
            // The peer left before it was accepted, or files ran out: neither ends the line.
            tokio::task::yield_now().await;
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.0.address)
    }
}

impl Connected<IncomingStream<'_, LineListener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, LineListener>) -> Self {
        stream.io().connection.clone()
    }
}
