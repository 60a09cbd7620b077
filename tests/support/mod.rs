//! What the suites are built from.

pub mod apache;
pub mod apart;
pub mod app;
pub mod authenticator;
pub mod balancer;
pub mod browser;
pub mod caddy;
pub mod client_key;
pub mod cluster;
pub mod cuttable;
pub mod database;
pub mod entra;
pub mod laptop;
pub mod logout_listener;
pub mod mail_server;
pub mod maker;
pub mod nginx;
pub mod node;
pub mod otlp;
pub mod phone;
pub mod postgres;
pub mod protected;
pub mod push_service;
pub mod relying_party;
pub mod upstream;
pub mod visitor;
