//! Floor 6: the router, the listener, the background jobs and a graceful end.

mod connections;
mod logouts;
mod mailer;
mod metrics;
pub mod tls;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, SessionManagerLayer};

use self::connections::{HEAD_TIMEOUT, Serving};
use self::mailer::Mailer;
use self::tls::Tls;
use crate::config::Config;
use crate::graph::openapi;
use crate::http::assets::{self, Assets};
use crate::http::limits::Limits;
use crate::http::problem::Problem;
use crate::http::session_store::{self, DatabaseSessions};
use crate::http::{AppState, brand_assets, headers, language, measured, trace};
use crate::oidc::ready::Ready;
use crate::pages::{api_docs, problems};
use crate::service::watch::NotReady;
use crate::service::{Failure, Services};
use crate::store::expired;
use crate::{graph, oidc, pages, portal, scim};

/// The largest body that anybody sends us, in bytes.
const BODY_MAX: usize = 64 * 1024;
/// How long one request may take.
const REQUEST_MAX: Duration = Duration::from_secs(20);
/// How long requests in flight may take once the server is told to stop.
const GRACE: Duration = Duration::from_secs(8);
/// How long the server goes on at least once it is told to stop, and lets go of each connection with
/// an answer: whoever sends a request just then gets one.
const LINGER: Duration = Duration::from_millis(200);
/// How long the last lines of the audit log may take at the end.
const LAST_LINES: Duration = Duration::from_secs(1);
/// How soon what another instance changed is seen here.
const REFRESH: Duration = Duration::from_secs(1);
/// How often new lines of the audit log are sealed.
const SEALING: Duration = Duration::from_secs(2);
/// How often what has expired is deleted.
const CLEANING: Duration = Duration::from_secs(60);
/// How long one round of a background job may take. What is left is for the next.
const JOB_MAX: Duration = Duration::from_secs(30);
/// What the rotation of keys is counted in.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a browser is remembered that does nothing.
const BROWSER_IDLE: Duration = Duration::from_secs(24 * 60 * 60);

/// A server that has its address and waits to be run.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    metrics: Option<TcpListener>,
    state: AppState,
    head_timeout: Duration,
    tls: Option<Arc<Tls>>,
    tls_look: Duration,
}

impl Server {
    /// Listens where the configuration says.
    pub async fn bind(config: Config, services: Services) -> io::Result<Self> {
        let listener = TcpListener::bind(config.listen).await?;
        Self::on(listener, config, services)
    }

    /// Uses a listener that is open already.
    pub fn on(listener: TcpListener, config: Config, services: Services) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let limits = Limits::of_sign_ins(config.limit_per_address, config.limit_global);
        let app_limits = Limits::new(config.limit_per_application, 0);
        let metrics = config.metrics_listen.map(listen_apart).transpose()?;
        let tls = config.tls.as_ref().map(Tls::start).transpose().map_err(io::Error::other)?;
        let tls = tls.map(Arc::new);
        let state = AppState {
            services,
            config: Arc::new(config),
            limits: Arc::new(limits),
            app_limits: Arc::new(app_limits),
            stopping: Arc::new(AtomicBool::new(false)),
            assets: Arc::new(Assets::default()),
        };
        let (head_timeout, tls_look) = (HEAD_TIMEOUT, tls::LOOK);
        Ok(Self { listener, address, metrics, state, head_timeout, tls, tls_look })
    }

    /// Closes connections that take longer than this to send the head of a request, or to read.
    #[must_use]
    pub fn with_head_timeout(mut self, head_timeout: Duration) -> Self {
        self.head_timeout = head_timeout;
        self
    }

    /// Looks this often at whether the certificate was renewed.
    #[must_use]
    pub fn with_tls_look(mut self, tls_look: Duration) -> Self {
        self.tls_look = tls_look;
        self
    }

    /// What to call for it to look at the certificate at once; none where it has none.
    pub fn look_again(&self) -> Option<impl Fn() + Send + use<>> {
        let tls = self.tls.clone()?;
        Some(move || tls.look_soon())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where `/metrics` is, if it is anywhere.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// Serves until `stop` resolves, and then for as long as requests in flight take, within
    /// reason.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let Self { listener, metrics, state, head_timeout, tls, tls_look, .. } = self;
        let mut jobs = background_jobs(&state);
        let services = state.services.clone();
        if let Some(mail) = &state.config.mail {
            let mailer = Mailer::new(&mail.smtp_url, &mail.from).map_err(io::Error::other)?;
            jobs.spawn(mailer.run(state.services.clone()));
        }
        if let Some(tls) = &tls {
            jobs.spawn(Arc::clone(tls).keep_renewed(tls_look));
        }
        if let Some(listener) = metrics {
            let serving = Serving {
                listener,
                trusted_proxies: Vec::new(),
                ready: None,
                app: metrics::router(
                    state.clone(),
                    rotation(&state).unwrap_or_default(),
                    tls.clone(),
                ),
                head_timeout,
                tls: None,
            };
            jobs.spawn(async move {
                if let Err(error) = serving.run(std::future::pending()).await {
                    tracing::warn!(%error, "metrics are not told any more");
                }
            });
        }
        let (draining, drain) = (Arc::clone(&state.stopping), state.config.drain);
        let serving = Serving {
            listener,
            trusted_proxies: state.config.trusted_proxies.clone(),
            // Where requests are counted or traced, these are as well.
            ready: (!is_watched(&state)).then(|| Ready::new(&state)),
            app: router(state),
            head_timeout,
            tls,
        };
        let (stopping, stopped) = tokio::sync::oneshot::channel();
        let stop = async move {
            stop.await;
            // Balancers see it and send nobody here any more, while we still answer who comes.
            draining.store(true, Ordering::Relaxed);
            tokio::time::sleep(drain.max(LINGER)).await;
            // Nobody listens any more only where serving has ended by itself.
            let _ = stopping.send(());
        };
        let served = tokio::select! {
            served = serving.run(stop) => served,
            // A browser may hold a connection open on which it never asks for anything.
            () = async {
                if stopped.await.is_err() {
                    std::future::pending::<()>().await;
                }
                tokio::time::sleep(GRACE).await;
            } => Ok(()),
        };
        drop(jobs);
        // Minutes that are not over yet end here.
        let end = services.now().plus(DAY);
        match tokio::time::timeout(LAST_LINES, services.note_counted(end)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "what was counted is not written down"),
            Err(_) => tracing::warn!("what was counted is not written down in time"),
        }
        served
    }
}

