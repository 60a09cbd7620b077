//! What the suites are built from.

pub mod apache;
pub mod app;
pub mod authenticator;
pub mod browser;
pub mod client_key;
pub mod database;
pub mod entra;
pub mod laptop;
pub mod logout_listener;
pub mod mail_server;
pub mod nginx;
pub mod postgres;
pub mod relying_party;
pub mod upstream;
pub mod visitor;
