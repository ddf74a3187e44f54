//! The handle to a running stand-in: what training mode and tests hold in their hands.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use thiserror::Error;

use crate::bumper::account::BumperAccess;
use crate::bumper::desk::{self, NewPayment, ProviderChange};
use crate::bumper::payment::PaymentView;
use crate::bumper::seed::SeededPayment;
use crate::bumper::selftest;
use crate::bumper::switches::BumperSwitches;
use crate::bumper::webhook::{self, WebhookOrder, WebhookReport};
use crate::faults::FaultRule;
use crate::http;
use crate::ledger::{Effect, ReceivedRequest};
use crate::line::{Line, LineState};
use crate::wepay::account::WepayAccess;
use crate::wepay::desk::{self as wepay, ClockAhead, NewWepayPayment, RefundEnd, WepayChange};
use crate::wepay::payment::{WepayPaymentView, WepayRefundView};
use crate::wepay::switches::WepaySwitches;
use crate::world::{ControlError, Shared};

/// How a stand-in is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxOptions {
    /// Where to listen: loopback only. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Everything drawn by chance comes from this: the same seed gives the same run.
    pub seed: u64,
    /// Made-up payments of the first dealership of each provider: some hundreds for training, none
    /// for tests.
    pub payments: usize,
}

impl Default for SandboxOptions {
    /// A free port of 127.0.0.1, seed 1, no payments.
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), seed: 1, payments: 0 }
    }
}

/// Why a stand-in did not start.
#[derive(Debug, Error)]
pub enum SandboxError {
    /// It would have been reachable from other machines.
    #[error("the sandbox listens on loopback addresses only, not on {0}")]
    NotLoopback(SocketAddr),
    /// The address could not be taken.
    #[error("the sandbox cannot listen on {address}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A signature sample printed by the provider did not come out.
    #[error("the published signature sample of the page {0} does not reproduce")]
    SelfTest(&'static str),
}

/// A running stand-in. Clones are handles to the same one; it runs until [`Sandbox::stop`] or the
/// end of the runtime it was started on.
#[derive(Debug, Clone)]
pub struct Sandbox {
    pub(crate) shared: Arc<Shared>,
    control: Arc<Line>,
    tasks: Arc<[tokio::task::AbortHandle; 2]>,
}

impl Sandbox {
    /// Proves the signature samples, binds, and serves on the current tokio runtime.
    ///
    /// # Errors
    /// An address that is not loopback or not free, or a sample that does not reproduce.
    pub async fn start(options: SandboxOptions) -> Result<Self, SandboxError> {
        if !options.listen.ip().is_loopback() {
            return Err(SandboxError::NotLoopback(options.listen));
        }
        selftest::run().map_err(SandboxError::SelfTest)?;
        let line = open(options.listen)?;
        let control = open(SocketAddr::new(options.listen.ip(), 0))?;
        let shared = Arc::new(Shared::new(line, options.seed, options.payments));
        let main = http::serve_all(&shared);
        let aside = http::serve_control(&shared, &control);
        // Both have bound already; this lets their tasks begin before the first request.
        tokio::task::yield_now().await;
        let tasks = Arc::new([main.abort_handle(), aside.abort_handle()]);
        Ok(Self { shared, control, tasks })
    }

    /// Where the providers, and the control interface, are reached.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.shared.line.address()
    }

    /// A second address for the control interface alone, reachable even while connections to
    /// [`Sandbox::address`] are refused.
    #[must_use]
    pub fn control_address(&self) -> SocketAddr {
        self.control.address()
    }

    /// How to reach Bumper, as its first dealership.
    #[must_use]
    pub fn bumper(&self) -> BumperAccess {
        self.bumper_account(0)
    }

    /// The second dealership of Bumper, which has other keys and none of the made-up payments.
    #[must_use]
    pub fn bumper_other(&self) -> BumperAccess {
        self.bumper_account(1)
    }

