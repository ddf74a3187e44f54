#![no_main]
use counterfoil_fuzz_bodies::{texts, run};
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(texts, data));
