//! What people and applications type: passes, codes, names, addresses.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| firstkey::untrusted::typed(data));
