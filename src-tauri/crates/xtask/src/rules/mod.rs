//! The house rules that no compiler keeps: which way dependencies point, how long things may get,
//! and what may not stand in a file. Each rule is a pure function over what was read, so that its
//! tests plant a breach and see it found.

pub mod files;
pub mod layers;
pub mod sizes;
pub mod tidy;
