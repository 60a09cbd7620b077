//! The same storage tests on SQLite and PostgreSQL.

mod atomic;
mod audit;
mod branding;
mod device_codes;
mod expired;
mod fixtures;
mod grants;
mod guessing;
mod journeys;
mod keys;
mod leaked;
mod logouts;
mod opening;
mod passes;
mod people;
mod phones;
mod push;
mod recovery_codes;
mod sessions;
mod sign_in;
mod together;
mod upstreams;