/// Whether somebody counts or traces what is asked.
fn is_watched(state: &AppState) -> bool {
    state.config.metrics_listen.is_some() || state.config.otlp_endpoint.is_some()
}

fn router(state: AppState) -> Router {
    let (store, clock) = (state.services.store.clone(), state.services.clock.clone());
    let sessions = DatabaseSessions::new(store, clock, BROWSER_IDLE);
    let https = state.config.is_https();
    // Without https there is only localhost, where cookies are shared among all ports: two of us
    // must not take each other's for their own.
    let port = state.services.issuer.port_or_known_default().unwrap_or_default();
    let name = if https { "__Host-firstkey".to_owned() } else { format!("firstkey-{port}") };
    let sessions = SessionManagerLayer::new(sessions)
        // The prefix binds the cookie to this very host, and browsers take it over https alone.
        .with_name(name)
        .with_secure(https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(time::Duration::seconds(
            BROWSER_IDLE.as_secs().cast_signed(),
        )));
    let layers = ServiceBuilder::new()
        .layer(from_fn(trace::trace))
        .layer(from_fn_with_state(state.clone(), let_go))
        .layer(from_fn_with_state(state.clone(), headers::secure))
        .layer(from_fn_with_state(state.clone(), language::speak))
        .layer(from_fn_with_state(state.clone(), brand_assets::look_up))
        .layer(from_fn_with_state(state.clone(), problems::show))
        .layer(CatchPanicLayer::custom(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_MAX))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(from_fn(session_store::tell_unavailable))
        .layer(sessions);
    let bare = ServiceBuilder::new()
        .layer(from_fn(trace::trace))
        .layer(from_fn_with_state(state.clone(), let_go))
        .layer(from_fn_with_state(state.clone(), headers::secure))
        .layer(from_fn_with_state(state.clone(), problems::show))
        .layer(CatchPanicLayer::custom(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_MAX))
        .layer(DefaultBodyLimit::max(BODY_MAX));
    let people = Router::new()
        .merge(oidc::routes())
        .merge(pages::routes(&state))
        .merge(portal::routes())
        .merge(graph::routes(&state))
        .merge(scim::routes())
        .route("/static/{version}/{*name}", get(assets::serve))
        .route("/branding/{name}", get(brand_assets::image))
        .route("/favicon.ico", get(favicon))
        .route("/docs/api", get(api_docs))
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .fallback(async || Problem::not_found())
        .layer(layers);
    // What applications alone ask for knows no browser and speaks no language.
    let routes = Router::new().merge(oidc::bare_routes().layer(bare)).merge(people);
    let routes = if state.config.metrics_listen.is_some() {
        routes.layer(from_fn_with_state(state.clone(), measured::measure))
    } else {
        routes
    };
    routes.with_state(state)
}

