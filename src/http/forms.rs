//! Forms that pages of ours send.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::browser::BrowserSession;
use super::language::say;
use super::params::{self, Params};
use super::problem::Problem;
use super::{AppState, csrf};

/// A form that a page of ours sent.
pub struct Form {
    /// The browser that sent it.
    pub browser: BrowserSession,
    /// What was filled in.
    pub fields: Params,
}

impl FromRequest<AppState> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let (mut parts, body) = whole(request, state).await?;
        let browser = BrowserSession::from_request_parts(&mut parts, state).await?;
        let fields = fields(&parts, &body)?;
        csrf::check(&browser, &parts.headers, fields.get("csrf").unwrap_or_default())?;
        Ok(Self { browser, fields })
    }
}

/// All of a request: what it is about is looked at when all is there, not before.
pub async fn whole(request: Request, state: &AppState) -> Result<(Parts, Bytes), Problem> {
    let (parts, body) = request.into_parts();
    let mut bare = Request::new(body);
    *bare.headers_mut() = parts.headers.clone();
    // How much may be sent is said there.
    *bare.extensions_mut() = parts.extensions.clone();
    let body = Bytes::from_request(bare, state).await.map_err(|_| Problem::too_large())?;
    Ok((parts, body))
}

/// The longest value of a form, in bytes, where a route takes longer ones than others do.
#[derive(Clone, Copy, Debug)]
pub struct ValueMax(pub usize);

/// What was filled in.
pub fn fields(parts: &Parts, body: &[u8]) -> Result<Params, Problem> {
    let value_max = parts.extensions.get::<ValueMax>().map_or(params::VALUE_MAX, |max| max.0);
    if !is(&parts.headers, "application/x-www-form-urlencoded") {
        return Err(Problem::unsupported_media_type("application/x-www-form-urlencoded"));
    }
    Params::parse_up_to(body, value_max)
        .map_err(|why| Problem::bad_request(say("in-form").with("why", why)))
}

/// Whether a body is of this kind.
pub fn is(headers: &HeaderMap, media_type: &str) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(';').next().is_some_and(|kind| kind.trim() == media_type))
}
