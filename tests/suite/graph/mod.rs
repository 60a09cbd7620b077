//! The API in the shape of Microsoft Graph: over HTTP, and through Graph's own client library.

mod audit;
mod devices;
mod directory;
mod groups;
mod methods;
mod openapi;
mod passes;
mod policies;
mod recovery;
mod refusals;
mod sdk;
pub mod support;
mod wire;
