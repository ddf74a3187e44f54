#![no_main]
use counterfoil_fuzz_bodies::{proposals, run};
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(proposals, data));
