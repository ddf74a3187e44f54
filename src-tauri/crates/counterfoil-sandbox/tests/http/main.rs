//! The stand-in over loopback, seen by a client that knows nothing but HTTP and the provider's
//! pages.

mod bumper;
mod client;
mod control;
mod faults;
mod line;
mod moyasar;
mod norce;
mod pages;
#[cfg(unix)]
mod program;
mod webhook;
mod wepay;
