#![no_main]
use counterfoil_fuzz_bodies::{requests, run};
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(requests, data));
