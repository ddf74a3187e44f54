//! Norce Checkout: requests, answers, readings, rules, pages, the callback it makes, and what must
//! not leak.

mod answers;
mod inbound;
mod leaks;
mod readings;
mod requests;
mod rules;
mod support;
mod vectors;
