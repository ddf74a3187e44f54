#![no_main]
use counterfoil_fuzz_bodies::{answers, run};
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(answers, data));
