//! JWTs of applications and phones: assertions, request objects, proofs.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| firstkey::untrusted::jwt(data));
