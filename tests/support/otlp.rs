//! A collector of traces: OTLP over HTTP, as OpenTelemetry's own has it.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;

/// What came in, and with which headers.
type Received = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// A collector that keeps everything.
pub struct Collector {
    /// Its address, as the configuration has it.
    pub endpoint: String,
    received: Received,
}

impl Collector {
    /// Starts one.
    pub async fn start() -> Self {
        let received = Received::default();
        let app =
            axum::Router::new().route("/v1/traces", post(take)).with_state(Arc::clone(&received));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { endpoint, received }
    }

    /// The bodies, as they came.
    pub fn bodies(&self) -> Vec<Bytes> {
        self.received.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }

    /// A header of the first request.
    pub fn header(&self, name: &str) -> Option<String> {
        let received = self.received.lock().unwrap();
        let value = received.first()?.0.get(name)?;
        value.to_str().ok().map(str::to_owned)
    }

    fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        let read = |body: Bytes| ExportTraceServiceRequest::decode(body).expect("OTLP");
        self.bodies().into_iter().map(read).collect()
    }

    /// All spans.
    pub fn spans(&self) -> Vec<Span> {
        let resources = self.requests().into_iter().flat_map(|it| it.resource_spans);
        resources.flat_map(|it| it.scope_spans).flat_map(|it| it.spans).collect()
    }

    /// What the sender says of itself.
    pub fn resource(&self) -> Vec<(String, String)> {
        let mut resources = self.requests().into_iter().flat_map(|it| it.resource_spans);
        let resource = resources.next().and_then(|it| it.resource).expect("a resource");
        resource.attributes.iter().map(pair).collect()
    }
}

async fn take(State(received): State<Received>, headers: HeaderMap, body: Bytes) -> StatusCode {
    received.lock().unwrap().push((headers, body));
    StatusCode::OK
}

/// An attribute, as text.
pub fn pair(attribute: &KeyValue) -> (String, String) {
    let value = match attribute.value.as_ref().and_then(|AnyValue { value }| value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    (attribute.key.clone(), value)
}

/// Bytes as they are written.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + format!("{byte:02x}").as_str())
}
