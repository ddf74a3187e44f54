#![no_main]
use counterfoil_fuzz_bodies::{callback, run};
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(callback, data));
