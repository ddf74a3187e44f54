//! The stand-in for the payment providers: same addresses, same rules, same ways to fail, and a
//! ledger of what really took effect. Training mode runs on it, and tests count with it.
//!
//! It is an independent witness. It depends on no other crate of this workspace and shares no type
//! with the connectors: two programs that read with the same structures agree on the same mistake.
//! Absent on purpose: storage (everything is forgotten with the process), TLS, any address but
//! loopback, and any real money.
//!
//! Start reading in [`Sandbox`], then `bumper::serve`. One folder per provider; what they share is
//! here at the root: `ledger` (effects and requests), `faults` (which request is disturbed, and
//! how), `deliver` (disturbing on the wire), `line` (connections that can be cut), `control` (the
//! interface behind the providers' backs).

mod bumper;
mod chance;
mod clock;
mod control;
mod deliver;
mod faults;
mod http;
mod ledger;
mod line;
mod moyasar;
mod norce;
mod sandbox;
mod wepay;
mod world;

pub use bumper::account::BumperAccess;
pub use bumper::desk::{NewPayment, ProviderChange};
pub use bumper::payment::{PaymentStatus, PaymentView, SeededItem};
pub use bumper::seed::SeededPayment;
pub use bumper::switches;
pub use bumper::switches::BumperSwitches;
pub use bumper::webhook::{WebhookEvent, WebhookOrder, WebhookReport};
pub use faults::{Command, FaultKind, FaultRule};
pub use ledger::{Effect, EffectKind, ReceivedRequest};
pub use line::LineState;
pub use moyasar::account::MoyasarAccess;
pub use moyasar::desk::{MoyasarChange, NewMoyasarPayment};
pub use moyasar::payment::{MoyasarStatus, MoyasarView};
pub use moyasar::switches as moyasar_switches;
pub use moyasar::switches::MoyasarSwitches;
pub use moyasar::webhook::{MoyasarEvent, MoyasarOrder, MoyasarReport};
pub use norce::access::{NorceAccess, NorceOptions};
pub use norce::desk::{NewNorceOrder, NewNorcePayment, NorceChange};
pub use norce::drive::{HookDrive, HookReport};
pub use norce::seed::SeededNorcePayment;
pub use norce::switches as norce_switches;
pub use norce::switches::NorceSwitches;
pub use sandbox::{Sandbox, SandboxError, SandboxOptions};
pub use wepay::account::WepayAccess;
pub use wepay::desk::{ClockAhead, NewWepayPayment, RefundEnd, WepayChange};
pub use wepay::payment::{RefundStatus, WepayItem, WepayPaymentView, WepayRefundView, WepayStatus};
pub use wepay::switches as wepay_switches;
pub use wepay::switches::WepaySwitches;
pub use world::ControlError;
