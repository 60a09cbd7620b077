//! Streams of what changes (server-sent events, HTML Living Standard §9.2), for pages that wait.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde_json::Value;
use tokio::time::Instant;

use crate::http::AppState;
use crate::http::problem::Problem;
use crate::service::Failure;
use crate::service::phones::{Place, Waiting};

/// How long one stream goes on; whoever still waits opens another.
const LIFETIME: Duration = Duration::from_secs(4 * 60);

/// What there is to see, and whether nothing will follow.
pub(in crate::pages) type Seen = Result<(Value, bool), Failure>;

struct Watch<F> {
    state: AppState,
    look: F,
    sent: Option<Value>,
    until: Instant,
    over: bool,
    _place: Place,
}

/// A stream of what `look` sees, each time that it changes, for whoever waits there.
pub(in crate::pages) fn watch<F, Fut>(
    state: &AppState,
    who: Waiting,
    look: F,
) -> Result<Response, Problem>
where
    F: FnMut() -> Fut + Send + 'static,
    Fut: Future<Output = Seen> + Send,
{
    let watch = Watch {
        state: state.clone(),
        look,
        sent: None,
        until: Instant::now() + LIFETIME,
        over: false,
        _place: state.services.bell.place(who)?,
    };
    let events = stream::unfold(watch, |mut watch| async move {
        while !watch.over && Instant::now() < watch.until {
            let (seen, last) = match (watch.look)().await {
                Ok(seen) => seen,
                Err(failure) => {
                    tracing::warn!(%failure, "a stream ends");
                    return None;
                }
            };
            watch.over = last;
            if watch.sent.as_ref() != Some(&seen) {
                let event = Event::default().data(seen.to_string());
                watch.sent = Some(seen);
                return Some((Ok::<_, Infallible>(event), watch));
            }
            if !last {
                watch.state.services.bell.wait().await;
            }
        }
        None
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::default()).into_response();
    // Proxies that gather an answer before they pass it on would keep people waiting.
    response.headers_mut().insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    Ok(response)
}
