//! Firstkey, a standalone OpenID Connect provider that turns a Temporary Access Pass into keys.
//!
//! Floors; everything imports downward only:
//!
//! 7. [`cli`]: one file for each command; [`demo`]: the relying party that `firstkey demo` runs.
//! 6. [`server`]: router, listener, background jobs, graceful shutdown.
//! 5. [`oidc`]: the protocol's endpoints; [`pages`]: what people see in a browser; [`portal`]: what
//!    admins do in theirs, made of the same parts; [`graph`]: the API, in the shape of Microsoft
//!    Graph; [`scim`]: the one for HR systems.
//! 4. [`http`]: what every surface shares: sessions, CSRF, headers, limits, problems, assets.
//! 3. [`service`]: what people do: issue a pass, redeem it, register a key, sign in, get tokens.
//! 2. [`store`]: the database, on two engines; [`crypto`]: hashing, sealing, signing.
//! 1. [`domain`]: the rules: passes, policies, journeys, assurance. No I/O, time passed in.
//!
//! Beside them, [`config`]: defaults, file, environment and flags, checked once; [`metrics`]: numbers
//! about this process; [`telemetry`]: traces of its requests; [`version`].

pub mod cli;
pub mod config;
pub mod crypto;
pub mod demo;
pub mod domain;
pub mod graph;
pub mod http;
pub mod metrics;
pub mod oidc;
pub mod pages;
pub mod portal;
pub mod scim;
pub mod server;
pub mod service;
pub mod store;
pub mod telemetry;
#[doc(hidden)]
pub mod untrusted;
pub mod version;
