//! The store on a disk that counts, fails and forgets: what it acknowledged is there, whatever
//! becomes of the disk, and what it said no to is not.
//!
//! **What is absent:** no provider and no network; the changes go through their life by script.
//!
//! **Where to start:** `till.rs` makes a till on such a disk, `ledger.rs` remembers what it
//! acknowledged and says what must hold, `day.rs` is the scripted day.

mod counting;
mod crashes;
mod cuts;
mod day;
mod faults;
mod forgetting;
mod jobs;
mod ledger;
mod till;
