//! The server over HTTP: the pages without a script, and the protocol.

mod assertion;
mod authorize;
mod claims;
mod client_auth;
mod connections;
mod consent;
mod dynamic;
mod external_method;
mod forward_auth;
mod hygiene;
mod journey;
mod mail;
mod pairwise;
mod passes;
mod policies;
mod prompts;
mod proof;
mod pushed;
mod refresh;
mod registration;
mod resources;
mod rust_client;
mod sign_out;
mod token;
mod token_status;
