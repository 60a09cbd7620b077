//! The server over HTTP: the pages without a script, and the protocol.

mod accounts;
mod assertion;
mod attestation;
mod authorize;
mod backchannel;
mod claims;
mod client_auth;
mod confusion;
mod connections;
mod consent;
mod device;
mod dynamic;
mod dynamic_changes;
mod encryption;
mod enumeration;
mod external_method;
mod forward_auth;
mod hygiene;
mod journey;
mod keys;
mod languages;
mod lookups;
mod mail;
mod metrics;
mod own_sessions;
mod pairwise;
mod passes;
mod phone;
mod policies;
mod presets;
mod prompts;
mod proof;
mod proxies;
mod proxy_samples;
mod pushed;
mod ready;
mod recovery;
mod recovery_codes;
mod refresh;
mod registered_devices;
mod registration;
mod resources;
mod rust_client;
mod security_info;
mod shortcuts;
mod sign_out;
mod stepup;
mod tls;
mod token;
mod token_status;
mod upstream;
mod upstream_answers;
mod upstream_ended;
mod upstream_newcomers;
mod upstream_people;

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::{Request, Visitor};

/// Somebody with a passkey on a phone, signed in with it in a browser that is new.
async fn signed_in(app: &App, name: &str) -> (Visitor, SoftAuthenticator) {
    app.one_method_is_enough().await;
    app.person(name).await;
    let pass = app.pass(name).await;
    let request = Request::of(&app.client(&format!("own-{name}")).await);
    let (mut person, mut phone) = (app.visitor(), SoftAuthenticator::new());
    app.visitor().day_one(&request, name, &pass, &mut phone).await.code();
    person.authorize(&request).await.page();
    person.use_passkey(&mut phone).await.code();
    (person, phone)
}
