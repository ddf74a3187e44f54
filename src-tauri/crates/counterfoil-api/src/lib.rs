//! What a screen or a command may ask for: one table of calls, view models, faults. Every rule
//! of who may do what holds here, whatever the caller shows.
//!
//! **What is absent:** tauri, HTML, clap: the window, the command line and the browser host stand
//! on the same [`Desk`]. No SQL, no HTTP.
//!
//! **Where to start:** [`call`] (everything that can be asked), then [`Desk`] and [`Seat`], then
//! `asking.rs` (how a change comes into being), `deciding.rs` (who may move it on) and
//! `settling.rs` (the doubt desk and the conflict desk). `proposed.rs` decides about orders that
//! others propose.

mod accounts;
mod approving;
mod asking;
pub mod call;
mod clock;
mod data_folder;
mod deciding;
mod desk;
mod dispatch;
mod doctor;
mod drain;
mod erasing;
mod evidence;
mod fault;
mod input;
mod judging;
mod listen;
mod notices;
mod offering;
mod offline;
mod payments;
mod people;
mod preview;
mod proposed;
mod reconciling;
mod remote;
mod reports;
mod ruling;
mod seat;
mod set_up;
mod settling;
mod show;
mod slips;
mod trail;
mod training;
pub mod view;
mod words;

pub use clock::ClockHealth;
pub use data_folder::default_data_dir;
pub use desk::{Desk, DeskOptions};
pub use doctor::{AccountHealth, DoctorReport};
pub use drain::{Draining, SyncReport};
pub use fault::{Fault, FaultCode, MoneyMoved};
pub use listen::{CallbackHealth, Listening};
pub use notices::Desktop;
pub use seat::Seat;
pub use trail::PaperHead;
pub use training::{MadeUpPayment, TrainingGround};

// What is needed to open a desk, so that whoever opens one needs no other crate for it.
pub use counterfoil_core::account::Provider;
pub use counterfoil_paper::page_of as paper_page;
pub use counterfoil_runtime::{Clock, random_bytes};
pub use counterfoil_vault::{Secret, SettingsRefused, VaultSettings};
