//! The demo application: a relying party like any other, that shows what it is told.
//!
//! It shares a process and static files with the provider in `firstkey demo`, and nothing else: it
//! knows the provider by its issuer URL alone and talks to it over HTTP.

mod provider;
mod routes;
mod visitors;

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Mutex;

use self::provider::Provider;
use self::visitors::Visitors;

/// How long requests in flight may take once the application is told to stop.
const GRACE: Duration = Duration::from_secs(2);

/// What the application must know about itself and its provider.
#[derive(Clone)]
pub struct DemoSettings {
    /// The provider's issuer URL.
    pub issuer: String,
    /// Where browsers reach the application, without a trailing slash.
    pub url: String,
    /// Its `client_id`.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Whom to sign in as, for the start page.
    pub hint: Option<String>,
}

impl fmt::Debug for DemoSettings {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DemoSettings").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// The demo application.
#[derive(Clone, Debug)]
pub struct DemoApp(Arc<App>);

#[derive(Debug)]
struct App {
    settings: DemoSettings,
    content_security_policy: String,
    host: String,
    provider: Provider,
    visitors: Visitors,
    refreshing: Mutex<()>,
}

impl DemoApp {
    /// An application with these settings. The provider need not run yet.
    pub fn new(settings: DemoSettings) -> anyhow::Result<Self> {
        let DemoSettings { issuer, url, client_id, client_secret, .. } = &settings;
        let provider = Provider::new(issuer, url, client_id, client_secret)?;
        let host = url.split_once("://").map_or(url.as_str(), |(_, host)| host).to_owned();
        Ok(Self(Arc::new(App {
            content_security_policy: routes::content_security_policy(issuer),
            host,
            provider,
            visitors: Visitors::default(),
            refreshing: Mutex::default(),
            settings,
        })))
    }

    /// Serves until `stop` resolves.
    pub async fn run(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Clone + Send + 'static,
    ) -> io::Result<()> {
        let serving =
            axum::serve(listener, routes::router(self)).with_graceful_shutdown(stop.clone());
        tokio::select! {
            served = serving => served,
            // A browser may hold a connection open on which it never asks for anything.
            () = async { stop.await; tokio::time::sleep(GRACE).await } => Ok(()),
        }
    }
}
