//! A slip printer: bytes to a network address (port 9100 and the like) or to a device file such as
//! `/dev/usb/lp0`, and what can be said about paper afterwards.
//!
//! A printer of this kind confirms nothing but the end of the connection. So a print is *taken*
//! only where the printer took every byte and closed; where it broke off or said nothing more in
//! time, there may be a paper. Where not one byte was taken, there is none.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use thiserror::Error;

/// Bytes handed over at once: what a small printer keeps.
const PIECE: usize = 1_024;

/// How long a printer may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrintLimits {
    /// Until it answers at all.
    pub connect: Duration,
    /// Until it has taken all and closed.
    pub whole: Duration,
}

impl Default for PrintLimits {
    /// A printer that is on answers within a second, and a slip is printed in less than ten.
    fn default() -> Self {
        Self { connect: Duration::from_secs(3), whole: Duration::from_secs(15) }
    }
}

/// Where a printer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Printer {
    /// `host:port`.
    Network(String),
    /// A device file.
    Device(String),
}

/// Why no paper, or perhaps none, came out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PrintFailed {
    /// Not one byte reached it: surely no paper.
    #[error("the printer {printer} cannot be reached: {why}")]
    Away {
        /// Where it is.
        printer: String,
        /// What the system said.
        why: String,
    },
    /// It took some of it, or all of it without an end: there may be a paper, or a part of one.
    #[error("the printer {printer} took {taken} of {whole} bytes and then {why}")]
    BrokeOff {
        /// Where it is.
        printer: String,
        /// Bytes that were handed over.
        taken: usize,
        /// Bytes of the paper.
        whole: usize,
        /// What happened.
        why: String,
    },
}

impl PrintFailed {
    /// True where there may be a paper all the same.
    #[must_use]
    pub fn may_have_printed(&self) -> bool {
        match self {
            Self::Away { .. } => false,
            Self::BrokeOff { .. } => true,
        }
    }
}

impl Printer {
    /// Reads the setting; its form was checked when it was set.
    #[must_use]
    pub fn at(place: &str) -> Self {
        if place.starts_with('/') {
            Self::Device(place.to_owned())
        } else {
            Self::Network(place.to_owned())
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Network(name) | Self::Device(name) => name,
        }
    }

    /// Hands the bytes over. Blocks: never call it on an async thread.
    ///
    /// # Errors
    /// Says whether there may be a paper.
    pub fn print(&self, bytes: &[u8], limits: PrintLimits) -> Result<(), PrintFailed> {
        let until = Instant::now() + limits.whole;
        match self {
            Self::Network(place) => self.over_network(place, bytes, limits, until),
            Self::Device(path) => self.to_device(path, bytes, limits),
        }
    }

    fn over_network(
        &self,
        place: &str,
        bytes: &[u8],
        limits: PrintLimits,
        until: Instant,
    ) -> Result<(), PrintFailed> {
        let mut stream = self.connect(place, limits.connect)?;
        let mut taken = 0;
        for piece in bytes.chunks(PIECE) {
            let Some(left) = left(until) else {
                return Err(self.stopped(taken, bytes, "was too slow"));
            };
            stream
                .set_write_timeout(Some(left))
                .and_then(|()| stream.write_all(piece))
                .map_err(|error| self.stopped(taken, bytes, &in_words(&error)))?;
            taken += piece.len();
        }
        self.wait_for_its_end(&mut stream, bytes, until)
    }

