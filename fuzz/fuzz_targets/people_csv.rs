//! Lists of people in comma-separated values.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| firstkey::untrusted::people_csv(data));
