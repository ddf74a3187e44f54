#![no_main]
use counterfoil_fuzz_bodies::{audit, run};
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(audit, data));
