mod doubt;
mod pacing;
mod resting;
mod sending;
mod shell;
