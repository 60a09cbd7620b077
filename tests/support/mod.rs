//! What the suites are built from.

pub mod authenticator;
pub mod browser;
pub mod database;
pub mod postgres;
