//! Firstkey, a standalone OpenID Connect provider that turns a Temporary Access Pass into keys.
//!
//! Everything imports downward only:
//!
//! - [`domain`]: the rules: passes, policies, journeys, assurance. No I/O.

pub mod cli;
pub mod config;
pub mod crypto;
pub mod demo;
pub mod domain;
pub mod http;
pub mod pages;
pub mod server;
pub mod service;
pub mod store;