    fn bumper_account(&self, index: usize) -> BumperAccess {
        self.shared
            .with(|world| desk::access(world, index))
            .expect("the list of dealerships is written in this crate and has two")
    }

    /// How to reach WePay, as its first application.
    #[must_use]
    pub fn wepay(&self) -> WepayAccess {
        self.shared
            .with(|world| wepay::access(world, 0))
            .expect("the list of applications is written in this crate and has two")
    }

    /// All WePay payments as they stand now, the made-up ones included.
    #[must_use]
    pub fn wepay_payments(&self) -> Vec<WepayPaymentView> {
        self.shared.with(wepay::list)
    }

    /// One WePay payment as it stands now.
    ///
    /// # Errors
    /// An unknown id.
    pub fn wepay_payment(&self, id: &str) -> Result<WepayPaymentView, ControlError> {
        self.shared.with(|world| wepay::look(world, id))
    }

    /// All WePay refunds as they stand now.
    #[must_use]
    pub fn wepay_refunds(&self) -> Vec<WepayRefundView> {
        self.shared.with(wepay::refunds)
    }

    /// Puts a WePay payment into the book.
    ///
    /// # Errors
    /// A bad amount or currency, or an unknown application.
    pub fn create_wepay_payment(
        &self,
        new: NewWepayPayment,
    ) -> Result<WepayPaymentView, ControlError> {
        self.shared.with(|world| wepay::create(world, new))
    }

    /// Somebody else changes a WePay payment at the provider.
    ///
    /// # Errors
    /// An unknown id or a bad amount.
    pub fn change_at_wepay(
        &self,
        id: &str,
        change: &WepayChange,
    ) -> Result<WepayPaymentView, ControlError> {
        self.shared.with(|world| wepay::set(world, id, change))
    }

    /// A pending refund of WePay ends.
    ///
    /// # Errors
    /// An unknown id, or a refund that has ended.
    pub fn end_wepay_refund(
        &self,
        id: &str,
        end: RefundEnd,
    ) -> Result<Vec<WepayRefundView>, ControlError> {
        self.shared.with(|world| wepay::end_refund(world, id, end))
    }

    /// Puts WePay's clock forward, and says by how much it is ahead now.
    pub fn put_wepay_clock_forward(&self, ahead: ClockAhead) -> ClockAhead {
        self.shared.with(|world| wepay::put_forward(world, ahead))
    }

    /// Turns switches of WePay.
    pub fn change_wepay_switches(&self, change: impl FnOnce(&mut WepaySwitches)) {
        self.shared.with(|world| change(&mut world.wepay.switches));
    }

    /// The payments that were not made by a start command: those from the seed, then those made
    /// with [`Sandbox::create_payment`]. Each as it was when it was made.
    #[must_use]
    pub fn payments(&self) -> Vec<SeededPayment> {
        self.shared.with(|world| world.made_up.clone())
    }

    /// Every effect at the providers, in order.
    #[must_use]
    pub fn ledger(&self) -> Vec<Effect> {
        self.shared.with(|world| world.ledger.effects().to_vec())
    }

    /// Every request received at a provider, the newest 20,000, in order.
    #[must_use]
    pub fn received_requests(&self) -> Vec<ReceivedRequest> {
        self.shared.with(|world| world.arrivals.list())
    }

    /// All Bumper payments as they stand now.
    #[must_use]
    pub fn bumper_payments(&self) -> Vec<PaymentView> {
        self.shared.with(|world| desk::list(world))
    }

    /// One Bumper payment as it stands now.
    ///
    /// # Errors
    /// An unknown token.
    pub fn bumper_payment(&self, token: &str) -> Result<PaymentView, ControlError> {
        self.shared.with(|world| desk::look(world, token))
    }

    /// Puts a Bumper payment into the book.
    ///
    /// # Errors
    /// A bad amount or an unknown dealership.
    pub fn create_payment(&self, new: NewPayment) -> Result<PaymentView, ControlError> {
        self.shared.with(|world| desk::create(world, new))
    }

