#![no_main]
use counterfoil_fuzz_bodies::{engine, run};
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(engine, data));
