#![no_main]
use counterfoil_fuzz_bodies::{vault, run};
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(vault, data));
