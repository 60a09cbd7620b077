//! Answers of authenticators.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| firstkey::untrusted::webauthn(data));
