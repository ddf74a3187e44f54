mod breaker;
mod doubt;
mod pacing;
mod repeating;
mod resting;
mod sending;
mod shell;
