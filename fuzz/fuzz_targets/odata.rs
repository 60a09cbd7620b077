//! Queries of the Graph-shaped API.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| firstkey::untrusted::odata(data));