    /// It closes once it has everything; what it says meanwhile (its state) is not needed.
    fn wait_for_its_end(
        &self,
        stream: &mut TcpStream,
        bytes: &[u8],
        until: Instant,
    ) -> Result<(), PrintFailed> {
        let broke = |error: &std::io::Error| self.broke_off(bytes.len(), bytes, &in_words(error));
        stream.shutdown(Shutdown::Write).map_err(|error| broke(&error))?;
        let mut heard = [0; 256];
        loop {
            let Some(left) = left(until) else {
                return Err(self.broke_off(bytes.len(), bytes, "did not close in time"));
            };
            stream.set_read_timeout(Some(left)).map_err(|error| broke(&error))?;
            match stream.read(&mut heard) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(broke(&error)),
            }
        }
    }

    fn connect(&self, place: &str, within: Duration) -> Result<TcpStream, PrintFailed> {
        let addresses = place.to_socket_addrs().map_err(|error| self.away(&error.to_string()))?;
        let mut why = "it has no address".to_owned();
        for address in addresses {
            match TcpStream::connect_timeout(&address, within) {
                Ok(stream) => return Ok(stream),
                Err(error) => why = in_words(&error),
            }
        }
        Err(self.away(&why))
    }

    /// A device without paper makes its writer wait: it is left behind after its time.
    fn to_device(&self, path: &str, bytes: &[u8], limits: PrintLimits) -> Result<(), PrintFailed> {
        let (tell, told) = mpsc::channel();
        let (path, owned) = (path.to_owned(), bytes.to_vec());
        std::thread::spawn(move || {
            // Nobody listens any more after the time is over.
            let _ = write_device(&path, &owned, &tell).map_err(|why| tell.send(Told::Failed(why)));
        });
        let mut taken = None;
        let until = Instant::now() + limits.whole;
        loop {
            let wait = left(until).unwrap_or(Duration::ZERO);
            match told.recv_timeout(wait) {
                Ok(Told::Taken(upto)) if upto == bytes.len() => return Ok(()),
                Ok(Told::Taken(upto)) => taken = Some(upto),
                Ok(Told::Failed(why)) => return Err(self.device_failed(taken, bytes, &why)),
                Err(_) => return Err(self.device_failed(taken, bytes, "was too slow")),
            }
        }
    }

    fn device_failed(&self, taken: Option<usize>, bytes: &[u8], why: &str) -> PrintFailed {
        match taken {
            // It could not be opened, or is no printer.
            None => self.away(why),
            // What one write took before it failed is not told.
            Some(taken) => self.broke_off(taken, bytes, why),
        }
    }

    fn stopped(&self, taken: usize, bytes: &[u8], why: &str) -> PrintFailed {
        // A piece that failed may have left in part.
        self.broke_off(taken, bytes, why)
    }

    fn away(&self, why: &str) -> PrintFailed {
        PrintFailed::Away { printer: self.name().to_owned(), why: why.to_owned() }
    }

    fn broke_off(&self, taken: usize, bytes: &[u8], why: &str) -> PrintFailed {
        PrintFailed::BrokeOff {
            printer: self.name().to_owned(),
            taken,
            whole: bytes.len(),
            why: why.to_owned(),
        }
    }
}

enum Told {
    /// So many bytes are handed over; 0: it is open.
    Taken(usize),
    Failed(String),
}

fn write_device(path: &str, bytes: &[u8], tell: &mpsc::Sender<Told>) -> Result<(), String> {
    let mut device = OpenOptions::new().write(true).open(path).map_err(|e| in_words(&e))?;
    let facts = device.metadata().map_err(|error| in_words(&error))?;
    if facts.is_file() || facts.is_dir() {
        return Err("it is no device".to_owned());
    }
    let mut taken = 0;
    for piece in bytes.chunks(PIECE) {
        let _ = tell.send(Told::Taken(taken));
        device.write_all(piece).map_err(|error| in_words(&error))?;
        taken += piece.len();
    }
    device.flush().map_err(|error| in_words(&error))?;
    let _ = tell.send(Told::Taken(taken));
    Ok(())
}

fn left(until: Instant) -> Option<Duration> {
    until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
}

fn in_words(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => "it was too slow".to_owned(),
        ErrorKind::ConnectionRefused => "nothing listens there".to_owned(),
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted => {
            "it broke the connection off".to_owned()
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
