//! The rules by themselves, without a connection.

mod rules;
mod vectors;
