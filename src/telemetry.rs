//! Traces for OpenTelemetry, sent by OTLP over HTTP where the configuration says so.
//!
//! What is traced is what the log has of a request: its route, its method, its status, and how long
//! the parts of the work took. No path, query, header, body, name or address is in it. The standard
//! variables of the SDK hold for the rest: `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`,
//! `OTEL_RESOURCE_ATTRIBUTES`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{Status, TraceContextExt as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{Bytes, HeaderExtractor, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use reqwest::header::HeaderMap;
use tracing::{Metadata, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::registry::LookupSpan;
use url::Url;

/// How long a collector may take to take a batch.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the last batch is waited for at the end.
const LAST: Duration = Duration::from_secs(3);

/// Whether traces are sent from this process.
static ON: AtomicBool = AtomicBool::new(false);

/// Sends traces until it is finished.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

/// Traces cannot be sent.
#[derive(Debug, thiserror::Error)]
#[error("otlp_endpoint: {0}")]
pub struct TracesError(String);

impl Traces {
    /// Sends traces to the collector at this address. Needs a runtime.
    pub fn start(endpoint: &Url) -> Result<Self, TracesError> {
        let failed = |error: &dyn fmt::Display| TracesError(error.to_string());
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| failed(&error))?;
        let sender =
            Sender { http, runtime: tokio::runtime::Handle::current(), failing: Arc::default() };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(sender)
            .with_endpoint(traces_url(endpoint))
            .with_timeout(PATIENCE)
            .build()
            .map_err(|error| failed(&error))?;
        let named = std::env::var_os("OTEL_SERVICE_NAME").is_some();
        let resource = Resource::builder();
        let resource = if named { resource } else { resource.with_service_name("firstkey") };
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource.with_attribute(version).build())
            .build();
        ON.store(true, Ordering::Relaxed);
        Ok(Self(provider))
    }

    /// What hands our spans on. Nothing but spans: lines of the log stay in the log.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("firstkey"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            // Asked about each span, not once for each place in the code: what another place was told
            // last on this thread (as for sqlx, which asks and then says nothing) would hold otherwise.
            .with_filter(dynamic_filter_fn(|metadata, _| is_ours(metadata)))
    }

    /// Sends what is left.
    pub async fn finish(self) {
        let last = move || self.0.shutdown_with_timeout(LAST);
        if let Ok(Err(error)) = tokio::task::spawn_blocking(last).await {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target().starts_with("firstkey")
}

/// The address for traces; an endpoint may name it, or the place that all signals have in common.
fn traces_url(endpoint: &Url) -> String {
    let text = endpoint.as_str().trim_end_matches('/');
    if text.ends_with("/v1/traces") { text.to_owned() } else { format!("{text}/v1/traces") }
}

/// Begins the span of a request as the part of a trace that whoever asks has begun, if it says so
/// (W3C Trace Context). Returns the id of the trace.
pub fn begin(span: &Span, method: &str, route: &str, headers: &HeaderMap) -> Option<String> {
    if !ON.load(Ordering::Relaxed) {
        return None;
    }
    span.record("otel.kind", "server");
    span.record("otel.name", format!("{method} {route}"));
    if headers.contains_key("traceparent") {
        let propagator = TraceContextPropagator::new();
        let parent = propagator.extract_with_context(&Context::new(), &HeaderExtractor(headers));
        // Not taken where nothing listens: then there is no trace.
        let _ = span.set_parent(parent);
    }
    span.set_attribute("http.request.method", method.to_owned());
    span.set_attribute("http.route", route.to_owned());
    let context = span.context();
    let context = context.span().span_context().clone();
    context.is_valid().then(|| context.trace_id().to_string())
}

/// Says how the request of a span was answered.
pub fn end(span: &Span, status: u16) {
    if !ON.load(Ordering::Relaxed) {
        return;
    }
    span.set_attribute("http.response.status_code", i64::from(status));
    if status >= 500 {
        span.set_status(Status::error(""));
    }
}

/// Our own HTTP client, for the thread of the exporter, which has no runtime.
#[derive(Debug)]
struct Sender {
    http: reqwest::Client,
    runtime: tokio::runtime::Handle,
    failing: Arc<AtomicBool>,
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let request = self.http.request(head.method, head.uri.to_string());
        let request = request.headers(head.headers).body(body);
        let sent = self.runtime.spawn(async move {
            let answer = request.send().await.map_err(reqwest::Error::without_url)?;
            // What it says is of no use to us.
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = answer.status();
            *response.headers_mut() = answer.headers().clone();
            Ok::<_, reqwest::Error>(response)
        });
        let outcome = sent.await?;
        // Said once, and not for each batch.
        let fails = !outcome.as_ref().is_ok_and(|answer| answer.status().is_success());
        if fails && !self.failing.swap(fails, Ordering::Relaxed) {
            let status = outcome.as_ref().ok().map(|answer| answer.status().as_u16());
            let error = outcome.as_ref().err().map(tracing::field::display);
            tracing::warn!(status, error, "traces cannot be sent");
        }
        self.failing.store(fails, Ordering::Relaxed);
        Ok(outcome?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_the_place_of_all_signals_or_of_traces() {
        for (endpoint, expected) in [
            ("http://localhost:4318", "http://localhost:4318/v1/traces"),
            ("http://localhost:4318/", "http://localhost:4318/v1/traces"),
            ("https://otlp.example/in/v1/traces", "https://otlp.example/in/v1/traces"),
            ("https://otlp.example/in", "https://otlp.example/in/v1/traces"),
        ] {
            assert_eq!(traces_url(&endpoint.parse().unwrap()), expected);
        }
    }
}
