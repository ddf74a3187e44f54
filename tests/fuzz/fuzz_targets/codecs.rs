#![no_main]
use counterfoil_fuzz_bodies::{codecs, run};
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(codecs, data));
