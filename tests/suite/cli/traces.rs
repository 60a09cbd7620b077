//! Traces: the real server, and a collector that speaks OTLP over HTTP.

use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::trace::v1::Span;

use super::leaks::everything_that_people_do;
use super::machine::{Machine, free_port};
use crate::support::database::on_both_engines;
use crate::support::otlp::{Collector, hex, pair};

/// Spans by this name.
fn named<'a>(spans: &'a [Span], name: &str) -> Vec<&'a Span> {
    spans.iter().filter(|span| span.name == name).collect()
}

const SERVER: i32 = 2;

on_both_engines! {
    /// [Attacks] OWASP ASVS §7 · secrets in traces
    async fn a_trace_tells_where_the_time_went_and_nothing_that_is_secret(machine: Machine) {
        let collector = Collector::start().await;
        let variables = [
            ("FIRSTKEY_OTLP_ENDPOINT", collector.endpoint.as_str()),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=ours"),
        ];
        let served = machine.serve_with(&variables, &["serve"]).await;
        let secrets = everything_that_people_do(&machine, &served.issuer).await;
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let parent = "00f067aa0ba902b7";
        let http = reqwest::Client::new();
        let asked = http
            .get(format!("{}/jwks", served.issuer))
            .header("traceparent", format!("00-{trace}-{parent}-01"))
            .send();
        assert_eq!(asked.await.unwrap().status(), 200);
        // Not on a thread that the collector may need: it hears the last spans meanwhile.
        let outcome = tokio::task::block_in_place(|| served.process.stop());
        assert_eq!(outcome.code, Some(0), "{outcome:?}");

        let spans = collector.spans();
        for name in ["GET /authorize", "POST /token", "GET /userinfo", "GET /jwks"] {
            assert!(!named(&spans, name).is_empty(), "{name}");
        }
        let requests: Vec<_> = spans.iter().filter(|span| span.kind == SERVER).collect();
        assert!(requests.len() > 20, "{}", requests.len());
        // What whoever asks began goes on here.
        let jwks = named(&spans, "GET /jwks");
        let ours = jwks.iter().find(|span| hex(&span.trace_id) == trace).expect("our trace");
        assert_eq!(hex(&ours.parent_span_id), parent);
        assert_eq!(named(&spans, "GET /authorize")[0].parent_span_id, Vec::<u8>::new());
        // The parts of the work are inside of it.
        for part in ["database write", "argon2"] {
            let parts = named(&spans, part);
            assert!(!parts.is_empty(), "{part}");
            let inside = parts.iter().filter(|part| {
                requests.iter().any(|request| request.span_id == part.parent_span_id)
            });
            assert!(inside.count() > 0, "{part}");
        }
        // Few words, and none of them secret.
        let letters = |text: &str, length| {
            text.len() == length && text.chars().all(|c| c.is_ascii_hexdigit())
        };
        for (key, value) in spans.iter().flat_map(|span| &span.attributes).map(pair) {
            let expected = match key.as_str() {
                "http.request.method" | "method" => ["GET", "POST"].contains(&value.as_str()),
                "http.response.status_code" => letters(&value, 3),
                "http.route" | "route" => value.starts_with('/') || value == "none",
                "id" => letters(&value, 16),
                "trace_id" => letters(&value, 32),
                _ => false,
            };
            assert!(expected, "{key}: {value}");
        }
        assert!(spans.iter().all(|span| span.events.is_empty()), "the log stays in the log");
        for body in collector.bodies() {
            let text = String::from_utf8_lossy(&body);
            secrets.are_not_in(&text);
            assert!(!text.contains("Lovelace") && !text.contains("127.0.0.1"), "{text}");
        }
        let resource = collector.resource();
        assert!(resource.contains(&("service.name".into(), "firstkey".into())), "{resource:?}");
        assert_eq!(collector.header("x-tenant").as_deref(), Some("ours"));
        assert_eq!(collector.header("content-type").as_deref(), Some("application/x-protobuf"));
        // A line of the log leads to its trace.
        let line = outcome.stderr.lines().find(|line| line.contains(trace)).expect("a line");
        assert!(line.contains("answered") && line.contains("/jwks"), "{line}");
    }
}

#[tokio::test]
async fn a_collector_that_is_away_is_said_once_and_holds_nobody_up() {
    let machine = Machine::new().await;
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let served =
        machine.serve_with(&[("FIRSTKEY_OTLP_ENDPOINT", nobody.as_str())], &["serve"]).await;
    for _ in 0..20 {
        let answer = reqwest::get(format!("{}/jwks", served.issuer)).await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    let begun = Instant::now();
    let outcome = served.process.stop();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(outcome.stderr.matches("traces cannot be sent").count(), 1, "{}", outcome.stderr);
}
