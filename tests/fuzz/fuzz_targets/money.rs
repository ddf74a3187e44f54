#![no_main]
use counterfoil_fuzz_bodies::{money, run};
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(money, data));
