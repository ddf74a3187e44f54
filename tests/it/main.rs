//! Whole tills against the stand-in provider over loopback, one binary.
//! Each file is one question; each test a sentence of the answer.

mod deciding;
mod faults;
mod life;
mod people;
mod secrets;
