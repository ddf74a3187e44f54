#![no_main]
use counterfoil_fuzz_bodies::{rows, run};
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(rows, data));
