//! Whole tills against the stand-in provider over loopback, one binary.
//! Each file is one question; each test a sentence of the answer.

mod clock;
mod deciding;
mod desks;
mod faults;
mod life;
mod limits;
mod people;
mod reconciling;
mod secrets;
mod superseding;
