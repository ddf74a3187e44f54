//! Whole tills against the stand-in provider over loopback, one binary.
//! Each file is one question; each test a sentence of the answer.

mod approvals;
mod canaries;
mod clock;
mod coming;
mod deciding;
mod desks;
mod faults;
mod handover;
mod keyring;
mod life;
mod limits;
mod notices;
mod older;
mod papers;
mod people;
mod privacy;
mod reconciling;
mod remote;
mod rules;
mod secrets;
mod seeing;
mod superseding;
mod trail;
