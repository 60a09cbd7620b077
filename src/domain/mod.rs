//! Floor 1: the rules. No I/O, no clock, no randomness of its own: both are passed in.

pub mod assurance;
pub mod attempts;
pub mod audit;
pub mod authenticators;
pub mod authority;
pub mod change;
pub mod claims;
pub mod client;
pub mod credential;
pub mod error;
pub mod external_method;
pub mod filter;
pub mod grant;
pub mod group;
pub mod id;
pub mod journey;
pub mod mail;
pub mod pass;
pub mod permission;
pub mod policy;
pub mod random;
pub mod redirect;
pub mod role;
pub mod session;
pub mod time;
pub mod user;
