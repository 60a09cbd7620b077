//! SCIM 2.0 over HTTP: by hand, and by scim2-tester.

mod changes;
mod discovery;
mod filters;
mod groups;
mod passes;
mod people;
mod refusals;
mod support;
mod tester;
