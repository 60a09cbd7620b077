//! Headers that say where a request is from, and how to answer it.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| firstkey::untrusted::headers(data));
