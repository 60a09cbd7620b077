//! The API in the shape of Microsoft Graph: over HTTP, and through Graph's own client library.

mod passes;
mod policies;
mod refusals;

mod support;