/// The API for people to read. Says nothing that `/openapi.json` does not.
async fn api_docs(State(state): State<AppState>) -> Result<Response, Problem> {
    api_docs::show(&state, &openapi::document(state.services.issuer_text()))
}

async fn favicon() -> impl IntoResponse {
    Assets::file("favicon.svg").ok_or_else(Problem::not_found)
}

/// Whether requests can be answered, and if not, why, for whoever runs the server. Keys were loaded
/// before we listened.
async fn ready(State(state): State<AppState>) -> Response {
    let why = if state.stopping.load(Ordering::Relaxed) {
        "the server is stopping".to_owned()
    } else {
        match state.services.readiness().await {
            Ok(()) => return "ready\n".into_response(),
            Err(NotReady::Database(reason)) => {
                // The log may say where the database is; a stranger need not know.
                tracing::warn!(reason, "not ready");
                "the database does not answer".to_owned()
            }
            Err(behind @ NotReady::Behind(_)) => behind.to_string(),
        }
    };
    let answer = Json(json!({ "error": "not_ready", "error_description": why }));
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")], answer).into_response()
}

/// Once the server is told to stop, each answer ends its connection.
async fn let_go(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if state.stopping.load(Ordering::Relaxed) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// A listener of its own.
fn listen_apart(address: SocketAddr) -> io::Result<TcpListener> {
    let failed = |error| io::Error::other(format!("metrics_listen {address}: {error}"));
    let listener = std::net::TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

/// After how long signing keys are rotated.
fn rotation(state: &AppState) -> Option<Duration> {
    let days = state.config.key_rotation_days;
    (days > 0).then(|| DAY * days)
}

/// What is done without being asked; ends when the set is dropped.
fn background_jobs(state: &AppState) -> JoinSet<()> {
    let mut jobs = JoinSet::new();
    let services = state.services.clone();
    let rotation = rotation(state);
    jobs.spawn(async move {
        let mut failing = false;
        loop {
            tokio::time::sleep(REFRESH).await;
            match within_reason(keep_keys(&services, rotation)).await {
                Ok(()) => failing = false,
                Err(error) if !failing => {
                    failing = true;
                    tracing::warn!(%error, "the signing keys cannot be looked at");
                }
                Err(_) => {}
            }
        }
    });
    jobs.spawn(logouts::run(state.services.clone()));
    let services = state.services.clone();
    jobs.spawn(async move {
        loop {
            tokio::time::sleep(SEALING).await;
            if let Err(error) = within_reason(services.note_counted(services.now())).await {
                tracing::warn!(%error, "what was counted cannot be written down");
            }
            if let Err(error) = within_reason(seal(&services)).await {
                tracing::warn!(%error, "the audit log cannot be sealed");
            }
        }
    });
    let (services, limits) = (state.services.clone(), state.limits.clone());
    let app_limits = state.app_limits.clone();
    jobs.spawn(async move {
        loop {
            tokio::time::sleep(CLEANING).await;
            limits.forget_quiet();
            app_limits.forget_quiet();
            if let Err(error) = within_reason(clean(&services)).await {
                tracing::warn!(%error, "what has expired cannot be deleted");
            }
        }
    });
    jobs
}

/// A round of a background job, which is given up where the database says nothing any more: the
/// next one gets another connection.
async fn within_reason(job: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    tokio::time::timeout(JOB_MAX, job)
        .await
        .unwrap_or_else(|_| Err(Failure::Unavailable(format!("not done in {JOB_MAX:?}"))))
}

/// Sees what others did to the keys, and rotates them when their time has come.
async fn keep_keys(services: &Services, rotation: Option<Duration>) -> Result<(), Failure> {
    services.refresh_keys().await?;
    if let Some(every) = rotation
        && services.rotate_keys_when_due(every).await?
    {
        tracing::info!("signing keys were rotated, as is due");
    }
    Ok(())
}

async fn seal(services: &Services) -> Result<(), Failure> {
    if !services.audit_is_sealed().await? {
        services.seal_audit().await?;
    }
    Ok(())
}

async fn clean(services: &Services) -> Result<(), Failure> {
    loop {
        let now = services.now();
        let gone = services
            .store
            .write(move |conn| Box::pin(async move { expired::delete_batch(conn, now).await }))
            .await?;
        if gone == 0 {
            return Ok(());
        }
        tracing::debug!(rows = gone, "deleted what has expired");
        // Others want to write, too.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
