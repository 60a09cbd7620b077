//! What strangers throw at the server, over the wire and at its parsers; `docs/attacks.md` has the
//! table.

mod corpus;
mod garbage;
mod parsers;
mod reaching;
mod wire;
