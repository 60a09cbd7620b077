//! Client metadata of applications that register themselves.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| firstkey::untrusted::metadata(data));
