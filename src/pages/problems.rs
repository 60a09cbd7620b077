//! Problems as people and scripts can read them: the layer around all answers that turns a
//! [`Problem`], and whatever the framework refuses by itself, into a page or JSON with the id that
//! the log also has.

use askama::Template;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::views::Chrome;
use super::{chrome, render};
use crate::http::AppState;
use crate::http::language::say;
use crate::http::problem::Problem;
use crate::http::trace::RequestId;
use crate::service::Failure;

/// Something went wrong: what, what was not lost, and what to do next.
#[derive(Clone, Debug, Template)]
#[template(path = "error.html")]
struct ErrorPage {
    /// Brand, assets, CSRF token.
    chrome: Chrome,
    /// The heading.
    title: String,
    /// What happened, in a sentence or two.
    message: String,
    /// What to do next.
    next: String,
    /// Where the way out leads.
    next_href: Option<String>,
    /// What the way out is called; "Start again" where absent.
    next_label: Option<String>,
    /// The reference that the log also has.
    id: String,
}

/// Renders what went wrong.
pub async fn show(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let wants_page = accepts_html(request.headers());
    let id = request.extensions().get::<RequestId>().cloned().unwrap_or_default();
    let method = request.method().clone();
    let mut response = next.run(request).await;
    let Some(problem) = problem_of(&mut response, &method) else { return response };
    let body = if wants_page { page(&state, &problem, &id) } else { document(&problem, &id) };
    let (mut parts, _) = response.into_parts();
    let (fresh, body) = body.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    if let Some(kind) = fresh.headers.get(CONTENT_TYPE) {
        parts.headers.insert(CONTENT_TYPE, kind.clone());
    }
    parts.headers.append(VARY, HeaderValue::from_static("accept"));
    parts.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    parts.status = problem.status;
    Response::from_parts(parts, body)
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("text/html"))
}

/// What went wrong, if this is not an answer that its handler has worded itself.
fn problem_of(response: &mut Response, method: &Method) -> Option<Problem> {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return Some(problem);
    }
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    let headers = response.headers();
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let worded = ["application/json", "application/scim+json", "text/html"]
        .iter()
        .any(|known| kind.starts_with(known));
    if worded || headers.contains_key(WWW_AUTHENTICATE) {
        return None;
    }
    Some(match status {
        StatusCode::NOT_FOUND => Problem::not_found(),
        StatusCode::METHOD_NOT_ALLOWED => {
            // What it does answer is in the header `Allow`, which is added further out.
            let message = say("not-allowed-text").with("method", method.as_str());
            Problem::new(status, "method_not_allowed", say("not-allowed"), message)
        }
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
        StatusCode::SERVICE_UNAVAILABLE => {
            let problem = Problem::from(Failure::Unavailable("the request took too long".into()));
            if let Some(seconds) = problem.retry_after {
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
            problem
        }
        status if status.is_server_error() => {
            Failure::Internal(format!("an answer of {status} that nobody worded")).into()
        }
        status => Problem { status, ..Problem::bad_request(say("not-ours-text")) },
    })
}

fn page(state: &AppState, problem: &Problem, id: &RequestId) -> Response {
    let (next_href, next_label) =
        problem.words.link.clone().map(|(href, label)| (href, label.spoken())).unzip();
    let page = ErrorPage {
        chrome: chrome(state, ""),
        title: problem.words.title.spoken(),
        message: problem.words.message.spoken(),
        next: problem.words.next.spoken(),
        next_href,
        next_label,
        id: id.0.clone(),
    };
    render(&page).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// For scripts: `error` and `error_description` as OAuth has them (in English: RFC 6749 §5.2 has no
/// other letters), `message` for our own pages.
fn document(problem: &Problem, id: &RequestId) -> Response {
    let message = format!("{} {}", problem.words.message.spoken(), problem.words.next.spoken());
    let message = message.trim();
    Json(json!({
        "error": problem.code,
        "error_description": problem.words.message.english(),
        "message": message,
        "id": id.0,
    }))
    .into_response()
}
