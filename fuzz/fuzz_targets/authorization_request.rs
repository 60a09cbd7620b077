//! Authorization requests to a whole provider, with two clients that differ in what they must do.

#![no_main]

use std::sync::{Arc, LazyLock};

use firstkey::crypto::master::MasterSecret;
use firstkey::crypto::random::SystemRandom;
use firstkey::domain::client::{ClientSettings, ResponseType};
use firstkey::domain::id::ClientId;
use firstkey::domain::time::ShiftedClock;
use firstkey::service::caller::Caller;
use firstkey::service::{Services, Setup};
use firstkey::store::Store;
use firstkey::untrusted::authorization_request;
use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};

static PROVIDER: LazyLock<(Runtime, Services)> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let services = runtime.block_on(provider());
    (runtime, services)
});

async fn provider() -> Services {
    let folder = tempfile::tempdir().expect("a folder").keep();
    let store = Store::open(&format!("sqlite:{}", folder.join("fuzz.db").display())).await;
    let services = Services::start(Setup {
        store: store.expect("a database"),
        clock: Arc::new(ShiftedClock::default()),
        random: Arc::new(SystemRandom),
        master: MasterSecret::load_or_create(&folder.join("secret"), &SystemRandom)
            .expect("a master secret"),
        issuer: "https://login.example".parse().expect("a URL"),
        brand: "Firstkey".into(),
        sends_mail: false,
        outbound_networks: Vec::new(),
        push_networks: Vec::new(),
    });
    let services = services.await.expect("the services");
    for (id, public) in [("web", false), ("app", true)] {
        let mut settings = ClientSettings {
            client_name: id.into(),
            redirect_uris: vec!["https://app.example/cb".into(), "http://127.0.0.1/cb".into()],
            native: public,
            ..ClientSettings::default()
        };
        if !public {
            settings.response_types.push(ResponseType::IdToken);
        }
        let added =
            services.add_client(&Caller::OPERATOR, Some(ClientId(id.into())), settings, public);
        added.await.expect("a client");
    }
    services
}

fuzz_target!(|data: &[u8]| {
    let (runtime, services) = &*PROVIDER;
    runtime.block_on(authorization_request(services, data)).expect("the database answers");
});
