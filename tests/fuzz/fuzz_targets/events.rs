#![no_main]
use counterfoil_fuzz_bodies::{events, run};
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(events, data));
