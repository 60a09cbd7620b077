//! The documentation: its commands are run, its links lead somewhere, and what it names is there.

mod api;
mod commands;
mod floors;
mod integrations;
mod licences;
mod links;
mod names;
pub(crate) mod page;
pub(crate) mod pictures;
