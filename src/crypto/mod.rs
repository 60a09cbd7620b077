//! Floor 2: secrets. Every primitive is a kept library's (`aws-lc-rs`, `argon2`, `jsonwebtoken`);
//! this floor only says which one is used for what.

mod certificate;
pub mod chain;
pub mod jwe;
pub mod jws;
pub mod master;
pub mod nonce;
pub mod pairwise;
pub mod pass_hash;
pub mod random;
pub mod recovery_hash;
mod signer;
pub mod signing;
pub mod token;
pub mod web_push;
