//! The server over HTTP: the pages without a script, and the protocol.

mod journey;
