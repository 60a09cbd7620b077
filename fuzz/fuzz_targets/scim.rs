//! Filters, paths, changes and resources of SCIM.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| firstkey::untrusted::scim(data));
