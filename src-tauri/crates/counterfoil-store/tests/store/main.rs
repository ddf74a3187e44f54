//! The store on a real disk: what it promises about commits, lanes, search and the trail.
//!
//! **What is absent:** nothing is mocked; each test has a data folder of its own.
//!
//! **Where to start:** `house.rs` makes a till with people, an account and payments.

mod callbacks;
mod clock;
mod house;
mod life;
mod opening;
mod outbox;
mod papers;
mod payments;
mod people;
mod privacy;
mod reading;
mod remote;
mod rescue;
mod rows;
mod trail;
mod writing;