    /// The customer pays an open payment on the PayPad.
    ///
    /// # Errors
    /// An unknown token, or a payment that is not open.
    pub fn sign(&self, token: &str) -> Result<PaymentView, ControlError> {
        self.shared.with(|world| desk::sign(world, token))
    }

    /// The dealer is paid.
    ///
    /// # Errors
    /// An unknown token, or a payment the customer has not paid.
    pub fn settle(&self, token: &str) -> Result<PaymentView, ControlError> {
        self.shared.with(|world| desk::settle(world, token))
    }

    /// An open payment fails.
    ///
    /// # Errors
    /// An unknown token, or a payment that is not open.
    pub fn fail(&self, token: &str) -> Result<PaymentView, ControlError> {
        self.shared.with(|world| desk::fail(world, token))
    }

    /// The customer agrees to the higher amount of the payment's newest open link.
    ///
    /// # Errors
    /// An unknown token, or no open link.
    pub fn complete_redirect(&self, token: &str) -> Result<PaymentView, ControlError> {
        self.shared.with(|world| desk::complete_redirect(world, token))
    }

    /// Somebody else changes the payment at the provider.
    ///
    /// # Errors
    /// An unknown token or a bad amount.
    pub fn change_at_provider(
        &self,
        token: &str,
        change: &ProviderChange,
    ) -> Result<PaymentView, ControlError> {
        self.shared.with(|world| desk::set(world, token, change))
    }

    /// Adds a fault to the switchboard.
    pub fn set_fault(&self, rule: FaultRule) {
        self.shared.with(|world| world.faults.set(rule));
    }

    /// The faults that are switched on, with what is left of their counts.
    #[must_use]
    pub fn faults(&self) -> Vec<FaultRule> {
        self.shared.with(|world| world.faults.list())
    }

    /// Switches every fault off.
    pub fn clear_faults(&self) {
        self.shared.with(|world| world.faults.clear());
    }

    /// The switches of Bumper.
    #[must_use]
    pub fn switches(&self) -> BumperSwitches {
        self.shared.with(|world| world.bumper.switches.clone())
    }

    /// Turns switches of Bumper, for example
    /// `sandbox.change_switches(|s| s.editions.plain_amounts = true)`.
    pub fn change_switches(&self, change: impl FnOnce(&mut BumperSwitches)) {
        self.shared.with(|world| change(&mut world.bumper.switches));
    }

    /// How the line stands.
    #[must_use]
    pub fn line(&self) -> LineState {
        self.shared.line.state()
    }

    /// Takes the line down or puts it up again. Going down closes the providers' connections at
    /// once.
    ///
    /// # Errors
    /// The port could not be taken again, or the sandbox was stopped.
    pub fn set_line(&self, state: LineState) -> Result<(), ControlError> {
        self.shared.line.set(state).map_err(|_| ControlError::Line)
    }

    /// Sends a webhook of Bumper until it is acknowledged, at most five times.
    ///
    /// # Errors
    /// An unknown token, or an address that is not loopback. A webhook nobody acknowledged is not
    /// an error but in the report.
    pub async fn send_webhook(&self, order: &WebhookOrder) -> Result<WebhookReport, ControlError> {
        let letter = self.shared.with(|world| webhook::write(world, order))?;
        Ok(webhook::send(letter).await)
    }

    /// Stops for good: open connections are closed, new ones refused, from the moment this
    /// returns. Ledger and lists can still be read.
    pub fn stop(&self) {
        self.shared.line.stop();
        self.control.stop();
        for task in self.tasks.iter() {
            task.abort();
        }
    }
}

fn open(address: SocketAddr) -> Result<Arc<Line>, SandboxError> {
    Line::open(address).map_err(|source| SandboxError::Bind { address, source })
}
