//! Listening for callbacks of providers: by hand (`listen`), or while a window is open and the
//! setting `listen.addr` names an address. What a callback may do is decided in `proposed.rs` and
//! in the runtime's listener.

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use counterfoil_core::moment::Moment;
use counterfoil_core::settings::{OFF, Setting};
use counterfoil_runtime::Listener;
use counterfoil_store::StoreError;
use counterfoil_store::table::{callback, meta, setting};
use serde::Serialize;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::call::Entry;
use crate::desk::Desk;
use crate::proposed::Orders;
use crate::seat::Seat;
use crate::{Fault, FaultCode};

/// Where `listen` listens when neither it nor the settings name an address: a free port.
const ANYWHERE: &str = "127.0.0.1:0";

/// How often the window looks whether the setting has changed.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How long `doctor` waits for an address to take a connection.
const KNOCK_LIMIT: Duration = Duration::from_millis(300);

/// A listener in the background. Dropping it asks it to finish.
pub struct Listening {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    ended: JoinHandle<()>,
}

impl Listening {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers what is under way and ends. Blocks.
    pub fn finish(self, handle: &tokio::runtime::Handle) {
        handle.block_on(self.end());
    }

    async fn end(self) {
        // Nobody hears it where it has ended already.
        let _ = self.stop.send(true);
        // A panic there was reported where it happened; there is nothing left to finish.
        let _ = self.ended.await;
    }
}

/// What `doctor` says about callbacks.
#[derive(Debug, Clone, Serialize)]
pub struct CallbackHealth {
    /// The setting `listen.addr`.
    pub setting: String,
    /// Where a program of this till listens now; null where none does.
    pub listening_at: Option<String>,
    /// Events of providers that are kept.
    pub kept: u32,
    /// Those whose payment was not read again yet.
    pub untaken: u32,
    /// When the newest came in. RFC 3339, UTC.
    pub newest_at: Option<String>,
}

impl Desk {
    /// Listens for callbacks at this address, else at that of the settings, else at a free port of
    /// this machine. Blocks until it listens.
    ///
    /// # Errors
    /// Nobody at this seat may, the text is no address, or the system does not give it.
    pub fn listen_for_callbacks(
        &self,
        seat: &Seat,
        address: Option<&str>,
    ) -> Result<Listening, Fault> {
        self.admit_entry(seat, Entry::Listen)?;
        let kept = self.read(|connection| setting::get(connection, Setting::ListenAddr))?;
        let kept = if kept == OFF { ANYWHERE } else { kept.as_str() };
        let address = address.unwrap_or(kept);
        let address = address.parse().map_err(|_| {
            let words = "--addr takes an address and a port, such as 127.0.0.1:8085";
            Fault::new(FaultCode::BadInput, words).with("field", "addr")
        })?;
        self.runtime.handle().block_on(self.listen_at(address))
    }

    async fn listen_at(&self, address: SocketAddr) -> Result<Listening, Fault> {
        let orders = Arc::new(Orders::new(self.runtime.clone()));
        let listener = self.runtime.listen_at(address, orders).await;
        let listener = listener.map_err(|error| not_given(address, &error))?;
        let address = listener.address().map_err(|error| not_given(address, &error))?;
        let (stop, stopped) = watch::channel(false);
        let serving = serve(self.clone(), listener, address, stopped);
        Ok(Listening { address, stop, ended: self.runtime.handle().spawn(serving) })
    }

    pub(crate) fn callback_health(&self) -> Result<CallbackHealth, Fault> {
        let (setting, listening_at, inbox) = self.read(|connection| {
            let setting = setting::get(connection, Setting::ListenAddr)?;
            Ok((setting, meta::get(connection, meta::LISTENING_AT)?, callback::facts(connection)?))
        })?;
        Ok(CallbackHealth {
            setting,
            listening_at: listening_at.filter(|address| takes_connections(address)),
            kept: inbox.kept,
            untaken: inbox.untaken,
            newest_at: inbox.newest_at.map(Moment::to_rfc3339),
        })
    }
}

/// Serves and says in the store where, so that `doctor` can tell.
async fn serve(
    desk: Desk,
    listener: Listener,
    address: SocketAddr,
    stopped: watch::Receiver<bool>,
) {
    let text = address.to_string();
    note(&desk, Some(text.clone())).await;
    listener.serve(stopped).await;
    note(&desk, None).await;
}

async fn note(desk: &Desk, listening_at: Option<String>) {
    let desk = desk.clone();
    let write = move || {
        desk.store().write(move |connection| match listening_at {
            Some(address) => meta::set(connection, meta::LISTENING_AT, &address),
            None => meta::remove(connection, meta::LISTENING_AT),
        })
    };
    // It is only told; a store that cannot be written shows where something is to be stored.
    let _: Result<Result<(), StoreError>, _> = tokio::task::spawn_blocking(write).await;
}

/// Listens while a window is open, where and while the settings say so.
pub async fn keep_listening(desk: Desk, mut stopped: watch::Receiver<bool>) {
    let mut current: Option<(String, Option<Listening>)> = None;
    while !*stopped.borrow() {
        let wanted = wanted(&desk).await;
        if current.as_ref().is_none_or(|(address, _)| *address != wanted) {
            end(current.take()).await;
            let listening = begin(&desk, &wanted).await;
            current = Some((wanted, listening));
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
    }
    end(current).await;
}

/// The setting; off where it cannot be read.
async fn wanted(desk: &Desk) -> String {
    let desk = desk.clone();
    let read = move || desk.read(|connection| setting::get(connection, Setting::ListenAddr));
    let read = tokio::task::spawn_blocking(read).await;
    read.ok().and_then(Result::ok).unwrap_or_else(|| OFF.to_owned())
}

async fn begin(desk: &Desk, wanted: &str) -> Option<Listening> {
    let address = wanted.parse().ok()?;
    match desk.listen_at(address).await {
        Ok(listening) => Some(listening),
        Err(fault) => {
            tracing::warn!(%fault, "callbacks are not heard");
            None
        }
    }
}

async fn end(current: Option<(String, Option<Listening>)>) {
    if let Some((_, Some(listening))) = current {
        listening.end().await;
    }
}

fn not_given(address: SocketAddr, error: &std::io::Error) -> Fault {
    let words = format!(
        "this computer does not give the address {address} for callbacks: {error}. Name another \
         one, or end the program that has it."
    );
    Fault::new(FaultCode::BadInput, words).with("field", "addr")
}

fn takes_connections(address: &str) -> bool {
    let address: Option<SocketAddr> = address.parse().ok();
    address.is_some_and(|address| TcpStream::connect_timeout(&address, KNOCK_LIMIT).is_ok())
}
